//! The network that writes strokes, of the prior and of the guide alike (MWS, supplement F).
//!
//! It reads the stroke before as one of a bank and one of two ways to hold the pen, and scores the next one likewise: the
//! number of a stroke and the pen are independent given its state. Symbols, of which there is one for both together, get
//! the sum of the two.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::program::{Grammar, MOST_BANK, Strokes, stroke_of};
use crate::nn::{Linear, Lstm, OwnedLstm, matrix, numbers};
use crate::program::{Language, LstmWriter, Script, write};
use crate::random::Stream;

/// Features of a symbol: which of the bank, the pen up, the pen down, the end.
const FEATURES: usize = MOST_BANK + 3;

/// A recurrent network that writes strokes.
#[derive(Module, Debug)]
pub(super) struct StrokeNet {
    lstm: Lstm,
    output: Linear,
}

/// The same as numbers, for drawing.
pub(super) struct Pen {
    lstm: OwnedLstm,
    /// `[hidden, symbols]`.
    output: Vec<f32>,
    /// `[symbols]`.
    bias: Vec<f32>,
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

impl StrokeNet {
    pub(super) fn new(hidden: usize, rng: &mut Stream, device: &Device) -> Self {
        Self {
            lstm: Lstm::new(FEATURES, hidden, rng, device),
            output: Linear::new(hidden, FEATURES, rng, device),
        }
    }

    /// Where the weights are.
    pub(super) fn device(&self) -> Device {
        self.lstm.device()
    }

    fn alphabet(&self) -> Tensor<2> {
        let all: Vec<u8> = (0..Grammar::SYMBOLS as u8).collect();
        encoded(&all, &self.device())
    }

    /// What scores symbols: `[hidden, symbols]` and `[1, symbols]`.
    fn scores(&self) -> (Tensor<2>, Tensor<2>) {
        let each = self.alphabet().transpose();
        let weight = self.output.weight.val().matmul(each.clone());
        (weight, self.output.bias.val().matmul(each))
    }

    /// log p of each of a script's programs, where programs of group g get row g of `context`, `[*, 4 hidden]`.
    pub(super) fn log_prob(&self, script: Script, context: Tensor<2>) -> Tensor<1> {
        let trees = script.forest.trees();
        let of = script.groups.iter().enumerate();
        let of = of.flat_map(|(tree, &group)| std::iter::repeat_n(group, trees.length(tree)));
        let of = of.collect();
        let read = encoded(&script.read, &self.device());
        let states = self
            .lstm
            .forward_with(script.forest.clone(), read, context, of);
        let (weight, bias) = self.scores();
        script.log_prob(states.matmul(weight) + bias)
    }

    /// The network as numbers, with a table for each row of `context`.
    pub(super) fn pen(&self, context: Tensor<2>) -> Pen {
        let ([rows, wide], symbols) = (context.dims(), Grammar::SYMBOLS);
        let read = self
            .lstm
            .project(self.alphabet())
            .reshape([1, symbols, wide]);
        let tables = context.reshape([rows, 1, wide]) + read;
        let (weight, bias) = self.scores();
        Pen {
            lstm: self
                .lstm
                .weights_with(&tables.reshape([rows * symbols, wide])),
            output: numbers(&weight).to_vec(),
            bias: numbers(&bias).to_vec(),
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
        let states = vec![0.0; of.len() * self.lstm.hidden()];
        let writer = LstmWriter {
            lstm: &self.lstm,
            output: &self.output,
            bias: &self.bias,
            tables: of.iter().map(|o| o * Grammar::SYMBOLS).collect(),
            h: states.clone(),
            c: states,
        };
        write(writer, grammar, rows, rngs)
    }
}
