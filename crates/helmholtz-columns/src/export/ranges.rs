//! Sets of characters: what two of them share, and which holds which.

use std::borrow::Cow;
use std::sync::OnceLock;

use super::{Atom, Class, Part, named};

/// Characters as ranges, in order and with others between.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ranges(pub(super) Vec<(char, char)>);

/// Those of each class, once asked for.
static CLASSES: [OnceLock<Ranges>; 28] = [const { OnceLock::new() }; 28];

impl Ranges {
    /// Those of a class.
    pub(super) fn of_class(class: Class) -> &'static Self {
        CLASSES[class.index()].get_or_init(|| match class {
            Class::ANY => Self(vec![('\0', char::MAX)]),
            _ => class.members().map(|c| (c, c)).collect(),
        })
    }

    /// What an atom stands for, if that is a character.
    pub(super) fn of(atom: &Atom) -> Option<Cow<'static, Self>> {
        match atom {
            Atom::Literal(character) => Some(Cow::Owned(Self(vec![(*character, *character)]))),
            Atom::Class(class) => Some(Cow::Borrowed(Self::of_class(*class))),
            Atom::Set(own) => Some(Cow::Owned(own.iter().map(|c| (*c, *c)).collect())),
            Atom::Words(_) | Atom::Group(_) | Atom::Named(_) => None,
        }
    }

    /// What an atom may begin with.
    pub(super) fn first(atom: &Atom) -> Cow<'static, Self> {
        match atom {
            Atom::Words(words) => {
                let first = words.iter().filter_map(|word| word.chars().next());
                Cow::Owned(first.map(|c| (c, c)).collect())
            }
            Atom::Group(parts) => Cow::Owned(Self::first_of(parts)),
            Atom::Named(name) => Cow::Owned(named::first(*name)),
            one => Self::of(one).unwrap_or_default(),
        }
    }

    /// What some parts may begin with.
    fn first_of(parts: &[Part]) -> Self {
        let needed = parts.iter().position(|part| !may_miss(part));
        let until = needed.map_or(parts.len(), |n| n + 1);
        let firsts = parts[..until].iter().map(|part| Self::first(&part.atom));
        firsts.fold(Self::default(), |all, first| all.or(&first))
    }

    /// Characters of either.
    pub(super) fn or(&self, other: &Self) -> Self {
        self.0.iter().chain(&other.0).copied().collect()
    }

    /// Whether any character is in both.
    pub(super) fn meets(&self, other: &Self) -> bool {
        self.0.iter().any(|(first, last)| {
            let after = other.0.partition_point(|range| range.1 < *first);
            other.0.get(after).is_some_and(|range| range.0 <= *last)
        })
    }

    /// Whether all characters of another are in it.
    pub(super) fn holds(&self, other: &Self) -> bool {
        other.0.iter().all(|(first, last)| {
            let after = self.0.partition_point(|range| range.1 < *first);
            let around = self.0.get(after);
            around.is_some_and(|range| range.0 <= *first && *last <= range.1)
        })
    }

    /// Whether a character is in it.
    pub(super) fn has(&self, character: char) -> bool {
        self.holds(&Self(vec![(character, character)]))
    }
}

impl FromIterator<(char, char)> for Ranges {
    /// Ranges in any order.
    fn from_iter<I: IntoIterator<Item = (char, char)>>(ranges: I) -> Self {
        let mut sorted: Vec<(char, char)> = ranges.into_iter().collect();
        sorted.sort_unstable();
        let mut all: Vec<(char, char)> = vec![];
        for (first, last) in sorted {
            match all.last_mut() {
                Some(before) if first <= before.1 || next(before.1) == Some(first) => {
                    before.1 = before.1.max(last);
                }
                _ => all.push((first, last)),
            }
        }
        Self(all)
    }
}

/// The character after one.
fn next(character: char) -> Option<char> {
    (character..=char::MAX).nth(1)
}

/// Whether a part generates the empty text.
pub(super) fn may_miss(part: &Part) -> bool {
    let empty = matches!(&part.atom, Atom::Group(parts) if parts.iter().all(may_miss));
    part.count.least == 0 || empty
}
