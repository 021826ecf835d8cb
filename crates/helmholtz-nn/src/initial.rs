//! Weights at the start.

use std::cell::Cell;

use burn_tensor::Tensor;
use helmholtz_math::random::Stream;

use super::matrix;
use super::module::Param;
use super::tensor::Device;

thread_local! {
    /// Whether this thread builds something hollow.
    static HOLLOW: Cell<bool> = const { Cell::new(false) };
}

/// What `build` makes, with parameters that have their shapes but no numbers: who counts them, or puts others in their
/// place, need not draw and keep them. Nothing else may be done with it.
///
/// ```
/// use helmholtz_math::random::Stream;
/// use helmholtz_nn::{Linear, Module, hollow, training_device};
///
/// let wide = || Linear::new(100_000, 100_000, &mut Stream::at([0; 4]), &training_device());
/// assert_eq!(hollow(wide).num_params(), 10_000_100_000);
/// ```
pub fn hollow<T>(build: impl FnOnce() -> T) -> T {
    /// Puts back what was, even in a panic.
    struct Before(bool);

    impl Drop for Before {
        fn drop(&mut self) {
            HOLLOW.set(self.0);
        }
    }

    let _before = Before(HOLLOW.replace(true));
    build()
}

/// A parameter `[rows, columns]`, row-major; its numbers are not asked for where something [`hollow`] is built.
pub fn parameter(
    rows: usize,
    columns: usize,
    device: &Device,
    values: impl FnOnce() -> Vec<f32>,
) -> Param<2> {
    match HOLLOW.get() {
        // One number, seen everywhere.
        true => Param::untracked(Tensor::<2>::zeros([1, 1], device).expand([rows, columns])),
        false => Param::from_tensor(matrix(values(), rows, columns, device)),
    }
}

/// A parameter of zeros.
pub fn zero_parameter(rows: usize, columns: usize, device: &Device) -> Param<2> {
    parameter(rows, columns, device, || vec![0.0; rows * columns])
}

/// A parameter `[rows, columns]` drawn uniformly from [-scale, scale] by our own stream: the tensor
/// library's generator is global to the process.
pub fn uniform_parameter(
    rows: usize,
    columns: usize,
    scale: f64,
    rng: &mut Stream,
    device: &Device,
) -> Param<2> {
    let values = || uniform(rows * columns, scale, rng);
    parameter(rows, columns, device, values)
}

/// So many numbers, uniform in [-scale, scale].
pub(crate) fn uniform(count: usize, scale: f64, rng: &mut Stream) -> Vec<f32> {
    let each = (0..count).map(|_| ((2.0 * rng.uniform() - 1.0) * scale) as f32);
    each.collect()
}
