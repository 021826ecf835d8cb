//! What the first steps of training show: a model from which nothing can be learned is told at once.

use crate::train::Report;

/// Steps after which it is judged.
const JUDGED: u64 = 10;

/// Sums over the first steps of a stretch of training. Fantasies and programs are judged apart: pre-training has no
/// programs to score.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FirstSteps {
    fantasies: Judged,
    programs: Judged,
}

/// How much of something came to nothing, in the first steps that had any.
#[derive(Clone, Copy, Debug, Default)]
struct Judged {
    steps: u64,
    all: f64,
    failed: f64,
}

impl Judged {
    /// Adds a step; tells how much there was where that was the last to be judged, and all of it failed.
    fn after(&mut self, all: f64, failed: f64) -> Option<f64> {
        if all == 0.0 || self.steps >= JUDGED {
            return None;
        }
        self.steps += 1;
        self.all += all;
        self.failed += failed;
        (self.steps == JUDGED && self.failed >= self.all).then_some(self.all)
    }
}

impl FirstSteps {
    /// Adds a step, and says what is wrong when enough have been seen.
    pub(super) fn after(&mut self, report: &Report) -> Vec<String> {
        let number = |name: &str| report.numbers.get(name).copied().unwrap_or_default();
        let rejected = number("rejected_fantasies");
        let impossible = number("impossible") + number("not_a_number");
        let fantasies = self.fantasies.after(report.fantasies as f64, rejected);
        let programs = self
            .programs
            .after(number("unique_evaluations"), impossible);
        let fantasies = fantasies.map(|all| {
            format!(
                "nothing is learned from fantasies: of {all} that the first {JUDGED} steps drew from the model, none is a \
                 possible observation"
            )
        });
        let programs = programs.map(|all| {
            format!(
                "nothing is learned from the data: of {all} programs that the first {JUDGED} steps scored, none can have \
                 generated its observation (log p(z, x) is -inf, or no number)"
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
    fn programs_are_judged_when_pre_training_is_over() {
        let mut first = FirstSteps::default();
        let mut told = |report: &Report, steps: u64| -> Vec<String> {
            (0..steps).flat_map(|_| first.after(report)).collect()
        };
        assert_eq!(told(&report(20, 0.0, 0.0, 0.0), 300), [""; 0]);
        assert_eq!(told(&report(0, 0.0, 200.0, 200.0), 10).len(), 1);
    }

    #[test]
    fn one_that_teaches_something_is_enough() {
        assert_eq!(said(&report(20, 19.0, 200.0, 199.0)), [""; 0]);
        assert_eq!(said(&report(0, 0.0, 0.0, 0.0)), [""; 0]);
    }
}
