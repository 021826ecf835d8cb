//! Explaining a column: its best programs with posterior weights, samples, and the values that fit worst.
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

use rayon::prelude::*;
use serde::Serialize;

use helmholtz_nn::tensor::Module;

use super::alphabet::{decode, encode};
use super::automaton::Automaton;
use super::data::Strings;
use super::guide::StringGuide;
use super::induction::induce;
use super::likelihood::Scratch;
use super::model::StringModel;
use super::parameters::Parameters;
use super::program::Regex;
use super::search::{Found, Pool, SearchBudget, hints, propose};
use helmholtz_data::Column;
use helmholtz_math::random::Stream;
use helmholtz_math::{logsumexp, softmax};

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
    pub search: SearchBudget,
    /// Rounds without a better program after which the search ends early.
    pub patience: usize,
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
            search: SearchBudget {
                proposals: 400,
                rounds: 500,
                edits: 80,
                keep: 30,
            },
            patience: 60,
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
    /// The posterior probability, among the programs found, of those with this export.
    pub weight: f64,
    /// log p(z) + sum over distinct values of log p(x | z), in nats.
    pub log_joint: f64,
}

/// A value that fits badly.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Surprise {
    /// The value.
    pub value: String,
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
    /// The best programs, best first.
    pub programs: Vec<Explained>,
    /// New values that the posterior expects.
    pub samples: Vec<String>,
    /// Values that probably do not belong, worst first; at most [`MOST_OUTLIERS`].
    pub outliers: Vec<String>,
    /// The values that fit worst, whether or not they belong.
    pub surprises: Vec<Surprise>,
    /// The number of values that probably do not belong.
    pub outlier_count: usize,
    /// Distinct values that were scored.
    pub distinct: usize,
    /// Values with their repetitions.
    pub values: u64,
}

/// The largest number of outliers listed.
pub const MOST_OUTLIERS: usize = 20;
/// The largest number of surprises listed.
const MOST_SURPRISES: usize = 5;
/// Values the guide is shown at a time: what it was trained on.
const SUBSET: usize = 5;

/// What a value that does not belong may be: anything, or, as likely, a word or a number. Were it `.*` alone,
/// a word would be so improbable that a small column's best program spelled it out as an alternative.
const JUNK: [&str; 6] = [".*", r"\w+", r"\l+", r"\u+", r"\u\l+", r"\d+"];

/// The values of a column with what [`JUNK`] makes of each.
struct Values {
    strings: Vec<Vec<u8>>,
    /// log c + log p_junk(x).
    junk: Vec<f64>,
    contamination: f64,
}

impl Values {
    fn new(strings: Vec<Vec<u8>>, parameters: &Parameters, contamination: f64) -> Self {
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

    /// log p(x | z) of each value, mixture included.
    fn log_likelihoods(&self, program: &Regex, parameters: &Parameters) -> Vec<f64> {
        let own = (1.0 - self.contamination).ln();
        let clean = log_probs(program, &self.strings, parameters);
        clean
            .into_iter()
            .zip(&self.junk)
            .map(|(l, &junk)| logsumexp(&[own + l, junk]))
            .collect()
    }

    /// Some of the values, drawn without replacement.
    fn some(&self, count: usize, rng: &mut Stream) -> Self {
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

/// Explains a column. Deterministic in the column and the options.
pub fn explain(
    model: &StringModel,
    guide: &StringGuide,
    column: &Column,
    options: &ExplainOptions,
) -> Explanation {
    let (model, guide) = (model.valid(), guide.valid());
    let parameters = model.parameters();
    let strings: Vec<Vec<u8>> = column
        .values
        .iter()
        .filter_map(|v| encode(v).ok())
        .collect();
    let values = Values::new(strings, &parameters, options.contamination);
    let found = rank(&model, &guide, &values, &parameters, options);
    let weights = softmax(&found.iter().map(Found::log_joint).collect::<Vec<_>>());
    let posterior: Vec<(&Regex, f64)> = found.iter().map(|f| &f.program).zip(weights).collect();
    let fit = fit(&posterior, &values, &parameters);
    let outlier_count = fit.iter().filter(|s| s.outlier_probability > 0.5).count();
    let outliers = fit
        .iter()
        .take(outlier_count.min(MOST_OUTLIERS))
        .map(|s| s.value.clone());
    let mut programs = merged(&found, &posterior);
    programs.truncate(options.programs);
    Explanation {
        name: column.name.clone(),
        programs,
        samples: sample(&model, &posterior, &column.name, options),
        outliers: outliers.collect(),
        outlier_count,
        distinct: values.strings.len(),
        values: column.counts.iter().sum(),
        surprises: fit.into_iter().take(MOST_SURPRISES).collect(),
    }
}

/// The programs, those of one export together, by weight.
fn merged(found: &[Found], posterior: &[(&Regex, f64)]) -> Vec<Explained> {
    let mut programs: Vec<Explained> = Vec::new();
    for (found, (program, weight)) in found.iter().zip(posterior) {
        let export = program.export();
        match programs.iter_mut().find(|known| known.export == export) {
            Some(known) => known.weight += weight,
            None => programs.push(Explained {
                regex: program.to_string(),
                export,
                weight: *weight,
                log_joint: found.log_joint(),
            }),
        }
    }
    programs.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    programs
}

/// The best programs by their joint with all values, best first.
fn rank(
    model: &StringModel,
    guide: &StringGuide,
    values: &Values,
    parameters: &Parameters,
    options: &ExplainOptions,
) -> Vec<Found> {
    let stream = |subset: usize, i: usize, purpose: u64| {
        Stream::at([options.seed, subset as u64, i as u64, purpose])
    };
    let some = values.some(options.scored, &mut stream(0, 0, 0xe1));
    let likelihood = |p: &Regex| some.log_likelihoods(p, parameters).iter().sum::<f64>();
    let mut pool = Pool::new(model, likelihood);
    let subsets = if values.strings.len() <= SUBSET {
        1
    } else {
        options.subsets
    };
    for subset in 0..subsets {
        let shown = Strings::new(values.some(SUBSET, &mut stream(subset, 0, 0xe2)).strings);
        if shown.is_empty() {
            continue;
        }
        let count = options.search.proposals / subsets;
        let proposals = propose(guide, &shown, count, |i| stream(subset, i, 0xe3));
        pool.add(proposals.into_iter().map(|p| p.0));
    }
    pool.add(induce(
        some.strings.iter().map(Vec::as_slice),
        model.grammar(),
    ));
    let hints = hints(&Strings::new(some.strings.iter().cloned()));
    let mut rng = stream(0, 0, 0xe4);
    let (mut highest, mut idle) = (f64::NEG_INFINITY, 0);
    for _ in 0..options.search.rounds {
        pool.edit_round(&options.search, &hints, &mut rng);
        let better = pool.highest() > highest;
        idle = if better { 0 } else { idle + 1 };
        highest = highest.max(pool.highest());
        if idle == options.patience {
            break;
        }
    }
    let mut best = pool.best(options.search.keep);
    for found in &mut best {
        found.log_likelihood = values
            .log_likelihoods(&found.program, parameters)
            .iter()
            .sum();
    }
    best.sort_by(|a, b| b.log_joint().total_cmp(&a.log_joint()));
    best
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
            let mut rng = Stream::at([options.seed, i as u64, column, 0xe5]);
            let program = posterior[rng.categorical(&weights)?].0;
            model.sample_strings(program, 1, &mut rng).pop()
        })
        .map(|s| decode(&s))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alphabet::CHARACTERS;
    use crate::{Config, Sizes};
    use helmholtz_nn::training_device;

    fn untrained() -> (StringModel, StringGuide) {
        let config = Config {
            sizes: Sizes {
                prior: 8,
                guide: 8,
                width: 8,
            },
            ..Config::default()
        };
        let device = training_device();
        let model = StringModel::new(&config, &device).unwrap();
        (model, StringGuide::new(&config, &device).unwrap())
    }

    fn column(values: Vec<String>) -> Column {
        let (counts, test) = (vec![2; values.len()], vec![]);
        Column {
            name: "c".into(),
            values,
            counts,
            test,
            source: String::new(),
        }
    }

    #[test]
    fn edits_alone_explain_a_regular_column_and_find_its_outlier() {
        let (model, guide) = untrained();
        let mut values: Vec<String> = (0..60).map(|i| format!("K-{}", 1000 + 37 * i)).collect();
        values.push("not available".into());
        let explanation = explain(&model, &guide, &column(values), &ExplainOptions::default());
        assert_eq!((explanation.distinct, explanation.values), (61, 122));
        assert_eq!(explanation.outliers, ["not available"]);
        let best = regex::Regex::new(&explanation.programs[0].export).unwrap();
        assert!(best.is_match("K-2711"), "{}", explanation.programs[0].regex);
        assert!(
            explanation
                .samples
                .iter()
                .all(|s| best.is_match(s) || s.starts_with('K'))
        );
        let total: f64 = explanation.programs.iter().map(|p| p.weight).sum();
        assert!(total <= 1.0 + 1e-9 && total > 0.5);
    }

    #[test]
    fn junk_is_a_distribution_that_knows_words() {
        let parameters = Parameters::uniform();
        let texts = ["a", "pending", "N/A", ""].map(|t| encode(t).unwrap());
        let values = Values::new(texts.to_vec(), &parameters, 0.01);
        let any = Regex::parse(".*").unwrap();
        let any = Automaton::compile(&any, &parameters);
        for (text, junk) in texts.iter().zip(&values.junk) {
            assert!(*junk >= (0.01_f64 / 2.0).ln() + any.log_prob(text) - 1e-9);
        }
        assert!(values.junk[1] > 0.01_f64.ln() + any.log_prob(&texts[1]) + 3.0);
        // The mass of all strings of one character, known in closed form.
        let single: Vec<Vec<u8>> = (0..CHARACTERS as u8).map(|c| vec![c]).collect();
        let junk = Values::new(single, &parameters, 1.0).junk;
        let total: f64 = junk.iter().map(|l| l.exp()).sum();
        // Under each program a string has one character with probability 1/2, but .* 1/4 and \\u\\l+ none.
        let expected = 0.5 * 0.25 + 0.1 * (4.0 * 0.5);
        assert!((total - expected).abs() < 1e-9, "{total}");
    }

    #[test]
    fn programs_of_one_export_are_one_with_their_weights_together() {
        let found: Vec<Found> = [r"a\d\d?", r"a\d?\d", "a.*"]
            .iter()
            .map(|text| Found {
                program: Regex::parse(text).unwrap(),
                log_prior: -1.0,
                log_likelihood: -1.0,
            })
            .collect();
        let weights = [0.3, 0.3, 0.4];
        let posterior: Vec<(&Regex, f64)> = found.iter().map(|f| &f.program).zip(weights).collect();
        let programs = merged(&found, &posterior);
        assert_eq!(programs.len(), 2);
        assert_eq!(programs[0].regex, r"a\d\d?");
        assert_eq!(programs[0].export, "^a[0-9]{1,2}$");
        assert!((programs[0].weight - 0.6).abs() < 1e-12);
    }

    #[test]
    fn the_same_column_is_explained_alike_twice() {
        let (model, guide) = untrained();
        let values = column(["a1", "b2", "c3"].map(String::from).to_vec());
        let options = ExplainOptions::default();
        let first = explain(&model, &guide, &values, &options);
        assert_eq!(first, explain(&model, &guide, &values, &options));
    }
}
