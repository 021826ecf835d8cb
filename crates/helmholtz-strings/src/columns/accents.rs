//! Columns that write the same letter in two ways: é as one character (NFC), or as e and an accent (NFD). They look alike, and no
//! program that compares them finds them equal.

use helmholtz_data::Column;
use serde::Serialize;
use unicode_normalization::{is_nfc, is_nfd};

/// Values that take letters apart, where others do not.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Accents {
    /// Distinct values that do.
    pub apart: usize,
    /// Rows of these.
    pub rows: u64,
    /// The first of them.
    pub example: String,
    /// Its line.
    pub line: Option<u64>,
}

impl Accents {
    /// Of a column; none where all values that could be taken apart are written alike.
    pub fn of(column: &Column) -> Option<Self> {
        let beyond = (0..column.values.len()).filter(|v| !column.values[*v].is_ascii());
        let apart: Vec<usize> = beyond
            .clone()
            .filter(|v| !is_nfc(&column.values[*v]))
            .collect();
        let whole = beyond.filter(|v| !is_nfd(&column.values[*v]));
        let first = *apart.first()?;
        // A value that mixes both by itself is of both.
        (whole.count() > 0).then(|| Self {
            apart: apart.len(),
            rows: apart.iter().filter_map(|v| column.counts.get(*v)).sum(),
            example: column.values[first].clone(),
            line: column.lines.get(first).copied(),
        })
    }
}
