//! What can be wrong with a file of strings.
//!
//! Each message is one line: the file and the line, what is wrong, and after the semicolon what to do.
//! Text quoted from a file passes through [`quote`], so that a stray control character or a cell of a
//! megabyte cannot spoil a terminal or a log.

use std::io;

/// Why a file of strings could not be read, and where.
#[derive(Debug, thiserror::Error)]
#[error("{file}{}: {problem}", line.map(|line| format!(", line {line}")).unwrap_or_default())]
pub struct DataError {
    /// The file as it was named, or the name given to a stream.
    pub file: String,
    /// The line, from 1; for a record of several lines, the first of them.
    pub line: Option<u64>,
    /// What is wrong.
    pub problem: Problem,
}

/// What can be wrong with a file of strings.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// There is no such file.
    #[error("there is no such file; check the path, relative to the current folder")]
    NotFound,
    /// The path is a folder.
    #[error("this is a folder; name one of the files in it")]
    Directory,
    /// The file may not be read.
    #[error("permission to read it is denied; change its mode or its owner")]
    Permission,
    /// The operating system could not open the file, for this reason.
    #[error("it cannot be opened ({0}); check the path")]
    Unopened(String),
    /// The stream failed after it was opened, for this reason.
    #[error(
        "reading failed ({0}); check the disk or the program behind the pipe, then read it again"
    )]
    Unreadable(String),
    /// There is nothing but blank lines.
    #[error("the file is empty; check that whatever wrote it has finished")]
    Empty,
    /// There is a NUL byte, which no text has.
    #[error(
        "there is a NUL byte, so this is no plain text; write the file anew as text, or name its \
         encoding"
    )]
    NulByte,
    /// The bytes are of another kind of file.
    #[error("this is {what}, no plain text; {remedy}")]
    NotText {
        /// What the file is.
        what: &'static str,
        /// What to do with it.
        remedy: &'static str,
    },
    /// What gzip packed cannot be unpacked, for this reason.
    #[error("what gzip packed is damaged ({0}); download or pack it again, `gunzip -t` checks it")]
    DamagedGzip(&'static str),
    /// No encoding has this name.
    #[error("there is no encoding {}; write a name such as utf-8, utf-16, latin1, windows-1252 or shift_jis", quote(.0))]
    UnknownEncoding(String),
    /// The record has more bytes than this, which is too long to hold.
    #[error(
        "the record that starts here has over {0} bytes; look for an unclosed quote or a missing \
         line end"
    )]
    RecordTooLong(usize),
    /// There are more columns or concepts than this.
    #[error("there are over {0} columns; name fewer of a table's, or split the file")]
    TooManyColumns(usize),
    /// The line is not a JSON object with the expected keys.
    #[error(
        "column {column}: {fault}; write one object per line, a row each, like \
         {{\"name\": \"Ann\", \"zip\": \"02139\"}}"
    )]
    BadJson {
        /// Where reading it stopped, in bytes from 1.
        column: usize,
        /// What was found or expected there.
        fault: String,
    },
    /// A string of JSON has half of a character beyond the first 65,536 of Unicode.
    #[error("column {column}: half of a character; where a string was cut write `\\ufffd` instead")]
    HalfCharacter {
        /// Where it stands, in bytes from 1.
        column: usize,
    },
    /// The concept of this name has no training string.
    #[error("concept {} has no string in \"train\"; add some or remove the line", quote(.0))]
    NoStrings(String),
    /// This byte cannot separate cells: it is not ASCII, or it is a quote, a line end or a NUL.
    #[error("byte {0} cannot separate cells; use a comma, a tab or another ASCII character")]
    BadDelimiter(u8),
    /// The table has no row below its header.
    #[error(
        "the header here has no row below it; if this line is data, put a header above it, or \
         read the file as one string per line"
    )]
    HeaderOnly,
    /// No column, or more than one that differs in case only, has the name asked for.
    #[error(
        "there is no column {}{}; choose from {}",
        quote(.wanted), hint(.closest.as_deref()), list(.available)
    )]
    MissingColumn {
        /// The name asked for.
        wanted: String,
        /// The name most like it, if any is.
        closest: Option<String>,
        /// All names.
        available: Vec<String>,
    },
    /// A cell of a column of numbers holds something else.
    #[error("{} in column {} is no finite number; correct it or remove the row", quote(.cell), quote(.column))]
    NotANumber {
        /// The column's name.
        column: String,
        /// What stands there.
        cell: String,
    },
    /// No line can be used; this is why not the first.
    #[error("{0}; no line of the file can be used")]
    NoLine(String),
    /// There are more rows than can be held.
    #[error("there are over {0} rows; split the file")]
    TooManyRows(usize),
    /// There are more bytes than can be held.
    #[error("the cells take over {0} bytes of memory; split the file, or leave out columns")]
    TooManyBytes(usize),
    /// A row has more cells than the header.
    #[error(
        "the row has {found} cells but the header has {expected}; quote cells that contain the \
         delimiter, or name another delimiter"
    )]
    RaggedRow {
        /// The number of cells in the row.
        found: usize,
        /// The number of cells in the header.
        expected: usize,
    },
    /// The file ends inside a quoted cell.
    #[error(
        "a quote opened in the row that starts here is never closed; close it, or write a quote \
         inside a quoted cell twice"
    )]
    UnclosedQuote,
    /// Every string was skipped.
    #[error(
        "no usable string is left{} ({why}); choose another column, or strings \
         within the limits",
        within(.column.as_deref())
    )]
    NothingUsable {
        /// The column asked for, or `None` for the whole file.
        column: Option<String>,
        /// The summary of what was skipped.
        why: String,
    },
}

impl Problem {
    /// The error for a problem of a file as a whole.
    pub(super) fn in_file(self, name: &str) -> DataError {
        DataError {
            file: printable(name),
            line: None,
            problem: self,
        }
    }

    /// The error for a problem on a line.
    pub(super) fn on_line(self, name: &str, line: u64) -> DataError {
        DataError {
            file: printable(name),
            line: Some(line),
            problem: self,
        }
    }

    /// The problem with a file that the operating system did not open.
    pub(super) fn opening(problem: &io::Error) -> Self {
        match problem.kind() {
            io::ErrorKind::NotFound => Self::NotFound,
            io::ErrorKind::PermissionDenied => Self::Permission,
            _ => Self::Unopened(printable(&problem.to_string())),
        }
    }
}

impl DataError {
    /// The error inside an I/O error: one of ours that travelled through another crate's reader, or else
    /// a failure of the stream itself.
    pub(super) fn reading(name: &str, line: u64, problem: io::Error) -> Self {
        let problem = match problem.downcast() {
            Ok(ours) => return ours,
            Err(problem) => problem.downcast(),
        };
        let unreadable = |p: io::Error| Problem::Unreadable(printable(&p.to_string()));
        problem.unwrap_or_else(unreadable).on_line(name, line)
    }
}

/// The most characters quoted from a file.
const QUOTED: usize = 60;

/// The text with control and other invisible characters escaped.
pub(super) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '"' | '\'' => shown.push(c),
            _ => shown.extend(c.escape_debug()),
        }
    }
    shown
}

/// The first characters of a text, printable, with dots if there are more.
pub(super) fn excerpt(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => printable(&text[..end]) + "...",
        None => printable(text),
    }
}

/// An excerpt in quotation marks.
pub(super) fn quote(text: &str) -> String {
    format!("\"{}\"", excerpt(text))
}

/// A guess at what was meant.
fn hint(closest: Option<&str>) -> String {
    closest
        .map(|name| format!(" (did you mean {}?)", quote(name)))
        .unwrap_or_default()
}

/// The column without a usable string, if it is not the whole file.
fn within(column: Option<&str>) -> String {
    column
        .map(|name| format!(" in column {}", quote(name)))
        .unwrap_or_default()
}

/// The first few names, and the number of the others.
pub(super) fn list(names: &[String]) -> String {
    const SHOWN: usize = 10;
    let shown: Vec<_> = names.iter().take(SHOWN).map(|name| quote(name)).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
