//! What the first steps of training show: a model from which nothing can be learned is told at once.

use crate::train::Report;

/// Steps after which it is judged.
const JUDGED: u64 = 10;

/// Sums over the first steps of a stretch of training.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FirstSteps {
    steps: u64,
    fantasies: u64,
    rejected: f64,
    scored: f64,
    impossible: f64,
}

impl FirstSteps {
    /// Adds a step, and says what is wrong when enough have been seen.
    pub(super) fn after(&mut self, report: &Report) -> Vec<String> {
        if self.steps >= JUDGED {
            return vec![];
        }
        let number = |name: &str| report.numbers.get(name).copied().unwrap_or_default();
        self.steps += 1;
        self.fantasies += report.fantasies;
        self.rejected += number("rejected_fantasies");
        self.scored += number("unique_evaluations");
        self.impossible += number("impossible");
        match self.steps == JUDGED {
            true => self.faults(),
            false => vec![],
        }
    }

    fn faults(&self) -> Vec<String> {
        let fantasies = (self.fantasies > 0 && self.rejected >= self.fantasies as f64).then(|| {
            format!(
                "nothing is learned from fantasies: of {} that the first {JUDGED} steps drew from the model, none is a \
                 possible observation",
                self.fantasies
            )
        });
        let programs = (self.scored > 0.0 && self.impossible >= self.scored).then(|| {
            format!(
                "nothing is learned from the data: of {} programs that the first {JUDGED} steps scored, none can have \
                 generated its observation (log p(z, x) is -inf)",
                self.scored
            )
        });
        [fantasies, programs].into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(fantasies: u64, rejected: f64, scored: f64, impossible: f64) -> Report {
        let numbers = [
            ("rejected_fantasies", rejected),
            ("unique_evaluations", scored),
            ("impossible", impossible),
        ];
        Report {
            fantasies,
            numbers: numbers.into(),
            ..Report::default()
        }
    }

    /// What is said in twelve steps that are all alike.
    fn said(report: &Report) -> Vec<String> {
        let mut first = FirstSteps::default();
        (0..12).flat_map(|_| first.after(report)).collect()
    }

    #[test]
    fn what_teaches_nothing_is_told_once() {
        let both = said(&report(20, 20.0, 200.0, 200.0));
        assert_eq!(both.len(), 2);
        assert!(
            both[0].contains("of 200 that the first 10 steps drew"),
            "{}",
            both[0]
        );
        assert!(both[1].contains("of 2000 programs"), "{}", both[1]);
    }

    #[test]
    fn one_that_teaches_something_is_enough() {
        assert_eq!(said(&report(20, 19.0, 200.0, 199.0)), [""; 0]);
        assert_eq!(said(&report(0, 0.0, 0.0, 0.0)), [""; 0]);
    }
}
