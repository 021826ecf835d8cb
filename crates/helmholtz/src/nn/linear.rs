//! Fully connected layers.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};

use super::factors::Factors;
use super::kernel::{Kernel, Pull, apply3};
use super::layers::uniform_parameter;
use super::matmul::{Matrix, matmul, matrix_product};
use super::simd::add_assign;
use super::{matrix, stream};
use crate::random::Stream;

/// A fully connected layer, `x W + b`.
#[derive(Module, Debug)]
pub struct Linear {
    /// `[inputs, outputs]`.
    pub(crate) weight: Param<Tensor<2>>,
    /// `[1, outputs]`.
    pub(crate) bias: Param<Tensor<2>>,
}

impl Linear {
    /// Weights uniform within 1 / sqrt(inputs) of 0, and no biases.
    pub fn new(inputs: usize, outputs: usize, rng: &mut Stream, device: &Device) -> Self {
        let scale = (1.0 / inputs as f64).sqrt();
        Self {
            weight: uniform_parameter(inputs, outputs, scale, rng, device),
            bias: uniform_parameter(1, outputs, 0.0, rng, device),
        }
    }

    /// Several layers side by side that read the same, `blocks` of `outputs` each, with weights from a normal
    /// distribution as wide as Glorot and Bengio (2010) have it for each, times `gain`, and no biases.
    pub fn glorot(
        inputs: usize,
        (outputs, blocks): (usize, usize),
        gain: f64,
        rng: &mut Stream,
        device: &Device,
    ) -> Self {
        let scale = gain * (2.0 / (inputs + outputs) as f64).sqrt();
        let wide = outputs * blocks;
        let weights = (0..inputs * wide).map(|_| (scale * rng.normal()) as f32);
        let weights = matrix(weights.collect(), inputs, wide, device);
        Self {
            weight: Param::from_tensor(weights),
            bias: Param::from_tensor(matrix(vec![0.0; wide], 1, wide, device)),
        }
    }

    /// A layer that gives zeros until it learns.
    pub fn zeros(inputs: usize, outputs: usize, device: &Device) -> Self {
        let zeros = |rows| matrix(vec![0.0; rows * outputs], rows, outputs, device);
        Self {
            weight: Param::from_tensor(zeros(inputs)),
            bias: Param::from_tensor(zeros(1)),
        }
    }

    /// `[n, inputs]` to `[n, outputs]`.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        affine(x, self.weight.val(), self.bias.val())
    }
}

/// `x W + b`, where b is one row for all or a row for each.
pub(crate) fn affine(x: Tensor<2>, weight: Tensor<2>, bias: Tensor<2>) -> Tensor<2> {
    let (rows, [inputs, outputs]) = (x.dims()[0], weight.dims());
    let kernel = LinearKernel {
        rows,
        inputs,
        outputs,
    };
    apply3(kernel, [x, weight, bias].map(Tensor::into_dispatch))
}

/// The fused operation: product and bias in one, and of the gradients only those that are asked for. Inputs: x,
/// weights and bias, the last one row or as many as x. Output: `[rows, outputs]`.
#[derive(Debug)]
struct LinearKernel {
    rows: usize,
    inputs: usize,
    outputs: usize,
}

impl Kernel for LinearKernel {
    fn shape(&self) -> Vec<usize> {
        vec![self.rows, self.outputs]
    }

    fn forward(&self, inputs: &[&[f32]], _: Option<&mut Vec<Vec<f32>>>) -> Vec<f32> {
        let mut y = inputs[2].repeat(self.rows * self.outputs / inputs[2].len().max(1));
        let size = (self.inputs, self.outputs);
        if stream::pays(self.rows, size) {
            stream::add_product(&mut y, inputs[0], inputs[1], size);
            return y;
        }
        let x = Matrix::new(inputs[0], self.rows, self.inputs);
        let weights = Matrix::new(inputs[1], self.inputs, self.outputs);
        matmul(&mut y, x, weights, true);
        y
    }

    fn backward(&self, pull: Pull<'_>) -> Vec<Vec<f32>> {
        let Self {
            rows,
            inputs,
            outputs,
        } = *self;
        let by = Matrix::new(pull.gradient, rows, outputs);
        let mut gradients = vec![vec![]; 3];
        if pull.wanted[0] {
            gradients[0] = vec![0.0; rows * inputs];
            let weights = Matrix::new(pull.inputs[1], inputs, outputs);
            matmul(&mut gradients[0], by, weights.t(), false);
        }
        if pull.wanted[1] {
            let x = Matrix::new(pull.inputs[0], rows, inputs);
            gradients[1] = matrix_product(x.t(), by);
        }
        if pull.wanted[2] {
            gradients[2] = vec![0.0; pull.inputs[2].len()];
            let each = pull.gradient.chunks_exact(gradients[2].len().max(1));
            each.for_each(|row| add_assign(&mut gradients[2], row));
        }
        gradients
    }

    fn factors(&self, input: usize, pull: &Pull<'_>) -> Option<Factors> {
        let size = (self.rows, self.inputs * self.outputs);
        match input {
            1 => Factors::new(pull.inputs[0], pull.gradient, size),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::check_gradient;
    use super::*;

    fn random(n: usize, seed: u64) -> Vec<f32> {
        let mut rng = Stream::at([seed, 16, 0, 0]);
        (0..n).map(|_| rng.normal() as f32).collect()
    }

    #[test]
    fn gradients_are_those_of_finite_differences() {
        for (rows, biases) in [(3, 1), (3, 3), (20, 1)] {
            let kernel = LinearKernel {
                rows,
                inputs: 4,
                outputs: 5,
            };
            let inputs = [random(rows * 4, 1), random(20, 2), random(5 * biases, 3)];
            check_gradient(&kernel, &inputs);
        }
    }
}
