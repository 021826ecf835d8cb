//! One string per line, as `sort` and `grep` write them: the whole file is one column. And one thing of a reader's own
//! per line.

use std::path::Path;

use super::collect::Collector;
use super::text::Text;
use super::{DataError, Found, Problem, ReadOptions, open, select, unpacked};

/// Reads the one column of a list; its name is the file's without the extension.
pub(super) fn read(mut text: Text, name: &str, options: &ReadOptions) -> Result<Found, DataError> {
    let path = unpacked(Path::new(name));
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let names = select::unique_names([stem.as_ref()]);
    select::choose(name, &names, options)?;
    let mut column = Collector::new(stem.into(), name.into(), options);
    let (mut line, mut blank) = (String::new(), true);
    while let Some(number) = text.next_line(&mut line)? {
        column.push(number, &line);
        blank &= line.trim().is_empty();
    }
    if blank {
        return Err(Problem::Empty.in_file(name));
    }
    let mut remarks = text.remarks();
    if options.delimiter.is_some() || options.header.is_some() {
        remarks.push(
            "a list of lines has neither cells nor a header, whatever was said of them".into(),
        );
    }
    Ok(Found {
        columns: vec![column.finish()],
        remarks,
    })
}

/// What the lines of a text say, one thing a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed<T> {
    /// The things.
    pub values: Vec<T>,
    /// The lines that say nothing that can be used, from 1, with the reason.
    pub refused: Vec<(u64, String)>,
}

/// The most lines that are held.
const MOST_LINES: usize = 10_000_000;

/// Reads one thing from each line of a file, or of standard input if the path is `-`. Lines that are blank, or begin
/// with `#`, say nothing.
///
/// # Errors
/// When the file cannot be read, is no text, or has nothing in it.
pub fn parse_lines<T>(
    path: &Path,
    options: &ReadOptions,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<Parsed<T>, DataError> {
    let (input, name) = open(path, options.until)?;
    let mut text = Text::open(input, &name, options)?;
    let (mut line, mut values, mut refused) = (String::new(), vec![], vec![]);
    while let Some(number) = text.next_line(&mut line)? {
        let said = line.trim();
        if said.is_empty() || said.starts_with('#') {
            continue;
        }
        match parse(said) {
            Ok(value) => values.push(value),
            Err(reason) => refused.push((number, reason)),
        }
        if values.len() + refused.len() > MOST_LINES {
            return Err(Problem::TooManyRows(MOST_LINES).on_line(&name, number));
        }
    }
    match (values.is_empty(), refused.first()) {
        (true, None) => Err(Problem::Empty.in_file(&name)),
        (true, Some((number, reason))) => {
            Err(Problem::NoLine(reason.clone()).on_line(&name, *number))
        }
        _ => Ok(Parsed { values, refused }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(text: &str) -> Result<Parsed<i32>, DataError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("numbers.txt");
        std::fs::write(&file, text).unwrap();
        let parse = |line: &str| line.parse::<i32>().map_err(|e| format!("`{line}`: {e}"));
        parse_lines(&file, &ReadOptions::default(), parse)
    }

    #[test]
    fn a_line_says_one_thing_or_is_told() {
        let parsed = numbers("\u{feff}7\r\n\n# eight\n x \n9").unwrap();
        assert_eq!(parsed.values, [7, 9]);
        let refused = vec![(4, "`x`: invalid digit found in string".to_owned())];
        assert_eq!(parsed.refused, refused);
    }

    #[test]
    fn what_has_nothing_to_use_is_refused() {
        let refused = |text| numbers(text).unwrap_err().to_string();
        assert!(refused("\n \n").contains("the file is empty"));
        assert!(
            refused("# seven\nx\n").contains("line 2"),
            "{}",
            refused("# seven\nx\n")
        );
        assert!(refused("7\0\n").contains("NUL"));
        let nowhere = parse_lines(Path::new("no/such"), &ReadOptions::default(), |_| Ok(()));
        assert!(
            nowhere
                .unwrap_err()
                .to_string()
                .contains("there is no such file")
        );
    }
}
