//! One character too many, one too few, or another one, in a value of a format.

use crate::class::Class;
use crate::density::{Places, plus, through};
use crate::format::{Atom, Format, Part};
use crate::odd::edited;

/// Longer texts, and formats of more parts, are not looked at.
const LONGEST: usize = 64;
const MOST_PARTS: usize = 32;
/// What may happen: a character is missing, one is too many, or is another.
const KINDS: f64 = 3.0;

impl Format {
    /// ln of the probability that one edit of a value is a text: in some part, each as likely, and at some place of it.
    pub(crate) fn edited(&self, text: &[char]) -> f64 {
        let (least, most) = self.lengths();
        let nearly = least.saturating_sub(1)..=most.saturating_add(1);
        if text.len() > LONGEST || self.0.len() > MOST_PARTS || !nearly.contains(&text.len()) {
            return f64::NEG_INFINITY;
        }
        let mut rest = Rest::new(&self.0, text);
        let (mut places, mut all) = (vec![(0, 0.0)], f64::NEG_INFINITY);
        for (k, part) in self.0.iter().enumerate() {
            // A word with an error is told from others only where it stands alone.
            let blurred = matches!(part.atom, Atom::Words(_)) && !stands_alone(&self.0, k);
            for &(start, before) in places.iter().filter(|_| !blurred) {
                for (end, own) in ends(part, text, start) {
                    all = plus(all, before + own + rest.log_prob(k + 1, end));
                }
            }
            places = through(std::slice::from_ref(part), text, places);
            if places.is_empty() {
                break;
            }
        }
        all - (self.0.len().max(1) as f64).ln()
    }
}

/// Whether marks, or the ends of the text, are on both sides of a part.
fn stands_alone(parts: &[Part], k: usize) -> bool {
    let separates = |part: &Part| {
        part.count.least > 0 && matches!(part.atom, Atom::Literal(c) if !c.is_alphanumeric())
    };
    let before = k.checked_sub(1).and_then(|before| parts.get(before));
    [before, parts.get(k + 1)]
        .into_iter()
        .flatten()
        .all(separates)
}

/// What later parts make of the end of a text, from each place, where it was asked for.
struct Rest<'a> {
    parts: &'a [Part],
    text: &'a [char],
    known: Vec<Option<f64>>,
}

impl<'a> Rest<'a> {
    fn new(parts: &'a [Part], text: &'a [char]) -> Self {
        Self {
            parts,
            text,
            known: vec![None; (parts.len() + 1) * (text.len() + 1)],
        }
    }

    /// ln of the probability that the parts from one on generate the text from a place on.
    fn log_prob(&mut self, part: usize, start: usize) -> f64 {
        let Some(first) = self.parts.get(part) else {
            let ended = start == self.text.len();
            return if ended { 0.0 } else { f64::NEG_INFINITY };
        };
        let place = part * (self.text.len() + 1) + start;
        if let Some(known) = self.known[place] {
            return known;
        }
        let ends = through(std::slice::from_ref(first), self.text, vec![(start, 0.0)]);
        let each = ends.into_iter();
        let each = each.map(|(end, log)| log + self.log_prob(part + 1, end));
        let all = each.fold(f64::NEG_INFINITY, plus);
        self.known[place] = Some(all);
        all
    }
}

/// Where a part may end that begins at a place and has an error.
fn ends(part: &Part, text: &[char], start: usize) -> Places {
    match &part.atom {
        Atom::Words(words) if part.count.least == 1 => of_words(words, text, start),
        Atom::Named(name) => name.erred(text, start),
        Atom::Words(_) | Atom::Group(_) => vec![],
        _ => of_characters(part, text, start),
    }
}

/// Of one of some words.
fn of_words(words: &[String], text: &[char], start: usize) -> Places {
    let each = -(words.len() as f64).ln();
    let mut found = vec![];
    for word in words {
        let word: Vec<char> = word.chars().collect();
        for length in word.len().saturating_sub(1)..=word.len() + 1 {
            let span = text.get(start..start + length);
            let log = span.map_or(f64::NEG_INFINITY, |span| edited(&word, span));
            if log.is_finite() {
                found.push((start + length, log + each));
            }
        }
    }
    found
}

/// Of characters of a class, with their count.
fn of_characters(part: &Part, text: &[char], start: usize) -> Places {
    let count = |n: usize| part.count.log_prob(n) - KINDS.ln();
    let (mut found, mut own, mut odd) = (vec![], 0.0, None);
    for length in 0..=text.len() - start {
        if let Some(at) = length.checked_sub(1) {
            let character = text[start + at];
            let log = part.atom.log_prob(character);
            match (log.is_finite(), odd) {
                (true, _) => own += log,
                (false, None) => odd = Some(Class::ANY.log_prob(character)),
                (false, Some(_)) => break,
            }
        }
        let among = -(length.max(1) as f64).ln();
        let log = match odd {
            Some(odd) => plus(count(length), count(length - 1)) + own + odd + among,
            None => {
                // Any of them may be the one too many.
                let extra = length.checked_sub(1).map_or(f64::NEG_INFINITY, |less| {
                    let one = own / length as f64;
                    let last = Class::ANY.log_prob(text[start + less]);
                    count(less) + own - one + last
                });
                plus(count(length + 1) + own, extra)
            }
        };
        if log.is_finite() {
            found.push((start + length, log));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(format: &str, text: &str) -> f64 {
        let text: Vec<char> = text.chars().collect();
        format.parse::<Format>().unwrap().edited(&text)
    }

    #[test]
    fn one_edit_is_an_accident_and_two_are_none() {
        for text in [
            "AB-12O4", "AB-124", "AB-12345", "AB1234", "aB-1234", "ABC-1234", "AB--1234",
        ] {
            assert!(log("[A-Z]{2}-[0-9]{4}", text) > -32.0, "{text}");
        }
        for text in ["ab-1234", "AB 12x4", "AB-12", "", "AB-1234-56"] {
            assert_eq!(log("[A-Z]{2}-[0-9]{4}", text), f64::NEG_INFINITY, "{text}");
        }
        assert!(log("(?:http|https)://[a-z]+", "htps://ab").is_finite());
        assert!(log("<yyyy-mm-dd> [0-9]", "2024-13-01 5").is_finite());
        assert!(log("<yyyy-mm-dd> [0-9]", "2024-1-2 5").is_finite());
        assert_eq!(log("<yyyy-mm-dd> [0-9]", "2024-13 5"), f64::NEG_INFINITY);
        assert!(log("<uuid>", "6228041b-ccbf1-441e-8f00-0123456789ab").is_finite());
    }

    /// All edits of the values of a small format sum to no more than one.
    #[test]
    fn edits_are_a_law() {
        let format: Format = "a[bc]{1,2}".parse().unwrap();
        let letters = ['a', 'b', 'c', 'd'];
        let mut sum = 0.0;
        for length in 0..=5u32 {
            for mut number in 0..4usize.pow(length) {
                let mut one = || {
                    let c = letters[number % 4];
                    number /= 4;
                    c
                };
                let text: Vec<char> = (0..length).map(|_| one()).collect();
                sum += format.edited(&text).exp();
            }
        }
        assert!(sum > 0.2 && sum <= 1.0 + 1e-9, "{sum}");
    }
}
