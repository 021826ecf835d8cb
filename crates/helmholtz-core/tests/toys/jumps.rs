//! A hybrid world: n of 0, 1 or 2 Gaussian jumps, x ~ N(shift_n + c_1 + ... + c_n, 0.25), c ~ N(0, 1).
//! The evidence is a mixture of three normals in closed form.

use helmholtz_core::algorithm::{
    Algorithm, Learning, Parents, Pathwise, Ranking, Recall, Scale, Shares, Source, Term,
};
use helmholtz_core::estimator::{MEMOISED, REWEIGHTED, SLEEP, VIMCO};
use helmholtz_core::evidence::{Common, common, importance};
use helmholtz_core::guide::{ContinuousGuide, Drawn, Guide, Proposal};
use helmholtz_core::model::{Continuous, Latent, LogProb, Model, Refinement, Rows};
use helmholtz_core::search::Budget;
use helmholtz_core::train::{Phase, Trainer, WakeSleep};
use helmholtz_math::gaussian::Gaussian;
use helmholtz_math::logsumexp;
use helmholtz_math::random::Stream;
use helmholtz_nn::tensor::{Device, Tensor, activation};
use helmholtz_nn::{Module, Param};
use helmholtz_nn::{Rates, host, indices, matrix, training_device, vector};

use crate::{parameter, run};

const NOISE: f64 = 0.5;

fn log_normal(residual: f64, variance: f64) -> f64 {
    -0.5 * (std::f64::consts::TAU.ln() + variance.ln() + residual * residual / variance)
}

/// -((r / sd)^2 + ln 2 pi) / 2 - ln sd, on tensors.
fn log_density(residual: Tensor<1>, log_sd: Tensor<1>) -> Tensor<1> {
    let z = residual / log_sd.clone().exp();
    (z.square() + std::f32::consts::TAU.ln()) * -0.5 - log_sd
}

/// One where coordinate j of a row exists. `[programs * samples, widest]`.
fn mask(programs: &[usize], samples: usize, widest: usize, device: &Device) -> Tensor<2> {
    let values = programs
        .iter()
        .flat_map(|&n| (0..samples * widest).map(move |j| f32::from(u8::from(j % widest < n))));
    matrix(values.collect(), programs.len() * samples, widest, device)
}

fn column(c: &Tensor<2>, j: usize) -> Tensor<1> {
    let n = c.dims()[0];
    c.clone().narrow(1, j, 1).reshape([n])
}

#[derive(Clone, Debug, Module)]
struct Jumps {
    logits: Param<2>,
    shift: Param<1>,
}

impl Jumps {
    fn new(logits: [f32; 3], shift: [f32; 3], device: &Device) -> Self {
        Self {
            logits: Param::from_tensor(matrix(logits.to_vec(), 1, 3, device)),
            shift: Param::from_tensor(vector(shift.to_vec(), device)),
        }
    }

    fn prior(&self) -> Vec<f32> {
        host(&activation::log_softmax(self.logits.val(), 1))
    }

    fn evidence(&self, x: f32) -> f64 {
        let (prior, shift) = (self.prior(), host(&self.shift.val()));
        let term = |n: usize| {
            let residual = f64::from(x - shift[n]);
            f64::from(prior[n]) + log_normal(residual, n as f64 + NOISE * NOISE)
        };
        logsumexp(&[term(0), term(1), term(2)])
    }
}

impl Model for Jumps {
    type Observation = f32;
    type Discrete = usize;

    fn log_prior(&self, rows: &Rows<'_, Self>) -> LogProb {
        let device = self.shift.val().device();
        let each = rows
            .programs
            .iter()
            .flat_map(|&n| std::iter::repeat_n(n, rows.samples));
        let log_prior = activation::log_softmax(self.logits.val(), 1).reshape([3]);
        let mut total = log_prior.select(0, indices(each, &device));
        if let Some(c) = &rows.continuous {
            let used = mask(rows.programs, rows.samples, c.dims()[1], &device);
            let density = (c.clone().square() + std::f32::consts::TAU.ln()) * used * -0.5;
            total = total + density.sum_dim(1).reshape([rows.len()]);
        }
        LogProb::neural(total)
    }

    fn log_likelihood(&self, rows: &Rows<'_, Self>) -> LogProb {
        let device = self.shift.val().device();
        let each = rows
            .programs
            .iter()
            .flat_map(|&n| std::iter::repeat_n(n, rows.samples));
        let mut mean = self.shift.val().select(0, indices(each, &device));
        if let Some(c) = &rows.continuous {
            let used = mask(rows.programs, rows.samples, c.dims()[1], &device);
            mean = mean + (c.clone() * used).sum_dim(1).reshape([rows.len()]);
        }
        let x = rows
            .of
            .iter()
            .flat_map(|&o| std::iter::repeat_n(*rows.observations[o], rows.samples));
        let residual = vector(x.collect(), &device) - mean;
        let log_sd = vector(vec![NOISE.ln() as f32; rows.len()], &device);
        LogProb::neural(log_density(residual, log_sd))
    }

    fn sample_latent(&self, rngs: &mut [Stream]) -> Vec<Latent<usize>> {
        let p: Vec<f64> = self.prior().iter().map(|&l| f64::from(l).exp()).collect();
        rngs.iter_mut()
            .map(|rng| {
                let n = rng.categorical(&p).unwrap();
                (n, (0..n).map(|_| rng.normal() as f32).collect())
            })
            .collect()
    }

    fn sample_observation(
        &self,
        latents: &[Latent<usize>],
        rngs: &mut [Stream],
    ) -> Vec<Option<f32>> {
        let shift = host(&self.shift.val());
        let noisy = latents.iter().zip(rngs).map(|((n, c), rng)| {
            Some(shift[*n] + c.iter().sum::<f32>() + (NOISE * rng.normal()) as f32)
        });
        noisy.collect()
    }

    fn continuous(&self) -> Option<&dyn Continuous<Self>> {
        Some(self)
    }

    fn refinement(&self) -> Option<&dyn Refinement<Self>> {
        Some(self)
    }
}

impl Continuous<Jumps> for Jumps {
    fn width(&self, program: &usize) -> usize {
        *program
    }
}

impl Refinement<Jumps> for Jumps {
    /// The posterior itself: precision I + 11' / NOISE^2, mean (x - shift) / (n + NOISE^2) each.
    fn refine(
        &self,
        rows: &Rows<'_, Jumps>,
        _: &[Option<&Gaussian>],
        _: usize,
    ) -> Vec<Option<(Gaussian, u64)>> {
        let shift = host(&self.shift.val());
        let one = |(&n, &o): (&usize, &usize)| {
            let off = f64::from(rows.observations[o] - shift[n]);
            let mean = vec![off / (n as f64 + NOISE * NOISE); n];
            let identity = |i: usize, j: usize| f64::from(u8::from(i == j));
            let gaussian = Gaussian::new(mean, |i, j| identity(i, j) + 1.0 / (NOISE * NOISE))?;
            Some((gaussian, 1))
        };
        rows.programs.iter().zip(rows.of).map(one).collect()
    }
}

/// q(n | x): a small network. q(c | n, x): loc_j = a + b x + e c_1, with a row of `cond` per (n, j).
#[derive(Clone, Debug, Module)]
struct JumpGuide {
    first: Param<2>,
    second: Param<2>,
    cond: Param<2>,
}

type Encoding = (Tensor<2>, Tensor<1>);

impl JumpGuide {
    fn new(seed: u64, device: &Device) -> Self {
        let mut rng = Stream::at([seed, 0, 0, 102]);
        Self {
            first: parameter(3, 32, 0.5, &mut rng, device),
            second: parameter(32, 3, 0.2, &mut rng, device),
            cond: parameter(6, 4, 0.1, &mut rng, device),
        }
    }

    /// Location and log standard deviation of coordinate j.
    fn conditional(
        &self,
        e: &Encoding,
        of: &[usize],
        programs: &[usize],
        samples: usize,
        j: usize,
        before: Option<Tensor<1>>,
    ) -> (Tensor<1>, Tensor<1>) {
        let device = e.1.device();
        let rows = programs
            .iter()
            .flat_map(|&n| std::iter::repeat_n(n * 2 + j, samples));
        let each = of.iter().flat_map(|&o| std::iter::repeat_n(o, samples));
        let x = e.1.clone().select(0, indices(each, &device));
        let p = self.cond.val().select(0, indices(rows, &device));
        let mut location = column(&p, 0) + column(&p, 1) * x;
        if let Some(before) = before {
            location = location + column(&p, 2) * before;
        }
        (location, column(&p, 3))
    }
}

impl Guide<Jumps> for JumpGuide {
    type Encoding = Encoding;

    fn encode(&self, observations: &[&f32]) -> Encoding {
        let device = self.first.val().device();
        let features = observations
            .iter()
            .flat_map(|&&x| [1.0, x / 3.0, x * x / 9.0]);
        let features = matrix(features.collect(), observations.len(), 3, &device);
        let hidden = features.matmul(self.first.val()).tanh();
        let log_q = activation::log_softmax(hidden.matmul(self.second.val()), 1);
        (
            log_q,
            vector(observations.iter().map(|&&x| x).collect(), &device),
        )
    }

    fn detach(e: &Encoding) -> Encoding {
        (e.0.clone().inner(), e.1.clone().inner())
    }

    fn sample(&self, e: &Encoding, of: &[usize], rngs: &mut [Stream]) -> Vec<Proposal<usize>> {
        let log_q = host(&e.0);
        let one = |(&o, rng): (&usize, &mut Stream)| {
            let row = &log_q[o * 3..o * 3 + 3];
            let p: Vec<f64> = row.iter().map(|&l| f64::from(l).exp()).collect();
            let n = rng.categorical(&p).unwrap();
            (n, f64::from(row[n]))
        };
        of.iter().zip(rngs).map(one).collect()
    }

    fn log_prob(&self, e: &Encoding, of: &[usize], programs: &[usize]) -> Tensor<1> {
        let flat = of.iter().zip(programs).map(|(&o, &n)| o * 3 + n);
        let count = e.0.dims()[0] * 3;
        e.0.clone()
            .reshape([count])
            .select(0, indices(flat, &e.0.device()))
    }

    fn continuous(&self) -> Option<&dyn ContinuousGuide<Jumps, Encoding>> {
        Some(self)
    }
}

impl ContinuousGuide<Jumps, Encoding> for JumpGuide {
    fn sample(
        &self,
        e: &Encoding,
        of: &[usize],
        programs: &[usize],
        samples: usize,
        noise: Tensor<2>,
    ) -> Drawn {
        let (rows, widest) = (programs.len() * samples, noise.dims()[1]);
        let mut columns: Vec<Tensor<2>> = vec![];
        for j in 0..widest {
            let before = columns.first().map(|c| column(c, 0));
            let (location, log_sd) = self.conditional(e, of, programs, samples, j, before);
            columns.push((location + log_sd.exp() * column(&noise, j)).reshape([rows, 1]));
        }
        let values = Tensor::cat(columns, 1) * mask(programs, samples, widest, &noise.device());
        Drawn {
            log_prob: ContinuousGuide::log_prob(self, e, of, programs, samples, values.clone()),
            values,
        }
    }

    fn log_prob(
        &self,
        e: &Encoding,
        of: &[usize],
        programs: &[usize],
        samples: usize,
        c: Tensor<2>,
    ) -> Tensor<1> {
        let widest = c.dims()[1];
        let used = mask(programs, samples, widest, &c.device());
        let one = |j: usize| {
            let before = (j > 0).then(|| column(&c, 0));
            let (location, log_sd) = self.conditional(e, of, programs, samples, j, before);
            log_density(column(&c, j) - location, log_sd) * column(&used, j)
        };
        (0..widest).map(one).reduce(|a, b| a + b).unwrap()
    }
}

type World = WakeSleep<Jumps, JumpGuide>;

fn world(terms: Vec<Term>, memory: usize, seed: u64) -> Trainer<World> {
    let device = training_device();
    let truth = Jumps::new(
        [0.5f32.ln(), 0.3f32.ln(), 0.2f32.ln()],
        [-2.0, 0.0, 3.0],
        &device,
    )
    .valid();
    let mut rngs: Vec<Stream> = (0..300).map(|i| Stream::at([78, i, 0, 0])).collect();
    let latents = truth.sample_latent(&mut rngs);
    let data = truth
        .sample_observation(&latents, &mut rngs)
        .into_iter()
        .flatten()
        .collect();
    let rates = Rates {
        model: 0.02,
        guide: 0.02,
        likelihood: 0.02,
    };
    let learner = WakeSleep::new(
        Jumps::new([0.0; 3], [-1.0, 0.2, 1.0], &device),
        JumpGuide::new(seed, &device),
        data,
        memory,
        vec![Phase {
            until: u64::MAX,
            terms,
            rates,
        }],
        seed,
    )
    .unwrap();
    Trainer::new(learner, seed, 20, 0)
}

/// Importance estimate of the mean log evidence with `samples` particles from the guide, the closed form,
/// and the mean absolute error of an observation.
fn evidence(world: &World, samples: usize) -> (f64, f64, f64) {
    let (model, guide) = (world.model().valid(), world.guide().valid());
    let some: Vec<&f32> = world.data[..50].iter().collect();
    let estimates = importance(&model, &guide, &some, samples, 5);
    let exact: Vec<f64> = some.iter().map(|x| model.evidence(**x)).collect();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let both = estimates.iter().zip(&exact);
    let errors: Vec<f64> = both.map(|(a, b)| (a - b).abs()).collect();
    (mean(&estimates), mean(&exact), mean(&errors))
}

mod tests;
