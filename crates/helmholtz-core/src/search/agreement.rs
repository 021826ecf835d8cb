//! What restarts say about each other.

use serde::{Deserialize, Serialize};

use super::Confidence;

/// How far the restarts of a search agree.
///
/// Weights are relative to what was found; this says how much may not have been found. It measures basins, not mass: the
/// best optimum may have a small one. What it is worth has to be learned where the truth is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// Restarts (R).
    pub restarts: usize,
    /// How many of them found the best answer (k).
    pub reached: usize,
    /// How many ended with an answer that no other found (f1).
    pub alone: usize,
    /// (R - 1) / R times the weight of what was found once at most (m), after Good and Turing; all of it of one restart.
    pub once: f64,
    /// Whether a bound of time, evaluations or memory ended the search before its last round.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

impl Agreement {
    /// From how often each answer was found, with its weight and the best first, and how often what each restart ended
    /// with was found.
    pub(super) fn of(found: &[(usize, f64)], ends: &[usize]) -> Self {
        let restarts = ends.len();
        let share = match restarts {
            0 | 1 => 1.0,
            r => (r - 1) as f64 / r as f64,
        };
        let once = found.iter().filter(|(times, _)| *times <= 1).map(|f| f.1);
        Self {
            restarts,
            reached: found.first().map_or(0, |f| f.0),
            alone: ends.iter().filter(|times| **times <= 1).count(),
            once: once.fold(0.0, |sum, weight| sum + weight) * share,
            cut: false,
        }
    }
}

/// How far an answer is to be trusted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Trust {
    /// How far the restarts of the search agree.
    pub agreement: Agreement,
    /// How probable it is that the truth is none that was found.
    pub not_found: f64,
}

impl Trust {
    /// By somebody's confidence in restarts that agree so far.
    pub fn of(agreement: Agreement, confidence: &Confidence) -> Self {
        Self {
            agreement,
            not_found: 1.0 - confidence.found(&agreement),
        }
    }

    /// The probability that the truth was found: the weights of what was found are shares of it.
    pub fn found(&self) -> f64 {
        1.0 - self.not_found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_counts_what_was_found_once() {
        let found = [(3, 0.7), (1, 0.2), (0, 0.1)];
        let said = Agreement::of(&found, &[3, 3, 3, 1]);
        assert_eq!((said.restarts, said.reached, said.alone), (4, 3, 1));
        assert!((said.once - 0.75 * 0.3).abs() < 1e-12);
        let single = Agreement::of(&[(1, 1.0)], &[1]);
        assert_eq!((single.alone, single.once), (1, 1.0));
        assert_eq!(Agreement::of(&[], &[]), Agreement::default());
    }
}
