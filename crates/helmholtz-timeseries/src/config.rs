//! The settings of a run on time series.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::grammar::{Form, Grammar, MOST_TOKENS};
use super::window::{WIDEST_RANGE, Windows};
use helmholtz_core::algorithm::learning::{between, in_range, is_rate};
use helmholtz_core::algorithm::{Algorithm, Learning};
use helmholtz_core::domain::{Schedule, Settings};
use helmholtz_core::needs::Kept;
use helmholtz_core::train::Phase;
use helmholtz_math::error::SettingError;
use helmholtz_nn::Rates;

pub use super::covariance::Layout;

/// The widest network.
const WIDEST: usize = 4096;
/// The fewest and the most values of a fantasy.
const POINTS: [f64; 2] = [2.0, 4096.0];
/// The least variance that every value has.
const LEAST_NOISE: f64 = 1e-6;

/// Everything that decides a run, its data apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What every domain's training has.
    #[serde(flatten)]
    pub learning: Learning,
    /// Steps of pre-training on hand-written kernels, within the steps of the run.
    pub pretraining: u64,
    /// The learning rate of everything.
    #[schemars(range(min = 0, max = 1))]
    pub rate: f64,
    /// Gradients longer than this are shortened to it; the authors' program does not.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub clip: f64,
    /// The width of all networks.
    #[schemars(range(min = 1, max = WIDEST))]
    pub hidden: usize,
    /// What kernels may be written.
    pub form: Form,
    /// The longest kernel, in symbols.
    #[schemars(range(min = 1, max = MOST_TOKENS))]
    pub max_tokens: usize,
    /// Which continuous coordinates a kernel has.
    pub layout: Layout,
    /// Narrow windows of this width instead of `windows`, as in the paper's experiment (0.02).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = WIDEST_RANGE))]
    pub range: Option<f64>,
    /// The variance that every value has besides its kernel's.
    #[schemars(range(min = LEAST_NOISE))]
    pub noise: f64,
    /// A variance d becomes d + jitter (1 + d).
    #[schemars(range(min = 0))]
    pub jitter: f64,
    /// Nats that every symbol of a kernel costs besides its probability; the authors' program takes 10.
    #[schemars(range(min = 0))]
    pub length_penalty: f64,
    /// Values per fantasy; a series that has more, or is uneven, is shown to the guide on a grid of so many.
    #[schemars(range(min = POINTS[0], max = POINTS[1]))]
    pub points: usize,
    /// The windows of parameters.
    pub windows: Windows,
    /// Whether the borders between the ranges of periods are learned; they begin where `windows` has them.
    pub learned_periods: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            learning: Learning {
                algorithm: Algorithm::HMWS,
                particles: 50,
                samples: 5,
                steps: 5_000,
                batch: 5,
                // A better bound and guide in `hmws-figure-4-timeseries`, at the same cost.
                repeats: true,
                ..Learning::default()
            },
            pretraining: 1_000,
            rate: 1e-3,
            clip: 10.0,
            hidden: 128,
            form: Form::Distinct,
            max_tokens: 15,
            layout: Layout::Used,
            range: None,
            noise: 1e-4,
            jitter: 1e-6,
            length_penalty: 0.0,
            points: 128,
            windows: Windows::wide(),
            learned_periods: false,
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
        let written = learning.evaluations() * self.max_tokens as f64;
        let samples = learning.evaluations() * learning.samples as f64;
        Kept {
            applications: written + (learning.batch * self.points) as f64,
            // Covariances of a series, and their gradients.
            numbers: samples * (4 * self.points) as f64,
            programs: learning.memory(),
        }
    }

    fn check(&self) -> Result<(), SettingError> {
        self.learning.check()?;
        self.grammar()?;
        self.parameter_windows().check()?;
        if self.learned_periods && !self.parameter_windows().adjoin() {
            let reason =
                "the ranges of periods have to be logarithmic and adjoin, with no `range` set";
            return Err(SettingError::new("learned_periods", reason));
        }
        in_range("hidden", self.hidden, WIDEST)?;
        between(&[("points", self.points as f64, POINTS)])?;
        is_rate("rate", self.rate)?;
        if !(self.clip > 0.0 && self.clip.is_finite()) {
            let reason = format!("{}; it must be positive", self.clip);
            return Err(SettingError::new("clip", reason));
        }
        let least = [
            ("noise", self.noise, LEAST_NOISE),
            ("jitter", self.jitter, 0.0),
            ("length_penalty", self.length_penalty, 0.0),
        ];
        for (name, value, least) in least {
            if !(value >= least && value.is_finite()) {
                let reason = format!("{value}; choose at least {least}");
                return Err(SettingError::new(name, reason));
            }
        }
        Ok(())
    }
}

impl Config {
    /// The kernels that may be written.
    ///
    /// # Errors
    /// When `max_tokens` is out of range.
    pub fn grammar(&self) -> Result<Grammar, SettingError> {
        Grammar::new(self.form, self.max_tokens)
    }

    /// The windows of parameters: narrow ones where a `range` is set.
    pub fn parameter_windows(&self) -> Windows {
        self.range.map_or(self.windows, Windows::narrow)
    }

    /// Pre-training, then the algorithm.
    ///
    /// # Errors
    /// When the algorithm refuses its settings.
    pub fn phases(&self) -> Result<Vec<Phase>, SettingError> {
        let rates = Rates::all(self.rate);
        Phase::after_handcrafted((self.pretraining, rates), &self.learning, rates)
    }
}
