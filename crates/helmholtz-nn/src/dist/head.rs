//! The last layer of a network that gives a Gaussian.

use crate::module::Module;
use burn_tensor::{Device, Tensor};

use super::Normal;
use crate::Linear;
use helmholtz_math::random::Stream;

/// Log-variances of latents stay in this range.
pub const LOG_VARIANCE: (f32, f32) = (-15.0, 5.0);

/// Means and log-variances, linear in what it reads.
#[derive(Clone, Debug, Module)]
pub struct GaussianHead {
    both: Linear,
}

impl GaussianHead {
    /// Small weights, for so many coordinates.
    pub fn new(inputs: usize, width: usize, rng: &mut Stream, device: &Device) -> Self {
        Self {
            both: Linear::glorot(inputs, (width, 2), 1.0, rng, device),
        }
    }

    /// `[n, inputs]` to normal distributions of n rows.
    pub fn forward(&self, x: Tensor<2>) -> Normal {
        Normal::within(LOG_VARIANCE, self.both.forward(x))
    }
}
