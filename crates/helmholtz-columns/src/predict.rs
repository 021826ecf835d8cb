//! What a column's rows say of one more: its log-probability, and how much likelier it is here than anywhere.

use std::collections::HashMap;

use helmholtz_math::logsumexp;

use super::density::plus;
use super::rows::{FOREIGN, Foreign, Rows, SHARE, Scores, with_accidents};
use super::search::Found;
use super::urn::{self, Urn};

/// What is expected of a column's next row, by all programs that were found for it.
pub struct Predictive<'a> {
    programs: Vec<One<'a>>,
    counts: HashMap<&'a [char], u64>,
    foreign: Foreign,
    anywhere: Foreign,
}

/// By one of the programs.
struct One<'a> {
    found: &'a Found,
    log_weight: f64,
    /// ln of the share of each format and the urn of its rows.
    formats: Vec<(f64, Urn)>,
    /// ln of the share of foreign rows.
    log_foreign: f64,
}

impl<'a> Predictive<'a> {
    /// After some rows, of which these are the programs.
    pub fn new(rows: &'a Rows, found: &'a [Found]) -> Self {
        let weights = weights(found);
        let programs = found.iter().zip(weights);
        let counts = rows.values.iter().zip(&rows.counts);
        Self {
            programs: programs.map(|(f, w)| One::new(f, w.ln(), rows)).collect(),
            counts: counts.map(|(value, n)| (&value[..], *n)).collect(),
            foreign: Foreign::new(rows),
            anywhere: Foreign::new(&Rows::default()),
        }
    }

    /// ln of the probability that the next row is a text.
    pub fn log_prob(&self, text: &[char]) -> f64 {
        let count = self.counts.get(text).copied().unwrap_or(0);
        let foreign = self.foreign.log_prob(text);
        let each = self.programs.iter();
        let each: Vec<f64> = each.map(|one| one.log_prob(text, count, foreign)).collect();
        logsumexp(&each)
    }

    /// The Bayes factor for a text to be of this column and not of any, in nats.
    pub fn log_bayes_factor(&self, text: &[char]) -> f64 {
        self.log_prob(text) - self.anywhere.log_prob(text)
    }

    /// The chance that the next row of a format of the best program is a value that its column did not have.
    pub fn new_chance(&self, format: usize) -> f64 {
        let best = self.programs.first();
        let urn = best.and_then(|one| one.formats.get(format));
        urn.map_or(1.0, |(_, urn)| urn.new_chance())
    }
}

/// How probable each of some programs is, if it is one of them.
pub fn weights(found: &[Found]) -> Vec<f64> {
    let joints: Vec<f64> = found.iter().map(|f| f.log_joint).collect();
    let all = logsumexp(&joints);
    joints.iter().map(|log| (log - all).exp()).collect()
}

impl<'a> One<'a> {
    fn new(found: &'a Found, log_weight: f64, rows: &Rows) -> Self {
        let explained = &found.explained;
        let (alpha, beta) = FOREIGN;
        let all = rows.count() as f64;
        let foreign = (explained.foreign as f64 + alpha) / (all + alpha + beta);
        let native = explained.rows.iter().sum::<u64>() as f64;
        let formats = found.program.0.iter().enumerate().map(|(b, format)| {
            let own = explained.format_of.iter().enumerate();
            let own = own.filter(|(_, of)| **of == Some(b));
            let scored = own.map(|(v, _)| (rows.counts[v], format.log_prob(&rows.values[v])));
            let values: Vec<urn::Value> = scored.collect();
            let within = (explained.rows[b] as f64 + SHARE)
                / (native + SHARE * found.program.0.len() as f64);
            (((1.0 - foreign) * within).ln(), Urn::after(&values))
        });
        Self {
            formats: formats.collect(),
            log_foreign: foreign.ln(),
            found,
            log_weight,
        }
    }

    fn log_prob(&self, text: &[char], count: u64, foreign: f64) -> f64 {
        let one = Rows {
            values: vec![text.to_vec()],
            counts: vec![1],
        };
        let formats = self.found.program.0.iter();
        let scores: Vec<Scores> = formats.map(|format| Scores::of(format, &one)).collect();
        let odd = with_accidents(&scores.iter().collect::<Vec<_>>(), &[foreign]);
        let own = self.formats.iter().zip(&scores);
        let own = own.filter(|(_, scores)| scores.own[0] > f64::NEG_INFINITY);
        let own = own.map(|((share, urn), scores)| share + urn.log_next(count, scores.own[0]));
        self.log_weight + own.fold(self.log_foreign + odd[0], plus)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::search;

    fn factor(rows: &Rows, found: &[Found], text: &str) -> f64 {
        let text: Vec<char> = text.chars().collect();
        Predictive::new(rows, found).log_bayes_factor(&text)
    }

    #[test]
    fn what_belongs_is_likelier_here_than_anywhere() {
        let codes: Vec<String> = (0..60)
            .map(|i| format!("KX-{:04}", i * 7919 % 10_000))
            .collect();
        let rows = Rows::of(codes.iter().map(String::as_str));
        let found = search(&rows);
        let of = |text: &str| factor(&rows, &found, text);
        assert!(of("KX-0001") > 10.0 && of(&codes[0]) > 10.0);
        assert!(of("KX-001") < of("KX-0001") - 5.0 && of("hello") < 0.0 && of("") < 5.0);
    }

    #[test]
    fn words_of_an_enumeration_are_rarely_new() {
        let words = ["USA", "CANADA", "PERU"];
        let rows = Rows {
            values: words.iter().map(|w| w.chars().collect()).collect(),
            counts: vec![3000, 20, 2],
        };
        let found = search(&rows);
        let predictive = Predictive::new(&rows, &found);
        assert!(predictive.new_chance(0) < 0.01);
        let usa: Vec<char> = "USA".chars().collect();
        assert!(predictive.log_prob(&usa) > -0.05);
        assert!((weights(&found).iter().sum::<f64>() - 1.0).abs() < 1e-9);
    }
}
