//! Column names: made unique, and found again by what a user typed.

use std::collections::{HashMap, HashSet};

use helmholtz_math::words::closest;

use super::error::list;
use super::{DataError, Problem, ReadOptions};

/// Names under which every column can be told apart.
///
/// Spaces around a name are dropped, a column without a name is called by its position (`#3`), and a
/// repeated name gets a suffix (`date`, `date#2`).
pub(super) fn unique_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut taken = HashSet::new();
    let mut repeats: HashMap<String, usize> = HashMap::new();
    let mut unique = Vec::new();
    for (i, name) in names.into_iter().enumerate() {
        let plain = match trimmed(name) {
            "" => format!("#{}", i + 1),
            name => name.into(),
        };
        let mut name = plain.clone();
        let repeat = repeats.entry(plain.clone()).or_insert(1);
        while !taken.insert(name.clone()) {
            *repeat += 1;
            name = format!("{plain}#{repeat}");
        }
        unique.push(name);
    }
    unique
}

/// A name without blanks and byte order marks around it.
fn trimmed(name: &str) -> &str {
    name.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
}

/// A sentence on names that several columns have in a file, if there are any.
pub(super) fn repeated<'a>(
    written: impl IntoIterator<Item = &'a str>,
    unique: &[String],
) -> Option<String> {
    let other = |(written, unique): &(&str, &String)| {
        let written = trimmed(written);
        !written.is_empty() && written != unique.as_str()
    };
    let renamed = written.into_iter().zip(unique).filter(other);
    let renamed: Vec<String> = renamed.map(|(_, unique)| unique.clone()).collect();
    (!renamed.is_empty()).then(|| {
        format!(
            "names of columns are repeated; the later ones are called {}",
            list(&renamed)
        )
    })
}

/// The positions of the columns that the options ask for, in that order and each once; all if they ask
/// for none.
pub(super) fn choose(
    name: &str,
    names: &[String],
    options: &ReadOptions,
) -> Result<Vec<usize>, DataError> {
    let mut chosen = Vec::new();
    for wanted in &options.columns {
        let position = find(names, wanted).ok_or_else(|| {
            Problem::MissingColumn {
                wanted: wanted.clone(),
                closest: closest(names.iter().map(String::as_str), wanted),
                available: names.to_vec(),
            }
            .in_file(name)
        })?;
        if !chosen.contains(&position) {
            chosen.push(position);
        }
    }
    if options.columns.is_empty() {
        chosen = (0..names.len()).collect();
    }
    check_number(name, chosen.len(), options)?;
    Ok(chosen)
}

/// Refuses more columns than the limit.
pub(super) fn check_number(
    name: &str,
    columns: usize,
    options: &ReadOptions,
) -> Result<(), DataError> {
    let limit = options.limits.max_columns;
    if columns <= limit {
        return Ok(());
    }
    Err(Problem::TooManyColumns(limit).in_file(name))
}

/// Where a column stands: by exact name, by a name that differs in case only if just one does, or by
/// position, as `#3`.
fn find(names: &[String], wanted: &str) -> Option<usize> {
    if let Some(exact) = names.iter().position(|name| name == wanted) {
        return Some(exact);
    }
    let lower = wanted.trim().to_lowercase();
    let mut alike = (0..names.len()).filter(|&i| names[i].to_lowercase() == lower);
    if let (Some(only), None) = (alike.next(), alike.next()) {
        return Some(only);
    }
    let position: usize = wanted.trim().strip_prefix('#')?.parse().ok()?;
    position.checked_sub(1).filter(|&i| i < names.len())
}
