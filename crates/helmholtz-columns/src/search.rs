//! The search for the formats of a column: clusters of like texts, from fine to coarse, and merges of those while the joint of all
//! rows goes up.
//!
//! Nothing is drawn: shapes decide where to begin, and what is fitted to them is compared by log p(program) + log p(rows | program).

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Instant;

use super::format::{Atom, Format, Part, Program};
use super::names::Name;
use super::prior::of_formats;
use super::rows::{Explained, Foreign, Rows, Scores, explain_by};
use super::shapes::{LEVELS, Naming, Shape, common};
use super::variants::{Variant, for_foreign, wider};
use alone::alone;

mod alone;

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
const COMPARED: usize = 200;
/// Distinct values of which all are looked at once more for what fits those that are foreign.
const AMENDED: usize = 5000;
/// Scores of formats are kept for so many distinct values.
const KEPT: usize = 20_000;
/// Formats of a program while it is searched for.
const MOST_FORMATS: usize = 12;
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
    for asked in NAMINGS {
        let naming = Naming::of(&some.values, asked);
        let named = |text: &[char]| naming.shape(text).unwrap_or_else(|| Shape::of(text, 0));
        begun.push(searched.clusters(&named));
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

/// Names that shapes are told with: none of words, those of words, and those of phrases.
const NAMINGS: [fn(Name) -> bool; 3] = [
    |name| !name.is_of_words(),
    |name| !name.is_of_words() || name.is_word(),
    |name| !name.is_word(),
];

/// Programs so much less probable than the best, in nats, are not looked at further.
const NEAR: f64 = 15.0;
/// Rounds of trying wider programs than the best.
const ROUNDS: usize = 4;

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

/// A format under way, with its shape and what it makes of the values.
#[derive(Debug)]
struct Fitted {
    shape: Shape,
    format: Format,
    log_prior: f64,
    scores: Rc<Scores>,
    members: Vec<usize>,
}

type Formats = Vec<Rc<Fitted>>;
/// What two shapes have in common, once it was looked for.
type Merged = HashMap<(Shape, Shape), Vec<Rc<Fitted>>>;

/// A program with what its formats make of the values.
#[derive(Clone, Debug)]
struct Scored {
    program: Program,
    scores: Vec<Rc<Scores>>,
    log_joint: f64,
    explained: Explained,
}

struct Search<'a> {
    asked: &'a Asked,
    rows: &'a Rows,
    foreign: Vec<f64>,
    /// What formats make of the values that were looked at before.
    known: RefCell<HashMap<Format, Rc<Scores>>>,
}

impl<'a> Search<'a> {
    fn new(rows: &'a Rows, asked: &'a Asked) -> Self {
        let foreign = Foreign::new(rows);
        Self {
            asked,
            foreign: rows.values.iter().map(|v| foreign.log_prob(v)).collect(),
            rows,
            known: RefCell::default(),
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

    /// The programs near the best of some, and what is near it with a part that is wider.
    fn near(&self, programs: Vec<Program>) -> Vec<Program> {
        let programs = programs.into_iter();
        let mut scored: Vec<Scored> = programs.map(|p| self.program(p)).collect();
        for _ in 0..ROUNDS {
            let best = scored
                .iter()
                .max_by(|a, b| a.log_joint.total_cmp(&b.log_joint));
            let Some(best) = best.cloned().filter(|_| !self.is_over()) else {
                break;
            };
            let mut better = false;
            for next in self.variants(&best) {
                if next.log_joint > best.log_joint - NEAR
                    && scored.iter().all(|s| s.program != next.program)
                {
                    better |= next.log_joint > best.log_joint;
                    scored.push(next);
                }
            }
            if !better {
                break;
            }
        }
        let best = scored
            .iter()
            .map(|s| s.log_joint)
            .fold(f64::NEG_INFINITY, f64::max);
        scored.retain(|s| s.log_joint > best - NEAR);
        scored.sort_by(|a, b| b.log_joint.total_cmp(&a.log_joint));
        scored.truncate(TOLD);
        scored.into_iter().map(|s| s.program).collect()
    }

    fn program(&self, program: Program) -> Scored {
        let scores = program.0.iter().map(|f| self.scores(f)).collect();
        self.scored(program, scores)
    }

    /// Adds what is better than the best and has values that this calls foreign, as long as there is such.
    fn amend(&self, all: &mut Vec<Scored>) {
        for _ in 0..ROUNDS {
            let best = all
                .iter()
                .max_by(|a, b| a.log_joint.total_cmp(&b.log_joint));
            let Some(best) = best.filter(|_| !self.is_over()) else {
                return;
            };
            let odd = self.odd(best);
            let mut wide = wider(&best.program);
            wide.retain(|(_, format)| odd.iter().any(|value| format.accepts(value)));
            let next = self.instead(best, wide);
            let next = next
                .into_iter()
                .max_by(|a, b| a.log_joint.total_cmp(&b.log_joint));
            match next.filter(|next| next.log_joint > best.log_joint) {
                Some(next) => all.push(next),
                None => return,
            }
        }
    }

    /// The values that a program calls foreign.
    fn odd(&self, by: &Scored) -> Vec<&[char]> {
        let odd = by.explained.format_of.iter().zip(&self.rows.values);
        let odd = odd.filter(|(of, _)| of.is_none());
        odd.map(|(_, v)| &v[..]).collect()
    }

    fn scored(&self, program: Program, scores: Vec<Rc<Scores>>) -> Scored {
        let all: Vec<&Scores> = scores.iter().map(|s| &**s).collect();
        let explained = explain_by(&all, self.rows, &self.foreign);
        let prior = program.log_prior() + refusal(&program.0, self.asked);
        Scored {
            log_joint: prior + explained.log_prob,
            explained,
            program,
            scores,
        }
    }

    /// A program with each of some formats at its place, and with one for what is foreign.
    fn instead(&self, from: &Scored, mut all: Vec<Variant>) -> Vec<Scored> {
        let new = for_foreign(&self.odd(from)).into_iter();
        all.extend(new.map(|format| (from.program.0.len(), format)));
        let each = all.into_iter().map(|(b, format)| {
            let (mut program, mut scores) = (from.program.clone(), from.scores.clone());
            let score = self.scores(&format);
            match program.0.get_mut(b) {
                Some(place) => (*place, scores[b]) = (format, score),
                None => {
                    program.0.push(format);
                    scores.push(score);
                }
            }
            self.scored(program, scores)
        });
        each.collect()
    }

    /// What differs from a program in a part, it with a format for what is foreign, and it without one of its formats.
    fn variants(&self, from: &Scored) -> Vec<Scored> {
        let each = self.instead(from, wider(&from.program));
        let fewer = (0..from.program.0.len()).filter(|_| from.program.0.len() > 1);
        let fewer = fewer.map(|b| {
            let (mut program, mut scores) = (from.program.clone(), from.scores.clone());
            program.0.remove(b);
            scores.remove(b);
            self.scored(program, scores)
        });
        each.into_iter().chain(fewer).collect()
    }

    fn texts(&self, members: &[usize]) -> Vec<&[char]> {
        let each = members.iter();
        each.map(|v| &self.rows.values[*v][..]).collect()
    }

    /// A format for the shape of some values.
    fn fitted(&self, shape: &Shape, members: &[usize]) -> Rc<Fitted> {
        let format = shape.format().fitted(&self.texts(members));
        Rc::new(Fitted {
            // A format that accepts what it should not costs more.
            log_prior: format.log_prior() + refusal(std::slice::from_ref(&format), self.asked),
            scores: self.scores(&format),
            shape: shape.clone(),
            format,
            members: members.to_vec(),
        })
    }

    /// Formats for the shapes of values, those with most rows.
    fn clusters(&self, shape: &dyn Fn(&[char]) -> Shape) -> Formats {
        let mut clusters: HashMap<Shape, Vec<usize>> = HashMap::new();
        for (v, text) in self.rows.values.iter().enumerate() {
            clusters.entry(shape(text)).or_default().push(v);
        }
        let count = |members: &[usize]| members.iter().map(|v| self.rows.counts[*v]).sum::<u64>();
        let mut clusters: Vec<(Shape, Vec<usize>)> = clusters.into_iter().collect();
        clusters.sort_by(|a, b| count(&b.1).cmp(&count(&a.1)).then_with(|| a.cmp(b)));
        clusters.truncate(MOST_FORMATS);
        clusters
            .iter()
            .map(|(shape, members)| self.fitted(shape, members))
            .collect()
    }

    fn log_joint(&self, formats: &[Rc<Fitted>]) -> f64 {
        let scores: Vec<&Scores> = formats.iter().map(|f| &*f.scores).collect();
        let log_prior = of_formats(formats.iter().map(|f| f.log_prior));
        log_prior + explain_by(&scores, self.rows, &self.foreign).log_prob
    }

    /// The program that formats are the beginning of, and where merges lead while they help; best last.
    fn improved(&self, mut formats: Formats) -> Vec<Formats> {
        let mut best = self.log_joint(&formats);
        let mut course = vec![formats.clone()];
        let mut merged = Merged::new();
        while !self.is_over() {
            let steps = [Self::changed, Self::stricter];
            let steps = steps
                .into_iter()
                .map(|step| step(self, &formats, &mut merged));
            let better = steps
                .filter_map(|step| self.likeliest(step))
                .find(|(log_joint, _)| *log_joint > best);
            let Some(next) = better else {
                return course;
            };
            (best, formats) = next;
            course.push(formats.clone());
        }
        course
    }

    /// The likeliest of some programs.
    fn likeliest(&self, all: Vec<Formats>) -> Option<(f64, Formats)> {
        let scored = all.into_iter().map(|next| (self.log_joint(&next), next));
        scored.max_by(|a, b| a.0.total_cmp(&b.0))
    }

    /// Some formats, one of them without values that it alone is wider for.
    fn stricter(&self, formats: &[Rc<Fitted>], _: &mut Merged) -> Vec<Formats> {
        let mut all = vec![];
        for (i, fitted) in formats.iter().enumerate() {
            let texts: Vec<&[char]> = self.texts(&fitted.members);
            for odd in alone(&fitted.format, &texts) {
                let members = fitted.members.iter().enumerate();
                let members = members.filter(|(k, _)| !odd.contains(k)).map(|(_, v)| *v);
                let mut next = formats.to_vec();
                next[i] = self.fitted(&fitted.shape, &members.collect::<Vec<_>>());
                all.push(next);
            }
        }
        all
    }

    /// All that can be made of some formats in a step: two become one, or one is left out.
    fn changed(&self, formats: &[Rc<Fitted>], merged: &mut Merged) -> Vec<Formats> {
        let mut all = vec![];
        let without = |gone: &[usize]| -> Formats {
            let left = formats
                .iter()
                .enumerate()
                .filter(|(k, _)| !gone.contains(k));
            left.map(|(_, f)| f.clone()).collect()
        };
        for i in 0..formats.len() {
            if formats.len() > 1 {
                all.push(without(&[i]));
            }
            if let Some(one) = self.usual(&formats[i]) {
                let mut next = without(&[i]);
                next.push(one);
                all.push(next);
            }
            for j in i + 1..formats.len() {
                let (a, b) = (&formats[i], &formats[j]);
                let key = (a.shape.clone(), b.shape.clone());
                let both = merged.entry(key).or_insert_with(|| self.merged(a, b));
                for one in both {
                    let mut next = without(&[i, j]);
                    next.push(one.clone());
                    all.push(next);
                }
            }
        }
        all
    }

    /// A format fitted to those of its values that are as long as most of them.
    fn usual(&self, fitted: &Fitted) -> Option<Rc<Fitted>> {
        let length = |v: &usize| self.rows.values[*v].len();
        let mut lengths: HashMap<usize, usize> = HashMap::new();
        fitted
            .members
            .iter()
            .for_each(|v| *lengths.entry(length(v)).or_default() += 1);
        let most = lengths
            .into_iter()
            .max_by_key(|(length, count)| (*count, *length))?;
        let members: Vec<usize> = fitted
            .members
            .iter()
            .copied()
            .filter(|v| length(v) == most.0)
            .collect();
        let fewer =
            members.len() < fitted.members.len() && 2 * members.len() > fitted.members.len();
        fewer.then(|| self.fitted(&fitted.shape, &members))
    }

    /// What two formats have in common, fitted to the values of both.
    fn merged(&self, a: &Fitted, b: &Fitted) -> Vec<Rc<Fitted>> {
        let mut members = [&a.members[..], &b.members].concat();
        members.sort_unstable();
        members.dedup();
        common(&a.shape, &b.shape)
            .iter()
            .map(|shape| self.fitted(shape, &members))
            .collect()
    }
}

#[cfg(test)]
mod tests;
