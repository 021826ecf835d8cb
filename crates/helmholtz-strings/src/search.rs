//! Searching for programs that explain some strings: guide proposals and programs read off the strings,
//! then local edits of the best.
//!
//! The same search serves every algorithm's model when models are compared, and `explain`. Scores are
//! exact joints, so any proposal is valid, whatever it depends on: members are ranked by the joint.

use std::collections::HashMap;

use helmholtz_nn::Module;

use super::data::Strings;
use super::edit::edit;
use super::guide::StringGuide;
use super::induction::induce;
use super::model::StringModel;
use super::program::Regex;
use super::writing::support;
use helmholtz_core::guide::Guide;
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;

/// How far a search goes.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SearchBudget {
    /// Programs drawn from the guide.
    pub proposals: usize,
    /// Rounds of editing.
    pub rounds: usize,
    /// Edits per round.
    pub edits: usize,
    /// Programs kept, best first, and edited.
    pub keep: usize,
}

impl Default for SearchBudget {
    fn default() -> Self {
        Self {
            proposals: 200,
            rounds: 20,
            edits: 100,
            keep: 50,
        }
    }
}

/// A program with its score.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The program.
    pub program: Regex,
    /// log p(z).
    pub log_prior: f64,
    /// log p(X | z), or whatever likelihood the search was given.
    pub log_likelihood: f64,
}

impl Found {
    /// log p(z, X).
    pub fn log_joint(&self) -> f64 {
        self.log_prior + self.log_likelihood
    }
}

/// Programs with their scores, each once.
pub(super) struct Pool<'a, L: Fn(&Regex) -> f64 + Sync> {
    model: &'a StringModel,
    likelihood: L,
    found: HashMap<Regex, Found>,
}

impl<'a, L: Fn(&Regex) -> f64 + Sync> Pool<'a, L> {
    /// A pool that holds the program of guaranteed support.
    pub(super) fn new(model: &'a StringModel, likelihood: L) -> Self {
        let mut pool = Self {
            model,
            likelihood,
            found: HashMap::new(),
        };
        pool.add([support()]);
        pool
    }

    /// Scores programs that are new.
    pub(super) fn add(&mut self, programs: impl IntoIterator<Item = Regex>) {
        let mut new: Vec<Regex> = programs
            .into_iter()
            .filter(|p| !self.found.contains_key(p))
            .collect();
        new.sort_unstable();
        new.dedup();
        let scored: Vec<f64> = {
            use rayon::prelude::*;
            new.par_iter().map(|p| (self.likelihood)(p)).collect()
        };
        // The prior costs most and matters only for programs that can produce the strings at all.
        let (possible, likelihoods): (Vec<Regex>, Vec<f64>) = new
            .into_iter()
            .zip(scored)
            .filter(|(_, l)| *l > f64::NEG_INFINITY)
            .unzip();
        let priors = self.model.log_priors(&possible);
        for ((program, log_likelihood), log_prior) in
            possible.into_iter().zip(likelihoods).zip(priors)
        {
            self.found.insert(
                program.clone(),
                Found {
                    program,
                    log_prior,
                    log_likelihood,
                },
            );
        }
    }

    /// The log-joint of the best program.
    pub(super) fn highest(&self) -> f64 {
        let joints = self.found.values().map(Found::log_joint);
        joints.fold(f64::NEG_INFINITY, f64::max)
    }

    /// The best `keep` programs, best first; ties are in the order of programs.
    pub(super) fn best(&self, keep: usize) -> Vec<Found> {
        let mut all: Vec<Found> = self.found.values().cloned().collect();
        all.sort_by(|a, b| {
            b.log_joint()
                .total_cmp(&a.log_joint())
                .then_with(|| a.program.cmp(&b.program))
        });
        all.truncate(keep);
        all
    }

    /// One round: edits of members chosen with a preference for the better ones.
    pub(super) fn edit_round(&mut self, budget: &SearchBudget, hints: &[u8], rng: &mut Stream) {
        let members = self.best(budget.keep.max(1));
        let grammar = self.model.grammar();
        let edited: Vec<Regex> = (0..budget.edits)
            .filter_map(|_| {
                // The smaller of two uniform indices: rank r is chosen in proportion to the worse ranks.
                let at = rng.below(members.len()).min(rng.below(members.len()));
                let mut program = edit(&members[at].program, grammar, rng, hints)?;
                // Some improvements need two edits at once (a class and its operator).
                while rng.uniform() < 0.3 {
                    program = edit(&program, grammar, rng, hints).unwrap_or(program);
                }
                Some(program)
            })
            .collect();
        self.add(edited);
    }
}

/// `count` proposals of the guide for some strings. The guide must be outside the graph (`valid()`).
pub(super) fn propose(
    guide: &StringGuide,
    strings: &Strings,
    count: usize,
    stream: impl Fn(usize) -> Stream,
) -> Vec<(Regex, f64)> {
    let encoding = guide.encode(&[strings]);
    let mut rngs: Vec<Stream> = (0..count).map(stream).collect();
    guide.sample(&encoding, &vec![0; count], &mut rngs)
}

/// The best programs that a search finds for the strings, best first; `.*` is always among what is
/// scored. `address` addresses the random numbers: (seed, observation).
pub fn search(
    model: &StringModel,
    guide: &StringGuide,
    strings: &Strings,
    budget: &SearchBudget,
    address: [u64; 2],
) -> Vec<Found> {
    let parameters = model.parameters();
    let mut pool = Pool::new(model, |p| super::model::log_prob(p, strings, &parameters));
    let [seed, item] = address;
    let stream = |i: usize| Stream::at([seed, item, i as u64, Purpose::Proposals.tag()]);
    if !strings.is_empty() {
        let proposals = propose(&guide.valid(), strings, budget.proposals, stream);
        pool.add(proposals.into_iter().map(|p| p.0));
    }
    pool.add(induce(strings.iter(), model.grammar()));
    let hints = strings.characters();
    let mut rng = Stream::at([seed, item, 0, Purpose::SearchEdit.tag()]);
    for _ in 0..budget.rounds {
        pool.edit_round(budget, &hints, &mut rng);
    }
    pool.best(budget.keep.max(1))
}
