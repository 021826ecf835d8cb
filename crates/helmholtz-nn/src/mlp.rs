//! Fully connected networks.

use crate::module::Module;
use burn_tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use super::kernel::{Kernel, Vjp, apply};
use super::linear::Linear;
use helmholtz_math::random::Stream;

/// What stands between layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// max(x, 0).
    Relu,
    /// x or, below 0, x / 3, kept within -3 and 3 (Fraccaro et al., 2016).
    ClippedLeakyRelu,
}

/// The slope below 0.
const LEAK: f32 = 1.0 / 3.0;
/// Where it is clipped.
const CLIP: f32 = 3.0;

impl Activation {
    #[inline(always)]
    fn at(self, x: f32) -> f32 {
        match self {
            Self::Relu => x.max(0.0),
            Self::ClippedLeakyRelu => x.max(LEAK * x).clamp(-CLIP, CLIP),
        }
    }

    /// The slope where the value is `y`, which tells it: so numbers need not be kept from before and after.
    #[inline(always)]
    fn slope(self, y: f32) -> f32 {
        match self {
            Self::Relu if y > 0.0 => 1.0,
            Self::Relu => 0.0,
            Self::ClippedLeakyRelu if y.abs() >= CLIP => 0.0,
            Self::ClippedLeakyRelu if y > 0.0 => 1.0,
            Self::ClippedLeakyRelu => LEAK,
        }
    }

    /// What the weights before it are drawn wider by.
    fn gain(self) -> f64 {
        match self {
            Self::Relu => std::f64::consts::SQRT_2,
            Self::ClippedLeakyRelu => 1.0,
        }
    }
}

/// Layers of one width, each with an activation.
#[derive(Clone, Debug, Module)]
pub struct Mlp {
    layers: Vec<Linear>,
    #[module(skip)]
    activation: Activation,
}

impl Mlp {
    /// `layers` layers of `width` units: `(width, layers)`.
    pub fn new(
        inputs: usize,
        (width, layers): (usize, usize),
        activation: Activation,
        rng: &mut Stream,
        device: &Device,
    ) -> Self {
        let layer = |i: usize| {
            let inputs = if i == 0 { inputs } else { width };
            Linear::glorot(inputs, (width, 1), activation.gain(), rng, device)
        };
        Self {
            layers: (0..layers).map(layer).collect(),
            activation,
        }
    }

    /// `[n, inputs]` to `[n, width]`.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.through(&self.layers, x)
    }

    /// The same for inputs of which one part and the other are apart, `[n, p]` and `[n, inputs - p]`.
    pub fn forward_pair(&self, parts: [Tensor<2>; 2]) -> Tensor<2> {
        match self.layers.split_first() {
            Some((first, rest)) => self.through(rest, self.activate(first.forward_pair(parts))),
            None => Tensor::cat(parts.into(), 1),
        }
    }

    fn through(&self, layers: &[Linear], x: Tensor<2>) -> Tensor<2> {
        let one = |x, layer: &Linear| self.activate(layer.forward(x));
        layers.iter().fold(x, one)
    }

    fn activate(&self, before: Tensor<2>) -> Tensor<2> {
        let kernel = ActivationKernel {
            shape: before.dims(),
            activation: self.activation,
        };
        apply(kernel, [before.into()])
    }
}

/// An activation of every number.
#[derive(Debug)]
struct ActivationKernel {
    shape: [usize; 2],
    activation: Activation,
}

#[pulp::with_simd(activate = pulp::Arch::new())]
#[inline(always)]
fn activate_with_simd<'a, S: pulp::Simd>(
    _: S,
    kind: Activation,
    from: &'a [f32],
    to: &'a mut [f32],
) {
    for (to, &x) in to.iter_mut().zip(from) {
        *to = kind.at(x);
    }
}

#[pulp::with_simd(slopes = pulp::Arch::new())]
#[inline(always)]
fn slopes_with_simd<'a, S: pulp::Simd>(
    _: S,
    kind: Activation,
    (values, by): (&'a [f32], &'a [f32]),
    to: &'a mut [f32],
) {
    for ((to, &y), &g) in to.iter_mut().zip(values).zip(by) {
        *to = g * kind.slope(y);
    }
}

impl Kernel for ActivationKernel {
    fn shape(&self) -> Vec<usize> {
        self.shape.to_vec()
    }

    fn forward(&self, inputs: &[&[f32]], _: Option<&mut Vec<Vec<f32>>>) -> Vec<f32> {
        let mut output = vec![0.0; inputs[0].len()];
        activate(self.activation, inputs[0], &mut output);
        output
    }

    fn reads_input(&self, _: usize) -> bool {
        false
    }

    fn backward(&self, vjp: Vjp<'_>) -> Vec<Vec<f32>> {
        let mut gradient = vec![0.0; vjp.lengths[0]];
        let both = (vjp.output, vjp.gradient);
        slopes(self.activation, both, &mut gradient);
        vec![gradient]
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check_gradient;
    use super::*;

    #[test]
    fn gradients_are_those_of_finite_differences() {
        let x = vec![-12.0, -2.0, -0.3, 0.4, 2.5, 4.0];
        for activation in [Activation::Relu, Activation::ClippedLeakyRelu] {
            let shape = [2, 3];
            check_gradient(
                &ActivationKernel { shape, activation },
                std::slice::from_ref(&x),
            );
        }
    }

    #[test]
    fn activations_are_what_they_say() {
        let at = |x| Activation::ClippedLeakyRelu.at(x);
        assert_eq!(
            [at(-30.0), at(-3.0), at(2.0), at(9.0)],
            [-3.0, -1.0, 2.0, 3.0]
        );
        assert_eq!(Activation::Relu.at(-1.0), 0.0);
    }
}
