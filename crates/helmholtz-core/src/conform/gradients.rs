//! Gradients against finite differences, along random directions of all parameters.

use std::collections::BTreeMap;

use super::{DRAWS, Fantasies, Trial};
use crate::guide::Guide;
use crate::model::{Model, ModelExt, Rows};
use helmholtz_math::random::Stream;
use helmholtz_nn::tensor::Tensor;
use helmholtz_nn::testing::slope;
use helmholtz_nn::{Array, Gradients, Module, Param, Visitor, export, host, import, padded};

/// Directions that are tried; a gradient is wrong where most differ.
const DIRECTIONS: u64 = 5;
/// How far a direction goes to either side.
const STEP: f64 = 1e-2;
/// By which share a slope may differ: what is curved differs over a step.
const SHARE: f64 = 0.1;
/// What a sum of numbers in single precision loses, as a share of their size.
const LOST: f64 = 3e-6;

/// Whether model and guide have the gradients of their values.
pub(super) fn inspect<M: Model, G: Guide<M>>(
    trial: &mut Trial<'_, M>,
    model: &M,
    guide: &G,
    fantasies: &Fantasies<M>,
) {
    let observations: Vec<&M::Observation> = fantasies.observations.iter().collect();
    let of: Vec<usize> = (0..observations.len()).collect();
    let programs = fantasies.programs();
    let raw: Vec<&[f32]> = fantasies.latents.iter().map(|z| z.1.as_slice()).collect();
    let continuous = padded(&raw, &trial.model.device());
    let joint = |model: &M| {
        let rows = Rows::new(&observations, &of, &programs).with_samples(1, continuous.clone());
        let log_joint = model.log_joint(&rows);
        // What is impossible has no gradient.
        let values: Vec<f64> = log_joint
            .values()
            .into_iter()
            .filter(|v| v.is_finite())
            .collect();
        (log_joint.tensor, values)
    };
    if let Some(reason) = disagreement(model, joint, trial.seed) {
        trial.fault("Model::log_prior, Model::log_likelihood", reason);
    }
    let encoded: Vec<usize> = (0..DRAWS).map(|i| i % trial.data.len()).collect();
    let data = trial.data.clone();
    let valid = guide.valid();
    let drawn = valid.sample(&valid.encode(&data), &encoded, &mut trial.streams(DRAWS, 9));
    let drawn: Vec<M::Discrete> = drawn.into_iter().map(|p| p.0).collect();
    let density = |guide: &G| {
        let log_prob = guide.log_prob(&guide.encode(&data), &encoded, &drawn);
        let values = host(&log_prob).into_iter().map(f64::from).collect();
        (log_prob, values)
    };
    if let Some(reason) = disagreement(guide, density, trial.seed) {
        trial.fault("Guide::log_prob", reason);
    }
}

/// Says how a slope by gradients and one by differences disagree, in most of the directions.
fn disagreement<N: Module>(
    module: &N,
    value: impl Fn(&N) -> (Tensor<1>, Vec<f64>),
    seed: u64,
) -> Option<String> {
    let weights = export(module);
    if weights.is_empty() {
        return None;
    }
    let at = |weights: &BTreeMap<String, Array>| -> f64 {
        let moved = import(module.clone(), weights).map(|m| value(&m.valid()).1);
        moved.map_or(f64::NAN, |values| values.iter().sum())
    };
    let size: f64 = value(&module.valid()).1.iter().map(|v| v.abs()).sum();
    let mut wrong = vec![];
    for number in 0..DIRECTIONS {
        let direction = direction(&weights, seed, number);
        let (tensor, _) = value(module);
        let by_gradient = match tensor.is_autodiff() {
            true => slope(
                module,
                &Gradients::of(&(tensor.sum() + nothing(module))),
                &direction,
            ),
            false => 0.0,
        };
        let [up, down] = [STEP, -STEP].map(|step| at(&moved(&weights, &direction, step)));
        let by_difference = (up - down) / (2.0 * STEP);
        let allowed = SHARE * by_gradient.abs().max(by_difference.abs()) + LOST * size / STEP;
        if (by_gradient - by_difference).abs() > allowed {
            wrong.push((by_gradient, by_difference));
        }
    }
    let (by_gradient, by_difference) = *wrong.first()?;
    let most = wrong.len() as u64 > DIRECTIONS / 2;
    most.then(|| {
        format!(
            "the slope along a direction is {by_gradient:.4} by the gradient and {by_difference:.4} by differences"
        )
    })
}

/// Zero, as a sum over all parameters: so a loss that depends on none of them still has gradients, all zero.
fn nothing<N: Module>(module: &N) -> Tensor<1> {
    struct Sum(Tensor<1>);
    impl Visitor for Sum {
        fn visit<const D: usize>(&mut self, param: &Param<D>) {
            self.0 = self.0.clone() + param.val().sum() * 0.0;
        }
    }
    let mut sum = Sum(Tensor::zeros([1], &module.device()));
    module.visit(&mut sum);
    sum.0
}

/// A random direction of length 1.
fn direction(weights: &BTreeMap<String, Array>, seed: u64, number: u64) -> BTreeMap<String, Array> {
    let mut rng = Stream::at([seed, number, 0, 0]);
    let mut direction = weights.clone();
    let mut square = 0.0;
    for array in direction.values_mut() {
        for x in &mut array.values {
            let normal = rng.normal();
            square += normal * normal;
            *x = normal as f32;
        }
    }
    let length = f64::sqrt(square).max(f64::MIN_POSITIVE) as f32;
    let all = direction.values_mut().flat_map(|a| &mut a.values);
    all.for_each(|x| *x /= length);
    direction
}

fn moved(
    weights: &BTreeMap<String, Array>,
    direction: &BTreeMap<String, Array>,
    step: f64,
) -> BTreeMap<String, Array> {
    let mut moved = weights.clone();
    for (array, along) in moved.values_mut().zip(direction.values()) {
        let both = array.values.iter_mut().zip(&along.values);
        both.for_each(|(x, d)| *x += step as f32 * d);
    }
    moved
}
