//! From data to places.

/// Numbers that differ by less than this share of their size count as one.
const SAME: f64 = 1e-9;
/// What lies farther from zero is beyond every range, so that differences are finite.
const FARTHEST: f64 = f64::MAX / 4.0;

/// The least and the greatest of some numbers, with a share of their distance as room on both sides.
///
/// Numbers that are not finite do not count. The result is always a range: 0 to 1 where there are no numbers, and a
/// tenth around numbers that are all the same.
///
/// ```
/// # use helmholtz_data::svg::range;
/// assert_eq!(range([0.0, 10.0, f64::NAN], 0.1), (-1.0, 11.0));
/// assert_eq!(range([], 0.1), (0.0, 1.0));
/// assert_eq!(range([100.0], 0.1), (90.0, 110.0));
/// ```
pub fn range(values: impl IntoIterator<Item = f64>, share: f64) -> (f64, f64) {
    let finite = values.into_iter().filter(|v| v.is_finite());
    let span = finite.fold(None, |span: Option<(f64, f64)>, v| {
        let (low, high) = span.unwrap_or((v, v));
        Some((low.min(v), high.max(v)))
    });
    let Some((low, high)) = span else {
        return (0.0, 1.0);
    };
    let [low, high] = [low, high].map(|v| v.clamp(-FARTHEST, FARTHEST));
    let size = low.abs().max(high.abs());
    let room = match high - low {
        width if width > SAME * size => share * width,
        _ if size > 0.0 => (0.1 * size).max(f64::MIN_POSITIVE),
        _ => 1.0,
    };
    (low - room, high + room)
}

/// From data to the picture, linearly or by logarithms.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
    log: bool,
}

impl Scale {
    /// The least value lies at `from`, the greatest at `to`; a single one in the middle.
    pub fn new(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let (low, high) = range(values, 0.0);
        Self {
            low,
            high,
            from,
            to,
            log: false,
        }
    }

    /// The same by logarithms; linear where a value is not positive.
    pub fn log(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let linear = Self::new(values, from, to);
        Self {
            log: linear.low > 0.0,
            ..linear
        }
    }

    /// The place of a value. What has none, such as the logarithm of -1, is not finite.
    pub fn at(&self, x: f64) -> f64 {
        let [x, low, high] = [x, self.low, self.high].map(|v| if self.log { v.ln() } else { v });
        self.from + (x - low) / (high - low) * (self.to - self.from)
    }

    /// The place of a value, or of the end of the scale that it is beyond; NaN stays what it is.
    pub fn within(&self, x: f64) -> f64 {
        self.at(x.clamp(self.low, self.high))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(values: &[f64]) -> Scale {
        Scale::new(values.iter().copied(), 100.0, 200.0)
    }

    #[test]
    fn values_lie_between_the_ends() {
        let scale = scale(&[3.0, 1.0, 5.0]);
        assert_eq!([1.0, 3.0, 5.0].map(|x| scale.at(x)), [100.0, 150.0, 200.0]);
        assert_eq!([-9.0, 9.0].map(|x| scale.within(x)), [100.0, 200.0]);
        assert!(scale.within(f64::NAN).is_nan());
    }

    #[test]
    fn logarithms_are_even_and_need_positive_values() {
        let log = Scale::log([1.0, 100.0].into_iter(), 0.0, 2.0);
        assert!((log.at(10.0) - 1.0).abs() < 1e-12);
        assert!(!log.at(-1.0).is_finite() && !log.at(0.0).is_finite());
        assert_eq!(log.within(0.0), 0.0);
        let linear = Scale::log([0.0, 100.0].into_iter(), 0.0, 2.0);
        assert_eq!(linear.at(50.0), 1.0);
    }

    #[test]
    fn a_constant_lies_in_the_middle() {
        for x in [0.0, -7.5, 1e300, 5e-324, f64::MIN_POSITIVE] {
            let at = scale(&[x, x]).at(x);
            assert!((at - 150.0).abs() < 1e-6, "{x}: {at}");
        }
    }

    #[test]
    fn ranges_are_finite_and_have_a_width() {
        let extremes = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
        assert_eq!(range(extremes, 0.5), (0.0, 1.0));
        assert_eq!(range([0.0, f64::INFINITY], 0.0), (-1.0, 1.0));
        for values in [[f64::MIN, f64::MAX], [1.0, 1.0 + 1e-15], [0.0, 5e-324]] {
            let (low, high) = range(values, 0.05);
            assert!(low < high && (high - low).is_finite(), "{values:?}");
            assert!(scale(&values).within(values[1]).is_finite(), "{values:?}");
        }
    }
}
