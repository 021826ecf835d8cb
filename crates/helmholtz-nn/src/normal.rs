//! Normal densities of some coordinates, fused: which coordinate has which mean is data.

use super::kernel::{Kernel, Vjp};
use helmholtz_math::normal::HALF_LN_TAU_F32;

/// One coordinate of a row.
#[derive(Clone, Copy, Debug)]
pub struct Coordinate {
    /// The row whose log-density it belongs to.
    pub row: usize,
    /// Where its value is among the values.
    pub value: usize,
    /// Where its mean is among the network's outputs.
    pub mean: usize,
    /// Where the logarithm of its standard deviation is.
    pub log_sd: usize,
}

/// The fused operation. Inputs: the network's outputs, and the values. Output: the sum over a row's
/// coordinates of their log-densities, `[rows]`.
#[derive(Debug)]
pub struct NormalKernel {
    /// How many rows the output has.
    pub rows: usize,
    /// What they are sums over.
    pub coordinates: Vec<Coordinate>,
}

/// Standard deviations stay between e^-10 and e^3.
pub const LOG_SD: (f32, f32) = (-10.0, 3.0);

impl Kernel for NormalKernel {
    fn shape(&self) -> Vec<usize> {
        vec![self.rows]
    }

    fn forward(&self, inputs: &[&[f32]], _kept: Option<&mut Vec<Vec<f32>>>) -> Vec<f32> {
        let (outputs, values) = (inputs[0], inputs[1]);
        let mut total = vec![0.0; self.rows];
        for at in &self.coordinates {
            let log_sd = outputs[at.log_sd].clamp(LOG_SD.0, LOG_SD.1);
            let z = (values[at.value] - outputs[at.mean]) * (-log_sd).exp();
            total[at.row] -= 0.5 * z * z + log_sd + HALF_LN_TAU_F32;
        }
        total
    }

    fn backward(&self, vjp: Vjp<'_>) -> Vec<Vec<f32>> {
        let (outputs, values) = (vjp.inputs[0], vjp.inputs[1]);
        let mut by_output = vec![0.0; outputs.len()];
        let mut by_value = vec![0.0; values.len()];
        for at in &self.coordinates {
            let g = vjp.gradient[at.row];
            let log_sd = outputs[at.log_sd].clamp(LOG_SD.0, LOG_SD.1);
            let scale = (-log_sd).exp();
            let z = (values[at.value] - outputs[at.mean]) * scale;
            by_output[at.mean] += g * z * scale;
            by_value[at.value] -= g * z * scale;
            if log_sd == outputs[at.log_sd] {
                by_output[at.log_sd] += g * (z * z - 1.0);
            }
        }
        vec![by_output, by_value]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::check_gradient;

    #[test]
    fn the_gradient_agrees_with_finite_differences() {
        let at = |row, value, mean, log_sd| Coordinate {
            row,
            value,
            mean,
            log_sd,
        };
        let kernel = NormalKernel {
            rows: 2,
            coordinates: vec![at(0, 0, 0, 2), at(1, 2, 1, 3), at(1, 1, 0, 3)],
        };
        let inputs = vec![vec![0.3, -0.7, 0.2, -0.4], vec![1.1, -0.5, 0.4]];
        check_gradient(&kernel, &inputs);
        let one = kernel.forward(&[&inputs[0], &inputs[1]], None)[0];
        let want = -0.5 * (0.8f32 / 0.2f32.exp()).powi(2) - 0.2 - HALF_LN_TAU_F32;
        assert!((one - want).abs() < 1e-6);
    }
}
