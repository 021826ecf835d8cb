//! One direction of a plot.

use super::{Scale, log_ticks, range, tick_label, ticks};

/// The range of a plot in one direction, and its marks with their labels.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    range: (f64, f64),
    log: bool,
    /// Values and their labels.
    pub(super) marks: Vec<(f64, String)>,
}

impl Axis {
    /// An even axis, with marks at most `most` steps of [`ticks`]. What is no range is mended as by [`range`].
    pub fn linear((low, high): (f64, f64), most: usize) -> Self {
        let range = range([low, high], 0.0);
        let axis = Self {
            range,
            log: false,
            marks: vec![],
        };
        axis.marked(ticks(range, most))
    }

    /// An axis of logarithms with marks at [`log_ticks`]; an even one where the range is not positive.
    pub fn log((low, high): (f64, f64), most: usize) -> Self {
        let linear = Self::linear((low, high), most);
        let range = linear.range;
        match range.0 > 0.0 {
            true => Self {
                log: true,
                ..linear
            }
            .marked(log_ticks(range, most)),
            false => linear,
        }
    }

    /// With marks at other values; none of them where there are no data to read off.
    #[must_use]
    pub fn marked(mut self, values: impl IntoIterator<Item = f64>) -> Self {
        self.marks = values.into_iter().map(|v| (v, tick_label(v))).collect();
        self
    }

    /// With other labels; an empty one leaves only the line of its mark.
    #[must_use]
    pub fn labelled(mut self, label: impl Fn(f64) -> String) -> Self {
        for (value, text) in &mut self.marks {
            *text = label(*value);
        }
        self
    }

    /// Whether some mark has a label that needs room.
    pub(super) fn has_labels(&self) -> bool {
        self.marks.iter().any(|(_, label)| !label.is_empty())
    }

    /// From the range to places.
    pub(super) fn scale(&self, from: f64, to: f64) -> Scale {
        let ends = [self.range.0, self.range.1].into_iter();
        match self.log {
            true => Scale::log(ends, from, to),
            false => Scale::new(ends, from, to),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.marks.iter().map(|(_, label)| &label[..]).collect()
    }

    #[test]
    fn marks_are_labelled() {
        let axis = Axis::linear((0.0, 2000.0), 2);
        assert_eq!(labels(&axis), ["0", "1000", "2000"]);
        let named = axis.labelled(|x| format!("{}k", x / 1000.0));
        assert_eq!(labels(&named), ["0k", "1k", "2k"]);
        assert!(!named.labelled(|_| String::new()).has_labels());
    }

    #[test]
    fn logarithms_need_a_positive_range() {
        let log = Axis::log((1.0, 1000.0), 3);
        assert_eq!(labels(&log), ["1", "10", "100", "1000"]);
        assert!((log.scale(0.0, 3.0).at(10.0) - 1.0).abs() < 1e-12);
        assert_eq!(Axis::log((0.0, 10.0), 2), Axis::linear((0.0, 10.0), 2));
    }

    #[test]
    fn what_is_no_range_is_mended() {
        let (nan, inf) = (f64::NAN, f64::INFINITY);
        for range in [(nan, nan), (inf, -inf), (5.0, 5.0), (2.0, 1.0), (0.0, 0.0)] {
            let axis = Axis::linear(range, 5);
            assert!(
                axis.range.0 < axis.range.1 && axis.marks.len() > 1,
                "{range:?}"
            );
        }
    }
}
