use super::*;
use crate::class::Class;
use crate::testing::{formats, texts};
use proptest::prelude::*;

/// The same by trying everything: every number of times of every part, one character after another.
fn by_hand(parts: &[Part], text: &[char]) -> f64 {
    let Some((part, rest)) = parts.split_first() else {
        return f64::from(text.is_empty());
    };
    (0..=text.len() + 1)
        .map(|n| {
            let chance = part.count.log_prob(n).exp();
            let split =
                |end: usize| times(&part.atom, n, &text[..end]) * by_hand(rest, &text[end..]);
            match chance > 0.0 {
                true => chance * (0..=text.len()).map(split).sum::<f64>(),
                false => 0.0,
            }
        })
        .sum()
}

/// The probability that a number of times of something are a text.
fn times(atom: &Atom, n: usize, text: &[char]) -> f64 {
    let split = |end: usize| one(atom, &text[..end]) * times(atom, n - 1, &text[end..]);
    match n {
        0 => f64::from(text.is_empty()),
        _ => (0..=text.len()).map(split).sum(),
    }
}

fn one(atom: &Atom, text: &[char]) -> f64 {
    match (atom, text) {
        (Atom::Group(parts), _) => by_hand(parts, text),
        (Atom::Words(words), _) => {
            let same = |word: &&String| word.chars().eq(text.iter().copied());
            words.iter().filter(same).count() as f64 / words.len() as f64
        }
        (_, [character]) => atom.log_prob(*character).exp(),
        _ => 0.0,
    }
}

proptest! {
    #[test]
    fn all_ways_are_summed(format in formats(), text in texts()) {
        let (found, expected) = (format.log_prob(&text), by_hand(&format.0, &text).ln());
        let same = found == expected || (found - expected).abs() < 1e-9;
        prop_assert!(same, "{} of {:?}: {} and not {}", format, text, found, expected);
    }
}

#[test]
fn a_long_text_costs_what_its_characters_cost() {
    let format = Format(vec![Part {
        atom: Atom::Set(vec!['A', 'C', 'G', 'T']),
        count: Count::between(1, 4096),
    }]);
    let text: Vec<char> = "ACGT".chars().cycle().take(4000).collect();
    let expected = -(4000.0 * 4f64.ln() + 4096f64.ln());
    assert!((format.log_prob(&text) - expected).abs() < 1e-6);
    // Far below the smallest number that an f64 has.
    let any = Format(vec![Part {
        atom: Atom::Class(Class::ANY),
        count: Count::from(0),
    }]);
    assert!(any.log_prob(&text) < -10_000.0 && any.accepts(&text));
}
