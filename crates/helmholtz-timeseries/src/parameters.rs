//! A network over kernel parameters, base kernel by base kernel: p(z_c | z_d), and q(z_c | z_d, x).

use helmholtz_nn::Module;
use helmholtz_nn::tensor::{Device, Tensor};

use super::covariance::{ALL_PARAMETERS, Covariance};
use helmholtz_core::guide::Drawn;
use helmholtz_math::normal::HALF_LN_TAU_F32;
use helmholtz_math::random::Stream;
use helmholtz_nn::{
    Coordinate, Forest, Input, LOG_SD, Linear, Lstm, NormalKernel, Stem, apply, gather, indices,
    matrix, vector,
};

/// A recurrent network whose step is a base kernel: it reads the parameters of the one before, and a
/// context, and gives mean and log standard deviation of the raw parameters (HMWS, appendix B.1).
#[derive(Clone, Debug, Module)]
pub(super) struct ParameterNet {
    lstm: Lstm,
    /// The context's part of the input.
    context: Linear,
    output: Linear,
}

/// Kernels, each once, and rows of parameters for them. Rows of one kernel share its first base kernel's
/// step: what the network has read until then is the same for all of them.
pub(super) struct Kernels {
    covariances: Vec<Covariance>,
    /// Per row, its kernel, and which of that one's rows it is.
    rows: Vec<(usize, usize)>,
}

impl Kernels {
    /// `samples` rows for each of `of`, a kernel's number.
    pub(super) fn new(covariances: Vec<Covariance>, of: &[usize], samples: usize) -> Self {
        let mut counts = vec![0; covariances.len()];
        let mut count = |kernel: usize| {
            counts[kernel] += 1;
            (kernel, counts[kernel] - 1)
        };
        let repeated = of.iter().flat_map(|&k| std::iter::repeat_n(k, samples));
        Self {
            rows: repeated.map(&mut count).collect(),
            covariances,
        }
    }

    /// The kernel of each row.
    pub(super) fn each(&self) -> impl Iterator<Item = &Covariance> {
        self.rows
            .iter()
            .map(|&(kernel, _)| &self.covariances[kernel])
    }

    fn leaves(&self, row: usize) -> usize {
        self.covariances[self.rows[row].0].leaves()
    }

    /// A tree of steps for each kernel.
    fn stems(&self) -> Vec<Stem> {
        let stem = |c: &Covariance| Stem {
            branches: 0,
            length: c.leaves(),
        };
        let mut stems: Vec<Stem> = self.covariances.iter().map(stem).collect();
        for &(kernel, _) in &self.rows {
            stems[kernel].branches += 1;
        }
        stems
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
        kernels: &Kernels,
        context: Tensor<2>,
        continuous: Tensor<2>,
    ) -> Tensor<1> {
        let [rows, widest] = continuous.dims();
        let stems = kernels.stems();
        let forest = Forest::branching(&stems);
        let trees = forest.trees().clone();
        if trees.steps() == 0 {
            return Tensor::zeros([rows], &context.device());
        }
        let step = |row: usize, leaf| {
            let (kernel, branch) = kernels.rows[row];
            trees.range(kernel).start + stems[kernel].place(branch, leaf)
        };
        let before = parameters_before(kernels, (step, trees.steps()), continuous.clone());
        let owners = (0..trees.len()).flat_map(|k| std::iter::repeat_n(k, trees.length(k)));
        let context = self.context.forward(context);
        let states = self
            .lstm
            .forward_with(forest, before, context, owners.collect());
        let outputs = self.output.forward(states);
        let coordinates = kernels.each().enumerate().flat_map(|(row, covariance)| {
            covariance.drawn().map(move |(coordinate, leaf, place)| {
                let mean = step(row, leaf) * 2 * ALL_PARAMETERS + place;
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
        apply(kernel, [outputs, continuous].map(Input::from))
    }

    /// Raw parameters `[rows, widest]` made from as many standard normal numbers, which are 0 beyond a
    /// kernel's width.
    pub(super) fn sample(&self, kernels: &Kernels, context: Tensor<2>, noise: Tensor<2>) -> Drawn {
        let ([all, widest], device) = (noise.dims(), noise.device());
        let each: Vec<&Covariance> = kernels.each().collect();
        let mut drawn = [(); 2].map(|()| Scattered::new(all, widest));
        let mut rows: Vec<usize> = (0..all).filter(|&row| kernels.leaves(row) > 0).collect();
        let context = self.context.forward(context);
        // The first step's state has a row per kernel, those of the others a row per row.
        let mut at: Vec<usize> = rows.iter().map(|&row| kernels.rows[row].0).collect();
        let mut state = self.lstm.step(self.lstm.bias() + context.clone(), None);
        for leaf in 0..each.iter().map(|c| c.leaves()).max().unwrap_or(0) {
            let select =
                |t: Tensor<2>, rows: &[usize]| t.select(0, indices(rows.iter().copied(), &device));
            let outputs = select(self.output.forward(state.0.clone()), &at);
            let (now, log_sd) = draw(&each, &rows, leaf, outputs, noise.clone());
            drawn[0].add(&each, &rows, leaf, now.clone());
            drawn[1].add(&each, &rows, leaf, log_sd);
            let go_on = |&i: &usize| each[rows[i]].leaves() > leaf + 1;
            let kept: Vec<usize> = (0..rows.len()).filter(go_on).collect();
            at = kept.iter().map(|&i| at[i]).collect();
            rows = kept.iter().map(|&i| rows[i]).collect();
            if rows.is_empty() {
                break;
            }
            let of: Vec<usize> = rows.iter().map(|&row| kernels.rows[row].0).collect();
            let input = self.lstm.project(select(now, &kept)) + select(context.clone(), &of);
            let (hidden, cell) = state;
            state = self
                .lstm
                .step(input, Some((select(hidden, &at), select(cell, &at))));
            at = (0..rows.len()).collect();
        }
        let [values, log_sd] = drawn.map(|d| d.finish(&device));
        // log N(c; m, s^2) with c = m + s e is -e^2 / 2 - log s - log(2 pi) / 2.
        let constant = each.iter().map(|c| -HALF_LN_TAU_F32 * c.width as f32);
        let terms = (noise.square() * -0.5 - log_sd).sum_dim(1).reshape([all]);
        Drawn {
            values,
            log_prob: terms + vector(constant.collect(), &device),
        }
    }
}

/// The sixteen parameters of the base kernel before each step, `[steps, 16]`; 0 where there is none, and for
/// those that it does not use. `step` tells where a row's base kernel is among the steps.
fn parameters_before(
    kernels: &Kernels,
    (step, steps): (impl Fn(usize, usize) -> usize, usize),
    continuous: Tensor<2>,
) -> Tensor<2> {
    let [rows, widest] = continuous.dims();
    let mut from = vec![rows * widest; steps * ALL_PARAMETERS];
    for (row, covariance) in kernels.each().enumerate() {
        for (coordinate, leaf, place) in covariance.drawn() {
            if leaf + 1 < covariance.leaves() {
                from[step(row, leaf + 1) * ALL_PARAMETERS + place] = row * widest + coordinate;
            }
        }
    }
    gather(continuous, from, [steps, ALL_PARAMETERS])
}

/// The parameters of one base kernel of some rows, and the logarithms of their standard deviations,
/// `[rows, 16]` each; those that it has not are 0 or without meaning.
fn draw(
    each: &[&Covariance],
    rows: &[usize],
    leaf: usize,
    outputs: Tensor<2>,
    noise: Tensor<2>,
) -> (Tensor<2>, Tensor<2>) {
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
    let log_sd = log_sd.clamp(LOG_SD.0, LOG_SD.1);
    ((mean + log_sd.clone().exp() * noise) * used, log_sd)
}

/// What base kernels have a number of for each parameter, on its way to the rows it belongs to.
struct Scattered {
    parts: Vec<Tensor<2>>,
    /// Rows of all parts.
    count: usize,
    /// Per coordinate of a row, where it is among the parts' numbers.
    from: Vec<Option<usize>>,
    shape: [usize; 2],
}

impl Scattered {
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
