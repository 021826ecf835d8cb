//! The account of strings that were read but not kept.
//!
//! A reader that quietly drops what it cannot use misleads: a model that "fits the column" may have seen
//! half of it. So each reason has a counter, and the first few strings of each reason are kept with
//! their lines for the user to look up.

use std::fmt;

use serde::{Serialize, Serializer};

use super::error::quote;

/// How many strings were skipped for each reason, and the first few of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// Empty strings: blank lines, empty or missing cells.
    pub empty: u64,
    /// Strings with more characters than allowed.
    pub too_long: u64,
    /// Strings with a character outside the vocabulary.
    pub outside_vocabulary: u64,
    /// Appearances of new distinct strings after the column had as many as are kept.
    pub beyond_limit: u64,
    /// Cells of rows with another number of cells than the header, which are left out whole.
    #[serde(skip_serializing_if = "is_zero")]
    pub ragged: u64,
    /// Strings with more characters than allowed of which the first were kept. These count as read.
    #[serde(skip_serializing_if = "is_zero")]
    pub cut: u64,
    /// Test strings that also stand in the training strings. These are kept: it is for an evaluation
    /// to leave them out.
    pub test_in_train: u64,
    /// How many of the strings that were not kept were test strings.
    pub test: u64,
    /// The first few strings skipped or cut for each reason, in the order of the file.
    pub examples: Vec<Example>,
}

/// Whether a counter has nothing to say.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// One skipped string.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Example {
    /// The line it stands on, from 1; for a table row of several lines, the first of them. `None` where the string came
    /// from no file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Why it was skipped.
    pub reason: Reason,
    /// The string in quotation marks, printable, and cut if it is long.
    pub text: String,
}

/// Why a string was skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// There is nothing in it.
    Empty,
    /// It has more characters than allowed.
    TooLong,
    /// It has this character (the first such), which is not in the vocabulary.
    OutsideVocabulary(char),
    /// It is new, but the column already has as many distinct strings as are kept.
    BeyondLimit,
    /// Its row has another number of cells than the header.
    Ragged,
    /// It has more characters than allowed, and its first ones are kept.
    Cut,
}

/// The most examples kept for one reason.
const EXAMPLES: u64 = 3;

impl Skipped {
    /// The number of strings that were not kept.
    pub fn total(&self) -> u64 {
        self.empty + self.too_long + self.outside_vocabulary + self.beyond_limit + self.ragged
    }

    /// The number of training strings that were not kept.
    pub fn rows(&self) -> u64 {
        self.total() - self.test
    }

    /// Whether there is nothing to report.
    pub fn is_nothing(&self) -> bool {
        self.total() + self.cut + self.test_in_train == 0
    }

    /// The counts of several accounts together, with examples from the first of them.
    pub fn sum<'a>(parts: impl Iterator<Item = &'a Self>) -> Self {
        let mut sum = Self::default();
        for part in parts {
            sum.empty += part.empty;
            sum.too_long += part.too_long;
            sum.outside_vocabulary += part.outside_vocabulary;
            sum.beyond_limit += part.beyond_limit;
            sum.ragged += part.ragged;
            sum.cut += part.cut;
            sum.test_in_train += part.test_in_train;
            sum.test += part.test;
            for example in &part.examples {
                sum.keep(example.clone());
            }
        }
        sum
    }

    /// Counts a string that was skipped or cut `times` times, first on that line where it came from a file.
    pub fn note(&mut self, line: Option<u64>, reason: Reason, text: &str, times: u64) {
        *match reason {
            Reason::Empty => &mut self.empty,
            Reason::TooLong => &mut self.too_long,
            Reason::OutsideVocabulary(_) => &mut self.outside_vocabulary,
            Reason::BeyondLimit => &mut self.beyond_limit,
            Reason::Ragged => &mut self.ragged,
            Reason::Cut => &mut self.cut,
        } += times;
        if self.has_room(reason) {
            self.examples.push(Example {
                line,
                reason,
                text: quote(text),
            });
        }
    }

    /// Adds an example of another account if there are not enough of its kind.
    fn keep(&mut self, example: Example) {
        if self.has_room(example.reason) {
            self.examples.push(example);
        }
    }

    /// Whether one more example of a reason would be kept.
    fn has_room(&self, reason: Reason) -> bool {
        let kind = std::mem::discriminant(&reason);
        let same = |example: &&Example| std::mem::discriminant(&example.reason) == kind;
        (self.examples.iter().filter(same).count() as u64) < EXAMPLES
    }

    /// What was counted and how often, with an example: `2 empty, 1 too long; for example "a...", is too long`.
    pub fn reasons(&self) -> String {
        let mut counts = self.counts().join(", ");
        if self.test > 0 {
            counts += &format!(", {} of them test strings", self.test);
        }
        // An empty string explains itself, and a cut one was not skipped.
        let skipped = |e: &&Example| !matches!(e.reason, Reason::Empty | Reason::Cut);
        match self.examples.iter().find(skipped) {
            Some(example) => format!("{counts}; for example {example}"),
            None => counts,
        }
    }

    /// The part of the account that is worth a line: what was counted, and how often.
    fn counts(&self) -> Vec<String> {
        let counts = [
            (self.empty, "empty"),
            (self.too_long, "too long"),
            (self.outside_vocabulary, "outside the vocabulary"),
            (self.beyond_limit, "beyond the limit of distinct strings"),
            (self.ragged, "in rows of another width"),
        ];
        let seen = counts.iter().filter(|(count, _)| *count > 0);
        seen.map(|(count, what)| format!("{count} {what}"))
            .collect()
    }
}

impl fmt::Display for Skipped {
    /// One line, such as `skipped 3: 2 empty, 1 too long; for example line 7, "a...", is too long`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.total() {
            0 => write!(out, "skipped nothing")?,
            total => write!(out, "skipped {total}: {}", self.reasons())?,
        }
        if self.cut > 0 {
            write!(out, "; told {} by their first characters", self.cut)?;
        }
        match self.test_in_train {
            0 => Ok(()),
            count => write!(out, "; kept {count} test strings that are also in train"),
        }
    }
}

impl fmt::Display for Example {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(out, "line {line}, ")?;
        }
        write!(out, "{}, {}", self.text, self.reason)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(out, "is empty"),
            Self::TooLong => write!(out, "is too long"),
            Self::OutsideVocabulary(c) => write!(out, "has '{}'", c.escape_debug()),
            Self::BeyondLimit => write!(out, "is one distinct string too many"),
            Self::Ragged => write!(out, "is in a row of another width"),
            Self::Cut => write!(out, "is told by its first characters"),
        }
    }
}

impl Serialize for Reason {
    /// In words.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}
