//! One string per line, as `sort` and `grep` write them. The whole file is one column.

use std::io::Read;
use std::path::Path;

use super::collect::Collector;
use super::text::Text;
use super::{Column, DataError, Problem, ReadOptions, Skipped, select};

/// Reads the one column of a list; its name is the file's without the extension.
pub(super) fn read<R: Read>(
    mut text: Text<R>,
    name: &str,
    options: &ReadOptions,
) -> Result<Vec<(Column, Skipped)>, DataError> {
    let stem = Path::new(name)
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy();
    let names = select::unique_names([stem.as_ref()]);
    select::choose(name, &names, options)?;
    let mut column = Collector::new(stem.into(), name.into(), options.limits);
    let (mut line, mut blank) = (String::new(), true);
    while let Some(number) = text.next_line(&mut line)? {
        column.push(number, &line);
        blank &= line.trim().is_empty();
    }
    if blank {
        return Err(Problem::Empty.in_file(name));
    }
    Ok(vec![column.finish()])
}
