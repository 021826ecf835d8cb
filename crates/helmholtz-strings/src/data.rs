//! Concepts, and what model and guide see of them.

use serde::{Deserialize, Serialize};

use super::alphabet::{CHARACTERS, encode};
use super::config::Config;
use helmholtz_data::Column;
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;

/// A string concept: a few strings to learn from, and strings to judge by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Concept {
    /// What it is called, a column's header for example.
    pub name: String,
    /// The strings that explain it.
    pub train: Vec<String>,
    /// Strings held out; may be empty.
    #[serde(default)]
    pub test: Vec<String>,
    /// Where it comes from. Concepts of one source are alike, so a split keeps them together.
    #[serde(default)]
    pub source: String,
}

impl Concept {
    /// The concept of a column. One of more than `2 * strings` distinct values gives `strings` to learn
    /// from, drawn by the seed, and as many to judge by unless it has held-out strings of its own.
    pub fn of_column(column: &Column, index: usize, config: &Config) -> Self {
        let mut values = column.values.clone();
        let mut test = column.test.clone();
        if values.len() > 2 * config.strings {
            Stream::at([config.learning.seed, index as u64, 0, Purpose::Subset.tag()])
                .shuffle(&mut values);
            if test.is_empty() {
                test = values[config.strings..2 * config.strings].to_vec();
            }
            values.truncate(config.strings);
        }
        Self {
            name: column.name.clone(),
            train: values,
            test,
            source: column.source.clone(),
        }
    }

    /// The training strings as model and guide see them. Strings with characters outside the alphabet
    /// are left out; readers have counted them before.
    pub fn observation(&self) -> Strings {
        Strings::new(self.train.iter().filter_map(|s| encode(s).ok()))
    }
}

/// An observation: strings over the alphabet, as indices of characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Strings(Vec<Vec<u8>>);

impl Strings {
    /// From encoded strings; those with an index beyond the alphabet are left out.
    pub fn new(strings: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let inside = |s: &Vec<u8>| s.iter().all(|&c| (c as usize) < CHARACTERS);
        Self(strings.into_iter().filter(inside).collect())
    }

    /// The strings.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> + Clone {
        self.0.iter().map(Vec::as_slice)
    }

    /// The characters that stand in them, each once: what edits draw literals from.
    pub fn characters(&self) -> Vec<u8> {
        let mut all: Vec<u8> = self.iter().flatten().copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Training, validation and test concepts, split by source: columns of one file look alike, and a split
/// by concept would let a model see half of a test concept's family.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// To learn from.
    pub train: Vec<Concept>,
    /// To stop by.
    pub validation: Vec<Concept>,
    /// To report.
    pub test: Vec<Concept>,
}

impl Split {
    /// Splits by source: sources in an order drawn by the seed fill test, then validation, each with
    /// about the given share of the concepts, and the rest is for training.
    pub fn by_source(concepts: &[Concept], validation: f64, test: f64, seed: u64) -> Self {
        let mut sources: Vec<&str> = concepts.iter().map(|c| c.source.as_str()).collect();
        sources.sort_unstable();
        sources.dedup();
        Stream::at([seed, 0, 0, Purpose::Split.tag()]).shuffle(&mut sources);
        let share = |s: f64| (s * concepts.len() as f64).round() as usize;
        let mut split = Self {
            train: vec![],
            validation: vec![],
            test: vec![],
        };
        for source in sources {
            let part = if split.test.len() < share(test) {
                &mut split.test
            } else if split.validation.len() < share(validation) {
                &mut split.validation
            } else {
                &mut split.train
            };
            part.extend(concepts.iter().filter(|c| c.source == source).cloned());
        }
        split
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(n: usize) -> Column {
        let values: Vec<String> = (0..n).map(|i| format!("v{i}")).collect();
        let (name, source) = ("c".to_owned(), "s".to_owned());
        Column {
            name,
            counts: vec![1; n],
            lines: vec![],
            rows: vec![],
            values,
            test: vec![],
            source,
        }
    }

    #[test]
    fn long_columns_are_drawn_from_and_short_ones_kept() {
        let config = Config::default();
        let short = Concept::of_column(&column(7), 0, &config);
        assert_eq!((short.train.len(), short.test.len()), (7, 0));
        let long = Concept::of_column(&column(900), 0, &config);
        assert_eq!(
            (long.train.len(), long.test.len()),
            (config.strings, config.strings)
        );
        assert!(long.train.iter().all(|s| !long.test.contains(s)));
        assert_eq!(long, Concept::of_column(&column(900), 0, &config));
    }

    #[test]
    fn no_source_is_in_two_parts() {
        let concepts: Vec<Concept> = (0..100)
            .map(|i| Concept {
                source: format!("f{}", i % 30),
                ..Concept::of_column(&column(3), i, &Config::default())
            })
            .collect();
        let split = Split::by_source(&concepts, 0.2, 0.2, 1);
        let has = |part: &[Concept], source: &str| part.iter().any(|c| c.source == source);
        for concept in &concepts {
            let parts = [&split.train, &split.validation, &split.test];
            assert_eq!(parts.iter().filter(|p| has(p, &concept.source)).count(), 1);
        }
        assert!(
            (20..=25).contains(&split.test.len()),
            "{}",
            split.test.len()
        );
    }
}
