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

    /// Adds a training string, or counts why not.
    pub(super) fn push(&mut self, line: u64, text: &str) {
        if let Some(reason) = self.unusable(text) {
            self.skipped.note(Some(line), reason, text, 1);
        } else if let Some(seen) = self.seen.get_mut(text) {
            seen.count += 1;
        } else if self.seen.len() < self.limits.max_distinct {
            let (rank, count) = (self.seen.len(), 1);
            self.seen.insert(text.into(), Seen { rank, count, line });
        } else {
            self.skipped.note(Some(line), Reason::BeyondLimit, text, 1);
        }
    }

    /// Adds a test string, or counts why not. The training strings must be complete.
    pub(super) fn push_test(&mut self, line: u64, text: String) {
        if let Some(reason) = self.unusable(&text) {
            self.skipped.note(Some(line), reason, &text, 1);
            self.skipped.test += 1;
        } else {
            self.skipped.test_in_train += u64::from(self.seen.contains_key(&text));
            self.test.push(text);
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

    /// Why a string is of no use, if it is not.
    fn unusable(&self, text: &str) -> Option<Reason> {
        if text.is_empty() {
            Some(Reason::Empty)
        } else if text.chars().nth(self.limits.max_length).is_some() {
            Some(Reason::TooLong)
        } else {
            text.chars()
                .find(|c| !(self.limits.allowed)(*c))
                .map(Reason::OutsideVocabulary)
        }
    }
}
