//! The settings of a run on images of automata.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rule::Neighbours;
use helmholtz_core::algorithm::Learning;
use helmholtz_core::algorithm::learning::{in_range, is_rate};
use helmholtz_core::domain::{Schedule, Settings};
use helmholtz_core::needs::Kept;
use helmholtz_core::train::Phase;
use helmholtz_math::error::SettingError;
use helmholtz_nn::Rates;

/// The most kernels, and the widest hidden layer.
const WIDEST: usize = 10_000;
/// From here on noise is that of the flipped rule.
const MOST_NOISE: f64 = 0.5;

/// Everything that decides a run, its data apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What every domain's training has.
    #[serde(flatten)]
    pub learning: Learning,
    /// The learning rate of the guide.
    #[schemars(range(min = 0, max = 1))]
    pub rate: f64,
    /// The learning rate of the noise, as log odds.
    #[schemars(range(min = 0, max = 1))]
    pub noise_rate: f64,
    /// The number of cells that decide a cell.
    #[schemars(with = "u8", extend("enum" = Neighbours::ALL, "value" = "N"))]
    pub neighbours: Neighbours,
    /// The noise at the start: the probability that a cell is not what the rule says.
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = MOST_NOISE))]
    pub noise: f64,
    /// The kernels of the guide's convolution.
    #[schemars(range(min = 1, max = WIDEST))]
    pub channels: usize,
    /// The width of the guide's hidden layer.
    #[schemars(range(min = 1, max = WIDEST))]
    pub hidden: usize,
}

impl Default for Config {
    /// MWS, section 4.4, with K = 10; sizes and rates, which the paper does not give, by our measurements.
    fn default() -> Self {
        Self {
            learning: Learning {
                steps: 4000,
                ..Learning::default()
            },
            rate: 5e-3,
            noise_rate: 1e-2,
            neighbours: Neighbours::Three,
            noise: 0.25,
            channels: 64,
            hidden: 128,
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

    fn kept(&self) -> Kept {
        Kept {
            applications: self.learning.evaluations(),
            numbers: 0.0,
            programs: self.learning.memory(),
        }
    }

    fn check(&self) -> Result<(), SettingError> {
        self.learning.check()?;
        in_range("channels", self.channels, WIDEST)?;
        in_range("hidden", self.hidden, WIDEST)?;
        is_rate("rate", self.rate)?;
        is_rate("noise_rate", self.noise_rate)?;
        check_noise(self.noise)
    }
}

impl Config {
    /// The one phase of training.
    ///
    /// # Errors
    /// When the algorithm refuses its settings.
    pub fn phases(&self) -> Result<Vec<Phase>, SettingError> {
        let rates = Rates {
            guide: self.rate,
            ..Rates::all(self.noise_rate)
        };
        Ok(vec![Phase::only(&self.learning, rates)?])
    }
}

/// Refuses noise that is not above 0 and below 1/2.
pub fn check_noise(noise: f64) -> Result<(), SettingError> {
    if noise > 0.0 && noise < MOST_NOISE {
        return Ok(());
    }
    let reason = format!(
        "{noise}; choose above 0 and below {MOST_NOISE}: noise 1 - p with every bit of the rules flipped is the same model as noise p"
    );
    Err(SettingError::new("noise", reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_out_of_range_are_named() {
        let refused = |config: Config| config.check().unwrap_err().to_string();
        let base = Config::default;
        assert_eq!(base().check(), Ok(()));
        for noise in [0.0, 0.5, 0.75, -0.1, f64::NAN] {
            let reason = refused(Config { noise, ..base() });
            assert!(reason.contains("the same model"), "{reason}");
        }
        let rate = f64::INFINITY;
        assert!(refused(Config { rate, ..base() }).starts_with("rate: "));
        let noise_rate = -1.0;
        assert!(
            refused(Config {
                noise_rate,
                ..base()
            })
            .starts_with("noise_rate: ")
        );
        assert!(
            refused(Config {
                hidden: 0,
                ..base()
            })
            .starts_with("hidden: 0; ")
        );
    }

    #[test]
    fn settings_are_read_and_written() {
        let text = toml::to_string(&Config::default()).unwrap();
        assert_eq!(toml::from_str::<Config>(&text).unwrap(), Config::default());
        let four = text.replace("neighbours = 3", "neighbours = 4");
        let error = toml::from_str::<Config>(&four).unwrap_err();
        assert!(error.to_string().contains("choose 3 or 5"), "{error}");
    }
}
