//! CSV and TSV tables (RFC 4180 as the `csv` crate reads it).
//!
//! Two things are made stricter than that crate has them. A row with another number of cells than the header is left out
//! and told, and if most rows are such it is an error, which is how the wrong delimiter shows; only where many rows are
//! shorter they are kept, since then empty cells were not written. A blank line is an empty cell where there is one column, and no
//! row where there are several, which is told. And a quote that is never closed is an error, where the
//! crate would return the rest of the file as one cell: a NUL, which [`Text`] lets no file contain, is appended as a last
//! row, and if it does not come back alone then a quote was still open.

use std::io::{self, BufRead, Chain, Read};

use super::collect::Collector;
use super::sniff::{self, Layout};
use super::text::Text;
use super::{DataError, Found, Problem, ReadOptions, header, select};

/// The row appended to every table.
const END: &str = "\n\0";
/// The most rows of other widths that are named.
const NAMED: usize = 5;
/// The most columns that are named, where not all of them are kept.
pub(super) const WIDEST: usize = 1 << 20;

/// Reads the columns of a table, or those that the options name.
pub(super) fn read(text: Text, name: &str, options: &ReadOptions) -> Result<Found, DataError> {
    let mut rows = Rows::open(text, name, options)?;
    let Some(first) = rows.advance()? else {
        return Err(Problem::Empty.in_file(name));
    };
    let headed = rows.is_headed(options);
    let all = options.columns.is_empty();
    let names = rows.names(
        headed,
        if all {
            options.limits.max_columns
        } else {
            WIDEST
        },
    )?;
    let chosen = select::choose(name, &names, options)?;
    let collector = |&i: &usize| Collector::new(names[i].clone(), name.into(), options);
    let mut columns: Vec<_> = chosen.iter().map(collector).collect();
    let mut widths = Widths::new(names.len(), &rows.sample[usize::from(headed)..]);
    let mut next = if headed { rows.advance()? } else { Some(first) };
    while let Some(line) = next {
        widths.put(&rows, line, columns.iter_mut().zip(&chosen));
        next = rows.advance()?;
    }
    if widths.rows == 0 {
        return Err(Problem::HeaderOnly.on_line(name, first));
    }
    let told = widths.told(name, headed)?;
    Ok(Found {
        columns: columns.into_iter().map(Collector::finish).collect(),
        remarks: rows.remarks().into_iter().chain(told).collect(),
    })
}

/// The numbers of cells of rows.
struct Widths {
    expected: usize,
    /// Whether rows leave out empty cells at their end, as many programs write them: more than a tenth do.
    short: bool,
    rows: u64,
    /// Blank lines between rows, where these have several cells.
    blank: u64,
    /// Rows that lack cells, where rows do.
    lacking: Others,
    /// Rows of other widths, which are left out.
    others: Others,
}

/// Rows of other widths than the header's, with the lines and the widths of the first.
#[derive(Default)]
struct Others {
    count: u64,
    named: Vec<(u64, usize)>,
}

impl Widths {
    fn new(expected: usize, sample: &[csv::StringRecord]) -> Self {
        let short = sample.iter().filter(|row| row.len() < expected).count();
        Self {
            expected,
            short: 10 * short > sample.len(),
            rows: 0,
            blank: 0,
            lacking: Others::default(),
            others: Others::default(),
        }
    }

    /// Adds the cells of a row to their columns, or counts them as left out; and the blank lines before it.
    fn put<'c>(
        &mut self,
        rows: &Rows,
        line: u64,
        columns: impl Iterator<Item = (&'c mut Collector, &'c usize)>,
    ) {
        let fits = self.fits(line, &rows.row);
        let one = self.expected == 1;
        self.blank += if one { 0 } else { rows.blank };
        for (column, &i) in columns {
            if one {
                column.miss(line - rows.blank, rows.blank);
            }
            let cell = rows.row.get(i).unwrap_or_default();
            match fits {
                true => column.push(line, cell),
                false => column.leave(line, cell),
            }
        }
    }

    /// Counts a row, and says whether it is kept: none is that has more cells which are not empty.
    fn fits(&mut self, line: u64, row: &csv::StringRecord) -> bool {
        self.rows += 1;
        let (lacks, kept) = match row.len() < self.expected {
            true => (true, self.short),
            false => (false, !is_too_long(row, self.expected)),
        };
        match (lacks, kept) {
            (true, true) => self.lacking.note(line, row.len()),
            (_, false) => self.others.note(line, row.len()),
            (false, true) => {}
        }
        kept
    }

    /// What there is to say of rows of other widths; an error if most are left out.
    fn told(&self, name: &str, headed: bool) -> Result<Vec<String>, DataError> {
        let expected = self.expected;
        let wrong = 2 * self.others.count > self.rows;
        if let Some(&(line, found)) = self.others.named.first().filter(|_| wrong) {
            return Err(Problem::RaggedRow { found, expected }.on_line(name, line));
        }
        let whose = if headed { "the header" } else { "most" };
        let lacking = self.lacking.told(["fewer cells"; 2], |lines| {
            format!(" than {whose} ({expected}); missing cells are empty: {lines}")
        });
        let others = ["another number of cells", "other numbers of cells"];
        let others = self.others.told(others, |lines| {
            format!(" than {whose} ({expected}); left out: {lines}")
        });
        let blank = match self.blank {
            0 => None,
            1 => Some("1 blank line between rows was left out".to_owned()),
            many => Some(format!("{many} blank lines between rows were left out")),
        };
        Ok(lacking.into_iter().chain(others).chain(blank).collect())
    }
}

impl Others {
    fn note(&mut self, line: u64, cells: usize) {
        self.count += 1;
        if self.named.len() < NAMED {
            self.named.push((line, cells));
        }
    }

    /// How many rows have `what` (of one row, of several), and what follows from that.
    fn told(&self, what: [&str; 2], so: impl Fn(&str) -> String) -> Option<String> {
        let named = self.named.iter();
        let named: Vec<_> = named
            .map(|(line, cells)| format!("{line} ({cells})"))
            .collect();
        let more = match self.count - named.len() as u64 {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        let named = named.join(", ") + &more;
        match self.count {
            0 => None,
            1 => Some(format!(
                "1 row has {}{}",
                what[0],
                so(&format!("line {named}"))
            )),
            many => Some(format!(
                "{many} rows have {}{}",
                what[1],
                so(&format!("lines {named}"))
            )),
        }
    }
}

/// Whether a row has more cells than that, and not just empty ones.
fn is_too_long(row: &csv::StringRecord, expected: usize) -> bool {
    !row.iter().skip(expected).all(str::is_empty)
}

/// The rows of a table, one at a time.
pub(super) struct Rows<'a> {
    csv: csv::Reader<Chain<Text<'a>, &'static [u8]>>,
    pub(super) row: csv::StringRecord,
    /// The first rows, for what they show.
    sample: Vec<csv::StringRecord>,
    remarks: Vec<String>,
    /// The lines before the table.
    before: u64,
    /// The blank lines right before the row.
    blank: u64,
    name: String,
}

impl<'a> Rows<'a> {
    /// The rows of a text, starting with the first.
    pub(super) fn open(
        mut text: Text<'a>,
        name: &str,
        options: &ReadOptions,
    ) -> Result<Self, DataError> {
        let (head, whole) = text.head()?;
        let layout = sniff::layout(head, whole, name, options);
        let Layout {
            delimiter,
            before,
            rows,
            remarks,
        } = layout.map_err(|problem| problem.in_file(name))?;
        text.consume(before);
        let csv = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(text.chain(END.as_bytes()));
        Ok(Self {
            csv,
            row: csv::StringRecord::new(),
            sample: rows,
            remarks,
            before: u64::from(before > 0),
            blank: 0,
            name: name.into(),
        })
    }

    /// Reads the next row into `self.row` and returns the line it starts on, or `None` after the last.
    pub(super) fn advance(&mut self) -> Result<Option<u64>, DataError> {
        let line = self.csv.position().line() + self.before;
        self.csv.get_mut().get_mut().0.begin_record(line);
        let more = self.csv.read_record(&mut self.row);
        let more = more.map_err(|problem| self.error(line, problem))?;
        if !more || self.row.iter().eq([END.trim_start()]) {
            return Ok(None);
        }
        // Counted back from the end of the row, since blank lines before it belong to no row.
        let inside = self.row.as_slice().matches('\n').count() as u64;
        let end = self.csv.position().line() + self.before;
        if self.row.as_slice().ends_with(END) {
            return Err(Problem::UnclosedQuote.on_line(&self.name, end - inside));
        }
        let begun = end - inside - 1;
        self.blank = begun.saturating_sub(line);
        Ok(Some(begun))
    }

    /// Whether the first row names the columns: as the options say, or as it looks, which is told.
    fn is_headed(&mut self, options: &ReadOptions) -> bool {
        let missing = || header::is_missing(&self.sample, &options.columns);
        let headed = options.header.unwrap_or_else(|| !missing());
        if !headed && options.header.is_none() {
            self.remarks.push(
                "the first row looks like the others and was read as data, so columns are called #1, #2, ...; \
                 `--header` says that it names them"
                    .into(),
            );
        }
        headed
    }

    /// The names of the columns, of which there may be so many. The first row was read and has them, unless they are to
    /// be counted.
    pub(super) fn names(&mut self, headed: bool, most: usize) -> Result<Vec<String>, DataError> {
        let width = match headed {
            true => self.row.len(),
            false => sniff::usual_width(&self.sample).0,
        };
        if width > most {
            return Err(Problem::TooManyColumns(most).in_file(&self.name));
        }
        if !headed {
            return Ok((1..=width).map(|i| format!("#{i}")).collect());
        }
        let names = select::unique_names(&self.row);
        self.remarks.extend(select::repeated(&self.row, &names));
        Ok(names)
    }

    /// Refuses a row with more cells than the header, unless the others are empty.
    pub(super) fn check_width(&self, line: u64, expected: usize) -> Result<(), DataError> {
        if !is_too_long(&self.row, expected) {
            return Ok(());
        }
        let found = self.row.len();
        Err(Problem::RaggedRow { found, expected }.on_line(&self.name, line))
    }

    /// What was guessed so far, in sentences.
    pub(super) fn remarks(&self) -> Vec<String> {
        let text = self.csv.get_ref().get_ref().0;
        [text.remarks(), self.remarks.clone()].concat()
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
