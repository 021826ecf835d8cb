//! Explaining tables, in either language.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::answer::answer;
use super::assigned::Assigned;
use super::overview::{Brief, Overview};
use super::{datasets, formats, papers};
use crate::StringDomain;
use crate::columns::{self, LONGEST};
use crate::explain::{self, Explanation, explain_with};
use helmholtz_columns::export::Dialect;
use helmholtz_core::product::{
    Account, Answer, Call, Input, LeftOut, Outcome, ProductError, Searching, Sink,
};
use helmholtz_data::reading::ColumnReading;
use helmholtz_data::{Column, Dataset, Limits};

/// The language of programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Language {
    /// Formats with shares, for any values: nothing is left out
    #[default]
    Columns,
    /// Regular expressions of the paper, over what ASCII prints, by a trained model
    Paper,
}

/// Which engine an export is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Engine {
    /// The crate regex
    Rust,
    /// Python's re
    Python,
    /// PCRE, in UTF mode
    Pcre,
    /// JavaScript, with the flags s and u
    Javascript,
    /// Extended expressions of POSIX, as grep -E reads them
    Posix,
    /// PostgreSQL's operator ~
    Sql,
}

impl Engine {
    pub(super) fn dialect(self) -> Dialect {
        match self {
            Self::Rust => Dialect::Rust,
            Self::Python => Dialect::Python,
            Self::Pcre => Dialect::Pcre,
            Self::Javascript => Dialect::JavaScript,
            Self::Posix => Dialect::Posix,
            Self::Sql => Dialect::Sql,
        }
    }
}

/// Options of explaining.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct ExplainOptions {
    #[serde(flatten)]
    pub(super) reading: ColumnReading,
    /// The language of programs [default: columns; of a run its own]
    #[schemars(extend("value" = "LANGUAGE"))]
    pub(super) language: Option<Language>,
    /// Programs to tell of each column
    #[schemars(range(min = 1, max = 1_000_000))]
    pub(super) programs: usize,
    /// Tell all of every column where a table has several; one gets a line then
    pub(super) details: bool,
    /// New strings to draw that would fit
    #[schemars(range(min = 0, max = 10_000))]
    pub(super) samples: usize,
    /// Tell each program for this engine of regular expressions, too
    #[schemars(extend("value" = "ENGINE"))]
    pub(super) export: Option<Engine>,
    /// Put groups around what varies in exports
    pub(super) capture: bool,
    /// Write of which format each row is into this file, as CSV
    #[schemars(extend("value" = "FILE"))]
    pub(super) assign: Option<PathBuf>,
    /// A value that does not belong to the column; may be repeated
    #[schemars(extend("value" = "VALUE"))]
    pub(super) not: Vec<String>,
    /// A file of such values, one a line
    #[schemars(extend("value" = "FILE"))]
    pub(super) not_file: Option<PathBuf>,
    #[serde(flatten)]
    pub(super) searching: Searching,
    /// The seed of the samples, and in the language of the paper of the search
    pub(super) seed: u64,
}

impl Default for ExplainOptions {
    fn default() -> Self {
        let columns::Options {
            programs,
            samples,
            seed,
            ..
        } = columns::Options::default();
        Self {
            reading: ColumnReading::default(),
            language: None,
            details: false,
            programs,
            samples,
            export: None,
            capture: false,
            assign: None,
            not: vec![],
            not_file: None,
            searching: Searching::default(),
            seed,
        }
    }
}

impl ExplainOptions {
    /// The language that is asked for, or that goes with the model.
    fn language(&self, call: &Call<'_, StringDomain>) -> Language {
        let own = match call.is_shipped() {
            true => Language::Columns,
            false => Language::Paper,
        };
        self.language.unwrap_or(own)
    }

    /// Options that the language of the paper does not have are refused.
    fn fit_the_paper(&self) -> Result<(), ProductError> {
        let given = [
            ("export", self.export.is_some()),
            ("capture", self.capture),
            ("assign", self.assign.is_some()),
            ("not", !self.not.is_empty()),
            ("not_file", self.not_file.is_some()),
        ];
        match given.iter().find(|(_, given)| *given) {
            Some((name, _)) => Err(ProductError::option(
                *name,
                "only the language `columns` has it",
            )),
            None => Ok(()),
        }
    }
}

/// What a column comes to: an answer, and the same in a line.
pub(super) struct Both {
    pub(super) answer: Answer,
    pub(super) brief: Brief,
}

pub(super) fn explained(
    call: &Call<'_, StringDomain>,
    options: &ExplainOptions,
    sink: &mut Sink<'_>,
) -> Result<Outcome, ProductError> {
    let named = |file: &Path| file.display().to_string();
    match options.language(call) {
        Language::Columns => {
            let limits = Limits {
                max_length: LONGEST,
                allowed: |_| true,
                cut: true,
                max_distinct: 1_000_000,
                ..Limits::default()
            };
            let to = |path| Assigned::to(path, &call.input.files);
            let mut assigned = options.assign.as_deref().map(to).transpose()?;
            let places = assigned.is_some();
            let read = datasets(call.input, &options.reading, (limits, places), named)?;
            let asked = formats::Asked::of(call.input, options)?;
            let mut outcome = answered(call.input, options, read, sink, |dataset, name| {
                let (explanation, both) = formats::of_column(dataset, name, &asked)?;
                if let Some(assigned) = &mut assigned {
                    assigned.add(column_of(dataset, name), &explanation);
                }
                Ok(both)
            })?;
            outcome.files.extend(assigned.map(Assigned::finished));
            Ok(outcome)
        }
        Language::Paper => {
            options.fit_the_paper()?;
            let read = datasets(
                call.input,
                &options.reading,
                (papers(&call.loaded.config), false),
                named,
            )?;
            answered(call.input, options, read, sink, |dataset, name| {
                of_the_paper(call, options, dataset, name)
            })
        }
    }
}

/// Answers about all columns, one by one.
fn answered(
    input: &Input,
    options: &ExplainOptions,
    (datasets, unread): (Vec<Dataset>, Vec<LeftOut>),
    sink: &mut Sink<'_>,
    mut of_column: impl FnMut(&Dataset, &str) -> Result<Both, ProductError>,
) -> Result<Outcome, ProductError> {
    let mut account = Account::whole(input, 0);
    account.rows = None;
    account.left_out = unread;
    account.remarks = datasets.iter().flat_map(|d| d.remarks.clone()).collect();
    let mut overview = overview(options, &datasets);
    let all: Vec<(&Dataset, &str)> = datasets
        .iter()
        .flat_map(|d| names(d).map(move |n| (d, n)))
        .collect();
    input.extent.expect(all.len());
    let mut columns = 0;
    for (dataset, name) in all {
        let Both { answer, brief } = of_column(dataset, name)?;
        columns += 1;
        let answer = match &mut overview {
            Some(overview) => overview.line(answer, &brief),
            None => answer,
        };
        // A file that is not there is told with the first column of the others.
        let answer = match columns {
            1 => answer.covering(&account),
            _ => answer,
        };
        if sink(answer).is_break() {
            break;
        }
    }
    account.read = Some(columns);
    Ok(Outcome::of(account))
}

/// The names of all columns, behind those with values those without.
fn names(dataset: &Dataset) -> impl Iterator<Item = &str> {
    let empty = dataset.skipped.iter().map(|(name, _)| name.as_str());
    let empty = empty.filter(|name| dataset.columns.iter().all(|c| c.name != *name));
    dataset.columns.iter().map(|c| c.name.as_str()).chain(empty)
}

pub(super) fn column_of<'d>(dataset: &'d Dataset, name: &str) -> Option<&'d Column> {
    dataset.columns.iter().find(|c| c.name == name)
}

/// A line a column, where there are several and nothing else was asked for.
fn overview(options: &ExplainOptions, datasets: &[Dataset]) -> Option<Overview> {
    // Who asks for more programs or samples wants to see them.
    let plain = ExplainOptions {
        reading: options.reading.clone(),
        language: options.language,
        assign: options.assign.clone(),
        seed: options.seed,
        ..ExplainOptions::default()
    };
    let all = || datasets.iter().flat_map(names);
    let brief = *options == plain && options.reading.column.is_empty() && all().count() > 1;
    brief.then(|| Overview::new(all()))
}

/// A column in the language of the paper.
fn of_the_paper(
    call: &Call<'_, StringDomain>,
    options: &ExplainOptions,
    dataset: &Dataset,
    name: &str,
) -> Result<Both, ProductError> {
    let column = column_of(dataset, name);
    let (explanation, refused) = match column {
        Some(column) => searched(call, column, options)?,
        None => (Explanation::nothing(name), None),
    };
    let explanation = match dataset.skipped_in(name) {
        Some(skipped) => explanation.with_skipped(skipped),
        None => explanation,
    };
    let mut answer = answer(&explanation)?;
    answer.left_out.extend(refused);
    Ok(Both {
        answer,
        brief: Brief::of_the_paper(column, &explanation),
    })
}

/// The explanation of a column, and what a proposer said that is no program.
fn searched(
    call: &Call<'_, StringDomain>,
    column: &Column,
    options: &ExplainOptions,
) -> Result<(Explanation, Option<LeftOut>), ProductError> {
    let (model, guide) = &call.loaded.networks;
    let searching = &options.searching;
    let offered = searching.ask(&asked(column), |line| model.parse(line))?;
    let mut asked = explain::ExplainOptions {
        programs: options.programs,
        samples: options.samples,
        seed: options.seed,
        confidence: call.confidence(searching),
        ..explain::ExplainOptions::default()
    };
    asked.search.seconds = searching.seconds(call.input.until);
    if offered.programs.is_some() {
        asked.search.first = 0;
    }
    let programs = offered.programs.unwrap_or_default();
    let explanation = explain_with((model, guide), column, &asked, &programs);
    Ok((explanation, offered.left_out))
}

/// What a proposer is asked about.
pub(super) fn asked(column: &Column) -> serde_json::Value {
    json!({"name": column.name, "strings": column.values, "counts": column.counts})
}
