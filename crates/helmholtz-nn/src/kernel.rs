//! Hand-written operations inside the autodiff graph.
//!
//! A [`Kernel`] is plain Rust over `f32` slices: a forward pass that may keep what it will need, and a backward pass.
//! [`apply`] enters it as one node of the graph, with any number of inputs. So what is hot (sequence networks,
//! attention, masked softmax) runs without op-by-op overhead. Everything that we know about the tensor library's
//! inside is in `graph`.

mod graph;
mod joined;

use std::fmt::Debug;
use std::sync::Arc;

use burn_tensor::Tensor;

use super::factors::Factors;
pub use graph::{Input, Numbers, numbers};
pub(crate) use graph::{into_numbers, node};

/// A differentiable operation, written over slices.
pub trait Kernel: Debug + Send + Sync + 'static {
    /// The shape of the output.
    fn shape(&self) -> Vec<usize>;

    /// The value. `kept` is given when a gradient will be asked for: what is pushed there comes back in
    /// [`Kernel::backward`].
    fn forward(&self, inputs: &[&[f32]], kept: Option<&mut Vec<Vec<f32>>>) -> Vec<f32>;

    /// One gradient per input, each as long as its input.
    fn backward(&self, vjp: Vjp<'_>) -> Vec<Vec<f32>>;

    /// Whether the backward pass reads the numbers of an input. Others are not kept and come back empty.
    fn reads_input(&self, _input: usize) -> bool {
        true
    }

    /// Whether the backward pass reads the output, which otherwise comes back empty.
    fn reads_output(&self) -> bool {
        true
    }

    /// The gradient by an input as the factors that it is the product of, where it is one and they pay; asked for
    /// parameters only, whose gradient then need not be computed.
    fn factors(&self, _input: usize, _vjp: &Vjp<'_>) -> Option<Factors> {
        None
    }
}

/// What a backward pass is given: the vector of a vector-Jacobian product, and what the forward pass left.
pub struct Vjp<'a> {
    /// The inputs of the forward pass that are read.
    pub inputs: &'a [&'a [f32]],
    /// How many numbers each input has.
    pub lengths: &'a [usize],
    /// The output of the forward pass, if it is read.
    pub output: &'a [f32],
    /// What the forward pass kept, which may be overwritten.
    pub kept: Vec<Vec<f32>>,
    /// The gradient by the output.
    pub gradient: &'a [f32],
    /// Per input, whether anybody asks for its gradient; one that nobody asks for may be left empty.
    pub wanted: &'a [bool],
}

/// Applies a kernel; the result has the kernel's shape and its gradient. `D` must be the rank of that shape. Inputs
/// without a gradient are constants to those that have one.
///
/// ```
/// use helmholtz_nn::{Kernel, Vjp, apply, host, training_device, vector};
///
/// /// The elementwise product of two vectors of this length.
/// #[derive(Debug)]
/// struct Product(usize);
///
/// impl Kernel for Product {
///     fn shape(&self) -> Vec<usize> {
///         vec![self.0]
///     }
///
///     fn forward(&self, inputs: &[&[f32]], _: Option<&mut Vec<Vec<f32>>>) -> Vec<f32> {
///         inputs[0].iter().zip(inputs[1]).map(|(a, b)| a * b).collect()
///     }
///
///     fn backward(&self, vjp: Vjp<'_>) -> Vec<Vec<f32>> {
///         let by = |other: &[f32]| vjp.gradient.iter().zip(other).map(|(g, o)| g * o).collect();
///         vec![by(vjp.inputs[1]), by(vjp.inputs[0])]
///     }
/// }
///
/// let device = training_device();
/// let a = vector(vec![1.0, 2.0], &device).require_grad();
/// let b = vector(vec![3.0, 5.0], &device);
/// let product = apply::<1>(Product(2), [a.clone().into(), b.into()]);
/// let gradients = product.sum().backward();
/// assert_eq!(a.grad(&gradients).map(|g| host(&g)), Some(vec![3.0, 5.0]));
/// ```
///
/// # Panics
/// When an input holds anything but `f32`, or there is none.
pub fn apply<const D: usize>(
    kernel: impl Kernel,
    inputs: impl IntoIterator<Item = Input>,
) -> Tensor<D> {
    let inputs: Vec<Input> = inputs.into_iter().collect();
    match inputs.len() > graph::MOST_INPUTS {
        true => joined::apply(kernel, inputs),
        false => graph::apply(Arc::new(kernel), inputs),
    }
}

#[cfg(test)]
mod tests;
