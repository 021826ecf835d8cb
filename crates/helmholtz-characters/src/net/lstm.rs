//! A recurrent network that writes strokes.

use helmholtz_nn::Module;
use helmholtz_nn::tensor::{Device, Tensor};

use super::{FEATURES, alphabet, encoded, scores};
use crate::program::{Grammar, Strokes};
use helmholtz_core::program::{Language, LstmWriter, Script, write};
use helmholtz_math::random::Stream;
use helmholtz_nn::{Linear, Lstm, OwnedLstm, numbers};

/// A recurrent network that writes strokes.
#[derive(Clone, Debug, Module)]
pub(crate) struct LstmNet {
    lstm: Lstm,
    output: Linear,
}

/// The same as numbers, for drawing.
pub(crate) struct LstmPen {
    lstm: OwnedLstm,
    /// `[hidden, symbols]`.
    output: Vec<f32>,
    /// `[symbols]`.
    bias: Vec<f32>,
}

impl LstmNet {
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

    /// The width of a context.
    pub(super) fn width(&self) -> usize {
        self.lstm.bias().dims()[1]
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
        let (weight, bias) = scores(&self.output.weight.val(), &self.output.bias.val());
        script.log_prob(states.matmul(weight) + bias)
    }

    /// The network as numbers, with a table for each row of `context`.
    pub(super) fn pen(&self, context: Tensor<2>) -> LstmPen {
        let ([rows, wide], symbols) = (context.dims(), Grammar::SYMBOLS);
        let read = self
            .lstm
            .project(alphabet(&self.device()))
            .reshape([1, symbols, wide]);
        let tables = context.reshape([rows, 1, wide]) + read;
        let (weight, bias) = scores(&self.output.weight.val(), &self.output.bias.val());
        LstmPen {
            lstm: self
                .lstm
                .weights_with(&tables.reshape([rows * symbols, wide])),
            output: numbers(&weight).to_vec(),
            bias: numbers(&bias).to_vec(),
        }
    }
}

impl LstmPen {
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
        write(writer, &grammar, rows, rngs)
    }
}
