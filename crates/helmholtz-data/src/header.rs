//! Whether the first row of a table names the columns or is one of its rows.
//!
//! Most tables have names, so the first row is data only where it must be: what stands in it looks as the cells below do,
//! column for column, and has digits or marks that names do not have. In doubt it is the header.

use csv::StringRecord;

/// The fewest rows below the first from which anything is concluded.
const FEWEST: usize = 4;
/// Marks that names of columns have.
const OF_NAMES: &[char] = &['_', '-', '.', ' ', '/', '(', ')', '#', '%', '&', '?', '\''];

/// Whether the first of these rows is data. `asked` are the columns that someone knows by name.
pub(super) fn is_missing(rows: &[StringRecord], asked: &[String]) -> bool {
    let Some((first, below)) = rows.split_first() else {
        return false;
    };
    let named = |cell: &str| {
        asked
            .iter()
            .any(|name| name.trim().to_lowercase() == cell.trim().to_lowercase())
    };
    if below.len() < FEWEST || first.iter().any(named) || is_counted(first) {
        return false;
    }
    let mut telling = false;
    for (i, cell) in first.iter().enumerate() {
        match compared(cell.trim(), below.iter().filter_map(|row| row.get(i))) {
            Likeness::Other => return false,
            Likeness::Same => telling = true,
            Likeness::Unknown => {}
        }
    }
    telling
}

/// How a cell of the first row compares to those below.
enum Likeness {
    /// It looks otherwise, as names do.
    Other,
    /// It looks the same, and as no name does.
    Same,
    /// Nothing is to be seen.
    Unknown,
}

fn compared<'a>(cell: &str, below: impl Iterator<Item = &'a str>) -> Likeness {
    let (mut count, mut alike, mut years) = (0, 0, 0);
    let mut shapes: Vec<String> = vec![];
    let own = shape(cell);
    for other in below.map(str::trim).filter(|other| !other.is_empty()) {
        count += 1;
        alike += usize::from(shape(other) == own);
        years += usize::from(is_year(other));
        shapes.push(shape(other));
    }
    shapes.sort_unstable();
    let most = shapes
        .chunk_by(|a, b| a == b)
        .map(<[_]>::len)
        .max()
        .unwrap_or(0);
    let uniform = count >= FEWEST && 5 * most >= 4 * count;
    if cell.is_empty() || !uniform {
        return Likeness::Unknown;
    }
    // A year above numbers that are none is a name.
    if 5 * alike < 4 * count || (is_year(cell) && 5 * years < 4 * count) {
        return Likeness::Other;
    }
    match own.contains(|c: char| c == '0' || !(c == 'a' || OF_NAMES.contains(&c))) {
        true => Likeness::Same,
        false => Likeness::Unknown,
    }
}

/// A text with its runs of letters as `a`, and of digits as `0`.
fn shape(text: &str) -> String {
    let mut shape: Vec<char> = text.chars().map(class).collect();
    shape.dedup_by(|a, b| a == b && matches!(a, 'a' | '0' | ' '));
    shape.into_iter().collect()
}

fn class(c: char) -> char {
    match c {
        _ if c.is_numeric() => '0',
        _ if c.is_alphabetic() => 'a',
        _ if c.is_whitespace() => ' ',
        _ => c,
    }
}

fn is_year(text: &str) -> bool {
    text.len() == 4
        && text
            .parse()
            .is_ok_and(|year: u32| (1800..=2100).contains(&year))
}

/// Whether the names of columns are counted, as in `0,1,2`, `2019,2020` or `x1,x2`.
fn is_counted(first: &StringRecord) -> bool {
    let ends = first.iter().map(|cell| {
        let cell = cell.trim();
        let start = cell.trim_end_matches(|c: char| c.is_ascii_digit());
        cell[start.len()..]
            .parse::<u64>()
            .ok()
            .map(|number| (start, number))
    });
    let ends: Vec<_> = ends.flatten().collect();
    let next = |pair: &[(&str, u64)]| {
        pair[0].0 == pair[1].0 && pair[0].1.checked_add(1) == Some(pair[1].1)
    };
    ends.len() > 1 && ends.windows(2).all(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(text: &str) -> bool {
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let rows: Vec<_> = reader.into_records().map_while(Result::ok).collect();
        is_missing(&rows, &["Known".to_owned()])
    }

    /// The first line above lines that are made of a number each.
    fn above(first: &str, line: impl Fn(u32) -> String) -> bool {
        let below: String = (0..20).map(|i| line(i) + "\n").collect();
        missing(&format!("{first}\n{below}"))
    }

    #[test]
    fn a_first_row_that_looks_like_the_others_is_data() {
        assert!(above("490-SP", |i| format!("{}-AB", 100 + i)));
        assert!(above("7,2024-01-05,Rome", |i| format!(
            "{i},2024-02-{:02},Bonn",
            i + 1
        )));
        assert!(above("ann@example.org", |_| "bob@example.com".into()));
        assert!(above("5,Ann went home", |i| format!(
            "{i},{}",
            "x ".repeat(i as usize)
        )));
        assert!(above("2020,1", |i| format!("{},{i}", 1990 + i)));
        assert!(above("17,,3.5", |i| format!("{i},a,{i}.5")));
    }

    #[test]
    fn names_stay_names() {
        assert!(!above("code", |i| format!("{}-AB", 100 + i)));
        assert!(!above("name,city", |_| "Ann,Rome".into()));
        assert!(!above("first_name,e-mail", |_| "ann_lee,x-y".into()));
        assert!(!above("country,2019,2020", |i| format!(
            "Peru,{i},{}",
            i + 1
        )));
        assert!(!above("country,2020", |i| format!("Peru,{}", 1000 * i)));
        assert!(!above("0,1,2", |i| format!("{i},{i},{i}")));
        assert!(!above("x1,x2,x3", |i| format!("r{i},r{i},r{i}")));
        assert!(!above("Known,5", |i| format!("a,{i}")));
        assert!(!above("id,2024-01", |i| format!("{i},2024-02")));
        assert!(!above("A1", |_| String::new()));
        assert!(!missing("5\n6\n7\n8\n") && !missing("") && !missing("5\n"));
    }
}
