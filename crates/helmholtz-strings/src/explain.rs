//! Explaining a column: its best programs with posterior weights, samples, and the values that fit worst.
//!
//! Values that the model cannot read are left out, and the explanation says how many ([`LeftOut`]).
//!
//! Real columns hold junk: an `N/A` among a thousand codes would leave only `.*` to explain all of them.
//! So a value is explained either by the column's program or, with a small probability
//! ([`ExplainOptions::contamination`]), by one of a few very general programs, such as `.*` and `\l+`:
//!
//! p(x | z) = (1 - c) p_z(x) + c p_junk(x).
//!
//! The mixture's second part is what tells an outlier, with a probability instead of a threshold on
//! likelihoods. Programs are proposed by the guide from small subsets of the distinct values and read off
//! a few hundred of them, improved by local edits against those, and ranked on all of them.

mod left_out;
mod values;

use std::collections::HashMap;

use serde::Serialize;

use helmholtz_nn::Module;

use super::StringDomain;
use super::alphabet::decode;
use super::data::Strings;
use super::guide::StringGuide;
use super::model::StringModel;
use super::parameters::Parameters;
use super::program::Regex;
use super::search::{Budget, Column as Searched, draft};
use helmholtz_core::search::{Confidence, Same, Tried, Trust, search_with};
use helmholtz_data::{Column, Skipped};
use helmholtz_math::logsumexp;
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;

pub use left_out::LeftOut;
use left_out::Readable;
pub(crate) use values::Values;

/// How a column is explained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExplainOptions {
    /// The seed of the search and of the samples.
    pub seed: u64,
    /// Strings sampled from the posterior.
    pub samples: usize,
    /// Programs shown, best first.
    pub programs: usize,
    /// The probability that a value does not belong to the column's program.
    pub contamination: f64,
    /// Subsets of the values that the guide is shown.
    pub subsets: usize,
    /// Values the search scores programs on; the final ranking is on all of them.
    pub scored: usize,
    /// How far the search goes; its proposals are shared among the subsets.
    pub search: Budget,
    /// How far it is trusted.
    pub confidence: &'static Confidence,
}

impl Default for ExplainOptions {
    fn default() -> Self {
        Self {
            seed: 1,
            samples: 5,
            programs: 5,
            contamination: 0.01,
            subsets: 10,
            scored: 200,
            search: Budget {
                restarts: 4,
                members: 30,
                first: 100,
                rounds: 500,
                edits: 40,
                patience: Some(25),
                ..Budget::default()
            },
            confidence: StringDomain::confidence(),
        }
    }
}

/// A program and how well it explains a column. Programs of one export, which differ in nothing but
/// their probabilities, count as one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explained {
    /// The program in our notation; the likeliest of those with this export.
    pub regex: String,
    /// The same for other engines.
    pub export: String,
    /// The posterior probability of those with this export; what may not have been found has the rest.
    pub weight: f64,
    /// log p(z) + sum over distinct values of log p(x | z), in nats.
    pub log_joint: f64,
}

/// A value that fits badly.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Surprise {
    /// The value.
    pub value: String,
    /// The line on which it stood first, from 1; `None` where it came from no file.
    pub line: Option<u64>,
    /// How often it stood there.
    pub count: u64,
    /// log p(x) under the posterior, in nats.
    pub log_prob: f64,
    /// The posterior probability that the column's program did not produce it.
    pub outlier_probability: f64,
}

/// What there is to say about a column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// The column's name.
    pub name: String,
    /// What of the column all this does not cover.
    pub left_out: LeftOut,
    /// The best programs, best first; none where nothing can be explained.
    pub programs: Vec<Explained>,
    /// New values that the posterior expects.
    pub samples: Vec<String>,
    /// Values that probably do not belong, worst first.
    pub outliers: Vec<Surprise>,
    /// The values that fit worst, whether or not they belong.
    pub surprises: Vec<Surprise>,
    /// Distinct values that were scored.
    pub distinct: usize,
    /// The same with their repetitions.
    pub values: u64,
    /// How far the programs are to be trusted.
    #[serde(flatten)]
    pub trust: Trust,
}

impl Explanation {
    /// Of a column without a value that the model can read.
    pub fn nothing(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            left_out: LeftOut::default(),
            programs: vec![],
            samples: vec![],
            outliers: vec![],
            surprises: vec![],
            distinct: 0,
            values: 0,
            trust: Trust::default(),
        }
    }

    /// Whether there was nothing to explain: no value that the model can read.
    pub fn is_nothing(&self) -> bool {
        self.distinct == 0
    }

    /// The same with what a reader skipped of the column before: rows that the explanation does not cover either.
    pub fn with_skipped(mut self, skipped: &Skipped) -> Self {
        let all = Skipped::sum([skipped, &self.left_out.skipped].into_iter());
        self.left_out = LeftOut::new(all, self.values);
        self
    }
}

/// The largest number of surprises listed.
const MOST_SURPRISES: usize = 5;
/// Values the guide is shown at a time: what it was trained on.
const SUBSET: usize = 5;

/// Explains a column. Deterministic in the column and the options. Values outside the alphabet or longer than the model's
/// limit are left out, and the explanation says so.
pub fn explain(
    model: &StringModel,
    guide: &StringGuide,
    column: &Column,
    options: &ExplainOptions,
) -> Explanation {
    explain_with((model, guide), column, options, &[])
}

/// The same where somebody else has programs to propose, too.
pub fn explain_with(
    (model, guide): (&StringModel, &StringGuide),
    column: &Column,
    options: &ExplainOptions,
    offered: &[Regex],
) -> Explanation {
    let (model, guide) = (model.valid(), guide.valid());
    let parameters = model.parameters();
    let Readable {
        strings,
        rows,
        skipped,
    } = Readable::of(column, model.max_length());
    let left_out = LeftOut::new(skipped, rows);
    if strings.is_empty() {
        return Explanation {
            left_out,
            ..Explanation::nothing(&column.name)
        };
    }
    let values = Values::new(strings, &parameters, options.contamination);
    let found = searched(
        (&model, &guide),
        &values,
        &parameters,
        options,
        |column, budget| {
            let offered = offered.iter().cloned().map(draft);
            search_with(column, budget, offered.collect())
        },
    );
    let trust = found.trust(options.confidence);
    let programs = found.members.iter().map(|f| &f.draft.program);
    let posterior: Vec<(&Regex, f64)> = programs.zip(found.weights()).collect();
    let fit = located(fit(&posterior, &values, &parameters), column);
    let outliers = fit.iter().filter(|s| s.outlier_probability > 0.5).cloned();
    let explained = |same: &Same| {
        let best = &found.members[same.members[0]];
        Explained {
            regex: best.draft.program.to_string(),
            export: best.draft.program.export(),
            weight: trust.found() * same.weight,
            log_joint: best.log_joint,
        }
    };
    let programs = found.answers.iter().take(options.programs);
    Explanation {
        name: column.name.clone(),
        left_out,
        programs: programs.map(explained).collect(),
        samples: sample(&model, &posterior, &column.name, options),
        outliers: outliers.collect(),
        distinct: values.strings.len(),
        values: rows,
        trust,
        surprises: fit.into_iter().take(MOST_SURPRISES).collect(),
    }
}

/// Says of values where and how often they stand.
fn located(mut fit: Vec<Surprise>, column: &Column) -> Vec<Surprise> {
    let places = column.values.iter().zip(0..).map(|(v, i)| (v.as_str(), i));
    let places: HashMap<&str, usize> = places.collect();
    for surprise in &mut fit {
        let place = places.get(surprise.value.as_str());
        surprise.line = place.and_then(|&i| column.lines.get(i)).copied();
        let count = place.and_then(|&i| column.counts.get(i));
        surprise.count = count.copied().unwrap_or(1);
    }
    fit
}

/// What `run` makes of the values as a search sees them, and of how long it looks.
pub(super) fn searched<T>(
    (model, guide): (&StringModel, &StringGuide),
    values: &Values,
    parameters: &Parameters,
    options: &ExplainOptions,
    run: impl FnOnce(&Searched<'_>, &Budget) -> T,
) -> T {
    let stream = |subset: usize, purpose: Purpose| {
        Stream::at([options.seed, subset as u64, 0, purpose.tag()])
    };
    let some = values.some(options.scored, &mut stream(0, Purpose::Scored));
    let subsets = if values.strings.len() <= SUBSET {
        1
    } else {
        options.subsets
    };
    let shown = |subset| {
        let some = values.some(SUBSET, &mut stream(subset, Purpose::Shown));
        Strings::new(some.strings)
    };
    let shown: Vec<Strings> = (0..subsets).map(shown).filter(|s| !s.is_empty()).collect();
    let strings = Strings::new(some.strings.iter().cloned());
    let column = Searched::new((model, guide), &strings, &shown, |program, least| {
        some.log_likelihood(program, parameters, least)
    });
    let column = match some.strings.len() < values.strings.len() {
        true => {
            column.settled_by(|program, least| values.log_likelihood(program, parameters, least))
        }
        false => column,
    };
    let budget = Budget {
        seed: options.seed,
        ..options.search
    };
    run(&column, &budget)
}

/// Every value with its fit, worst first.
fn fit(posterior: &[(&Regex, f64)], values: &Values, parameters: &Parameters) -> Vec<Surprise> {
    let mut likely = vec![f64::NEG_INFINITY; values.strings.len()];
    let mut outlying = vec![0.0; values.strings.len()];
    for (program, weight) in posterior.iter().filter(|(_, w)| *w > 1e-6) {
        for (i, log_prob) in values
            .log_likelihoods(program, parameters)
            .into_iter()
            .enumerate()
        {
            likely[i] = logsumexp(&[likely[i], weight.ln() + log_prob]);
            outlying[i] += weight * (values.junk[i] - log_prob).exp();
        }
    }
    let mut fit: Vec<Surprise> = values
        .strings
        .iter()
        .zip(likely.into_iter().zip(outlying))
        .map(|(s, (log_prob, outlier_probability))| Surprise {
            value: decode(s),
            line: None,
            count: 1,
            log_prob,
            // Rounding may lift a sum of probabilities a hair above one.
            outlier_probability: outlier_probability.min(1.0),
        })
        .collect();
    fit.sort_by(|a, b| {
        let by_outlier = b.outlier_probability.total_cmp(&a.outlier_probability);
        by_outlier
            .then(a.log_prob.total_cmp(&b.log_prob))
            .then_with(|| a.value.cmp(&b.value))
    });
    fit
}

/// New values: a program by weight, then a string from it.
fn sample(
    model: &StringModel,
    posterior: &[(&Regex, f64)],
    name: &str,
    options: &ExplainOptions,
) -> Vec<String> {
    // Columns of one file must not repeat each other's random numbers.
    let column = u64::from(crc32fast::hash(name.as_bytes()));
    let weights: Vec<f64> = posterior.iter().map(|p| p.1).collect();
    (0..options.samples)
        .filter_map(|i| {
            let mut rng = Stream::at([options.seed, i as u64, column, Purpose::Sample.tag()]);
            let program = posterior[rng.categorical(&weights)?].0;
            model.sample_strings(program, 1, &mut rng).pop()
        })
        .map(|s| decode(&s))
        .collect()
}

#[cfg(test)]
mod tests;
