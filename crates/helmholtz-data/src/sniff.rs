//! How a table is laid out, as its first lines show.

use std::path::Path;

use csv::StringRecord;

use super::{Problem, ReadOptions, extension};

/// The characters that separate cells, those that people use most first.
const USUAL: [u8; 4] = [b',', b';', b'\t', b'|'];
/// The most rows that are looked at.
const ROWS: usize = 1000;

/// How a table is laid out.
pub(super) struct Layout {
    pub(super) delimiter: u8,
    /// The bytes of a first line that only names the delimiter.
    pub(super) before: usize,
    /// The first rows.
    pub(super) rows: Vec<StringRecord>,
    /// What was guessed, in sentences.
    pub(super) remarks: Vec<String>,
}

/// The layout of a table that begins so; `whole` if nothing follows.
pub(super) fn layout(
    head: &str,
    whole: bool,
    name: &str,
    options: &ReadOptions,
) -> Result<Layout, Problem> {
    let (said, before) = separator(head).unzip();
    let before = before.unwrap_or(0);
    let head = &head[before..];
    let mut remarks = vec![];
    if let Some(said) = said {
        remarks.push(format!(
            "the first line only says that {} separates cells, and is no row",
            spelled(said)
        ));
    }
    let delimiter = match options.delimiter.or(said) {
        Some(delimiter) if can_separate(delimiter) => delimiter,
        Some(delimiter) => return Err(Problem::BadDelimiter(delimiter)),
        None if matches!(extension(Path::new(name)).as_str(), "tsv" | "tab") => b'\t',
        None => likeliest(head, whole),
    };
    if delimiter == b'|' && options.delimiter.or(said).is_none() {
        remarks.push("`|` separates cells, a guess; `--delimiter` names another character".into());
    }
    Ok(Layout {
        delimiter,
        before,
        rows: rows(head, whole, delimiter),
        remarks,
    })
}

fn can_separate(delimiter: u8) -> bool {
    delimiter.is_ascii() && !b"\"\n\r\0".contains(&delimiter)
}

fn spelled(delimiter: u8) -> String {
    match delimiter {
        b'\t' => "a tab".into(),
        other => format!("`{}`", char::from(other).escape_debug()),
    }
}

/// What a first line such as `sep=;` says, as Excel writes and reads it, and its length.
fn separator(head: &str) -> Option<(u8, usize)> {
    let line = head.split_inclusive('\n').next()?;
    let said = line.trim_end_matches('\n').trim_matches('"');
    let (word, delimiter) = said.split_at_checked(4)?;
    match delimiter.as_bytes() {
        [byte] if word.eq_ignore_ascii_case("sep=") && can_separate(*byte) => {
            Some((*byte, line.len()))
        }
        _ => None,
    }
}

/// The first rows. The last of them is left out where it may be cut, unless it is the only one.
fn rows(head: &str, whole: bool, delimiter: u8) -> Vec<StringRecord> {
    let reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(head.as_bytes());
    let mut rows: Vec<_> = reader
        .into_records()
        .map_while(Result::ok)
        .take(ROWS)
        .collect();
    if !whole && rows.len() > 1 && rows.len() < ROWS {
        rows.pop();
    }
    rows
}

/// The number of cells that most rows have, and how many have it.
pub(super) fn usual_width(rows: &[StringRecord]) -> (usize, usize) {
    let mut widths: Vec<_> = rows.iter().map(StringRecord::len).collect();
    widths.sort_unstable();
    let runs = widths
        .chunk_by(|a, b| a == b)
        .map(|run| (run.len(), run[0]));
    let (count, width) = runs.max().unwrap_or((0, 1));
    (width, count)
}

/// The character that separates the cells most consistently. The first row counts most, since it names the columns; a
/// comma that stands in numbers counts least.
fn likeliest(head: &str, whole: bool) -> u8 {
    let score = |delimiter: u8| {
        let rows = rows(head, whole, delimiter);
        let (width, count) = usual_width(&rows);
        let first = rows.first().is_some_and(|row| row.len() == width);
        let share = 100 * count / rows.len().max(1);
        let decimal = delimiter == b',' && in_numbers(head);
        (width > 1).then_some((first, share, !decimal, width))
    };
    let scored = USUAL
        .iter()
        .rev()
        .map(|&delimiter| (score(delimiter), delimiter));
    let best = scored.max_by_key(|(score, _)| *score);
    best.filter(|(score, _)| score.is_some())
        .map_or(b',', |(_, delimiter)| delimiter)
}

/// Whether all commas stand between digits.
fn in_numbers(head: &str) -> bool {
    let digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let bytes = head.as_bytes();
    let mut commas = (0..bytes.len()).filter(|&i| bytes[i] == b',');
    commas.all(|i| digit(i.checked_sub(1).and_then(|i| bytes.get(i))) && digit(bytes.get(i + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delimiter(text: &str) -> char {
        likeliest(text, true).into()
    }

    #[test]
    fn the_delimiter_is_what_separates_cells_in_the_same_way_in_all_rows() {
        for (text, expected) in [
            ("a,b\n1,2\n", ','),
            ("a;b\n1,5;2,5\n", ';'),
            ("1,5;2,5\n3,5;4,5\n", ';'),
            ("id|note\n1|a, b\n2|c\n3|d, e, f\n", '|'),
            ("id\tname, first\n1\tSmith, Ann\n2\tDoe, Jo\n3\tPoe\n", '\t'),
            ("\n\"a,x\";b\n\"1,2\";2\n", ';'),
            ("a,b;c\n1,2;3\n", ','),
            ("note;x\n\"a;b;c\";1\n\"d\";2\n", ';'),
            ("name\nAnn\nBob\n", ','),
            ("", ','),
            ("\"never;closed,a|b\n1;2\n", ','),
        ] {
            assert_eq!(delimiter(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_line_that_names_the_delimiter_is_known() {
        assert_eq!(separator("sep=;\na;b\n"), Some((b';', 6)));
        assert_eq!(separator("\"SEP=\t\"\na\n"), Some((b'\t', 8)));
        assert_eq!(separator("sep=,"), Some((b',', 5)));
        for other in [
            "",
            "sep=",
            "sep=;;\n",
            "sep=é\n",
            "separate\n",
            "sep=\"\n",
            "éép=;\n",
        ] {
            assert_eq!(separator(other), None, "{other:?}");
        }
    }
}
