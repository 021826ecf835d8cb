//! What an option holds, and what fits.

use std::ops::{Bound, RangeBounds};

use serde_json::Value;

use super::Field;

/// What an option holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Yes or no.
    Flag,
    /// A whole number within bounds.
    Count {
        /// The least.
        least: u64,
        /// The most.
        most: u64,
    },
    /// A number within bounds.
    Number {
        /// The least, or what it has to be above.
        least: Bound<f64>,
        /// The most, or what it has to be below.
        most: Bound<f64>,
    },
    /// Text.
    Text,
    /// One of some words, with what each means.
    Word(Vec<(String, String)>),
    /// Any number of them.
    Many(Box<Kind>),
    /// One of each, in this order.
    Each(Vec<Kind>),
    /// A table of its own.
    Table(Vec<Field>),
    /// One of some words, with what each means, or a table of one of some others.
    Either(Vec<(String, String)>, Vec<Field>),
}

impl Kind {
    /// Refuses a value that does not fit, and says which would.
    ///
    /// # Errors
    /// Says what was given and what fits.
    pub fn check(&self, value: &Value) -> Result<(), String> {
        let fits = match self {
            _ if value.is_null() => true,
            Self::Flag => value.is_boolean(),
            Self::Count { least, most } => value
                .as_u64()
                .is_some_and(|n| (*least..=*most).contains(&n)),
            Self::Number { least, most } => {
                value.as_f64().is_some_and(|x| (*least, *most).contains(&x))
            }
            Self::Text => value.is_string(),
            Self::Word(words) => is_of(words, value),
            Self::Many(kind) => {
                let all = value.as_array().ok_or_else(|| self.wanted())?;
                return all.iter().try_for_each(|one| kind.check(one));
            }
            Self::Each(kinds) => {
                let all = value.as_array().filter(|all| all.len() == kinds.len());
                let mut each = all.ok_or_else(|| self.wanted())?.iter().zip(kinds);
                return each.try_for_each(|(one, kind)| kind.check(one));
            }
            Self::Table(_) => value.is_object(),
            Self::Either(words, _) => value.is_object() || is_of(words, value),
        };
        match fits {
            true => Ok(()),
            false => Err(format!(
                "`{}` does not fit; {}",
                shown(value),
                self.wanted()
            )),
        }
    }

    /// What fits.
    pub fn wanted(&self) -> String {
        match self {
            Self::Flag => "say true or false".into(),
            Self::Count { least, most } if *most >= LARGEST => {
                format!("choose a whole number from {least}")
            }
            Self::Count { .. } | Self::Number { .. } => match self.range() {
                Some(range) => format!("choose {range}"),
                None => "write a number".into(),
            },
            Self::Text => "write text".into(),
            Self::Word(words) => format!("choose from {}", names(words)),
            Self::Many(_) => "write a list".into(),
            Self::Each(kinds) => format!("write a list of {}", kinds.len()),
            Self::Table(_) => "write a table".into(),
            Self::Either(words, fields) => {
                let tables: Vec<&str> = fields.iter().map(|f| f.name.as_str()).collect();
                let tables = tables.join(", ");
                format!("choose from {}, or write a table {tables}", names(words))
            }
        }
    }

    /// Between which bounds it is, if there are any: `from 1 to 100`, `above 0`.
    pub fn range(&self) -> Option<String> {
        match self {
            Self::Count { least: 0, most } if *most >= LARGEST => None,
            Self::Count { least, most } if *most >= LARGEST => Some(format!("from {least}")),
            Self::Count { least, most } => Some(format!("from {least} to {most}")),
            Self::Number { least, most } => between(*least, *most),
            Self::Many(kind) => Some(format!("each {}", kind.range()?)),
            Self::Each(kinds) => {
                let ranges: Option<Vec<String>> = kinds.iter().map(Self::range).collect();
                Some(ranges?.join(", "))
            }
            _ => None,
        }
    }

    /// The options in it.
    pub(super) fn fields(&self) -> &[Field] {
        match self {
            Self::Table(fields) | Self::Either(_, fields) => fields,
            _ => &[],
        }
    }

    /// What a value of it is called.
    pub(super) fn value(&self) -> &'static str {
        match self {
            Self::Flag => "",
            Self::Count { .. } => "N",
            Self::Number { .. } => "X",
            Self::Text => "TEXT",
            Self::Word(_) | Self::Either(..) => "WORD",
            Self::Many(kind) => kind.value(),
            Self::Each(_) => "LIST",
            Self::Table(_) => "TABLE",
        }
    }
}

/// The largest count that every file format can hold: one from here on is without bound.
pub(super) const LARGEST: u64 = i64::MAX as u64;

fn is_of(words: &[(String, String)], value: &Value) -> bool {
    words.iter().any(|w| w.0 == shown(value))
}

fn names(words: &[(String, String)]) -> String {
    let names: Vec<&str> = words.iter().map(|w| w.0.as_str()).collect();
    names.join(", ")
}

/// Bounds in words, if there are any.
fn between(least: Bound<f64>, most: Bound<f64>) -> Option<String> {
    if let (Bound::Included(least), Bound::Included(most)) = (least, most) {
        return Some(format!("from {least} to {most}"));
    }
    let least = match least {
        Bound::Included(x) => Some(format!("at least {x}")),
        Bound::Excluded(x) => Some(format!("above {x}")),
        Bound::Unbounded => None,
    };
    let most = match most {
        Bound::Included(x) => Some(format!("at most {x}")),
        Bound::Excluded(x) => Some(format!("below {x}")),
        Bound::Unbounded => None,
    };
    match (least, most) {
        (Some(least), Some(most)) => Some(format!("{least} and {most}")),
        (one, other) => one.or(other),
    }
}

/// A value as it would be typed.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
