//! Neural parts: layers, hand-written kernels, the optimiser, and parameters by name.
//!
//! What we know about the tensor library is kept here. Only neural parts are tensors: symbolic
//! likelihoods are plain Rust and meet them in the log-probabilities of a model.

mod adam;
mod attention;
mod choice;
mod conv;
pub mod dist;
mod factors;
mod forest;
mod gradients;
mod highway;
mod initial;
mod kernel;
mod layer_norm;
mod layers;
mod linear;
mod lstm;
mod mlp;
mod module;
mod normal;
mod packed;
mod parameters;
mod pooled;
mod slot;
mod stream;
pub mod tensor;
pub mod testing;

pub use adam::squared_norm;
pub use adam::{Adam, Rates};
pub use factors::Factors;
pub use gradients::Gradients;
pub use parameters::{Array, export, import};

pub use attention::{AttendKernel, attention, pool};
pub use choice::{ChoiceKernel, Masks, draw, masked_softmax};
pub use conv::{Conv, Grid};
pub use forest::{Before, Forest, Shared, Stem};
pub use highway::Highway;
pub use initial::{hollow, parameter, uniform_parameter, zero_parameter};
pub use kernel::{Input, Kernel, Numbers, Vjp, apply, numbers};
pub use layer_norm::layer_norm;
pub use layer_norm::{normalised, unnormalised};
pub use layers::{Lstm, LstmState};
pub use layers::{OwnedLstm, Reading, TokenLstm};
pub use linear::Linear;
pub use mlp::{Activation, Mlp};
pub use module::{Mapper, Module, Param, Size, Visitor};
pub use normal::{Coordinate, LOG_SD, NormalKernel};
pub use packed::Packed;
pub use pooled::{PooledConv, Shape};
pub use slot::Slot;

// The derive names this crate, inside it, too.
extern crate self as helmholtz_nn;

use burn_tensor::{Device, Int, Tensor, TensorData};

/// A device whose tensors carry a gradient graph: the processor, with exactly reproducible kernels.
pub fn training_device() -> Device {
    Device::flex().autodiff()
}

/// A vector on `device`.
pub fn vector(values: Vec<f32>, device: &Device) -> Tensor<1> {
    let n = values.len();
    Tensor::from_data(TensorData::new(values, [n]), device)
}

/// A row-major `rows x columns` matrix on `device`. `values` must hold that many numbers.
pub fn matrix(values: Vec<f32>, rows: usize, columns: usize, device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values, [rows, columns]), device)
}

/// Rows of different lengths as one matrix, zeros behind the shorter ones; `None` where all are empty.
pub fn padded<R: AsRef<[f32]>>(rows: &[R], device: &Device) -> Option<Tensor<2>> {
    let widest = rows.iter().map(|r| r.as_ref().len()).max();
    let widest = widest.filter(|&w| w > 0)?;
    let mut values = Vec::with_capacity(rows.len() * widest);
    for row in rows.iter().map(AsRef::as_ref) {
        values.extend_from_slice(row);
        values.resize(values.len() + widest - row.len(), 0.0);
    }
    Some(matrix(values, rows.len(), widest, device))
}

/// A vector of indices on `device`.
pub fn indices(values: impl IntoIterator<Item = usize>, device: &Device) -> Tensor<1, Int> {
    let values: Vec<i64> = values.into_iter().map(|i| i as i64).collect();
    let n = values.len();
    Tensor::from_data(TensorData::new(values, [n]), device)
}

/// The numbers of a matrix at the given places as a matrix; 0 for the place behind the last.
pub fn gather(matrix: Tensor<2>, from: Vec<usize>, shape: [usize; 2]) -> Tensor<2> {
    let (device, size) = (matrix.device(), matrix.shape().num_elements());
    let flat = matrix.reshape([size]);
    let padded = Tensor::cat(vec![flat, Tensor::zeros([1], &device)], 0);
    padded.select(0, indices(from, &device)).reshape(shape)
}

/// The numbers of a tensor, copied to the host; gradients are not affected.
pub fn host<const D: usize>(tensor: &Tensor<D>) -> Vec<f32> {
    numbers(tensor).to_vec()
}

#[cfg(test)]
mod tests;
