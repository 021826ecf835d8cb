//! The search for the formats of a column: clusters of like texts, from fine to coarse, and merges of those while the joint of all
//! rows goes up.
//!
//! Nothing is drawn: shapes decide where to begin, and what is fitted to them is compared by log p(program) + log p(rows | program).

use std::collections::HashMap;
use std::rc::Rc;
use std::time::Instant;

use super::format::{Atom, Format, Part, Program};
use super::names::Name;
use super::prior::of_formats;
use super::rows::{Explained, Foreign, Rows, Scores, explain, explain_by};
use super::shapes::{LEVELS, Naming, Shape, common};
use super::variants::{for_foreign, wider};

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

/// Programs by all rows, best first.
fn ranked(programs: Vec<Program>, rows: &Rows, asked: &Asked) -> Vec<Found> {
    let foreign = Foreign::new(rows);
    let foreign: Vec<f64> = rows.values.iter().map(|v| foreign.log_prob(v)).collect();
    let over = || asked.until.is_some_and(|until| Instant::now() >= until);
    let in_time = programs
        .into_iter()
        .enumerate()
        .take_while(|(i, _)| *i == 0 || !over());
    let found = in_time.map(|(_, program)| {
        let explained = explain(&program, rows, &foreign);
        Found {
            log_joint: program.log_prior() + explained.log_prob + refusal(&program.0, asked),
            program,
            explained,
        }
    });
    let mut all: Vec<Found> = found.collect();
    all.sort_by(|a, b| b.log_joint.total_cmp(&a.log_joint));
    all.truncate(TOLD);
    all
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
    scores: Scores,
    members: Vec<usize>,
}

type Formats = Vec<Rc<Fitted>>;

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
}

impl<'a> Search<'a> {
    fn new(rows: &'a Rows, asked: &'a Asked) -> Self {
        let foreign = Foreign::new(rows);
        Self {
            asked,
            foreign: rows.values.iter().map(|v| foreign.log_prob(v)).collect(),
            rows,
        }
    }

    fn is_over(&self) -> bool {
        self.asked
            .until
            .is_some_and(|until| Instant::now() >= until)
    }

    /// The programs near the best of some, and what is near it with a part that is wider.
    fn near(&self, programs: Vec<Program>) -> Vec<Program> {
        let mut scored: Vec<Scored> = vec![];
        for program in programs {
            let scores = program.0.iter().map(|f| Rc::new(Scores::of(f, self.rows)));
            let scores: Vec<Rc<Scores>> = scores.collect();
            scored.push(self.scored(program, scores));
        }
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

    /// What differs from a program in a part, it with a format for what is foreign, and it without one of its formats.
    fn variants(&self, from: &Scored) -> Vec<Scored> {
        let mut all = wider(&from.program);
        let odd = from.explained.format_of.iter().zip(&self.rows.values);
        let odd: Vec<&[char]> = odd
            .filter(|(of, _)| of.is_none())
            .map(|(_, v)| &v[..])
            .collect();
        let new = for_foreign(&odd).into_iter();
        all.extend(new.map(|format| (from.program.0.len(), format)));
        let each = all.into_iter().map(|(b, format)| {
            let (mut program, mut scores) = (from.program.clone(), from.scores.clone());
            let score = Rc::new(Scores::of(&format, self.rows));
            match program.0.get_mut(b) {
                Some(place) => (*place, scores[b]) = (format, score),
                None => {
                    program.0.push(format);
                    scores.push(score);
                }
            }
            self.scored(program, scores)
        });
        let fewer = (0..from.program.0.len()).filter(|_| from.program.0.len() > 1);
        let fewer = fewer.map(|b| {
            let (mut program, mut scores) = (from.program.clone(), from.scores.clone());
            program.0.remove(b);
            scores.remove(b);
            self.scored(program, scores)
        });
        each.chain(fewer).collect()
    }

    /// A format for the shape of some values.
    fn fitted(&self, shape: &Shape, members: &[usize]) -> Rc<Fitted> {
        let texts: Vec<&[char]> = members.iter().map(|v| &self.rows.values[*v][..]).collect();
        let format = shape.format().fitted(&texts);
        Rc::new(Fitted {
            // A format that accepts what it should not costs more.
            log_prior: format.log_prior() + refusal(std::slice::from_ref(&format), self.asked),
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
        while !self.is_over() {
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
        course
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
