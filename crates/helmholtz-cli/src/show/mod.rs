//! Answers in the form that was asked for.

mod json;
mod rows;
mod table;

use std::io::{self, Write};

use helmholtz::product::{Answer, Outcome};

use crate::front::everywhere::{Everywhere, Output};
use crate::output::Style;
pub(crate) use json::schema;
pub(crate) use table::left_out;

/// Who writes answers, as they come.
pub(crate) trait Form {
    /// Writes an answer.
    fn answer(&mut self, out: &mut dyn Write, answer: &Answer) -> io::Result<()>;

    /// Writes what comes after the last.
    fn end(&mut self, out: &mut dyn Write, outcome: &Outcome) -> io::Result<()>;
}

/// What was asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    pub(crate) verb: &'a str,
    pub(crate) domain: &'a str,
}

/// The form that was asked for.
pub(crate) fn form<'a>(everywhere: &Everywhere, question: Question<'a>) -> Box<dyn Form + 'a> {
    match everywhere.output {
        Output::Table => Box::new(table::Table::new(Style::of_stdout(everywhere.color))),
        Output::Json => Box::new(json::Json::new(question)),
        Output::Jsonl => Box::new(json::Lines(question)),
        Output::Csv => Box::new(rows::Rows::new(rows::Kind::Csv)),
        Output::Markdown => Box::new(rows::Rows::new(rows::Kind::Markdown)),
    }
}
