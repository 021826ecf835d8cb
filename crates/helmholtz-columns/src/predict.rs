//! What a column's rows say of one more: its log-probability, and how much likelier it is here than anywhere.

mod loose;

use std::collections::HashMap;

use helmholtz_math::logsumexp;

use self::loose::Loose;
use super::density::plus;
use super::odd::anywhere;
use super::rows::{Explained, FOREIGN, Foreign, Rows, SHARE, Scores, with_accidents};
use super::search::Found;
use super::urn::{self, Urn};

/// What is expected of a column's next row, by all programs that were found for it and, with a little, by the shapes of its values.
pub struct Predictive<'a> {
    programs: Vec<One<'a>>,
    /// Of each value its place and its rows.
    known: HashMap<&'a [char], (usize, u64)>,
    foreign: Foreign,
    loose: Loose,
}

/// By one of the programs.
struct One<'a> {
    found: &'a Found,
    log_weight: f64,
    formats: Vec<Of>,
    /// The urn of foreign rows.
    odd: Urn,
    /// ln of the share of foreign rows.
    log_foreign: f64,
}

/// One of its formats.
struct Of {
    /// ln of the share of its rows.
    log_share: f64,
    urn: Urn,
    /// Whether its values have zeros in front.
    zeros: bool,
}

impl<'a> Predictive<'a> {
    /// After some rows, of which these are the programs.
    pub fn new(rows: &'a Rows, found: &'a [Found]) -> Self {
        let weights = weights(found);
        let programs = found.iter().zip(weights);
        let known = rows.values.iter().zip(&rows.counts).enumerate();
        let foreign = Foreign::new(rows);
        let one = |(f, w): (&'a Found, f64)| One::new(f, w.ln(), rows, &foreign);
        Self {
            programs: programs.map(one).collect(),
            known: known.map(|(v, (value, n))| (&value[..], (v, *n))).collect(),
            foreign,
            loose: Loose::new(rows),
        }
    }

    /// ln of the probability that the next row is a text.
    pub fn log_prob(&self, text: &[char]) -> f64 {
        let known = self.known.get(text).copied();
        let foreign = self.foreign.log_prob(text);
        let each = self.programs.iter();
        let each: Vec<f64> = each.map(|one| one.log_prob(text, known, foreign)).collect();
        self.loose.beside(logsumexp(&each), text)
    }

    /// The Bayes factor for a text to be of this column and not of any, in nats.
    pub fn log_bayes_factor(&self, text: &[char]) -> f64 {
        let here = self.log_prob(text);
        // What is too long for both says nothing.
        if here == f64::NEG_INFINITY {
            here
        } else {
            here - anywhere(text)
        }
    }

    /// The chance that the next row of a format of the best program is a value that its column did not have.
    pub fn new_chance(&self, format: usize) -> f64 {
        let best = self.programs.first();
        let urn = best.and_then(|one| one.formats.get(format));
        urn.map_or(1.0, |of| of.urn.new_chance())
    }
}

/// How probable each of some programs is, if it is one of them.
pub fn weights(found: &[Found]) -> Vec<f64> {
    let joints: Vec<f64> = found.iter().map(|f| f.log_joint).collect();
    let all = logsumexp(&joints);
    joints.iter().map(|log| (log - all).exp()).collect()
}

/// Whether a value of a format has zeros in front.
fn has_zeros(explained: &Explained, rows: &Rows, format: usize) -> bool {
    let mut own = explained.format_of.iter().zip(&rows.values);
    own.any(|(of, value)| *of == Some(format) && value.first() == Some(&'0'))
}

impl<'a> One<'a> {
    fn new(found: &'a Found, log_weight: f64, rows: &Rows, foreign: &Foreign) -> Self {
        let explained = &found.explained;
        let (alpha, beta) = FOREIGN;
        let share = (explained.foreign as f64 + alpha) / (rows.count() as f64 + alpha + beta);
        let native = explained.rows.iter().sum::<u64>() as f64;
        let urn = |of: Option<usize>, base: &dyn Fn(&[char]) -> f64| {
            let own = (0..rows.values.len()).filter(|v| explained.format_of[*v] == of);
            let scored = own.map(|v| (rows.counts[v], base(&rows.values[v])));
            Urn::after(&scored.collect::<Vec<urn::Value>>())
        };
        let formats = found.program.0.iter().enumerate().map(|(b, format)| {
            let within = (explained.rows[b] as f64 + SHARE)
                / (native + SHARE * found.program.0.len() as f64);
            Of {
                log_share: ((1.0 - share) * within).ln(),
                urn: urn(Some(b), &|value| format.log_prob(value)),
                zeros: format.is_code() && has_zeros(explained, rows, b),
            }
        });
        Self {
            formats: formats.collect(),
            odd: urn(None, &|value| foreign.log_prob(value)),
            log_foreign: share.ln(),
            found,
            log_weight,
        }
    }

    fn log_prob(&self, text: &[char], known: Option<(usize, u64)>, foreign: f64) -> f64 {
        let one = Rows {
            values: vec![text.to_vec()],
            counts: vec![1],
        };
        let formats = self.found.program.0.iter().zip(&self.formats);
        let scores = formats.map(|(format, of)| Scores::with(format, &one, of.zeros));
        let scores: Vec<Scores> = scores.collect();
        let odd = with_accidents(&scores.iter().collect::<Vec<_>>(), &one, &[foreign]);
        // A value that there was is a repetition where it was put, and would be new elsewhere.
        let count_in = |urn: Option<usize>| match known {
            Some((v, count)) if self.found.explained.format_of[v] == urn => count,
            _ => 0,
        };
        let own = self.formats.iter().zip(&scores).enumerate();
        let own = own.filter(|(_, (_, scores))| scores.own[0] > f64::NEG_INFINITY);
        let own = own.map(|(b, (of, scores))| {
            of.log_share + of.urn.log_next(count_in(Some(b)), scores.own[0])
        });
        let odd = self.log_foreign + self.odd.log_next(count_in(None), odd[0]);
        self.log_weight + own.fold(odd, plus)
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

    /// The last digit was never seen, and nothing but digits ever was.
    #[test]
    fn what_a_program_is_too_narrow_for_is_likelier_than_what_is_unlike_it() {
        let rows = Rows::of(["T01", "T03", "T04", "T05", "T09"]);
        let found = search(&rows);
        let of = |text: &str| factor(&rows, &found, text);
        assert!(of("T02") > of("T10") && of("T10") > 0.0 && of("Thames") < 0.0);
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
