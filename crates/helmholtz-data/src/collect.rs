//! One column while it is being read.
//!
//! Only distinct strings are held, each with its rank (the order of first appearance) and its count, so
//! that memory does not grow with the number of rows.

use std::collections::HashMap;

use super::{Column, Limits, ReadOptions, Reason, Skipped};

/// Gathers the strings of one column.
pub(super) struct Collector {
    limits: Limits,
    name: String,
    source: String,
    /// Distinct string -> how it was seen.
    seen: HashMap<String, Seen>,
    test: Vec<String>,
    skipped: Skipped,
    /// The line and the rank of each row's string, where they are kept.
    rows: Option<Vec<(u64, Option<u32>)>>,
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
    pub(super) fn new(name: String, source: String, options: &ReadOptions) -> Self {
        let (seen, test, skipped) = Default::default();
        Self {
            limits: options.limits,
            rows: options.rows.then(Vec::new),
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
            Err(reason) => return self.skip(line, reason, text),
        };
        let rank = if let Some(seen) = self.seen.get_mut(kept) {
            seen.count += 1;
            seen.rank
        } else if self.seen.len() < self.limits.max_distinct {
            let (rank, count) = (self.seen.len(), 1);
            self.seen.insert(kept.into(), Seen { rank, count, line });
            rank
        } else {
            return self.skip(line, Reason::BeyondLimit, text);
        };
        self.place(line, u32::try_from(rank).ok());
        if kept.len() < text.len() {
            self.skipped.note(Some(line), Reason::Cut, text, 1);
        }
    }

    /// Counts rows in which the column is not, the first of them on that line.
    pub(super) fn miss(&mut self, line: u64, times: u64) {
        if times > 0 {
            self.skipped.note(Some(line), Reason::Empty, "", times);
        }
        (0..times).for_each(|more| self.place(line + more, None));
    }

    /// Counts a cell of a row that is left out.
    pub(super) fn leave(&mut self, line: u64, text: &str) {
        self.skip(line, Reason::Ragged, text);
    }

    fn skip(&mut self, line: u64, reason: Reason, text: &str) {
        self.place(line, None);
        self.skipped.note(Some(line), reason, text, 1);
    }

    fn place(&mut self, line: u64, rank: Option<u32>) {
        if let Some(rows) = &mut self.rows {
            rows.push((line, rank));
        }
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
                rows: self.rows.unwrap_or_default(),
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
