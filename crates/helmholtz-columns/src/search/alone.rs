//! Values that a format is wider for than for all others: they alone are longer, shorter, of other characters, or another word.

use std::collections::BTreeMap;
use std::mem::discriminant;

use crate::format::{Atom, Count, Format, Part};
use crate::matching::{Match, matched};

/// A share of so many values, or one value, may be what a format is wider for.
const ALONE: usize = 50;
/// Formats of fewer values are not looked at.
const FEWEST: usize = 8;
/// Of so many values one may be unlike all others, where there are this many.
const RARE: usize = 20;
const MANY: usize = 20;
/// Sets of values that are told, at most.
const MOST: usize = 8;

/// What is seen of a part in a text. The order is the one in which it is told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Seen {
    /// How many times it stands, or of how many characters it is.
    Often(usize),
    /// A kind of characters: small letters or capital ones, up to f or beyond, digits, or a character that is none of these.
    Kind(char),
    /// A word.
    Word(Vec<char>),
}

/// Of the parts, each told by the way to it, what is seen in which values.
type Sightings = BTreeMap<Vec<usize>, BTreeMap<Seen, Vec<usize>>>;

/// Sets of values, each of which may be all that some part is wider for.
pub(super) fn alone(format: &Format, texts: &[&[char]]) -> Vec<Vec<usize>> {
    let (sightings, found) = sightings(format, texts);
    if found < FEWEST {
        return vec![];
    }
    let few = (found / ALONE).max(1);
    let mut sets: Vec<(Seen, Vec<usize>)> = vec![];
    for (what, values) in sightings.into_values().flat_map(|seen| widening(seen, few)) {
        if sets.iter().all(|(_, known)| *known != values) {
            sets.push((what, values));
        }
    }
    sets.sort();
    sets.truncate(MOST);
    sets.into_iter().map(|(_, values)| values).collect()
}

/// Values unlike nearly all others in how often some part stands, or in a character that it always is one of.
pub(super) fn unlike(format: &Format, texts: &[&[char]]) -> Vec<usize> {
    let (sightings, found) = sightings(format, texts);
    if found < MANY {
        return vec![];
    }
    let few = |n: usize| n * RARE <= found;
    let rare = sightings.into_values().flat_map(|seen| {
        let is_kind = |seen: &Seen| matches!(seen, Seen::Kind(_));
        let all: Vec<(Seen, Vec<usize>)> = seen.into_iter().filter(|s| !is_kind(&s.0)).collect();
        let alike = all.chunk_by(|a, b| discriminant(&a.0) == discriminant(&b.0));
        let rare = alike.flat_map(|chunk| {
            let most = chunk
                .iter()
                .map(|(_, values)| values.len())
                .max()
                .unwrap_or(0);
            let others: usize = chunk.iter().map(|(_, values)| values.len()).sum::<usize>() - most;
            let rare = chunk
                .iter()
                .filter(move |(_, values)| few(others) && values.len() < most);
            rare.flat_map(|(_, values)| values.clone())
        });
        rare.collect::<Vec<usize>>()
    });
    rare.collect()
}

/// What is seen of each part of a format in texts, and in how many.
fn sightings(format: &Format, texts: &[&[char]]) -> (Sightings, usize) {
    let (mut all, mut found) = (Sightings::new(), 0);
    for (v, text) in texts.iter().enumerate() {
        if let Some(parts) = matched(format, text) {
            found += 1;
            note(&format.0, &parts, (v, text), &mut vec![], &mut all);
        }
    }
    (all, found)
}

/// What is seen in few values, and makes a part wider: the smallest or the largest number, one of several kinds, or of several words.
fn widening(seen: BTreeMap<Seen, Vec<usize>>, few: usize) -> Vec<(Seen, Vec<usize>)> {
    let all: Vec<(Seen, Vec<usize>)> = seen.into_iter().collect();
    // What is alike stands together, and numbers in their order.
    let alike = all.chunk_by(|a, b| discriminant(&a.0) == discriminant(&b.0));
    let widest = alike.filter(|chunk| chunk.len() > 1).flat_map(|chunk| {
        let numbers = matches!(chunk[0].0, Seen::Often(_));
        let ends = |k: &usize| !numbers || *k == 0 || *k == chunk.len() - 1;
        (0..chunk.len())
            .filter(ends)
            .map(|k| &chunk[k])
            .collect::<Vec<_>>()
    });
    let rare = widest.filter(|(_, values)| values.len() <= few);
    rare.cloned().collect()
}

/// Notes what is seen of each part in a value.
fn note(
    parts: &[Part],
    found: &[Match],
    (v, text): (usize, &[char]),
    way: &mut Vec<usize>,
    sightings: &mut Sightings,
) {
    for (k, (part, own)) in parts.iter().zip(found).enumerate() {
        way.push(k);
        let (start, end) = own.span();
        for seen in seen(part, own, &text[start..end]) {
            let values = sightings
                .entry(way.clone())
                .or_default()
                .entry(seen)
                .or_default();
            if values.last() != Some(&v) {
                values.push(v);
            }
        }
        if let Atom::Group(inside) = &part.atom {
            for time in &own.inside {
                note(inside, time, (v, text), way, sightings);
            }
        }
        way.pop();
    }
}

fn seen(part: &Part, own: &Match, span: &[char]) -> Vec<Seen> {
    match &part.atom {
        Atom::Group(_) => vec![Seen::Often(own.inside.len())],
        Atom::Named(_) => vec![Seen::Often(usize::from(!span.is_empty()))],
        Atom::Words(_) => vec![Seen::Word(span.to_vec())],
        Atom::Literal(_) => vec![Seen::Often(span.len())],
        // One of a few characters is as a word.
        Atom::Set(_) if part.count == Count::ONCE => vec![Seen::Word(span.to_vec())],
        Atom::Class(_) | Atom::Set(_) => {
            let kinds = span.iter().map(|c| Seen::Kind(kind(*c)));
            std::iter::once(Seen::Often(span.len()))
                .chain(kinds)
                .collect()
        }
    }
}

/// What stands for the kind of a character.
fn kind(character: char) -> char {
    match character {
        '0'..='9' => '0',
        // Hexadecimal digits are a kind of their own.
        'a'..='f' => 'a',
        'A'..='F' => 'A',
        c if c.is_lowercase() => 'z',
        c if c.is_uppercase() => 'Z',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_are_unlike_nearly_all_others_are_found() {
        let mut texts: Vec<String> = (0..40).map(|i| format!("{i:02}\u{b0}C")).collect();
        texts.push("72\u{b0}F".into());
        texts.push("123\u{b0}C".into());
        let texts: Vec<Vec<char>> = texts.iter().map(|t| t.chars().collect()).collect();
        let texts: Vec<&[char]> = texts.iter().map(|t| &t[..]).collect();
        let format: Format = "[0-9]{2,3}\u{b0}[CF]".parse().unwrap();
        let mut found = unlike(&format, &texts);
        found.sort_unstable();
        assert_eq!(found, [40, 41]);
        assert!(unlike(&format, &texts[25..]).is_empty());
        let half: Format = "[01]?[0-9]{1,3}\u{b0}[CF]".parse().unwrap();
        assert_eq!(unlike(&half, &texts[..40]), Vec::<usize>::new());
    }

    #[test]
    fn those_that_alone_are_otherwise_are_found() {
        let mut texts: Vec<String> = (0..20).map(|i| format!("ab{i:02}-red")).collect();
        texts.extend(["ab123-red", "xb14-red", "ab1x-red"].map(str::to_owned));
        let texts: Vec<Vec<char>> = texts.iter().map(|t| t.chars().collect()).collect();
        let texts: Vec<&[char]> = texts.iter().map(|t| &t[..]).collect();
        let format: Format = "[a-z]b[0-9a-z]{2,3}-(?:red|blue)".parse().unwrap();
        assert_eq!(alone(&format, &texts), [[20], [21], [22]]);
        assert!(alone(&format, &texts[..20]).is_empty());
        assert!(alone(&format, &texts[18..]).is_empty());
    }
}
