//! How large engines find a pattern: those that copy what is repeated refuse it from some size on, or take long to read it.
//!
//! Sizes are estimates that are rather too large, measured by engines of 2026.

use std::borrow::Cow;

use regex_syntax::utf8::Utf8Sequences;

use super::ranges::{Ranges, may_miss};
use super::{Atom, Dialect, NotExported, Part, write};

/// Refuses formats that are too large for a dialect.
pub(super) fn checked(formats: &[Vec<Part>], dialect: Dialect) -> Result<(), NotExported> {
    let (of, most): (fn(&Part) -> f64, f64) = match dialect {
        // The limit of `Regex::new`, in bytes.
        Dialect::Rust => (rust, 10_485_760.0),
        // Code of links of two bytes, which is how it is built unless told otherwise.
        Dialect::Pcre => (pcre, 65_000.0),
        // From here on `grep -E` takes a second to read it.
        Dialect::Posix => (automaton, 1e6),
        Dialect::Sql => (automaton, 1e7),
        Dialect::Python | Dialect::JavaScript => return Ok(()),
    };
    let size: f64 = formats.iter().flatten().map(of).sum();
    match size > most {
        true => Err(NotExported::TooLarge {
            dialect,
            times: size / most,
        }),
        false => Ok(()),
    }
}

/// Copies of what is repeated.
fn copies(part: &Part) -> f64 {
    let count = part.count;
    f64::from(
        count
            .most
            .map_or(count.least.saturating_add(1), |most| most),
    )
}

/// Ranges of what is a character.
fn ranges(atom: &Atom) -> Cow<'static, Ranges> {
    Ranges::of(atom).unwrap_or_default()
}

/// Bytes of the automaton of bytes.
fn rust(part: &Part) -> f64 {
    let each = match &part.atom {
        Atom::Words(words) => {
            let each = words.iter().map(|word| 100 + 60 * word.len());
            each.sum::<usize>() as f64
        }
        Atom::Group(parts) => parts.iter().map(rust).sum(),
        Atom::Named(name) => 60.0 * name.regex().len() as f64,
        one => {
            let ranges = ranges(one);
            let ends = ranges.0.iter();
            let bytes = ends.flat_map(|(first, last)| Utf8Sequences::new(*first, *last));
            match ranges.0.last() {
                Some((_, last)) if !last.is_ascii() => {
                    1100.0 + 16.0 * bytes.map(|all| all.len()).sum::<usize>() as f64
                }
                _ => 50.0,
            }
        }
    };
    (100.0 + each) * copies(part)
}

/// Bytes of code. A character that is repeated is not copied.
fn pcre(part: &Part) -> f64 {
    match &part.atom {
        Atom::Words(words) => {
            let each = words.iter().map(|word| 3 + 5 * word.len());
            (20.0 + each.sum::<usize>() as f64) * copies(part)
        }
        Atom::Group(parts) => (20.0 + parts.iter().map(pcre).sum::<f64>()) * copies(part),
        Atom::Named(name) => 10.0 * name.regex().len() as f64 * copies(part),
        Atom::Literal(_) => 15.0,
        Atom::Class(class) if write::script(*class).is_none() => 42.0,
        one => match ranges(one).0.last() {
            Some((_, last)) if !last.is_ascii() => 60.0 + 9.0 * ranges(one).0.len() as f64,
            _ => 42.0,
        },
    }
}

/// Ways that take as long to find as a state takes to make.
const STATE: f64 = 50.0;

/// Characters that a date or an address may begin or end with, as many as stand in its pattern.
const OF_NAME: f64 = 12.0;

/// States of an automaton, and ways between them beyond one for each.
fn automaton(part: &Part) -> f64 {
    let each = match &part.atom {
        Atom::Words(words) => STATE * words.iter().map(String::len).sum::<usize>() as f64,
        Atom::Group(parts) => parts.iter().map(automaton).sum(),
        Atom::Named(name) => STATE * name.regex().len() as f64,
        _ => STATE,
    };
    // Of what may be missing each time goes on to all others.
    let missing = part.count.most.map_or(0, |most| most - part.count.least);
    let ways = f64::from(missing).powi(2) / 2.0;
    each * copies(part) + ways * entries(part) * exits(part)
}

/// Characters that a part may begin with, as many as stand in its pattern.
fn entries(part: &Part) -> f64 {
    match &part.atom {
        Atom::Words(words) => words.len() as f64,
        Atom::Group(parts) => ends(parts.iter(), entries),
        Atom::Named(_) => OF_NAME,
        _ => 1.0,
    }
}

/// Those that it may end with.
fn exits(part: &Part) -> f64 {
    match &part.atom {
        Atom::Words(words) => words.len() as f64,
        Atom::Group(parts) => ends(parts.iter().rev(), exits),
        Atom::Named(_) => OF_NAME,
        _ => 1.0,
    }
}

/// Of parts, of which those may be missing that stand before one that may not.
fn ends<'a>(parts: impl Iterator<Item = &'a Part>, of: fn(&Part) -> f64) -> f64 {
    let mut sum = 0.0;
    for part in parts {
        sum += of(part);
        if !may_miss(part) {
            break;
        }
    }
    sum
}
