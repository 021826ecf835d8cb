//! CSV and TSV tables with a header row (RFC 4180 as the `csv` crate reads it).
//!
//! Two things are made stricter than that crate has them. A row may be shorter than the header (missing
//! cells are empty) but no longer, which is how a forgotten quote or the wrong delimiter shows. And a
//! quote that is never closed is an error, where the crate would return the rest of the file as one
//! cell: a NUL, which [`Text`] lets no file contain, is appended as a last row, and if it does not come
//! back alone then a quote was still open.

use std::io::{self, BufRead, Chain, Read};
use std::path::Path;

use super::collect::Collector;
use super::text::Text;
use super::{Column, DataError, Problem, ReadOptions, Skipped, extension, select};

/// The row appended to every table.
const END: &str = "\n\0";

/// Reads the columns of a table, or those that the options name.
pub(super) fn read<R: Read>(
    mut text: Text<R>,
    name: &str,
    options: &ReadOptions,
) -> Result<Vec<(Column, Skipped)>, DataError> {
    let delimiter = delimiter(&mut text, name, options)?;
    let mut rows = Rows::new(text, name, delimiter);
    let Some(header) = rows.advance()? else {
        return Err(Problem::Empty.in_file(name));
    };
    let names = select::unique_names(&rows.row);
    let chosen = select::choose(name, &names, options)?;
    let collector = |&i: &usize| Collector::new(names[i].clone(), name.into(), options.limits);
    let mut columns: Vec<_> = chosen.iter().map(collector).collect();
    let mut header_only = true;
    while let Some(line) = rows.advance()? {
        rows.check_width(line, names.len())?;
        for (column, &i) in columns.iter_mut().zip(&chosen) {
            column.push(line, rows.row.get(i).unwrap_or_default());
        }
        header_only = false;
    }
    if header_only {
        return Err(Problem::HeaderOnly.on_line(name, header));
    }
    Ok(columns.into_iter().map(Collector::finish).collect())
}

/// What separates the cells: what the options say, a tab if the extension says so, or else the first of
/// the usual characters that the header contains.
pub(super) fn delimiter<R: Read>(
    text: &mut Text<R>,
    name: &str,
    options: &ReadOptions,
) -> Result<u8, DataError> {
    if let Some(delimiter) = options.delimiter {
        let usable = delimiter.is_ascii() && !b"\"\n\r\0".contains(&delimiter);
        let bad = || Problem::BadDelimiter(delimiter).in_file(name);
        return usable.then_some(delimiter).ok_or_else(bad);
    }
    if matches!(extension(Path::new(name)).as_str(), "tsv" | "tab") {
        return Ok(b'\t');
    }
    let start = match text.fill_buf() {
        Ok(start) => outside_quotes(start),
        Err(problem) => return Err(text.error(problem)),
    };
    Ok([b',', b';', b'\t']
        .into_iter()
        .find(|usual| start.contains(usual))
        .unwrap_or(b','))
}

/// The bytes of the first line with something on it that are not in quotes.
fn outside_quotes(start: &[u8]) -> Vec<u8> {
    let mut quoted = false;
    let line = start.iter().skip_while(|&&byte| byte == b'\n');
    let unquoted = line.take_while(|&&byte| byte != b'\n').filter(|&&byte| {
        quoted ^= byte == b'"';
        !quoted
    });
    unquoted.copied().collect()
}

/// The rows of a table, one at a time.
pub(super) struct Rows<R> {
    csv: csv::Reader<Chain<Text<R>, &'static [u8]>>,
    pub(super) row: csv::StringRecord,
    name: String,
}

impl<R: Read> Rows<R> {
    /// The rows of a text, starting with the header.
    pub(super) fn new(text: Text<R>, name: &str, delimiter: u8) -> Self {
        let csv = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(text.chain(END.as_bytes()));
        Self {
            csv,
            row: csv::StringRecord::new(),
            name: name.into(),
        }
    }

    /// Reads the next row into `self.row` and returns the line it starts on, or `None` after the last.
    pub(super) fn advance(&mut self) -> Result<Option<u64>, DataError> {
        let line = self.csv.position().line();
        self.csv.get_mut().get_mut().0.begin_record(line);
        let more = self.csv.read_record(&mut self.row);
        let more = more.map_err(|problem| self.error(line, problem))?;
        if !more || self.row.iter().eq([END.trim_start()]) {
            return Ok(None);
        }
        // Counted back from the end of the row, since blank lines before it belong to no row.
        let inside = self.row.as_slice().matches('\n').count() as u64;
        let end = self.csv.position().line();
        if self.row.as_slice().ends_with(END) {
            return Err(Problem::UnclosedQuote.on_line(&self.name, end - inside));
        }
        Ok(Some(end - inside - 1))
    }

    /// Refuses a row with more cells than the header, unless the others are empty.
    pub(super) fn check_width(&self, line: u64, expected: usize) -> Result<(), DataError> {
        if self.row.iter().skip(expected).all(str::is_empty) {
            return Ok(());
        }
        let found = self.row.len();
        Err(Problem::RaggedRow { found, expected }.on_line(&self.name, line))
    }

    /// The typed error for what the `csv` crate reports: the reader's own errors pass through it.
    fn error(&self, line: u64, problem: csv::Error) -> DataError {
        let problem = match problem.into_kind() {
            csv::ErrorKind::Io(problem) => problem,
            other => io::Error::other(format!("{other:?}")),
        };
        DataError::reading(&self.name, line, problem)
    }
}
