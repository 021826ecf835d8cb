//! What memories kept, and what of it is differentiated.

use super::draw::Population;
use super::surrogate::Total;
use super::tally::StepCounts;
use crate::estimator::Coefficients;

/// What memories kept, with the coefficients of what is to be differentiated.
pub(super) struct Selection<D> {
    /// Per row, its place among what was scored.
    pub(super) keep: Vec<usize>,
    pub(super) rows: Population<D>,
    pub(super) total: Total,
    pub(super) tally: StepCounts,
}

impl<D: Clone> Selection<D> {
    /// Nothing yet.
    pub(super) fn new(tally: StepCounts) -> Self {
        Self {
            keep: vec![],
            rows: Population {
                of: vec![],
                programs: vec![],
            },
            total: Total::default(),
            tally,
        }
    }

    /// Counts what a memory of `members` members was shown and what is new among the `best`.
    pub(super) fn count(&mut self, shown: usize, (members, best): (usize, &[usize])) {
        self.tally.nominal += shown as u64;
        self.tally.turnover += best.iter().filter(|&&l| l >= members).count() as u64;
    }

    /// Adds those members of observation `o` that have coefficients.
    pub(super) fn add<'a>(
        &mut self,
        o: usize,
        best: impl Iterator<Item = (usize, &'a D)>,
        coefficients: &Coefficients,
        samples: usize,
    ) where
        D: 'a,
    {
        for (from, (place, program)) in best.enumerate() {
            let continuous = &coefficients.continuous[from * samples..(from + 1) * samples];
            if coefficients.discrete[from] != 0.0 || continuous.iter().any(|&c| c != 0.0) {
                self.keep.push(place);
                self.rows.of.push(o);
                self.rows.programs.push(program.clone());
                self.total.append(coefficients, from, samples);
            }
        }
    }
}
