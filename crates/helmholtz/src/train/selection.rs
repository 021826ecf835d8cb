//! What memories keep, and what of it is differentiated.

use std::hash::Hash;
use std::ops::Range;

use super::draw::Population;
use super::surrogate::{Total, grid_of};
use super::tally::Tally;
use crate::algorithm::Term;
use crate::estimator::Coefficients;
use crate::memory::Memory;

/// What memories kept, with the coefficients of what is to be differentiated.
pub(super) struct Selection<D> {
    pub(super) keep: Vec<usize>,
    pub(super) of: Vec<usize>,
    pub(super) programs: Vec<D>,
    pub(super) total: Total,
    pub(super) tally: Tally,
}

impl<D> Default for Selection<D> {
    fn default() -> Self {
        Self {
            keep: vec![],
            of: vec![],
            programs: vec![],
            total: Total::default(),
            tally: Tally::default(),
        }
    }
}

impl<D: Clone + Eq + Hash> Selection<D> {
    /// Lets one observation's memory keep the best of its candidates, and weighs them.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn select(
        &mut self,
        term: &Term,
        memory: &mut Memory<D>,
        o: usize,
        part: Range<usize>,
        candidates: &Population<D>,
        weights: &[f64],
        uniform: impl Fn(usize) -> f64,
    ) {
        let k = term.samples;
        let all: Vec<usize> = part.clone().collect();
        let mut grid = grid_of(weights, &all, k);
        grid.log_weights
            .iter_mut()
            .for_each(|w| *w = self.tally.clean(*w));
        let incumbents = memory.programs().len();
        self.tally.nominal += term.evaluations(memory.capacity()) as u64;
        let kept = memory.keep(&candidates.programs[part.clone()], &grid.marginals());
        self.tally.turnover += kept.iter().filter(|&&l| l >= incumbents).count() as u64;
        let grid = grid_of(&grid.log_weights, &kept, k);
        let coefficients =
            self.tally
                .count((term.rule.coefficients)(&grid))
                .thin(term.thinning, k, uniform);
        for (from, &l) in kept.iter().enumerate() {
            let used = coefficients.discrete[from] != 0.0
                || coefficients.continuous[from * k..(from + 1) * k]
                    .iter()
                    .any(|&c| c != 0.0);
            if used {
                self.push(part.start + l, o, candidates, &coefficients, from, k);
            }
        }
    }

    fn push(
        &mut self,
        candidate: usize,
        o: usize,
        candidates: &Population<D>,
        coefficients: &Coefficients,
        from: usize,
        samples: usize,
    ) {
        let at = self.keep.len();
        self.keep.push(candidate);
        self.of.push(o);
        self.programs.push(candidates.programs[candidate].clone());
        self.total.discrete.push(0.0);
        self.total.joint.extend(std::iter::repeat_n(0.0, samples));
        self.total
            .continuous
            .extend(std::iter::repeat_n(0.0, samples));
        self.total.add(at, coefficients, from, samples, 1.0);
    }
}
