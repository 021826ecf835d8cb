//! Where the particles of a term come from.

use std::ops::Range;

use crate::model::{Latent, Model, ModelExt};
use helmholtz_math::distinct::distinct;
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;

/// The address of a step's term; streams are opened below it.
#[derive(Clone, Copy)]
pub(super) struct Address {
    pub(super) seed: u64,
    pub(super) step: u64,
    pub(super) term: usize,
}

impl Address {
    /// The stream of one particle of one observation (or of one fantasy). The particle's index is part of the address:
    /// a program drawn for particle 2 must not depend on what was drawn for particle 1.
    pub(super) fn stream(&self, item: usize, purpose: Purpose, particle: usize) -> Stream {
        let tag = purpose.with((self.term as u64) << 32 | particle as u64);
        Stream::at([self.seed, item as u64, self.step, tag])
    }
}

/// Programs of a batch, observation by observation.
pub(super) struct Population<D> {
    /// Per program, the index of its observation in the batch.
    pub(super) of: Vec<usize>,
    pub(super) programs: Vec<D>,
}

impl<D> Population<D> {
    /// Where the programs of each of `observations` observations are.
    pub(super) fn parts(&self, observations: usize) -> Vec<Range<usize>> {
        let mut next = 0;
        let part = |o| {
            let own = self.of[next..].iter().take_while(|&&of| of == o);
            let start = next;
            next += own.count();
            start..next
        };
        (0..observations).map(part).collect()
    }
}

/// Each observation's programs, every distinct one once, and for each particle the row it shares.
///
/// An equal program has an equal score, so it is evaluated once; its multiplicity stays in the particles,
/// as importance weighting demands.
pub(super) fn merge<D: Clone + Eq + std::hash::Hash>(
    particles: Population<D>,
) -> (Population<D>, Vec<usize>) {
    let (each, row) = distinct(particles.of.into_iter().zip(particles.programs));
    let (of, programs) = each.into_iter().unzip();
    (Population { of, programs }, row)
}

/// Draws of the model: latents with the observations they generate.
pub(super) struct Fantasies<M: Model> {
    pub(super) latents: Vec<Latent<M::Discrete>>,
    pub(super) observations: Vec<M::Observation>,
    /// How many draws were no possible observations.
    pub(super) rejected: usize,
}

/// `count` draws, with latents from the model's prior or from the hand-written one.
pub(super) fn fantasies<M: Model>(
    model: &M,
    count: usize,
    hand_written: bool,
    address: &Address,
) -> Fantasies<M> {
    let streams =
        |purpose| -> Vec<Stream> { (0..count).map(|i| address.stream(i, purpose, 0)).collect() };
    let mut rngs = streams(Purpose::Latent);
    let latents = if hand_written {
        model.sample_hand_written(&mut rngs)
    } else {
        model.sample_latent(&mut rngs)
    };
    let drawn = model.sample_observation(&latents, &mut streams(Purpose::Observation));
    let rejected = drawn.iter().filter(|x| x.is_none()).count();
    let (latents, observations) = latents
        .into_iter()
        .zip(drawn)
        .filter_map(|(z, x)| Some((z, x?)))
        .unzip();
    Fantasies {
        latents,
        observations,
        rejected,
    }
}
