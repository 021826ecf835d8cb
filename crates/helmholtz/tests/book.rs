//! What the book says of files is true, and what is shipped is what was generated.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests are no tests to the lint"
)]

use std::fs;
use std::path::PathBuf;

#[path = "../examples/orders.rs"]
mod orders;

/// A path of the repository; `None` in a package, which has the crate only.
fn repository(path: &str) -> Option<PathBuf> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(path);
    path.exists().then_some(path)
}

#[test]
fn the_table_of_the_readme_is_what_its_generator_writes() {
    let Some(shipped) = repository("examples/orders.csv") else {
        return eprintln!("skipped: there is no repository around this crate");
    };
    assert_eq!(fs::read_to_string(shipped).unwrap(), orders::table());
}

/// The words between single backquotes.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// What is wrong with a cell of the map: a file that is not there, or a name that does not stand in it. A cell names a
/// file, and then what stands in it, several times perhaps.
fn faults(cell: &str, as_test: bool) -> Vec<String> {
    let (mut text, mut file, mut found) = (None, "", vec![]);
    for word in quoted(cell) {
        if word.contains('/') {
            file = word;
            text = repository(word).and_then(|path| fs::read_to_string(path).ok());
            if text.is_none() {
                found.push(format!("{word} is not there"));
            }
            continue;
        }
        let Some(text) = &text else { continue };
        let name = word.rsplit("::").next().unwrap_or(word);
        let needle = match as_test {
            true => format!("fn {name}("),
            false => name.to_owned(),
        };
        if !text.contains(&needle) {
            found.push(format!("{file} has no `{word}`"));
        }
    }
    found
}

#[test]
fn the_map_of_equations_leads_to_what_is_there() {
    let Some(map) = repository("docs/book/src/equations.md") else {
        return eprintln!("skipped: there is no repository around this crate");
    };
    let text = fs::read_to_string(map).unwrap();
    let rows = text
        .lines()
        .filter(|l| l.starts_with("| ") && l.contains("crates/"));
    let rows: Vec<Vec<&str>> = rows
        .map(|l| l.trim_matches('|').split(" | ").collect())
        .collect();
    assert!(rows.len() > 100, "{}", rows.len());
    let wrong: Vec<String> = rows
        .iter()
        .flat_map(|row| {
            let (code, tests) = match row[..] {
                [.., code, tests] if row.len() == 4 => (code, tests),
                _ => (row[row.len() - 1], ""),
            };
            [faults(code, false), faults(tests, true)].concat()
        })
        .collect();
    assert_eq!(wrong, [""; 0]);
}
