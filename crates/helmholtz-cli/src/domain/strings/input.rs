//! Columns and concepts from files, with an account of what was left out.

use std::path::Path;

use anyhow::Result;
use helmholtz::data::{Dataset, Format, Limits, ReadOptions, read};
use helmholtz::domain::Domain;
use helmholtz::domain::strings::alphabet::index_of;
use helmholtz::domain::strings::{Concept, Config, StringDomain, builtin};

use super::super::{BUILTIN_SEED, refuse_series};
use crate::args::{Layout, Reading};
use crate::output::note;

/// The most columns whose skipped strings are described one by one.
const DESCRIBED: usize = 5;

/// The columns of a file that the model can read, with an account of what was skipped.
pub(super) fn columns(path: &Path, reading: &Reading, config: &Config) -> Result<Dataset> {
    let limits = Limits {
        max_length: config.max_length,
        allowed: |c| index_of(c).is_some(),
        ..Limits::default()
    };
    refuse_series(reading, StringDomain::NAME)?;
    let tabs = reading.format == Some(Layout::Tsv);
    let options = ReadOptions {
        columns: reading.columns.clone(),
        format: reading.format.map(format_of),
        delimiter: reading.delimiter.or(tabs.then_some(b'\t')),
        limits,
    };
    Ok(read(path, &options)?)
}

fn format_of(layout: Layout) -> Format {
    match layout {
        Layout::Csv | Layout::Tsv => Format::Table,
        Layout::Jsonl => Format::JsonLines,
        Layout::Lines => Format::Lines,
    }
}

/// The concepts of a file. What was skipped is told on standard error.
pub(super) fn concepts(path: &Path, reading: &Reading, config: &Config) -> Result<Vec<Concept>> {
    let dataset = columns(path, reading, config)?;
    describe_skipped(&dataset);
    Ok(dataset
        .columns
        .iter()
        .enumerate()
        .map(|(i, c)| Concept::of_column(c, i, config))
        .collect())
}

/// The concepts that come with the library, within the length that the settings allow.
pub(super) fn builtin(config: &Config) -> Vec<Concept> {
    let mut concepts = builtin::concepts(BUILTIN_SEED, builtin::DEFAULT_COUNT);
    let fits = |text: &String| text.chars().count() <= config.max_length;
    let count = |concepts: &[Concept]| concepts.iter().map(|c| c.train.len() + c.test.len()).sum();
    let before: usize = count(&concepts);
    for concept in &mut concepts {
        concept.train.retain(fits);
        concept.test.retain(fits);
    }
    concepts.retain(|concept| !concept.train.is_empty());
    let skipped = before - count(&concepts);
    if skipped > 0 {
        note(&format!(
            "built-in data: skipped {skipped} strings over {} characters",
            config.max_length
        ));
    }
    concepts
}

fn describe_skipped(dataset: &Dataset) {
    for (name, skipped) in dataset.skipped.iter().take(DESCRIBED) {
        note(&format!("column {name}: {skipped}"));
    }
    if dataset.skipped.len() > DESCRIBED {
        let (columns, all) = (dataset.skipped.len(), dataset.skipped_in_all());
        note(&format!("in all {columns} such columns: {all}"));
    }
}
