//! The settings of training that every domain has.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::term::MOST_REFINEMENT;
use super::{Algorithm, Recall, Shares};
use crate::domain::Schedule;
use helmholtz_math::error::SettingError;
use helmholtz_nn::Rates;

/// The most observations per step.
const MOST_BATCH: usize = 100_000;
/// The most evaluations per observation and step.
const MOST_PARTICLES: usize = 10_000;
/// The most fantasies per observation.
const MOST_FANTASIES: usize = 1000;

/// What is learned by, how long, and from how much at a time.
///
/// A domain's configuration holds it among its own settings, on the same level of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Learning {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// Evaluations of p per observation and step (K).
    ///
    /// `mws-2019` counts as that paper does: K members and one proposal.
    #[schemars(range(min = 1, max = MOST_PARTICLES))]
    pub particles: usize,
    /// Continuous samples per program, in models that have such latents (K of HMWS); a divisor of `particles`.
    ///
    /// Of K (M + N) particles a memory has M members and N proposals.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = MOST_PARTICLES))]
    pub samples: usize,
    /// The step to stop at, counted from the start, pre-training included.
    pub steps: u64,
    /// Observations per step.
    #[schemars(range(min = 1, max = MOST_BATCH))]
    pub batch: usize,
    /// The seed of everything random.
    pub seed: u64,
    /// Fantasies per observation of the batch, for algorithms whose guide learns from them.
    #[schemars(range(min = 0, max = MOST_FANTASIES))]
    pub fantasies: usize,
    /// The share of the guide's gradient that comes from fantasies in `mws-mix` and `rws-mix`.
    #[serde(default = "half")]
    #[schemars(range(min = 0, max = 1))]
    pub mix: f64,
    /// The share of defensive proposals for algorithms without a memory.
    #[schemars(range(min = 0), extend("exclusiveMaximum" = 1))]
    pub defensive: f64,
    /// The share of a memory's proposals that are drawn from the prior.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1))]
    pub exploration: f64,
    /// The share of a memory's proposals that are local edits of its members; the paper has none.
    ///
    /// `tvem` has nothing else.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1))]
    pub edits: f64,
    /// The share of a memory's members that are ranked by p(z)^power p(x | z) instead of p(z, x).
    ///
    /// So a learned prior does not shut out what it has not seen yet; the paper has none.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1))]
    pub broad: f64,
    /// The power of the prior in the ranking of that share.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub power: f64,
    /// Whether the first half of a program's continuous samples ranks it, and the others weigh it; the paper has all of them
    /// do both.
    #[serde(default)]
    pub apart: bool,
    /// The decay of the running baseline of `elbo` and `iwae`; left out for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0), extend("exclusiveMaximum" = 1))]
    pub baseline: Option<f64>,
    /// How much the estimates of a member's evidence of earlier visits count at the next, for models with
    /// continuous latents; 0 for none (HMWS).
    #[serde(default)]
    #[schemars(range(min = 0), extend("exclusiveMaximum" = 1))]
    pub pooling: f64,
    /// Newton steps by which a program's continuous posterior is improved at a visit, in models that can; 0 for
    /// none (HMWS).
    ///
    /// Members remember it. A step costs a gradient for every coordinate.
    #[serde(default)]
    #[schemars(range(min = 0, max = MOST_REFINEMENT))]
    pub refinement: usize,
    /// The share of continuous samples from the guide where a posterior is remembered,
    /// above 0 and at most 1.
    #[serde(default = "fifth")]
    pub guided: f64,
    /// Whether a proposal that repeats a member gives it more continuous samples.
    ///
    /// Estimates are better then, for more evaluations, of which there are never more than `particles`. Otherwise it
    /// costs nothing (HMWS).
    #[serde(default)]
    pub repeats: bool,
    /// Replay one sampled member of the memory (the paper) instead of all, weighted (light ones by roulette).
    pub sampled_replay: bool,
}

fn one() -> usize {
    1
}

fn fifth() -> f64 {
    0.2
}

fn half() -> f64 {
    0.5
}

impl Default for Learning {
    /// Ten particles, everything else as in the papers.
    fn default() -> Self {
        Self {
            algorithm: Algorithm::MWS,
            particles: 10,
            samples: one(),
            steps: 10_000,
            batch: 20,
            seed: 1,
            fantasies: 1,
            mix: half(),
            defensive: 0.0,
            exploration: 0.0,
            edits: 0.0,
            broad: 0.0,
            power: 0.0,
            apart: false,
            baseline: None,
            pooling: 0.0,
            refinement: 0,
            guided: fifth(),
            repeats: false,
            sampled_replay: false,
        }
    }
}

impl Learning {
    /// Refuses what cannot work.
    ///
    /// # Errors
    /// Names the first setting that is out of range and says what is in it.
    pub fn check(&self) -> Result<(), SettingError> {
        let terms = self.algorithm.terms(self)?;
        terms
            .iter()
            .try_for_each(|term| term.check(self.memory()))?;
        in_range("batch", self.batch, MOST_BATCH)?;
        in_range("particles", self.particles, MOST_PARTICLES)?;
        in_range("samples", self.samples, self.particles)?;
        if self.memory() > 0 && !self.particles.is_multiple_of(self.samples) {
            let reason = format!(
                "{}; it has to divide the {} particles",
                self.samples, self.particles
            );
            return Err(SettingError::new("samples", reason));
        }
        in_range("fantasies", self.fantasies.max(1), MOST_FANTASIES)?;
        let programs = self.batch * self.particles;
        in_range("batch times particles", programs, 1_000_000)
    }

    /// What the trainer has to know.
    pub fn schedule(&self) -> Schedule {
        let Self {
            steps, batch, seed, ..
        } = *self;
        Schedule { steps, batch, seed }
    }

    /// Programs that a step scores, with those that it dreams.
    pub fn evaluations(&self) -> f64 {
        let each = match self.memory() {
            0 => self.particles,
            members => self.programs().max(2 * members),
        };
        self.batch as f64 * (each + self.fantasies) as f64
    }

    /// The size of each observation's memory; 0 for algorithms without one.
    pub fn memory(&self) -> usize {
        self.algorithm.memory(self.programs()).0
    }

    /// Programs per observation and step, of algorithms with a memory.
    pub(super) fn programs(&self) -> usize {
        self.particles / self.samples.max(1)
    }

    /// What members remember.
    pub(super) fn recall(&self) -> Recall {
        Recall {
            pooling: self.pooling,
            refinement: self.refinement,
            guided: self.guided,
            repeats: self.repeats,
        }
    }

    /// Where a memory's proposals come from.
    pub(super) fn shares(&self) -> Shares {
        Shares {
            exploration: self.exploration,
            edits: self.edits,
        }
    }
}

/// Refuses a count that is not from 1 to `most`.
pub fn in_range(name: &str, value: usize, most: usize) -> Result<(), SettingError> {
    match (1..=most).contains(&value) {
        true => Ok(()),
        false => {
            let reason = format!("{value}; choose from 1 to {most}");
            Err(SettingError::new(name, reason))
        }
    }
}

/// Refuses a learning rate that is none.
pub fn is_rate(name: &str, rate: f64) -> Result<(), SettingError> {
    match (0.0..=1.0).contains(&rate) {
        true => Ok(()),
        false => {
            let reason = format!("{rate}; a rate is from 0 to 1");
            Err(SettingError::new(name, reason))
        }
    }
}

/// Refuses learning rates that are none.
pub fn are_rates(rates: &Rates) -> Result<(), SettingError> {
    is_rate("rates.model", rates.model)?;
    is_rate("rates.guide", rates.guide)?;
    is_rate("rates.likelihood", rates.likelihood)
}

/// Refuses the first number that is not between the least and the most of its name.
pub fn between(each: &[(&str, f64, [f64; 2])]) -> Result<(), SettingError> {
    for (name, value, [least, most]) in each {
        if !(least..=most).contains(&value) {
            let reason = format!("{value}; choose from {least} to {most}");
            return Err(SettingError::new(*name, reason));
        }
    }
    Ok(())
}
