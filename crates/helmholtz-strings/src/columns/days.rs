//! Columns of dates: from when to when, which days, and what of it is in doubt.

use helmholtz_columns::format::{Atom, Format, Part};
use helmholtz_columns::names::{Date, Name, Standing};
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
    /// Values that are other days than these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<Day>,
    /// Values that are far from all others, such as 1900-01-01 for a day that nobody knows; they are not counted above.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub far: Vec<Day>,
    /// The first and the last year that years of two digits were taken for, which is a guess.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub century: Option<(u16, u16)>,
    /// Whether day and month may be the other way round.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turned: Option<Turned>,
}

/// A date of a column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Day {
    /// As it stands there.
    pub value: String,
    /// The line of its first occurrence.
    pub line: Option<u64>,
    /// How many rows have it.
    pub count: u64,
}

/// Rows whose day and month may be the other way round.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Turned {
    /// The other way to read them.
    pub format: String,
    /// How many there are.
    pub rows: u64,
    /// Whether others show that dates are written that way, too; else none shows that they are not.
    pub stands: bool,
}

impl Days {
    /// Of a column by its best program; none where that knows of no dates.
    pub fn of(best: &Found, column: &Column) -> Option<Self> {
        let formats = best.program.0.iter().zip(&best.explained.rows);
        let dated = formats.filter_map(|(format, rows)| Some((name_of(format)?, rows)));
        let (name, _) = dated.reduce(|a, b| if b.1 > a.1 { b } else { a })?;
        let mut usual: Vec<Date> = vec![];
        let (mut exceptions, mut far) = (vec![], vec![]);
        for (v, of) in best.explained.format_of.iter().enumerate() {
            let text: Vec<char> = column.values[v].chars().collect();
            let Some((date, standing)) = of.and_then(|b| best.program.0[b].date(&text)) else {
                continue;
            };
            match standing {
                Standing::Far => far.push(day(column, v)),
                Standing::Exception => exceptions.push(day(column, v)),
                Standing::Usual => {}
            }
            if standing != Standing::Far {
                usual.push(date);
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
            exceptions,
            far,
            century: name.century(),
            turned: turned(best, column),
        })
    }
}

fn day(column: &Column, v: usize) -> Day {
    Day {
        value: column.values[v].clone(),
        line: column.lines.get(v).copied(),
        count: rows(column, v),
    }
}

fn rows(column: &Column, v: usize) -> u64 {
    column.counts.get(v).copied().unwrap_or(1)
}

/// The dates of a format.
fn name_of(format: &Format) -> Option<Name> {
    format.0.iter().find_map(|part| match part.atom {
        Atom::Named(name) if name.has_years() => Some(name),
        _ => None,
    })
}

/// A format with day and month of its dates the other way round, if there is such.
fn turned_format(format: &Format) -> Option<(Format, Name)> {
    let name = name_of(format)?.turned()?;
    let part = |part: &Part| match part.atom {
        Atom::Named(own) if own.has_years() => Part::once(Atom::Named(name)),
        _ => part.clone(),
    };
    Some((Format(format.0.iter().map(part).collect()), name))
}

/// Rows that may be read the other way round, where none of their format may not, or that way stands there, too.
fn turned(best: &Found, column: &Column) -> Option<Turned> {
    let formats = &best.program.0;
    let of = |b: usize| {
        let (other, name) = turned_format(&formats[b])?;
        let own = best.explained.format_of.iter().zip(&column.values);
        let own = own.enumerate().filter(|(_, (of, _))| **of == Some(b));
        // What each is by the other way: the same day, another, or none.
        let read = own.map(|(v, (_, value))| {
            let text: Vec<char> = value.chars().collect();
            let date = |format: &Format| format.date(&text).map(|date| date.0);
            (v, date(&other).map(|day| Some(day) != date(&formats[b])))
        });
        let read: Vec<(usize, Option<bool>)> = read.collect();
        let differ = read.iter().filter(|(_, differs)| *differs == Some(true));
        let rows = differ.map(|(v, _)| rows(column, *v)).sum();
        let is_it = |format: &Format| name_of(format).is_some_and(|n| n.label() == name.label());
        let stands = formats.iter().any(is_it);
        let none_tells = read.iter().all(|(_, differs)| differs.is_some());
        (rows > 0 && (stands || none_tells)).then(|| Turned {
            format: name.to_string(),
            rows,
            stands,
        })
    };
    (0..formats.len()).find_map(of)
}
