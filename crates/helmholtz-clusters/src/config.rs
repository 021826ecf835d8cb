//! The settings of a run on partitions of points.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::partition::MOST_POINTS;
use helmholtz_core::algorithm::Learning;
use helmholtz_core::algorithm::learning::{in_range, is_rate};
use helmholtz_core::domain::{Schedule, Settings};
use helmholtz_core::needs::Kept;
use helmholtz_core::train::Phase;
use helmholtz_math::error::SettingError;
use helmholtz_nn::Rates;

/// The widest hidden layer.
const WIDEST: usize = 10_000;

/// Everything that decides a run, its data apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What every domain's training has.
    #[serde(flatten)]
    pub learning: Learning,
    /// The learning rate of everything.
    #[schemars(range(min = 0, max = 1))]
    pub rate: f64,
    /// Points per set.
    #[schemars(range(min = 1, max = MOST_POINTS))]
    pub points: usize,
    /// Theta at the start, row by row.
    pub theta: [f64; 4],
    /// The width of the guide's hidden layer.
    #[schemars(range(min = 1, max = WIDEST))]
    pub hidden: usize,
}

impl Default for Config {
    /// MWS, section 4.1, with K = 10; the width of 16 and theta at the start are those of the authors' program.
    fn default() -> Self {
        Self {
            learning: Learning {
                steps: 50_000,
                ..Learning::default()
            },
            rate: 1e-3,
            points: 7,
            theta: [1.0, 0.0, 0.0, 1.0],
            hidden: 16,
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
            applications: self.learning.evaluations() * self.points as f64,
            numbers: 0.0,
            programs: self.learning.memory(),
        }
    }

    fn check(&self) -> Result<(), SettingError> {
        self.learning.check()?;
        in_range("points", self.points, MOST_POINTS)?;
        in_range("hidden", self.hidden, WIDEST)?;
        is_rate("rate", self.rate)?;
        match self.theta.iter().all(|t| t.is_finite()) {
            true => Ok(()),
            false => Err(SettingError::new("theta", "four finite numbers")),
        }
    }
}

impl Config {
    /// The one phase of training.
    ///
    /// # Errors
    /// When the algorithm refuses its settings.
    pub fn phases(&self) -> Result<Vec<Phase>, SettingError> {
        Ok(vec![Phase::only(&self.learning, Rates::all(self.rate))?])
    }
}
