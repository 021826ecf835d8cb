//! Fully connected layers.

use crate::module::{Module, Param};
use burn_tensor::{Device, Tensor};

use super::factors::Factors;
use super::initial::{parameter, uniform_parameter, zero_parameter};
use super::kernel::{Input, Kernel, Vjp, apply};
use super::stream;
use helmholtz_math::matmul::{Matrix, append_product, matmul};
use helmholtz_math::random::Stream;
use helmholtz_math::simd::add_assign;

/// A fully connected layer, `x W + b`.
#[derive(Clone, Debug, Module)]
pub struct Linear {
    /// `[inputs, outputs]`.
    pub weight: Param<2>,
    /// `[1, outputs]`.
    pub bias: Param<2>,
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
        let weights = || {
            let each = (0..inputs * wide).map(|_| (scale * rng.normal()) as f32);
            each.collect()
        };
        Self {
            weight: parameter(inputs, wide, device, weights),
            bias: zero_parameter(1, wide, device),
        }
    }

    /// A layer that gives zeros until it learns.
    pub fn zeros(inputs: usize, outputs: usize, device: &Device) -> Self {
        Self {
            weight: zero_parameter(inputs, outputs, device),
            bias: zero_parameter(1, outputs, device),
        }
    }

    /// `[n, inputs]` to `[n, outputs]`. Panics when there are more inputs or fewer.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        affine(x, self.weight.val(), self.bias.val())
    }

    /// The same for inputs of which one part and the other are apart, `[n, p]` and `[n, inputs - p]`.
    pub fn forward_pair(&self, parts: [Tensor<2>; 2]) -> Tensor<2> {
        affine_pair(parts, self.weight.val(), self.bias.val())
    }
}

/// `x W + b`, where b is one row for all or a row for each.
pub(crate) fn affine(x: Tensor<2>, weight: Tensor<2>, bias: Tensor<2>) -> Tensor<2> {
    let kernel = LinearKernel::new(&[&x], &weight);
    apply(kernel, [x, weight, bias].map(Input::from))
}

/// The same where x comes in two parts.
pub(crate) fn affine_pair([x, y]: [Tensor<2>; 2], weight: Tensor<2>, bias: Tensor<2>) -> Tensor<2> {
    let kernel = LinearKernel::new(&[&x, &y], &weight);
    apply(kernel, [x, y, weight, bias].map(Input::from))
}

/// The fused operation: product and bias in one, and of the gradients only those that are asked for. Inputs: the parts
/// of x, as if they lay side by side, weights and bias, the last one row or as many as x. Output: `[rows, outputs]`.
#[derive(Debug)]
struct LinearKernel {
    rows: usize,
    /// The width of each part.
    parts: Vec<usize>,
    outputs: usize,
}

impl LinearKernel {
    fn new(parts: &[&Tensor<2>], weight: &Tensor<2>) -> Self {
        let [inputs, outputs] = weight.dims();
        let (rows, parts) = (parts[0].dims()[0], parts.iter().map(|x| x.dims()[1]));
        let parts: Vec<usize> = parts.collect();
        assert_eq!(parts.iter().sum::<usize>(), inputs, "inputs of a layer");
        Self {
            rows,
            parts,
            outputs,
        }
    }

    /// Of each part its place among the inputs, its width and its rows of the weights.
    fn parts<'a>(&self, weights: &'a [f32]) -> impl Iterator<Item = (usize, usize, &'a [f32])> {
        let each = self.parts.iter().enumerate();
        each.scan(weights, |rest, (i, &width)| {
            let (own, after) = rest.split_at(width * self.outputs);
            *rest = after;
            Some((i, width, own))
        })
    }

    /// The gradient by the weights.
    fn by_weights(&self, vjp: &Vjp<'_>) -> Vec<f32> {
        let by = Matrix::new(vjp.gradient, self.rows, self.outputs);
        let mut gradient = Vec::with_capacity(vjp.lengths[self.parts.len()]);
        for (x, &width) in vjp.inputs.iter().zip(&self.parts) {
            let x = Matrix::new(x, self.rows, width);
            append_product(&mut gradient, x.t(), by);
        }
        gradient
    }
}

impl Kernel for LinearKernel {
    fn shape(&self) -> Vec<usize> {
        vec![self.rows, self.outputs]
    }

    fn forward(&self, inputs: &[&[f32]], _: Option<&mut Vec<Vec<f32>>>) -> Vec<f32> {
        let (weights, bias) = (inputs[self.parts.len()], inputs[self.parts.len() + 1]);
        let mut y = bias.repeat(self.rows * self.outputs / bias.len().max(1));
        for (i, width, weights) in self.parts(weights) {
            let size = (width, self.outputs);
            if stream::pays(self.rows, size) {
                stream::add_product(&mut y, inputs[i], weights, size);
                continue;
            }
            let x = Matrix::new(inputs[i], self.rows, width);
            let weights = Matrix::new(weights, width, self.outputs);
            matmul(&mut y, x, weights, true);
        }
        y
    }

    fn reads_input(&self, input: usize) -> bool {
        input != self.parts.len() + 1
    }

    fn reads_output(&self) -> bool {
        false
    }

    fn backward(&self, vjp: Vjp<'_>) -> Vec<Vec<f32>> {
        let (rows, outputs, weights) = (self.rows, self.outputs, self.parts.len());
        let by = Matrix::new(vjp.gradient, rows, outputs);
        let mut gradients = vec![vec![]; weights + 2];
        for (i, width, own) in self.parts(vjp.inputs[weights]) {
            if vjp.wanted[i] {
                gradients[i] = vec![0.0; rows * width];
                let own = Matrix::new(own, width, outputs);
                matmul(&mut gradients[i], by, own.t(), false);
            }
        }
        if vjp.wanted[weights] {
            gradients[weights] = self.by_weights(&vjp);
        }
        let bias = weights + 1;
        if vjp.wanted[bias] {
            gradients[bias] = vec![0.0; vjp.lengths[bias]];
            let each = vjp.gradient.chunks_exact(vjp.lengths[bias].max(1));
            each.for_each(|row| add_assign(&mut gradients[bias], row));
        }
        gradients
    }

    fn factors(&self, input: usize, vjp: &Vjp<'_>) -> Option<Factors> {
        let weights = self.parts.len();
        let inputs = self.parts.iter().sum();
        if input != weights || !Factors::pay(self.rows, (inputs, self.outputs)) {
            return None;
        }
        let mut x = Vec::with_capacity(self.rows * inputs);
        for row in 0..self.rows {
            for (part, &width) in vjp.inputs.iter().zip(&self.parts) {
                x.extend_from_slice(&part[row * width..][..width]);
            }
        }
        Some(Factors::new(x, vjp.gradient.to_vec(), self.rows))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check_gradient;
    use super::super::{Gradients, host, training_device};
    use super::*;

    fn random(n: usize, seed: u64) -> Vec<f32> {
        let mut rng = Stream::at([seed, 16, 0, 0]);
        (0..n).map(|_| rng.normal() as f32).collect()
    }

    #[test]
    fn gradients_are_those_of_finite_differences() {
        for (rows, biases, parts) in [(3, 1, vec![4]), (3, 3, vec![1, 3]), (20, 1, vec![2, 2])] {
            let weights = [random(20, 2), random(5 * biases, 3)];
            let x = parts.iter().map(|width| random(rows * width, 1));
            let inputs: Vec<Vec<f32>> = x.chain(weights).collect();
            let kernel = LinearKernel {
                rows,
                parts,
                outputs: 5,
            };
            check_gradient(&kernel, &inputs);
        }
    }

    #[test]
    fn parts_count_as_if_they_lay_side_by_side() {
        let device = training_device();
        for rows in [3, 70] {
            let layer = Linear::new(400, 300, &mut Stream::at([4, 16, 0, 0]), &device);
            let x = crate::matrix(random(rows * 400, 5), rows, 400, &device);
            let parts = [x.clone().narrow(1, 0, 150), x.clone().narrow(1, 150, 250)];
            let found = [layer.forward(x), layer.forward_pair(parts)].map(|y| {
                let gradients = Gradients::of(&y.clone().tanh().sum());
                let by = gradients.by(&layer.weight.val()).unwrap();
                let mut numbers = host(&y);
                by.bands(|_, band| numbers.extend(band));
                numbers
            });
            assert_eq!(found[0].len(), rows * 300 + 400 * 300);
            for (whole, parts) in found[0].iter().zip(&found[1]) {
                assert!((whole - parts).abs() < 1e-4, "{whole} {parts}");
            }
        }
    }
}
