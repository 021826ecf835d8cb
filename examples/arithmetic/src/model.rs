//! The model: a learned prior over expressions, and a likelihood that forgives a wrong element.

use helmholtz::model::{Admissible, Edits, HandWritten, Latent, LogProb, Model, Rows};
use helmholtz::nn as helmholtz_nn;
use helmholtz::nn::{Module, vector};
use helmholtz::program::{Prior, ProgramGuide, SequenceEncoder, Tree, Written};
use helmholtz::random::Stream;

use crate::language::{Arithmetic, Sequence, value};

/// The probability that an element has nothing to do with the program.
const SLIP: f64 = 0.01;
/// Elements of a fantasy.
const LENGTH: i64 = 8;

/// p(z, x).
#[derive(Clone, Debug, Module)]
pub struct Expressions {
    /// p(z).
    pub prior: Prior<Written<Arithmetic>>,
}

/// q(z | x).
pub type ExpressionGuide = ProgramGuide<SequenceEncoder<Sequence>, Written<Arithmetic>>;

/// What the guide reads of an element: its sign, its size, and its last bits.
pub fn features(sequence: &Sequence) -> Vec<f32> {
    let each = |&x: &i64| {
        let bit = |i: i64| (x >> i & 1) as f32;
        [
            x.signum() as f32,
            (x.unsigned_abs() as f32).ln_1p(),
            bit(0),
            bit(1),
        ]
    };
    sequence.0.iter().flat_map(each).collect()
}

/// log P of an integer that could be any: its bits are geometric, it is even among those with as many.
fn anything(x: i64) -> f64 {
    let bits = f64::from(u64::BITS - x.unsigned_abs().leading_zeros());
    match x {
        0 => 0.5f64.ln(),
        _ => (2.0 * bits + 1.0) * 0.5f64.ln(),
    }
}

/// log p(x | z).
fn log_likelihood(program: &Tree<Arithmetic>, x: &Sequence) -> f64 {
    let each = x.0.iter().zip(1..).map(|(&x, n)| {
        let slip = SLIP * anything(x).exp();
        match value(program, n) {
            Some(expected) if expected == x => (1.0 - SLIP + slip).ln(),
            _ => slip.ln(),
        }
    });
    each.sum()
}

impl Model for Expressions {
    type Observation = Sequence;
    type Discrete = Tree<Arithmetic>;

    fn log_prior(&self, rows: &Rows<'_, Self>) -> LogProb {
        self.prior.log_prob(rows.programs)
    }

    fn log_likelihood(&self, rows: &Rows<'_, Self>) -> LogProb {
        let both = rows.programs.iter().zip(rows.of);
        let exact: Vec<f64> = both
            .map(|(z, &o)| log_likelihood(z, rows.observations[o]))
            .collect();
        let tensor = vector(vec![0.0; exact.len()], &self.device());
        LogProb { tensor, exact }
    }

    fn sample_latent(&self, rngs: &mut [Stream]) -> Vec<Latent<Self::Discrete>> {
        self.prior
            .sample(rngs)
            .into_iter()
            .map(|z| (z, vec![]))
            .collect()
    }

    /// None where the expression overflows: then there is no such sequence.
    fn sample_observation(
        &self,
        latents: &[Latent<Self::Discrete>],
        _: &mut [Stream],
    ) -> Vec<Option<Sequence>> {
        let run = |z: &Tree<Arithmetic>| (1..=LENGTH).map(|n| value(z, n)).collect::<Option<_>>();
        latents.iter().map(|z| run(&z.0).map(Sequence)).collect()
    }

    fn edits(&self) -> Option<&dyn Edits<Self>> {
        Some(self.prior.language())
    }

    fn admissible(&self) -> Option<&dyn Admissible<Self>> {
        Some(self.prior.language())
    }

    fn hand_written(&self) -> Option<&dyn HandWritten<Self>> {
        Some(self.prior.language())
    }
}
