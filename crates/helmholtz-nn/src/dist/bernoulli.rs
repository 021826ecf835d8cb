//! Coins, a probability each.

use burn_tensor::Tensor;

use crate::{Kernel, Vjp, apply, numbers};

/// log p of each row of `values`, which are 0 or 1, given the log-odds of ones; both `[rows, width]`. It is
/// x l - log(1 + e^l), so that no probability is ever rounded to 0 or 1.
pub fn bernoulli_log_prob(logits: Tensor<2>, values: &Tensor<2>) -> Tensor<1> {
    let kernel = BernoulliKernel {
        rows: values.dims()[0],
        values: numbers(values).to_vec(),
    };
    apply(kernel, [logits.into()])
}

/// log p(x) of a number that is 0 or 1, given the log-odds of 1.
pub(super) fn coin_log_prob(l: f32, x: f32) -> f64 {
    f64::from(x * l - l.max(0.0) - (-l.abs()).exp().ln_1p())
}

#[derive(Debug)]
struct BernoulliKernel {
    rows: usize,
    values: Vec<f32>,
}

impl Kernel for BernoulliKernel {
    fn shape(&self) -> Vec<usize> {
        vec![self.rows]
    }

    fn forward(&self, inputs: &[&[f32]], _: Option<&mut Vec<Vec<f32>>>) -> Vec<f32> {
        let width = inputs[0].len() / self.rows.max(1);
        let rows = inputs[0].chunks(width.max(1));
        let each = rows.zip(self.values.chunks(width.max(1)));
        let one = |(&l, &x): (&f32, &f32)| coin_log_prob(l, x);
        each.map(|(l, x)| l.iter().zip(x).map(one).sum::<f64>() as f32)
            .collect()
    }

    fn backward(&self, vjp: Vjp<'_>) -> Vec<Vec<f32>> {
        let width = (self.values.len() / self.rows.max(1)).max(1);
        let slope = |(i, (&l, &x)): (usize, (&f32, &f32))| {
            vjp.gradient[i / width] * (x - 1.0 / (1.0 + (-l).exp()))
        };
        let each = vjp.inputs[0].iter().zip(&self.values).enumerate();
        vec![each.map(slope).collect()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::check_gradient;
    use crate::{host, matrix, training_device};

    #[test]
    fn probabilities_of_all_outcomes_sum_to_one() {
        let device = training_device();
        let logits = [0.3f32, -1.2, 60.0];
        let mut total = 0.0;
        for outcome in 0..8u8 {
            let x: Vec<f32> = (0..3).map(|i| f32::from(outcome >> i & 1)).collect();
            let log_prob = bernoulli_log_prob(
                matrix(logits.to_vec(), 1, 3, &device),
                &matrix(x, 1, 3, &device),
            );
            total += f64::from(host(&log_prob)[0]).exp();
        }
        assert!((total - 1.0).abs() < 1e-6);
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        let kernel = BernoulliKernel {
            rows: 2,
            values: vec![1.0, 0.0, 0.0, 1.0, 1.0, 0.0],
        };
        check_gradient(&kernel, &[vec![0.3, -1.0, 2.0, 0.1, -0.7, 1.5]]);
    }
}
