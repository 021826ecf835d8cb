//! Columns of dates: from when to when, which days, and those that are far from all others.

use helmholtz_columns::format::{Atom, Format};
use helmholtz_columns::names::{Date, Name};
use helmholtz_columns::search::Found;
use helmholtz_data::Column;
use serde::Serialize;

/// Days of a column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Days {
    /// The first of them, as ISO 8601 writes it.
    pub first: String,
    /// The last.
    pub last: String,
    /// Which they are, such as "last days of months"; none if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub which: Option<String>,
    /// Values that are far from all others, such as 1900-01-01 for a day that nobody knows; they are not counted above.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub far: Vec<Far>,
}

/// A date far from all others.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Far {
    /// As it stands there.
    pub value: String,
    /// The line of its first occurrence.
    pub line: Option<u64>,
    /// How many rows have it.
    pub count: u64,
}

impl Days {
    /// Of a column by its best program; none where that knows of no dates.
    pub fn of(best: &Found, column: &Column) -> Option<Self> {
        let formats = best.program.0.iter().zip(&best.explained.rows);
        let dated = formats.filter_map(|(format, rows)| Some((name_of(format)?, rows)));
        let (name, _) = dated.reduce(|a, b| if b.1 > a.1 { b } else { a })?;
        let (mut usual, mut far): (Vec<Date>, Vec<Far>) = (vec![], vec![]);
        for (v, of) in best.explained.format_of.iter().enumerate() {
            let text: Vec<char> = column.values[v].chars().collect();
            match of.and_then(|b| best.program.0[b].date(&text)) {
                Some((date, true)) => usual.push(date),
                Some(_) => far.push(Far {
                    value: column.values[v].clone(),
                    line: column.lines.get(v).copied(),
                    count: column.counts.get(v).copied().unwrap_or(1),
                }),
                None => {}
            }
        }
        let written = |(year, month, day): Date| match name.has_days() {
            true => format!("{year:04}-{month:02}-{day:02}"),
            false => format!("{year:04}-{month:02}"),
        };
        Some(Self {
            first: written(*usual.iter().min()?),
            last: written(*usual.iter().max()?),
            which: name.which().and_then(|which| which.told()),
            far,
        })
    }
}

/// The dates of a format.
fn name_of(format: &Format) -> Option<Name> {
    format.0.iter().find_map(|part| match part.atom {
        Atom::Named(name) if name.has_years() => Some(name),
        _ => None,
    })
}
