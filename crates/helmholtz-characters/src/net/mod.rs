//! The networks that write strokes, of the prior and of the guide alike.
//!
//! They read the strokes before, each as one of a bank and one of two ways to hold the pen, and score the next one
//! likewise: the number of a stroke and the pen are independent given what was read, as in the authors' program. Symbols, of
//! which there is one for both together, get the sum of the two.

mod lstm;
mod nade;

use helmholtz_nn::Module;
use helmholtz_nn::tensor::{Device, Tensor};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use lstm::{LstmNet, LstmPen};
use nade::{NadeNet, NadePen};

use super::program::{Grammar, MOST_BANK, Strokes, stroke_of};
use helmholtz_core::program::{Language, Script};
use helmholtz_math::random::Stream;
use helmholtz_nn::matrix;

/// Features of a symbol: which of the bank, the pen up, the pen down, the end.
const FEATURES: usize = MOST_BANK + 3;

/// What writes strokes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Writer {
    /// A recurrent network (MWS, 2020).
    #[default]
    Lstm,
    /// A neural autoregressive distribution estimator, with weights of its own for every place of a program
    /// (first submission, 2019).
    Nade,
}

/// A network that writes strokes.
#[derive(Clone, Debug, Module)]
#[allow(
    clippy::large_enum_variant,
    reason = "a model has one of it, and boxes would be in the way of every use"
)]
pub(super) enum StrokeNet {
    Lstm(LstmNet),
    Nade(NadeNet),
}

/// The same as numbers, for drawing.
pub(super) enum Pen {
    Lstm(Box<LstmPen>),
    Nade(NadePen),
}

/// The features of a symbol.
fn features(symbol: u8) -> impl Iterator<Item = usize> {
    let features = match stroke_of(symbol) {
        Some(stroke) => [
            Some(stroke.id.into()),
            Some(MOST_BANK + usize::from(stroke.down)),
        ],
        None => [Some(MOST_BANK + 2), None],
    };
    features.into_iter().flatten()
}

/// The features of symbols, `[symbols, features]`.
fn encoded(symbols: &[u8], device: &Device) -> Tensor<2> {
    let mut values = vec![0.0; symbols.len() * FEATURES];
    for (row, &symbol) in values.chunks_exact_mut(FEATURES).zip(symbols) {
        features(symbol).for_each(|f| row[f] = 1.0);
    }
    matrix(values, symbols.len(), FEATURES, device)
}

/// All symbols, `[symbols, features]`.
fn alphabet(device: &Device) -> Tensor<2> {
    let all: Vec<u8> = (0..Grammar::SYMBOLS as u8).collect();
    encoded(&all, device)
}

/// From what scores features, `[hidden, features]` and `[1, features]`, to what scores symbols.
fn scores(weight: &Tensor<2>, bias: &Tensor<2>) -> (Tensor<2>, Tensor<2>) {
    let each = alphabet(&weight.device()).transpose();
    (
        weight.clone().matmul(each.clone()),
        bias.clone().matmul(each),
    )
}

impl StrokeNet {
    /// A network for programs of a grammar.
    pub(super) fn new(
        writer: Writer,
        hidden: usize,
        grammar: Grammar,
        rng: &mut Stream,
        device: &Device,
    ) -> Self {
        match writer {
            Writer::Lstm => Self::Lstm(LstmNet::new(hidden, rng, device)),
            Writer::Nade => Self::Nade(NadeNet::new(hidden, grammar.most(), rng, device)),
        }
    }

    /// The width of a context.
    pub(super) fn width(&self) -> usize {
        match self {
            Self::Lstm(net) => net.width(),
            Self::Nade(net) => net.width(),
        }
    }

    /// log p of each of a script's programs, where programs of group g get row g of `context`, `[*, width]`.
    pub(super) fn log_prob(&self, script: Script, context: Tensor<2>) -> Tensor<1> {
        match self {
            Self::Lstm(net) => net.log_prob(script, context),
            Self::Nade(net) => net.log_prob(script, context),
        }
    }

    /// The network as numbers, for each row of `context`.
    pub(super) fn pen(&self, context: Tensor<2>) -> Pen {
        match self {
            Self::Lstm(net) => Pen::Lstm(Box::new(net.pen(context))),
            Self::Nade(net) => Pen::Nade(net.pen(&context)),
        }
    }
}

impl Pen {
    /// Draws a program per stream with its log-probability; program i follows row `of[rows[i]]` of the context.
    pub(super) fn write(
        &self,
        grammar: Grammar,
        of: &[usize],
        rows: &[usize],
        rngs: &mut [Stream],
    ) -> Vec<(Strokes, f64)> {
        match self {
            Self::Lstm(pen) => pen.write(grammar, of, rows, rngs),
            Self::Nade(pen) => pen.write(grammar, of, rows, rngs),
        }
    }
}
