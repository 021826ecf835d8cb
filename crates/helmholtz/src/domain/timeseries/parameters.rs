//! A network over kernel parameters, base kernel by base kernel: p(z_c | z_d), and q(z_c | z_d, x).

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::covariance::{ALL_PARAMETERS, Covariance};
use crate::nn::{Coordinate, Forest, LOG_SD, Linear, Lstm, NormalKernel, Packed, apply2, indices};
use crate::random::Stream;

/// A recurrent network whose step is a base kernel: it reads the parameters of the one before, and a
/// context, and gives mean and log standard deviation of the raw parameters (HMWS, appendix B.1).
#[derive(Module, Debug)]
pub(super) struct ParameterNet {
    lstm: Lstm,
    /// The context's part of the input.
    context: Linear,
    output: Linear,
}

/// Kernels with the same number of samples each, as rows.
#[derive(Clone, Copy)]
pub(super) struct Kernels<'a> {
    pub(super) covariances: &'a [Covariance],
    pub(super) samples: usize,
}

impl<'a> Kernels<'a> {
    pub(super) fn rows(&self) -> usize {
        self.covariances.len() * self.samples
    }

    /// The kernel of each row.
    fn each(&self) -> impl Iterator<Item = &'a Covariance> {
        let samples = self.samples;
        let each = self.covariances.iter();
        each.flat_map(move |c| std::iter::repeat_n(c, samples))
    }

    fn most_leaves(&self) -> usize {
        let leaves = self.covariances.iter().map(Covariance::leaves);
        leaves.max().unwrap_or(0)
    }
}

impl ParameterNet {
    pub(super) fn new(context: usize, hidden: usize, rng: &mut Stream, device: &Device) -> Self {
        Self {
            lstm: Lstm::new(ALL_PARAMETERS, hidden, rng, device),
            context: Linear::new(context, 4 * hidden, rng, device),
            // Means of 0 and standard deviations of 1 to begin with.
            output: Linear::zeros(hidden, 2 * ALL_PARAMETERS, device),
        }
    }

    /// log density of raw parameters `continuous`, `[rows, widest]`; `context` has a row per kernel.
    pub(super) fn log_prob(
        &self,
        kernels: Kernels<'_>,
        context: Tensor<2>,
        continuous: Tensor<2>,
    ) -> Tensor<1> {
        let (rows, widest) = (kernels.rows(), continuous.dims()[1]);
        if kernels.most_leaves() == 0 || rows == 0 {
            return Tensor::zeros([rows], &context.device());
        }
        let steps = Packed::new(kernels.each().map(Covariance::leaves));
        let before = self.parameters_before(kernels, &steps, continuous.clone());
        let owners =
            (0..rows).flat_map(|r| std::iter::repeat_n(r / kernels.samples, steps.length(r)));
        let owners = indices(owners, &context.device());
        let context = self.context.forward(context).select(0, owners);
        let projected = self.lstm.project(before) + context;
        let states = self.lstm.forward(Forest::chains(steps.clone()), projected);
        let outputs = self.output.forward(states);
        let coordinates = kernels.each().enumerate().flat_map(|(row, covariance)| {
            let steps = steps.range(row);
            covariance.drawn().map(move |(coordinate, leaf, place)| {
                let mean = (steps.start + leaf) * 2 * ALL_PARAMETERS + place;
                Coordinate {
                    row,
                    value: row * widest + coordinate,
                    mean,
                    log_sd: mean + ALL_PARAMETERS,
                }
            })
        });
        let kernel = NormalKernel {
            rows,
            coordinates: coordinates.collect(),
        };
        apply2(kernel, [outputs, continuous].map(Tensor::into_dispatch))
    }

    /// The sixteen parameters of the base kernel before each step, `[steps, 16]`; 0 where there is none, and
    /// for those that it does not use.
    fn parameters_before(
        &self,
        kernels: Kernels<'_>,
        steps: &Packed,
        continuous: Tensor<2>,
    ) -> Tensor<2> {
        let [rows, widest] = continuous.dims();
        let nothing = rows * widest;
        let mut from = vec![nothing; steps.steps() * ALL_PARAMETERS];
        for (row, covariance) in kernels.each().enumerate() {
            let steps = steps.range(row);
            for (coordinate, leaf, place) in covariance.drawn() {
                if leaf + 1 < steps.len() {
                    let step = steps.start + leaf + 1;
                    from[step * ALL_PARAMETERS + place] = row * widest + coordinate;
                }
            }
        }
        gather(continuous, from, [steps.steps(), ALL_PARAMETERS])
    }

    /// Raw parameters `[rows, widest]` made from as many standard normal numbers; 0 beyond a kernel's width.
    pub(super) fn sample(
        &self,
        kernels: Kernels<'_>,
        context: Tensor<2>,
        noise: Tensor<2>,
    ) -> Tensor<2> {
        let ([rows, widest], device) = (noise.dims(), noise.device());
        let owners = (0..rows).map(|r| r / kernels.samples.max(1));
        let context = self
            .context
            .forward(context)
            .select(0, indices(owners, &device));
        let mut before = Tensor::zeros([rows, ALL_PARAMETERS], &device);
        let (mut state, mut drawn) = (None, vec![]);
        for leaf in 0..kernels.most_leaves() {
            let projected = self.lstm.project(before) + context.clone();
            let next = self.lstm.step(projected, state);
            let outputs = self.output.forward(next.0.clone());
            state = Some(next);
            before = self.draw(kernels, leaf, outputs, noise.clone());
            drawn.push(before.clone());
        }
        if drawn.is_empty() {
            return noise * 0.0;
        }
        let leaves = drawn.len();
        let wide = leaves * ALL_PARAMETERS;
        let mut from = vec![rows * wide; rows * widest];
        for (row, covariance) in kernels.each().enumerate() {
            for (coordinate, leaf, place) in covariance.drawn() {
                from[row * widest + coordinate] = row * wide + leaf * ALL_PARAMETERS + place;
            }
        }
        gather(Tensor::cat(drawn, 1), from, [rows, widest])
    }

    /// The parameters of one base kernel of each row, `[rows, 16]`; 0 where it has none.
    fn draw(
        &self,
        kernels: Kernels<'_>,
        leaf: usize,
        outputs: Tensor<2>,
        noise: Tensor<2>,
    ) -> Tensor<2> {
        let [rows, widest] = noise.dims();
        let mut from = vec![rows * widest; rows * ALL_PARAMETERS];
        let mut used = vec![0.0; rows * ALL_PARAMETERS];
        for (row, covariance) in kernels.each().enumerate() {
            for (coordinate, _, place) in covariance.drawn().filter(|d| d.1 == leaf) {
                from[row * ALL_PARAMETERS + place] = row * widest + coordinate;
                used[row * ALL_PARAMETERS + place] = 1.0;
            }
        }
        let used = crate::nn::matrix(used, rows, ALL_PARAMETERS, &outputs.device());
        let noise = gather(noise, from, [rows, ALL_PARAMETERS]);
        let mean = outputs.clone().narrow(1, 0, ALL_PARAMETERS);
        let log_sd = outputs.narrow(1, ALL_PARAMETERS, ALL_PARAMETERS);
        (mean + log_sd.clamp(LOG_SD.0, LOG_SD.1).exp() * noise) * used
    }
}

/// The numbers of a matrix at the given places as a matrix; 0 for the place behind the last.
fn gather(matrix: Tensor<2>, from: Vec<usize>, shape: [usize; 2]) -> Tensor<2> {
    let (device, size) = (matrix.device(), matrix.shape().num_elements());
    let flat = matrix.reshape([size]);
    let padded = Tensor::cat(vec![flat, Tensor::zeros([1], &device)], 0);
    padded.select(0, indices(from, &device)).reshape(shape)
}
