//! Values that a format is wider for than for all others: they alone are longer, shorter, of other characters, or another word.

use std::collections::BTreeMap;

use crate::format::{Atom, Format, Part};
use crate::matching::{Match, matched};

/// A share of so many values, or one value, may be what a format is wider for.
const ALONE: usize = 50;
/// Formats of fewer values are not looked at.
const FEWEST: usize = 8;
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
    let found = (0..texts.len()).filter_map(|v| Some((v, matched(format, texts[v])?)));
    let found: Vec<(usize, Vec<Match>)> = found.collect();
    if found.len() < FEWEST {
        return vec![];
    }
    let mut sightings = Sightings::new();
    for (v, parts) in &found {
        note(
            &format.0,
            parts,
            (*v, texts[*v]),
            &mut vec![],
            &mut sightings,
        );
    }
    let few = (found.len() / ALONE).max(1);
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

/// What is seen in few values, and makes a part wider.
fn widening(seen: BTreeMap<Seen, Vec<usize>>, few: usize) -> Vec<(Seen, Vec<usize>)> {
    let often = |what: &Seen| matches!(what, Seen::Often(_));
    let (least, most) = (
        seen.keys().find(|what| often(what)).cloned(),
        seen.keys().rfind(|what| often(what)).cloned(),
    );
    let between =
        |what: &Seen| often(what) && Some(what) != least.as_ref() && Some(what) != most.as_ref();
    let is_rare = |(what, values): &(Seen, Vec<usize>)| values.len() <= few && !between(what);
    let of_kind = |what: &Seen| {
        seen.keys()
            .filter(|other| std::mem::discriminant(*other) == std::mem::discriminant(what))
            .count()
    };
    let varies: Vec<Seen> = seen
        .keys()
        .filter(|what| of_kind(what) > 1)
        .cloned()
        .collect();
    seen.into_iter()
        .filter(is_rare)
        .filter(|(what, _)| varies.contains(what))
        .collect()
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
