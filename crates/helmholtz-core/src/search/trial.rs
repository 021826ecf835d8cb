//! Searches whose truth is known: what confidence is learned from.

use std::hash::Hash;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::{Agreement, Budget, Confidence, Draft, MemberOf, PosteriorOf, Space, search};
use crate::domain::Domain;
use helmholtz_math::logsumexp;

/// A domain whose search can be tried. Networks are best given outside the gradient graph (`valid()`).
pub trait Tried: Domain {
    /// Searches for what the model made of a program that it drew, the draw of that number; `None` where that is nothing
    /// that can be explained.
    fn drawn(config: &Self::Config, networks: &Self::Networks, number: u64) -> Option<Trial>;

    /// Searches for something recorded, and compares the answer with that of a search of [`LONGER`] times the budget.
    fn recorded(
        config: &Self::Config,
        networks: &Self::Networks,
        datum: &Self::Datum,
    ) -> Option<Trial>;

    /// How far the answers of this search are trusted.
    fn confidence() -> &'static Confidence;
}

/// What a search said, and what is true.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// What its restarts said about each other.
    pub agreement: Agreement,
    /// The weight of the best answer among what was found.
    pub weight: f64,
    /// Whether that is the truth.
    pub right: f64,
    /// The share of the truth that was found: 0 or 1 where a program is known that made the data, which is a draw of the
    /// posterior; else the share of the mass that a much longer search has.
    pub found: f64,
    /// log p(z, x) of what is best as far as known, less that of what was found; above 0 the search has missed it.
    pub gap: f64,
}

/// Searches for what a known program made; `None` where that cannot be scored.
pub fn known<S: Space>(space: &S, budget: &Budget, truth: S::Program) -> Option<Trial>
where
    S::Start: Default,
{
    let mut drafts = [Draft::new(truth)];
    let screen = space.screen(&mut drafts, f64::NEG_INFINITY);
    let possible = screen.first().is_some_and(|s| *s > f64::NEG_INFINITY);
    let scored = space.score(&drafts).into_iter().flatten();
    let truth = space.settle(scored.filter(|_| possible).collect());
    let truth = truth.first()?;
    let posterior = search(space, budget);
    let best = posterior.members.first()?;
    let key = space.same_answer(truth);
    let found = posterior
        .members
        .iter()
        .any(|m| space.same_answer(m) == key);
    Some(Trial {
        agreement: posterior.agreement,
        weight: weights(space, &posterior.members)[&space.same_answer(best)],
        right: f64::from(u8::from(space.same_answer(best) == key)),
        found: f64::from(u8::from(found)),
        gap: truth.log_joint - best.log_joint,
    })
}

/// How many times the budget of a search the search has that judges it.
pub const LONGER: usize = 50;

/// Compares a search with one of [`LONGER`] times its budget; `None` where nothing was found.
pub fn compared<S: Space>(space: &S, budget: &Budget) -> Option<Trial> {
    let posterior = search(space, budget);
    let longer = Budget {
        restarts: 10 * budget.restarts,
        rounds: LONGER / 10 * budget.rounds,
        patience: budget.patience.saturating_mul(LONGER / 10),
        evaluations: budget.evaluations.saturating_mul(LONGER as u64),
        seed: budget.seed.wrapping_add(1),
        ..*budget
    };
    let longer = search(space, &longer);
    let best = posterior.members.first()?;
    let all = union::<S>(&posterior, longer);
    let first = all.first()?;
    let shares = weights(space, &all);
    let mine = weights(space, &posterior.members);
    let found = mine.keys().filter_map(|key| shares.get(key));
    Some(Trial {
        agreement: posterior.agreement,
        weight: mine[&space.same_answer(best)],
        right: shares[&space.same_answer(best)],
        found: found.sum::<f64>().min(1.0),
        gap: first.log_joint - best.log_joint,
    })
}

/// What either found, best first.
fn union<S: Space>(one: &PosteriorOf<S>, other: PosteriorOf<S>) -> Vec<MemberOf<S>> {
    let mut all = one.members.clone();
    for member in other.members {
        if all.iter().all(|m| m.draft.program != member.draft.program) {
            all.push(member);
        }
    }
    all.sort_by(|a, b| b.log_joint.total_cmp(&a.log_joint));
    all
}

/// The weight of each answer: programs that are the same one together.
fn weights<S: Space>(space: &S, members: &[MemberOf<S>]) -> FxHashMap<S::Key, f64>
where
    S::Key: Eq + Hash,
{
    let joints: Vec<f64> = members.iter().map(|m| m.log_joint).collect();
    let total = logsumexp(&joints);
    let mut weights = FxHashMap::default();
    for member in members {
        let weight = (member.log_joint - total).exp();
        *weights.entry(space.same_answer(member)).or_insert(0.0) += weight;
    }
    weights
}
