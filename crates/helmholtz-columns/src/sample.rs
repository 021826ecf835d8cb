//! New values of a format, made of what a column's values are made of.
//!
//! A class is uniform over its members in the likelihood. A sample of that law would show letters of all scripts; so each part of a
//! sample stands in some row, and the characters of a class are drawn from those that rows have there.

use std::collections::HashSet;

use helmholtz_math::random::Stream;

use super::format::{Atom, Format};
use super::matching::{Match, matched};

/// Values that are looked at.
const MOST_VALUES: usize = 200;
/// Tries for each sample.
const TRIES: usize = 20;

/// What each part of a format stands for in some values.
pub struct Sampler<'a> {
    format: &'a Format,
    known: HashSet<&'a [char]>,
    /// For each part the stretches that it stands for.
    spans: Vec<Vec<&'a [char]>>,
}

impl<'a> Sampler<'a> {
    /// For a format and the values that it generates.
    pub fn new(format: &'a Format, values: &'a [&'a [char]]) -> Self {
        let step = values.len().div_ceil(MOST_VALUES).max(1);
        let mut spans = vec![vec![]; format.0.len()];
        for value in values.iter().step_by(step) {
            let parts = matched(format, value).unwrap_or_default();
            for (spans, part) in spans.iter_mut().zip(&parts) {
                let (start, end) = Match::span(part);
                spans.push(&value[start..end]);
            }
        }
        Self {
            format,
            known: values.iter().copied().collect(),
            spans,
        }
    }

    /// A value that the column does not have, if one is found soon.
    pub fn sample(&self, stream: &mut Stream) -> Option<String> {
        for _ in 0..TRIES {
            let text = self.draw(stream)?;
            if self.format.accepts(&text) && !self.known.contains(&text[..]) {
                return Some(text.into_iter().collect());
            }
        }
        None
    }

    fn draw(&self, stream: &mut Stream) -> Option<Vec<char>> {
        let mut text = vec![];
        for (part, spans) in self.format.0.iter().zip(&self.spans) {
            let span = *spans.get(stream.below(spans.len().max(1)))?;
            match &part.atom {
                // Words beside others are those of the rows, combined anew.
                Atom::Named(name) if name.is_of_words() && self.spans.len() > 1 => {
                    text.extend(span);
                }
                Atom::Named(name) if !span.is_empty() => match name.sample(stream) {
                    Some(own) => text.extend(own.chars()),
                    None => text.extend(span),
                },
                // As long as in a row, each character from where it stands in another.
                Atom::Class(_) | Atom::Set(_) => {
                    for (place, own) in span.iter().enumerate() {
                        let other = spans[stream.below(spans.len())];
                        text.push(*other.get(place).unwrap_or(own));
                    }
                }
                _ => text.extend(span),
            }
        }
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(format: &str, values: &[&str]) -> Vec<String> {
        let format: Format = format.parse().unwrap();
        let values: Vec<Vec<char>> = values.iter().map(|v| v.chars().collect()).collect();
        let values: Vec<&[char]> = values.iter().map(|v| &v[..]).collect();
        let sampler = Sampler::new(&format, &values);
        let mut stream = Stream::at([1, 2, 3, 4]);
        let samples = (0..20).filter_map(|_| sampler.sample(&mut stream));
        samples.collect()
    }

    #[test]
    fn samples_are_new_and_like_the_rows() {
        let values = ["AB-123", "CD-456", "EF-789"];
        let samples = drawn("[A-Z]{2}-[0-9]{3}", &values);
        assert_eq!(samples.len(), 20);
        for sample in &samples {
            assert!(!values.contains(&&**sample), "{sample}");
            let letters = sample.chars().take(2);
            assert!(
                letters.into_iter().all(|c| "ABCDEF".contains(c)),
                "{sample}"
            );
        }
    }

    #[test]
    fn words_are_those_of_the_rows_or_new_ones() {
        let people = drawn("<Word> <Word>", &["Anna Gray", "Bob Hall", "Eve King"]);
        assert!(people.iter().any(|text| text == "Anna King"));
        for town in drawn("<Word>", &["Bergen", "Oslo"]) {
            assert!(town.len() > 2 && town != "Oslo", "{town}");
        }
    }

    #[test]
    fn nothing_new_is_no_sample() {
        assert!(drawn("(?:a|b)", &["a", "b"]).is_empty());
        assert!(drawn("[0-9]{3}", &[]).is_empty());
    }
}
