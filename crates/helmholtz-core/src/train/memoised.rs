//! Terms that learn from memories: proposals are offered, members selected, and these differentiated.

use helmholtz_math::purpose::Purpose;
use helmholtz_nn::tensor::Tensor;

use super::draw::{Address, Population};
use super::remember::Remembered;
use super::repeats::{Repeats, Weighed};
use super::selection::{Scored, Selection};
use super::step::{Outcome, Step, attach};
use super::surrogate::{Request, Scorer, select_programs};
use crate::algorithm::{Shares, Term};
use crate::guide::Guide;
use crate::memory::Memory;
use crate::model::{Model, ModelExt};

impl<M: Model, G: Guide<M>> Step<'_, M, G> {
    /// The memory, after it has been offered fresh programs: MWS, HMWS.
    pub(super) fn memoised(
        &self,
        term: &Term,
        (proposals, shares): (usize, &Shares),
        memories: &mut [Memory<M::Discrete>],
        address: &Address,
    ) -> Option<Outcome> {
        let (graph, plain) = self.scorers()?;
        let (selection, continuous) =
            self.offer(term, &plain, (proposals, shares), memories, address);
        Some(self.differentiate(term, &graph, selection, continuous))
    }

    /// A visit from which nothing is learned.
    pub(super) fn offer_only(
        &self,
        term: &Term,
        proposals: (usize, &Shares),
        memories: &mut [Memory<M::Discrete>],
        address: &Address,
    ) {
        if let Some((_, plain)) = self.scorers() {
            self.offer(term, &plain, proposals, memories, address);
        }
    }

    /// Offers fresh programs to the memories, and lets them keep the best: a visit, from which nothing is learned yet.
    fn offer(
        &self,
        term: &Term,
        plain: &Scorer<'_, M, G>,
        (proposals, shares): (usize, &Shares),
        memories: &mut [Memory<M::Discrete>],
        address: &Address,
    ) -> (Selection<M::Discrete>, Option<Tensor<2>>) {
        let proposer = self.proposer(plain, address);
        let proposed = proposer.for_memories(proposals, shares, memories);
        let (candidates, repeats) = self.candidates(proposed, memories, term.recall.repeats);
        let own: Vec<&Memory<M::Discrete>> = self.items.iter().map(|&i| &memories[i]).collect();
        let (model, recall) = (&self.plain_model, &term.recall);
        let mut remembered =
            Remembered::refined(model, &candidates, self.observations, &own, recall);
        repeats.append(&mut remembered.posteriors);
        let all = repeats.population(&candidates);
        let mut weighed = self.weigh(term, plain, &all, &remembered, address);
        let mut selection = Selection::default();
        for weight in &mut weighed.log_weights {
            *weight = selection.tally.clean(*weight);
        }
        let weighed = repeats.merge(weighed, term.samples, |l| {
            let item = self.items[candidates.of[l]];
            address.stream(item, Purpose::Repeat, l).uniform()
        });
        let broad = term.ranking.broad > 0.0;
        let continuous = weighed.continuous.as_ref();
        let priors = broad.then(|| plain.log_priors(&candidates, term.samples, continuous));
        let priors = priors.unwrap_or_default();
        let mut start = 0;
        for (o, size) in candidates.sizes(self.items.len()).into_iter().enumerate() {
            let (memory, part) = (&mut memories[self.items[o]], start..start + size);
            let scored = Scored {
                population: &candidates,
                weights: &weighed.log_weights,
                priors: &priors,
                remembered: &remembered,
                part,
            };
            selection.select(term, memory, o, &scored, |l| {
                address.stream(self.items[o], Purpose::Thin, l).uniform()
            });
            start += size;
        }
        selection.count(all.programs.len(), term.samples);
        selection.tally.gradients = remembered.gradients;
        (selection, weighed.continuous)
    }

    /// Continuous samples of candidates, and log-weights.
    fn weigh(
        &self,
        term: &Term,
        plain: &Scorer<'_, M, G>,
        candidates: &Population<M::Discrete>,
        remembered: &Remembered,
        address: &Address,
    ) -> Weighed {
        let k = term.samples;
        let (drawn, log_prob) = plain
            .continuous(candidates, k, self.items, address)
            .map(|d| (d.values, d.log_prob))
            .unzip();
        let continuous = drawn.map(|c| remembered.redraw(candidates, c, k, self.items, address));
        let ask = Request {
            joint: true,
            discrete: false,
            continuous: !remembered.is_empty(),
            values: true,
            pathwise: false,
        };
        let mut scores = plain.score(candidates, k, continuous.as_ref(), ask);
        scores.continuous = scores.continuous.or(log_prob);
        let log_weights = match &continuous {
            Some(c) => scores.log_weights_of(|log_q| remembered.log_density(c, log_q, k)),
            None => scores.log_weights(),
        };
        Weighed {
            continuous,
            log_weights,
        }
    }

    /// What a selection adds to the surrogate.
    fn differentiate(
        &self,
        term: &Term,
        graph: &Scorer<'_, M, G>,
        selection: Selection<M::Discrete>,
        continuous: Option<Tensor<2>>,
    ) -> Outcome {
        let k = term.samples;
        let kept = Population {
            of: selection.of,
            programs: selection.programs,
        };
        let continuous =
            continuous.map(|c| attach(select_programs(&c, &selection.keep, k), self.guide));
        let ask = Request::gradients(&term.scale);
        let surrogate = (!kept.programs.is_empty()).then(|| {
            let scores = graph.score(&kept, k, continuous.as_ref(), ask);
            scores.surrogate(&selection.total.scaled(&term.scale), self.items.len())
        });
        Outcome {
            surrogate: surrogate.flatten(),
            tally: selection.tally,
        }
    }

    /// Members and proposals, each once, and what stands among them repeatedly.
    fn candidates(
        &self,
        proposed: Population<M::Discrete>,
        memories: &[Memory<M::Discrete>],
        repeat: bool,
    ) -> (Population<M::Discrete>, Repeats) {
        let (mut of, mut programs, mut repeats) = (vec![], vec![], Repeats::default());
        let mut rest = &proposed.programs[..];
        let sizes = proposed.sizes(self.items.len());
        for (o, (&item, size)) in self.items.iter().zip(sizes).enumerate() {
            let (own, others) = rest.split_at(size);
            rest = others;
            let candidates = memories[item].candidates(own.iter().cloned());
            // Without continuous samples there is nothing to know better.
            if repeat && candidates.iter().any(|d| self.model.width_of(d) > 0) {
                let known = memories[item].candidates([]).len();
                repeats.add((&candidates, known), programs.len(), own);
            }
            of.extend(std::iter::repeat_n(o, candidates.len()));
            programs.extend(candidates);
        }
        (Population { of, programs }, repeats)
    }
}
