//! The recognition network: a convolution, the mean over the image, and one logit per bit of the rule.
//!
//! The kernels see a neighbourhood and the cell that follows it, so a cell of the image and all that
//! decides it are one patch. The image is binary: with d neighbours there are only 2^(d + 1) different
//! patches, and the mean over the 4,032 positions of what a kernel makes of each is the mean over patches,
//! weighted by how often they occur:
//!
//! mean over positions relu(w . patch + b) = sum over patches (count / 4032) relu(w . patch + b).
//!
//! Nothing is approximated, and it is 252 or 63 times less work; images are known by their counts alone.
//! From each frequency that of fair coins is subtracted and the rest scaled, so that features vary around
//! zero: if kernels were shown frequencies themselves, the same for all images would be most of what they
//! pass on.
//!
//! Each kernel begins as the detector of one patch. From random kernels, half of which answer to any patch,
//! the layers above would have to tell rare patches from frequent ones first (measured: about ten times the
//! error of the noise after 4,000 steps).

use helmholtz_nn::tensor::{Device, Tensor};
use helmholtz_nn::{Module, Param};

use super::counts::{CELLS, Counts};
use super::model::{AutomataModel, softplus};
use super::rule::{Neighbours, Rule};
use helmholtz_core::guide::{Guide, Proposal};
use helmholtz_math::matmul::{Matrix, matmul};
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use helmholtz_nn::{Input, Kernel, Vjp, apply, numbers, parameter, uniform_parameter};

/// q(z | x): given the image, the bits of the rule are independent, as they are a posteriori.
#[derive(Clone, Debug, Module)]
pub struct AutomataGuide {
    /// `[d + 2, channels]`: what each kernel makes of the cells of a patch; the last row is its bias.
    kernels: Param<2>,
    /// `[channels, hidden]`.
    first: Param<2>,
    first_bias: Param<2>,
    /// `[hidden, bits]`. There is no bias: a bit of an unknown rule is a fair coin.
    second: Param<2>,
    #[module(skip)]
    neighbours: Neighbours,
}

impl AutomataGuide {
    /// A guide whose kernels are detectors and whose other weights are random.
    pub fn new(
        neighbours: Neighbours,
        channels: usize,
        hidden: usize,
        seed: u64,
        device: &Device,
    ) -> Self {
        let mut rng = Stream::at([seed, 0, 0, Purpose::GuideWeights.tag()]);
        let rng = &mut rng;
        let [a, b] = [channels, hidden].map(|n| (1.0 / n as f64).sqrt());
        let kernels = || detectors(neighbours, channels);
        Self {
            kernels: parameter(neighbours.count() + 2, channels, device, kernels),
            first: uniform_parameter(channels, hidden, a, rng, device),
            first_bias: uniform_parameter(1, hidden, a, rng, device),
            second: uniform_parameter(hidden, neighbours.bits(), b, rng, device),
            neighbours,
        }
    }

    fn weights(&self) -> [Tensor<2>; 4] {
        [
            self.kernels.val(),
            self.first.val(),
            self.first_bias.val(),
            self.second.val(),
        ]
    }
}

/// Images as the network saw them.
#[derive(Clone)]
pub struct Encoding {
    /// `[images, patches]`.
    frequencies: Vec<f32>,
    logits: Logits,
}

/// One logit per image and bit.
#[derive(Clone)]
struct Logits {
    bits: usize,
    /// `[images, bits]`.
    values: Vec<f32>,
    /// Per image, the sum over bits of log(1 + e^logit).
    totals: Vec<f64>,
}

impl Logits {
    fn new(values: Vec<f32>, bits: usize) -> Self {
        let total = |row: &[f32]| row.iter().map(|&l| softplus(l.into())).sum();
        let totals = values.chunks_exact(bits).map(total).collect();
        Self {
            bits,
            values,
            totals,
        }
    }

    fn of(&self, image: usize) -> &[f32] {
        &self.values[image * self.bits..(image + 1) * self.bits]
    }

    /// log q(z | x): log sigmoid(l) = l - log(1 + e^l) for each bit that is set, -log(1 + e^l) for each
    /// that is not.
    fn log_prob(&self, image: usize, rule: Rule) -> f64 {
        let logits = self.of(image).iter().enumerate();
        let set = logits.filter(|(i, _)| rule.bit(*i));
        set.map(|(_, &l)| f64::from(l)).sum::<f64>() - self.totals[image]
    }

    fn draw(&self, image: usize, neighbours: Neighbours, rng: &mut Stream) -> Proposal<Rule> {
        let logits = self.of(image).iter().enumerate();
        let bits = logits.map(|(i, &l)| u32::from(rng.uniform() < sigmoid(l)) << i);
        let rule = Rule::truncated(neighbours, bits.sum());
        (rule, self.log_prob(image, rule))
    }
}

fn sigmoid(logit: f32) -> f64 {
    1.0 / (1.0 + (-f64::from(logit)).exp())
}

impl Guide<AutomataModel> for AutomataGuide {
    type Encoding = Encoding;

    fn encode(&self, observations: &[&Counts]) -> Encoding {
        let frequencies = observations.iter().flat_map(|x| frequencies(x));
        let frequencies: Vec<f32> = frequencies.collect();
        let weights = self.weights().map(|w| numbers(&w));
        let weights: Vec<&[f32]> = weights.iter().map(|w| &w[..]).collect();
        let logits = Activations::new(&frequencies, self.neighbours, &weights).logits;
        Encoding {
            frequencies,
            logits: Logits::new(logits, self.neighbours.bits()),
        }
    }

    fn detach(encoding: &Encoding) -> Encoding {
        encoding.clone()
    }

    fn sample(
        &self,
        encoding: &Encoding,
        of: &[usize],
        rngs: &mut [Stream],
    ) -> Vec<Proposal<Rule>> {
        let draw = |(&o, rng): (&usize, &mut Stream)| encoding.logits.draw(o, self.neighbours, rng);
        of.iter().zip(rngs).map(draw).collect()
    }

    fn log_prob(&self, encoding: &Encoding, of: &[usize], programs: &[Rule]) -> Tensor<1> {
        let kernel = Bits {
            neighbours: self.neighbours,
            frequencies: encoding.frequencies.clone(),
            of: of.to_vec(),
            programs: programs.to_vec(),
        };
        apply(kernel, self.weights().map(Input::from))
    }
}

/// How often each patch occurs, `[patches]`: patch 2 b + v is neighbourhood b followed by v. Where all
/// patches are equally frequent they are 0; of a rule whose neighbourhoods are, about +-1/2.
fn frequencies(x: &Counts) -> impl Iterator<Item = f32> {
    let patches = 2.0 * x.neighbours().bits() as f32;
    let scaled = move |n: u16| (f32::from(n) * patches / CELLS as f32 - 1.0) / 2.0;
    let both = x.outcomes().flat_map(|(zeros, ones)| [zeros, ones]);
    both.map(scaled)
}

/// The cells of every patch as +-1, top to bottom and what follows last, and a 1 for the bias:
/// `[patches, d + 2]`.
fn patches(neighbours: Neighbours) -> Vec<f32> {
    let cells = neighbours.count() + 1;
    let cell = |patch: usize, c: usize| f32::from(2 * (patch >> (cells - 1 - c) & 1) as i8 - 1);
    let one = |patch| {
        (0..cells)
            .map(move |c| cell(patch, c))
            .chain(std::iter::once(1.0))
    };
    (0..1 << cells).flat_map(one).collect()
}

/// Kernels of which each answers 1 to one patch and 0 to all others, `[d + 2, channels]`; with more kernels
/// than patches they begin again with the first.
fn detectors(neighbours: Neighbours, channels: usize) -> Vec<f32> {
    let inputs = neighbours.count() + 2;
    let patches = patches(neighbours);
    let weight = |input: usize, channel: usize| {
        let patch = channel % (patches.len() / inputs);
        // The sum over cells is d + 1 for the patch itself and at most d - 1 for any other.
        match input + 1 == inputs {
            true => -0.5 * (inputs as f32 - 3.0),
            false => 0.5 * patches[patch * inputs + input],
        }
    };
    (0..inputs * channels)
        .map(|i| weight(i / channels, i % channels))
        .collect()
}

/// What the layers of the network make of some images.
struct Activations {
    /// `[patches, channels]`, after rectification: the convolution.
    maps: Vec<f32>,
    /// `[images, channels]`: its mean.
    pooled: Vec<f32>,
    /// `[images, hidden]`, after tanh.
    hidden: Vec<f32>,
    /// `[images, bits]`.
    logits: Vec<f32>,
}

impl Activations {
    /// `weights` are those of [`AutomataGuide`], in its order.
    fn new(frequencies: &[f32], neighbours: Neighbours, weights: &[&[f32]]) -> Self {
        let [kernels, first, first_bias, second] = [0, 1, 2, 3].map(|i| weights[i]);
        let sizes = Sizes::new(neighbours, first_bias.len(), first.len());
        let images = frequencies.len() / sizes.patches;
        let (cells, channels, width) = (sizes.cells, sizes.channels, sizes.hidden);
        let patches = patches(neighbours);
        let mut maps = product(
            Matrix::new(&patches, sizes.patches, cells),
            Matrix::new(kernels, cells, channels),
            vec![0.0; sizes.patches * channels],
        );
        maps.iter_mut().for_each(|m| *m = m.max(0.0));
        let pooled = product(
            Matrix::new(frequencies, images, sizes.patches),
            Matrix::new(&maps, sizes.patches, channels),
            vec![0.0; images * channels],
        );
        let mut hidden = product(
            Matrix::new(&pooled, images, channels),
            Matrix::new(first, channels, width),
            first_bias.repeat(images),
        );
        helmholtz_math::simd::tanh_in_place(&mut hidden);
        let logits = product(
            Matrix::new(&hidden, images, width),
            Matrix::new(second, width, sizes.bits),
            vec![0.0; images * sizes.bits],
        );
        Self {
            maps,
            pooled,
            hidden,
            logits,
        }
    }
}

/// The widths of the network.
struct Sizes {
    patches: usize,
    /// Of a patch, with the constant.
    cells: usize,
    channels: usize,
    hidden: usize,
    bits: usize,
}

impl Sizes {
    /// `hidden` is the width of the hidden layer, `first` the number of its weights.
    fn new(neighbours: Neighbours, hidden: usize, first: usize) -> Self {
        Self {
            patches: 2 * neighbours.bits(),
            cells: neighbours.count() + 2,
            channels: first / hidden.max(1),
            hidden,
            bits: neighbours.bits(),
        }
    }
}

/// a b, added to what is in `sum`.
fn product(a: Matrix<'_>, b: Matrix<'_>, mut sum: Vec<f32>) -> Vec<f32> {
    matmul(&mut sum, a, b, true);
    sum
}

/// The network and the bits of every program as one operation. Inputs: the four weights. Output: log q of
/// each program.
#[derive(Debug)]
struct Bits {
    neighbours: Neighbours,
    /// `[images, patches]`.
    frequencies: Vec<f32>,
    of: Vec<usize>,
    programs: Vec<Rule>,
}

impl Bits {
    /// The gradient by the logits: d log q / dl = bit - sigmoid(l).
    fn by_logits(&self, logits: &[f32], gradient: &[f32]) -> Vec<f32> {
        let bits = self.neighbours.bits();
        let mut by_logits = vec![0.0; logits.len()];
        // The sigmoid counts once for every program of the image.
        let mut met = vec![0.0; logits.len() / bits];
        for ((&o, rule), &scale) in self.of.iter().zip(&self.programs).zip(gradient) {
            met[o] += scale;
            let set = (0..bits).filter(|&i| rule.bit(i));
            set.for_each(|i| by_logits[o * bits + i] += scale);
        }
        for (i, by) in by_logits.iter_mut().enumerate() {
            *by -= met[i / bits] * sigmoid(logits[i]) as f32;
        }
        by_logits
    }
}

impl Kernel for Bits {
    fn shape(&self) -> Vec<usize> {
        vec![self.programs.len()]
    }

    fn forward(&self, inputs: &[&[f32]], kept: Option<&mut Vec<Vec<f32>>>) -> Vec<f32> {
        let layers = Activations::new(&self.frequencies, self.neighbours, inputs);
        let logits = Logits::new(layers.logits, self.neighbours.bits());
        let each = self.of.iter().zip(&self.programs);
        let log_probs = each.map(|(&o, &rule)| logits.log_prob(o, rule) as f32);
        let log_probs = log_probs.collect();
        if let Some(kept) = kept {
            kept.extend([layers.maps, layers.pooled, layers.hidden, logits.values]);
        }
        log_probs
    }

    fn backward(&self, vjp: Vjp<'_>) -> Vec<Vec<f32>> {
        let [maps, pooled, hidden, logits] = [0, 1, 2, 3].map(|i| &vjp.kept[i][..]);
        let (first, second) = (vjp.inputs[1], vjp.inputs[3]);
        let sizes = Sizes::new(self.neighbours, vjp.inputs[2].len(), first.len());
        let (count, channels, width) = (sizes.patches, sizes.channels, sizes.hidden);
        let images = logits.len() / sizes.bits;
        let zeros = |n: usize| vec![0.0; n];

        let by_logits = self.by_logits(logits, vjp.gradient);
        let by_logits = Matrix::new(&by_logits, images, sizes.bits);
        let by_second = product(
            Matrix::new(hidden, images, width).t(),
            by_logits,
            zeros(second.len()),
        );

        let second = Matrix::new(second, width, sizes.bits);
        let mut by_hidden = product(by_logits, second.t(), zeros(hidden.len()));
        let slopes = by_hidden.iter_mut().zip(hidden);
        slopes.for_each(|(g, h)| *g *= 1.0 - h * h);
        let by_bias = column_sums(&by_hidden, width);
        let by_hidden = Matrix::new(&by_hidden, images, width);
        let by_first = product(
            Matrix::new(pooled, images, channels).t(),
            by_hidden,
            zeros(first.len()),
        );

        let first = Matrix::new(first, channels, width);
        let by_pooled = product(by_hidden, first.t(), zeros(pooled.len()));
        let by_pooled = Matrix::new(&by_pooled, images, channels);
        let frequencies = Matrix::new(&self.frequencies, images, count);
        let mut by_maps = product(frequencies.t(), by_pooled, zeros(maps.len()));
        let rectified = by_maps.iter_mut().zip(maps);
        rectified
            .filter(|(_, m)| **m <= 0.0)
            .for_each(|(g, _)| *g = 0.0);
        let patches = patches(self.neighbours);
        let patches = Matrix::new(&patches, count, sizes.cells);
        let by_maps = Matrix::new(&by_maps, count, channels);
        let by_kernels = product(patches.t(), by_maps, zeros(sizes.cells * channels));
        vec![by_kernels, by_first, by_bias, by_second]
    }
}

fn column_sums(rows: &[f32], columns: usize) -> Vec<f32> {
    let mut sums = vec![0.0; columns];
    for row in rows.chunks_exact(columns.max(1)) {
        helmholtz_math::simd::add_assign(&mut sums, row);
    }
    sums
}

#[cfg(test)]
mod tests;
