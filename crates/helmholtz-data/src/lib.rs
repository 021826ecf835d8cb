//! Readers for string concepts: CSV and TSV tables, JSON, one string per line.
//!
//! Whatever the format, what comes out is a [`Dataset`] of [`Column`]s: a name, the distinct strings in
//! the order they first stood in the file, and how often each stood there. Distinct strings with counts
//! are what a likelihood needs, and they let a column of a million rows be read as a stream in memory
//! bounded by [`Limits`]. One record (a line or a table row) is held at a time.
//!
//! Files are read as people have them: in whatever encoding, gzipped (feature `compressed`), with whatever separates the
//! cells, with and without a header. What is not certain is guessed from the first 64 KiB, and every guess is a sentence
//! in [`Dataset::remarks`]; an option of [`ReadOptions`] says otherwise.
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
mod decode;
mod elements;
mod encoding;
mod error;
pub mod files;
mod header;
#[cfg(feature = "archives")]
pub mod idx;
mod jsonl;
mod kinds;
mod lines;
#[cfg(feature = "pictures")]
pub mod picture;
pub mod reading;
mod records;
mod select;
mod sheet;
mod skipped;
mod sniff;
pub mod svg;
mod table;
mod text;
mod unpack;

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Instant;

pub use cells::{Cells, read_cells, read_cells_from};
pub use error::{DataError, Problem};
pub use lines::{Parsed, parse_lines};
pub use sheet::Sheet;
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
    /// Of each row, in their order, its line and the place of its string in `values`, or none if that was left out; empty
    /// unless [`ReadOptions::rows`] asks for it.
    pub rows: Vec<(u64, Option<u32>)>,
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
    /// What was guessed of the file and what was left out of it as a whole, in sentences that do not name the file.
    pub remarks: Vec<String>,
}

/// What a reader found.
struct Found {
    columns: Vec<(Column, Skipped)>,
    remarks: Vec<String>,
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
    /// Among all columns of a file an unusable one is left out; a column asked for by name must be usable, or empty.
    fn assemble(found: Found, name: &str, asked: bool) -> Result<Self, DataError> {
        let mut dataset = Self {
            columns: Vec::new(),
            skipped: Vec::new(),
            remarks: found.remarks,
        };
        for (column, skipped) in found.columns {
            let only_empty = skipped.total() == skipped.empty + skipped.ragged;
            if !skipped.is_nothing() {
                dataset.skipped.push((column.name.clone(), skipped));
            }
            if !column.values.is_empty() {
                dataset.columns.push(column);
            } else if asked && !only_empty {
                return Err(dataset.nothing_usable(Some(column.name)).in_file(name));
            }
        }
        if dataset.columns.is_empty() && !asked {
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
    /// One JSON object per line, or one array of objects.
    ///
    /// Objects such as `{"zip": "02139", "rooms": 3}` are rows, and their keys are columns: numbers are read as they are
    /// written, what is nested as its JSON, and what is missing or null is empty. If the first has a list `train`, each is
    /// a column: `{"name": "zip", "train": ["02139"], "test": [], "source": "a.csv"}`, where `test` and `source` may be
    /// missing and other keys are ignored.
    JsonLines,
    /// Values separated by commas, semicolons, tabs or another character, mostly below a header.
    Table,
    /// One string per line.
    Lines,
}

impl Format {
    /// The format that a file's extension announces: `.jsonl`, `.ndjson` and `.json` are JSON lines,
    /// `.csv`, `.tsv` and `.tab` tables, and anything else one string per line. An extension `.gz` is looked through.
    pub fn of_path(path: &Path) -> Self {
        match extension(path).as_str() {
            "jsonl" | "ndjson" | "json" => Self::JsonLines,
            "csv" | "tsv" | "tab" => Self::Table,
            _ => Self::Lines,
        }
    }
}

/// Which strings are usable, and how much of a file is kept in memory.
///
/// A column takes at most `max_distinct` times four bytes for each of `max_length` characters and some 150 bytes, and what
/// is read at a time takes at most some four times `max_record_bytes`. The size of a file does not matter.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most characters (not bytes) in a usable string.
    pub max_length: usize,
    /// Whether a longer string is cut to its first `max_length` characters, and counted in [`Skipped::cut`], instead of
    /// left out. Distinct strings that begin alike then fall together.
    pub cut: bool,
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
            cut: false,
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
    /// What separates the cells of a table; `None` is what a first line such as `sep=;` says, a tab for `.tsv` and `.tab`,
    /// and otherwise whichever of comma, semicolon, tab and `|` divides the first lines most consistently.
    pub delimiter: Option<u8>,
    /// Whether the first row of a table names the columns; `None` looks whether it must be data. Without names columns are
    /// called `#1`, `#2`, ...
    pub header: Option<bool>,
    /// The encoding, by a name such as `utf-8`, `utf-16`, `latin1`, `windows-1252` or `shift_jis`; `None` is what a byte
    /// order mark says, UTF-16 if every other byte is 0, and otherwise UTF-8, with Windows-1252 for what is not.
    pub encoding: Option<String>,
    /// The columns (or concepts) to read, each by its exact name, by a name that differs in case only,
    /// or by position as `#3` (from 1). Empty: all of them.
    pub columns: Vec<String>,
    /// Which strings are usable, and the bounds on memory.
    pub limits: Limits,
    /// Whether columns keep where each row's string is, which takes 16 bytes a row.
    pub rows: bool,
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
    let text = Text::open(input, name, options)?;
    let found = match options
        .format
        .unwrap_or_else(|| Format::of_path(Path::new(name)))
    {
        Format::JsonLines => jsonl::read(text, name, options)?,
        Format::Table => table::read(text, name, options)?,
        Format::Lines => lines::read(text, name, options)?,
    };
    Dataset::assemble(found, name, !options.columns.is_empty())
}

/// The extension of a path in lower case, below that of what packed it; empty if there is none.
fn extension(path: &Path) -> String {
    lower(&unpacked(path))
}

/// A path without an extension that says that gzip packed it.
fn unpacked(path: &Path) -> PathBuf {
    match lower(path).as_str() {
        "gz" => path.with_extension(""),
        _ => path.into(),
    }
}

fn lower(path: &Path) -> String {
    path.extension()
        .and_then(OsStr::to_str)
        .unwrap_or_default()
        .to_ascii_lowercase()
}
