//! One estimate of log p(x) for all models, however they were learned.
//!
//! A memory's bound is the logarithm of a sum over its members, a guide's that of a mean over its draws. They are different
//! functions of a model and cannot be compared. Here programs that a search has found are summed, whoever found them, and
//! all others are estimated by importance sampling.

use std::collections::HashSet;

use super::{log_joints, noise};
use crate::guide::Guide;
use crate::model::{Latent, LogProb, Model, ModelExt, Rows};
use crate::search::{Budget, Draft, Modelled, search_with};
use helmholtz_math::logsumexp;
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use helmholtz_nn::{host, padded};

/// How much is spent on an estimate.
#[derive(Clone, Debug)]
pub struct Common {
    /// The search for the programs that are summed.
    pub budget: Budget,
    /// Continuous samples of a program while it is searched for, and where it is summed.
    pub samples: [usize; 2],
    /// Draws that stand for all programs that were not found, at least 1.
    pub draws: usize,
}

/// What is known of an observation.
#[derive(Clone, Debug)]
pub struct Summed<D> {
    /// The estimate of log p(x), whose exponential has no bias.
    pub log_evidence: f64,
    /// The programs that were summed, with log p(z_d, x) by samples that did not choose them.
    pub programs: Vec<(D, f64)>,
}

/// The share of the prior among the draws: weights are bounded by it, however sure a guide is.
const PRIOR: f64 = 0.1;

/// log p(x) of an observation: the sum of p(z_d, x) over the programs that a search found, and over those that are
/// `offered`, and an estimate of the rest by draws of the guide and, a tenth of them, of the prior.
///
/// What is continuous in a program that is summed is drawn from the guide. The estimate has no bias, so that its logarithm
/// is too low in expectation, the more so the worse the guide is for those programs.
///
/// Model and guide are best given outside the gradient graph (`valid()`).
pub fn common<M: Model, G: Guide<M>>(
    (model, guide): (&M, &G),
    observation: &M::Observation,
    offered: &[M::Discrete],
    how: &Common,
) -> Summed<M::Discrete> {
    let space = Modelled::new((model, guide), observation, how.samples[0]);
    let drafts = offered.iter().cloned().map(Draft::new).collect();
    let found = search_with(&space, &how.budget, drafts).members;
    let found = found.into_iter().map(|m| m.draft.program);
    let mut seen = HashSet::new();
    let mut programs: Vec<M::Discrete> = found.chain(offered.iter().cloned()).collect();
    programs.retain(|program| seen.insert(program.clone()));
    let encoding = guide.encode(&[observation]);
    let of = vec![0; programs.len()];
    let joints = log_joints(
        (model, guide),
        (&encoding, &[observation]),
        (&of, &programs),
        (how.samples[1], &mut streams(how, programs.len(), 1)),
    );
    let rest = rest((model, guide), (&encoding, observation), &seen, how);
    let log_evidence = logsumexp(&[logsumexp(&joints), rest]);
    let mut programs: Vec<_> = programs.into_iter().zip(joints).collect();
    programs.sort_by(|a, b| b.1.total_cmp(&a.1));
    Summed {
        log_evidence,
        programs,
    }
}

/// Streams for one purpose of an estimate.
fn streams(how: &Common, count: usize, part: u64) -> Vec<Stream> {
    let stream = |i| Stream::at([how.budget.seed, i as u64, part, Purpose::Particles.tag()]);
    (0..count).map(stream).collect()
}

/// The logarithm of the sum of p(z, x) over all programs but those that are `summed`, by importance sampling of programs
/// together with what is continuous in them.
fn rest<M: Model, G: Guide<M>>(
    (model, guide): (&M, &G),
    (encoding, observation): (&G::Encoding, &M::Observation),
    summed: &HashSet<M::Discrete>,
    how: &Common,
) -> f64 {
    let draws = how.draws.max(1);
    let broad = ((PRIOR * draws as f64).round() as usize).max(1);
    let mut latents = guided((model, guide), encoding, how, draws - broad);
    latents.extend(model.sample_latent(&mut streams(how, broad, 3)));
    let (programs, continuous): (Vec<M::Discrete>, Vec<Vec<f32>>) = latents.into_iter().unzip();
    let (observations, of) = ([observation], vec![0; programs.len()]);
    let continuous = padded(&continuous, &guide.device());
    let rows = Rows::new(&observations, &of, &programs).with_samples(1, continuous.clone());
    let log_q = LogProb::neural(guide.log_prob(encoding, &of, &programs));
    let log_q = match guide.continuous().zip(continuous) {
        Some((own, values)) => {
            log_q + LogProb::neural(own.log_prob(encoding, &of, &programs, 1, values))
        }
        None => log_q,
    };
    let log_q = log_q.values();
    let share = broad as f64 / draws as f64;
    let prior = model.log_prior(&rows).values();
    let joint = model.log_joint(&rows).values();
    let weight = |i: usize| match summed.contains(&programs[i]) {
        true => f64::NEG_INFINITY,
        false => joint[i] - logsumexp(&[(1.0 - share).ln() + log_q[i], share.ln() + prior[i]]),
    };
    let weights: Vec<f64> = (0..programs.len())
        .map(weight)
        .filter(|w| !w.is_nan())
        .collect();
    logsumexp(&weights) - (draws as f64).ln()
}

/// Programs of the guide, and for each what is continuous in it.
fn guided<M: Model, G: Guide<M>>(
    (model, guide): (&M, &G),
    encoding: &G::Encoding,
    how: &Common,
    count: usize,
) -> Vec<Latent<M::Discrete>> {
    let mut rngs = streams(how, count, 2);
    let of = vec![0; count];
    let drawn = guide.sample(encoding, &of, &mut rngs);
    let programs: Vec<M::Discrete> = drawn.into_iter().map(|(program, _)| program).collect();
    let widths: Vec<usize> = programs.iter().map(|p| model.width_of(p)).collect();
    let noise = noise((model, &programs[..]), (1, &mut rngs), &guide.device());
    let values = guide.continuous().zip(noise).map(|(own, noise)| {
        let widest = noise.dims()[1];
        (
            host(&own.sample(encoding, &of, &programs, 1, noise).values),
            widest,
        )
    });
    let values = |i: usize| match &values {
        Some((values, widest)) => values[i * widest..i * widest + widths[i]].to_vec(),
        None => vec![],
    };
    let each: Vec<Vec<f32>> = (0..count).map(values).collect();
    programs.into_iter().zip(each).collect()
}
