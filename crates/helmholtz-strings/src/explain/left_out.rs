//! What of a column an explanation does not cover.

use serde::Serialize;

use crate::alphabet::encode;
use helmholtz_data::{Column, Reason, Skipped};

/// What of a column an explanation does not cover, in rows: values with their repetitions.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LeftOut {
    /// The share of the column's rows that no program was scored on, from 0 to 1.
    pub share: f64,
    /// How many rows that is.
    pub rows: u64,
    /// Why they were left out, with the first few of them.
    #[serde(flatten)]
    pub skipped: Skipped,
}

impl LeftOut {
    /// What was skipped of a column of which so many rows are covered.
    pub(crate) fn new(skipped: Skipped, covered: u64) -> Self {
        let rows = skipped.rows();
        Self {
            share: rows as f64 / (rows + covered).max(1) as f64,
            rows,
            skipped,
        }
    }
}

/// The values of a column that a model can read, and an account of the others.
pub(super) struct Readable {
    pub(super) strings: Vec<Vec<u8>>,
    /// The values with their repetitions.
    pub(super) rows: u64,
    pub(super) skipped: Skipped,
}

impl Readable {
    /// The values over the alphabet of at most `longest` characters.
    pub(super) fn of(column: &Column, longest: usize) -> Self {
        let (mut strings, mut rows, mut skipped) = (vec![], 0, Skipped::default());
        // A value without a count, which no reader gives, stood there once.
        let counts = column.counts.iter().copied().chain(std::iter::repeat(1));
        for (value, count) in column.values.iter().zip(counts) {
            match read(value, longest) {
                Ok(string) => {
                    strings.push(string);
                    rows += count;
                }
                Err(reason) => skipped.note(None, reason, value, count),
            }
        }
        Self {
            strings,
            rows,
            skipped,
        }
    }
}

/// A value as the model reads it, or why it cannot.
fn read(value: &str, longest: usize) -> Result<Vec<u8>, Reason> {
    if value.chars().nth(longest).is_some() {
        return Err(Reason::TooLong);
    }
    encode(value).map_err(|outside| Reason::OutsideVocabulary(outside.character))
}
