//! What goes beyond the papers, a method for each place of Algorithm 1 that it touches: proposals that repeat a program
//! give it more samples, members remember posteriors and evidence, and some are ranked broadly. With the settings of the
//! papers nothing of that is there, and every method is what its comment says of them.

use std::hash::Hash;

use helmholtz_nn::tensor::Tensor;

use super::draw::{Address, Population};
use super::remember::Remembered;
use super::repeats::Repeats;
use super::step::Step;
use super::surrogate::{Request, Scorer, select_programs};
use crate::algorithm::Term;
use crate::estimator::Grid;
use crate::guide::Guide;
use crate::memory::{Memory, Pooled, Record};
use crate::model::{Model, ModelExt};

/// What is beyond the papers in a visit.
pub(super) struct Beyond<'a> {
    term: &'a Term,
    repeats: Repeats,
    remembered: Remembered,
    /// log p(z) of every row, where a ranking wants it; else empty.
    log_priors: Vec<f64>,
}

impl<'a> Beyond<'a> {
    /// What is known of the unique programs, besides what was proposed.
    pub(super) fn new<M: Model, G: Guide<M>>(
        step: &Step<'_, M, G>,
        term: &'a Term,
        (unique, proposed): (&Population<M::Discrete>, &Population<M::Discrete>),
        memories: &[Memory<M::Discrete>],
    ) -> Self {
        let own: Vec<&Memory<M::Discrete>> = step.items.iter().map(|&i| &memories[i]).collect();
        let repeats = match term.recall.repeats {
            true => repeated(&step.plain_model, (unique, proposed), &own),
            false => Repeats::default(),
        };
        let (model, recall) = (&step.plain_model, &term.recall);
        let mut remembered = Remembered::refined(model, unique, step.observations, &own, recall);
        repeats.append(&mut remembered.posteriors);
        Self {
            term,
            repeats,
            remembered,
            log_priors: vec![],
        }
    }

    /// The rows that get samples. HMWS: the unique programs.
    pub(super) fn rows<D: Clone>(&self, unique: &Population<D>) -> Population<D> {
        self.repeats.population(unique)
    }

    /// The samples. HMWS: those of the guide.
    pub(super) fn redraw<D>(
        &self,
        rows: &Population<D>,
        continuous: Tensor<2>,
        (samples, items): (usize, &[usize]),
        address: &Address,
    ) -> Tensor<2> {
        self.remembered
            .redraw(rows, continuous, samples, items, address)
    }

    /// What has to be scored. HMWS: the joint alone, since the samples' density is known from drawing them.
    pub(super) fn request(&self, term: &Term) -> Request {
        Request {
            joint: true,
            discrete: term.rule.needs.guide,
            continuous: !self.remembered.is_empty(),
            values: true,
            pathwise: false,
        }
    }

    /// The density of the samples. HMWS: the guide's.
    pub(super) fn log_density(
        &self,
        continuous: Option<&Tensor<2>>,
        guide: &[f64],
        samples: usize,
    ) -> Vec<f64> {
        match continuous {
            Some(c) => self.remembered.log_density(c, guide, samples),
            None => guide.to_vec(),
        }
    }

    /// One batch of samples for each of the unique programs. HMWS: there is no other.
    pub(super) fn merge(
        &self,
        grid: Grid,
        continuous: Option<Tensor<2>>,
        uniform: impl Fn(usize) -> f64,
    ) -> (Grid, Option<Tensor<2>>) {
        if self.repeats.is_empty() {
            return (grid, continuous);
        }
        let (grid, keep) = self.repeats.merge(&grid, uniform);
        let continuous = continuous.map(|c| select_programs(&c, &keep, grid.samples));
        (grid, continuous)
    }

    /// Makes ready for [`Beyond::keep`]. HMWS: there is nothing to do.
    pub(super) fn begin_ranking<M: Model, G: Guide<M>>(
        &mut self,
        plain: &Scorer<'_, M, G>,
        unique: &Population<M::Discrete>,
        continuous: Option<&Tensor<2>>,
    ) {
        if self.term.ranking.broad > 0.0 {
            self.log_priors = plain.log_priors(unique, self.term.samples, continuous);
        }
    }

    /// Lets a memory keep the best, of which it returns the places. The first of the programs is number `first` of the
    /// batch. HMWS: `memory.keep(programs, &own.marginals())`.
    pub(super) fn keep<D: Clone + Eq + Hash>(
        &self,
        memory: &mut Memory<D>,
        (programs, first): (&[D], usize),
        own: &mut Grid,
    ) -> Vec<usize> {
        let records = self.pool(memory, first, own);
        let places = self.term.ranking.places(memory.capacity());
        let ranked = match self.term.ranking.apart {
            true => own.counting(0..own.samples / 2),
            false => own.clone(),
        };
        let broad = self.broadly(first, &ranked);
        let best = memory.keep_broadly(programs, &ranked.marginals(), places, &broad);
        if self.term.ranking.apart {
            *own = own.counting(own.samples / 2..own.samples);
        }
        if let Some(records) = records {
            memory.note(best.iter().map(|&l| records[l].clone()).collect());
        }
        best
    }

    /// Gradients of the likelihood that were computed. HMWS: none.
    pub(super) fn gradients(&self) -> u64 {
        self.remembered.gradients
    }

    /// log of p(z)^power p(x | z) of every program; nothing where nobody asks.
    fn broadly(&self, first: usize, own: &Grid) -> Vec<f64> {
        let rows = first * own.samples..first * own.samples + own.log_weights.len();
        let Some(priors) = self.log_priors.get(rows) else {
            return vec![];
        };
        let mut broad = own.clone();
        let each = broad.log_weights.iter_mut().zip(priors);
        each.for_each(|(w, prior)| *w -= (1.0 - self.term.ranking.power) * prior);
        broad.marginals()
    }

    /// What is known about every program after this visit, for memories that remember. Weights are scaled so that
    /// they sum to the pooled estimate of the evidence.
    fn pool<D: Clone + Eq + Hash>(
        &self,
        memory: &Memory<D>,
        first: usize,
        own: &mut Grid,
    ) -> Option<Vec<Record>> {
        let recall = &self.term.recall;
        let pools = recall.pooling > 0.0;
        if !pools && recall.refinement == 0 {
            return None;
        }
        let fresh = own.marginals();
        let rows = own.log_weights.chunks_mut(own.samples).zip(fresh);
        let records = rows.enumerate().map(|(l, (row, fresh))| {
            let before = memory.record(l).and_then(|record| record.evidence);
            let evidence = pools.then(|| Pooled::with(before, fresh, recall.pooling));
            let shift = evidence.map_or(0.0, |e| e.log_mean - fresh);
            if shift.is_finite() {
                row.iter_mut().for_each(|w| *w += shift);
            }
            Record {
                evidence: evidence.filter(|e| e.log_mean.is_finite()),
                posterior: self.remembered.posterior(first + l).cloned(),
            }
        });
        Some(records.collect())
    }
}

/// The proposals that repeat one of the unique programs. Without continuous samples there is nothing to know better.
fn repeated<M: Model>(
    model: &M,
    (unique, proposed): (&Population<M::Discrete>, &Population<M::Discrete>),
    memories: &[&Memory<M::Discrete>],
) -> Repeats {
    let mut repeats = Repeats::default();
    let both = unique.parts(memories.len()).into_iter();
    let both = both.zip(proposed.parts(memories.len()));
    for (memory, (part, offered)) in memories.iter().zip(both) {
        let (first, own) = (part.start, &unique.programs[part]);
        if own.iter().any(|d| model.width_of(d) > 0) {
            let known = memory.candidates([]).len();
            repeats.add((own, known), first, &proposed.programs[offered]);
        }
    }
    repeats
}
