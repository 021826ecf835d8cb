//! Small tables that are needed whole, such as coordinates: every cell as it stands, with its line.

use std::io::Read;
use std::path::Path;

use super::table::{Rows, WIDEST};
use super::text::Text;
use super::{DataError, Problem, ReadOptions, open};

/// The most rows that are held.
const MOST_ROWS: usize = 1_000_000;
/// The most bytes that are held.
const MOST_BYTES: usize = 2 << 30;
/// What a cell takes beside its own bytes.
const CELL: usize = size_of::<String>();

/// A table whose cells are all kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cells {
    /// The names of the columns.
    pub names: Vec<String>,
    /// Whether the file names them.
    pub named: bool,
    /// One list of cells per row, at most as long as `names`.
    pub rows: Vec<Vec<String>>,
    /// What was guessed of the file, in sentences.
    pub remarks: Vec<String>,
    file: String,
    lines: Vec<u64>,
}

impl Cells {
    /// The column of this name, in whatever case.
    pub fn column(&self, name: &str) -> Option<usize> {
        let alike = |n: &String| n.trim().eq_ignore_ascii_case(name);
        self.names.iter().position(alike)
    }

    /// The number in a cell.
    ///
    /// # Errors
    /// When the cell is missing or holds anything but a finite number.
    pub fn number(&self, row: usize, column: usize) -> Result<f64, DataError> {
        let cell = self.rows.get(row).and_then(|cells| cells.get(column));
        let cell = cell.map(|cell| cell.trim()).unwrap_or_default();
        let number = cell.parse::<f64>().ok().filter(|x| x.is_finite());
        number.ok_or_else(|| {
            let problem = Problem::NotANumber {
                column: self.names.get(column).cloned().unwrap_or_default(),
                cell: cell.into(),
            };
            problem.on_line(&self.file, self.lines.get(row).copied().unwrap_or(0))
        })
    }
}

/// Reads a table from a file, or from standard input if the path is `-`. A first row of nothing but numbers
/// is data, and the columns are then named `x`, `y`, `#3`, `#4`, ...
///
/// # Errors
/// When the file cannot be read, is no table, or has no rows.
pub fn read_cells(path: &Path, options: &ReadOptions) -> Result<Cells, DataError> {
    let (input, name) = open(path, options.until)?;
    read_cells_from(input, &name, options)
}

/// Reads a table from any byte stream; `name` stands for the file.
///
/// # Errors
/// As [`read_cells`].
pub fn read_cells_from(
    input: impl Read,
    name: &str,
    options: &ReadOptions,
) -> Result<Cells, DataError> {
    let mut rows = Rows::open(Text::open(input, name, options)?, name, options)?;
    let Some(first) = rows.advance()? else {
        return Err(Problem::Empty.in_file(name));
    };
    let number = |cell: &str| cell.trim().parse::<f64>().is_ok();
    let named = options
        .header
        .unwrap_or_else(|| !rows.row.iter().all(number));
    let mut names = rows.names(named, WIDEST)?;
    if !named {
        names
            .iter_mut()
            .zip(["x", "y"])
            .for_each(|(name, usual)| *name = usual.into());
    }
    let mut cells = Cells {
        names,
        named,
        rows: vec![],
        remarks: vec![],
        file: name.into(),
        lines: vec![],
    };
    let mut held = 0;
    let mut line = if named { rows.advance()? } else { Some(first) };
    while let Some(at) = line {
        rows.check_width(at, cells.names.len())?;
        held += rows.row.as_slice().len() + CELL * rows.row.len();
        if cells.rows.len() == MOST_ROWS {
            return Err(Problem::TooManyRows(MOST_ROWS).in_file(name));
        }
        if held > MOST_BYTES {
            return Err(Problem::TooManyBytes(MOST_BYTES).on_line(name, at));
        }
        let row = rows.row.iter().take(cells.names.len());
        cells.rows.push(row.map(str::to_owned).collect());
        cells.lines.push(at);
        line = rows.advance()?;
    }
    cells.remarks = rows.remarks();
    match cells.rows.is_empty() {
        true => Err(Problem::HeaderOnly.on_line(name, first)),
        false => Ok(cells),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Result<Cells, DataError> {
        read_cells_from(text.as_bytes(), "p.csv", &ReadOptions::default())
    }

    #[test]
    fn a_header_is_told_from_data() {
        let named = cells("X,set\n1.5,a\n-2e3,b\n").unwrap();
        assert_eq!(named.column("x"), Some(0));
        assert_eq!(named.number(1, 0).unwrap(), -2000.0);
        let bare = cells("1;2\n3;4\n").unwrap();
        assert_eq!(
            (bare.names, bare.rows.len()),
            (vec!["x".into(), "y".into()], 2)
        );
    }

    #[test]
    fn what_is_no_number_is_named_with_its_line() {
        for bad in ["", "NaN", "inf", "1,5e999", "one"] {
            let table = cells(&format!("x,y\n1,2\n\"{bad}\",2\n")).unwrap();
            let error = table.number(1, 0).unwrap_err().to_string();
            assert!(
                error.contains("line 3") && error.contains("\"x\""),
                "{error}"
            );
        }
        let short = cells("x,y\n1\n").unwrap();
        assert!(short.number(0, 1).is_err());
    }

    #[test]
    fn tables_without_rows_are_refused() {
        assert!(cells("").is_err() && cells("x,y\n").is_err());
        assert!(cells("x,y\n1,2,3\n").is_err());
    }
}
