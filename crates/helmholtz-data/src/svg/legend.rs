//! What the lines of a picture are.

use super::{fitted, label, polyline, text_width};

/// The height of a line of keys.
const LINE: f64 = 22.0;
/// The edge on the left and the right.
const EDGE: f64 = 12.0;
/// The sample before a name and the room after it.
const SAMPLE: f64 = 22.0;
const GAP: f64 = 6.0;
const AFTER: f64 = 22.0;

/// A name and the style of its line.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// What is drawn so.
    pub name: String,
    /// How it is drawn, by [`stroke`](super::stroke).
    pub style: String,
}

impl Key {
    /// A name for a style.
    pub fn new(name: impl Into<String>, style: String) -> Self {
        Self {
            name: name.into(),
            style,
        }
    }
}

/// Names beside samples of their lines, in as many columns as a width has room for; and the height that they take.
pub fn legend(keys: &[Key], width: f64) -> (String, f64) {
    let inside = width - 2.0 * EDGE;
    let longest = keys.iter().map(|k| text_width(&k.name)).fold(0.0, f64::max);
    let column = (SAMPLE + GAP + longest + AFTER).min(inside);
    let columns = (inside / column).max(1.0) as usize;
    let draw = |(i, key): (usize, &Key)| {
        let x = EDGE + (i % columns) as f64 * column;
        let y = ((i / columns) as f64 + 0.5) * LINE;
        let name = fitted(&key.name, column - SAMPLE - GAP);
        polyline([(x, y), (x + SAMPLE, y)].into_iter(), &key.style)
            + &label((x + SAMPLE + GAP, y + 4.0), &name)
    };
    let drawn = keys.iter().enumerate().map(draw).collect();
    (drawn, keys.len().div_ceil(columns) as f64 * LINE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(count: usize) -> Vec<Key> {
        let key = |i| Key::new(format!("number {i}"), format!("class=\"{i}\""));
        (0..count).map(key).collect()
    }

    #[test]
    fn names_are_wrapped() {
        let (drawn, height) = legend(&keys(5), 260.0);
        assert_eq!(height, 3.0 * LINE);
        assert!(drawn.contains("class=\"4\"") && drawn.contains("number 4"));
    }

    #[test]
    fn there_is_a_legend_for_every_width_and_count() {
        assert_eq!(legend(&[], 300.0), (String::new(), 0.0));
        for width in [0.0, 30.0, 60.0] {
            assert_eq!(legend(&keys(2), width).1, 2.0 * LINE);
        }
    }
}
