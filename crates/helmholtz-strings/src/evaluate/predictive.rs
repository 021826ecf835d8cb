//! What a set of weighted programs expects of a string.

use super::super::automaton::Automaton;
use super::super::model::StringModel;
use super::super::parameters::Parameters;
use super::super::program::Regex;
use super::super::search::Found;
use helmholtz_core::model::Model;
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use helmholtz_math::{logsumexp, softmax};

/// Programs with their weights: Q.
pub type Posterior = Vec<(Regex, f64)>;

/// The posterior over the programs that a search found: weights proportional to the joint.
pub fn posterior(found: &[Found]) -> Posterior {
    let weights = softmax(&found.iter().map(|f| f.log_joint).collect::<Vec<_>>());
    found
        .iter()
        .map(|f| f.draft.program.clone())
        .zip(weights)
        .collect()
}

/// What the model expects before it has seen any string of a concept: `count` programs from the prior,
/// and the program of guaranteed support as one more, so that every string has a positive density.
///
/// The ratio of a concept's predictive density to this one is the Bayes factor of "it belongs to this
/// concept" against "it belongs to some other".
pub fn background(model: &StringModel, count: usize, seed: u64) -> Posterior {
    let mut rngs: Vec<Stream> = (0..count as u64)
        .map(|i| Stream::at([seed, i, 0, Purpose::Background.tag()]))
        .collect();
    let drawn = model.sample_latent(&mut rngs).into_iter().map(|z| z.0);
    let programs: Vec<Regex> = drawn.chain(model.support()).collect();
    let weight = 1.0 / programs.len() as f64;
    programs.into_iter().map(|p| (p, weight)).collect()
}

/// The predictive density of single strings, sum_z Q(z) p(x | z), with the programs compiled once.
pub struct Predictive<'p> {
    parts: Vec<(f64, Automaton<'p>)>,
}

impl<'p> Predictive<'p> {
    /// Compiles the programs of positive weight.
    pub fn new(q: &Posterior, parameters: &'p Parameters) -> Self {
        let compile = |(program, weight): &(Regex, f64)| {
            (weight.ln(), Automaton::compile(program, parameters))
        };
        let positive = q.iter().filter(|(_, weight)| *weight > 0.0);
        Self {
            parts: positive.map(compile).collect(),
        }
    }

    /// log sum_z Q(z) p(x | z), in nats.
    pub fn log_prob(&self, string: &[u8]) -> f64 {
        let parts = self.parts.iter();
        let each: Vec<f64> = parts.map(|(w, a)| w + a.log_prob(string)).collect();
        logsumexp(&each)
    }
}
