//! What expressions do: a likelihood that forgives a wrong element.

use helmholtz::program::{ProgramGuide, Semantics, SequenceEncoder, Tree, TreeModel, Written};
use helmholtz::random::Stream;

use crate::language::{Arithmetic, Sequence, value};

/// The probability that an element has nothing to do with the program.
const SLIP: f64 = 0.01;
/// Elements of a fantasy.
const LENGTH: i64 = 8;

/// Expressions, run at 1, 2, 3 and so on.
#[derive(Clone, Debug)]
pub struct Evaluation;

/// p(z, x).
pub type Expressions = TreeModel<Evaluation>;
/// q(z | x).
pub type ExpressionGuide = ProgramGuide<SequenceEncoder<Sequence, 4>, Written<Arithmetic>>;

/// What the guide reads of an element: its sign, its size, and its last bits.
pub fn features(sequence: &Sequence) -> Vec<[f32; 4]> {
    let each = |&x: &i64| {
        let bit = |i: i64| (x >> i & 1) as f32;
        [
            x.signum() as f32,
            (x.unsigned_abs() as f32).ln_1p(),
            bit(0),
            bit(1),
        ]
    };
    sequence.0.iter().map(each).collect()
}

/// log P of an integer that could be any: its bits are geometric, and it is even among those with as many.
fn anything(x: i64) -> f64 {
    let bits = f64::from(u64::BITS - x.unsigned_abs().leading_zeros());
    match x {
        0 => 0.5f64.ln(),
        _ => (2.0 * bits + 1.0) * 0.5f64.ln(),
    }
}

/// A draw of that.
fn any(rng: &mut Stream) -> i64 {
    let bits = (0..62).take_while(|_| rng.uniform() < 0.5).count() as u32;
    let rest = (0..bits)
        .skip(1)
        .fold(1, |x: i64, _| 2 * x + rng.below(2) as i64);
    match bits {
        0 => 0,
        _ => rest * (2 * rng.below(2) as i64 - 1),
    }
}

impl Semantics for Evaluation {
    type Grammar = Arithmetic;
    type Observation = Sequence;

    fn log_likelihood(&self, program: &Tree<Arithmetic>, x: &Sequence) -> f64 {
        let each = x.0.iter().zip(1..).map(|(&x, n)| {
            let slip = SLIP * anything(x).exp();
            match value(program, n) {
                Some(expected) if expected == x => (1.0 - SLIP + slip).ln(),
                _ => slip.ln(),
            }
        });
        each.sum()
    }

    /// None where the expression overflows: then there is no such sequence.
    fn run(&self, program: &Tree<Arithmetic>, rng: &mut Stream) -> Option<Sequence> {
        let element = |n| match rng.uniform() < SLIP {
            true => Some(any(rng)),
            false => value(program, n),
        };
        (1..=LENGTH)
            .map(element)
            .collect::<Option<_>>()
            .map(Sequence)
    }
}
