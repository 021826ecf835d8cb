//! A panel with axes.

use super::{Anchor, Axis, Scale, fitted, polygon, polyline, stroke, text, text_width};

/// Room on the left for labels.
const LEFT: f64 = 66.0;
/// Room on the other sides, and below and above where there are labels or a title.
const EDGE: f64 = 10.0;
const FOOT: f64 = 28.0;
const HEAD: f64 = 26.0;
/// Between a label and its axis, or the next label.
const GAP: f64 = 6.0;
/// Half the length of what has only one point.
const DASH: f64 = 3.0;
/// The axes and the lines of their marks.
const INK: &str = "#666666";
const FAINT: &str = "#e6e6e6";

/// Points of the same line, one after the other: where each is, and its values.
type Run<const N: usize> = Vec<(f64, [f64; N])>;

/// A panel with axes and a title, on which lines and bands are drawn in the units of the data.
///
/// What is beyond an axis is drawn at its end. A line has a gap where a value is NaN, and a point alone is a dash.
#[derive(Clone, Debug)]
pub struct Plot {
    x: Scale,
    y: Scale,
    drawn: String,
}

impl Plot {
    /// A panel of a size. There is room above it where the title is not empty, and below it where the axis has labels.
    pub fn new((width, height): (f64, f64), title: &str, x: Axis, y: Axis) -> Self {
        let top = if title.is_empty() { EDGE } else { HEAD };
        let foot = if x.has_labels() { FOOT } else { EDGE };
        let (right, bottom) = (width - EDGE, height - foot);
        let mut plot = Self {
            x: x.scale(LEFT, right),
            y: y.scale(bottom, top),
            drawn: String::new(),
        };
        if !title.is_empty() {
            let middle = (0.5 * (LEFT + right), top - 9.0);
            plot.drawn += &text(middle, Anchor::Middle, &fitted(title, right - LEFT));
        }
        plot.marks_below(&x, (top, bottom), width);
        plot.marks_beside(&y, right);
        let corner = [(LEFT, top), (LEFT, bottom), (right, bottom)];
        plot.drawn += &polyline(corner.into_iter(), &stroke(INK, 1.0, 1.0));
        plot
    }

    /// Lines upwards, and labels below them where they do not touch.
    fn marks_below(&mut self, axis: &Axis, (top, bottom): (f64, f64), width: f64) {
        let mut free = 0.0;
        for (value, words) in &axis.marks {
            let x = self.x.within(*value);
            let line = [(x, top), (x, bottom)].into_iter();
            self.drawn += &polyline(line, &stroke(FAINT, 1.0, 1.0));
            let room = text_width(words);
            let start = (x - 0.5 * room).min(width - room);
            if !words.is_empty() && start >= free {
                let middle = (start + 0.5 * room, bottom + 18.0);
                self.drawn += &text(middle, Anchor::Middle, words);
                free = start + room + GAP;
            }
        }
    }

    /// Lines to the right, and labels on the left, each only once.
    fn marks_beside(&mut self, axis: &Axis, right: f64) {
        let mut before = String::new();
        for (value, words) in &axis.marks {
            let y = self.y.within(*value);
            let line = [(LEFT, y), (right, y)].into_iter();
            self.drawn += &polyline(line, &stroke(FAINT, 1.0, 1.0));
            let words = match text_width(words) <= LEFT - GAP {
                true => words.clone(),
                false => format!("{value:.1e}"),
            };
            if !words.is_empty() && words != before {
                self.drawn += &text((LEFT - GAP, y + 4.0), Anchor::End, &words);
            }
            before = words;
        }
    }

    /// A line through points.
    pub fn line(&mut self, points: impl IntoIterator<Item = (f64, f64)>, style: &str) {
        for run in self.runs(points.into_iter().map(|(x, y)| (x, [y]))) {
            let style = format!("{style} stroke-linejoin=\"round\"");
            self.drawn += &polyline(run.into_iter().map(|(x, [y])| (x, y)), &style);
        }
    }

    /// An area between the lower and the upper one of two values at each point.
    pub fn band(&mut self, points: impl IntoIterator<Item = (f64, [f64; 2])>, style: &str) {
        for run in self.runs(points) {
            let below = run.iter().map(|&(x, [low, _])| (x, low));
            let above = run.iter().rev().map(|&(x, [_, high])| (x, high));
            self.drawn += &polygon(below.chain(above), style);
        }
    }

    /// Where points are, apart where something between them has no place.
    fn runs<const N: usize>(
        &self,
        points: impl IntoIterator<Item = (f64, [f64; N])>,
    ) -> Vec<Run<N>> {
        let place = |(x, y): (f64, [f64; N])| (self.x.within(x), y.map(|v| self.y.within(v)));
        let nowhere = |(x, y): &(f64, [f64; N])| x.is_nan() || y.iter().any(|v| v.is_nan());
        let places: Run<N> = points.into_iter().map(place).collect();
        let runs = places.split(nowhere).filter(|run| !run.is_empty());
        runs.map(|run| match run {
            [(x, y)] => vec![(x - DASH, *y), (x + DASH, *y)],
            _ => run.to_vec(),
        })
        .collect()
    }

    /// The panel.
    pub fn draw(self) -> String {
        self.drawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::svg::fill;

    fn plot(title: &str) -> Plot {
        let axis = || Axis::linear((0.0, 10.0), 5);
        Plot::new((110.0 + LEFT + EDGE, 200.0), title, axis(), axis())
    }

    #[test]
    fn a_panel_has_its_title_and_labels() {
        let drawn = plot("a < b").draw();
        assert!(drawn.contains("a &lt; b"));
        // Both axes from 0 to 10 in steps of 2.
        assert_eq!(drawn.matches("<text").count(), 1 + 6 + 6);
        assert_eq!(drawn.matches(FAINT).count(), 6 + 6);
    }

    #[test]
    fn labels_that_touch_or_repeat_are_left_out() {
        let long = |x| format!("number {x}");
        let x = Axis::linear((0.0, 10.0), 5).labelled(long);
        let y = Axis::linear((1e9, 1e9 + 10.0), 5);
        let drawn = Plot::new((200.0, 200.0), "", x, y).draw();
        assert!(drawn.matches("number").count() < 4, "{drawn}");
        assert_eq!(drawn.matches("1.0e9").count(), 1, "{drawn}");
    }

    #[test]
    fn lines_have_gaps_and_dashes() {
        let mut lines = plot("");
        let before = lines.drawn.matches("<polyline").count();
        let (nan, inf) = (f64::NAN, f64::INFINITY);
        let values = [1.0, 2.0, nan, 3.0, nan, nan, inf, 1e9];
        let points = values.iter().enumerate().map(|(t, &v)| (t as f64, v));
        lines.line(points, &stroke("red", 1.0, 1.0));
        let drawn = lines.draw();
        assert_eq!(drawn.matches("<polyline").count() - before, 3);
        assert!(!drawn.contains("NaN") && !drawn.contains("inf"));
    }

    #[test]
    fn bands_are_areas_and_nothing_is_nothing() {
        let mut bands = plot("");
        bands.band([], &fill("red", 0.2));
        bands.band([(1.0, [f64::NAN, 2.0])], &fill("red", 0.2));
        assert!(!bands.drawn.contains("<polygon"));
        bands.band([(1.0, [1.0, 2.0])], &fill("red", 0.2));
        bands.band([(1.0, [1.0, 2.0]), (2.0, [1.0, 3.0])], &fill("red", 0.2));
        assert_eq!(bands.draw().matches("<polygon").count(), 2);
    }
}
