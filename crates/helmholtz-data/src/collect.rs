//! One column while it is being read.
//!
//! Only distinct strings are held, each with its rank (the order of first appearance) and its count, so
//! that memory does not grow with the number of rows.

use std::collections::HashMap;

use super::{Column, Limits, Reason, Skipped};

/// Gathers the strings of one column.
pub(super) struct Collector {
    limits: Limits,
    name: String,
    source: String,
    /// Distinct string -> how it was seen.
    seen: HashMap<String, Seen>,
    test: Vec<String>,
    skipped: Skipped,
}

/// How a string was seen.
struct Seen {
    /// How many others came before.
    rank: usize,
    count: u64,
    /// Where it stood first.
    line: u64,
}

impl Collector {
    /// A column without strings.
    pub(super) fn new(name: String, source: String, limits: Limits) -> Self {
        let (seen, test, skipped) = Default::default();
        Self {
            limits,
            name,
            source,
            seen,
            test,
            skipped,
        }
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Adds a training string, or counts why not.
    pub(super) fn push(&mut self, line: u64, text: &str) {
        let kept = match self.usable(text) {
            Ok(kept) => kept,
            Err(reason) => return self.skipped.note(Some(line), reason, text, 1),
        };
        if let Some(seen) = self.seen.get_mut(kept) {
            seen.count += 1;
        } else if self.seen.len() < self.limits.max_distinct {
            let (rank, count) = (self.seen.len(), 1);
            self.seen.insert(kept.into(), Seen { rank, count, line });
        } else {
            return self.skipped.note(Some(line), Reason::BeyondLimit, text, 1);
        }
        if kept.len() < text.len() {
            self.skipped.note(Some(line), Reason::Cut, text, 1);
        }
    }

    /// Counts rows in which the column is not, the first of them on that line.
    pub(super) fn miss(&mut self, line: u64, times: u64) {
        if times > 0 {
            self.skipped.note(Some(line), Reason::Empty, "", times);
        }
    }

    /// Counts a cell of a row that is left out.
    pub(super) fn leave(&mut self, line: u64, text: &str) {
        self.skipped.note(Some(line), Reason::Ragged, text, 1);
    }

    /// Adds a test string, or counts why not. The training strings must be complete.
    pub(super) fn push_test(&mut self, line: u64, text: &str) {
        let kept = match self.usable(text) {
            Ok(kept) => kept,
            Err(reason) => {
                self.skipped.test += 1;
                return self.skipped.note(Some(line), reason, text, 1);
            }
        };
        self.skipped.test_in_train += u64::from(self.seen.contains_key(kept));
        self.test.push(kept.into());
        if kept.len() < text.len() {
            self.skipped.note(Some(line), Reason::Cut, text, 1);
        }
    }

    /// The column, and what was left out of it.
    pub(super) fn finish(self) -> (Column, Skipped) {
        let mut seen: Vec<_> = self.seen.into_iter().collect();
        seen.sort_unstable_by_key(|(_, seen)| seen.rank);
        let counts = seen.iter().map(|(_, seen)| seen.count).collect();
        let lines = seen.iter().map(|(_, seen)| seen.line).collect();
        let values = seen.into_iter().map(|(text, _)| text).collect();
        let Self {
            name, test, source, ..
        } = self;
        (
            Column {
                name,
                values,
                counts,
                lines,
                test,
                source,
            },
            self.skipped,
        )
    }

    /// What is kept of a string, or why nothing is.
    fn usable<'a>(&self, text: &'a str) -> Result<&'a str, Reason> {
        let Limits {
            max_length,
            allowed,
            cut,
            ..
        } = self.limits;
        let kept = match text.char_indices().nth(max_length) {
            Some((end, _)) if cut && end > 0 => &text[..end],
            Some(_) => return Err(Reason::TooLong),
            None => text,
        };
        if kept.is_empty() {
            return Err(Reason::Empty);
        }
        let outside = kept.chars().find(|&c| !allowed(c));
        outside.map_or(Ok(kept), |c| Err(Reason::OutsideVocabulary(c)))
    }
}
