//! What is counted in a step.

use super::learner::Report;
use crate::estimator::Coefficients;

/// Counts and sums of a step.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct StepCounts {
    bound: f64,
    bounded: u64,
    pub(super) nominal: u64,
    pub(super) unique: u64,
    pub(super) differentiated: u64,
    pub(super) turnover: u64,
    /// Gradients of the likelihood by continuous latents, beside the evaluations.
    pub(super) gradients: u64,
    skipped: u64,
    not_a_number: u64,
    pub(super) fantasies: u64,
    pub(super) rejected: u64,
    infinite: u64,
}

impl StepCounts {
    /// So many rows were scored.
    pub(super) fn of(rows: usize) -> Self {
        Self {
            unique: rows as u64,
            ..Self::default()
        }
    }

    /// A log-weight fit for a rule: NaN becomes -inf and is counted.
    pub(super) fn clean(&mut self, log_weight: f64) -> f64 {
        if log_weight.is_nan() {
            self.not_a_number += 1;
            return f64::NEG_INFINITY;
        }
        self.infinite += u64::from(log_weight == f64::NEG_INFINITY);
        log_weight
    }

    /// Counts one observation's coefficients; when nothing was finite it was skipped.
    pub(super) fn count(&mut self, coefficients: Coefficients) -> Coefficients {
        if coefficients.bound.is_finite() {
            self.bound += coefficients.bound;
            self.bounded += 1;
        } else {
            self.skipped += 1;
        }
        coefficients
    }

    pub(super) fn add(&mut self, other: Self) {
        self.bound += other.bound;
        self.bounded += other.bounded;
        self.nominal += other.nominal;
        self.unique += other.unique;
        self.differentiated += other.differentiated;
        self.turnover += other.turnover;
        self.gradients += other.gradients;
        self.skipped += other.skipped;
        self.not_a_number += other.not_a_number;
        self.fantasies += other.fantasies;
        self.rejected += other.rejected;
        self.infinite += other.infinite;
    }

    pub(super) fn report(&self, gradient: f64, observations: usize) -> Report {
        let bound = if self.bounded > 0 {
            self.bound / self.bounded as f64
        } else {
            f64::NAN
        };
        let numbers = [
            ("evaluations", self.nominal as f64),
            ("unique_evaluations", self.unique as f64),
            ("differentiated", self.differentiated as f64),
            ("refining_gradients", self.gradients as f64),
            (
                "turnover",
                self.turnover as f64 / observations.max(1) as f64,
            ),
            ("skipped", self.skipped as f64),
            ("not_a_number", self.not_a_number as f64),
            ("impossible", self.infinite as f64),
            ("rejected_fantasies", self.rejected as f64),
            ("gradient_norm", gradient),
            (
                "skipped_updates",
                f64::from(u8::from(!gradient.is_finite())),
            ),
        ];
        Report {
            bound,
            numbers: numbers.into(),
            fantasies: self.fantasies,
            converged: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_that_was_not_made_is_counted() {
        let skipped =
            |gradient| StepCounts::default().report(gradient, 1).numbers["skipped_updates"];
        assert_eq!([1.0, f64::NAN, f64::INFINITY].map(skipped), [0.0, 1.0, 1.0]);
    }
}
