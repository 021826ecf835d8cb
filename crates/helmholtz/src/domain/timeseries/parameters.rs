//! A network over kernel parameters, base kernel by base kernel: p(z_c | z_d), and q(z_c | z_d, x).

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::covariance::{ALL_PARAMETERS, Covariance};
use crate::nn::{
    Coordinate, Forest, LOG_SD, Linear, Lstm, LstmState, NormalKernel, Packed, apply2, indices,
    matrix,
};
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
        let ([_, widest], device) = (noise.dims(), noise.device());
        let each: Vec<&Covariance> = kernels.each().collect();
        let mut rows: Vec<usize> = (0..each.len()).collect();
        let owners = rows.iter().map(|r| r / kernels.samples.max(1));
        let mut context = self
            .context
            .forward(context)
            .select(0, indices(owners, &device));
        let (mut state, mut before) = (None::<LstmState>, None::<Tensor<2>>);
        let mut drawn = Drawn::new(each.len(), widest);
        for leaf in 0..kernels.most_leaves() {
            // Kernels that have ended drop out.
            let kept: Vec<usize> = (0..rows.len())
                .filter(|&i| each[rows[i]].leaves() > leaf)
                .collect();
            if kept.len() < rows.len() {
                let go_on = |t: Tensor<2>| t.select(0, indices(kept.iter().copied(), &device));
                rows = kept.iter().map(|&i| rows[i]).collect();
                context = go_on(context);
                state = state.map(|(hidden, cell)| (go_on(hidden), go_on(cell)));
                before = before.map(go_on);
            }
            let input = match before {
                Some(before) => self.lstm.project(before),
                None => self.lstm.bias(),
            };
            let next = self.lstm.step(input + context.clone(), state);
            let outputs = self.output.forward(next.0.clone());
            state = Some(next);
            let now = draw(&each, &rows, leaf, outputs, noise.clone());
            drawn.add(&each, &rows, leaf, now.clone());
            before = Some(now);
        }
        drawn.finish(&device)
    }
}

/// The parameters of one base kernel of some rows, `[rows, 16]`; 0 for those that it has not.
fn draw(
    each: &[&Covariance],
    rows: &[usize],
    leaf: usize,
    outputs: Tensor<2>,
    noise: Tensor<2>,
) -> Tensor<2> {
    let [all, widest] = noise.dims();
    let size = rows.len() * ALL_PARAMETERS;
    let (mut from, mut used) = (vec![all * widest; size], vec![0.0; size]);
    for (i, &row) in rows.iter().enumerate() {
        for (coordinate, _, place) in each[row].drawn().filter(|d| d.1 == leaf) {
            from[i * ALL_PARAMETERS + place] = row * widest + coordinate;
            used[i * ALL_PARAMETERS + place] = 1.0;
        }
    }
    let used = matrix(used, rows.len(), ALL_PARAMETERS, &outputs.device());
    let noise = gather(noise, from, [rows.len(), ALL_PARAMETERS]);
    let mean = outputs.clone().narrow(1, 0, ALL_PARAMETERS);
    let log_sd = outputs.narrow(1, ALL_PARAMETERS, ALL_PARAMETERS);
    (mean + log_sd.clamp(LOG_SD.0, LOG_SD.1).exp() * noise) * used
}

/// Base kernels' parameters on their way to the rows they belong to.
struct Drawn {
    parts: Vec<Tensor<2>>,
    /// Rows of all parts.
    count: usize,
    /// Per coordinate of a row, where it is among the parts' numbers.
    from: Vec<Option<usize>>,
    shape: [usize; 2],
}

impl Drawn {
    fn new(rows: usize, widest: usize) -> Self {
        Self {
            parts: vec![],
            count: 0,
            from: vec![None; rows * widest],
            shape: [rows, widest],
        }
    }

    fn add(&mut self, each: &[&Covariance], rows: &[usize], leaf: usize, part: Tensor<2>) {
        for (i, &row) in rows.iter().enumerate() {
            for (coordinate, _, place) in each[row].drawn().filter(|d| d.1 == leaf) {
                let at = (self.count + i) * ALL_PARAMETERS + place;
                self.from[row * self.shape[1] + coordinate] = Some(at);
            }
        }
        self.count += rows.len();
        self.parts.push(part);
    }

    fn finish(self, device: &Device) -> Tensor<2> {
        let nothing = self.count * ALL_PARAMETERS;
        let from = self.from.into_iter().map(|at| at.unwrap_or(nothing));
        match self.parts.is_empty() {
            true => Tensor::zeros(self.shape, device),
            false => gather(Tensor::cat(self.parts, 0), from.collect(), self.shape),
        }
    }
}

/// The numbers of a matrix at the given places as a matrix; 0 for the place behind the last.
fn gather(matrix: Tensor<2>, from: Vec<usize>, shape: [usize; 2]) -> Tensor<2> {
    let (device, size) = (matrix.device(), matrix.shape().num_elements());
    let flat = matrix.reshape([size]);
    let padded = Tensor::cat(vec![flat, Tensor::zeros([1], &device)], 0);
    padded.select(0, indices(from, &device)).reshape(shape)
}
