//! Of which format each row of a table is, as a table.

use std::path::{Path, PathBuf};

use crate::columns::Explanation;
use helmholtz_core::product::{Attachment, ProductError};
use helmholtz_data::{Column, Sheet};

/// What is written about a row: its file, its column, the line on which it begins, the place of its format, and this format.
const HEADER: [&str; 5] = ["file", "column", "line", "number", "format"];

/// A table of rows, and the file that it is for.
pub(super) struct Assigned<'p> {
    path: &'p Path,
    sheet: Sheet<5>,
}

/// Whether two paths lead to one file that there is.
fn same_file(one: &Path, other: &Path) -> bool {
    let both = (one.canonicalize(), other.canonicalize());
    matches!(both, (Ok(one), Ok(other)) if one == other)
}

impl<'p> Assigned<'p> {
    /// For a file in a folder that there is, and that is none of those that are read: else nothing is begun.
    pub(super) fn to(path: &'p Path, read: &[PathBuf]) -> Result<Self, ProductError> {
        let refused = |reason| Err(ProductError::option("assign", reason));
        let folder = path.parent().filter(|f| !f.as_os_str().is_empty());
        if let Some(folder) = folder.filter(|f| !f.is_dir()) {
            return refused(format!("{} is no folder; make it first", folder.display()));
        }
        if path.is_dir() {
            return refused(format!("{} is a folder; name a file", path.display()));
        }
        let same = |file: &PathBuf| same_file(path, file);
        if read.iter().any(same) {
            return refused(format!(
                "{} is what is read; name another file",
                path.display()
            ));
        }
        Ok(Self {
            path,
            sheet: Sheet::new(HEADER),
        })
    }

    /// Adds the rows of a column.
    pub(super) fn add(&mut self, column: Option<&Column>, explanation: &Explanation) {
        // All rows of a column without values are empty.
        let Some(column) = column else {
            return;
        };
        let formats = explanation
            .programs
            .first()
            .map_or(&[][..], |best| &best.formats[..]);
        for (line, value) in &column.rows {
            let place = value.map(|value| explanation.format_of.get(value as usize));
            let (number, format) = match place {
                None => (String::new(), "(left out)"),
                Some(Some(Some(place))) => ((place + 1).to_string(), &*formats[*place].format),
                Some(_) => (String::new(), "(no format)"),
            };
            let line = line.to_string();
            self.sheet
                .push([&column.source, &column.name, &line, &number, format]);
        }
    }

    /// The file.
    pub(super) fn finished(self) -> Attachment {
        Attachment {
            what: "which format each row is of",
            path: self.path.to_owned(),
            bytes: self.sheet.finish(),
        }
    }
}
