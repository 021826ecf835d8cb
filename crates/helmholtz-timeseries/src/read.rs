//! Series from tables: a column each or a row each, with numbers or dates for times, and missing cells.

use std::path::Path;

use thiserror::Error;

use super::dates::{dates, is_date, label};
use helmholtz_data::{Cells, DataError, Format, ReadOptions, read_cells, read_cells_from};
use helmholtz_math::words::closest;

/// A series of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedSeries {
    /// The name of its column, or the number of its row.
    pub name: String,
    /// Increasing; in the units of `unit`, counted from 1 where the file has no times.
    pub times: Vec<f64>,
    /// The values; missing ones are left out with their times.
    pub values: Vec<f64>,
    /// What a unit of time is, in the plural: `days`, `months` or `years` of dates, else empty.
    pub unit: String,
    /// Cells that had no value.
    pub missing: usize,
}

/// How a table is to be understood.
#[derive(Clone, Debug, Default)]
pub struct SeriesOptions {
    /// The columns to read; all but the times if empty.
    pub columns: Vec<String>,
    /// The column of times, if it is not to be found by its name.
    pub time: Option<String>,
    /// Whether every row is a series. A table without names of columns that is wider than it is long is
    /// taken for one of rows anyway.
    pub rows: bool,
}

/// Why a table is no series.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The table could not be read, or a value is no number.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A column that was asked for is not there.
    #[error("{file}: there is no column `{wanted}`{}; there are {}", hint(.closest), .available.join(", "))]
    NoColumn {
        /// The file.
        file: String,
        /// What was asked for.
        wanted: String,
        /// What may have been meant.
        closest: Option<String>,
        /// What there is.
        available: Vec<String>,
    },
    /// A time is neither a number nor a date.
    #[error(
        "{file}, row {row}: `{cell}` is no time; write numbers, or dates like 2024-03-31 (or 3/31/2024, if some day is above 12)"
    )]
    NoTime {
        /// The file.
        file: String,
        /// Counted from 1, without the names.
        row: usize,
        /// What stands there.
        cell: String,
    },
    /// Two rows have the same time.
    #[error("{file}: the time {time} stands in two rows; aggregate them, or leave one out")]
    Twice {
        /// The file.
        file: String,
        /// The time as it is written.
        time: String,
    },
    /// There are no values at all.
    #[error("{file}: there is no series with at least two values")]
    Nothing {
        /// The file.
        file: String,
    },
}

fn hint(closest: &Option<String>) -> String {
    let meant = closest.as_ref();
    meant.map_or(String::new(), |name| format!(" (did you mean `{name}`?)"))
}

/// Names of columns that hold times.
const TIMES: [&str; 10] = [
    "t",
    "time",
    "date",
    "datetime",
    "timestamp",
    "ds",
    "day",
    "week",
    "month",
    "year",
];

/// Tables without names of columns are taken for rows from this width on.
const WIDE: usize = 20;

/// The series of a table.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// The series.
    pub series: Vec<NamedSeries>,
    /// The names of columns that were left out, since they begin with words.
    pub words: Vec<String>,
    /// What was guessed in reading.
    pub remarks: Vec<String>,
}

/// Reads the series of a table.
///
/// # Errors
/// When the table cannot be read, a value is no number, or times do not tell an order.
pub fn read(
    path: &Path,
    options: &ReadOptions,
    series: &SeriesOptions,
) -> Result<Table, ReadError> {
    let file = path.display().to_string();
    let cells = read_cells(path, options)?;
    let all = of_cells(&cells, &file, series)?;
    match all.iter().any(|s| s.values.len() > 1) {
        true => Ok(Table {
            words: words(&cells, &file, series)?,
            series: all,
            remarks: cells.remarks,
        }),
        false => Err(ReadError::Nothing { file }),
    }
}

/// The columns that are neither times nor series, where nobody chose.
fn words(cells: &Cells, file: &str, options: &SeriesOptions) -> Result<Vec<String>, ReadError> {
    if !options.columns.is_empty() || by_rows(cells, options) {
        return Ok(vec![]);
    }
    let time = time_column(cells, file, options)?;
    let wanted = value_columns(cells, file, options, time)?;
    let others = (0..cells.names.len()).filter(|c| Some(*c) != time && !wanted.contains(c));
    Ok(others.map(|c| cells.names[c].clone()).collect())
}

/// Whether rows are series.
fn by_rows(cells: &Cells, options: &SeriesOptions) -> bool {
    let wide = !cells.named && cells.names.len() >= WIDE.max(cells.rows.len());
    options.rows || wide
}

/// Reads a table whose rows are series.
///
/// # Errors
/// As [`read`].
pub fn read_rows(path: &Path) -> Result<Vec<NamedSeries>, ReadError> {
    let table = ReadOptions {
        format: Some(Format::Table),
        ..ReadOptions::default()
    };
    let rows = SeriesOptions {
        rows: true,
        ..SeriesOptions::default()
    };
    Ok(read(path, &table, &rows)?.series)
}

fn of_cells(
    cells: &Cells,
    file: &str,
    options: &SeriesOptions,
) -> Result<Vec<NamedSeries>, ReadError> {
    if by_rows(cells, options) {
        let first = usize::from(begins_with_names(cells));
        return (0..cells.rows.len())
            .map(|row| of_row(cells, row, first))
            .collect();
    }
    let time = time_column(cells, file, options)?;
    let wanted = value_columns(cells, file, options, time)?;
    let (order, times, unit) = match time {
        Some(column) => times(cells, file, column)?,
        None => {
            let steps = (0..cells.rows.len()).map(|row| row as f64 + 1.0);
            (
                (0..cells.rows.len()).collect(),
                steps.collect(),
                String::new(),
            )
        }
    };
    let series = |column: usize| -> Result<NamedSeries, ReadError> {
        let mut named = NamedSeries {
            name: cells.names[column].clone(),
            times: vec![],
            values: vec![],
            unit: unit.clone(),
            missing: 0,
        };
        for (&row, &time) in order.iter().zip(&times) {
            named.take(cells, row, column, time)?;
        }
        Ok(named)
    };
    wanted.into_iter().map(series).collect()
}

impl NamedSeries {
    /// Keeps every `every`th value.
    pub fn thin(&mut self, every: u32) {
        let keep = |values: &[f64]| {
            values
                .iter()
                .step_by(every.max(1) as usize)
                .copied()
                .collect()
        };
        (self.times, self.values) = (keep(&self.times), keep(&self.values));
    }

    /// A time as people write it: a date where the file has dates.
    pub fn label(&self, time: f64) -> String {
        label(time, &self.unit).unwrap_or_else(|| number(time))
    }

    fn take(
        &mut self,
        cells: &Cells,
        row: usize,
        column: usize,
        time: f64,
    ) -> Result<(), DataError> {
        if is_missing(cell(cells, row, column)) {
            self.missing += 1;
            return Ok(());
        }
        self.values.push(cells.number(row, column)?);
        self.times.push(time);
        Ok(())
    }
}

/// A number without needless digits.
fn number(x: f64) -> String {
    let rounded = (x * 1e6).round() / 1e6;
    format!("{rounded}")
}

/// Whether the first cell of every row is text, which is then the row's name.
fn begins_with_names(cells: &Cells) -> bool {
    let name = |row| {
        let cell = cell(cells, row, 0);
        !is_missing(cell) && cell.parse::<f64>().is_err()
    };
    (0..cells.rows.len()).all(name)
}

/// The series in a row, from its cell `first` on; the cell before that is its name.
fn of_row(cells: &Cells, row: usize, first: usize) -> Result<NamedSeries, ReadError> {
    let mut named = NamedSeries {
        name: match first {
            0 => format!("row {}", row + 1),
            _ => cell(cells, row, 0).to_owned(),
        },
        times: vec![],
        values: vec![],
        unit: String::new(),
        missing: 0,
    };
    for column in first..cells.rows[row].len() {
        named.take(cells, row, column, (column - first) as f64 + 1.0)?;
    }
    Ok(named)
}

fn cell(cells: &Cells, row: usize, column: usize) -> &str {
    let cell = cells.rows.get(row).and_then(|cells| cells.get(column));
    cell.map_or("", |cell| cell.trim())
}

/// Whether a cell has no value.
fn is_missing(cell: &str) -> bool {
    let cell = cell.to_ascii_lowercase();
    ["", "na", "n/a", "nan", "null", "none", "-", "?"].contains(&cell.as_str())
}

fn named_column(cells: &Cells, file: &str, wanted: &str) -> Result<usize, ReadError> {
    cells.column(wanted).ok_or_else(|| ReadError::NoColumn {
        file: file.into(),
        wanted: wanted.into(),
        closest: closest(cells.names.iter().map(String::as_str), wanted),
        available: cells.names.clone(),
    })
}

fn time_column(
    cells: &Cells,
    file: &str,
    options: &SeriesOptions,
) -> Result<Option<usize>, ReadError> {
    if let Some(wanted) = &options.time {
        return named_column(cells, file, wanted).map(Some);
    }
    let known = TIMES.iter().find_map(|name| cells.column(name));
    // A first column of dates needs no name.
    let first = cell(cells, 0, 0);
    let dated = is_date(first) && cells.names.len() > 1;
    Ok(known
        .or(dated.then_some(0))
        .filter(|_| cells.names.len() > 1))
}

/// Rows from which a table of times and numbers looks like series.
const FEW: usize = 4;

/// Whether a text is a table with a column of times in which all else is numbers.
pub(super) fn looks_like_series(text: &str, extension: &str) -> bool {
    let name = format!("table.{extension}");
    let table = ReadOptions {
        format: Some(Format::Table),
        ..ReadOptions::default()
    };
    let Ok(cells) = read_cells_from(text.as_bytes(), &name, &table) else {
        return false;
    };
    let Ok(Some(time)) = time_column(&cells, &name, &SeriesOptions::default()) else {
        return false;
    };
    let fits = |row: usize, column: usize| {
        let cell = cell(&cells, row, column);
        column == time || is_missing(cell) || cell.parse::<f64>().is_ok()
    };
    let rows = 0..cells.rows.len();
    let whole = |row| (0..cells.names.len()).all(|column| fits(row, column));
    rows.len() >= FEW && rows.into_iter().all(whole)
}

fn value_columns(
    cells: &Cells,
    file: &str,
    options: &SeriesOptions,
    time: Option<usize>,
) -> Result<Vec<usize>, ReadError> {
    if !options.columns.is_empty() {
        let each = options.columns.iter();
        return each.map(|name| named_column(cells, file, name)).collect();
    }
    let others = (0..cells.names.len()).filter(|&c| Some(c) != time);
    // Columns of words beside the numbers are labels; a column of numbers with a word in it is a mistake.
    let numbers = |column: &usize| {
        let first = (0..cells.rows.len()).map(|row| cell(cells, row, *column));
        let mut first = first.filter(|c| !is_missing(c));
        first.next().is_some_and(|c| c.parse::<f64>().is_ok())
    };
    Ok(others.filter(numbers).collect())
}

/// Rows in the order of their times, the times, and their unit.
type Times = (Vec<usize>, Vec<f64>, String);

fn times(cells: &Cells, file: &str, column: usize) -> Result<Times, ReadError> {
    let texts: Vec<&str> = (0..cells.rows.len())
        .map(|row| cell(cells, row, column))
        .collect();
    let numbers: Option<Vec<f64>> = texts.iter().map(|c| c.parse().ok()).collect();
    let no_time = |row: usize| ReadError::NoTime {
        file: file.into(),
        row: row + 1,
        cell: texts[row].into(),
    };
    let (times, unit) = match numbers {
        Some(numbers) => (numbers, ""),
        None => dates(&texts).map_err(no_time)?,
    };
    if let Some(row) = times.iter().position(|t| !t.is_finite()) {
        return Err(no_time(row));
    }
    let mut order: Vec<usize> = (0..times.len()).collect();
    order.sort_by(|&a, &b| times[a].total_cmp(&times[b]));
    if let Some(pair) = order.windows(2).find(|p| times[p[0]] == times[p[1]]) {
        let (file, time) = (file.into(), texts[pair[0]].into());
        return Err(ReadError::Twice { file, time });
    }
    let sorted = order.iter().map(|&i| times[i]).collect();
    Ok((order, sorted, unit.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use helmholtz_data::read_cells_from;

    fn of(text: &str, options: &SeriesOptions) -> Result<Vec<NamedSeries>, String> {
        let cells = read_cells_from(text.as_bytes(), "f.csv", &ReadOptions::default());
        let cells = cells.map_err(|e| e.to_string())?;
        of_cells(&cells, "f.csv", options).map_err(|e| e.to_string())
    }

    fn plain(text: &str) -> Vec<NamedSeries> {
        of(text, &SeriesOptions::default()).unwrap()
    }

    #[test]
    fn columns_with_dates_are_series_of_their_unit() {
        let months = plain("month,a,b\n2020-01,1,5\n2020-03,3,\n2020-02,2,NA\n");
        assert_eq!(months.len(), 2);
        assert_eq!(
            (months[0].unit.as_str(), &months[0].values[..]),
            ("months", &[1.0, 2.0, 3.0][..])
        );
        assert_eq!(months[0].times[1] - months[0].times[0], 1.0);
        assert_eq!((months[1].values.len(), months[1].missing), (1, 2));
        let years = plain("date,x\n2019-12-31,1\n2020-12-31,2\n");
        assert_eq!(
            (years[0].unit.as_str(), years[0].times[1]),
            ("years", 2020.0)
        );
        let days = plain("when,x\n2020/02/28,1\n2020-03-01 12:00,2\n");
        assert_eq!(
            (days[0].name.as_str(), days[0].unit.as_str()),
            ("x", "days")
        );
        assert_eq!(days[0].times[1] - days[0].times[0], 2.5);
    }

    #[test]
    fn dates_with_the_year_last_are_read_where_a_day_tells_the_order() {
        let dates = |text: &str| of(text, &SeriesOptions::default());
        let american = dates("when,x\n2/3/2024,1\n2/14/2024,2\n").unwrap();
        assert_eq!(american[0].times[1] - american[0].times[0], 11.0);
        let german = dates("when,x\n3.2.2024,1\n14.2.2024,2\n").unwrap();
        assert_eq!(german[0].times, american[0].times);
        let either = dates("when,x\n3/2/2024,1\n4/2/2024,2\n").unwrap_err();
        assert!(
            either.contains("`3/2/2024` is no time") && either.contains("above 12"),
            "{either}"
        );
        let both = dates("when,x\n13/2/2024,1\n2/14/2024,2\n").unwrap_err();
        assert!(both.contains("row 2"), "{both}");
    }

    #[test]
    fn times_are_labelled_as_they_were_read() {
        let labels = |text: &str, time: f64| plain(text)[0].label(time);
        let months = "month,x\n2019-11,1\n2019-12,2\n";
        assert_eq!(labels(months, plain(months)[0].times[1] + 1.0), "2020-01");
        let days = "date,x\n2020-02-28,1\n2020-02-29,2\n";
        assert_eq!(labels(days, plain(days)[0].times[1] + 1.0), "2020-03-01");
        let hours = "time,x\n2020-02-28 10:00,1\n2020-02-28 11:30,2\n";
        assert_eq!(labels(hours, plain(hours)[0].times[1]), "2020-02-28 11:30");
        assert_eq!(labels("t,x\n.5,1\n.75,2\n", 1.0), "1");
        assert!(
            plain(days)[0].label(1e300).len() > 10,
            "far beyond the calendar"
        );
        let mut thin = plain("1\n2\n3\n4\n5\n");
        thin[0].thin(2);
        assert_eq!(
            (&thin[0].values[..], &thin[0].times[..]),
            (&[1.0, 3.0, 5.0][..], &[1.0, 3.0, 5.0][..])
        );
    }

    #[test]
    fn tables_without_times_count_rows_and_labels_are_left_out() {
        let series = plain("station,level\nA,1.5\nB,2.5\n");
        assert_eq!(series.len(), 1);
        assert_eq!(
            (&series[0].times[..], series[0].unit.as_str()),
            (&[1.0, 2.0][..], "")
        );
        let bare = plain("1\n2\n4\n");
        assert_eq!(bare[0].values, [1.0, 2.0, 4.0]);
        let year = plain("year\n1990\n1991\n");
        assert_eq!(
            year[0].values,
            [1990.0, 1991.0],
            "a single column is values"
        );
    }

    #[test]
    fn rows_are_series_where_there_are_many_numbers_in_each() {
        let row: Vec<String> = (0..30).map(|k| k.to_string()).collect();
        let two = plain(&format!("{0}\n{0}\n", row.join(",")));
        assert_eq!(
            (two.len(), two[1].values.len(), two[1].name.as_str()),
            (2, 30, "row 2")
        );
        let options = SeriesOptions {
            rows: true,
            ..SeriesOptions::default()
        };
        assert_eq!(of("1,2,3\n4,5,\n", &options).unwrap()[1].values, [4.0, 5.0]);
        let named = of("name,t1,t2\nsea,1,2\nlake,4,5\n", &options).unwrap();
        assert_eq!(
            (named[1].name.as_str(), &named[1].values[..]),
            ("lake", &[4.0, 5.0][..])
        );
        assert_eq!(named[1].times, [1.0, 2.0]);
        assert!(of("name,t1,t2\nsea,1,2\n4,5,6\n", &options).is_err());
    }

    #[test]
    fn mistakes_are_named() {
        let columns = |names: &[&str]| SeriesOptions {
            columns: names.iter().map(ToString::to_string).collect(),
            ..SeriesOptions::default()
        };
        for (text, options, part) in [
            ("t,x\n1,2\n2,abc\n", SeriesOptions::default(), "abc"),
            ("t,x\n1,2\n1,3\n", SeriesOptions::default(), "two rows"),
            (
                "t,x\n1,2\nlater,3\n",
                SeriesOptions::default(),
                "row 2: `later` is no time",
            ),
            (
                "date,x\n2020-01-01,2\n2020-13-01,3\n",
                SeriesOptions::default(),
                "row 2: `2020-13-01`",
            ),
            (
                "t,level\n1,2\n",
                columns(&["levl"]),
                "did you mean `level`?",
            ),
        ] {
            let error = of(text, &options).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
