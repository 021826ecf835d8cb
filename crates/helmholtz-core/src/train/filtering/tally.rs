//! What an update adds up to.

use crate::filter::StepEnergy;
use crate::train::learner::Report;

/// What an update adds up to.
#[derive(Default)]
pub(super) struct StepSums {
    pub(super) last: Vec<StepEnergy>,
    pub(super) prediction: Vec<StepEnergy>,
}

impl StepSums {
    pub(super) fn report(&self, weight: f64, norms: (f64, f64)) -> Report {
        let count = self.last.len() as f64;
        let mean = |of: &[StepEnergy], part: fn(&StepEnergy) -> f64| {
            of.iter().map(part).sum::<f64>() / count
        };
        let mut report = Report {
            bound: -mean(&self.last, StepEnergy::free_energy),
            ..Report::default()
        };
        let numbers = [
            ("reconstruction", mean(&self.last, |e| e.reconstruction)),
            ("kl", mean(&self.last, |e| e.kl)),
            ("kl_weight", weight),
            ("gradient_norm", norms.0),
            ("guide_gradient_norm", norms.1),
            (
                "skipped_updates",
                [norms.0, norms.1].iter().filter(|n| !n.is_finite()).count() as f64,
            ),
        ];
        report.numbers.extend(numbers);
        if self.prediction.len() == self.last.len() {
            let prediction = mean(&self.prediction, StepEnergy::free_energy);
            report.numbers.insert("prediction", prediction);
        }
        report
    }
}
