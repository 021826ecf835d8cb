//! From raw continuous coordinates, which are any real numbers, to the parameters of kernels.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::expression::Leaf;
use helmholtz_math::error::SettingError;

/// An interval that a parameter lives in. A raw coordinate c stands for the point at the share
/// 1 / (1 + e^-c) of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Window {
    /// The least value.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub low: f64,
    /// The greatest value.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub high: f64,
    /// Whether shares are of the logarithm.
    #[serde(default)]
    pub log: bool,
}

impl Window {
    /// An even window around a centre.
    pub fn around(centre: f64, range: f64) -> Self {
        Self {
            low: centre - range / 2.0,
            high: centre + range / 2.0,
            log: false,
        }
    }

    /// A window of factors.
    pub fn log(low: f64, high: f64) -> Self {
        Self {
            low,
            high,
            log: true,
        }
    }

    /// The value at a raw coordinate, and its slope there.
    pub fn value(&self, raw: f64) -> (f64, f64) {
        let share = 1.0 / (1.0 + (-raw).exp());
        let slope = share * (1.0 - share);
        if self.log {
            let width = (self.high / self.low).ln();
            let value = self.low * (width * share).exp();
            (value, value * width * slope)
        } else {
            let width = self.high - self.low;
            (self.low + width * share, width * slope)
        }
    }

    /// The raw coordinate of a value; values outside are moved inside.
    pub fn raw(&self, value: f64) -> f64 {
        let share = self.share(value).clamp(EDGE, 1.0 - EDGE);
        (share / (1.0 - share)).ln()
    }

    /// Where in the window a value lies, from 0 to 1.
    pub fn share(&self, value: f64) -> f64 {
        let value = value.clamp(self.low, self.high);
        match self.log {
            true => (value / self.low).ln() / (self.high / self.low).ln(),
            false => (value - self.low) / (self.high - self.low),
        }
    }

    fn check(&self) -> Result<(), SettingError> {
        let sound = self.low > 0.0 && self.low < self.high && self.high.is_finite();
        sound.then_some(()).ok_or_else(|| {
            let reason = format!("from {} to {}; choose 0 < low < high", self.low, self.high);
            SettingError::new("windows", reason)
        })
    }
}

/// How near the ends of a window a given value may lie.
const EDGE: f64 = 0.01;

/// The middle of each narrow range of periods.
const CENTRES: [f64; Leaf::PERIODS] = [0.2, 0.5, 1.0, 1.5];
/// A window of this width around the first of them begins at 0.
pub(super) const WIDEST_RANGE: f64 = 2.0 * CENTRES[0];

/// The windows of all parameters. Lengths and periods are in units in which a series is 4 long.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Windows {
    /// The variance of the squared exponential and of periodic kernels.
    pub variance: Window,
    /// The squared length scale of the squared exponential.
    pub length: Window,
    /// The squared length scale of periodic kernels, in radians of half a turn.
    pub roughness: Window,
    /// The period of each range.
    pub periods: [Window; Leaf::PERIODS],
    /// The variance of white noise.
    pub white: Window,
    /// The variance of a constant.
    pub constant: Window,
    /// The variance of a line's intercept, and of its rise over half the series.
    pub line: Window,
}

impl Windows {
    /// The narrow windows of the paper's experiment, of width `range` around 0.5, and around 0.2, 0.5, 1 and
    /// 1.5 for periods: continuous inference is made nearly trivial there (the authors' program).
    pub fn narrow(range: f64) -> Self {
        let half = Window::around(0.5, range);
        Self {
            variance: half,
            length: half,
            roughness: half,
            periods: CENTRES.map(|centre| Window::around(centre, range)),
            white: half,
            constant: half,
            line: half,
        }
    }

    /// Wide windows for series of mean 0 and variance 1; the ranges of periods are equal factors between
    /// 2.5 steps of a series of 128 and the whole series.
    pub fn wide() -> Self {
        let (shortest, longest): (f64, f64) = (10.0 / 127.0, 4.0);
        let edge = |i: usize| shortest * (longest / shortest).powf(i as f64 / Leaf::PERIODS as f64);
        Self {
            variance: Window::log(0.005, 20.0),
            length: Window::log(0.0005, 60.0),
            roughness: Window::log(0.05, 20.0),
            periods: std::array::from_fn(|i| Window::log(edge(i), edge(i + 1))),
            white: Window::log(0.0001, 2.0),
            constant: Window::log(0.01, 10.0),
            line: Window::log(0.01, 20.0),
        }
    }

    /// Whether the ranges of periods are logarithmic, and each begins where the one before ends.
    pub fn adjoin(&self) -> bool {
        self.periods.iter().all(|w| w.log) && self.periods.windows(2).all(|w| w[0].high == w[1].low)
    }

    /// Refuses windows that are none.
    ///
    /// # Errors
    /// When an end is not positive and finite, or the ends are out of order.
    pub fn check(&self) -> Result<(), SettingError> {
        let single = [
            self.variance,
            self.length,
            self.roughness,
            self.white,
            self.constant,
            self.line,
        ];
        single
            .iter()
            .chain(&self.periods)
            .try_for_each(Window::check)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_slopes_and_inverses_agree() {
        for window in [Window::around(0.5, 0.2), Window::log(0.01, 5.0)] {
            for raw in [-3.0, -0.4, 0.0, 1.7] {
                let (value, slope) = window.value(raw);
                let step = 1e-6;
                let numeric =
                    (window.value(raw + step).0 - window.value(raw - step).0) / (2.0 * step);
                assert!((slope - numeric).abs() < 1e-7 * (1.0 + numeric.abs()));
                assert!((window.raw(value) - raw).abs() < 1e-9);
                assert!(value > window.low && value < window.high);
            }
            assert!(window.raw(-1e9).is_finite() && window.raw(1e9).is_finite());
        }
    }

    #[test]
    fn windows_out_of_order_are_refused() {
        assert!(Windows::wide().check().is_ok() && Windows::narrow(0.02).check().is_ok());
        assert!(Windows::narrow(-0.1).check().is_err());
        assert!(Windows::narrow(0.5).check().is_err(), "a period of -.05");
        assert!(Windows::wide().adjoin() && !Windows::narrow(0.02).adjoin());
        assert!(
            Windows {
                white: Window::log(0.0, 1.0),
                ..Windows::wide()
            }
            .check()
            .is_err()
        );
    }
}
