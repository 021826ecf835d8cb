//! Columns of free text: how long, in which scripts, with which words.

use std::cmp::Reverse;
use std::collections::HashMap;

use serde::Serialize;

use helmholtz_columns::class::Class;

/// Frequent words that are told.
const TOLD: usize = 8;
/// Distinct values that are looked at.
const MOST: usize = 20_000;

/// Free text of a column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Prose {
    /// Characters of the shortest and of the longest value.
    pub characters: (usize, usize),
    /// Words of a value in the middle.
    pub median_words: usize,
    /// The scripts of its letters, with shares of them, the most frequent first; of the first 20,000 distinct values.
    pub scripts: Vec<(&'static str, f64)>,
    /// The words that stand in most rows, with the numbers of these; of the same values.
    pub frequent: Vec<(String, u64)>,
}

const SCRIPTS: [(&str, &str); 10] = [
    ("Latin", r"\p{Latin}"),
    ("Cyrillic", r"\p{Cyrillic}"),
    ("Greek", r"\p{Greek}"),
    ("Han", r"\p{Han}"),
    ("Hiragana", r"\p{Hiragana}"),
    ("Katakana", r"\p{Katakana}"),
    ("Hangul", r"\p{Hangul}"),
    ("Arabic", r"\p{Arabic}"),
    ("Hebrew", r"\p{Hebrew}"),
    ("Devanagari", r"\p{Devanagari}"),
];

impl Prose {
    /// Of values with their rows.
    pub fn of<'v>(values: impl Iterator<Item = (&'v str, u64)> + Clone) -> Self {
        let lengths = values.clone().map(|(v, _)| v.chars().count());
        let mut words: Vec<usize> = values
            .clone()
            .map(|(v, _)| v.split_whitespace().count())
            .collect();
        words.sort_unstable();
        Self {
            characters: (
                lengths.clone().min().unwrap_or(0),
                lengths.max().unwrap_or(0),
            ),
            median_words: words.get(words.len() / 2).copied().unwrap_or(0),
            scripts: scripts(values.clone().map(|v| v.0).take(MOST)),
            frequent: frequent(values.take(MOST)),
        }
    }
}

fn scripts<'v>(values: impl Iterator<Item = &'v str>) -> Vec<(&'static str, f64)> {
    let classes = SCRIPTS.map(|(name, written)| (name, Class::written(written)));
    let mut counts = [0u64; SCRIPTS.len()];
    let mut letters = 0u64;
    for letter in values.flat_map(str::chars).filter(|c| c.is_alphabetic()) {
        letters += 1;
        let of = |(_, class): &(&str, Option<Class>)| class.is_some_and(|class| class.has(letter));
        if let Some(script) = classes.iter().position(of) {
            counts[script] += 1;
        }
    }
    let share = |n: &u64| *n as f64 / letters.max(1) as f64;
    let named = SCRIPTS.iter().map(|s| s.0).zip(counts.iter().map(share));
    let mut found: Vec<_> = named.filter(|(_, share)| *share > 0.0).collect();
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    found
}

/// Words of some length that stand in several rows.
fn frequent<'v>(values: impl Iterator<Item = (&'v str, u64)>) -> Vec<(String, u64)> {
    let mut rows: HashMap<&str, u64> = HashMap::new();
    for (value, count) in values {
        let words = value.split(|c: char| !c.is_alphanumeric());
        let mut words: Vec<&str> = words.filter(|w| w.chars().count() > 3).collect();
        words.sort_unstable();
        words.dedup();
        words
            .iter()
            .for_each(|word| *rows.entry(word).or_default() += count);
    }
    let mut all: Vec<(&str, u64)> = rows.into_iter().filter(|(_, n)| *n > 1).collect();
    all.sort_by_key(|(word, n)| (Reverse(*n), *word));
    all.truncate(TOLD);
    all.into_iter()
        .map(|(word, n)| (word.to_owned(), n))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_told_by_length_scripts_and_words() {
        let values = ["The printer is broken", "Printer out of paper", "привет"];
        let prose = Prose::of(values.iter().map(|v| (*v, 1)));
        assert_eq!(prose.characters, (6, 21));
        assert_eq!(prose.scripts[0].0, "Latin");
        assert_eq!(prose.scripts[1].0, "Cyrillic");
        let twice = Prose::of([("lost the paper", 3), ("paper jam", 1)].into_iter());
        assert_eq!(twice.frequent[0], ("paper".into(), 4));
    }
}
