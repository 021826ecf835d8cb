//! Every setting of the string domain, in one checked structure.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::grammar::Grammar;
use helmholtz_core::algorithm::learning::{are_rates, in_range, is_rate};
use helmholtz_core::algorithm::{Algorithm, Learning};
use helmholtz_core::domain::{Schedule, Settings};
use helmholtz_core::needs::Kept;
use helmholtz_core::train::Phase;
use helmholtz_math::error::SettingError;
use helmholtz_nn::Rates;

/// The widest network.
const WIDEST: usize = 4096;
/// The most strings per fantasy.
const MOST_STRINGS: usize = 100;
/// So many tokens are `.*`, which explains everything.
const FEWEST_TOKENS: usize = 2;

/// The language of the programs that a run learns. Formats of columns are searched for and not trained, so that they have no runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// Regular expressions of the MWS paper, over what ASCII prints.
    #[default]
    Paper,
}

/// The widths of the networks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Sizes {
    /// The state of the prior's network.
    #[schemars(range(min = 1, max = WIDEST))]
    pub prior: usize,
    /// The states of the guide's encoder and decoder.
    #[schemars(range(min = 1, max = WIDEST))]
    pub guide: usize,
    /// The guide's last layer before the token probabilities.
    #[schemars(range(min = 1, max = WIDEST))]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What every domain's training has.
    #[serde(flatten)]
    pub learning: Learning,
    /// The language of programs.
    pub language: Language,
    /// Steps of pre-training, within the steps of the run.
    pub pretraining: u64,
    /// Offer each memory the programs that the shapes of its strings suggest, once, after pre-training.
    pub induction: bool,
    /// For VIMCO: log-weights are at least the log-joint of `.*` minus this many nats.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub floor: f64,
    /// Gradients longer than this are shortened to it.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub clip: f64,
    /// Learning rates of pre-training; the likelihood does not learn then.
    #[schemars(range(min = 0, max = 1))]
    pub pretraining_rate: f64,
    /// Learning rates after pre-training.
    pub rates: Rates,
    /// The likelihood's operator probabilities at the start: repeat, maybe, either.
    #[schemars(extend("items" = {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}))]
    pub operators: [f64; 3],
    /// Strings per fantasy, and drawn from a column that has many.
    #[schemars(range(min = 1, max = MOST_STRINGS))]
    pub strings: usize,
    /// The longest program, in tokens.
    #[schemars(range(min = FEWEST_TOKENS, max = Grammar::MAX_TOKENS))]
    pub max_tokens: usize,
    /// The longest string, in characters.
    ///
    /// Fantasies that are longer are dropped and counted, and readers are told to leave longer ones out.
    #[schemars(range(min = 1, max = Self::MOST_LENGTH))]
    pub max_length: usize,
    /// The widths of the networks.
    pub sizes: Sizes,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            learning: Learning {
                algorithm: Algorithm::MWS_MIX,
                steps: 3000,
                defensive: 0.1,
                ..Learning::default()
            },
            language: Language::Paper,
            pretraining: 1000,
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
        let learning = &self.learning;
        let read = learning.batch * self.strings * (self.max_length + 1);
        // Few programs are as long as they may be, and what begins alike is written once.
        let written = learning.evaluations() * self.max_tokens as f64 / 3.0;
        Kept {
            applications: written + read as f64,
            numbers: 0.0,
            programs: learning.memory(),
        }
    }

    fn check(&self) -> Result<(), SettingError> {
        self.learning.check()?;
        in_range("strings", self.strings, MOST_STRINGS)?;
        if !(FEWEST_TOKENS..=Grammar::MAX_TOKENS).contains(&self.max_tokens) {
            let most = Grammar::MAX_TOKENS;
            let reason = format!(
                "{}; choose from {FEWEST_TOKENS} (`.*`) to {most}",
                self.max_tokens
            );
            return Err(SettingError::new("max_tokens", reason));
        }
        in_range("max_length", self.max_length, Self::MOST_LENGTH)?;
        in_range("sizes.prior", self.sizes.prior, WIDEST)?;
        in_range("sizes.guide", self.sizes.guide, WIDEST)?;
        in_range("sizes.width", self.sizes.width, WIDEST)?;
        is_rate("pretraining_rate", self.pretraining_rate)?;
        are_rates(&self.rates)?;
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
}

impl Config {
    /// The longest string that may be asked for: memory per string is proportional to it.
    pub const MOST_LENGTH: usize = 1000;

    /// The grammar of programs within the length limit.
    ///
    /// # Errors
    /// When `max_tokens` is out of range.
    pub fn grammar(&self) -> Result<Grammar, SettingError> {
        Grammar::new(self.max_tokens).map_err(|e| SettingError::new("max_tokens", e.to_string()))
    }

    /// Pre-training, then the algorithm.
    ///
    /// # Errors
    /// When the algorithm refuses its settings.
    pub fn phases(&self) -> Result<Vec<Phase>, SettingError> {
        let first = Rates {
            likelihood: 0.0,
            ..Rates::all(self.pretraining_rate)
        };
        Phase::after_handcrafted((self.pretraining, first), &self.learning, self.rates)
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
            ("particles", |c| c.learning.particles = 1),
            ("sizes.guide", |c| c.sizes.guide = 0),
        ];
        for (name, change) in broken {
            let mut config = Config::default();
            change(&mut config);
            assert_eq!(config.check().unwrap_err().setting, name);
        }
    }
}
