//! The settings of a run on images of automata.

use serde::{Deserialize, Serialize};

use super::rule::Neighbours;
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
    /// Evaluations of p per image and step (K).
    pub particles: usize,
    /// The step to stop at.
    pub steps: u64,
    /// Images per step.
    pub batch: usize,
    /// The seed of everything random.
    pub seed: u64,
    /// Fantasies per image of the batch, for algorithms whose guide learns from them.
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
    /// The learning rate of the guide.
    pub rate: f64,
    /// The learning rate of the noise, as log odds.
    pub noise_rate: f64,
    /// The number of cells that decide a cell: 3 or 5.
    pub neighbours: Neighbours,
    /// The noise at the start: the probability that a cell is not what the rule says.
    pub noise: f64,
    /// The kernels of the guide's convolution.
    pub channels: usize,
    /// The width of the guide's hidden layer.
    pub hidden: usize,
}

impl Default for Config {
    /// MWS, section 4.4, with K = 10; sizes and rates, which the paper does not give, by our measurements.
    fn default() -> Self {
        Self {
            algorithm: Algorithm::Mws,
            particles: 10,
            steps: 4000,
            batch: 20,
            seed: 1,
            fantasies: 1,
            defensive: 0.0,
            edits: 0.0,
            baseline: None,
            sampled_replay: false,
            rate: 5e-3,
            noise_rate: 1e-2,
            neighbours: Neighbours::Three,
            noise: 0.25,
            channels: 64,
            hidden: 128,
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
        count("channels", self.channels, 10_000)?;
        count("hidden", self.hidden, 10_000)?;
        count("batch", self.batch, 100_000)?;
        count("particles", self.particles, 10_000)?;
        count("fantasies", self.fantasies.max(1), 10_000)?;
        check_noise(self.noise)?;
        let rates = [("rate", self.rate), ("noise_rate", self.noise_rate)];
        match rates.iter().find(|(_, r)| !(*r >= 0.0 && r.is_finite())) {
            Some((name, _)) => Err(SettingError::new(*name, "a finite number, at least 0")),
            None => Ok(()),
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
                model: self.noise_rate,
                guide: self.rate,
                likelihood: self.noise_rate,
            },
        }])
    }
}

/// Refuses noise that is not above 0 and below 1/2.
pub(super) fn check_noise(noise: f64) -> Result<(), SettingError> {
    if noise > 0.0 && noise < 0.5 {
        return Ok(());
    }
    let reason = format!(
        "{noise}; choose above 0 and below 0.5: noise 1 - p with every bit of the rules flipped is the same model as noise p"
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
        let error = toml::from_str::<Config>("neighbours = 4").unwrap_err();
        assert!(error.to_string().contains("choose 3 or 5"), "{error}");
    }
}
