//! Where one range of periods ends and the next begins, learned (HMWS, section 4.1, speaks of a "learnable
//! coarse-graining of period").

use helmholtz_nn::tensor::{Device, Tensor};
use helmholtz_nn::{Module, Param};

use super::covariance::{Covariance, Values};
use super::expression::Leaf;
use super::window::{Window, Windows};
use helmholtz_nn::{host, matrix};

/// The borders between adjoining logarithmic windows; the ends of the first and the last stay.
///
/// A period is exp(log low + W (pi_0 + ... + pi_{i-1} + s pi_i)), where W is the width of all ranges
/// together, pi a softmax, i the range and s the share of it that the raw coordinate stands for.
#[derive(Clone, Debug, Module)]
pub(super) struct PeriodRanges {
    /// `[1, ranges]`: logarithms of the ranges' widths, up to a constant.
    widths: Param<2>,
    /// The shortest and the longest period.
    #[module(skip)]
    ends: (f64, f64),
}

/// The number of ranges.
const RANGES: usize = Leaf::PERIODS;

impl PeriodRanges {
    /// Ranges that begin as `periods`, which adjoin ([`Windows::adjoin`]).
    pub(super) fn new(periods: &[Window; RANGES], device: &Device) -> Self {
        let logs = periods.map(|w| (w.high / w.low).ln().ln() as f32);
        Self {
            widths: Param::from_tensor(matrix(logs.to_vec(), 1, RANGES, device)),
            ends: (periods[0].low, periods[RANGES - 1].high),
        }
    }

    /// The parameter, in the graph where there is one.
    pub(super) fn widths(&self) -> Tensor<2> {
        self.widths.val()
    }

    /// The ranges' shares of the width of all.
    fn shares(&self) -> [f64; RANGES] {
        let logs = host(&self.widths.val());
        let greatest = logs.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let parts: [f64; RANGES] = std::array::from_fn(|i| f64::from(logs[i] - greatest).exp());
        let sum: f64 = parts.iter().sum();
        parts.map(|part| part / sum)
    }

    fn width(&self) -> f64 {
        (self.ends.1 / self.ends.0).ln()
    }

    /// The windows as they are now.
    pub(super) fn windows(&self, others: Windows) -> Windows {
        let (shares, width) = (self.shares(), self.width());
        let edge = |i: usize| match i {
            RANGES => self.ends.1,
            _ => self.ends.0 * (width * shares[..i].iter().sum::<f64>()).exp(),
        };
        let periods = std::array::from_fn(|i| Window::log(edge(i), edge(i + 1)));
        Windows { periods, ..others }
    }

    /// The gradient by the parameter of a function whose gradient by a kernel's values is `by_value`.
    pub(super) fn pull(
        &self,
        covariance: &Covariance,
        values: &Values,
        by_value: &[f64],
    ) -> Vec<f32> {
        let (shares, width) = (self.shares(), self.width());
        let mut by_share = [0.0; RANGES];
        let parameters = covariance.parameters.iter().enumerate();
        for (i, parameter) in parameters.filter(|(_, p)| p.range().is_some()) {
            let range = parameter.range().unwrap_or_default();
            let value = values.values[i];
            let by_log = by_value[i] * value * width;
            by_share[..range].iter_mut().for_each(|g| *g += by_log);
            by_share[range] += by_log * parameter.window.share(value);
        }
        let mean: f64 = shares.iter().zip(by_share).map(|(pi, g)| pi * g).sum();
        let each = shares.iter().zip(by_share);
        each.map(|(pi, g)| (pi * (g - mean)) as f32).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::covariance::Layout;
    use super::super::covariance::tests::compiled;
    use super::*;
    use helmholtz_nn::{export, import, training_device};

    fn moved(by: [f32; RANGES]) -> PeriodRanges {
        let ranges = PeriodRanges::new(&Windows::wide().periods, &training_device());
        let mut weights = export(&ranges);
        let all = weights.values_mut().flat_map(|array| &mut array.values);
        all.zip(by).for_each(|(w, by)| *w += by);
        import(ranges, &weights).unwrap()
    }

    #[test]
    fn ranges_begin_as_given_and_always_adjoin() {
        let wide = Windows::wide();
        let same = moved([0.0; 4]).windows(wide);
        for (a, b) in same.periods.iter().zip(wide.periods) {
            assert!((a.low / b.low - 1.0).abs() < 1e-6 && (a.high / b.high - 1.0).abs() < 1e-6);
        }
        let other = moved([1.0, -2.0, 0.5, 0.0]).windows(wide);
        assert!(other.adjoin() && other.check().is_ok());
        assert!(other.periods[0].high > wide.periods[0].high);
        assert_eq!(other.periods[3].high, wide.periods[3].high);
    }

    #[test]
    fn gradients_agree_with_finite_differences() {
        let kernel = |ranges: &PeriodRanges| -> Covariance {
            compiled(
                "PER1*SE+PER3+PER4+WN",
                &ranges.windows(Windows::wide()),
                Layout::Used,
            )
        };
        let at = [0.3, -0.2, 0.1, 0.4];
        let raw = [
            0.4, -0.3, 0.8, 0.2, 0.1, -0.5, 0.7, 0.6, -0.9, 0.3, 0.2, -0.1,
        ];
        let weights: Vec<f64> = (1..=12).map(f64::from).collect();
        let total = |by: [f32; 4]| -> f64 {
            let covariance = kernel(&moved(by));
            let values = covariance.values(&raw).values;
            values.iter().zip(&weights).map(|(v, w)| v * w).sum()
        };
        let ranges = moved(at);
        let covariance = kernel(&ranges);
        let values = covariance.values(&raw);
        let gradient = ranges.pull(
            &covariance,
            &values,
            &weights[..covariance.parameters.len()],
        );
        for i in 0..4 {
            let (mut up, mut down) = (at, at);
            up[i] += 0.01;
            down[i] -= 0.01;
            let numeric = (total(up) - total(down)) / f64::from(up[i] - down[i]);
            let got = f64::from(gradient[i]);
            assert!(
                (got - numeric).abs() < 1e-3 * (1.0 + numeric.abs()),
                "{i}: {got} {numeric}"
            );
        }
    }
}
