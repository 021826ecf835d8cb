//! Searches whose truth is known: what confidence is learned from.

use serde::{Deserialize, Serialize};

use super::run::answers;
use super::{Agreement, Budget, Confidence, Draft, MemberOf, Space, search};
use crate::domain::Domain;
use crate::model::Model;
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;

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

/// A program that a model drew and what it made, the draw of that number; `None` where that is no possible observation.
pub fn made<M: Model>(model: &M, number: u64) -> Option<(M::Discrete, M::Observation)> {
    let address = |purpose: Purpose| [Stream::at([0, number, 0, purpose.tag()])];
    let latents = model.sample_latent(&mut address(Purpose::Fantasy));
    let mut made = model.sample_observation(&latents, &mut address(Purpose::FantasyObservation));
    let observation = made.pop()??;
    let (program, _) = latents.into_iter().next()?;
    Some((program, observation))
}

/// What a search said of its best answer, and what is true.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// What its restarts said about each other.
    pub agreement: Agreement,
    /// The weight of the best answer among what was found.
    pub weight: f64,
    /// Whether that is the truth: 0 or 1, or how probable it is by a much longer search.
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
    let finite = |m: &MemberOf<S>| m.log_joint.is_finite();
    let scored = space.score(&drafts).into_iter().flatten();
    let truth = space.settle(scored.filter(|m| possible && finite(m)).collect());
    let truth = truth.first().filter(|m| finite(m))?;
    let posterior = search(space, budget);
    let (key, all) = (space.same_answer(truth), answers(space, &posterior.members));
    let is = |is: bool| f64::from(u8::from(is));
    let best = posterior.members.first();
    Some(Trial {
        agreement: posterior.agreement,
        weight: all.first().map_or(0.0, |a| a.1.weight.min(1.0)),
        right: is(all.first().is_some_and(|a| a.0 == key)),
        found: is(all.iter().any(|a| a.0 == key)),
        gap: best.map_or(0.0, |b| truth.log_joint - b.log_joint),
    })
}

/// How many times the budget of a search the search has that judges it.
pub const LONGER: usize = 50;

/// Compares a search with one of [`LONGER`] times its budget, which also keeps ten times as much; `None` where nothing was
/// found.
pub fn compared<S: Space>(space: &S, budget: &Budget) -> Option<Trial> {
    let posterior = search(space, budget);
    let longer = Budget {
        restarts: budget.restarts.saturating_mul(10),
        members: budget.members.saturating_mul(10),
        rounds: budget.rounds.saturating_mul(LONGER / 10),
        patience: budget.patience.map(|p| p.saturating_mul(LONGER / 10)),
        evaluations: budget.evaluations.map(|e| e.saturating_mul(LONGER as u64)),
        seed: budget.seed.wrapping_add(1),
        ..*budget
    };
    let longer = search(space, &longer);
    let mine = answers(space, &posterior.members);
    let union = union::<S>(posterior.members.clone(), longer.members);
    let (best, known) = (posterior.members.first()?, union.first()?);
    let share = |key: &S::Key| {
        let all = answers(space, &union).into_iter();
        all.filter(|a| a.0 == *key).map(|a| a.1.weight).sum::<f64>()
    };
    let first = mine.first()?;
    Some(Trial {
        agreement: posterior.agreement,
        weight: first.1.weight.min(1.0),
        right: share(&first.0).min(1.0),
        found: mine.iter().map(|a| share(&a.0)).sum::<f64>().min(1.0),
        gap: known.log_joint - best.log_joint,
    })
}

/// What either found, best first; of a program that both did, where it scored higher.
fn union<S: Space>(mut all: Vec<MemberOf<S>>, other: Vec<MemberOf<S>>) -> Vec<MemberOf<S>> {
    for member in other {
        let same = |m: &&mut MemberOf<S>| m.draft.program == member.draft.program;
        match all.iter_mut().find(same) {
            Some(mine) if mine.log_joint >= member.log_joint => {}
            Some(mine) => *mine = member,
            None => all.push(member),
        }
    }
    all.sort_by(|a, b| b.log_joint.total_cmp(&a.log_joint));
    all
}
