//! The last layer of a network that gives a Gaussian.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::Normal;
use crate::nn::Linear;
use crate::random::Stream;

/// Log-variances of latents stay in this range.
pub(crate) const LOG_VARIANCE: (f32, f32) = (-15.0, 5.0);

/// Means and log-variances, linear in what it reads.
#[derive(Module, Debug)]
pub(crate) struct GaussianHead {
    both: Linear,
}

impl GaussianHead {
    pub(crate) fn new(inputs: usize, width: usize, rng: &mut Stream, device: &Device) -> Self {
        Self {
            both: Linear::glorot(inputs, (width, 2), 1.0, rng, device),
        }
    }

    /// `[n, inputs]` to normal distributions of n rows.
    pub(crate) fn forward(&self, x: Tensor<2>) -> Normal {
        let both = self.both.forward(x);
        let width = both.dims()[1] / 2;
        let log_variance = both.clone().narrow(1, width, width);
        Normal {
            mean: both.narrow(1, 0, width),
            log_variance: log_variance.clamp(LOG_VARIANCE.0, LOG_VARIANCE.1),
        }
    }
}
