//! What a column is, in a word.

use std::fmt;

use serde::{Serialize, Serializer};

use helmholtz_columns::class::Class;
use helmholtz_columns::format::{Atom, Format, Part};
use helmholtz_columns::names::Name;
use helmholtz_columns::predict::Predictive;
use helmholtz_columns::rows::Rows;
use helmholtz_columns::search::Found;

use super::numbers::Numbers;

/// What a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Without values.
    Nothing,
    /// One value.
    Constant,
    /// Few values, which come again.
    Enumeration,
    /// Numbers.
    Number,
    /// Days, with or without times.
    Date,
    /// Times of day.
    Time,
    /// Sentences.
    Text,
    /// Values of which each stands once.
    Identifier,
    /// Values of a format, or of several.
    Format,
}

/// Where the next row is a new value with less than this chance, a column is an enumeration.
const RARELY_NEW: f64 = 0.1;
/// An enumeration of more values is none, and one of more numbers is of what was counted or measured.
const MOST_WORDS: usize = 100;
const FEW: usize = 12;
/// A column is of dates where so large a share of its rows are.
const MOSTLY: f64 = 0.8;
/// Text has so many words on average, at least, and a format that says next to nothing of so many of its characters.
const WORDS: f64 = 3.0;
const VAGUE: f64 = 0.5;

impl Kind {
    /// Of rows by the best program and what it expects.
    pub fn of(rows: &Rows, best: &Found, next: &Predictive<'_>, numbers: Option<&Numbers>) -> Self {
        let native = best
            .explained
            .format_of
            .iter()
            .filter(|of| of.is_some())
            .count();
        let all = rows.count();
        match native {
            _ if share_of(rows, best, |f| has_name(f, true)) >= MOSTLY => Self::Date,
            _ if days(rows) >= MOSTLY => Self::Date,
            _ if share_of(rows, best, |f| has_name(f, false)) >= MOSTLY => Self::Time,
            0 if numbers.is_none() => Self::Text,
            1 if all > 1 => Self::Constant,
            n if is_enumeration(n, best, next) && (n <= FEW || numbers.is_none()) => {
                Self::Enumeration
            }
            _ if is_text(rows, best) => Self::Text,
            _ if numbers.is_some() => Self::Number,
            n if n as u64 == best.explained.rows.iter().sum::<u64>() => Self::Identifier,
            _ => Self::Format,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "empty",
            Self::Constant => "constant",
            Self::Enumeration => "enumeration",
            Self::Number => "number",
            Self::Date => "date",
            Self::Time => "time",
            Self::Text => "text",
            Self::Identifier => "identifier",
            Self::Format => "format",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

/// Whether a program is an enumeration of the values that it has.
pub(super) fn is_enumerating(found: &Found, rows: &Rows) -> bool {
    let native = found
        .explained
        .format_of
        .iter()
        .filter(|of| of.is_some())
        .count();
    let one = std::slice::from_ref(found);
    native <= MOST_WORDS && is_enumeration(native, found, &Predictive::new(rows, one))
}

fn is_enumeration(native: usize, best: &Found, next: &Predictive<'_>) -> bool {
    let rows = &best.explained.rows;
    let all: u64 = rows.iter().sum();
    let new = |(b, n): (usize, &u64)| *n as f64 / all.max(1) as f64 * next.new_chance(b);
    let chance: f64 = rows.iter().enumerate().map(new).sum();
    native <= MOST_WORDS && 2 * native as u64 <= all && chance < RARELY_NEW
}

/// The share of rows that are of formats of some kind.
fn share_of(rows: &Rows, best: &Found, is: impl Fn(&Format) -> bool) -> f64 {
    let formats = best.program.0.iter().zip(&best.explained.rows);
    let some: u64 = formats.filter(|(f, _)| is(f)).map(|(_, n)| n).sum();
    some as f64 / rows.count().max(1) as f64
}

/// The share of rows that are days, whatever the format says of them.
fn days(rows: &Rows) -> f64 {
    let dates: Vec<Name> = Name::all().filter(|name| name.has_years()).collect();
    let is_day = |value: &Vec<char>| dates.iter().any(|name| name.is(value));
    let each = rows.values.iter().zip(&rows.counts);
    let some: u64 = each.filter(|(v, _)| is_day(v)).map(|(_, n)| n).sum();
    some as f64 / rows.count().max(1) as f64
}

/// Whether a format is a date, or a time, with little else.
fn has_name(format: &Format, date: bool) -> bool {
    let named = |part: &Part| match part.atom {
        Atom::Named(name) => name.is_of_calendar() && name.has_years() == date,
        _ => false,
    };
    let phrase = |part: &Part| matches!(part.atom, Atom::Named(name) if name.is_phrase());
    let long = |part: &Part| part.count.most.is_none_or(|n| n > 12);
    let wide = |part: &Part| phrase(part) || vagueness(part) > 0.0 && long(part);
    format.0.iter().any(named) && !format.0.iter().any(wide)
}

/// How many characters of a part, of those that it expects, are of words of any length, or anything.
fn vagueness(part: &Part) -> f64 {
    let count = part.count;
    let times = match count.most {
        Some(most) => (f64::from(count.least) + f64::from(most)) / 2.0,
        None => f64::from(count.least) + 8.0,
    };
    let varies = count
        .most
        .is_none_or(|most| most.saturating_sub(count.least) > 2);
    let letters = |class: &Class| !class.holds(Class::DIGIT) || *class >= Class::WORD;
    match &part.atom {
        Atom::Class(class) if varies && letters(class) => times,
        Atom::Named(name) if name.is_word() => 8.0 * times,
        // As many words as there are.
        Atom::Named(name) if name.is_phrase() => f64::from(u16::MAX) * times,
        Atom::Group(parts) => times * parts.iter().map(vagueness).sum::<f64>(),
        _ => 0.0,
    }
}

/// Whether most rows are of several words, of which the format says little.
fn is_text(rows: &Rows, best: &Found) -> bool {
    let words = |value: &Vec<char>| value.split(|c| c.is_whitespace()).count() as f64;
    let average = rows.values.iter().map(words).sum::<f64>() / rows.values.len().max(1) as f64;
    let characters = |value: &Vec<char>| value.len() as f64;
    let length = rows.values.iter().map(characters).sum::<f64>() / rows.values.len().max(1) as f64;
    let vague = |f: &Format| f.0.iter().map(vagueness).sum::<f64>().min(length) >= VAGUE * length;
    average >= WORDS && share_of(rows, best, vague) >= VAGUE
}
