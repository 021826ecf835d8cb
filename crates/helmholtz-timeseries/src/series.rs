//! What is observed: values at increasing times.

use serde::{Deserialize, Serialize};

/// A series, its times in units in which it is about 4 long (from -2 to 2 in the paper's experiment).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "Record", try_from = "Record")]
pub struct Series {
    values: Vec<f64>,
    times: Vec<f64>,
    /// The distances that a covariance is asked for: of all lags on an even grid, else of all pairs.
    distances: Vec<f64>,
    even: bool,
}

/// Numbers that are no series.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NotASeries {
    /// Nothing, or a single value.
    #[error("{0} values; a series needs at least 2")]
    TooShort(usize),
    /// NaN or an infinity.
    #[error("value {at} is {value}; every value must be finite")]
    NotFinite {
        /// Counted from 1.
        at: usize,
        /// The value or the time.
        value: f64,
    },
    /// Two times out of order, or equal.
    #[error("time {at} is {time} after {before}; times must increase")]
    OutOfOrder {
        /// Counted from 1.
        at: usize,
        /// The time.
        time: f64,
        /// The one before.
        before: f64,
    },
    /// Another number of times than of values.
    #[error("{values} values at {times} times")]
    Mixed {
        /// The number of values.
        values: usize,
        /// The number of times.
        times: usize,
    },
}

/// A series as it is written; without times it is even, from -2 to 2.
#[derive(Serialize, Deserialize)]
struct Record {
    values: Vec<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    times: Option<Vec<f64>>,
}

impl From<Series> for Record {
    fn from(series: Series) -> Self {
        let plain = Series::even(series.values.clone()).is_ok_and(|s| s.times == series.times);
        Self {
            values: series.values,
            times: (!plain).then_some(series.times),
        }
    }
}

impl TryFrom<Record> for Series {
    type Error = NotASeries;

    fn try_from(record: Record) -> Result<Self, NotASeries> {
        match record.times {
            Some(times) => Self::at(record.values, times),
            None => Self::even(record.values),
        }
    }
}

/// The length of a series in units of time.
pub const SPAN: f64 = 4.0;

/// Steps that differ by less than this share of a step are even.
const UNEVEN: f64 = 1e-6;

impl Series {
    /// Values at even times, from -2 to 2.
    ///
    /// # Errors
    /// When there are fewer than two, or one is not finite.
    pub fn even(values: Vec<f64>) -> Result<Self, NotASeries> {
        let step = SPAN / (values.len().max(2) - 1) as f64;
        let times = (0..values.len()).map(|k| k as f64 * step - SPAN / 2.0);
        Self::at(values, times.collect())
    }

    /// Values at any increasing times.
    ///
    /// # Errors
    /// When there are fewer than two, one is not finite, or times do not increase.
    pub fn at(values: Vec<f64>, times: Vec<f64>) -> Result<Self, NotASeries> {
        if values.len() != times.len() {
            let (values, times) = (values.len(), times.len());
            return Err(NotASeries::Mixed { values, times });
        }
        if values.len() < 2 {
            return Err(NotASeries::TooShort(values.len()));
        }
        let both = values.iter().zip(&times).enumerate();
        for (i, (&value, &time)) in both {
            if let Some(value) = [value, time].into_iter().find(|v| !v.is_finite()) {
                return Err(NotASeries::NotFinite { at: i + 1, value });
            }
        }
        for (i, pair) in times.windows(2).enumerate() {
            if pair[1] <= pair[0] {
                let (at, before, time) = (i + 2, pair[0], pair[1]);
                return Err(NotASeries::OutOfOrder { at, time, before });
            }
        }
        let step = (times[times.len() - 1] - times[0]) / (times.len() - 1) as f64;
        let is_even =
            |(k, t): (usize, &f64)| (t - times[0] - k as f64 * step).abs() < UNEVEN * step;
        let even = times.iter().enumerate().all(is_even);
        let distances = match even {
            true => (0..times.len()).map(|k| k as f64 * step).collect(),
            false => pairs(&times),
        };
        Ok(Self {
            values,
            times,
            distances,
            even,
        })
    }

    /// The number of values.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Never: there are at least two values.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The values.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The times.
    pub fn times(&self) -> &[f64] {
        &self.times
    }

    /// Whether steps are even.
    pub fn is_even(&self) -> bool {
        self.even
    }

    /// The values at `points` even times from the first to the last, by linear interpolation.
    pub(super) fn on_grid(&self, points: usize) -> Vec<f64> {
        if self.even && self.len() == points {
            return self.values.clone();
        }
        let (first, last) = (self.times[0], self.times[self.len() - 1]);
        let at = |k: usize| {
            let time = first + (last - first) * k as f64 / (points.max(2) - 1) as f64;
            let right = self
                .times
                .partition_point(|&t| t < time)
                .clamp(1, self.len() - 1);
            let (from, to) = (self.times[right - 1], self.times[right]);
            let share = ((time - from) / (to - from)).clamp(0.0, 1.0);
            self.values[right - 1] * (1.0 - share) + self.values[right] * share
        };
        (0..points).map(at).collect()
    }

    /// At most about `points` of the values, at even distances in their order.
    pub(super) fn thinned(&self, points: usize) -> Self {
        let every = self.len().div_ceil(points.max(2));
        let pick = |of: &[f64]| of.iter().step_by(every).copied().collect();
        // A part of a series is one, unless a single value is left of it.
        Self::at(pick(&self.values), pick(&self.times)).unwrap_or_else(|_| self.clone())
    }

    /// The same times with other values, of which there must be as many.
    pub(super) fn with_values(&self, values: Vec<f64>) -> Self {
        debug_assert_eq!(values.len(), self.values.len());
        Self {
            values,
            ..self.clone()
        }
    }

    /// The same series with the distances of uneven times.
    #[cfg(test)]
    pub(super) fn as_uneven(&self) -> Self {
        Self {
            distances: pairs(&self.times),
            even: false,
            ..self.clone()
        }
    }

    /// Distances by lag on an even grid, else those of [`pairs`].
    pub(super) fn distances(&self) -> &[f64] {
        &self.distances
    }

    /// What a line's intercept and slope multiply.
    pub(super) fn line(&self) -> [Vec<f64>; 2] {
        line(&self.times)
    }
}

/// What a line's intercept and slope multiply: 1, and the share of half a series from its middle.
pub(super) fn line(times: &[f64]) -> [Vec<f64>; 2] {
    let slope = times.iter().map(|t| t / (SPAN / 2.0));
    [vec![1.0; times.len()], slope.collect()]
}

/// The distances of all pairs (i, j), j <= i, row by row.
pub(super) fn pairs(times: &[f64]) -> Vec<f64> {
    let rows = times.iter().enumerate();
    rows.flat_map(|(i, t)| times[..=i].iter().map(move |s| t - s))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_times_are_recognised() {
        let even = Series::even(vec![0.0; 128]).unwrap();
        assert!(even.is_even());
        assert_eq!((even.times()[0], even.times()[127]), (-2.0, 2.0));
        assert_eq!(even.distances().len(), 128);
        let uneven = Series::at(vec![0.0; 3], vec![0.0, 1.0, 2.1]).unwrap();
        assert!(!uneven.is_even());
        assert_eq!(uneven.distances().len(), 6);
    }

    #[test]
    fn series_are_read_as_they_were_written_and_checked() {
        let uneven = Series::at(vec![0.5; 3], vec![0.0, 1.0, 2.1]).unwrap();
        for series in [Series::even(vec![0.1, 0.2]).unwrap(), uneven] {
            let text = serde_json::to_string(&series).unwrap();
            assert_eq!(serde_json::from_str::<Series>(&text).unwrap(), series);
        }
        for text in [
            r#"{"values": [1]}"#,
            r#"{"values": [1, 2], "times": [1, 1]}"#,
        ] {
            assert!(serde_json::from_str::<Series>(text).is_err());
        }
    }

    #[test]
    fn a_grid_passes_through_the_values() {
        let series = Series::at(vec![0.0, 1.0, 3.0], vec![0.0, 1.0, 3.0]).unwrap();
        assert_eq!(series.on_grid(4), [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(series.on_grid(2), [0.0, 3.0]);
    }

    #[test]
    fn what_is_no_series_is_refused() {
        let nan = f64::NAN;
        let refused = |values: &[f64], times: &[f64]| {
            let error = Series::at(values.to_vec(), times.to_vec()).unwrap_err();
            error.to_string()
        };
        assert!(refused(&[1.0], &[0.0]).contains("at least 2"));
        assert!(refused(&[1.0, nan], &[0.0, 1.0]).contains("value 2 is NaN"));
        assert!(refused(&[1.0, 2.0], &[0.0, f64::INFINITY]).contains("inf"));
        assert!(refused(&[1.0, 2.0], &[1.0, 1.0]).contains("times must increase"));
        assert!(refused(&[1.0, 2.0], &[1.0]).contains("2 values at 1 times"));
    }
}
