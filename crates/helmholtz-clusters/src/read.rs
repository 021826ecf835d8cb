//! Sets of points from tables.

use std::path::Path;

use thiserror::Error;

use super::normal::{NotPoints, Points};
use helmholtz_data::{Cells, DataError, ReadOptions, read_cells};

/// Why a table is no sets of points.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The table could not be read, or a coordinate is no number.
    #[error(transparent)]
    Data(#[from] DataError),
    /// There are no columns of coordinates.
    #[error("{file}: there are no columns `x` and `y`; name them so (and `set` for several sets)")]
    NoCoordinates {
        /// The file.
        file: String,
    },
    /// A set is none.
    #[error("{file}: {set}: {reason}")]
    Set {
        /// The file.
        file: String,
        /// The name of the set.
        set: String,
        /// What is wrong with it.
        reason: NotPoints,
    },
}

/// A set of points with its name.
pub type NamedPoints = (String, Points);

/// Reads sets of points from a table: columns `x` and `y`, and `set` where there are several. Sets come in
/// the order of their first rows; without a column `set` there is one, named after the file. Beside them: what was guessed in
/// reading.
///
/// # Errors
/// When the table cannot be read, lacks the columns, or a set has too many points.
pub fn read(
    path: &Path,
    options: &ReadOptions,
) -> Result<(Vec<NamedPoints>, Vec<String>), ReadError> {
    let file = path.display().to_string();
    let cells = read_cells(path, options)?;
    Ok((sets(&cells, &file)?, cells.remarks))
}

fn sets(cells: &Cells, file: &str) -> Result<Vec<NamedPoints>, ReadError> {
    let columns = cells.column("x").zip(cells.column("y"));
    let Some((x, y)) = columns else {
        return Err(ReadError::NoCoordinates { file: file.into() });
    };
    let set = cells.column("set");
    let mut sets: Vec<(String, Vec<[f64; 2]>)> = vec![];
    let mut places = std::collections::HashMap::new();
    for (i, row) in cells.rows.iter().enumerate() {
        let name = set.map_or(file, |set| row.get(set).map_or("", String::as_str));
        let place = *places.entry(name.to_owned()).or_insert_with(|| {
            sets.push((name.to_owned(), vec![]));
            sets.len() - 1
        });
        sets[place]
            .1
            .push([cells.number(i, x)?, cells.number(i, y)?]);
    }
    let check = |(set, points): (String, Vec<[f64; 2]>)| match Points::try_from(points) {
        Ok(points) => Ok((set, points)),
        Err(reason) => Err(ReadError::Set {
            file: file.into(),
            set: if set == file {
                "all rows".into()
            } else {
                format!("set {set:?}")
            },
            reason,
        }),
    };
    sets.into_iter().map(check).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use helmholtz_data::read_cells_from;

    fn read(text: &str) -> Result<Vec<NamedPoints>, ReadError> {
        let cells = read_cells_from(text.as_bytes(), "p.csv", &ReadOptions::default())?;
        sets(&cells, "p.csv")
    }

    #[test]
    fn sets_are_gathered_by_name() {
        let sets = read("set,y,x\nb,1,2\na,3,4\nb,5,6\n").unwrap();
        let names: Vec<&str> = sets.iter().map(|s| s.0.as_str()).collect();
        assert_eq!(names, ["b", "a"]);
        assert_eq!(sets[0].1.points(), [[2.0, 1.0], [6.0, 5.0]]);
        assert_eq!(read("1,2\n3,4\n").unwrap()[0].1.points().len(), 2);
    }

    #[test]
    fn what_is_no_set_is_refused_with_its_name() {
        let message = |text: &str| read(text).unwrap_err().to_string();
        assert!(message("a,b\n1,2\n").contains("`x` and `y`"));
        let many = format!("x,y\n{}", "1,2\n".repeat(11));
        assert!(message(&many).contains("11 points; at most 10"));
        assert!(message("set,x,y\nq,1,2\nq,1,1e9\n").contains("set \"q\": point 2"));
        assert!(message("x,y\n1,nan\n").contains("line 2"));
    }
}
