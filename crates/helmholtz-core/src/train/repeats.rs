//! Proposals that repeat a candidate give it their draws (beyond HMWS, which throws them away).

use std::hash::Hash;

use super::draw::Population;
use crate::estimator::Grid;
use helmholtz_math::distinct::distinct;
use helmholtz_math::{logsumexp, softmax};

/// Batches of continuous samples beside each candidate's own.
#[derive(Default)]
pub(super) struct Repeats {
    /// Per batch, the candidate that it is for.
    original: Vec<usize>,
}

impl Repeats {
    /// Adds those of one observation: its memory proposed again what stands among the `candidates`, which
    /// are its last. The first `known` of these need no proposal to stand there.
    pub(super) fn add<D: Clone + Eq + Hash>(
        &mut self,
        (candidates, known): (&[D], usize),
        first: usize,
        proposals: &[D],
    ) {
        let (_, place) = distinct(candidates.iter().chain(proposals));
        let mut is_there: Vec<bool> = (0..candidates.len()).map(|l| l < known).collect();
        for &l in &place[candidates.len()..] {
            if std::mem::replace(&mut is_there[l], true) {
                self.original.push(first + l);
            }
        }
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.original.is_empty()
    }

    /// What every batch is for, behind what every candidate has.
    pub(super) fn append<T: Clone>(&self, each: &mut Vec<T>) {
        let copies: Vec<T> = self.original.iter().map(|&l| each[l].clone()).collect();
        each.extend(copies);
    }

    /// The candidates, and behind them one of them for every batch.
    pub(super) fn population<D: Clone>(&self, candidates: &Population<D>) -> Population<D> {
        let (mut of, mut programs) = (candidates.of.clone(), candidates.programs.clone());
        self.append(&mut of);
        self.append(&mut programs);
        Population { of, programs }
    }

    /// One batch for every candidate, with its place among all. It is drawn from the candidate's batches in proportion to
    /// their mean weights, and its weights are scaled to the mean of all: what depends on them then has the expectation
    /// that all draws together give it. `uniform` gives a number in [0, 1) for each candidate.
    pub(super) fn merge(&self, grid: &Grid, uniform: impl Fn(usize) -> f64) -> (Grid, Vec<usize>) {
        let marginals = grid.marginals();
        let count = marginals.len() - self.original.len();
        let mut batches: Vec<Vec<usize>> = (0..count).map(|l| vec![l]).collect();
        let copies = self.original.iter().enumerate();
        copies.for_each(|(i, &l)| batches[l].push(count + i));
        let (mut keep, mut shifts) = (vec![], vec![]);
        for (l, own) in batches.iter().enumerate() {
            let each: Vec<f64> = own.iter().map(|&b| marginals[b]).collect();
            let mean = logsumexp(&each) - (each.len() as f64).ln();
            let chosen = if own.len() > 1 && mean.is_finite() {
                choose(&softmax(&each), uniform(l))
            } else {
                0
            };
            let shift = mean - each[chosen];
            shifts.push(if shift.is_finite() { shift } else { 0.0 });
            keep.push(own[chosen]);
        }
        let mut merged = grid.of(&keep);
        let rows = merged.log_weights.chunks_mut(grid.samples).zip(shifts);
        rows.for_each(|(row, shift)| row.iter_mut().for_each(|w| *w += shift));
        (merged, keep)
    }
}

/// The index whose share of [0, 1) a number lies in.
fn choose(shares: &[f64], number: f64) -> usize {
    let mut below = 0.0;
    let beyond = |share: &f64| {
        below += share;
        below > number
    };
    shares.iter().position(beyond).unwrap_or(shares.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repeats() -> Repeats {
        let mut repeats = Repeats::default();
        repeats.add((&["a", "b", "c"], 2), 0, &["c", "b", "b"]);
        repeats.add((&["a"], 0), 3, &["a", "a"]);
        repeats
    }

    #[test]
    fn what_stands_there_already_is_repeated() {
        assert_eq!(repeats().original, [1, 1, 3]);
        let candidates = Population {
            of: vec![0, 0, 0, 1],
            programs: vec!["a", "b", "c", "a"],
        };
        let all = repeats().population(&candidates);
        assert_eq!(all.of, [0, 0, 0, 1, 0, 0, 1]);
        assert_eq!(all.programs, ["a", "b", "c", "a", "b", "b", "a"]);
    }

    /// Over all choices of a batch the weights' shares are those among all draws.
    #[test]
    fn the_mean_over_choices_is_the_mean_of_all_draws() {
        let nothing = f64::NEG_INFINITY;
        let rows: [[f64; 2]; 7] = [
            [0.1, 0.2],
            [nothing, nothing],
            [0.4, -1.0],
            [nothing, nothing],
            [-0.3, 0.9],
            [1.0, nothing],
            [nothing, nothing],
        ];
        let at = |number: f64| {
            let grid = Grid::new(2, rows.concat());
            repeats().merge(&grid, |_| number).0.log_weights
        };
        let b = [rows[4], rows[5]].concat();
        let mean = logsumexp(&b) - 6f64.ln();
        let first = (logsumexp(&rows[4]) - logsumexp(&b)).exp();
        let mut shares = [0.0; 2];
        for (number, share) in [(first - 1e-9, first), (first + 1e-9, 1.0 - first)] {
            let merged = at(number);
            assert_eq!(merged.len(), 8);
            assert_eq!(merged[..2], rows[0]);
            assert_eq!(merged[4..6], rows[2]);
            assert_eq!(merged[6..], [nothing, nothing]);
            let own = &merged[2..4];
            assert!((logsumexp(own) - 2f64.ln() - mean).abs() < 1e-12);
            let largest = own[0].max(own[1]);
            shares[usize::from(own[1] > own[0])] += share * (largest - logsumexp(own)).exp();
        }
        // The greater of the first batch is its second number, of the other its first.
        assert!((shares[1] - (0.9 - logsumexp(&b)).exp()).abs() < 1e-9);
        assert!((shares[0] - (1.0 - logsumexp(&b)).exp()).abs() < 1e-9);
    }
}
