//! How names are written: `<yyyy-mm-dd>`, or with the days that a column speaks of
//! `<yyyy-mm-dd from 2024-05-03 to 2025-02-25, Mondays to Fridays>`; `only from` where others are rarer than usual.

use std::fmt;

use super::calendar::Date;
use super::days::Days;
use super::{Law, Name, Which};
use crate::format::{Atom, Count, Part};

/// Behind the label where others are rarer than usual.
const ONLY: &str = " only";

impl Name {
    /// The name of that label, or that is written with its days.
    pub fn written(text: &str) -> Option<Self> {
        if let Some(name) = Self::labelled(text) {
            return Some(name);
        }
        let (label, days) = text.split_once(" from ")?;
        let (first, rest) = days.split_once(" to ")?;
        let (last, which) = rest.split_once(", ").unwrap_or((rest, ""));
        let which = Which::all().find(|w| w.told().unwrap_or_default() == which)?;
        let plain = label.strip_suffix(ONLY);
        let name = Self::labelled(plain.unwrap_or(label))?;
        let Law::Pattern(pattern) = &name.known().law else {
            return None;
        };
        let stretch = (date(first)?, date(last)?);
        let days = Days::between(pattern.calendar()?, stretch, which, plain.is_some())?;
        Some(Self {
            usual: Some(days),
            ..name
        })
    }

    /// The first and the last of its usual days.
    fn stretch(self) -> Option<(Date, Date)> {
        match &self.known().law {
            Law::Pattern(pattern) => Some(self.usual?.dates(pattern.calendar()?)),
            _ => None,
        }
    }
}

/// `2024-05-03`, or `2024-05`.
fn date(text: &str) -> Option<Date> {
    let numbers: Result<Vec<u16>, _> = text.split('-').map(str::parse).collect();
    match numbers.ok()?[..] {
        [year, month, day] => Some((year, month, day)),
        [year, month] => Some((year, month, 1)),
        _ => None,
    }
}

/// `<yyyy-mm-dd>`; by `{:+}` with its days.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}", self.label())?;
        if let Some((first, last)) = self.stretch().filter(|_| f.sign_plus()) {
            let is_firm = self.usual.is_some_and(|usual| usual.firm);
            f.write_str(if is_firm { ONLY } else { "" })?;
            for (word, (year, month, day)) in [("from", first), ("to", last)] {
                write!(f, " {word} {year:04}-{month:02}")?;
                if self.has_days() {
                    write!(f, "-{day:02}")?;
                }
            }
            if let Some(which) = self.usual.and_then(|usual| usual.which.told()) {
                write!(f, ", {which}")?;
            }
        }
        f.write_str(">")
    }
}

/// The most characters between the brackets.
pub(crate) fn longest_label() -> usize {
    let labels = Name::all().map(|name| name.label().chars().count());
    // With two dates, and which days.
    labels.max().unwrap_or(0) + 64
}

/// The name that parts spell, character by character, and how many parts that is.
pub(crate) fn spelled(parts: &[Part]) -> Option<(Name, usize)> {
    let plain = |part: &Part| match part.atom {
        Atom::Literal(c) if part.count == Count::ONCE => Some(c),
        _ => None,
    };
    if parts.first().and_then(plain) != Some('<') {
        return None;
    }
    let inside = parts[1..].iter().take(longest_label()).map_while(plain);
    let text: String = inside.take_while(|c| *c != '>').collect();
    let length = text.chars().count() + 2;
    // A count behind it is about all of it, where it is read.
    let closed = parts
        .get(length - 1)
        .is_some_and(|p| p.atom == Atom::Literal('>'));
    let name = Name::written(&text).filter(|_| closed)?;
    Some((name, length))
}
