//! A learned model and inference network as a filter: for streams, and for tests.

use helmholtz_nn::tensor::Tensor;

use super::moment::Moment;
use super::sequence::{Cut, First, Sequence};
use super::state_space::{Carry as _, Infer, StateSpace};
use super::{Filter, StepEnergy};
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use helmholtz_nn::dist::Normal;

/// How posteriors are inferred.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Inference {
    /// Iterations per step, where the network is iterative.
    pub iterations: usize,
    /// Samples by which a posterior is judged.
    pub samples: usize,
    /// The seed of the samples.
    pub seed: u64,
}

/// Amortised variational filtering with a model and a network that have been learned (AVF, section 3.2).
///
/// A posterior is judged by fresh samples, none of which its inference has seen, and another one is carried on: the
/// expectation of the step free energies is a bound on -log p(x).
#[derive(Debug)]
pub struct Amortised<S, I> {
    model: S,
    guide: I,
    inference: Inference,
}

/// What is carried: how many steps there were, and the model's state.
#[derive(Clone, Debug)]
pub struct Progress<C> {
    step: u64,
    state: C,
}

impl<C> Progress<C> {
    /// The state of the model.
    pub fn state(&self) -> &C {
        &self.state
    }

    pub(super) fn map(self, each: impl FnOnce(C) -> C) -> Self {
        Self {
            step: self.step,
            state: each(self.state),
        }
    }
}

/// Which samples: those that are carried on, and those that judge before each iteration and after the last.
const CARRIED: u64 = 0;

impl<S: StateSpace, I: Infer<S>> Amortised<S, I> {
    /// A filter. Nothing is learned any more.
    pub fn new(model: S, guide: I, inference: Inference) -> Self {
        Self {
            model: model.valid(),
            guide: guide.valid(),
            inference,
        }
    }

    /// The model.
    pub fn model(&self) -> &S {
        &self.model
    }

    /// How posteriors are inferred.
    pub fn inference(&self) -> &Inference {
        &self.inference
    }

    /// Before the first of some sequences.
    pub fn start_rows(&self, rows: usize) -> Progress<S::State> {
        Progress {
            step: 0,
            state: self.model.start(rows),
        }
    }

    /// Noise like `like`, whose rows belong to the given sequences.
    fn noise(
        &self,
        rows: &[usize],
        step: u64,
        (purpose, sample): (u64, usize),
        like: &Normal,
    ) -> Tensor<2> {
        let tag = Purpose::Filter.with(purpose << 24 | sample as u64);
        let each = rows.iter();
        like.noise(each.map(|&row| Stream::at([self.inference.seed, row as u64, step, tag])))
    }

    /// The posteriors of a step, and the free energies of the prior, where the network asks for them, and of the
    /// posterior after each iteration.
    pub fn infer(
        &self,
        progress: &Progress<S::State>,
        rows: &[usize],
        prior: &Normal,
        x: &Tensor<2>,
    ) -> (Normal, Vec<Vec<StepEnergy>>) {
        let moment = Moment {
            model: &self.model,
            state: &progress.state,
            prior,
            observation: x,
            weight: 1.0,
        };
        let judging = |k: usize| -> Vec<Tensor<2>> {
            let samples = 0..self.inference.samples;
            let noise = |s| self.noise(rows, progress.step, (CARRIED + 1 + k as u64, s), prior);
            samples.map(noise).collect()
        };
        let inferred = moment.infer(&self.guide, self.inference.iterations, judging);
        let mut energies: Vec<_> = inferred.rounds.into_iter().map(|r| r.energies).collect();
        let last = judging(self.inference.iterations);
        energies.push(moment.energies(&inferred.posterior, &last));
        (inferred.posterior, energies)
    }

    fn next(
        &self,
        progress: Progress<S::State>,
        rows: &[usize],
        posterior: &Normal,
        x: &Tensor<2>,
    ) -> Progress<S::State> {
        let z = self.carried(&progress, rows, posterior);
        self.moved(progress, z, x)
    }

    /// The samples that are carried on.
    pub fn carried(
        &self,
        progress: &Progress<S::State>,
        rows: &[usize],
        posterior: &Normal,
    ) -> Tensor<2> {
        posterior.sample(self.noise(rows, progress.step, (CARRIED, 0), posterior))
    }

    /// The state after a step.
    pub fn moved(
        &self,
        progress: Progress<S::State>,
        z: Tensor<2>,
        x: &Tensor<2>,
    ) -> Progress<S::State> {
        Progress {
            step: progress.step + 1,
            // An observation may come with a gradient graph, in which nothing is to be kept.
            state: self.model.advance(progress.state, z, x).constant(),
        }
    }

    /// The state after an observation at the beginning that is not scored.
    pub fn begun(
        &self,
        progress: Progress<S::State>,
        x: &Tensor<2>,
        first: First,
    ) -> Progress<S::State> {
        match first {
            First::Condition => Progress {
                step: progress.step + 1,
                state: self.model.condition(progress.state, x),
            },
            First::Score | First::Drop => progress,
        }
    }

    /// The step free energies of sequences of any lengths, all at once: per sequence and step those of every
    /// iteration, the last one last.
    pub fn energies(&self, sequences: &[&Sequence], first: First) -> Vec<Vec<Vec<StepEnergy>>> {
        // The longest first, so that those under way are always the first rows.
        let mut order: Vec<usize> = (0..sequences.len()).collect();
        order.sort_by_key(|&i| std::cmp::Reverse(sequences[i].len()));
        let mut found = vec![vec![]; sequences.len()];
        let mut progress = self.start_rows(order.len());
        let device = &self.model.device();
        for t in 0..order.first().map_or(0, |&i| sequences[i].len()) {
            let active = order
                .iter()
                .take_while(|&&i| sequences[i].len() > t)
                .count();
            if active < order.len() {
                order.truncate(active);
                let rows: Vec<usize> = (0..active).collect();
                progress.state = progress.state.select(&rows);
            }
            let cuts: Vec<Cut<'_>> = order.iter().map(|&i| Cut::whole(sequences[i])).collect();
            let x = Cut::batch(&cuts, t, device);
            if t < first.unscored() {
                progress = self.begun(progress, &x, first);
                continue;
            }
            let prior = self.model.prior(&progress.state);
            let (posterior, energies) = self.infer(&progress, &order, &prior, &x);
            for (row, &i) in order.iter().enumerate() {
                found[i].push(energies.iter().map(|e| e[row]).collect());
            }
            progress = self.next(progress, &order, &posterior, &x);
        }
        found
    }
}

impl<S: StateSpace, I: Infer<S>> Filter for Amortised<S, I> {
    /// `[1, width]`.
    type Observation = Tensor<2>;
    type State = Progress<S::State>;
    type Belief = Normal;

    fn start(&self) -> Self::State {
        self.start_rows(1)
    }

    fn predict(&self, progress: &Self::State) -> Normal {
        self.model.prior(&progress.state)
    }

    fn update(
        &self,
        progress: &Self::State,
        prior: &Normal,
        x: &Tensor<2>,
    ) -> (Normal, StepEnergy) {
        let (posterior, energies) = self.infer(progress, &[0], prior, x);
        let last = energies.last().and_then(|e| e.first()).copied();
        (posterior, last.unwrap_or_default())
    }

    fn advance(&self, progress: Self::State, posterior: Normal, x: &Tensor<2>) -> Self::State {
        self.next(progress, &[0], &posterior, x)
    }
}
