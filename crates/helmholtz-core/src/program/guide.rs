//! A guide that writes programs of a language, from what an encoder makes of an observation.

use std::fmt::Debug;

use helmholtz_nn::tensor::{Device, Tensor};
use helmholtz_nn::{Forest, Lstm, Module, Packed, indices, matrix};

use super::{Conditional, Language};
use crate::guide::{Guide, Proposal};
use crate::model::Model;
use helmholtz_math::random::Stream;

/// What a guide knows of observations.
pub trait Encoder: Module {
    /// What it reads.
    type Observation;

    /// Numbers about each observation, `[observations, width]`.
    fn encode(&self, observations: &[&Self::Observation]) -> Tensor<2>;

    /// How many numbers.
    fn width(&self) -> usize;
}

/// q(z | x): an encoder reads, and a recurrent network writes.
#[derive(Clone, Debug, Module)]
pub struct ProgramGuide<E: Encoder, L: Language> {
    encoder: E,
    #[module(flatten)]
    writer: Conditional<L>,
}

impl<E: Encoder, L: Language> ProgramGuide<E, L> {
    /// One with a random writer that has a state of `hidden` numbers.
    pub fn new(encoder: E, language: L, hidden: usize, rng: &mut Stream, device: &Device) -> Self {
        Self {
            writer: Conditional::new(language, encoder.width(), hidden, rng, device),
            encoder,
        }
    }
}

impl<M, E, L> Guide<M> for ProgramGuide<E, L>
where
    M: Model<Discrete = L::Program, Observation = E::Observation>,
    E: Encoder,
    L: Language,
{
    /// What the writer reads of each observation.
    type Encoding = Tensor<2>;

    fn encode(&self, observations: &[&M::Observation]) -> Tensor<2> {
        self.writer.tables(self.encoder.encode(observations))
    }

    fn detach(encoding: &Tensor<2>) -> Tensor<2> {
        encoding.clone().inner()
    }

    fn sample(
        &self,
        encoding: &Tensor<2>,
        of: &[usize],
        rngs: &mut [Stream],
    ) -> Vec<Proposal<L::Program>> {
        self.writer.sample(encoding, of, rngs)
    }

    fn log_prob(&self, encoding: &Tensor<2>, of: &[usize], programs: &[L::Program]) -> Tensor<1> {
        self.writer.log_prob(encoding, of, programs)
    }
}

/// An encoder of sequences of any length: a recurrent network reads one row of numbers after the other.
#[derive(Clone, Debug, Module)]
pub struct SequenceEncoder<X: Clone + Debug, const N: usize> {
    reader: Lstm,
    #[module(skip)]
    rows: fn(&X) -> Vec<[f32; N]>,
}

impl<X: Clone + Debug, const N: usize> SequenceEncoder<X, N> {
    /// A network with a state of `hidden` numbers for the rows of an observation.
    pub fn new(
        hidden: usize,
        rows: fn(&X) -> Vec<[f32; N]>,
        rng: &mut Stream,
        device: &Device,
    ) -> Self {
        Self {
            reader: Lstm::new(N, hidden, rng, device),
            rows,
        }
    }
}

impl<X: Clone + Debug, const N: usize> Encoder for SequenceEncoder<X, N> {
    type Observation = X;

    /// The state after the last row. An observation without rows is read as one row of zeros.
    fn encode(&self, observations: &[&X]) -> Tensor<2> {
        let device = self.reader.device();
        let (mut values, mut lengths) = (vec![], vec![]);
        for observation in observations {
            let mut rows = (self.rows)(observation);
            if rows.is_empty() {
                rows.push([0.0; N]);
            }
            lengths.push(rows.len());
            values.extend(rows.into_flattened());
        }
        let steps = Packed::new(lengths);
        let last: Vec<usize> = (0..observations.len())
            .map(|i| steps.range(i).end - 1)
            .collect();
        let values = matrix(values, steps.steps(), N, &device);
        let states = self.reader.forward(Forest::chains(steps), values);
        states.select(0, indices(last, &device))
    }

    fn width(&self) -> usize {
        self.reader.hidden()
    }
}
