//! JSON: an object per row, whose keys are columns, or an object per column, with training strings and perhaps test
//! strings (a concept).
//!
//! Of a concept keys other than the four known ones are accepted, since people keep notes in such files; a known key with
//! a value of the wrong type is an error.

use serde::Deserialize;

use super::collect::Collector;
use super::elements::Elements;
use super::error::excerpt;
use super::records::{Record, Records};
use super::text::Text;
use super::{Column, DataError, Found, Problem, ReadOptions, Skipped, select};

/// Columns, each with the account of what was skipped of it.
type Columns = Vec<(Column, Skipped)>;

/// The object of a concept.
#[derive(Deserialize)]
struct Concept {
    name: String,
    train: Vec<String>,
    test: Option<Vec<String>>,
    source: Option<String>,
}

/// Reads the columns of a file, or those that the options name.
pub(super) fn read(text: Text, name: &str, options: &ReadOptions) -> Result<Found, DataError> {
    let (mut elements, mut object) = (Elements::new(text, name)?, String::new());
    let Some(line) = elements.next(&mut object)? else {
        return Err(Problem::Empty.in_file(name));
    };
    let first: Record = parse(&object, name, line)?;
    let (columns, told) = match first.is_concept() {
        true => (
            concepts(&mut elements, object, line, (name, options))?,
            vec![],
        ),
        false => rows(&mut elements, object, line, (name, options))?,
    };
    let written: Vec<_> = columns.iter().map(|(column, _)| &*column.name).collect();
    let names = select::unique_names(written.iter().copied());
    let mut remarks = elements.remarks();
    remarks.extend(select::repeated(written, &names));
    remarks.extend(told);
    Ok(Found {
        columns: chosen(columns, names, name, options)?,
        remarks,
    })
}

/// Reads objects that are columns, from the first on.
fn concepts(
    elements: &mut Elements,
    mut object: String,
    line: u64,
    (name, options): (&str, &ReadOptions),
) -> Result<Columns, DataError> {
    let (mut concepts, mut next) = (Vec::new(), Some(line));
    while let Some(number) = next {
        select::check_number(name, concepts.len() + 1, options)?;
        let concept: Concept = parse(&object, name, number)?;
        if concept.train.is_empty() {
            return Err(Problem::NoStrings(concept.name).on_line(name, number));
        }
        concepts.push(collect(concept, number, name, options));
        next = elements.next(&mut object)?;
    }
    Ok(concepts)
}

/// Lines that are no objects and are named.
const NAMED: usize = 3;

/// Lines among rows that are no objects.
#[derive(Default)]
struct Broken {
    count: u64,
    first: Vec<DataError>,
}

impl Broken {
    fn note(&mut self, fault: DataError) {
        self.count += 1;
        if self.first.len() < NAMED {
            self.first.push(fault);
        }
    }

    /// What there is to say of them beside so many rows; an error if they are half of all or more.
    fn told(mut self, rows: u64) -> Result<Option<String>, DataError> {
        if self.count > 0 && self.count >= rows {
            let mut error = self.first.remove(0);
            if let Problem::BadJson { fault, .. } = &mut error.problem {
                let all = self.count + rows;
                *fault += &format!(" ({} of {all} lines are no JSON objects)", self.count);
            }
            return Err(error);
        }
        let what = match self.count {
            0 => return Ok(None),
            1 => "1 line is no JSON object and was left out".to_owned(),
            many => format!("{many} lines are no JSON objects and were left out"),
        };
        let each = self.first.iter();
        let each = each.map(|error| {
            let line = error.line.unwrap_or(0);
            match &error.problem {
                Problem::BadJson { fault, .. } => format!("line {line} ({fault})"),
                _ => format!("line {line} (half of a character)"),
            }
        });
        Ok(Some(format!(
            "{what}: {}",
            each.collect::<Vec<_>>().join(", ")
        )))
    }
}

/// Reads objects that are rows, from the first on; and says of keys that they repeat, and which lines are none.
///
/// A line that is none is left out if the file is one of lines. In an array nobody knows where the next element begins.
fn rows(
    elements: &mut Elements,
    mut object: String,
    line: u64,
    (name, options): (&str, &ReadOptions),
) -> Result<(Columns, Vec<String>), DataError> {
    let (mut records, mut next) = (Records::new(name, options), Some(line));
    let mut broken = Broken::default();
    while let Some(number) = next {
        match row(&mut records, &object, name, number) {
            Err(fault) if elements.are_lines() => broken.note(fault),
            pushed => pushed?,
        }
        select::check_number(name, records.width(), options)?;
        next = elements.next(&mut object)?;
    }
    let broken = broken.told(records.count())?;
    let told = records.remarks().into_iter().chain(broken);
    let told = told.collect();
    Ok((records.finish(), told))
}

/// Reads one object as a row.
fn row(records: &mut Records, object: &str, name: &str, number: u64) -> Result<(), DataError> {
    let record: Record = parse(object, name, number)?;
    records.push(number, record).map_err(|(value, fault)| {
        let before = object.find(value).unwrap_or(0);
        bad_json(&fault, before, name, number)
    })
}

/// The object that starts on a line.
fn parse<'a, T: Deserialize<'a>>(object: &'a str, name: &str, number: u64) -> Result<T, DataError> {
    // serde would also take an array, with the values in the order of the fields.
    if !object.trim_start().starts_with('{') {
        let (column, fault) = (1, "this is not a JSON object".into());
        return Err(Problem::BadJson { column, fault }.on_line(name, number));
    }
    serde_json::from_str(object).map_err(|fault| bad_json(&fault, 0, name, number))
}

/// The error for a fault in an object that starts on a line, or in a value of it that so many bytes are before.
fn bad_json(fault: &serde_json::Error, before: usize, name: &str, number: u64) -> DataError {
    let problem = fault.to_string();
    let (what, _place) = problem.rsplit_once(" at line ").unwrap_or((&problem, ""));
    let column = before + fault.column();
    // As programs write it that cut strings.
    let half = what.contains("hex escape");
    let problem = match half {
        true => Problem::HalfCharacter { column },
        false => Problem::BadJson {
            column,
            fault: excerpt(what),
        },
    };
    problem.on_line(name, number + fault.line().saturating_sub(1) as u64)
}

/// The usable strings of a concept. Its source is the file unless the line says otherwise.
fn collect(concept: Concept, number: u64, name: &str, options: &ReadOptions) -> (Column, Skipped) {
    let source = concept.source.unwrap_or_else(|| name.into());
    let mut column = Collector::new(concept.name, source, options);
    let (train, test) = (concept.train, concept.test.unwrap_or_default());
    train.iter().for_each(|text| column.push(number, text));
    test.iter().for_each(|text| column.push_test(number, text));
    column.finish()
}

/// The columns that were asked for, under their unique names.
fn chosen(
    mut columns: Vec<(Column, Skipped)>,
    names: Vec<String>,
    name: &str,
    options: &ReadOptions,
) -> Result<Columns, DataError> {
    let chosen = select::choose(name, &names, options)?;
    for ((column, _), name) in columns.iter_mut().zip(names) {
        column.name = name;
    }
    if options.columns.is_empty() {
        return Ok(columns);
    }
    Ok(chosen.into_iter().map(|i| columns[i].clone()).collect())
}
