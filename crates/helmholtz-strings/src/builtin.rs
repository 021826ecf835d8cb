//! String concepts that come with the library: what spreadsheet columns look like.
//!
//! The paper's concepts are columns of public spreadsheets (section 4.3), which cannot be shipped. Here
//! some 370 hand-written generators each stand for a kind of column (dates, prices, sample labels,
//! country codes, chess moves), and a concept is one seeded draw from one of them: it settles prefixes,
//! widths and separators, then writes ten cells. Words, names and short codes, numbers and structured
//! identifiers come in about the proportions of real tables.
//!
//! Generators imitate kinds of columns, never a given table, so a model trained on these concepts can
//! be judged on real columns without having seen them.

mod amounts;
mod biology;
mod categories;
mod chemistry;
mod codes;
mod dates;
mod kit;
mod labels;
mod leisure;
mod lexicon;
mod measures;
mod numbers;
mod people;
mod periods;
mod places;
mod quantities;
mod software;
mod tongue;
mod web;
mod words;

use super::data::Concept;
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use kit::{Column, Generator, Kit};

/// How many concepts make a data set of decent size: two for every generator.
pub const DEFAULT_COUNT: usize = 750;

/// Strings in each half of a concept, as in the paper: five to learn from, five to be tested on.
const HALF: usize = 5;

/// Draws before a column counts as exhausted: a coupon collector with ten equally likely cells needs
/// more than 200 with a probability below one in a hundred million.
const ATTEMPTS: usize = 200;

/// The longest cell a concept may hold, in characters.
const LONGEST: usize = 40;

fn generators() -> Vec<(&'static str, Generator)> {
    [
        dates::GENERATORS,
        periods::GENERATORS,
        numbers::GENERATORS,
        quantities::GENERATORS,
        amounts::GENERATORS,
        measures::GENERATORS,
        labels::GENERATORS,
        codes::GENERATORS,
        biology::GENERATORS,
        chemistry::GENERATORS,
        web::GENERATORS,
        software::GENERATORS,
        words::GENERATORS,
        categories::GENERATORS,
        places::GENERATORS,
        people::GENERATORS,
        leisure::GENERATORS,
    ]
    .concat()
}

/// Draws `count` concepts, going round the generators in an order that the seed decides.
///
/// The concepts of a smaller count are the first ones of a larger count. A concept has five train and
/// five test strings, ten different ones of at most 40 characters, all printable ASCII or tab; columns
/// with few categories have fewer test strings, and at least three train strings.
///
/// ```
/// let concepts = helmholtz_strings::builtin::concepts(0, 3);
/// assert_eq!(concepts.len(), 3);
/// assert!(concepts.iter().all(|concept| concept.train.len() >= 3));
/// ```
pub fn concepts(seed: u64, count: usize) -> Vec<Concept> {
    let mut generators = generators();
    Stream::at([seed, 0, 0, Purpose::DataOrder.tag()]).shuffle(&mut generators);
    (0..count)
        .map(|index| concept(seed, index, &generators))
        .collect()
}

/// A column of so many rows, as they stand in a table: with repetitions, and with whatever length cells have.
///
/// Returns its source, as [`concepts`] names it, and the rows; `index` goes round the generators.
pub fn rows(seed: u64, index: usize, count: usize) -> (&'static str, Vec<String>) {
    let generators = generators();
    let (name, generator) = generators[index % generators.len()];
    let mut kit = Kit::new(Stream::at([seed, index as u64, 1, Purpose::Data.tag()]));
    let plain = generator(&mut kit);
    let column = with_habits(plain, generator, &mut kit);
    (name, (0..count).map(|_| column(&mut kit)).collect())
}

fn concept(seed: u64, index: usize, generators: &[(&str, Generator)]) -> Concept {
    let (name, generator) = generators[index % generators.len()];
    let round = index / generators.len() + 1;
    let mut kit = Kit::new(Stream::at([seed, index as u64, 0, Purpose::Data.tag()]));
    let plain = generator(&mut kit);
    let column = with_habits(plain, generator, &mut kit);
    let mut train = distinct(&column, &mut kit);
    let test = train.split_off(train.len().min(HALF));
    Concept {
        name: format!("{name}_{round}"),
        train,
        test,
        source: format!("builtin:{name}"),
    }
}

/// Up to ten different cells, in the order in which they were drawn.
fn distinct(column: &Column, kit: &mut Kit) -> Vec<String> {
    let mut cells: Vec<String> = Vec::with_capacity(2 * HALF);
    for _ in 0..ATTEMPTS {
        let cell = column(kit);
        if (1..=LONGEST).contains(&cell.len()) && !cells.contains(&cell) {
            cells.push(cell);
        }
        if cells.len() == 2 * HALF {
            break;
        }
    }
    cells
}

/// What people and programs do to any column: they wrap cells, change their way of writing, put several
/// values into a cell, remark on some, and mark gaps.
fn with_habits(column: Column, generator: Generator, kit: &mut Kit) -> Column {
    let column = match kit.int(0, 99) {
        0..=2 => wrapped(column, kit),
        3..=5 => {
            let other = generator(kit);
            mixed(column, other, kit.real(0.1, 0.5))
        }
        6..=7 => listed(column, kit),
        8..=10 => remarked(column, kit),
        _ => column,
    };
    if kit.chance(0.08) {
        with_gaps(column, kit)
    } else {
        column
    }
}

/// A share of the cells is written in another way.
fn mixed(column: Column, other: Column, share: f64) -> Column {
    Box::new(move |k| if k.chance(share) { other(k) } else { column(k) })
}

/// One value or several in a cell, each further one as likely as none.
fn listed(column: Column, kit: &mut Kit) -> Column {
    let separator = kit.pick(&[",", ", ", ";", "; ", "/", " / ", " ", "|", " & "]);
    Box::new(move |k| {
        let mut cell = column(k);
        while k.chance(0.5) {
            cell = format!("{cell}{separator}{}", column(k));
        }
        cell
    })
}

/// Some cells bear a mark of doubt or a note.
fn remarked(column: Column, kit: &mut Kit) -> Column {
    let (before, after) = kit.pick(&[
        ("", "*"),
        ("", "?"),
        ("", " ?"),
        ("", "a"),
        ("", " (est.)"),
        ("", "'"),
        ("", " *"),
        ("", "+"),
        ("", " new"),
        ("~", ""),
        ("<", ""),
        (">", ""),
        ("ca. ", ""),
        ("-", ""),
        ("#", ""),
    ]);
    let share = kit.real(0.1, 0.4);
    Box::new(move |k| {
        let cell = column(k);
        if k.chance(share) {
            format!("{before}{cell}{after}")
        } else {
            cell
        }
    })
}

/// Leaves some cells missing, with the one marker that this table uses for it.
fn with_gaps(column: Column, kit: &mut Kit) -> Column {
    let marker =
        kit.one("NA, NA, NA, nan, -, N/A, n/a, ?, NULL, None, unknown, ., #N/A, --, missing");
    let share = kit.real(0.05, 0.25);
    mixed(column, Box::new(move |_| marker.to_string()), share)
}

/// Quotes or brackets every cell, or leaves a stray character at its end.
fn wrapped(column: Column, kit: &mut Kit) -> Column {
    let (open, close) = kit.pick(&[
        ("\"", "\""),
        ("'", "'"),
        ("(", ")"),
        ("[", "]"),
        ("<", ">"),
        ("{", "}"),
        ("|", ""),
        ("", " "),
        ("", "*"),
        ("", ";"),
        ("", ","),
        ("=\"", "\""),
    ]);
    Box::new(move |k| format!("{open}{}{close}", column(k)))
}

#[cfg(test)]
mod tests;
