//! Explaining is visiting: the memory of one observation is offered programs again and again by a model and a guide that
//! stay as they are, and what it keeps is the answer.

use super::draw::Address;
use super::step::Step;
use crate::algorithm::{Recall, Scale, Shares, Source, Term};
use crate::estimator::MEMOISED;
use crate::guide::Guide;
use crate::memory::Memory;
use crate::model::Model;

/// How hard to look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effort {
    /// Programs that are kept.
    pub members: usize,
    /// How often the memory is visited.
    pub visits: usize,
    /// Programs proposed at a visit: by the guide, by edits and by the prior.
    pub proposals: usize,
    /// Continuous samples per program and visit, in models that have such latents.
    pub samples: usize,
    /// The seed of the proposals.
    pub seed: u64,
}

/// A program, and the logarithm of its share of the evidence, log p(z_d, x): exact where nothing is continuous, else
/// estimated over all visits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found<D> {
    /// The program.
    pub program: D,
    /// log p(z_d, x).
    pub log_joint: f64,
}

/// A third of the proposals are edits of members and a tenth are draws of the prior; of several the first is the guide's.
const SHARES: Shares = Shares {
    exploration: 0.1,
    edits: 0.33,
};

/// The best programs found for an observation, the most probable first; none where every one is impossible. Model and
/// guide are best given outside the gradient graph (`valid()`).
pub fn visit<M: Model, G: Guide<M>>(
    model: &M,
    guide: &G,
    observation: &M::Observation,
    effort: &Effort,
) -> Vec<Found<M::Discrete>> {
    let observations = [observation];
    let encoding = guide.encode(&observations);
    let step = Step {
        model,
        guide,
        plain_model: model.clone(),
        plain_guide: guide.clone(),
        items: &[0],
        observations: &observations,
        encoding: Some((&encoding, G::detach(&encoding))),
        floor: 0.0,
    };
    let source = Source::Memory {
        proposals: effort.proposals,
        shares: SHARES,
    };
    let mut term =
        Term::new(source, MEMOISED, Scale::new(0.0, 0.0)).with_samples(effort.samples.max(1));
    // The weights stay, so that every estimate is worth the same.
    term.recall = Recall {
        pooling: KEPT,
        ..Recall::default()
    };
    let mut memories = [Memory::new(effort.members, model.support())];
    for visit in 0..effort.visits as u64 {
        let address = Address {
            seed: effort.seed,
            step: visit,
            term: 0,
        };
        step.offer_only(&term, (effort.proposals, &SHARES), &mut memories, &address);
    }
    let [memory] = memories;
    let members = memory.programs().iter().enumerate();
    let found = members.filter_map(|(i, program)| {
        let evidence = memory.record(i)?.evidence?;
        Some(Found {
            program: program.clone(),
            log_joint: evidence.log_mean,
        })
    });
    let mut found: Vec<_> = found.collect();
    found.sort_by(|a, b| b.log_joint.total_cmp(&a.log_joint));
    found
}

/// A decay that forgets nothing to speak of; one of 1 is refused in training, where weights move.
const KEPT: f64 = 1.0 - 1e-9;
