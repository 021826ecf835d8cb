//! The evidence log p(x), by importance sampling from a guide (Burda et al., 2016): the papers' measure of a
//! hybrid model.

mod common;

pub use common::{Common, Summed, common};

use crate::estimator::Grid;
use crate::guide::Guide;
use crate::model::{Model, ModelExt, Rows};
use helmholtz_math::logsumexp;
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use helmholtz_nn::tensor::{Device, Tensor};
use helmholtz_nn::{host, padded};

/// Observations that are encoded together.
const BATCH: usize = 16;

/// Per observation, the logarithm of the mean weight of `samples` particles: at most log p(x) in expectation,
/// and the nearer, the more particles. Model and guide are best given outside the gradient graph
/// (`valid()`).
pub fn importance<M: Model, G: Guide<M>>(
    model: &M,
    guide: &G,
    observations: &[&M::Observation],
    samples: usize,
    seed: u64,
) -> Vec<f64> {
    let each = particles(model, guide, observations, samples, seed);
    each.iter().map(|p| mean_weight(p)).collect()
}

/// A program that was drawn, and the logarithm of its weight.
pub type Particle<D> = (D, f64);

/// The logarithm of the mean weight of particles.
pub fn mean_weight<D>(particles: &[Particle<D>]) -> f64 {
    let weights: Vec<f64> = particles.iter().map(|p| p.1).collect();
    logsumexp(&weights) - (weights.len() as f64).ln()
}

/// Per observation, `samples` draws of the guide with the logarithms of their weights p(z, x) / q(z | x). Weights that are
/// no numbers are 0.
pub fn particles<M: Model, G: Guide<M>>(
    model: &M,
    guide: &G,
    observations: &[&M::Observation],
    samples: usize,
    seed: u64,
) -> Vec<Vec<Particle<M::Discrete>>> {
    let batches = observations.chunks(BATCH).enumerate();
    let each = batches.map(|(i, batch)| drawn(model, guide, batch, samples, (seed, i * BATCH)));
    each.collect::<Vec<_>>().concat()
}

fn drawn<M: Model, G: Guide<M>>(
    model: &M,
    guide: &G,
    observations: &[&M::Observation],
    samples: usize,
    (seed, first): (u64, usize),
) -> Vec<Vec<Particle<M::Discrete>>> {
    let encoding = guide.encode(observations);
    let of: Vec<usize> = (0..observations.len() * samples)
        .map(|i| i / samples)
        .collect();
    let address = |i: usize| {
        [
            seed,
            (first + of[i]) as u64,
            (i % samples) as u64,
            Purpose::Particles.tag(),
        ]
    };
    let mut rngs: Vec<Stream> = (0..of.len()).map(|i| Stream::at(address(i))).collect();
    let proposals = guide.sample(&encoding, &of, &mut rngs);
    let (programs, log_q): (Vec<M::Discrete>, Vec<f64>) = proposals.into_iter().unzip();
    let joints = log_joints(
        (model, guide),
        (&encoding, observations),
        (&of, &programs),
        (1, &mut rngs),
    );
    let weights = joints.iter().zip(log_q).map(|(joint, q)| joint - q);
    let weighted: Vec<_> = programs.into_iter().zip(weights).collect();
    weighted.chunks(samples).map(<[_]>::to_vec).collect()
}

/// Standard normal noise for `samples` continuous samples of each program, which draws from its own stream; `None` where
/// nothing is continuous.
fn noise<M: Model>(
    (model, programs): (&M, &[M::Discrete]),
    (samples, rngs): (usize, &mut [Stream]),
    device: &Device,
) -> Option<Tensor<2>> {
    let draw = |(program, rng): (&M::Discrete, &mut Stream)| -> Vec<Vec<f32>> {
        let width = model.width_of(program);
        let mut once = || (0..width).map(|_| rng.normal() as f32).collect();
        (0..samples).map(|_| once()).collect()
    };
    let noise: Vec<Vec<f32>> = programs.iter().zip(rngs).flat_map(draw).collect();
    padded(&noise, device)
}

/// log p(z_d, x) of programs: exact where nothing is continuous, else the logarithm of the mean weight of `samples` draws
/// of the guide (HMWS eq. 5). Program i belongs to observation `of[i]` and draws from stream i. Weights that are no
/// numbers are 0.
pub fn log_joints<M: Model, G: Guide<M>>(
    (model, guide): (&M, &G),
    (encoding, observations): (&G::Encoding, &[&M::Observation]),
    (of, programs): (&[usize], &[M::Discrete]),
    (samples, rngs): (usize, &mut [Stream]),
) -> Vec<f64> {
    let discrete = programs.iter().all(|p| model.width_of(p) == 0);
    let samples = if discrete { 1 } else { samples.max(1) };
    let noise = noise((model, programs), (samples, rngs), &guide.device());
    let mut log_q = vec![0.0; programs.len() * samples];
    let continuous = guide.continuous().zip(noise).map(|(guide_c, noise)| {
        let drawn = guide_c.sample(encoding, of, programs, samples, noise);
        log_q = host(&drawn.log_prob).into_iter().map(f64::from).collect();
        drawn.values
    });
    let rows = Rows::new(observations, of, programs).with_samples(samples, continuous);
    let joint = model.log_joint(&rows).values();
    let weights = joint.iter().zip(log_q).map(|(joint, q)| match joint - q {
        w if w.is_nan() => f64::NEG_INFINITY,
        w => w,
    });
    Grid::new(samples, weights.collect()).marginals()
}
