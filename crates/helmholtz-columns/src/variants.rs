//! Programs that say almost the same as one: a part a little wider, and what was foreign as a format of its own.
//!
//! What fits rows best is narrow. How probable wider programs are beside it is what the weights say, and what a new value is judged
//! by.

use super::class::Class;
use super::format::{Atom, Count, Format, Part, Program};
use super::names::Name;
use super::prior::narrowest;

/// Each with the place of the format that differs; its old place is beyond the program where it is new.
pub(crate) type Variant = (usize, Format);

/// Programs that differ from one in a part of a format.
pub(crate) fn wider(program: &Program) -> Vec<Variant> {
    let formats = program.0.iter().enumerate();
    let all = formats.flat_map(|(b, format)| {
        let each = parts(&format.0).into_iter().chain(as_phrase(&format.0));
        each.map(move |parts| (b, Format(parts)))
    });
    all.collect()
}

/// A format with words, not all parts of which are always there, as a phrase, which may be any of its values and many more.
fn as_phrase(all: &[Part]) -> Vec<Vec<Part>> {
    let is_of_words = |part: &Part| match &part.atom {
        Atom::Named(name) => name.is_of_words(),
        _ => false,
    };
    let varies = all.iter().any(|part| part.count != Count::ONCE);
    let phrases = Name::phrases().filter(|_| varies && all.iter().any(is_of_words));
    let phrases = phrases.map(|name| vec![Part::once(Atom::Named(name))]);
    phrases.collect()
}

/// Fewer values that are words are no format of their own.
const FEWEST: usize = 3;

/// Formats for values that no format has: by the narrowest class and the count that hold them; and words, if they are such.
pub(crate) fn for_foreign(values: &[&[char]]) -> Vec<Format> {
    let lengths = values
        .iter()
        .map(|v| u16::try_from(v.len()).unwrap_or(u16::MAX));
    let (Some(least), Some(most @ 1..)) = (lengths.clone().min(), lengths.max()) else {
        return vec![];
    };
    let class = Part {
        atom: Atom::Class(narrowest(values.iter().flat_map(|v| v.iter().copied()))),
        count: Count::between(least, most),
    };
    let phrases = |name: &Name| values.iter().filter(|v| name.is(v)).count() >= FEWEST;
    let words = Name::phrases().filter(phrases);
    let words = words.map(|name| Part::once(Atom::Named(name)));
    let all = std::iter::once(class).chain(words);
    all.map(|part| Format(vec![part])).collect()
}

fn parts(all: &[Part]) -> Vec<Vec<Part>> {
    let mut found = vec![];
    for (i, part) in all.iter().enumerate() {
        for one in changed(part) {
            let mut next = all.to_vec();
            next[i] = one;
            found.push(next);
        }
    }
    found
}

/// Wider parts, and of groups those with a wider part inside.
fn changed(part: &Part) -> Vec<Part> {
    let with = |atom: Atom, count: Count| Part { atom, count };
    let mut all: Vec<Part> = match &part.atom {
        Atom::Class(class) => {
            let next = Class::all().find(|other| other != class && other.holds(*class));
            next.map(|class| with(Atom::Class(class), part.count))
                .into_iter()
                .collect()
        }
        Atom::Set(members) => {
            vec![with(
                Atom::Class(narrowest(members.iter().copied())),
                part.count,
            )]
        }
        Atom::Words(words) => vec![with(
            Atom::Class(narrowest(words.iter().flat_map(|w| w.chars()))),
            lengths(words, part.count),
        )],
        Atom::Group(inside) => {
            let each = parts(inside).into_iter();
            each.map(|inside| with(Atom::Group(inside), part.count))
                .collect()
        }
        Atom::Named(name) if name.is_of_words() => Name::phrases()
            .filter(|phrase| phrase != name)
            .map(|phrase| with(Atom::Named(phrase), part.count))
            .collect(),
        Atom::Literal(_) | Atom::Named(_) => vec![],
    };
    if !matches!(part.atom, Atom::Literal(_)) {
        all.extend(counts(part.count).map(|count| with(part.atom.clone(), count)));
    }
    all
}

/// How many characters words have that stand so often.
fn lengths(words: &[String], count: Count) -> Count {
    let lengths = words.iter().map(|w| w.chars().count() as u16);
    let (shortest, longest) = (lengths.clone().min(), lengths.max());
    let least = shortest.unwrap_or(1).saturating_mul(count.least);
    match count.most {
        Some(most) => Count::between(least, longest.unwrap_or(1).saturating_mul(most)),
        None => Count::from(least),
    }
}

/// One more, one less, or any number.
fn counts(count: Count) -> impl Iterator<Item = Count> {
    let Count { least, most, .. } = count;
    let varies = most.is_some_and(|most| most > least && most > 1);
    let more = most
        .filter(|most| *most > 1)
        .and_then(|most| most.checked_add(1));
    let more = more.map(|most| Count {
        most: Some(most),
        ..count
    });
    let less = (least > 1).then(|| Count {
        least: least - 1,
        ..count
    });
    let open = varies.then(|| Count::from(least.min(1)));
    more.into_iter().chain(less).chain(open)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{formats, texts};
    use proptest::prelude::*;

    #[test]
    fn parts_become_wider_one_at_a_time() {
        let program: Program = "K[0-9]{2,3}(?:-[AB])?".parse().unwrap();
        let all: Vec<String> = wider(&program).iter().map(|v| v.1.to_string()).collect();
        let expected = [
            "K[0-9a-f]{2,3}(?:-[AB])?",
            "K[0-9]{2,4}(?:-[AB])?",
            "K[0-9]{1,3}(?:-[AB])?",
            "K[0-9]+(?:-[AB])?",
            "K[0-9]{2,3}(?:-[A-Z])?",
        ];
        assert_eq!(all, expected);
    }

    #[test]
    fn foreign_values_have_a_format() {
        let values = [['a', '1'].as_slice(), &['b']];
        let written = |values: &[&[char]]| -> Vec<String> {
            let all = for_foreign(values).into_iter();
            all.map(|format| format!("{format:#}")).collect()
        };
        assert_eq!(written(&values), ["[0-9a-f]{1,2}"]);
        assert!(written(&[]).is_empty() && written(&[&[]]).is_empty());
        // Three words are words.
        let words = ["cat", "dog", "rat"].map(|w| w.chars().collect::<Vec<_>>());
        let words: Vec<&[char]> = words.iter().map(|w| &w[..]).collect();
        assert_eq!(written(&words), ["[a-z]{3}", "<words>", "<Words>"]);
        assert_eq!(written(&words[..2]).len(), 1);
    }

    proptest! {
        #[test]
        fn wider_formats_accept_what_narrow_ones_do(format in formats(), text in texts()) {
            if format.accepts(&text) {
                for (_, other) in wider(&Program(vec![format.clone()])) {
                    prop_assert!(other.accepts(&text), "{format} {other} {text:?}");
                }
            }
        }
    }
}
