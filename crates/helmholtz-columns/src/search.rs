//! The search for the formats of a column: clusters of like texts, from fine to coarse, and merges of those while the joint of all
//! rows goes up.
//!
//! Nothing is drawn: shapes decide where to begin, and what is fitted to them is compared by log p(program) + log p(rows | program).

use std::collections::HashMap;
use std::rc::Rc;

use super::format::{Atom, Format, Part, Program};
use super::prior::of_formats;
use super::rows::{Explained, Foreign, Rows, Scores, explain, explain_by};
use super::shapes::{LEVELS, Naming, Shape, common};

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
/// Formats of a program while it is searched for.
const MOST_FORMATS: usize = 12;
/// Programs that are given in the end.
const TOLD: usize = 8;

/// The best programs that are found for some rows, best first; none of no rows.
///
/// ```
/// use helmholtz_columns::rows::Rows;
/// use helmholtz_columns::search::search;
///
/// let rows = Rows::of(["B-101", "B-214", "C-007", "A-330", "B-118", "n/a", "C-250", "A-014"]);
/// let best = &search(&rows)[0];
/// assert_eq!(best.program.to_string(), r"[ABC]-[0-9]{3}");
/// assert_eq!(best.explained.foreign, 1);
/// ```
pub fn search(rows: &Rows) -> Vec<Found> {
    if rows.values.is_empty() {
        return vec![];
    }
    let some = compared(rows);
    let searched = Searched::new(&some);
    let mut programs: Vec<Program> = enumerations(&some);
    let naming = Naming::of(&some.values);
    let named = |text: &[char]| naming.shape(text).unwrap_or_else(|| Shape::of(text, 0));
    let mut begun = vec![searched.clusters(&named)];
    for level in 0..LEVELS {
        begun.push(searched.clusters(&|text| Shape::of(text, level)));
    }
    for clusters in begun {
        for formats in searched.improved(clusters) {
            let program = Program(formats.iter().map(|f| f.format.clone()).collect());
            if !programs.contains(&program) {
                programs.push(program);
            }
        }
    }
    ranked(programs, rows)
}

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

/// Programs by all rows, best first.
fn ranked(programs: Vec<Program>, rows: &Rows) -> Vec<Found> {
    let foreign = Foreign::new(rows);
    let foreign: Vec<f64> = rows.values.iter().map(|v| foreign.log_prob(v)).collect();
    let found = programs.into_iter().map(|program| {
        let explained = explain(&program, rows, &foreign);
        Found {
            log_joint: program.log_prior() + explained.log_prob,
            program,
            explained,
        }
    });
    let mut all: Vec<Found> = found.collect();
    all.sort_by(|a, b| b.log_joint.total_cmp(&a.log_joint));
    all.truncate(TOLD);
    all
}

/// A format under way, with its shape and what it makes of the values.
#[derive(Debug)]
struct Fitted {
    shape: Shape,
    format: Format,
    log_prior: f64,
    scores: Scores,
    members: Vec<usize>,
}

type Formats = Vec<Rc<Fitted>>;

struct Searched<'a> {
    rows: &'a Rows,
    foreign: Vec<f64>,
}

impl<'a> Searched<'a> {
    fn new(rows: &'a Rows) -> Self {
        let foreign = Foreign::new(rows);
        Self {
            foreign: rows.values.iter().map(|v| foreign.log_prob(v)).collect(),
            rows,
        }
    }

    /// A format for the shape of some values.
    fn fitted(&self, shape: &Shape, members: &[usize]) -> Rc<Fitted> {
        let texts: Vec<&[char]> = members.iter().map(|v| &self.rows.values[*v][..]).collect();
        let format = shape.format().fitted(&texts);
        Rc::new(Fitted {
            log_prior: format.log_prior(),
            scores: Scores::of(&format, self.rows),
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
        let scores: Vec<&Scores> = formats.iter().map(|f| &f.scores).collect();
        let log_prior = of_formats(formats.iter().map(|f| f.log_prior));
        log_prior + explain_by(&scores, self.rows, &self.foreign).log_prob
    }

    /// The program that formats are the beginning of, and where merges lead while they help; best last.
    fn improved(&self, mut formats: Formats) -> Vec<Formats> {
        let mut best = self.log_joint(&formats);
        let mut course = vec![formats.clone()];
        let mut merged: HashMap<(Shape, Shape), Vec<Rc<Fitted>>> = HashMap::new();
        loop {
            let step = self.changed(&formats, &mut merged);
            let scored = step.into_iter().map(|next| (self.log_joint(&next), next));
            let Some((log_joint, next)) = scored.max_by(|a, b| a.0.total_cmp(&b.0)) else {
                return course;
            };
            if log_joint <= best {
                return course;
            }
            (best, formats) = (log_joint, next);
            course.push(formats.clone());
        }
    }

    /// All that can be made of some formats in a step: two become one, or one is left out.
    fn changed(
        &self,
        formats: &[Rc<Fitted>],
        merged: &mut HashMap<(Shape, Shape), Vec<Rc<Fitted>>>,
    ) -> Vec<Formats> {
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
