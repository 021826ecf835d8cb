//! Normal distributions whose coordinates are independent, a row each.

use burn_tensor::{Int, Tensor};

use crate::{Kernel, Vjp, apply, matrix};
use helmholtz_math::normal::LN_TAU_F32;
use helmholtz_math::random::Stream;

/// Normal distributions; means and variances are `[rows, width]`.
#[derive(Clone, Debug)]
pub struct Normal {
    /// The means.
    pub mean: Tensor<2>,
    /// The logarithms of the variances.
    pub log_variance: Tensor<2>,
}

impl Normal {
    /// From means beside log-variances, `[rows, 2 width]`, as a network gives them; the latter are kept in a range.
    pub fn within(range: (f32, f32), both: Tensor<2>) -> Self {
        let [rows, width] = both.dims();
        let kernel = LogVarianceKernel {
            size: [rows, width / 2],
            range,
        };
        Self {
            mean: both.clone().narrow(1, 0, width / 2),
            log_variance: apply(kernel, [both.into()]),
        }
    }

    /// Draws made from standard normal numbers `[rows, width]`, with the gradient by both parameters.
    pub fn sample(&self, noise: Tensor<2>) -> Tensor<2> {
        self.mean.clone() + (self.log_variance.clone() * 0.5).exp() * noise
    }

    /// Standard normal numbers, as many as the means, a stream for each row.
    pub fn noise(&self, rngs: impl Iterator<Item = Stream>) -> Tensor<2> {
        let [rows, width] = self.mean.dims();
        let mut values = vec![0.0; rows * width];
        for (row, mut rng) in values.chunks_exact_mut(width.max(1)).zip(rngs) {
            rng.normals(row);
        }
        matrix(values, rows, width, &self.mean.device())
    }

    /// KL(self || other) of each row, in closed form.
    pub fn kl(&self, other: &Self) -> Tensor<1> {
        let kernel = KlKernel {
            rows: self.mean.dims()[0],
        };
        let inputs = [
            &self.mean,
            &self.log_variance,
            &other.mean,
            &other.log_variance,
        ];
        apply(kernel, inputs.map(|t| t.clone().into()))
    }

    /// log p of each row of `values`.
    pub fn log_prob(&self, values: Tensor<2>) -> Tensor<1> {
        let [rows, width] = values.dims();
        let off = (values - self.mean.clone()).square() * self.log_variance.clone().neg().exp();
        let terms = (off + self.log_variance.clone()).sum_dim(1).reshape([rows]);
        (terms + width as f32 * LN_TAU_F32) * -0.5
    }

    /// The same distributions as constants, outside every gradient graph.
    pub fn constant(&self) -> Self {
        self.map(Tensor::without_autodiff)
    }

    /// Some rows, in the given order.
    pub fn select(&self, rows: &Tensor<1, Int>) -> Self {
        self.map(|t| t.select(0, rows.clone()))
    }

    /// Something done to both parameters.
    pub fn map(&self, each: impl Fn(Tensor<2>) -> Tensor<2>) -> Self {
        Self {
            mean: each(self.mean.clone()),
            log_variance: each(self.log_variance.clone()),
        }
    }

    /// Rows of several, one after the other.
    pub fn cat(parts: &[Self]) -> Self {
        let each = |of: fn(&Self) -> &Tensor<2>| {
            Tensor::cat(parts.iter().map(|p| of(p).clone()).collect(), 0)
        };
        Self {
            mean: each(|p| &p.mean),
            log_variance: each(|p| &p.log_variance),
        }
    }
}

/// Inputs: mean and log-variance of q, then of p, `[rows, width]` each. Output: KL(q || p), `[rows]`.
#[derive(Debug)]
struct KlKernel {
    rows: usize,
}

impl Kernel for KlKernel {
    fn shape(&self) -> Vec<usize> {
        vec![self.rows]
    }

    fn forward(&self, inputs: &[&[f32]], _: Option<&mut Vec<Vec<f32>>>) -> Vec<f32> {
        let width = inputs[0].len() / self.rows.max(1);
        let one = |i: usize| {
            let [mq, lq, mp, lp] = [0, 1, 2, 3].map(|k: usize| inputs[k][i]);
            let (ratio, off) = (lq - lp, mq - mp);
            0.5 * f64::from(ratio.exp_m1() - ratio + off * off * (-lp).exp())
        };
        let row = |r: usize| (r * width..(r + 1) * width).map(one).sum::<f64>() as f32;
        (0..self.rows).map(row).collect()
    }

    fn reads_output(&self) -> bool {
        false
    }

    fn backward(&self, vjp: Vjp<'_>) -> Vec<Vec<f32>> {
        let n = vjp.inputs[0].len();
        let width = (n / self.rows.max(1)).max(1);
        let slope = |i: usize| {
            let by = vjp.gradient[i / width];
            let [mq, lq, mp, lp] = [0, 1, 2, 3].map(|k: usize| vjp.inputs[k][i]);
            let (precision, off) = ((-lp).exp(), mq - mp);
            let (pulled, grown) = (off * precision, 0.5 * (lq - lp).exp_m1());
            [pulled, grown, -pulled, -grown - 0.5 * off * pulled].map(|g| by * g)
        };
        let room = |&wanted: &bool| Vec::with_capacity(if wanted { n } else { 0 });
        let mut gradients: Vec<Vec<f32>> = vjp.wanted.iter().map(room).collect();
        for i in 0..n {
            let each = gradients.iter_mut().zip(slope(i)).zip(vjp.wanted);
            let wanted = each.filter(|(_, wanted)| **wanted);
            wanted.for_each(|((to, g), _)| to.push(g));
        }
        gradients
    }
}

/// Input: means beside log-variances, `[rows, 2 width]`. Output: the latter within a range, `[rows, width]`.
#[derive(Debug)]
struct LogVarianceKernel {
    size: [usize; 2],
    range: (f32, f32),
}

impl Kernel for LogVarianceKernel {
    fn shape(&self) -> Vec<usize> {
        self.size.to_vec()
    }

    fn forward(&self, inputs: &[&[f32]], _: Option<&mut Vec<Vec<f32>>>) -> Vec<f32> {
        let width = self.size[1].max(1);
        let rows = inputs[0].chunks_exact(2 * width);
        rows.flat_map(|row| &row[width..])
            .map(|v| v.clamp(self.range.0, self.range.1))
            .collect()
    }

    fn reads_input(&self, _: usize) -> bool {
        false
    }

    fn backward(&self, vjp: Vjp<'_>) -> Vec<Vec<f32>> {
        let width = self.size[1].max(1);
        let mut gradient = vec![0.0; vjp.lengths[0]];
        let given = vjp.output.chunks_exact(width);
        let by = given.zip(vjp.gradient.chunks_exact(width));
        for (row, (given, by)) in gradient.chunks_exact_mut(2 * width).zip(by) {
            for ((to, v), &by) in row[width..].iter_mut().zip(given).zip(by) {
                if *v > self.range.0 && *v < self.range.1 {
                    *to = by;
                }
            }
        }
        vec![gradient]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check_gradient, value_and_gradients};
    use crate::{host, training_device};

    fn random(n: usize, seed: u64) -> Vec<f32> {
        let mut rng = Stream::at([seed, 6, 0, 0]);
        (0..n).map(|_| 0.5 * rng.normal() as f32).collect()
    }

    fn normal(seed: u64) -> Normal {
        let device = training_device();
        Normal {
            mean: matrix(random(6, seed), 2, 3, &device),
            log_variance: matrix(random(6, seed + 1), 2, 3, &device),
        }
    }

    #[test]
    fn the_gradient_of_a_divergence_is_that_of_finite_differences() {
        let inputs: Vec<Vec<f32>> = (0..4).map(|i| random(6, 10 + i)).collect();
        check_gradient(&KlKernel { rows: 2 }, &inputs);
    }

    #[test]
    fn log_variances_stay_in_their_range() {
        let kernel = LogVarianceKernel {
            size: [2, 3],
            range: (-1.0, 2.0),
        };
        let inputs = vec![9.0, 9.0, 9.0, -3.0, 0.5, 1.0, 9.0, 9.0, 9.0, 7.0, -0.5, 1.5];
        let (kept, gradients) =
            value_and_gradients(&kernel, std::slice::from_ref(&inputs), &[1.0; 6]);
        assert_eq!(kept, [-1.0, 0.5, 1.0, 2.0, -0.5, 1.5]);
        let slope = |i: usize| f32::from(u8::from(i % 6 > 3));
        assert_eq!(gradients, [(0..12).map(slope).collect::<Vec<_>>()]);
        check_gradient(&kernel, &[inputs]);
    }

    /// KL is the expectation of log q - log p, here over draws.
    #[test]
    fn divergence_and_density_agree() {
        let (q, p) = (normal(1), normal(5));
        let (draws, mut sums, mut squares) = (4_000, [0.0; 2], [0.0; 2]);
        for i in 0..draws {
            let noise: Vec<f32> = {
                let mut rng = Stream::at([9, i, 0, 0]);
                (0..6).map(|_| rng.normal() as f32).collect()
            };
            let z = q.sample(matrix(noise, 2, 3, &training_device()));
            let (own, other) = (host(&q.log_prob(z.clone())), host(&p.log_prob(z)));
            for r in 0..2 {
                let d = f64::from(own[r] - other[r]);
                sums[r] += d;
                squares[r] += d * d;
            }
        }
        let n = draws as f64;
        for (r, kl) in host(&q.kl(&p)).into_iter().enumerate() {
            let mean = sums[r] / n;
            let error = ((squares[r] / n - mean * mean) / n).sqrt();
            assert!((mean - f64::from(kl)).abs() < 4.0 * error, "{mean} {kl}");
        }
        assert!(host(&q.kl(&q)).iter().all(|&kl| kl == 0.0));
    }

    #[test]
    fn rows_are_selected_and_joined() {
        let q = normal(1);
        let rows = crate::indices([1, 0], &training_device());
        let turned = q.select(&rows);
        let back = Normal::cat(&[turned.clone(), turned])
            .select(&crate::indices([1, 2], &training_device()));
        assert_eq!(host(&back.mean), host(&q.mean));
        assert_eq!(host(&back.log_variance), host(&q.log_variance));
    }
}
