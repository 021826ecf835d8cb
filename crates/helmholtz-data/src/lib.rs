//! Readers for string concepts: JSON lines, CSV and TSV tables, one string per line.
//!
//! Whatever the format, what comes out is a [`Dataset`] of [`Column`]s: a name, the distinct strings in
//! the order they first stood in the file, and how often each stood there. Distinct strings with counts
//! are what a likelihood needs, and they let a column of a million rows be read as a stream in memory
//! bounded by [`Limits`]. One record (a line or a table row) is held at a time.
//!
//! The alphabet and the longest string belong to a domain, not to a file format, so they are passed in
//! ([`Limits::allowed`], [`Limits::max_length`]). A string that does not fit is not an error, since real
//! columns have such cells, but it is never dropped in silence either: it is counted in [`Skipped`] with
//! the line and the reason of the first few. A file that is broken as a whole is a [`DataError`].
//!
//! ```
//! use helmholtz_data::{ReadOptions, read_from};
//!
//! let table = "zip,city\n02139,Cambridge\n10027,New York\n02139,Cambridge\n";
//! let options = ReadOptions { columns: vec!["zip".into()], ..ReadOptions::default() };
//! let dataset = read_from(table.as_bytes(), "places.csv", &options)?;
//! assert_eq!(dataset.columns[0].values, ["02139", "10027"]);
//! assert_eq!(dataset.columns[0].counts, [2, 1]);
//! # Ok::<(), helmholtz_data::DataError>(())
//! ```

#[cfg(feature = "archives")]
pub mod archive;
mod cells;
mod collect;
mod error;
pub mod files;
#[cfg(feature = "archives")]
pub mod idx;
mod jsonl;
mod lines;
#[cfg(feature = "pictures")]
pub mod picture;
pub mod reading;
mod select;
mod skipped;
pub mod svg;
mod table;
mod text;

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Instant;

pub use cells::{Cells, read_cells, read_cells_from};
pub use error::{DataError, Problem};
pub use lines::{Parsed, parse_lines};
pub use skipped::{Example, Reason, Skipped};
use text::Text;

/// The strings of one concept: a spreadsheet column, a line of a JSON-lines file, or a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The name, unique within its data set (a repeated name gets the suffix `#2`, `#3`, ...).
    pub name: String,
    /// The distinct training strings, in the order of their first appearance; never empty.
    pub values: Vec<String>,
    /// How often each of `values` appeared; as long as `values`, every count at least 1.
    pub counts: Vec<u64>,
    /// The line on which each of `values` stood first, from 1; empty where they are from no file.
    pub lines: Vec<u64>,
    /// Held-out strings with their repetitions; empty where the format has none.
    pub test: Vec<String>,
    /// Where the strings came from: the file, or what the file itself says.
    pub source: String,
}

impl Column {
    /// The number of appearances beyond the first, over all training strings.
    pub fn repeats(&self) -> u64 {
        self.counts.iter().map(|count| count - 1).sum()
    }
}

/// Everything that was read from one file, and an account of what was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// The columns with at least one usable string, in file order or in the order they were asked for.
    pub columns: Vec<Column>,
    /// What was skipped, by column name. A name that is not in `columns` had no usable string at all.
    pub skipped: Vec<(String, Skipped)>,
}

impl Dataset {
    /// What was skipped in all columns together.
    pub fn skipped_in_all(&self) -> Skipped {
        Skipped::sum(self.skipped.iter().map(|(_, skipped)| skipped))
    }

    /// What was skipped in the column of this name, if anything was.
    pub fn skipped_in(&self, name: &str) -> Option<&Skipped> {
        let mut named = self.skipped.iter().filter(|(n, _)| n == name);
        named.next().map(|(_, skipped)| skipped)
    }

    /// Sorts what a reader returned into columns and the account of what was skipped.
    ///
    /// Among all columns of a file an unusable one is left out; a column asked for by name must be usable.
    fn assemble(read: Vec<(Column, Skipped)>, name: &str, asked: bool) -> Result<Self, DataError> {
        let mut dataset = Self {
            columns: Vec::new(),
            skipped: Vec::new(),
        };
        for (column, skipped) in read {
            if !skipped.is_nothing() {
                dataset.skipped.push((column.name.clone(), skipped));
            }
            if !column.values.is_empty() {
                dataset.columns.push(column);
            } else if asked {
                return Err(dataset.nothing_usable(Some(column.name)).in_file(name));
            }
        }
        if dataset.columns.is_empty() {
            return Err(dataset.nothing_usable(None).in_file(name));
        }
        Ok(dataset)
    }

    /// The problem with a column, or a whole file, without a usable string.
    fn nothing_usable(&self, column: Option<String>) -> Problem {
        let skipped = match (&column, self.skipped.last()) {
            (Some(_), Some((_, skipped))) => skipped.clone(),
            _ => self.skipped_in_all(),
        };
        Problem::NothingUsable {
            column,
            why: skipped.to_string(),
        }
    }
}

/// How strings are laid out in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object per line: `{"name": "zip", "train": ["02139"], "test": [], "source": "a.csv"}`.
    ///
    /// `test` and `source` may be missing; other keys are ignored.
    JsonLines,
    /// Comma, semicolon or tab separated values with a header row.
    Table,
    /// One string per line.
    Lines,
}

impl Format {
    /// The format that a file's extension announces: `.jsonl`, `.ndjson` and `.json` are JSON lines,
    /// `.csv`, `.tsv` and `.tab` tables, and anything else one string per line.
    pub fn of_path(path: &Path) -> Self {
        match extension(path).as_str() {
            "jsonl" | "ndjson" | "json" => Self::JsonLines,
            "csv" | "tsv" | "tab" => Self::Table,
            _ => Self::Lines,
        }
    }
}

/// Which strings are usable, and how much of a file is kept in memory.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most characters (not bytes) in a usable string.
    pub max_length: usize,
    /// The characters a usable string is made of.
    pub allowed: fn(char) -> bool,
    /// The most distinct strings kept per column; a later new one is counted in
    /// [`Skipped::beyond_limit`], while those already kept are still counted.
    pub max_distinct: usize,
    /// The most columns (or concepts) read from one file; more is an error.
    pub max_columns: usize,
    /// The most bytes in one line or table row; more is an error. It is checked every 64 KiB, because
    /// it is there to bound memory (an unclosed quote turns the rest of a file into one row).
    pub max_record_bytes: usize,
}

impl Default for Limits {
    /// Strings of up to 1000 characters without control characters, 200,000 distinct ones per column,
    /// 4096 columns, 16 MiB per record.
    fn default() -> Self {
        Self {
            max_length: 1000,
            allowed: |c| !c.is_control(),
            max_distinct: 200_000,
            max_columns: 4096,
            max_record_bytes: 16 << 20,
        }
    }
}

/// What to read from a file, and how. The default guesses the format and reads every column.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// The layout; `None` guesses it from the extension (standard input: one string per line).
    pub format: Option<Format>,
    /// What separates the cells of a table; `None` is a tab for `.tsv` and `.tab`, and otherwise whichever
    /// of comma, semicolon and tab the header has, tried in this order.
    pub delimiter: Option<u8>,
    /// The columns (or concepts) to read, each by its exact name, by a name that differs in case only,
    /// or by position as `#3` (from 1). Empty: all of them.
    pub columns: Vec<String>,
    /// Which strings are usable, and the bounds on memory.
    pub limits: Limits,
    /// When reading standard input ends, though nobody closes it.
    pub until: Option<Instant>,
}

/// Reads the strings in a file, or in standard input if the path is `-`.
///
/// # Errors
///
/// A [`DataError`] if the file cannot be opened or read, is not what its format says, or has no usable
/// string; see [`Problem`].
pub fn read(path: &Path, options: &ReadOptions) -> Result<Dataset, DataError> {
    let (input, name) = open(path, options.until)?;
    read_from(input, &name, options)
}

/// A file, or standard input if the path is `-`, and what it is called in errors.
fn open(path: &Path, until: Option<Instant>) -> Result<(Box<dyn Read>, String), DataError> {
    if path == Path::new("-") {
        return Ok((Box::new(files::Stdin::new(until)), "stdin".into()));
    }
    let name = path.to_string_lossy().into_owned();
    if path.is_dir() {
        return Err(Problem::Directory.in_file(&name));
    }
    let file = File::open(path).map_err(|problem| Problem::opening(&problem).in_file(&name))?;
    Ok((Box::new(file), name))
}

/// Reads strings from any byte stream. `name` stands for the file: it appears in errors, is the source
/// of the columns, and its extension announces the format unless the options say which.
///
/// # Errors
///
/// As [`read`].
pub fn read_from(
    input: impl Read,
    name: &str,
    options: &ReadOptions,
) -> Result<Dataset, DataError> {
    let text = Text::new(input, name, options.limits.max_record_bytes);
    let read = match options
        .format
        .unwrap_or_else(|| Format::of_path(Path::new(name)))
    {
        Format::JsonLines => jsonl::read(text, name, options)?,
        Format::Table => table::read(text, name, options)?,
        Format::Lines => lines::read(text, name, options)?,
    };
    Dataset::assemble(read, name, !options.columns.is_empty())
}

/// The extension of a path in lower case, empty if there is none.
fn extension(path: &Path) -> String {
    path.extension()
        .and_then(OsStr::to_str)
        .unwrap_or_default()
        .to_ascii_lowercase()
}
