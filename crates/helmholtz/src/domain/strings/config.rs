//! Every setting of the string domain, in one checked structure.

use serde::{Deserialize, Serialize};

use super::grammar::Grammar;
use crate::algorithm::{Algorithm, Budget, Scale, Shares, Source, Term};
use crate::error::SettingError;
use crate::estimator::SLEEP;
use crate::nn::Rates;
use crate::train::Phase;

/// The widths of the networks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sizes {
    /// The state of the prior's network.
    pub prior: usize,
    /// The states of the guide's encoder and decoder.
    pub guide: usize,
    /// The guide's last layer before the token probabilities.
    pub width: usize,
}

impl Default for Sizes {
    fn default() -> Self {
        Self {
            prior: 96,
            guide: 128,
            width: 128,
        }
    }
}

/// Settings of a model of string concepts and of its training.
///
/// The same phases hold for every algorithm: first prior and guide are pre-trained on a hand-written
/// grammar, then the algorithm takes over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// Evaluations of p per concept and step (K): memory and proposals together.
    pub particles: usize,
    /// The step to stop at, counted from the start, pre-training included.
    pub steps: u64,
    /// Steps of pre-training, within `steps`.
    pub pretraining: u64,
    /// Concepts per step.
    pub batch: usize,
    /// The seed of everything random.
    pub seed: u64,
    /// Fantasies per concept of the batch, for algorithms whose guide learns from them.
    pub fantasies: usize,
    /// The share of defensive proposals for algorithms without a memory.
    pub defensive: f64,
    /// The share of a memory's proposals that are local edits of its members; the paper has none.
    pub edits: f64,
    /// The decay of the running baseline of `elbo` and `iwae`; left out for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<f64>,
    /// Replay one sampled member of the memory (the paper) instead of all, weighted.
    pub sampled_replay: bool,
    /// Offer each memory the programs that the shapes of its strings suggest, once, after pre-training.
    pub induction: bool,
    /// For VIMCO: log-weights are at least the log-joint of `.*` minus this many nats.
    pub floor: f64,
    /// Gradients longer than this are shortened to it.
    pub clip: f64,
    /// Learning rates of pre-training; the likelihood does not learn then.
    pub pretraining_rate: f64,
    /// Learning rates after pre-training.
    pub rates: Rates,
    /// The likelihood's operator probabilities at the start: repeat, maybe, either.
    pub operators: [f64; 3],
    /// Strings per fantasy, and drawn from a column that has many.
    pub strings: usize,
    /// The longest program, in tokens.
    pub max_tokens: usize,
    /// The longest string, in characters: fantasies that are longer are dropped and counted, and readers
    /// are told to leave longer ones out.
    pub max_length: usize,
    /// The widths of the networks.
    pub sizes: Sizes,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            algorithm: Algorithm::MwsMix,
            particles: 10,
            steps: 3000,
            pretraining: 1000,
            batch: 20,
            seed: 1,
            fantasies: 1,
            defensive: 0.1,
            edits: 0.0,
            baseline: None,
            sampled_replay: false,
            induction: true,
            floor: 10.0,
            clip: 10.0,
            pretraining_rate: 2e-3,
            rates: Rates {
                model: 5e-4,
                guide: 1e-3,
                likelihood: 2e-3,
            },
            operators: [0.5; 3],
            strings: 5,
            max_tokens: 60,
            max_length: 40,
            sizes: Sizes::default(),
        }
    }
}

impl Config {
    /// The longest string that may be asked for: memory per string is proportional to it.
    pub const MOST_LENGTH: usize = 1000;

    /// Refuses what cannot work.
    ///
    /// # Errors
    /// Names the first setting that is out of range and says what is in it.
    pub fn check(&self) -> Result<(), SettingError> {
        self.algorithm.terms(&self.budget())?;
        let count = |name: &str, value: usize, most: usize| match (1..=most).contains(&value) {
            true => Ok(()),
            false => Err(SettingError::new(
                name,
                format!("{value}; choose from 1 to {most}"),
            )),
        };
        count("batch", self.batch, 100_000)?;
        count("particles", self.particles, 10_000)?;
        count("fantasies", self.fantasies.max(1), 1000)?;
        count(
            "batch times particles",
            self.batch * self.particles,
            1_000_000,
        )?;
        count("strings", self.strings, 100)?;
        if !(2..=Grammar::MAX_TOKENS).contains(&self.max_tokens) {
            let most = Grammar::MAX_TOKENS;
            let reason = format!("{}; choose from 2 (`.*`) to {most}", self.max_tokens);
            return Err(SettingError::new("max_tokens", reason));
        }
        count("max_length", self.max_length, Self::MOST_LENGTH)?;
        count("sizes.prior", self.sizes.prior, 4096)?;
        count("sizes.guide", self.sizes.guide, 4096)?;
        count("sizes.width", self.sizes.width, 4096)?;
        let rates = &self.rates;
        for (name, rate) in [
            ("pretraining_rate", self.pretraining_rate),
            ("rates.model", rates.model),
            ("rates.guide", rates.guide),
            ("rates.likelihood", rates.likelihood),
        ] {
            if !(0.0..=1.0).contains(&rate) {
                return Err(SettingError::new(
                    name,
                    format!("{rate}; a rate is from 0 to 1"),
                ));
            }
        }
        for (name, value) in [("floor", self.floor), ("clip", self.clip)] {
            if !(value > 0.0 && value.is_finite()) {
                return Err(SettingError::new(
                    name,
                    format!("{value}; it must be positive"),
                ));
            }
        }
        match self.operators.iter().all(|p| *p > 0.0 && *p < 1.0) {
            true => Ok(()),
            false => Err(SettingError::new(
                "operators",
                "probabilities between 0 and 1",
            )),
        }
    }

    /// The grammar of programs within the length limit.
    ///
    /// # Errors
    /// When `max_tokens` is out of range.
    pub fn grammar(&self) -> Result<Grammar, SettingError> {
        Grammar::new(self.max_tokens).map_err(|e| SettingError::new("max_tokens", e.to_string()))
    }

    /// The sizes that turn the algorithm's name into terms.
    pub fn budget(&self) -> Budget {
        Budget {
            particles: self.particles,
            fantasies: self.fantasies,
            defensive: self.defensive,
            shares: Shares {
                defensive: 0.0,
                edits: self.edits,
            },
            baseline: self.baseline,
            sampled_replay: self.sampled_replay,
        }
    }

    /// The size of each concept's memory; 0 for algorithms without one.
    pub fn memory(&self) -> usize {
        self.algorithm.memory(self.particles).0
    }

    /// Pre-training, then the algorithm.
    ///
    /// # Errors
    /// When the algorithm refuses its budget.
    pub fn phases(&self) -> Result<Vec<Phase>, SettingError> {
        let rate = self.pretraining_rate;
        let by_hand = Source::HandWritten { count: 1 };
        let pretraining = Phase {
            until: self.pretraining,
            terms: vec![Term::new(by_hand, SLEEP, Scale::new(1.0, 1.0))],
            rates: Rates {
                model: rate,
                guide: rate,
                likelihood: 0.0,
            },
        };
        let terms = self.algorithm.terms(&self.budget())?;
        Ok(vec![
            pretraining,
            Phase {
                until: u64::MAX,
                terms,
                rates: self.rates,
            },
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_sound() {
        assert_eq!(Config::default().check(), Ok(()));
    }

    #[test]
    fn settings_out_of_range_are_named() {
        type Change = fn(&mut Config);
        let broken: [(&str, Change); 6] = [
            ("max_tokens", |c| c.max_tokens = 1),
            ("rates.guide", |c| c.rates.guide = f64::NAN),
            ("operators", |c| c.operators[1] = 1.0),
            ("clip", |c| c.clip = 0.0),
            ("particles", |c| c.particles = 1),
            ("sizes.guide", |c| c.sizes.guide = 0),
        ];
        for (name, change) in broken {
            let mut config = Config::default();
            change(&mut config);
            assert_eq!(config.check().unwrap_err().setting, name);
        }
    }
}
