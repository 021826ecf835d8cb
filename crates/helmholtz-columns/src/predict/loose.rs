//! What programs are too narrow for.
//!
//! A program is fitted to its rows, so the next row is sometimes one that it is too narrow for and that looks like the others all
//! the same: longer, with another digit where it was always a 1. How often falls with the values that were seen. The law of such
//! rows draws a value of the column and another text of its shape.

use std::collections::HashMap;

use helmholtz_math::logsumexp;

use crate::density::plus;
use crate::format::Format;
use crate::rows::Rows;
use crate::shapes::Shape;

/// How coarse shapes are, with how likely each level is.
const LEVELS: [(usize, f64); 2] = [(0, 0.7), (1, 0.3)];
/// The most shapes of a level.
const MOST_SHAPES: usize = 24;
/// The chance that a new value is such a one is this over the number of distinct values and two. Of 0.1 to 1, and of laws that fall
/// more slowly, this makes the next rows of built-in columns likeliest.
const CHANCE: f64 = 0.3;

/// The law of texts that have the shape of a value.
pub(super) struct Loose {
    /// ln of the share of each shape, and the shape.
    shapes: Vec<(f64, Format)>,
    chance: f64,
}

impl Loose {
    /// For the values of some rows.
    pub(super) fn new(rows: &Rows) -> Self {
        let shapes = LEVELS.iter().flat_map(|(level, share)| {
            let often = most_frequent(rows, *level);
            let all = often.iter().map(|(_, n)| *n as f64).sum::<f64>();
            let weighted = often.into_iter();
            weighted.map(move |(shape, n)| ((share * n as f64 / all).ln(), shape.format()))
        });
        let (distinct, all) = (rows.values.len() as f64, rows.count() as f64);
        Self {
            shapes: shapes.collect(),
            // As many of the next rows are new as of those that there are.
            chance: CHANCE / (distinct + 2.0) * distinct / all.max(1.0),
        }
    }

    /// ln of the probability of a text of which programs give another.
    pub(super) fn beside(&self, by_programs: f64, text: &[char]) -> f64 {
        let each = self.shapes.iter();
        let each: Vec<f64> = each
            .map(|(share, shape)| share + shape.log_prob(text))
            .collect();
        plus(
            by_programs + (1.0 - self.chance).ln(),
            logsumexp(&each) + self.chance.ln(),
        )
    }
}

/// The most frequent shapes of the values, with how many have them.
fn most_frequent(rows: &Rows, level: usize) -> Vec<(Shape, u64)> {
    let mut often: HashMap<Shape, u64> = HashMap::new();
    for value in &rows.values {
        *often.entry(Shape::unfolded(value, level)).or_default() += 1;
    }
    let mut often: Vec<(Shape, u64)> = often.into_iter().collect();
    often.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    often.truncate(MOST_SHAPES);
    often
}
