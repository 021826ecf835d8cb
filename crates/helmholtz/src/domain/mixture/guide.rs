//! The recognition network: one hidden layer, and clusters point by point.
//!
//! The network maps all points to one logit per point and cluster. A point may join a cluster that is
//! already there or open the next one; the softmax runs over those. So the only thing that a choice knows
//! of the choices before it is that mask (MWS, supplement E), and the guide cannot fit most posteriors:
//! in this world that is the point.

use std::ops::Range;

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};

use super::model::MixtureModel;
use super::normal::Points;
use super::partition::Partition;
use crate::guide::{Guide, Proposal};
use crate::nn::{Kernel, Matrix, Pull, apply4, host, matmul, uniform_parameter};
use crate::random::Stream;

/// The purpose of the stream that initialises the weights.
const WEIGHTS: u64 = 0x6d1;

/// q(z | x).
#[derive(Module, Debug)]
pub struct MixtureGuide {
    /// `[2 points, hidden]`.
    first: Param<Tensor<2>>,
    first_bias: Param<Tensor<2>>,
    /// `[hidden, points * points]`.
    second: Param<Tensor<2>>,
    second_bias: Param<Tensor<2>>,
    points: usize,
    hidden: usize,
}

impl MixtureGuide {
    /// A guide with random weights.
    pub fn new(points: usize, hidden: usize, seed: u64, device: &Device) -> Self {
        let mut rng = Stream::at([seed, 0, 0, WEIGHTS]);
        let rng = &mut rng;
        let inputs = 2 * points;
        let (a, b) = ((1.0 / inputs as f64).sqrt(), (1.0 / hidden as f64).sqrt());
        Self {
            first: uniform_parameter(inputs, hidden, a, rng, device),
            first_bias: uniform_parameter(1, hidden, a, rng, device),
            second: uniform_parameter(hidden, points * points, b, rng, device),
            second_bias: uniform_parameter(1, points * points, b, rng, device),
            points,
            hidden,
        }
    }

    fn weights(&self) -> [Tensor<2>; 4] {
        [
            self.first.val(),
            self.first_bias.val(),
            self.second.val(),
            self.second_bias.val(),
        ]
    }
}

/// Sets of points as the network saw them.
#[derive(Clone)]
pub struct Encoding {
    /// `[sets, 2 points]`.
    features: Vec<f32>,
    /// `[sets, points * points]`.
    logits: Vec<f32>,
}

impl Guide<MixtureModel> for MixtureGuide {
    type Encoding = Encoding;

    fn encode(&self, observations: &[&Points]) -> Encoding {
        let coordinates = observations
            .iter()
            .flat_map(|x| x.points().iter().flatten());
        let features: Vec<f32> = coordinates.map(|&c| c as f32).collect();
        let weights = self.weights().map(|w| host(&w));
        let weights: Vec<&[f32]> = weights.iter().map(Vec::as_slice).collect();
        let hidden = hidden_layer(&features, &weights, self.hidden);
        let logits = layer(&hidden, weights[2], weights[3]);
        Encoding { features, logits }
    }

    fn detach(encoding: &Encoding) -> Encoding {
        encoding.clone()
    }

    fn sample(
        &self,
        encoding: &Encoding,
        of: &[usize],
        rngs: &mut [Stream],
    ) -> Vec<Proposal<Partition>> {
        let width = self.points * self.points;
        let draw = |(&o, rng): (&usize, &mut Stream)| {
            write(
                &encoding.logits[o * width..(o + 1) * width],
                self.points,
                rng,
            )
        };
        of.iter().zip(rngs).map(draw).collect()
    }

    fn log_prob(&self, encoding: &Encoding, of: &[usize], programs: &[Partition]) -> Tensor<1> {
        let kernel = Choices {
            points: self.points,
            hidden: self.hidden,
            features: encoding.features.clone(),
            of: of.to_vec(),
            programs: programs.to_vec(),
        };
        apply4(kernel, self.weights().map(Tensor::into_dispatch))
    }
}

/// Draws a partition from the logits of every point and cluster.
fn write(logits: &[f32], points: usize, rng: &mut Stream) -> Proposal<Partition> {
    let (mut partition, mut log_prob, mut used) = (Partition::default(), 0.0, 0);
    let mut p = [0.0; super::partition::MOST_POINTS];
    for point in 0..points {
        // The first point, whose cluster is given, needs no random number.
        let mut label = 0;
        if used > 0 {
            let row = &logits[point * points..][..used + 1];
            softmax(row, &mut p[..=used]);
            let mut left = rng.uniform() as f32;
            label = (0..used)
                .find(|&c| {
                    left -= p[c];
                    left < 0.0
                })
                .unwrap_or(used);
            log_prob += f64::from(p[label].ln());
        }
        partition.push(label as u8);
        used = used.max(label + 1);
    }
    (partition, log_prob)
}

/// The softmax of some logits; returns the log of its normaliser.
fn softmax(logits: &[f32], p: &mut [f32]) -> f32 {
    let most = logits.iter().fold(f32::NEG_INFINITY, |m, &x| m.max(x));
    let mut total = 0.0;
    for (p, &x) in p.iter_mut().zip(logits) {
        *p = (x - most).exp();
        total += *p;
    }
    p.iter_mut().for_each(|p| *p /= total);
    most + total.ln()
}

/// tanh(x W + b), `[sets, hidden]`.
fn hidden_layer(features: &[f32], weights: &[&[f32]], hidden: usize) -> Vec<f32> {
    debug_assert_eq!(weights[1].len(), hidden, "one bias per hidden unit");
    let mut out = layer(features, weights[0], weights[1]);
    crate::nn::tanh_in_place(&mut out);
    out
}

/// x W + b.
fn layer(x: &[f32], weight: &[f32], bias: &[f32]) -> Vec<f32> {
    let inputs = weight.len() / bias.len();
    let rows = x.len() / inputs;
    let mut out = bias.repeat(rows);
    let (x, weight) = (
        Matrix::new(x, rows, inputs),
        Matrix::new(weight, inputs, bias.len()),
    );
    matmul(&mut out, x, weight, true);
    out
}

/// The network and the masked choices of every program as one operation. Inputs: the four weights. Output:
/// log q of each program.
#[derive(Debug)]
struct Choices {
    points: usize,
    hidden: usize,
    features: Vec<f32>,
    of: Vec<usize>,
    programs: Vec<Partition>,
}

impl Choices {
    /// The logits that a choice is made among, for each point of program `i` but the first, with the
    /// cluster chosen.
    fn choices(&self, i: usize) -> impl Iterator<Item = (Range<usize>, usize)> {
        let (n, program) = (self.points, self.programs[i]);
        let start = self.of[i] * n * n;
        let mut used = 1;
        (1..n).map(move |point| {
            let label = usize::from(program.label(point));
            let first = start + point * n;
            let among = first..first + used + 1;
            used = used.max(label + 1);
            (among, label)
        })
    }

    fn log_prob(&self, i: usize, logits: &[f32]) -> f32 {
        let mut p = [0.0; super::partition::MOST_POINTS];
        let each = self.choices(i).map(|(among, label)| {
            let row = &logits[among];
            row[label] - softmax(row, &mut p[..row.len()])
        });
        each.sum()
    }
}

impl Kernel for Choices {
    fn shape(&self) -> Vec<usize> {
        vec![self.programs.len()]
    }

    fn forward(&self, inputs: &[&[f32]], kept: Option<&mut Vec<Vec<f32>>>) -> Vec<f32> {
        let hidden = hidden_layer(&self.features, inputs, self.hidden);
        let logits = layer(&hidden, inputs[2], inputs[3]);
        let log_probs = (0..self.programs.len()).map(|i| self.log_prob(i, &logits));
        let log_probs = log_probs.collect();
        if let Some(kept) = kept {
            kept.extend([hidden, logits]);
        }
        log_probs
    }

    fn backward(&self, pull: Pull<'_>) -> Vec<Vec<f32>> {
        let (hidden, logits) = (&pull.kept[0], &pull.kept[1]);
        let mut by_logits = vec![0.0; logits.len()];
        let mut p = [0.0; super::partition::MOST_POINTS];
        for (i, &scale) in pull.gradient.iter().enumerate().filter(|(_, g)| **g != 0.0) {
            for (among, label) in self.choices(i) {
                let row = &logits[among.clone()];
                softmax(row, &mut p[..row.len()]);
                by_logits[among.start + label] += scale;
                let to = by_logits[among].iter_mut();
                to.zip(&p).for_each(|(to, p)| *to -= scale * p);
            }
        }
        let rows = hidden.len() / self.hidden;
        let (mut second, second_bias) = weight_gradient(hidden, self.hidden, &by_logits, rows);
        let outputs = by_logits.len() / rows.max(1);
        let mut by_hidden = vec![0.0; hidden.len()];
        matmul(
            &mut by_hidden,
            Matrix::new(&by_logits, rows, outputs),
            Matrix::new(pull.inputs[2], self.hidden, outputs).t(),
            false,
        );
        let before = by_hidden.iter_mut().zip(hidden);
        before.for_each(|(g, h)| *g *= 1.0 - h * h);
        let inputs = 2 * self.points;
        let (first, first_bias) = weight_gradient(&self.features, inputs, &by_hidden, rows);
        second.truncate(pull.inputs[2].len());
        vec![first, first_bias, second, second_bias]
    }
}

/// The gradients by the weight and the bias of a layer.
fn weight_gradient(x: &[f32], inputs: usize, by_out: &[f32], rows: usize) -> (Vec<f32>, Vec<f32>) {
    let outputs = by_out.len() / rows.max(1);
    let (mut weight, mut bias) = (vec![0.0; inputs * outputs], vec![0.0; outputs]);
    let by = Matrix::new(by_out, rows, outputs);
    matmul(&mut weight, Matrix::new(x, rows, inputs).t(), by, false);
    for row in by_out.chunks_exact(outputs.max(1)) {
        bias.iter_mut().zip(row).for_each(|(b, g)| *b += g);
    }
    (weight, bias)
}

#[cfg(test)]
mod tests {
    use super::super::model::{sample_partition, sample_points};
    use super::*;
    use crate::nn::check_gradient;
    use crate::nn::training_device;

    fn sets(count: u64) -> Vec<Points> {
        let draw = |i| {
            let mut rng = Stream::at([8, i, 0, 0]);
            let z = sample_partition(5, &mut rng);
            sample_points(z, [0.2, 0.0, 0.0, 0.2], &mut rng)
        };
        (0..count).map(draw).collect()
    }

    fn guide() -> MixtureGuide {
        MixtureGuide::new(5, 6, 3, &training_device())
    }

    #[test]
    fn the_guide_sums_to_one_over_all_partitions() {
        let (guide, sets) = (guide().valid(), sets(2));
        let encoding = guide.encode(&[&sets[0], &sets[1]]);
        let all = Partition::all(5);
        for o in 0..2 {
            let log_q = host(&guide.log_prob(&encoding, &vec![o; all.len()], &all));
            let total: f64 = log_q.iter().map(|&l| f64::from(l).exp()).sum();
            assert!((total - 1.0).abs() < 1e-5, "{total}");
        }
    }

    #[test]
    fn what_is_drawn_is_scored_alike() {
        let (guide, sets) = (guide().valid(), sets(3));
        let observations: Vec<&Points> = sets.iter().collect();
        let encoding = guide.encode(&observations);
        let of: Vec<usize> = (0..30).map(|i| i % 3).collect();
        let mut rngs: Vec<Stream> = (0..30).map(|i| Stream::at([9, i, 0, 0])).collect();
        let (drawn, log_q): (Vec<_>, Vec<f64>) =
            guide.sample(&encoding, &of, &mut rngs).into_iter().unzip();
        let again = host(&guide.log_prob(&encoding, &of, &drawn));
        let close = log_q
            .iter()
            .zip(again)
            .all(|(a, b)| (a - f64::from(b)).abs() < 1e-4);
        assert!(close);
    }

    #[test]
    fn the_gradient_agrees_with_finite_differences() {
        let (guide, sets) = (guide(), sets(2));
        let encoding = guide.encode(&[&sets[0], &sets[1]]);
        let programs = [[0, 1, 0, 2, 1], [0, 0, 0, 0, 0], [0, 1, 2, 3, 4]];
        let kernel = Choices {
            points: 5,
            hidden: 6,
            features: encoding.features,
            of: vec![0, 1, 1],
            programs: programs.map(|l| Partition::new(&l).unwrap()).to_vec(),
        };
        check_gradient(&kernel, &guide.weights().map(|w| host(&w)));
    }
}
