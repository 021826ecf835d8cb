//! A series of the user in units of the model, and the way back.

use super::read::NamedSeries;
use super::scale::Scale;
use super::series::{NotASeries, SPAN, Series};

/// Why a series cannot be explained.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ExplainError {
    /// It is none after standardisation.
    #[error(transparent)]
    Series(#[from] NotASeries),
    /// All values are equal.
    #[error("every value is {0:?}: there is nothing to explain")]
    Constant(f64),
    /// A value has no logarithm.
    #[error("logarithms need values above 0; leave `--scale log` out")]
    NotPositive,
    /// No kernel could be fitted.
    #[error("no kernel has a likelihood; are the values of very different sizes?")]
    Nothing,
    /// More values than a covariance matrix is made of.
    #[error("{len} values; at most {most} can be explained at once: thin them, or cut a part out")]
    TooLong {
        /// How many there are.
        len: usize,
        /// How many there may be.
        most: usize,
    },
}

/// The longest series that is explained.
pub const MOST_VALUES: usize = 4096;

/// The most values at uneven times that are explained: the work grows with their third power.
pub const MOST_UNEVEN: usize = 512;

/// A part of a series, evenly spread.
#[derive(Clone, Debug, PartialEq)]
pub struct Shortened {
    /// The part.
    pub series: NamedSeries,
    /// One of so many values is in it.
    pub every: usize,
    /// The values that are not.
    pub left_out: usize,
}

impl NamedSeries {
    /// Where there are more values at uneven times than are explained, every second, third and so on of them: which, and how
    /// many are left out.
    pub fn shortened(&self) -> Option<Shortened> {
        let n = self.values.len();
        if !(MOST_UNEVEN + 1..=MOST_VALUES).contains(&n) {
            return None;
        }
        let uneven = Series::at(self.values.clone(), self.times.clone());
        if uneven.is_ok_and(|series| series.is_even()) {
            return None;
        }
        let every = n.div_ceil(MOST_UNEVEN);
        // The newest is among them.
        let first = (n - 1) % every;
        let pick = |of: &[f64]| of.iter().skip(first).step_by(every).copied().collect();
        let shortened = Self {
            times: pick(&self.times),
            values: pick(&self.values),
            ..self.clone()
        };
        Some(Shortened {
            left_out: n - shortened.values.len(),
            series: shortened,
            every,
        })
    }
}

/// A series in units of the model, and the way back.
pub(super) struct Standard {
    pub(super) series: Series,
    /// What its values are a mean and a standard deviation of.
    pub(super) scale: Scale,
    pub(super) mean: f64,
    pub(super) deviation: f64,
    /// The user's time at model time 0, and per unit.
    origin: f64,
    pub(super) unit: f64,
}

impl Standard {
    /// The scale must take the values.
    pub(super) fn new(named: &NamedSeries, scale: Scale) -> Result<Self, ExplainError> {
        let n = named.values.len();
        if n > MOST_VALUES {
            return Err(ExplainError::TooLong {
                len: n,
                most: MOST_VALUES,
            });
        }
        if n < 2 {
            return Err(NotASeries::TooShort(n).into());
        }
        // In units of the largest, no square is too large or too small to be a number.
        let places: Vec<f64> = named.values.iter().map(|x| scale.of(*x)).collect();
        let size = places.iter().fold(0.0f64, |m, x| m.max(x.abs()));
        let unit = if size > 0.0 { size } else { 1.0 };
        let own = || places.iter().map(|x| x / unit);
        let mean = own().sum::<f64>() / n as f64;
        let deviation = (own().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64).sqrt();
        if deviation <= 1e-12 {
            return Err(ExplainError::Constant(named.values[0]));
        }
        let values = own().map(|x| (x - mean) / deviation).collect();
        let (mean, deviation) = (mean * unit, deviation * unit);
        let (first, last) = (named.times[0], named.times[n - 1]);
        let (origin, unit) = (0.5 * (first + last), (last - first) / SPAN);
        let times = named.times.iter().map(|t| (t - origin) / unit).collect();
        Ok(Self {
            series: Series::at(values, times)?,
            scale,
            mean,
            deviation,
            origin,
            unit,
        })
    }

    /// What stands there, in the user's units.
    pub(super) fn value(&self, place: f64) -> f64 {
        self.scale.undo(self.mean + self.deviation * place)
    }

    /// Where a value stands.
    pub(super) fn place(&self, value: f64) -> f64 {
        (self.scale.of(value) - self.mean) / self.deviation
    }

    /// The logarithm of the slope of [`Standard::place`].
    pub(super) fn log_slope(&self, value: f64) -> f64 {
        self.scale.log_slope(value) - self.deviation.ln()
    }

    pub(super) fn time(&self, model: f64) -> f64 {
        self.origin + self.unit * model
    }

    /// The times after the last, at the usual step.
    pub(super) fn future(&self, horizon: usize) -> Vec<f64> {
        let times = self.series.times();
        let mut steps: Vec<f64> = times.windows(2).map(|w| w[1] - w[0]).collect();
        steps.sort_by(f64::total_cmp);
        let step = steps[steps.len() / 2];
        let last = times[times.len() - 1];
        (1..=horizon).map(|k| last + k as f64 * step).collect()
    }
}

/// A series in units of the model: values of mean 0 and variance 1, times from -2 to 2.
///
/// # Errors
/// When it is too short, too long or constant.
pub fn standardised(named: &NamedSeries) -> Result<Series, ExplainError> {
    Ok(Standard::new(named, Scale::Linear)?.series)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(n: usize, time: impl Fn(f64) -> f64) -> NamedSeries {
        NamedSeries {
            name: "s".into(),
            times: (0..n).map(|i| time(i as f64)).collect(),
            values: (0..n).map(|i| (i as f64).sin()).collect(),
            unit: String::new(),
            missing: 0,
        }
    }

    #[test]
    fn of_many_values_at_uneven_times_some_are_left_out() {
        let uneven = |t: f64| t + 0.3 * t.cos();
        let shortened = named(2500, uneven).shortened().unwrap();
        assert_eq!((shortened.every, shortened.left_out), (5, 2000));
        // The newest value is the one that a forecast goes on from.
        let times = &shortened.series.times;
        assert_eq!((times[1], times[499]), (uneven(9.0), uneven(2499.0)));
        assert_eq!(named(MOST_UNEVEN, uneven).shortened(), None);
        assert_eq!(named(2500, |t| t).shortened(), None);
    }
}
