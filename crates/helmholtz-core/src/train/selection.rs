//! What memories keep, and what of it is differentiated.

use std::hash::Hash;
use std::ops::Range;

use super::draw::Population;
use super::remember::Remembered;
use super::surrogate::{Total, grid_of};
use super::tally::StepCounts;
use crate::algorithm::Term;
use crate::estimator::{Coefficients, Grid};
use crate::memory::{Memory, Pooled, Record};

/// What memories kept, with the coefficients of what is to be differentiated.
pub(super) struct Selection<D> {
    pub(super) keep: Vec<usize>,
    pub(super) of: Vec<usize>,
    pub(super) programs: Vec<D>,
    pub(super) total: Total,
    pub(super) tally: StepCounts,
}

/// Candidates of a batch with their log-weights, and which of them are one observation's.
pub(super) struct Scored<'a, D> {
    pub(super) population: &'a Population<D>,
    pub(super) weights: &'a [f64],
    /// log p(z) of every row, where a ranking wants it; else empty.
    pub(super) priors: &'a [f64],
    pub(super) remembered: &'a Remembered,
    pub(super) part: Range<usize>,
}

impl<D> Scored<'_, D> {
    /// log of p(z)^power p(x | z) of every program.
    fn broadly(&self, grid: &Grid, term: &Term) -> Vec<f64> {
        let (k, part) = (term.samples, &self.part);
        let Some(priors) = self.priors.get(part.start * k..part.end * k) else {
            return vec![];
        };
        let mut broad = grid.clone();
        let each = broad.log_weights.iter_mut().zip(priors);
        each.for_each(|(w, prior)| *w -= (1.0 - term.ranking.power) * prior);
        broad.marginals()
    }

    /// What is known about every candidate after this visit, for memories that remember. Members' weights are
    /// scaled so that they sum to the pooled estimate of their evidence.
    fn records<E: Clone + Eq + Hash>(
        &self,
        term: &Term,
        memory: &Memory<E>,
        grid: &mut Grid,
    ) -> Option<Vec<Record>> {
        let recall = &term.recall;
        let pools = recall.pooling > 0.0;
        if !pools && recall.refinement == 0 {
            return None;
        }
        let fresh = grid.marginals();
        let rows = grid.log_weights.chunks_mut(term.samples).zip(fresh);
        let records = rows.enumerate().map(|(l, (row, fresh))| {
            let before = memory.record(l).and_then(|record| record.evidence);
            let evidence = pools.then(|| Pooled::with(before, fresh, recall.pooling));
            let shift = evidence.map_or(0.0, |e| e.log_mean - fresh);
            if shift.is_finite() {
                row.iter_mut().for_each(|w| *w += shift);
            }
            Record {
                evidence: evidence.filter(|e| e.log_mean.is_finite()),
                posterior: self.remembered.posterior(self.part.start + l).cloned(),
            }
        });
        Some(records.collect())
    }
}

impl<D> Default for Selection<D> {
    fn default() -> Self {
        Self {
            keep: vec![],
            of: vec![],
            programs: vec![],
            total: Total::default(),
            tally: StepCounts::default(),
        }
    }
}

impl<D: Clone + Eq + Hash> Selection<D> {
    /// Lets one observation's memory keep the best of its candidates, and weighs them.
    pub(super) fn select(
        &mut self,
        term: &Term,
        memory: &mut Memory<D>,
        o: usize,
        scored: &Scored<'_, D>,
        uniform: impl Fn(usize) -> f64,
    ) {
        let (k, part) = (term.samples, &scored.part);
        let all: Vec<usize> = part.clone().collect();
        let mut grid = grid_of(scored.weights, &all, k);
        let incumbents = memory.programs().len();
        let records = scored.records(term, memory, &mut grid);
        self.tally.nominal += term.evaluations(memory.capacity()) as u64;
        let programs = &scored.population.programs[part.clone()];
        let places = term.ranking.places(memory.capacity());
        let others = scored.broadly(&grid, term);
        let kept = memory.keep_broadly(programs, &grid.marginals(), places, &others);
        if let Some(records) = records {
            memory.note(kept.iter().map(|&l| records[l].clone()).collect());
        }
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
                let candidate = part.start + l;
                self.keep.push(candidate);
                self.of.push(o);
                let program = &scored.population.programs[candidate];
                self.programs.push(program.clone());
                self.append(&coefficients, from, k);
            }
        }
    }

    /// Adds a row of coefficients.
    fn append(&mut self, coefficients: &Coefficients, from: usize, samples: usize) {
        let at = self.total.discrete.len();
        self.total.discrete.push(0.0);
        self.total.joint.extend(std::iter::repeat_n(0.0, samples));
        self.total
            .continuous
            .extend(std::iter::repeat_n(0.0, samples));
        self.total.add(at, coefficients, from, samples, 1.0);
    }

    /// Notes how many programs were scored, and how many are differentiated.
    pub(super) fn count(&mut self, scored: usize, samples: usize) {
        self.tally.unique = (scored * samples) as u64;
        self.tally.differentiated = (self.keep.len() * samples) as u64;
    }
}
