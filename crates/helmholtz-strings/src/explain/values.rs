//! The values of a column, and what is likely of those that do not belong.

use rayon::prelude::*;

use crate::automaton::Automaton;
use crate::likelihood::Scratch;
use crate::parameters::Parameters;
use crate::program::Regex;
use helmholtz_math::logsumexp;
use helmholtz_math::random::Stream;

/// What a value that does not belong may be: anything, or, as likely, a word or a number. Were it `.*` alone,
/// a word would be so improbable that a small column's best program spelled it out as an alternative.
const JUNK: [&str; 6] = [".*", r"\w+", r"\l+", r"\u+", r"\u\l+", r"\d+"];

/// The values of a column with what [`JUNK`] makes of each.
pub(crate) struct Values {
    pub(crate) strings: Vec<Vec<u8>>,
    /// log c + log p_junk(x).
    pub(crate) junk: Vec<f64>,
    contamination: f64,
}

impl Values {
    pub(crate) fn new(strings: Vec<Vec<u8>>, parameters: &Parameters, contamination: f64) -> Self {
        let mut junk = vec![f64::NEG_INFINITY; strings.len()];
        for (i, program) in JUNK.iter().filter_map(|p| Regex::parse(p).ok()).enumerate() {
            // The first has half of the weight, the others share the rest.
            let weight = 0.5 / if i == 0 { 1.0 } else { JUNK.len() as f64 - 1.0 };
            let own = (contamination * weight).ln();
            let densities = log_probs(&program, &strings, parameters);
            for (junk, log_prob) in junk.iter_mut().zip(densities) {
                *junk = logsumexp(&[*junk, own + log_prob]);
            }
        }
        Self {
            strings,
            junk,
            contamination,
        }
    }

    /// A program of what does not belong, by its share.
    pub(crate) fn foreign(rng: &mut Stream) -> Option<Regex> {
        let other = 1 + rng.below(JUNK.len() - 1);
        let chosen = if rng.uniform() < 0.5 { 0 } else { other };
        Regex::parse(JUNK[chosen]).ok()
    }

    /// log p(x | z) of each value, mixture included.
    pub(crate) fn log_likelihoods(&self, program: &Regex, parameters: &Parameters) -> Vec<f64> {
        let own = (1.0 - self.contamination).ln();
        let clean = log_probs(program, &self.strings, parameters);
        clean
            .into_iter()
            .zip(&self.junk)
            .map(|(l, &junk)| logsumexp(&[own + l, junk]))
            .collect()
    }

    /// The sum of those, or -inf as soon as it is below `least`.
    pub(crate) fn log_likelihood(
        &self,
        program: &Regex,
        parameters: &Parameters,
        least: f64,
    ) -> f64 {
        let own = (1.0 - self.contamination).ln();
        let automaton = Automaton::compile(program, parameters);
        let (mut scratch, mut total) = (Scratch::default(), 0.0);
        for (string, &junk) in self.strings.iter().zip(&self.junk) {
            let clean = own + automaton.log_prob_with(string, &mut scratch);
            total += logsumexp(&[clean, junk]);
            if total < least {
                return f64::NEG_INFINITY;
            }
        }
        total
    }

    /// Some of the values, drawn without replacement.
    pub(crate) fn some(&self, count: usize, rng: &mut Stream) -> Self {
        let mut order: Vec<usize> = (0..self.strings.len()).collect();
        rng.shuffle(&mut order);
        order.truncate(count);
        let strings = order.iter().map(|&i| self.strings[i].clone()).collect();
        let junk = order.iter().map(|&i| self.junk[i]).collect();
        Self {
            strings,
            junk,
            contamination: self.contamination,
        }
    }
}

fn log_probs(program: &Regex, strings: &[Vec<u8>], parameters: &Parameters) -> Vec<f64> {
    let automaton = Automaton::compile(program, parameters);
    let one = |scratch: &mut Scratch, s: &Vec<u8>| automaton.log_prob_with(s, scratch);
    strings
        .par_iter()
        .with_min_len(256)
        .map_init(Scratch::default, one)
        .collect()
}
