//! The search for the formats of a column: clusters of like texts, from fine to coarse, and merges of those while the joint of all
//! rows goes up.
//!
//! Nothing is drawn: shapes decide where to begin, and what is fitted to them is compared by log p(program) + log p(rows | program).

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Instant;

use self::near::Scored;
use super::format::{Atom, Format, Part, Program};
use super::names::Name;
use super::rows::{Explained, Foreign, Rows, Scores};
use super::shapes::{LEVELS, Naming, Shape};

mod alone;
mod clusters;
mod near;

/// A program for a column.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The program.
    pub program: Program,
    /// log p(program) + log p(rows | program), in nats.
    pub log_joint: f64,
    /// The rows by it.
    pub explained: Explained,
}

/// Distinct values that programs are compared by; what is found is ranked by all.
const COMPARED: usize = 120;
/// Distinct values of which all are looked at once more for what fits those that are foreign.
const AMENDED: usize = 5000;
/// Scores of formats are kept for so many distinct values.
const KEPT: usize = 20_000;
/// Programs that are given in the end.
const TOLD: usize = 24;

/// What is asked beside the rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked {
    /// Programs of somebody else, which are ranked with those that are found, where they are near the best.
    pub offered: Vec<Program>,
    /// Values that do not belong: a program that accepts one is [`ACCEPTED`] as probable.
    pub not: Vec<Vec<char>>,
    /// When to make do with what was found.
    pub until: Option<Instant>,
}

/// How probable a program stays for each value that it accepts and should not.
pub const ACCEPTED: f64 = 1e-3;

/// What a search comes to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Searched {
    /// The best programs, best first; none of no rows.
    pub found: Vec<Found>,
    /// Whether it ended early.
    pub cut: bool,
}

/// The best programs that are found for some rows, best first; none of no rows.
///
/// ```
/// use helmholtz_columns::rows::Rows;
/// use helmholtz_columns::search::search;
///
/// let rows = Rows::of(["KX-101", "KX-214", "KX-007", "KX-330", "KX-118", "n/a", "KX-250", "KX-014"]);
/// let best = &search(&rows)[0];
/// assert_eq!(best.program.to_string(), "KX-[0-9]{3}");
/// assert_eq!(best.explained.foreign, 1);
/// ```
pub fn search(rows: &Rows) -> Vec<Found> {
    search_with(rows, &Asked::default()).found
}

/// The same where more is asked.
pub fn search_with(rows: &Rows, asked: &Asked) -> Searched {
    if rows.values.is_empty() {
        return Searched::default();
    }
    let some = compared(rows);
    let searched = Search::new(&some, asked);
    let mut programs: Vec<Program> = enumerations(&some);
    programs.extend(asked.offered.iter().map(Program::plainest));
    let mut begun = vec![];
    let all = Naming::of(&some.values);
    let namings = NAMINGS.map(|asked| all.only(asked));
    for (k, naming) in namings.iter().enumerate() {
        if namings[..k].contains(naming) {
            continue;
        }
        let named = |text: &[char]| naming.shape(text).unwrap_or_else(|| Shape::of(text, 0));
        begun.push(searched.clusters(&named));
    }
    let lists = some
        .values
        .iter()
        .filter(|text| Shape::listed(text).is_some());
    if lists.count() * LISTS >= some.values.len() {
        let listed = |text: &[char]| Shape::listed(text).unwrap_or_else(|| Shape::of(text, 0));
        begun.push(searched.clusters(&listed));
    }
    for level in 0..LEVELS {
        begun.push(searched.clusters(&|text| Shape::of(text, level)));
    }
    for clusters in begun {
        for formats in searched.improved(clusters) {
            let program = Program(formats.iter().map(|f| f.format.clone()).collect());
            programs.push(program);
        }
    }
    let mut once: Vec<Program> = vec![];
    for program in programs {
        if !once.contains(&program) {
            once.push(program);
        }
    }
    let near = searched.near(once);
    Searched {
        found: ranked(near, rows, asked),
        cut: searched.is_over(),
    }
}

/// Of so many values one is a list, at least, or none is looked at as one.
const LISTS: usize = 10;

/// Names that shapes are told with: none of words; these without local parts, which are often of few words; those of words; and those
/// of phrases.
const NAMINGS: [fn(Name) -> bool; 4] = [
    |name| !name.is_of_words(),
    |name| !name.is_of_words() && !name.is_local_part(),
    |name| !name.is_of_words() || name.is_word(),
    |name| !name.is_word(),
];

/// The most frequent values and others evenly among the rest.
fn compared(rows: &Rows) -> Rows {
    let mut order: Vec<usize> = (0..rows.values.len()).collect();
    if order.len() > COMPARED {
        order.sort_by_key(|v| std::cmp::Reverse(rows.counts[*v]));
        let rest = order.split_off(COMPARED / 4);
        let more = COMPARED - order.len();
        order.extend((0..more).map(|i| rest[i * rest.len() / more]));
    }
    Rows {
        values: order.iter().map(|v| rows.values[*v].clone()).collect(),
        counts: order.iter().map(|v| rows.counts[*v]).collect(),
    }
}

/// Words of an enumeration, at most.
const MOST_WORDS: usize = 100;

/// All values as words, and those that stand more than once, where these are most rows.
fn enumerations(rows: &Rows) -> Vec<Program> {
    let of = |least: u64| {
        let often: Vec<usize> = (0..rows.values.len())
            .filter(|v| rows.counts[*v] >= least)
            .collect();
        let covered: u64 = often.iter().map(|v| rows.counts[*v]).sum();
        let mut words: Vec<String> = often
            .iter()
            .map(|v| rows.values[*v].iter().collect())
            .collect();
        words.retain(|word| !word.is_empty());
        words.sort();
        let several = (2..=MOST_WORDS).contains(&words.len()) && 2 * words.len() as u64 <= covered;
        (several && 2 * covered > rows.count())
            .then(|| Program(vec![Format(vec![Part::once(Atom::Words(words))])]))
    };
    [1, 2].into_iter().filter_map(of).collect()
}

/// Programs by all rows, best first, with such as are better where all values are looked at.
fn ranked(programs: Vec<Program>, rows: &Rows, asked: &Asked) -> Vec<Found> {
    let whole = Search::new(rows, asked);
    let programs = programs.into_iter().enumerate();
    let in_time = programs.take_while(|(i, _)| *i == 0 || !whole.is_over());
    let mut all: Vec<Scored> = in_time.map(|(_, program)| whole.program(program)).collect();
    if rows.values.len() <= AMENDED && rows.values.len() > COMPARED {
        all.iter_mut().for_each(|scored| whole.date(scored));
        whole.amend(&mut all);
    }
    all.sort_by(|a, b| b.log_joint.total_cmp(&a.log_joint));
    all.truncate(TOLD);
    let found = all.into_iter().map(|scored| Found {
        program: scored.program,
        log_joint: scored.log_joint,
        explained: scored.explained,
    });
    found.collect()
}

/// ln of how probable formats stay that accept some of what they should not.
fn refusal(formats: &[Format], asked: &Asked) -> f64 {
    let accepted = |text: &&Vec<char>| formats.iter().any(|format| format.accepts(text));
    asked.not.iter().filter(accepted).count() as f64 * ACCEPTED.ln()
}

type Fits = HashMap<(Shape, Vec<usize>), Rc<clusters::Fitted>>;

struct Search<'a> {
    asked: &'a Asked,
    rows: &'a Rows,
    foreign: Vec<f64>,
    /// What formats make of the values that were looked at before.
    known: RefCell<HashMap<Format, Rc<Scores>>>,
    /// Formats of shapes and the values that they were fitted to.
    fits: RefCell<Fits>,
    /// The joint of programs under way, by what their formats make of the values.
    joints: RefCell<HashMap<Vec<*const Scores>, f64>>,
    /// What formats are split into.
    splits: RefCell<HashMap<*const clusters::Fitted, Rc<Vec<clusters::Split>>>>,
}

impl Found {
    /// Values that a format has and that nearly all others of it are unlike: they alone are shorter or longer in some part, or
    /// have what others lack.
    pub fn unlike(&self, rows: &Rows) -> Vec<usize> {
        let of = |b: usize| {
            let own = self.explained.format_of.iter().enumerate();
            let own = own.filter(move |(_, of)| **of == Some(b)).map(|(v, _)| v);
            own.collect::<Vec<usize>>()
        };
        let formats = self.program.0.iter().enumerate();
        let each = formats.flat_map(|(b, format)| {
            let own = of(b);
            let texts: Vec<&[char]> = own.iter().map(|v| &rows.values[*v][..]).collect();
            let unlike = alone::unlike(format, &texts).into_iter();
            unlike.map(|k| own[k]).collect::<Vec<usize>>()
        });
        let mut all: Vec<usize> = each.collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

impl<'a> Search<'a> {
    fn new(rows: &'a Rows, asked: &'a Asked) -> Self {
        let foreign = Foreign::new(rows);
        Self {
            asked,
            foreign: rows.values.iter().map(|v| foreign.log_prob(v)).collect(),
            rows,
            known: RefCell::default(),
            fits: RefCell::default(),
            joints: RefCell::default(),
            splits: RefCell::default(),
        }
    }

    fn scores(&self, format: &Format) -> Rc<Scores> {
        if let Some(known) = self.known.borrow().get(format) {
            return known.clone();
        }
        let scores = Rc::new(Scores::of(format, self.rows));
        if self.rows.values.len() <= KEPT {
            let mut known = self.known.borrow_mut();
            known.insert(format.clone(), scores.clone());
        }
        scores
    }

    fn is_over(&self) -> bool {
        self.asked
            .until
            .is_some_and(|until| Instant::now() >= until)
    }
}

#[cfg(test)]
mod tests;
