//! Explaining a column of any values by formats with shares ([`helmholtz_columns`]): what it is, how it is written, and what does
//! not belong.

pub mod accents;
pub mod days;
pub mod kind;
pub mod numbers;
pub mod prose;

use std::cmp::Ordering;
use std::collections::HashSet;
use std::time::Instant;

use helmholtz_columns::format::{Atom, Format, Part, Program};
use helmholtz_columns::predict::{Predictive, weights};
use helmholtz_columns::rows::Rows;
use helmholtz_columns::sample::Sampler;
use helmholtz_columns::search::{Asked, Found, search_with};
use helmholtz_data::{Column, Skipped};
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use serde::Serialize;

use self::accents::Accents;
use self::days::Days;
use self::kind::{Kind, is_enumerating};
use self::numbers::Numbers;
use self::prose::Prose;
use super::explain::{LeftOut, Surprise};

/// How a column is explained.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Programs told, best first.
    pub programs: usize,
    /// New values that would fit.
    pub samples: usize,
    /// The seed of the samples; the search draws nothing.
    pub seed: u64,
    /// Values that do not belong.
    pub not: Vec<String>,
    /// When the search makes do with what it found.
    pub until: Option<Instant>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            programs: 5,
            samples: 5,
            seed: 1,
            not: vec![],
            until: None,
        }
    }
}

/// The longest value that is read whole, in characters; of a longer one its head is.
pub const LONGEST: usize = 4096;

/// A format of a column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Told {
    /// As engines of regular expressions read it, with sub-programs by their names.
    pub format: String,
    /// Rows of it.
    pub rows: u64,
    /// The share of the column's rows that it is expected to have.
    pub share: f64,
    /// One of its values.
    pub example: Option<String>,
    /// Where its values are few and come again, all of them, with their rows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<(String, u64)>,
}

/// A program and how well it explains a column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explained {
    /// Its formats with `|` between them, sub-programs by their names; of an enumeration its words.
    pub regex: String,
    /// The program.
    #[serde(skip)]
    pub program: Program,
    /// The posterior probability of it and of those that mean the same: their share among programs that were found, times the
    /// probability that one of these is true.
    pub weight: f64,
    /// log p(z) + log p(rows | z), in nats.
    pub log_joint: f64,
    /// Its formats, those with most rows first.
    pub formats: Vec<Told>,
    /// Rows that are of none of its formats.
    pub foreign: u64,
}

/// Whether there is nothing to count.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_none(count: &usize) -> bool {
    *count == 0
}

/// What there is to say about a column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// The column's name.
    pub name: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// What of the column all this does not cover.
    pub left_out: LeftOut,
    /// The best programs, best first; none where there is nothing to explain.
    pub programs: Vec<Explained>,
    /// How probable it is that none of the programs that were found is true, as it is written.
    pub not_found: f64,
    /// New values that would fit.
    pub samples: Vec<String>,
    /// How many more were asked for and not found: nearly all that fits stands there.
    #[serde(skip_serializing_if = "is_none")]
    pub samples_lacking: usize,
    /// Values that probably do not belong, worst first.
    pub outliers: Vec<Surprise>,
    /// Values that are of no format of the best program, and belong all the same: other programs have them, or they are numbers
    /// like the others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub besides: Vec<Surprise>,
    /// Values that fit, and that nearly all others of their format are unlike: they alone are shorter or longer in some part, or
    /// have another character. Of numbers and days it is no wonder.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unlike: Vec<Surprise>,
    /// Of a column of numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub numbers: Option<Numbers>,
    /// Where letters with accents are written in two ways.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accents: Option<Accents>,
    /// Of a column of dates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<Days>,
    /// Of a column of text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Prose>,
    /// Distinct values.
    pub distinct: usize,
    /// Of each of them its place among the formats of the best program; none of one that does not belong.
    #[serde(skip)]
    pub format_of: Vec<Option<usize>>,
    /// The same with their repetitions.
    pub values: u64,
    /// Values that do not belong, as was said, and that the best program accepts all the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accepted_all_the_same: Vec<String>,
    /// Whether the search ended early.
    pub cut: bool,
}

impl Explanation {
    /// Of a column without values.
    pub fn nothing(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind: Kind::Nothing,
            left_out: LeftOut::default(),
            programs: vec![],
            not_found: 0.0,
            samples: vec![],
            samples_lacking: 0,
            outliers: vec![],
            besides: vec![],
            unlike: vec![],
            numbers: None,
            accents: None,
            days: None,
            text: None,
            distinct: 0,
            format_of: vec![],
            values: 0,
            accepted_all_the_same: vec![],
            cut: false,
        }
    }

    /// The same with what a reader skipped of the column.
    #[must_use]
    pub fn with_skipped(mut self, skipped: &Skipped) -> Self {
        self.left_out = LeftOut::new(skipped.clone(), self.values);
        self
    }
}

/// Explains a column by formats. Deterministic in the column and the options, but for their bound of time.
///
/// ```
/// use helmholtz_data::{ReadOptions, read_from};
/// use helmholtz_strings::columns::{Options, explain, kind::Kind};
///
/// let table = "day\n2026-03-01\n2026-03-07\n2026-04-19\n2026-11-30\nsoon\n2026-01-12\n2026-02-08\n";
/// let dataset = read_from(table.as_bytes(), "days.csv", &ReadOptions::default())?;
/// let explanation = explain(&dataset.columns[0], &Options::default(), &[]);
/// assert_eq!(explanation.kind, Kind::Date);
/// assert_eq!(explanation.programs[0].regex, "<yyyy-mm-dd>");
/// assert_eq!(explanation.outliers[0].value, "soon");
/// # Ok::<(), helmholtz_data::DataError>(())
/// ```
pub fn explain(column: &Column, options: &Options, offered: &[Program]) -> Explanation {
    let rows = rows_of(column);
    let asked = Asked {
        offered: offered.to_vec(),
        not: options.not.iter().map(|v| v.chars().collect()).collect(),
        until: options.until,
    };
    let searched = search_with(&rows, &asked);
    let (found, same) = told_once(searched.found, &rows);
    let found = &found;
    let Some(best) = found.first() else {
        return Explanation::nothing(&column.name);
    };
    let next = Predictive::new(&rows, found);
    let native = best.explained.format_of.iter().map(Option::is_some);
    let counted = column.values.iter().zip(&rows.counts).zip(native);
    let native = counted.filter(|(_, native)| *native);
    let native = native.map(|((value, n), _)| (value.as_str(), *n));
    let numbers = Numbers::of(native.clone());
    let kind = Kind::of(&rows, best, &next, numbers.as_ref());
    let numbers = numbers.filter(|_| kind == Kind::Number);
    // A number is no odd one for its digits, if others are like it.
    let alike = |value: &str| numbers.as_ref().is_some_and(|n| n.has_like(value));
    let judged = Judged {
        found,
        weights: weights(found),
        column,
        rows: &rows,
        next: &next,
    };
    let foreign = judged.foreign().into_iter();
    let (outliers, besides): (Vec<Surprise>, Vec<Surprise>) =
        foreign.partition(|odd| odd.outlier_probability > 0.5 && !alike(&odd.value));
    let numbers = numbers.map(|numbers| {
        let like = besides.iter().filter(|odd| numbers.has_like(&odd.value));
        let like: Vec<(&str, u64)> = like.map(|odd| (&*odd.value, odd.count)).collect();
        numbers.with(like.into_iter())
    });
    let accepts = |v: &&Vec<char>| best.program.0.iter().any(|format| format.accepts(v));
    let accepted = asked.not.iter().filter(accepts).map(|v| v.iter().collect());
    let samples = match kind {
        // All that there is stands there.
        Kind::Enumeration | Kind::Constant => vec![],
        _ => samples(best, column, &rows, options),
    };
    let found_it = trusted(best, rows.count());
    let each = same.into_iter().take(options.programs).enumerate();
    Explanation {
        name: column.name.clone(),
        kind,
        left_out: LeftOut::default(),
        // Of others than the best the kind is not known.
        programs: each
            .map(|(i, (f, w))| {
                let kind = if i == 0 { kind } else { Kind::Format };
                explained(&found[f], found_it * w, column, kind)
            })
            .collect(),
        not_found: 1.0 - found_it,
        samples_lacking: match kind {
            Kind::Enumeration | Kind::Constant => 0,
            _ => options.samples - samples.len(),
        },
        samples,
        outliers,
        besides,
        unlike: match kind {
            Kind::Format | Kind::Identifier => judged.unlike(),
            _ => vec![],
        },
        accents: Accents::of(column),
        days: Days::of(best, column).filter(|_| kind == Kind::Date),
        text: (kind == Kind::Text).then(|| Prose::of(native)),
        numbers,
        distinct: column.values.len(),
        format_of: places(best),
        values: rows.count(),
        accepted_all_the_same: accepted.collect(),
        cut: searched.cut,
    }
}

/// How surely a true program is found, by the rows for each nat of the best: ln of the odds for one, and their growth with its logarithm.
///
/// Fitted to programs whose rows were drawn by their own laws (`examples/columns_calibration.rs`). Among programs that are found
/// weights are nearly right; but where rows are few the truth, as precisely as programs are written, is often none of these.
const FOUND: (f64, f64) = (1.16, 0.94);
/// More rows do not help a search that looks at so many values: of 4,000 rows it misses the truth as often.
const HELPING: u64 = 200;

/// The probability that the truth is among the programs that were found.
fn trusted(best: &Found, rows: u64) -> f64 {
    let nats = (-best.program.log_prior()).max(1.0);
    let rows = rows.min(HELPING) as f64;
    let odds = FOUND.0 + FOUND.1 * (rows / nats).ln();
    1.0 / (1.0 + (-odds).exp())
}

/// Programs with the best of the most probable meaning first, and of each meaning the place of its best with the weight of all.
///
/// Two enumerations mean the same where their words do, whatever formats these are of.
fn told_once(mut found: Vec<Found>, rows: &Rows) -> (Vec<Found>, Vec<(usize, f64)>) {
    let mut same: Vec<(Vec<String>, usize, f64)> = vec![];
    for (i, weight) in weights(&found).into_iter().enumerate() {
        let meaning = meaning(&found[i], rows);
        match same.iter_mut().find(|s| s.0 == meaning) {
            Some(known) => known.2 += weight,
            None => same.push((meaning, i, weight)),
        }
    }
    same.sort_by(|a, b| b.2.total_cmp(&a.2));
    let first = same.first().map_or(0, |s| s.1);
    if !found.is_empty() {
        found[..=first].rotate_right(1);
    }
    // Those before the first have moved by one.
    let place = |i: usize| match i.cmp(&first) {
        Ordering::Less => i + 1,
        Ordering::Equal => 0,
        Ordering::Greater => i,
    };
    let same = same.into_iter().map(|(_, i, weight)| (place(i), weight));
    let same = same.collect();
    (found, same)
}

/// The words of an enumeration; of another program its formats.
fn meaning(found: &Found, rows: &Rows) -> Vec<String> {
    let mut all: Vec<String> = match is_enumerating(found, rows) {
        true => {
            let own = found.explained.format_of.iter().zip(&rows.values);
            own.filter(|(of, _)| of.is_some())
                .map(|(_, v)| v.iter().collect())
                .collect()
        }
        false => found.program.0.iter().map(Format::to_string).collect(),
    };
    all.sort();
    all
}

fn rows_of(column: &Column) -> Rows {
    // A value without a count, which no reader gives, stood there once.
    let counts = column.counts.iter().copied().chain(std::iter::repeat(1));
    Rows {
        values: column.values.iter().map(|v| v.chars().collect()).collect(),
        counts: counts.take(column.values.len()).collect(),
    }
}

/// The formats of a program in the order in which they are told: those with most rows first.
fn order(found: &Found) -> Vec<usize> {
    let mut order: Vec<usize> = (0..found.program.0.len()).collect();
    order.sort_by_key(|b| std::cmp::Reverse(found.explained.rows[*b]));
    order
}

/// Of each value the place of its format as they are told.
fn places(found: &Found) -> Vec<Option<usize>> {
    let order = order(found);
    let place = |of: &Option<usize>| of.and_then(|b| order.iter().position(|o| *o == b));
    found.explained.format_of.iter().map(place).collect()
}

/// A program with its formats, those with most rows first.
fn explained(found: &Found, weight: f64, column: &Column, kind: Kind) -> Explained {
    let formats = order(found).into_iter();
    let formats: Vec<Told> = formats
        .map(|b| told(found, (b, &found.program.0[b]), column, kind))
        .collect();
    let written: Vec<&str> = formats.iter().map(|f| f.format.as_str()).collect();
    Explained {
        regex: written.join("|"),
        program: found.program.clone(),
        weight,
        log_joint: found.log_joint,
        foreign: found.explained.foreign,
        formats,
    }
}

fn told(found: &Found, (b, format): (usize, &Format), column: &Column, kind: Kind) -> Told {
    let own = found
        .explained
        .format_of
        .iter()
        .zip(column.values.iter().zip(&column.counts));
    let own = own
        .filter(|(of, _)| **of == Some(b))
        .map(|(_, value)| value);
    let mut words: Vec<(String, u64)> = match kind {
        Kind::Enumeration | Kind::Constant => own.clone().map(|(v, n)| (v.clone(), *n)).collect(),
        _ => vec![],
    };
    words.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    let listed = (!words.is_empty()).then(|| enumerated(words.iter().map(|w| w.0.clone())));
    let rows = found.explained.rows[b];
    let all = found.explained.rows.iter().sum::<u64>() + found.explained.foreign;
    let most = own.reduce(|a, b| if b.1 > a.1 { b } else { a });
    Told {
        format: format!("{:#}", listed.as_ref().unwrap_or(format)),
        rows,
        share: rows as f64 / all.max(1) as f64,
        example: most.map(|(value, _)| value.clone()),
        words,
    }
}

/// The format of some words.
fn enumerated(words: impl Iterator<Item = String>) -> Format {
    let mut words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
    words.sort();
    match &words[..] {
        [word] => Format::literal(word),
        _ => Format(vec![Part::once(Atom::Words(words))]),
    }
}

/// The highest probability to be foreign that is told.
const SUREST: f64 = 0.9999;

/// What is told of single values.
struct Judged<'a> {
    found: &'a [Found],
    weights: Vec<f64>,
    column: &'a Column,
    rows: &'a Rows,
    next: &'a Predictive<'a>,
}

impl Judged<'_> {
    /// The probability that a value is of no format.
    fn oddness(&self, v: usize) -> f64 {
        let each = self.found.iter().zip(&self.weights);
        let odd = each.filter(|(f, _)| f.explained.format_of[v].is_none());
        odd.map(|(_, weight)| weight).sum()
    }

    fn surprise(&self, v: usize) -> Surprise {
        Surprise {
            value: self.column.values[v].clone(),
            line: self.column.lines.get(v).copied(),
            count: self.rows.counts[v],
            log_prob: self.next.log_prob(&self.rows.values[v]),
            // Of programs that were not found nothing is known.
            outlier_probability: self.oddness(v).min(SUREST),
        }
    }

    /// Values that are probably of no format, or of none of the best program, the least expected first.
    fn foreign(&self) -> Vec<Surprise> {
        let of_none = |v: usize| {
            let best = self.found.first();
            best.is_some_and(|f| f.explained.format_of[v].is_none())
        };
        let all = (0..self.rows.values.len()).filter(|v| self.oddness(*v) > 0.5 || of_none(*v));
        let mut all: Vec<Surprise> = all.map(|v| self.surprise(v)).collect();
        all.sort_by(|a, b| {
            let by_odds = b.outlier_probability.total_cmp(&a.outlier_probability);
            by_odds
                .then(a.log_prob.total_cmp(&b.log_prob))
                .then_with(|| a.value.cmp(&b.value))
        });
        all
    }

    /// Values of the best program that nearly all others are unlike.
    fn unlike(&self) -> Vec<Surprise> {
        let all = self
            .found
            .first()
            .map_or(vec![], |best| best.unlike(self.rows));
        all.into_iter().map(|v| self.surprise(v)).collect()
    }
}

/// Draws for each sample, since some are values that the column has, or were drawn before.
const TRIES: usize = 4;

/// New values of the best program, each of a format by its share.
fn samples(best: &Found, column: &Column, rows: &Rows, options: &Options) -> Vec<String> {
    let formats = &best.program.0;
    let values: Vec<Vec<&[char]>> = (0..formats.len())
        .map(|b| {
            let own = best.explained.format_of.iter().zip(&rows.values);
            own.filter(|(of, _)| **of == Some(b))
                .map(|(_, v)| &v[..])
                .collect()
        })
        .collect();
    let samplers = formats.iter().zip(&values);
    let samplers: Vec<Sampler<'_>> = samplers.map(|(f, v)| Sampler::new(f, v)).collect();
    let shares: Vec<f64> = best.explained.rows.iter().map(|n| *n as f64).collect();
    // Columns of one file must not repeat each other's random numbers.
    let name = u64::from(crc32fast::hash(column.name.as_bytes()));
    let drawn = (0..options.samples.saturating_mul(TRIES)).filter_map(|i| {
        let mut stream = Stream::at([options.seed, i as u64, name, Purpose::Sample.tag()]);
        samplers[stream.categorical(&shares)?].sample(&mut stream)
    });
    let mut seen = HashSet::new();
    let new = drawn.filter(|sample| seen.insert(sample.clone()));
    new.take(options.samples).collect()
}

#[cfg(test)]
mod tests;
