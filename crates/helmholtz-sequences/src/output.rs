//! p(x_t | z_t, past): what the numbers of a step are.

use helmholtz_nn::Module;
use helmholtz_nn::tensor::{Device, Tensor};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::config::WIDEST;
use helmholtz_core::filter::StateSpace;
use helmholtz_math::random::Stream;
use helmholtz_nn::dist::{Joint, Nade, Normal, bernoulli_log_prob, discretised_log_prob};
use helmholtz_nn::{Linear, host};

/// The distribution of the numbers of a step given the latent; independent of each other but for one form.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Output {
    /// Each is 0 or 1.
    Bernoulli,
    /// Each is 0 or 1, given those before it (a neural autoregressive distribution estimator).
    Joint {
        /// Its hidden units.
        #[schemars(range(min = 1, max = WIDEST))]
        units: usize,
    },
    /// Any number; log-likelihoods are densities.
    Gaussian,
    /// Numbers recorded to a resolution; log-likelihoods are probabilities.
    Discretised {
        /// The distance between neighbouring values.
        interval: f64,
    },
}

/// Log-variances of outputs stay in this range.
const LOG_VARIANCE: (f32, f32) = (-20.0, 10.0);

/// What is expected of the numbers of a step, `[rows, width]`.
#[derive(Clone, Debug)]
pub struct Expectation(Expected);

#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "there is one at a time")]
enum Expected {
    /// The log-odds of ones.
    Bernoulli(Tensor<2>),
    Joint(Joint),
    /// And the resolution, where there is one.
    Gaussian(Normal, Option<f64>),
}

/// A model whose expectations can be shown.
pub trait Observable: StateSpace {
    /// What is expected of x_t.
    fn expect(&self, state: &Self::State, z: Tensor<2>) -> Expectation;
}

impl Output {
    /// Whether the numbers are 0 or 1.
    pub fn is_binary(self) -> bool {
        matches!(self, Self::Bernoulli | Self::Joint { .. })
    }
}

/// The last layer of a model.
#[derive(Clone, Debug, Module)]
pub(super) struct Emission {
    last: Linear,
    joint: Option<Nade>,
    #[module(skip)]
    output: Output,
}

impl Emission {
    /// From `inputs` units to the distribution of `width` numbers.
    pub(super) fn new(
        (inputs, width): (usize, usize),
        output: Output,
        rng: &mut Stream,
        device: &Device,
    ) -> Self {
        let size = match output {
            Output::Bernoulli => (width, 1),
            Output::Joint { units } => (width + units, 1),
            Output::Gaussian | Output::Discretised { .. } => (width, 2),
        };
        let last = Linear::glorot(inputs, size, 1.0, rng, device);
        let joint = match output {
            Output::Joint { units } => Some(Nade::new((width, units), rng, device)),
            _ => None,
        };
        Self {
            last,
            joint,
            output,
        }
    }

    /// What is expected, by the features that the model's networks have found.
    pub(super) fn expect(&self, features: Tensor<2>) -> Expectation {
        let last = self.last.forward(features);
        Expectation(match (self.output, &self.joint) {
            (_, Some(nade)) => Expected::Joint(nade.given(last)),
            (Output::Gaussian, _) => Expected::Gaussian(Normal::within(LOG_VARIANCE, last), None),
            (Output::Discretised { interval }, _) => {
                Expected::Gaussian(Normal::within(LOG_VARIANCE, last), Some(interval))
            }
            _ => Expected::Bernoulli(last),
        })
    }
}

impl Expectation {
    /// The means; of numbers that depend on each other, estimates.
    pub fn mean(&self) -> Tensor<2> {
        match &self.0 {
            Expected::Bernoulli(log_odds) => {
                helmholtz_nn::tensor::activation::sigmoid(log_odds.clone())
            }
            Expected::Joint(joint) => joint.marginals(),
            Expected::Gaussian(normal, _) => normal.mean.clone(),
        }
    }

    /// The standard deviations, row by row, given the means.
    pub(super) fn deviation(&self, mean: &[f32]) -> Vec<f32> {
        match &self.0 {
            Expected::Bernoulli(_) | Expected::Joint(_) => {
                mean.iter().map(|p| (p * (1.0 - p)).sqrt()).collect()
            }
            Expected::Gaussian(normal, _) => {
                let log_variance = host(&normal.log_variance).into_iter();
                log_variance.map(|v| (0.5 * v).exp()).collect()
            }
        }
    }

    /// A draw of the first row.
    pub(super) fn draw(&self, rng: &mut Stream) -> Vec<f32> {
        match &self.0 {
            Expected::Bernoulli(_) => {
                let means = host(&self.mean()).into_iter();
                means
                    .map(|p| f32::from(u8::from(rng.uniform() < f64::from(p))))
                    .collect()
            }
            Expected::Joint(joint) => joint.draw(rng),
            Expected::Gaussian(normal, _) => {
                let means = host(&normal.mean);
                let deviations = self.deviation(&means);
                let each = means.into_iter().zip(deviations);
                each.map(|(m, d)| m + d * rng.normal() as f32).collect()
            }
        }
    }

    /// log p of each row.
    pub(super) fn log_prob(self, x: &Tensor<2>) -> Tensor<1> {
        match self.0 {
            Expected::Bernoulli(log_odds) => bernoulli_log_prob(log_odds, x),
            Expected::Joint(joint) => joint.log_prob(x),
            Expected::Gaussian(normal, Some(interval)) => {
                discretised_log_prob(&normal, x, interval)
            }
            Expected::Gaussian(normal, None) => normal.log_prob(x.clone()),
        }
    }

    /// How far the observation is from what was expected: for Gaussians in units of the variance (AVF, section
    /// 3.2), else the difference; of numbers that depend on each other from what those before them lead to expect.
    pub(super) fn errors(&self, x: &Tensor<2>) -> Tensor<2> {
        match &self.0 {
            Expected::Bernoulli(_) => x.clone() - self.mean(),
            Expected::Joint(joint) => x.clone() - joint.conditionals(x),
            Expected::Gaussian(normal, _) => {
                (x.clone() - self.mean()) * normal.log_variance.clone().neg().exp()
            }
        }
    }
}
