//! Formats and texts of few characters, drawn for tests.

use proptest::prelude::*;

use crate::class::Class;
use crate::format::{Atom, Count, Format, Part};

fn counts() -> impl Strategy<Value = Count> {
    prop_oneof![
        3 => Just(Count::ONCE),
        1 => Just(Count::MAYBE),
        1 => (0u16..3).prop_map(Count::exactly),
        1 => (0u16..2, 1u16..3).prop_map(|(least, more)| Count::between(least, least + more)),
        1 => (0u16..3).prop_map(Count::from),
    ]
}

fn atoms() -> impl Strategy<Value = Atom> {
    prop_oneof![
        2 => prop::sample::select(vec!['a', 'b', '1', '-']).prop_map(Atom::Literal),
        2 => prop::sample::select(vec![Class::DIGIT, Class::LOWER, Class::WORD, Class::ANY])
            .prop_map(Atom::Class),
        1 => Just(Atom::Set(vec!['1', 'a'])),
        1 => Just(Atom::Words(vec!["a".into(), "ab".into(), "b1".into()])),
    ]
}

fn parts(atoms: impl Strategy<Value = Atom>) -> impl Strategy<Value = Part> {
    (atoms, counts()).prop_map(|(atom, count)| Part { atom, count })
}

/// Groups begin with something that is there.
fn groups() -> impl Strategy<Value = Atom> {
    let first = atoms().prop_map(Part::once);
    (first, prop::collection::vec(parts(atoms()), 0..2)).prop_map(|(first, rest)| {
        let parts = std::iter::once(first).chain(rest);
        Atom::Group(parts.collect())
    })
}

/// Formats.
pub(crate) fn formats() -> impl Strategy<Value = Format> {
    let part = prop_oneof![4 => parts(atoms()), 1 => parts(groups())];
    prop::collection::vec(part, 0..4).prop_map(Format)
}

/// Texts of up to five characters.
pub(crate) fn texts() -> impl Strategy<Value = Vec<char>> {
    prop::collection::vec(prop::sample::select(vec!['a', 'b', '1', '-']), 0..6)
}
