//! Normal distributions of numbers that were recorded to a finite resolution.

use burn_tensor::Tensor;

use super::Normal;
use crate::{Kernel, Vjp, apply, numbers};
use helmholtz_math::normal::log_density;

/// log of the probability that each number of a row lies within half an `interval` of its value, summed over
/// the row; all `[rows, width]`. It is a probability, not a density: it can be compared between models, and it
/// is at most 1 (AVF, section 4.1.1).
///
/// Differences of distribution functions are taken in logarithms of tails, so that values far from the mean cost
/// what they should instead of a constant.
pub fn discretised_log_prob(normal: &Normal, values: &Tensor<2>, interval: f64) -> Tensor<1> {
    let kernel = DiscretisedKernel {
        rows: values.dims()[0],
        values: numbers(values).to_vec(),
        interval,
    };
    let inputs = [&normal.mean, &normal.log_variance];
    apply(kernel, inputs.map(|t| t.clone().into()))
}

/// Inputs: means and log-variances.
#[derive(Debug)]
struct DiscretisedKernel {
    rows: usize,
    values: Vec<f32>,
    interval: f64,
}

impl DiscretisedKernel {
    /// log p of number `i`, with its slopes by mean and log-variance.
    fn cell(&self, inputs: &[&[f32]], i: usize) -> Cell {
        let scale = (0.5 * f64::from(inputs[1][i])).exp();
        let off = f64::from(self.values[i]) - f64::from(inputs[0][i]);
        let cell = Cell::new(off / scale, self.interval / scale);
        // z = (x - m) / s and h = interval / s: dz/dm = -1 / s, and by log s^2 both shrink by half.
        Cell {
            by_place: -cell.by_place / scale,
            by_width: -0.5 * (cell.by_place * off / scale + cell.by_width * self.interval / scale),
            ..cell
        }
    }
}

/// log of the probability of an interval of a standard normal number, and its slopes.
#[derive(Clone, Copy, Debug)]
struct Cell {
    log_prob: f64,
    by_place: f64,
    by_width: f64,
}

/// An interval shorter than this, times its distance from the middle where that is above 1, is integrated by
/// Taylor's formula: the next term is below the fourth power of it over 1,920.
const SHORT: f64 = 0.05;

impl Cell {
    /// The interval of length `h` around `z`.
    fn new(z: f64, h: f64) -> Self {
        match h * z.abs().max(1.0) < SHORT {
            true => Self::short(z, h),
            false => Self::long(z, h),
        }
    }

    /// phi(z) h (1 + h^2 (z^2 - 1) / 24).
    fn short(z: f64, h: f64) -> Self {
        let bend = h * h * (z * z - 1.0) / 24.0;
        Self {
            log_prob: log_density(z) + h.ln() + bend.ln_1p(),
            by_place: -z + h * h * z / 12.0 / (1.0 + bend),
            by_width: 1.0 / h + h * (z * z - 1.0) / 12.0 / (1.0 + bend),
        }
    }

    /// Phi(b) - Phi(a), in whichever tail the interval lies.
    fn long(z: f64, h: f64) -> Self {
        let sign = if z > 0.0 { -1.0 } else { 1.0 };
        let (a, b) = (sign * z - 0.5 * h, sign * z + 0.5 * h);
        let (low, high) = (log_below(a), log_below(b));
        let log_prob = high + (-(low - high).exp()).ln_1p();
        let at = |x: f64| (log_density(x) - log_prob).exp();
        Self {
            log_prob,
            by_place: sign * (at(b) - at(a)),
            by_width: 0.5 * (at(a) + at(b)),
        }
    }
}

/// Below this the probability of a tail comes from its asymptotic series.
const FAR: f64 = -20.0;

/// log of the probability that a standard normal number is below x.
fn log_below(x: f64) -> f64 {
    if x > FAR {
        return (0.5 * libm::erfc(-x / std::f64::consts::SQRT_2)).ln();
    }
    let s = 1.0 / (x * x);
    let series = -s * (1.0 - s * (3.0 - s * (15.0 - s * (105.0 - s * 945.0))));
    log_density(x) - (-x).ln() + series.ln_1p()
}

impl Kernel for DiscretisedKernel {
    fn shape(&self) -> Vec<usize> {
        vec![self.rows]
    }

    fn forward(&self, inputs: &[&[f32]], _: Option<&mut Vec<Vec<f32>>>) -> Vec<f32> {
        let width = self.values.len() / self.rows.max(1);
        let row = |r: usize| -> f64 {
            let own = r * width..(r + 1) * width;
            own.map(|i| self.cell(inputs, i).log_prob).sum()
        };
        (0..self.rows).map(|r| row(r) as f32).collect()
    }

    fn backward(&self, vjp: Vjp<'_>) -> Vec<Vec<f32>> {
        let width = (self.values.len() / self.rows.max(1)).max(1);
        let slope = |i: usize| {
            let (cell, by) = (self.cell(vjp.inputs, i), f64::from(vjp.gradient[i / width]));
            ((by * cell.by_place) as f32, (by * cell.by_width) as f32)
        };
        let (means, variances) = (0..self.values.len()).map(slope).unzip();
        vec![means, variances]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::check_gradient;

    /// Over all cells of a line, near and far, the probabilities sum to 1.
    #[test]
    fn cells_fill_the_line() {
        for h in [0.003, 0.04, 0.3, 2.5] {
            let cells = (10.0 / h) as i64;
            let total: f64 = (-cells..=cells)
                .map(|k| Cell::new(k as f64 * h, h).log_prob.exp())
                .sum();
            assert!((total - 1.0).abs() < 1e-7, "{h}: {total}");
        }
    }

    #[test]
    fn tails_cost_what_they_should() {
        // log Phi(-30), to 30 digits by arbitrary-precision arithmetic.
        assert!((log_below(-30.0) + 454.321_243_956_343).abs() < 1e-9);
        // Both ways of computing agree where they meet.
        let near = |x: f64| (0.5 * libm::erfc(-x / std::f64::consts::SQRT_2)).ln();
        assert!((log_below(FAR) - near(FAR)).abs() < 1e-8);
        for (z, h) in [(40.0, 1.0), (-200.0, 0.001), (0.3, 1e-9), (1e4, 3.0)] {
            let cell = Cell::new(z, h);
            assert!(
                cell.log_prob.is_finite() && cell.by_place.is_finite() && cell.by_width.is_finite()
            );
            assert!(cell.log_prob < 0.0 && cell.by_place * z <= 0.0);
        }
    }

    #[test]
    fn short_and_long_intervals_agree_where_they_meet() {
        for z in [0.0, -0.8, 2.0, 7.0] {
            let h = SHORT / f64::max(1.0, f64::abs(z));
            let (short, long) = (Cell::short(z, h), Cell::long(z, h));
            assert!((short.log_prob - long.log_prob).abs() < 1e-7);
            assert!((short.by_place - long.by_place).abs() < 1e-4);
            assert!((short.by_width * h - long.by_width * h).abs() < 1e-5);
        }
    }

    #[test]
    fn gradients_are_those_of_finite_differences() {
        let kernel = DiscretisedKernel {
            rows: 2,
            values: vec![0.3, -0.2, 4.0, 0.1],
            interval: 0.4,
        };
        check_gradient(
            &kernel,
            &[vec![0.1, 0.5, -1.0, 0.0], vec![0.2, -1.0, 0.3, -0.5]],
        );
    }
}
