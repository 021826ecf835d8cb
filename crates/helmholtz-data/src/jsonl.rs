//! JSON lines: one concept per line, with training strings and perhaps test strings.
//!
//! Keys other than the four known ones are accepted, since people keep notes in such files; a known key
//! with a value of the wrong type is an error.

use std::io::Read;

use serde::Deserialize;

use super::collect::Collector;
use super::error::excerpt;
use super::text::Text;
use super::{Column, DataError, Problem, ReadOptions, Skipped, select};

/// One line of the file.
#[derive(Deserialize)]
struct Concept {
    name: String,
    train: Vec<String>,
    test: Option<Vec<String>>,
    source: Option<String>,
}

/// Reads the concepts of a file, or those that the options name.
pub(super) fn read<R: Read>(
    mut text: Text<R>,
    name: &str,
    options: &ReadOptions,
) -> Result<Vec<(Column, Skipped)>, DataError> {
    let mut line = String::new();
    let mut concepts = Vec::new();
    while let Some(number) = text.next_line(&mut line)? {
        if line.trim().is_empty() {
            continue;
        }
        select::check_number(name, concepts.len() + 1, options)?;
        let concept = parse(&line, name, number)?;
        concepts.push(collect(concept, number, name, options));
    }
    if concepts.is_empty() {
        return Err(Problem::Empty.in_file(name));
    }
    chosen(concepts, name, options)
}

/// The concept on a line.
fn parse(line: &str, name: &str, number: u64) -> Result<Concept, DataError> {
    let bad = |column, fault: &str| {
        let fault = excerpt(fault);
        Problem::BadJson { column, fault }.on_line(name, number)
    };
    // serde would also take an array, with the values in the order of the fields.
    if !line.trim_start().starts_with('{') {
        return Err(bad(1, "the line is not a JSON object"));
    }
    let concept: Concept = serde_json::from_str(line).map_err(|fault| {
        let problem = fault.to_string();
        let (what, _place) = problem.rsplit_once(" at line ").unwrap_or((&problem, ""));
        bad(fault.column(), what)
    })?;
    if concept.train.is_empty() {
        return Err(Problem::NoStrings(concept.name).on_line(name, number));
    }
    Ok(concept)
}

/// The usable strings of a concept. Its source is the file unless the line says otherwise.
fn collect(concept: Concept, number: u64, name: &str, options: &ReadOptions) -> (Column, Skipped) {
    let source = concept.source.unwrap_or_else(|| name.into());
    let mut column = Collector::new(concept.name, source, options.limits);
    concept
        .train
        .iter()
        .for_each(|text| column.push(number, text));
    concept
        .test
        .into_iter()
        .flatten()
        .for_each(|text| column.push_test(number, text));
    column.finish()
}

/// The concepts that were asked for, under unique names.
fn chosen(
    mut concepts: Vec<(Column, Skipped)>,
    name: &str,
    options: &ReadOptions,
) -> Result<Vec<(Column, Skipped)>, DataError> {
    let names = select::unique_names(concepts.iter().map(|(column, _)| column.name.as_str()));
    let chosen = select::choose(name, &names, options)?;
    for ((column, _), name) in concepts.iter_mut().zip(names) {
        column.name = name;
    }
    if options.columns.is_empty() {
        return Ok(concepts);
    }
    Ok(chosen.into_iter().map(|i| concepts[i].clone()).collect())
}
