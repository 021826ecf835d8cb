//! The one evaluator, the same for every algorithm.
//!
//! Marginal likelihood of held-out concepts: p(X) is a sum over programs. The programs of a common search,
//! the set A, are summed exactly; the rest is estimated by importance sampling outside A,
//!
//! p^(X) = sum_{z in A} p(z, X) + 1/S sum_s [z_s not in A] p(z_s, X) / r(z_s | X),
//!
//! with z_s drawn independently from r = 0.9 q + 0.1 p, the guide with a share of the prior. It is unbiased
//! for any A and always finite (A holds `.*`). Without A, a guide that misses the best program puts the
//! estimate nats too low; A alone is a lower bound.
//!
//! The guide still matters to the variance, so each model is also judged with a guide *refitted* to it by
//! sleep, by one recipe for all.

use helmholtz_nn::Module;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::alphabet::encode;
use super::automaton::Automaton;
use super::config::Config;
use super::data::{Concept, Strings};
use super::guide::StringGuide;
use super::model::{StringModel, log_prob};
use super::program::Regex;
use super::search::{Budget, Found, budget, search};
use helmholtz_core::algorithm::{Scale, Source, Term};
use helmholtz_core::estimator::SLEEP;
use helmholtz_core::guide::Guide;
use helmholtz_core::model::Model;
use helmholtz_core::search::Draft;
use helmholtz_core::train::{Learner, Phase, WakeSleep};
use helmholtz_math::error::SettingError;
use helmholtz_math::logsumexp;
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use helmholtz_nn::{Rates, host, training_device};

mod metrics;
mod predictive;

pub use metrics::{ConceptScore, Evaluation, Mean, Metrics};
pub use predictive::{Posterior, Predictive, background, posterior};

/// The sizes of an evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EvaluateOptions {
    /// The search that finds the set A, and Q of the predictive metrics.
    pub search: Budget,
    /// Importance samples outside A (S).
    pub samples: usize,
    /// The share of the prior in the proposals.
    pub defensive: f64,
    /// Steps of refitting the guide by sleep; 0 leaves it out.
    pub refit_steps: u64,
    /// Concepts of the classification task.
    pub classes: usize,
    /// The seed of the evaluation.
    pub seed: u64,
}

impl Default for EvaluateOptions {
    fn default() -> Self {
        Self {
            search: budget(),
            samples: 1000,
            defensive: 0.1,
            refit_steps: 2000,
            classes: 100,
            seed: 1,
        }
    }
}

/// Judges a model on concepts it has not seen.
///
/// # Errors
/// When there is nothing to judge by, or a size is out of range.
pub fn evaluate(
    model: &StringModel,
    guide: &StringGuide,
    config: &Config,
    concepts: &[Concept],
    options: &EvaluateOptions,
) -> Result<Evaluation, SettingError> {
    if concepts.iter().all(|c| c.observation().is_empty()) {
        return Err(SettingError::new(
            "data",
            "no concept has a string of the alphabet",
        ));
    }
    if options.samples == 0 || !(0.0..1.0).contains(&options.defensive) {
        return Err(SettingError::new(
            "samples",
            "at least 1, with a defensive share below 1",
        ));
    }
    options.search.check()?;
    let own_guide = judge(model, guide, concepts, options);
    let refitted_guide = match options.refit_steps {
        0 => None,
        steps => Some(judge(
            model,
            &refit(model, config, steps)?,
            concepts,
            options,
        )),
    };
    Ok(Evaluation {
        own_guide,
        refitted_guide,
        sizes: *options,
    })
}

/// A fresh guide, trained on fantasies of the frozen model: the same recipe for every model.
///
/// # Errors
/// When the configuration is out of range.
pub fn refit(
    model: &StringModel,
    config: &Config,
    steps: u64,
) -> Result<StringGuide, SettingError> {
    let guide = StringGuide::new(config, &training_device())?;
    let source = Source::Fantasy {
        count: 2 * config.learning.batch,
    };
    let rates = Rates {
        model: 0.0,
        guide: config.pretraining_rate,
        likelihood: 0.0,
    };
    let terms = vec![Term::new(source, SLEEP, Scale::new(0.0, 1.0))];
    let phases = vec![Phase {
        until: u64::MAX,
        terms,
        rates,
    }];
    let data = vec![Strings::default()];
    // Not the fantasies of the training, which its own guide has seen.
    let seed = config.learning.seed.wrapping_add(Purpose::Refit.tag());
    let mut learner = WakeSleep::new(model.clone(), guide, data, 0, phases, seed)?;
    for step in 0..steps {
        learner.step(&[0], step);
    }
    Ok(learner.guide().clone())
}

/// The metrics with one guide.
pub fn judge(
    model: &StringModel,
    guide: &StringGuide,
    concepts: &[Concept],
    options: &EvaluateOptions,
) -> Metrics {
    let (model, guide) = (model.valid(), guide.valid());
    let usable: Vec<(usize, &Concept, Strings)> = concepts
        .iter()
        .enumerate()
        .map(|(i, c)| (i, c, c.observation()))
        .filter(|(_, _, x)| !x.is_empty())
        .collect();
    let judged: Vec<(ConceptScore, Posterior)> = usable
        .par_iter()
        .map(|(i, concept, x)| judge_concept(&model, &guide, *i, concept, x, options))
        .collect();
    let parts: Vec<(&Concept, &Posterior)> = usable
        .iter()
        .zip(&judged)
        .map(|((_, c, _), (_, q))| (*c, q))
        .collect();
    let errors = classify(&model, &parts, options);
    let concepts = judged.into_iter().map(|(score, _)| score).collect();
    Metrics {
        concepts,
        classification: Mean::of(&errors),
        classes: errors.len(),
    }
}

fn judge_concept(
    model: &StringModel,
    guide: &StringGuide,
    index: usize,
    concept: &Concept,
    x: &Strings,
    options: &EvaluateOptions,
) -> (ConceptScore, Posterior) {
    let address = [options.seed, index as u64];
    let mut found = search(model, guide, x, &options.search, address).members;
    include_support(model, x, &mut found);
    let exact = logsumexp(&found.iter().map(|f| f.log_joint).collect::<Vec<_>>());
    let outside = log_mass_outside(model, guide, x, &found, options, address);
    let q = posterior(&found);
    let test = Strings::new(concept.test.iter().filter_map(|s| encode(s).ok()));
    let predicted = (!test.is_empty()).then(|| predict(model, &q, &test));
    let score = ConceptScore {
        name: concept.name.clone(),
        marginal_nll: -logsumexp(&[exact, outside]),
        search_nll: -exact,
        predictive_nll: predicted.map(|p| p.0),
        only_support: predicted.map(|p| p.1),
    };
    (score, q)
}

/// Q must give every string positive probability: `.*` belongs to it, with its true weight.
fn include_support(model: &StringModel, x: &Strings, found: &mut Vec<Found>) {
    let Some(program) = model
        .support()
        .filter(|s| found.iter().all(|f| f.draft.program != *s))
    else {
        return;
    };
    let log_prior = model.log_priors(std::slice::from_ref(&program))[0];
    let log_likelihood = log_prob(&program, x, &model.parameters());
    found.push(Found {
        log_joint: log_prior + log_likelihood,
        note: log_prior,
        draft: Draft {
            program,
            start: log_likelihood,
        },
    });
}

/// log of 1/S sum [z not in A] p(z, X) / r(z | X).
fn log_mass_outside(
    model: &StringModel,
    guide: &StringGuide,
    x: &Strings,
    found: &[Found],
    options: &EvaluateOptions,
    [seed, item]: [u64; 2],
) -> f64 {
    let stream = |i: usize, purpose: Purpose| Stream::at([seed, item, i as u64, purpose.tag()]);
    let from_prior = (0..options.samples)
        .filter(|&i| stream(i, Purpose::Broad).uniform() < options.defensive)
        .count();
    let mut rngs: Vec<Stream> = (0..from_prior)
        .map(|i| stream(i, Purpose::BroadDraws))
        .collect();
    let mut programs: Vec<Regex> = model
        .sample_latent(&mut rngs)
        .into_iter()
        .map(|z| z.0)
        .collect();
    let encoding = guide.encode(&[x]);
    let rest = options.samples - from_prior;
    let mut rngs: Vec<Stream> = (0..rest).map(|i| stream(i, Purpose::Draws)).collect();
    programs.extend(
        guide
            .sample(&encoding, &vec![0; rest], &mut rngs)
            .into_iter()
            .map(|p| p.0),
    );
    let parameters = model.parameters();
    let known: std::collections::HashSet<&Regex> = found.iter().map(|f| &f.draft.program).collect();
    let mut outside: Vec<(Regex, f64)> = programs
        .into_iter()
        .filter(|p| !known.contains(p))
        .map(|p| (p.clone(), log_prob(&p, x, &parameters)))
        .filter(|(_, l)| *l > f64::NEG_INFINITY)
        .collect();
    outside.sort_by(|a, b| a.0.cmp(&b.0));
    if outside.is_empty() {
        return f64::NEG_INFINITY;
    }
    let (programs, likelihoods): (Vec<Regex>, Vec<f64>) = outside.into_iter().unzip();
    let priors = model.log_priors(&programs);
    let log_q = host(&guide.log_prob(&encoding, &vec![0; programs.len()], &programs));
    let weights: Vec<f64> = (0..programs.len())
        .map(|i| {
            let guided = (1.0 - options.defensive).ln() + f64::from(log_q[i]);
            let defended = options.defensive.ln() + priors[i];
            priors[i] + likelihoods[i] - logsumexp(&[guided, defended])
        })
        .collect();
    logsumexp(&weights) - (options.samples as f64).ln()
}

/// -log sum_z Q(z) prod_j p(x_j | z), and the share of the strings that only `.*` explains.
fn predict(model: &StringModel, q: &Posterior, test: &Strings) -> (f64, f64) {
    let parameters = model.parameters();
    let support = model.support();
    let mut explained = vec![false; test.len()];
    let mut joint = Vec::with_capacity(q.len());
    for (program, weight) in q {
        let automaton = Automaton::compile(program, &parameters);
        let each: Vec<f64> = test.iter().map(|s| automaton.log_prob(s)).collect();
        joint.push(weight.ln() + each.iter().sum::<f64>());
        if Some(program) != support.as_ref() && *weight > 0.0 {
            each.iter()
                .zip(&mut explained)
                .for_each(|(l, e)| *e |= l.is_finite());
        }
    }
    let unexplained = explained.iter().filter(|e| !**e).count() as f64;
    (-logsumexp(&joint), unexplained / test.len() as f64)
}

/// Assigns one test string of each class to the class of highest predictive probability (uniform prior);
/// the error of each, ties in proportion.
fn classify(
    model: &StringModel,
    parts: &[(&Concept, &Posterior)],
    options: &EvaluateOptions,
) -> Vec<f64> {
    let mut classes: Vec<&(&Concept, &Posterior)> = parts
        .iter()
        .filter(|(c, _)| c.test.iter().any(|s| encode(s).is_ok()))
        .collect();
    let mut rng = Stream::at([options.seed, 0, 0, Purpose::Classes.tag()]);
    rng.shuffle(&mut classes);
    classes.truncate(options.classes);
    let strings: Vec<Vec<u8>> = classes
        .iter()
        .filter_map(|(c, _)| {
            let usable: Vec<Vec<u8>> = c.test.iter().filter_map(|s| encode(s).ok()).collect();
            usable.get(rng.below(usable.len().max(1))).cloned()
        })
        .collect();
    let parameters = model.parameters();
    let densities: Vec<Predictive> = classes
        .iter()
        .map(|(_, q)| Predictive::new(q, &parameters))
        .collect();
    strings
        .par_iter()
        .enumerate()
        .map(|(truth, string)| {
            let scores: Vec<f64> = densities.iter().map(|d| d.log_prob(string)).collect();
            let best = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let tied = scores.iter().filter(|s| **s >= best - 1e-12).count() as f64;
            1.0 - if scores[truth] >= best - 1e-12 {
                1.0 / tied
            } else {
                0.0
            }
        })
        .collect()
}

#[cfg(test)]
mod tests;
