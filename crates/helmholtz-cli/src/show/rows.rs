//! Answers as rows with a header: for spreadsheets, and for documents.

use std::io::{self, Write};

use helmholtz::product::{Answer, Outcome};
use serde_json::{Map, Value};

use super::{Form, left_out};
use crate::output::note;

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Cells with commas between them, in quotes where they have to be.
    Csv,
    /// Cells between bars.
    Markdown,
}

/// Rows under the keys of the first.
pub(crate) struct Rows {
    kind: Kind,
    header: Option<Vec<String>>,
    /// Keys that a later row has and the first had not.
    missed: Vec<String>,
}

impl Rows {
    pub(crate) fn new(kind: Kind) -> Self {
        Self {
            kind,
            header: None,
            missed: vec![],
        }
    }

    fn row(&mut self, out: &mut dyn Write, row: &Map<String, Value>) -> io::Result<()> {
        let kind = self.kind;
        if self.header.is_none() {
            let keys: Vec<String> = row.keys().cloned().collect();
            kind.write(out, keys.iter().cloned())?;
            if kind == Kind::Markdown {
                kind.write(out, keys.iter().map(|_| "---".to_owned()))?;
            }
            self.header = Some(keys);
        }
        let header = self.header.iter().flatten();
        let missed = row.keys().filter(|k| !header.clone().any(|h| h == *k));
        let new = missed.filter(|k| !self.missed.contains(k));
        let new: Vec<String> = new.cloned().collect();
        kind.write(out, header.map(|key| cell(row.get(key))))?;
        self.missed.extend(new);
        Ok(())
    }
}

impl Form for Rows {
    fn answer(&mut self, out: &mut dyn Write, answer: &Answer) -> io::Result<()> {
        for (i, mut row) in answer.table().into_iter().enumerate() {
            if !answer.name.is_empty() {
                row.shift_insert(0, "name".into(), answer.name.clone().into());
            }
            let caveats = if i == 0 {
                caveats(answer)
            } else {
                String::new()
            };
            row.insert(CAVEATS.into(), caveats.into());
            self.row(out, &row)?;
        }
        out.flush()
    }

    fn end(&mut self, _: &mut dyn Write, _: &Outcome) -> io::Result<()> {
        if !self.missed.is_empty() {
            let missed = self.missed.join(", ");
            note(&format!(
                "left out of the table, since the first row has it not: {missed}"
            ));
        }
        Ok(())
    }
}

/// The last column: what an answer does not cover or doubts, in its first row.
const CAVEATS: &str = "caveats";

fn caveats(answer: &Answer) -> String {
    let left_out = answer.left_out.iter().map(left_out);
    let all: Vec<String> = left_out.chain(answer.doubts.iter().cloned()).collect();
    all.join("; ")
}

impl Kind {
    fn write(self, out: &mut dyn Write, cells: impl Iterator<Item = String>) -> io::Result<()> {
        let cells: Vec<String> = cells.map(|c| self.cell(c)).collect();
        match self {
            Self::Csv => writeln!(out, "{}", cells.join(",")),
            Self::Markdown => writeln!(out, "| {} |", cells.join(" | ")),
        }
    }

    fn cell(self, text: String) -> String {
        match self {
            Self::Csv if text.contains(['"', ',', '\n', '\r']) => {
                format!("\"{}\"", text.replace('"', "\"\""))
            }
            Self::Csv => text,
            Self::Markdown => text.replace('|', "\\|").replace(['\n', '\r'], " "),
        }
    }
}

/// A value as a cell; what is no number or word stays JSON.
fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
