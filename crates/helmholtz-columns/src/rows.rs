//! The probability of a column's rows under a program.
//!
//! A row is foreign with a share e ~ Beta(0.5, 49.5), else of format b with a share pi_b, pi ~ Dir(1, ..., 1). The rows of a format are
//! drawn with repetition from what it generates, and so are foreign ones from a law of odd values ([`Foreign`]). Shares are
//! integrated out. A value that several formats generate is given to one: the sum over all ways to do so is no less.
//!
//! Two terms are added that no draw of rows explains, so that what comes out is a score and no normalised likelihood: a format of few
//! rows among many is believed less, and so is a program that calls many values foreign.

use std::cell::Cell;
use std::collections::HashMap;

use libm::lgamma;

use super::density::plus;
use super::format::{Format, Program};
use super::urn;

use super::odd::is_nothing;

pub use super::odd::Foreign;

/// Distinct values of a column and their numbers of rows.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// The values.
    pub values: Vec<Vec<char>>,
    /// How many rows each has, at least 1.
    pub counts: Vec<u64>,
}

impl Rows {
    /// Of texts in the order of rows.
    pub fn of<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let (mut places, mut rows) = (HashMap::new(), Self::default());
        for text in texts {
            let next = rows.values.len();
            let place = *places.entry(text).or_insert(next);
            if place == next {
                rows.values.push(text.chars().collect());
                rows.counts.push(0);
            }
            rows.counts[place] += 1;
        }
        rows
    }

    /// How many rows there are.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }
}

/// Rows under a program.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// log p(rows | program), in nats: a lower bound where formats overlap, and less where formats have few rows or many values are
    /// foreign.
    pub log_prob: f64,
    /// Of each value its format; `None` if it is foreign.
    pub format_of: Vec<Option<usize>>,
    /// Rows of each format.
    pub rows: Vec<u64>,
    /// Foreign rows.
    pub foreign: u64,
}

/// The prior of the share of foreign rows: Beta with these parameters.
pub(crate) const FOREIGN: (f64, f64) = (0.5, 49.5);
/// The prior of the shares of formats: Dirichlet with this parameter.
pub(crate) const SHARE: f64 = 1.0;
/// Among so many rows a format is believed so much less for each row that it has fewer than so many: one that has a format for
/// itself is an odd value, more often than not.
const MANY: f64 = 20.0;
const FEW: f64 = 4.0;
const FEWER: f64 = 0.1;
/// Rounds of giving values to formats by the shares of the round before.
const ROUNDS: usize = 4;

/// What a format makes of the values of some rows.
#[derive(Clone, Debug)]
pub struct Scores {
    /// ln G of each value.
    pub own: Vec<f64>,
    format: Format,
    /// Whether its values have zeros in front.
    zeros: bool,
    /// Of each value ln of the probability as an accident; NaN until it is asked for, since most are some format's.
    accidents: Vec<Cell<f64>>,
}

impl Scores {
    /// Of a format.
    pub fn of(format: &Format, rows: &Rows) -> Self {
        let zeros = format.is_code()
            && rows
                .values
                .iter()
                .any(|v| v.first() == Some(&'0') && format.accepts(v));
        Self::with(format, rows, zeros)
    }

    /// The same where it is known whether the format's values have zeros in front.
    pub(crate) fn with(format: &Format, rows: &Rows, zeros: bool) -> Self {
        let (least, most) = format.lengths();
        let own = rows
            .values
            .iter()
            .map(|v| match (least..=most).contains(&v.len()) {
                true => format.log_prob(v),
                false => f64::NEG_INFINITY,
            });
        Self {
            own: own.collect(),
            format: format.clone(),
            zeros,
            accidents: vec![Cell::new(f64::NAN); rows.values.len()],
        }
    }

    /// ln of the probability of a value as an accident, of one that the format does not generate.
    fn accident(&self, v: usize, rows: &Rows) -> f64 {
        let known = &self.accidents[v];
        if known.get().is_nan() {
            known.set(self.format.accident(&rows.values[v], self.zeros));
        }
        known.get()
    }
}

/// Explains rows by a program. `foreign` has ln of the law of odd values, of each value.
pub fn explain(program: &Program, rows: &Rows, foreign: &[f64]) -> Explained {
    let scores = program.0.iter().map(|format| Scores::of(format, rows));
    let scores: Vec<Scores> = scores.collect();
    explain_by(&scores.iter().collect::<Vec<_>>(), rows, foreign)
}

/// The same by what each format makes of the values.
pub fn explain_by(scores: &[&Scores], rows: &Rows, foreign: &[f64]) -> Explained {
    let foreign = &with_accidents(scores, rows, foreign)[..];
    let densities: Vec<&[f64]> = scores.iter().map(|s| &s.own[..]).collect();
    let densities = &densities[..];
    let total = rows.count() as f64;
    // At first all formats are as likely, and few rows are foreign.
    let (alpha, beta) = FOREIGN;
    let odd = alpha / (alpha + beta);
    let mut shares = vec![((1.0 - odd) / densities.len().max(1) as f64).ln(); densities.len()];
    let mut odd = odd.ln();
    let mut found = given(densities, rows, foreign, (&shares, odd));
    for _ in 1..ROUNDS {
        let native = total - found.foreign as f64;
        let formats = densities.len() as f64;
        let is_native = (native + beta) / (total + alpha + beta);
        for (share, count) in shares.iter_mut().zip(&found.rows) {
            let within = (*count as f64 + SHARE) / (native + SHARE * formats);
            *share = (is_native * within).ln();
        }
        odd = ((found.foreign as f64 + alpha) / (total + alpha + beta)).ln();
        let next = given(densities, rows, foreign, (&shares, odd));
        if next.format_of == found.format_of {
            break;
        }
        found = next;
    }
    found.log_prob = log_prob(densities, rows, foreign, &found);
    found
}

/// The share of foreign values that are accidents of some format, each as likely.
const ACCIDENTS: f64 = 0.5;

/// The law of odd values with accidents of the formats.
pub(crate) fn with_accidents(scores: &[&Scores], rows: &Rows, foreign: &[f64]) -> Vec<f64> {
    let each = ACCIDENTS.ln() - (scores.len().max(1) as f64).ln();
    let value = |(v, odd): (usize, &f64)| {
        let odd = odd + (1.0 - ACCIDENTS).ln();
        // What one format generates is no accident of another.
        if scores.iter().any(|s| s.own[v].is_finite()) {
            return odd;
        }
        scores.iter().fold(odd, |sum, s| match s.accident(v, rows) {
            f64::NEG_INFINITY => sum,
            log => plus(sum, log + each),
        })
    };
    foreign.iter().enumerate().map(value).collect()
}

/// Each value goes where it is likeliest, all its rows by shares and its characters once.
fn given(
    densities: &[&[f64]],
    rows: &Rows,
    foreign: &[f64],
    (shares, odd): (&[f64], f64),
) -> Explained {
    let mut explained = Explained {
        log_prob: f64::NEG_INFINITY,
        format_of: vec![],
        rows: vec![0; densities.len()],
        foreign: 0,
    };
    for (v, &count) in rows.counts.iter().enumerate() {
        let mut best = (foreign[v] + count as f64 * odd, None);
        for (b, density) in densities.iter().enumerate() {
            let log = density[v] + count as f64 * shares[b];
            if log > best.0 {
                best = (log, Some(b));
            }
        }
        match best.1 {
            Some(b) => explained.rows[b] += count,
            None => explained.foreign += count,
        }
        explained.format_of.push(best.1);
    }
    explained
}

/// log p(rows) where values are given.
fn log_prob(densities: &[&[f64]], rows: &Rows, foreign: &[f64], given: &Explained) -> f64 {
    let all = rows.count() as f64;
    let (alpha, beta) = FOREIGN;
    let odd = given.foreign as f64;
    let odd = log_beta(alpha + odd, beta + all - odd) - log_beta(alpha, beta);
    let urns = (0..densities.len()).map(Some).chain([None]).map(|urn| {
        let density = urn.map_or(foreign, |b| densities[b]);
        let own = given.format_of.iter().enumerate();
        let own = own.filter(|(_, of)| **of == urn);
        let values: Vec<urn::Value> = own.map(|(v, _)| (rows.counts[v], density[v])).collect();
        urn::log_prob(&values)
    });
    odd + log_shares(&given.rows) + urns.sum::<f64>() + excess(rows, &given.format_of)
}

/// Of so large a share of the distinct values, and a few more, some may be odd that nothing excuses; each beyond is as
/// improbable as this, in nats. A program that many of a column's values are accidents of is not the column's: of 0.2 and 3 with 10
/// nats, 0.05 and 3, and these, these call the fewest values of built-in columns foreign and find as many edits.
const ODD_VALUES: (f64, f64, f64) = (0.03, 2.0, 20.0);

fn excess(rows: &Rows, format_of: &[Option<usize>]) -> f64 {
    let (share, few, cost) = ODD_VALUES;
    let few = few + share * format_of.len() as f64;
    let odd = rows
        .values
        .iter()
        .zip(format_of)
        .filter(|(_, of)| of.is_none());
    // What is excused is looked at only where there are many.
    if odd.clone().count() as f64 <= few {
        return 0.0;
    }
    let unknown = odd.filter(|(value, _)| !is_excused(value)).count() as f64;
    -cost * (unknown - few).max(0.0)
}

/// Whether a value is odd for a reason that many have in one column: it is a word for nothing, or has blanks around it.
fn is_excused(value: &[char]) -> bool {
    let is_blank = |c: Option<&char>| c.is_some_and(|c| c.is_whitespace());
    is_nothing(value) || is_blank(value.first()) || is_blank(value.last())
}

/// ln of the probability of which rows are of which format, shares being integrated out.
fn log_shares(rows: &[u64]) -> f64 {
    let (formats, all) = (rows.len() as f64, rows.iter().sum::<u64>() as f64);
    if rows.is_empty() {
        return 0.0;
    }
    let each = rows
        .iter()
        .map(|n| lgamma(*n as f64 + SHARE) - lgamma(SHARE));
    let few = |n: &u64| {
        if all >= MANY {
            (FEW - *n as f64).max(0.0)
        } else {
            0.0
        }
    };
    let few: f64 = rows.iter().filter(|n| **n > 0).map(few).sum();
    lgamma(SHARE * formats) - lgamma(all + SHARE * formats) + each.sum::<f64>() + few * FEWER.ln()
}

fn log_beta(a: f64, b: f64) -> f64 {
    lgamma(a) + lgamma(b) - lgamma(a + b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(program: &str, texts: &[(&str, u64)]) -> Explained {
        let rows = Rows {
            values: texts.iter().map(|t| t.0.chars().collect()).collect(),
            counts: texts.iter().map(|t| t.1).collect(),
        };
        let foreign = Foreign::new(&rows);
        let foreign: Vec<f64> = rows.values.iter().map(|v| foreign.log_prob(v)).collect();
        explain(&program.parse().unwrap(), &rows, &foreign)
    }

    #[test]
    fn a_value_that_stands_often_is_no_outlier() {
        let found = explained(
            "(?:CANADA|MEXICO|PERU|USA)",
            &[("USA", 3372), ("CANADA", 2), ("PERU", 1), ("MEXICO", 1)],
        );
        assert_eq!(found.foreign, 0);
        assert_eq!(found.rows, [3376]);
    }

    #[test]
    fn one_edit_of_a_frequent_value_is_foreign() {
        let texts = [
            ("shipped", 40),
            ("pending", 30),
            ("returned", 20),
            ("shiped", 1),
        ];
        let found = explained("[a-z]{6,8}", &texts);
        assert_eq!(found.format_of, [Some(0), Some(0), Some(0), None]);
    }

    #[test]
    fn formats_have_shares_of_rows() {
        let texts = [
            ("12345", 3),
            ("54321", 4),
            ("AB-1", 5),
            ("CD-2", 1),
            ("n/a", 1),
        ];
        let found = explained("[0-9]{5}|[A-Z]{2}-[0-9]", &texts);
        assert_eq!((found.rows, found.foreign), (vec![7, 6], 1));
        assert_eq!(found.format_of[4], None);
    }

    /// The best way to give values to formats is one of all ways; it is never more than their sum, and little less.
    #[test]
    fn the_bound_of_overlapping_formats_is_near_their_sum() {
        let rows = Rows::of(["12", "7", "ab", "a1", "zz"]);
        let program: Program = "[0-9]{1,2}|[0-9a-z]{2}".parse().unwrap();
        let foreign: Vec<f64> = vec![-40.0; 5];
        let found = explain(&program, &rows, &foreign);
        let densities: Vec<Vec<f64>> = program
            .0
            .iter()
            .map(|f| rows.values.iter().map(|v| f.log_prob(v)).collect())
            .collect();
        let densities: Vec<&[f64]> = densities.iter().map(|d| &d[..]).collect();
        let ways = (0..3usize.pow(5)).map(|mut way| {
            let mut given = Explained {
                log_prob: 0.0,
                format_of: vec![],
                rows: vec![0; 2],
                foreign: 0,
            };
            for _ in 0..5 {
                given.format_of.push([Some(0), Some(1), None][way % 3]);
                match way % 3 {
                    2 => given.foreign += 1,
                    b => given.rows[b] += 1,
                }
                way /= 3;
            }
            log_prob(&densities, &rows, &foreign, &given)
        });
        let sum = helmholtz_math::logsumexp(&ways.collect::<Vec<_>>());
        assert!(
            found.log_prob <= sum && sum - found.log_prob < 3.0,
            "{} {sum}",
            found.log_prob
        );
    }
}
