//! p(x_t | z_t, past): what the numbers of a step are.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::dist::{Normal, bernoulli_log_prob, discretised_log_prob};
use crate::filter::StateSpace;

/// The distribution of the numbers of a step, independent of each other given the latent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Output {
    /// Each is 0 or 1.
    Bernoulli,
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
#[allow(clippy::large_enum_variant, reason = "there is one at a time")]
pub enum Expectation {
    /// The log-odds of ones.
    Bernoulli(Tensor<2>),
    /// Means and variances.
    Gaussian(Normal),
}

/// A model whose expectations can be shown.
pub trait Observable: StateSpace {
    /// What is expected of x_t.
    fn expect(&self, state: &Self::State, z: Tensor<2>) -> Expectation;
}

impl Expectation {
    /// The means.
    pub fn mean(&self) -> Tensor<2> {
        match self {
            Self::Bernoulli(logits) => burn::tensor::activation::sigmoid(logits.clone()),
            Self::Gaussian(normal) => normal.mean.clone(),
        }
    }
}

impl Output {
    /// Numbers that a network has to give for each number of a step.
    pub(super) fn parameters(self) -> usize {
        match self {
            Self::Bernoulli => 1,
            Self::Gaussian | Self::Discretised { .. } => 2,
        }
    }

    /// From the last layer of a network.
    pub(super) fn expectation(self, last: Tensor<2>) -> Expectation {
        let width = last.dims()[1] / self.parameters();
        match self {
            Self::Bernoulli => Expectation::Bernoulli(last),
            Self::Gaussian | Self::Discretised { .. } => {
                let log_variance = last.clone().narrow(1, width, width);
                Expectation::Gaussian(Normal {
                    mean: last.narrow(1, 0, width),
                    log_variance: log_variance.clamp(LOG_VARIANCE.0, LOG_VARIANCE.1),
                })
            }
        }
    }

    /// log p of each row.
    pub(super) fn log_prob(self, expected: Expectation, x: &Tensor<2>) -> Tensor<1> {
        match (self, expected) {
            (_, Expectation::Bernoulli(logits)) => bernoulli_log_prob(logits, x),
            (Self::Discretised { interval }, Expectation::Gaussian(normal)) => {
                discretised_log_prob(&normal, x, interval)
            }
            (_, Expectation::Gaussian(normal)) => normal.log_prob(x.clone()),
        }
    }

    /// How far the observation is from what was expected: for Gaussians in units of the variance (AVF, section
    /// 3.2), else the difference.
    pub(super) fn errors(expected: &Expectation, x: &Tensor<2>) -> Tensor<2> {
        let off = x.clone() - expected.mean();
        match expected {
            Expectation::Bernoulli(_) => off,
            Expectation::Gaussian(normal) => off * normal.log_variance.clone().neg().exp(),
        }
    }
}
