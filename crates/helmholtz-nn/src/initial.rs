//! Weights at the start.

use helmholtz_math::random::Stream;

use super::matrix;
use super::module::Param;
use super::tensor::Device;

/// A parameter `[rows, columns]` drawn uniformly from [-scale, scale] by our own stream: the tensor
/// library's generator is global to the process.
pub fn uniform_parameter(
    rows: usize,
    columns: usize,
    scale: f64,
    rng: &mut Stream,
    device: &Device,
) -> Param<2> {
    let values = (0..rows * columns)
        .map(|_| ((2.0 * rng.uniform() - 1.0) * scale) as f32)
        .collect();
    Param::from_tensor(matrix(values, rows, columns, device))
}
