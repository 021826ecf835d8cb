//! A model of programs of a grammar: a prior that learns to write them, and what they do.

use std::fmt::Debug;

use helmholtz_nn::tensor::Device;
use helmholtz_nn::{Module, vector};
use rayon::prelude::*;

use super::grammar::{Grammar, Written};
use super::prior::Prior;
use super::tree::Tree;
use crate::model::{Admissible, Edits, HandWritten, Latent, LogProb, Model, Rows};
use helmholtz_math::random::Stream;

/// What programs do: a likelihood in plain Rust.
pub trait Semantics: Clone + Debug + Send + Sync {
    /// The grammar of the programs.
    type Grammar: Grammar;
    /// What a person recorded.
    type Observation: Clone + Send + Sync;

    /// log p(x | z).
    fn log_likelihood(&self, program: &Tree<Self::Grammar>, observation: &Self::Observation)
    -> f64;

    /// Draws x ~ p(x | z); `None` where the draw is no possible observation.
    fn run(&self, program: &Tree<Self::Grammar>, rng: &mut Stream) -> Option<Self::Observation>;
}

/// p(z, x) for programs of a grammar: the prior learns, and the likelihood is what its semantics say.
#[derive(Clone, Debug, Module)]
pub struct TreeModel<S: Semantics> {
    prior: Prior<Written<S::Grammar>>,
    #[module(skip)]
    semantics: S,
}

impl<S: Semantics> TreeModel<S> {
    /// A model with random weights and a prior whose state has `hidden` numbers.
    pub fn new(
        semantics: S,
        language: Written<S::Grammar>,
        hidden: usize,
        rng: &mut Stream,
        device: &Device,
    ) -> Self {
        Self {
            prior: Prior::new(language, hidden, rng, device),
            semantics,
        }
    }

    /// The language of its programs.
    pub fn language(&self) -> &Written<S::Grammar> {
        self.prior.language()
    }
}

impl<S: Semantics> Model for TreeModel<S> {
    type Observation = S::Observation;
    type Discrete = Tree<S::Grammar>;

    fn log_prior(&self, rows: &Rows<'_, Self>) -> LogProb {
        self.prior.log_prob(rows.programs)
    }

    fn log_likelihood(&self, rows: &Rows<'_, Self>) -> LogProb {
        let both = rows.programs.par_iter().zip(rows.of);
        let score = |(z, &o): (_, &usize)| self.semantics.log_likelihood(z, rows.observations[o]);
        let exact: Vec<f64> = both.map(score).collect();
        let tensor = vector(vec![0.0; exact.len()], &self.device());
        LogProb { tensor, exact }
    }

    fn sample_latent(&self, rngs: &mut [Stream]) -> Vec<Latent<Self::Discrete>> {
        let programs = self.prior.sample(rngs).into_iter();
        programs.map(|program| (program, vec![])).collect()
    }

    fn sample_observation(
        &self,
        latents: &[Latent<Self::Discrete>],
        rngs: &mut [Stream],
    ) -> Vec<Option<S::Observation>> {
        let both = latents.par_iter().zip(rngs);
        both.map(|((program, _), rng)| self.semantics.run(program, rng))
            .collect()
    }

    fn edits(&self) -> Option<&dyn Edits<Self>> {
        Some(self.language())
    }

    fn admissible(&self) -> Option<&dyn Admissible<Self>> {
        Some(self.language())
    }

    fn hand_written(&self) -> Option<&dyn HandWritten<Self>> {
        Some(self.language())
    }
}
