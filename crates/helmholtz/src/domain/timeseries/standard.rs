//! A series of the user in units of the model, and the way back.

use super::read::NamedSeries;
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

/// A series in units of the model, and the way back.
pub(super) struct Standard {
    pub(super) series: Series,
    pub(super) mean: f64,
    pub(super) scale: f64,
    /// The user's time at model time 0, and per unit.
    origin: f64,
    pub(super) unit: f64,
}

impl Standard {
    pub(super) fn new(named: &NamedSeries) -> Result<Self, ExplainError> {
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
        let size = named.values.iter().fold(0.0f64, |m, x| m.max(x.abs()));
        let unit = if size > 0.0 { size } else { 1.0 };
        let own = || named.values.iter().map(|x| x / unit);
        let mean = own().sum::<f64>() / n as f64;
        let scale = (own().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64).sqrt();
        if scale <= 1e-12 {
            return Err(ExplainError::Constant(named.values[0]));
        }
        let values = own().map(|x| (x - mean) / scale).collect();
        let (mean, scale) = (mean * unit, scale * unit);
        let (first, last) = (named.times[0], named.times[n - 1]);
        let (origin, unit) = (0.5 * (first + last), (last - first) / SPAN);
        let times = named.times.iter().map(|t| (t - origin) / unit).collect();
        Ok(Self {
            series: Series::at(values, times)?,
            mean,
            scale,
            origin,
            unit,
        })
    }

    pub(super) fn value(&self, standard: f64) -> f64 {
        self.mean + self.scale * standard
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
    Ok(Standard::new(named)?.series)
}
