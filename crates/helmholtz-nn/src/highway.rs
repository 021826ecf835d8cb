//! Highway layers (Srivastava et al., 2015), each gate evaluated once.

use crate::module::Module;
use burn_tensor::{Device, Tensor};

use super::kernel::{Input, Kernel, Vjp, apply};
use super::linear::Linear;
use helmholtz_math::random::Stream;
use helmholtz_math::simd::{exp, sigmoid};

/// Fully connected layers of one width: y = g a + (1 - g) elu(W x), with g = sigmoid(G x), where a is x, or at
/// the first layer, whose input has another width, P x.
#[derive(Clone, Debug, Module)]
pub struct Highway {
    /// Gates, transforms and projection side by side.
    first: Linear,
    /// Gates and transforms side by side.
    rest: Vec<Linear>,
}

impl Highway {
    /// `layers` layers, at least one.
    pub fn new(
        inputs: usize,
        (width, layers): (usize, usize),
        rng: &mut Stream,
        device: &Device,
    ) -> Self {
        let first = Linear::glorot(inputs, (width, 3), 1.0, rng, device);
        let rest = (1..layers).map(|_| Linear::glorot(width, (width, 2), 1.0, rng, device));
        Self {
            first,
            rest: rest.collect(),
        }
    }

    /// `[n, inputs]` to `[n, width]`.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let kernel = |x: &Tensor<2>, parts: usize| HighwayKernel {
            rows: x.dims()[0],
            width: x.dims()[1] / parts,
        };
        let x = self.first.forward(x);
        let mut y = apply(kernel(&x, 3), [x.into()]);
        for layer in &self.rest {
            let x = layer.forward(y.clone());
            y = apply(kernel(&x, 2), [x, y].map(Input::from));
        }
        y
    }
}

/// Inputs: gates and transforms before activation, side by side, and what is carried: a third part of the first
/// input, or a second one. Output: `[rows, width]`.
#[derive(Debug)]
struct HighwayKernel {
    rows: usize,
    width: usize,
}

impl HighwayKernel {
    /// A row's gates, transforms and carried numbers.
    fn row<'a>(&self, inputs: &[&'a [f32]], r: usize) -> [&'a [f32]; 3] {
        let (w, wide) = (self.width, inputs[0].len() / self.rows.max(1));
        let row = &inputs[0][r * wide..][..wide];
        let carried = match inputs.get(1) {
            Some(carried) => &carried[r * w..][..w],
            None => &row[2 * w..],
        };
        [&row[..w], &row[w..2 * w], carried]
    }
}

#[pulp::with_simd(mix = pulp::Arch::new())]
#[inline(always)]
fn mix_with_simd<'a, S: pulp::Simd>(_: S, parts: [&'a [f32]; 3], out: &'a mut [f32]) {
    let n = out.len();
    let [gate, transform, carried] = parts.map(|p| &p[..n]);
    for j in 0..n {
        let g = sigmoid(gate[j]);
        let t = transform[j];
        let e = if t > 0.0 { t } else { exp(t) - 1.0 };
        out[j] = g * carried[j] + (1.0 - g) * e;
    }
}

/// The gradients by gate, transform and what is carried.
#[pulp::with_simd(unmix = pulp::Arch::new())]
#[inline(always)]
fn unmix_with_simd<'a, S: pulp::Simd>(
    _: S,
    parts: [&'a [f32]; 3],
    by: &'a [f32],
    out: [&'a mut [f32]; 3],
) {
    let n = by.len();
    let [gate, transform, carried] = parts.map(|p| &p[..n]);
    let [to_gate, to_transform, to_carried] = out.map(|o| &mut o[..n]);
    for j in 0..n {
        let (g, t) = (sigmoid(gate[j]), transform[j]);
        let low = exp(t.min(0.0));
        let e = if t > 0.0 { t } else { low - 1.0 };
        to_gate[j] = by[j] * (carried[j] - e) * g * (1.0 - g);
        to_transform[j] = by[j] * (1.0 - g) * low;
        to_carried[j] = by[j] * g;
    }
}

impl Kernel for HighwayKernel {
    fn shape(&self) -> Vec<usize> {
        vec![self.rows, self.width]
    }

    fn forward(&self, inputs: &[&[f32]], _: Option<&mut Vec<Vec<f32>>>) -> Vec<f32> {
        let mut output = vec![0.0; self.rows * self.width];
        for (r, out) in output.chunks_exact_mut(self.width).enumerate() {
            mix(self.row(inputs, r), out);
        }
        output
    }

    fn reads_output(&self) -> bool {
        false
    }

    fn backward(&self, vjp: Vjp<'_>) -> Vec<Vec<f32>> {
        let (w, wide) = (self.width, vjp.inputs[0].len() / self.rows.max(1));
        let mut gradients: Vec<Vec<f32>> = vjp.inputs.iter().map(|i| vec![0.0; i.len()]).collect();
        let (first, carried) = gradients.split_at_mut(1);
        for r in 0..self.rows {
            let row = &mut first[0][r * wide..][..wide];
            let (gate, rest) = row.split_at_mut(w);
            let (transform, projection) = rest.split_at_mut(w);
            let to_carried = match carried.first_mut() {
                Some(carried) => &mut carried[r * w..][..w],
                None => projection,
            };
            let by = &vjp.gradient[r * w..][..w];
            unmix(self.row(vjp.inputs, r), by, [gate, transform, to_carried]);
        }
        gradients
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check_gradient;
    use super::super::{matrix, training_device};
    use super::*;
    use crate::host;

    fn random(n: usize, seed: u64) -> Vec<f32> {
        let mut rng = Stream::at([seed, 12, 0, 0]);
        (0..n).map(|_| rng.normal() as f32).collect()
    }

    #[test]
    fn gradients_are_those_of_finite_differences() {
        let kernel = HighwayKernel { rows: 3, width: 4 };
        check_gradient(&kernel, &[random(36, 1)]);
        check_gradient(&kernel, &[random(24, 2), random(12, 3)]);
    }

    /// The same layers op by op.
    #[test]
    fn the_fused_layers_are_the_formula() {
        let device = training_device();
        let mut rng = Stream::at([4, 12, 0, 0]);
        let net = Highway::new(5, (3, 2), &mut rng, &device);
        let x = matrix(random(10, 5), 2, 5, &device);
        let part = |t: &Tensor<2>, i: usize| t.clone().narrow(1, 3 * i, 3);
        let elu = |t: Tensor<2>| t.clone().clamp_min(0.0) + t.clamp_max(0.0).exp() - 1.0;
        let blend = |t: &Tensor<2>, a: Tensor<2>| {
            let g = burn_tensor::activation::sigmoid(part(t, 0));
            g.clone() * a + (g.neg() + 1.0) * elu(part(t, 1))
        };
        let a = net.first.forward(x.clone());
        let y = blend(&a, part(&a, 2));
        let y = blend(&net.rest[0].forward(y.clone()), y);
        for (fused, plain) in host(&net.forward(x)).iter().zip(host(&y)) {
            assert!((fused - plain).abs() < 1e-5, "{fused} {plain}");
        }
    }
}
