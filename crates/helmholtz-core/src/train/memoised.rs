//! Algorithm 1 of HMWS, lines 1 to 8: a memory is offered programs, keeps the best, and is learned from. MWS is the case
//! without continuous latents and with one sample.
//!
//! Line 9 is another term of the same algorithm (`Step::sleep`), and line 10 is what both are scaled by, in the table of
//! algorithms. What goes beyond the papers is done by [`Beyond`], in one call at each place that it touches; unless
//! settings ask for it, these calls change nothing.

use helmholtz_math::purpose::Purpose;
use helmholtz_nn::tensor::Tensor;

use super::beyond::Beyond;
use super::draw::{Address, Population};
use super::selection::Selection;
use super::step::{Outcome, Step, attach};
use super::surrogate::{Request, Scorer, select_programs};
use super::tally::StepCounts;
use crate::algorithm::{Shares, Term};
use crate::estimator::{Carried, Grid};
use crate::guide::Guide;
use crate::memory::Memory;
use crate::model::Model;

/// What stays from step to step: memories, and what rules carry.
type Kept<'a, D> = (&'a mut [Memory<D>], &'a mut [Carried]);

impl<M: Model, G: Guide<M>> Step<'_, M, G> {
    /// Algorithm 1 but for fantasies.
    pub(super) fn memoised(
        &self,
        term: &Term,
        proposals: (usize, &Shares),
        kept: Kept<'_, M::Discrete>,
        address: &Address,
    ) -> Option<Outcome> {
        let (graph, plain) = self.scorers()?;
        let (selection, continuous) = self.wake(term, &plain, proposals, kept, address);
        Some(self.replay(term, &graph, selection, continuous))
    }

    /// Wake: lines 1 to 5, for every observation of the batch.
    fn wake(
        &self,
        term: &Term,
        plain: &Scorer<'_, M, G>,
        (proposals, shares): (usize, &Shares),
        (memories, states): Kept<'_, M::Discrete>,
        address: &Address,
    ) -> (Selection<M::Discrete>, Option<Tensor<2>>) {
        let (items, samples) = (self.items, term.samples);
        // Line 1: propose z'_n ~ q(z_d | x), n = 1..N.
        let proposer = self.proposer(plain, address);
        let proposed = proposer.for_memories(proposals, (shares, term.parents), memories);
        // Line 2: the L <= M + N unique among members and proposals.
        let unique = self.unique(&proposed, memories);
        let mut beyond = Beyond::new(self, term, (&unique, &proposed), memories);
        // Lines 3 and 4: samples for each, and their weights.
        let (grid, continuous, tally) = self.weigh(term, plain, (&unique, &beyond), address);
        let mut selection = Selection::new(tally);
        beyond.begin_ranking(plain, &unique, continuous.as_ref());
        for (o, part) in unique.parts(items.len()).into_iter().enumerate() {
            // Line 5: the best M by p(z_d, x) = 1/K sum_k w_k (eq. 5), with their samples and weights.
            let (memory, programs) = (&mut memories[items[o]], &unique.programs[part.clone()]);
            let members = memory.programs().len();
            let all: Vec<usize> = part.clone().collect();
            let mut own = grid.of(&all);
            let best = beyond.keep(memory, (programs, part.start), &mut own);
            selection.count(term.evaluations(memory.capacity()), (members, &best));
            // What multiplies the gradients of lines 6 to 8: v_mk (eq. 8), omega_m (eq. 6) and those of eq. 10.
            let coefficients = self.ask(term, own.of(&best), (o, NO_FLOOR), states, address);
            let uniform = |l| address.stream(items[o], Purpose::Thin, l).uniform();
            let counted = selection.tally.count(coefficients);
            let thin = counted.thin(term.thinning, samples, uniform);
            let best = best.into_iter().map(|l| (part.start + l, &programs[l]));
            selection.add(o, best, &thin, samples);
        }
        selection.tally.gradients = beyond.gradients();
        (selection, continuous)
    }

    /// Line 2: members and proposals, each once.
    fn unique(
        &self,
        proposed: &Population<M::Discrete>,
        memories: &[Memory<M::Discrete>],
    ) -> Population<M::Discrete> {
        let (mut of, mut programs) = (vec![], vec![]);
        let parts = proposed.parts(self.items.len());
        for (o, (&item, part)) in self.items.iter().zip(parts).enumerate() {
            let unique = memories[item].candidates(proposed.programs[part].iter().cloned());
            of.extend(std::iter::repeat_n(o, unique.len()));
            programs.extend(unique);
        }
        Population { of, programs }
    }

    /// Lines 3 and 4: samples z_ck of the unique programs, with w_k = p(z_d, z_ck, x) / q(z_ck | z_d, x).
    fn weigh(
        &self,
        term: &Term,
        plain: &Scorer<'_, M, G>,
        (unique, beyond): (&Population<M::Discrete>, &Beyond<'_>),
        address: &Address,
    ) -> (Grid, Option<Tensor<2>>, StepCounts) {
        let (items, samples) = (self.items, term.samples);
        let rows = beyond.rows(unique);
        // Line 3: z_ck ~ q(z_c | z_d, x), k = 1..K.
        let drawn = plain.continuous(&rows, samples, items, address);
        let (drawn, log_prob) = drawn.map(|d| (d.values, d.log_prob)).unzip();
        let continuous = drawn.map(|c| beyond.redraw(&rows, c, (samples, items), address));
        // Line 4: w_k.
        let mut scores = plain.score(&rows, samples, continuous.as_ref(), beyond.request(term));
        scores.continuous = scores.continuous.or(log_prob);
        let density = |q: &[f64]| beyond.log_density(continuous.as_ref(), q, samples);
        let mut grid = scores.grid(samples, density);
        let mut tally = StepCounts::of(rows.programs.len() * samples);
        for weight in &mut grid.log_weights {
            *weight = tally.clean(*weight);
        }
        let (grid, continuous) = beyond.merge(grid, continuous, |l| {
            let item = items[unique.of[l]];
            address.stream(item, Purpose::Repeat, l).uniform()
        });
        (grid, continuous, tally)
    }

    /// Sleep, replay: the gradients of line 6 (eq. 7), line 7 (eq. 9) and line 8 (eq. 10), as one surrogate. Samples stay
    /// where they were drawn.
    fn replay(
        &self,
        term: &Term,
        graph: &Scorer<'_, M, G>,
        mut selection: Selection<M::Discrete>,
        continuous: Option<Tensor<2>>,
    ) -> Outcome {
        let (rows, samples) = (&selection.rows, term.samples);
        let continuous =
            continuous.map(|c| attach(select_programs(&c, &selection.keep, samples), self.guide));
        selection.tally.differentiated = (rows.programs.len() * samples) as u64;
        let surrogate = (!rows.programs.is_empty()).then(|| {
            let ask = Request::gradients(&term.scale);
            let scores = graph.score(rows, samples, continuous.as_ref(), ask);
            scores.surrogate(&selection.total.scaled(&term.scale), self.items.len())
        });
        Outcome {
            surrogate: surrogate.flatten(),
            tally: selection.tally,
        }
    }
}

/// A member that is impossible has no weight.
const NO_FLOOR: f64 = f64::NEG_INFINITY;
