//! Settings of a domain whose prior and guide are those of [`crate::program`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::algorithm::learning::{are_rates, in_range};
use crate::algorithm::{Algorithm, Learning};
use crate::domain::{Schedule, Settings};
use crate::needs::Kept;
use crate::program::MOST;
use crate::train::Phase;
use helmholtz_math::error::SettingError;
use helmholtz_nn::Rates;

/// The widest network.
const WIDEST: usize = 4096;

/// Everything that decides a run, its data apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What every domain's training has.
    #[serde(flatten)]
    pub learning: Learning,
    /// Steps of pre-training on programs of the hand-written prior, within the steps of the run.
    pub pretraining: u64,
    /// Learning rates after pre-training.
    pub rates: Rates,
    /// The state of each network.
    #[schemars(range(min = 1, max = WIDEST))]
    pub hidden: usize,
    /// The longest program, in symbols.
    #[schemars(range(min = 1, max = MOST))]
    pub most_symbols: usize,
}

impl Default for Config {
    /// Sizes at which a step of a small grammar takes some milliseconds.
    fn default() -> Self {
        Self {
            learning: Learning {
                algorithm: Algorithm::MWS_MIX,
                steps: 2000,
                edits: 0.3,
                ..Learning::default()
            },
            pretraining: 300,
            rates: Rates::all(3e-3),
            hidden: 32,
            most_symbols: 15,
        }
    }
}

impl Settings for Config {
    fn schedule(&self) -> Schedule {
        self.learning.schedule()
    }

    fn method(&self) -> &'static str {
        self.learning.algorithm.name()
    }

    fn pretraining(&self) -> u64 {
        self.pretraining
    }

    fn kept(&self) -> Kept {
        Kept {
            applications: self.learning.evaluations() * self.most_symbols as f64,
            numbers: 0.0,
            programs: self.learning.memory(),
        }
    }

    /// The grammar knows how short `most_symbols` can be.
    fn check(&self) -> Result<(), SettingError> {
        self.learning.check()?;
        in_range("hidden", self.hidden, WIDEST)?;
        in_range("most_symbols", self.most_symbols, MOST)?;
        are_rates(&self.rates)
    }
}

impl Config {
    /// Pre-training, then the algorithm.
    ///
    /// # Errors
    /// When the algorithm refuses its settings.
    pub fn phases(&self) -> Result<Vec<Phase>, SettingError> {
        let first = Rates {
            likelihood: 0.0,
            ..self.rates
        };
        Phase::after_handcrafted((self.pretraining, first), &self.learning, self.rates)
    }
}
