//! The recognition network: one hidden layer, and clusters point by point.
//!
//! The network maps all points to one logit per point and cluster. A point may join a cluster that is
//! already there or open the next one; the softmax runs over those. So the only thing that a choice knows
//! of the choices before it is that mask (MWS, section 4.1), and the guide cannot fit most posteriors:
//! in this world that is the point.

use helmholtz_nn::tensor::{Device, Tensor};
use helmholtz_nn::{Module, Param};

use super::model::MixtureModel;
use super::normal::Points;
use super::partition::Partition;
use helmholtz_core::guide::{Guide, Proposal};
use helmholtz_math::matmul::{Matrix, matmul};
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use helmholtz_math::simd::exp;
use helmholtz_nn::{Input, Kernel, Vjp, apply, numbers, uniform_parameter};

/// q(z | x).
#[derive(Clone, Debug, Module)]
pub struct MixtureGuide {
    /// `[2 points, hidden]`.
    first: Param<2>,
    first_bias: Param<2>,
    /// `[hidden, points * points]`.
    second: Param<2>,
    second_bias: Param<2>,
    points: usize,
    hidden: usize,
}

impl MixtureGuide {
    /// A guide with random weights.
    pub fn new(points: usize, hidden: usize, seed: u64, device: &Device) -> Self {
        let mut rng = Stream::at([seed, 0, 0, Purpose::GuideWeights.tag()]);
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
    table: Table,
}

/// The softmax over every number of clusters, for every point of every set: all choices that any program can
/// meet.
#[derive(Clone)]
struct Table {
    points: usize,
    /// `[sets, points, clusters]`: exp(logit), up to a factor per row.
    weights: Vec<f32>,
    /// The sum of a row's weights up to each cluster.
    sums: Vec<f32>,
}

/// Far below the largest logit of a row a weight would vanish, and with it a sum to divide by.
const LEAST_LOGIT: f32 = -80.0;

#[pulp::with_simd(exp_rows = pulp::Arch::new())]
#[inline(always)]
fn exp_rows_with_simd<S: pulp::Simd>(_: S, rows: &mut [f32], width: usize) {
    for row in rows.chunks_exact_mut(width) {
        let most = row.iter().fold(f32::NEG_INFINITY, |m, &x| m.max(x));
        for x in row {
            *x = exp((*x - most).max(LEAST_LOGIT));
        }
    }
}

impl Table {
    fn new(logits: Vec<f32>, points: usize) -> Self {
        let mut weights = logits;
        exp_rows(&mut weights, points);
        let mut sums = weights.clone();
        for row in sums.chunks_exact_mut(points) {
            for c in 1..points {
                row[c] += row[c - 1];
            }
        }
        Self {
            points,
            weights,
            sums,
        }
    }

    /// Where the row of a point begins.
    fn row(&self, set: usize, point: usize) -> usize {
        (set * self.points + point) * self.points
    }

    /// Draws a partition. The first point, whose cluster is given, needs no random number.
    fn draw(&self, set: usize, rng: &mut Stream) -> Proposal<Partition> {
        let (mut partition, mut probability, mut used) = (Partition::default(), 1.0, 0);
        for point in 0..self.points {
            let mut label = 0;
            if used > 0 {
                let row = self.row(set, point);
                let sums = &self.sums[row..=row + used];
                let at = (rng.uniform() * f64::from(sums[used])) as f32;
                label = sums.iter().position(|&sum| at < sum).unwrap_or(used);
                probability *= f64::from(self.weights[row + label] / sums[used]);
            }
            partition.push(label as u8);
            used = used.max(label + 1);
        }
        (partition, probability.ln())
    }
}

impl Guide<MixtureModel> for MixtureGuide {
    type Encoding = Encoding;

    fn encode(&self, observations: &[&Points]) -> Encoding {
        let coordinates = observations
            .iter()
            .flat_map(|x| x.points().iter().flatten());
        let features: Vec<f32> = coordinates.map(|&c| c as f32).collect();
        let weights = self.weights().map(|w| numbers(&w));
        let weights: Vec<&[f32]> = weights.iter().map(|w| &w[..]).collect();
        let hidden = hidden_layer(&features, &weights, self.hidden);
        let table = Table::new(layer(&hidden, weights[2], weights[3]), self.points);
        Encoding { features, table }
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
        let draw = |(&o, rng): (&usize, &mut Stream)| encoding.table.draw(o, rng);
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
        apply(kernel, self.weights().map(Input::from))
    }
}

/// tanh(x W + b), `[sets, hidden]`.
fn hidden_layer(features: &[f32], weights: &[&[f32]], hidden: usize) -> Vec<f32> {
    debug_assert_eq!(weights[1].len(), hidden, "one bias per hidden unit");
    let mut out = layer(features, weights[0], weights[1]);
    helmholtz_math::simd::tanh_in_place(&mut out);
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
    /// For each point of program `i` but the first: the row of its choice, the number of clusters before
    /// it, and the cluster chosen.
    fn choices(&self, i: usize) -> impl Iterator<Item = (usize, usize, usize)> {
        let (n, program) = (self.points, self.programs[i]);
        let start = self.of[i] * n * n;
        let mut used = 1;
        (1..n).map(move |point| {
            let label = usize::from(program.label(point));
            let choice = (start + point * n, used, label);
            used = used.max(label + 1);
            choice
        })
    }

    fn log_prob(&self, i: usize, table: &Table) -> f32 {
        let each = self.choices(i);
        let odds = each.map(|(row, used, label)| {
            f64::from(table.weights[row + label] / table.sums[row + used])
        });
        // At most nine factors, none below e^-83: their product stays in the range of f64.
        odds.product::<f64>().ln() as f32
    }

    /// The gradient by the logits.
    fn by_logits(&self, weights: &[f32], sums: &[f32], gradient: &[f32]) -> Vec<f32> {
        let mut by_logits = vec![0.0; sums.len()];
        // A softmax over so many clusters counts once for every program that meets it.
        let mut met = vec![0.0; sums.len()];
        for (i, &scale) in gradient.iter().enumerate().filter(|(_, g)| **g != 0.0) {
            for (row, used, label) in self.choices(i) {
                by_logits[row + label] += scale;
                met[row + used] += scale;
            }
        }
        for row in (0..met.len()).step_by(self.points) {
            let mut share = 0.0;
            for c in (row..row + self.points).rev() {
                share += met[c] / sums[c];
                by_logits[c] -= share * weights[c];
            }
        }
        by_logits
    }
}

impl Kernel for Choices {
    fn shape(&self) -> Vec<usize> {
        vec![self.programs.len()]
    }

    fn forward(&self, inputs: &[&[f32]], kept: Option<&mut Vec<Vec<f32>>>) -> Vec<f32> {
        let hidden = hidden_layer(&self.features, inputs, self.hidden);
        let logits = layer(&hidden, inputs[2], inputs[3]);
        let table = Table::new(logits, self.points);
        let log_probs = (0..self.programs.len()).map(|i| self.log_prob(i, &table));
        let log_probs = log_probs.collect();
        if let Some(kept) = kept {
            kept.extend([hidden, table.weights, table.sums]);
        }
        log_probs
    }

    fn backward(&self, vjp: Vjp<'_>) -> Vec<Vec<f32>> {
        let (hidden, weights, sums) = (&vjp.kept[0], &vjp.kept[1], &vjp.kept[2]);
        let by_logits = self.by_logits(weights, sums, vjp.gradient);
        let rows = hidden.len() / self.hidden;
        let (second, second_bias) = weight_gradient(hidden, self.hidden, &by_logits, rows);
        let outputs = by_logits.len() / rows.max(1);
        let mut by_hidden = vec![0.0; hidden.len()];
        matmul(
            &mut by_hidden,
            Matrix::new(&by_logits, rows, outputs),
            Matrix::new(vjp.inputs[2], self.hidden, outputs).t(),
            false,
        );
        let before = by_hidden.iter_mut().zip(hidden);
        before.for_each(|(g, h)| *g *= 1.0 - h * h);
        let inputs = 2 * self.points;
        let (first, first_bias) = weight_gradient(&self.features, inputs, &by_hidden, rows);
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
    use helmholtz_nn::host;
    use helmholtz_nn::testing::check_gradient;
    use helmholtz_nn::training_device;

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
