//! A neural autoregressive distribution estimator over strokes (Larochelle and Murray, 2011).
//!
//! What has been written is a sum: every stroke adds a vector that depends on it and on its place. The next stroke is
//! scored from the logistic function of that sum, by weights of its place.

use helmholtz_nn::tensor::{Device, Tensor, activation};
use helmholtz_nn::{Module, Param};

use super::{FEATURES, encoded, features, scores};
use crate::program::{Grammar, Strokes};
use helmholtz_core::program::{Language, Script, Writer, select_rows, write};
use helmholtz_math::matmul::{Matrix, matmul};
use helmholtz_math::random::Stream;
use helmholtz_math::simd::{add_assign, sigmoids};
use helmholtz_nn::{host, indices, uniform_parameter};

/// The network.
#[derive(Clone, Debug, Module)]
pub(crate) struct NadeNet {
    /// `[places features, hidden]`: what a stroke adds.
    read: Param<2>,
    /// `[1, hidden]`.
    start: Param<2>,
    /// `[(places + 1) hidden, features]`: one matrix below the other.
    written: Param<2>,
    /// `[places + 1, features]`.
    bias: Param<2>,
}

/// The network as numbers.
pub(crate) struct NadePen {
    read: Vec<f32>,
    /// Per place, `[hidden, symbols]` and `[symbols]`.
    written: Vec<(Vec<f32>, Vec<f32>)>,
    /// `[rows, hidden]`: where the sum begins.
    start: Vec<f32>,
    hidden: usize,
}

impl NadeNet {
    pub(super) fn new(hidden: usize, places: usize, rng: &mut Stream, device: &Device) -> Self {
        let scale = (1.0 / hidden as f64).sqrt();
        Self {
            read: uniform_parameter(places * FEATURES, hidden, scale, rng, device),
            start: uniform_parameter(1, hidden, scale, rng, device),
            written: uniform_parameter((places + 1) * hidden, FEATURES, scale, rng, device),
            bias: uniform_parameter(places + 1, FEATURES, 0.0, rng, device),
        }
    }

    pub(super) fn width(&self) -> usize {
        self.start.dims()[1]
    }

    /// What scores the symbols of a place.
    fn scores(&self, place: usize) -> (Tensor<2>, Tensor<2>) {
        let hidden = self.width();
        let weight = self.written.val().narrow(0, place * hidden, hidden);
        scores(&weight, &self.bias.val().narrow(0, place, 1))
    }

    pub(super) fn log_prob(&self, script: Script, context: Tensor<2>) -> Tensor<1> {
        let device = context.device();
        let levels = script.levels();
        let begin = indices(script.groups.iter().copied(), &device);
        let mut sums = context.select(0, begin) + self.start.val();
        let mut logits = vec![];
        for (place, level) in levels.iter().enumerate() {
            if place > 0 {
                let parents = indices(level.iter().map(|node| node.parent), &device);
                let symbols: Vec<u8> = level.iter().map(|node| node.read).collect();
                let read = self.read.val().narrow(0, (place - 1) * FEATURES, FEATURES);
                sums = sums.select(0, parents) + encoded(&symbols, &device).matmul(read);
            }
            let (weight, bias) = self.scores(place);
            logits.push(activation::sigmoid(sums.clone()).matmul(weight) + bias);
        }
        let mut order = vec![0; script.read.len()];
        let nodes = levels.iter().flatten();
        nodes
            .enumerate()
            .for_each(|(row, node)| order[node.number] = row);
        let logits = Tensor::cat(logits, 0).select(0, indices(order, &device));
        script.log_prob(logits)
    }

    pub(super) fn pen(&self, context: &Tensor<2>) -> NadePen {
        let places = self.bias.dims()[0];
        let written = (0..places).map(|place| {
            let (weight, bias) = self.scores(place);
            (host(&weight), host(&bias))
        });
        NadePen {
            read: host(&self.read.val()),
            written: written.collect(),
            start: host(&(context.clone() + self.start.val())),
            hidden: self.width(),
        }
    }
}

impl NadePen {
    pub(super) fn write(
        &self,
        grammar: Grammar,
        of: &[usize],
        rows: &[usize],
        rngs: &mut [Stream],
    ) -> Vec<(Strokes, f64)> {
        let writer = NadeWriter {
            pen: self,
            place: 0,
            sums: select_rows(&self.start, self.hidden, of),
        };
        write(writer, &grammar, rows, rngs)
    }
}

/// The network in the course of writing.
struct NadeWriter<'a> {
    pen: &'a NadePen,
    place: usize,
    /// `[rows, hidden]`.
    sums: Vec<f32>,
}

impl Writer for NadeWriter<'_> {
    fn read(&mut self, symbols: &[u8]) -> Vec<f32> {
        let hidden = self.pen.hidden;
        if let Some(before) = self.place.checked_sub(1) {
            for (sum, &symbol) in self.sums.chunks_exact_mut(hidden).zip(symbols) {
                for feature in features(symbol) {
                    let row = (before * FEATURES + feature) * hidden;
                    add_assign(sum, &self.pen.read[row..row + hidden]);
                }
            }
        }
        let mut states = vec![0.0; self.sums.len()];
        sigmoids(&mut states, &self.sums);
        let (weight, bias) = &self.pen.written[self.place];
        let mut logits = bias.repeat(symbols.len());
        let states = Matrix::new(&states, symbols.len(), hidden);
        matmul(
            &mut logits,
            states,
            Matrix::new(weight, hidden, Grammar::SYMBOLS),
            true,
        );
        self.place += 1;
        logits
    }

    fn select(&mut self, rows: &[usize]) {
        self.sums = select_rows(&self.sums, self.pen.hidden, rows);
    }
}
