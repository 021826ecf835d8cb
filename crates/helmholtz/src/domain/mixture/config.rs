//! The settings of a run on partitions of points.

use serde::{Deserialize, Serialize};

use super::partition::MOST_POINTS;
use crate::algorithm::{Algorithm, Budget, Shares};
use crate::error::SettingError;
use crate::nn::Rates;
use crate::train::Phase;

/// Everything that decides a run, its data apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// Evaluations of p per set and step (K).
    pub particles: usize,
    /// The step to stop at.
    pub steps: u64,
    /// Sets per step.
    pub batch: usize,
    /// The seed of everything random.
    pub seed: u64,
    /// Fantasies per set of the batch, for algorithms whose guide learns from them.
    pub fantasies: usize,
    /// The share of proposals from the prior.
    pub defensive: f64,
    /// The share of a memory's proposals that are local edits of its members.
    pub edits: f64,
    /// The decay of the running baseline of `elbo` and `iwae`; left out for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<f64>,
    /// Replay one sampled member of the memory instead of all, weighted.
    pub sampled_replay: bool,
    /// The learning rate of everything.
    pub rate: f64,
    /// Points per set.
    pub points: usize,
    /// Theta at the start, row by row.
    pub theta: [f64; 4],
    /// The width of the guide's hidden layer.
    pub hidden: usize,
}

impl Default for Config {
    /// MWS, section 4.1 and supplement E, with K = 10.
    fn default() -> Self {
        Self {
            algorithm: Algorithm::Mws,
            particles: 10,
            steps: 50_000,
            batch: 20,
            seed: 1,
            fantasies: 1,
            defensive: 0.0,
            edits: 0.0,
            baseline: None,
            sampled_replay: false,
            rate: 1e-3,
            points: 7,
            theta: [1.0, 0.0, 0.0, 1.0],
            hidden: 16,
        }
    }
}

impl Config {
    /// Refuses what cannot work.
    ///
    /// # Errors
    /// Names the first setting that is out of range and says what is in it.
    pub fn check(&self) -> Result<(), SettingError> {
        self.algorithm.terms(&self.budget())?;
        let count = |name: &str, value: usize, most: usize| match (1..=most).contains(&value) {
            true => Ok(()),
            false => {
                let reason = format!("{value}; choose from 1 to {most}");
                Err(SettingError::new(name, reason))
            }
        };
        count("points", self.points, MOST_POINTS)?;
        count("hidden", self.hidden, 10_000)?;
        count("batch", self.batch, 100_000)?;
        count("particles", self.particles, 10_000)?;
        if !(self.rate >= 0.0 && self.rate.is_finite()) {
            return Err(SettingError::new("rate", "a finite number, at least 0"));
        }
        match self.theta.iter().all(|t| t.is_finite()) {
            true => Ok(()),
            false => Err(SettingError::new("theta", "four finite numbers")),
        }
    }

    /// The sizes that turn the algorithm's name into terms.
    pub fn budget(&self) -> Budget {
        Budget {
            particles: self.particles,
            fantasies: self.fantasies,
            defensive: self.defensive,
            shares: Shares {
                defensive: self.defensive,
                edits: self.edits,
            },
            baseline: self.baseline,
            sampled_replay: self.sampled_replay,
        }
    }

    /// The one phase of training.
    ///
    /// # Errors
    /// When the algorithm refuses its budget.
    pub fn phases(&self) -> Result<Vec<Phase>, SettingError> {
        Ok(vec![Phase {
            until: u64::MAX,
            terms: self.algorithm.terms(&self.budget())?,
            rates: Rates {
                model: self.rate,
                guide: self.rate,
                likelihood: self.rate,
            },
        }])
    }
}
