//! The settings of variational filtering.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::algorithm::learning::{in_range, is_rate};
use crate::filter::First;
use helmholtz_math::error::SettingError;

/// The most iterations, samples or particles.
const MOST: usize = 1000;

/// How filtering is learned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FilterSettings {
    /// Inference iterations per step.
    #[schemars(range(min = 1, max = MOST))]
    pub iterations: usize,
    /// Samples by which a posterior is judged.
    #[schemars(range(min = 1, max = MOST))]
    pub samples: usize,
    /// Particles per clip, of which the bound is learned; 1 for the free energy.
    ///
    /// Test bounds may have others.
    #[schemars(range(min = 1, max = MOST))]
    pub particles: usize,
    /// Whether the inference network is updated at every step of a clip, not once after it.
    pub online: bool,
    /// Whether gradients pass through the samples of the past.
    pub attached: bool,
    /// Updates over which the divergence's weight grows from 0 to 1, as a square (the paper says linearly); 0 for none.
    pub annealing: u64,
    /// Steps of a clip, the first observation included.
    #[schemars(range(min = 1))]
    pub clip: usize,
    /// The most places by which the numbers of a clip's steps are moved up or down, as a song is transposed.
    ///
    /// They are moved so far as nothing but zeros leaves.
    pub shift: usize,
    /// What becomes of the first observation.
    pub first: First,
    /// The model's learning rate.
    #[schemars(range(min = 0, max = 1))]
    pub rate: f64,
    /// The inference network's learning rate.
    #[schemars(range(min = 0, max = 1))]
    pub guide_rate: f64,
    /// What both are multiplied by after each pass over the sequences.
    #[schemars(range(max = 1), extend("exclusiveMinimum" = 0))]
    pub decay: f64,
    /// Gradients longer than this are shortened to it.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub longest: f64,
}

impl Default for FilterSettings {
    fn default() -> Self {
        Self {
            iterations: 1,
            samples: 1,
            particles: 1,
            online: true,
            attached: false,
            annealing: 0,
            clip: 25,
            shift: 0,
            first: First::Condition,
            rate: 1e-4,
            guide_rate: 1e-4,
            decay: 0.999,
            longest: 1000.0,
        }
    }
}

impl FilterSettings {
    /// Refuses what cannot work.
    ///
    /// # Errors
    /// Names the first setting that is out of range and says what is in it.
    pub fn check(&self) -> Result<(), SettingError> {
        in_range("iterations", self.iterations, MOST)?;
        in_range("samples", self.samples, MOST)?;
        in_range("particles", self.particles, MOST)?;
        is_rate("rate", self.rate)?;
        is_rate("guide_rate", self.guide_rate)?;
        let refuse = |setting, reason| Err(SettingError::new(setting, reason));
        match self {
            s if s.particles > 1 && !s.attached => refuse(
                "particles",
                "the bound of several is learned with gradients through them; set attached to true",
            ),
            s if s.clip < 1 + s.first.unscored() => {
                refuse("clip", "at least one scored step is needed")
            }
            s if s.online && s.attached => refuse(
                "online",
                "a network that gradients pass through stays the same for a clip; set it to false",
            ),
            s if !(s.decay > 0.0 && s.decay <= 1.0) => refuse("decay", "above 0 and at most 1"),
            s if !(s.longest > 0.0 && s.longest.is_finite()) => refuse("longest", "above 0"),
            _ => Ok(()),
        }
    }

    /// What the divergence is multiplied by at an update.
    pub fn weight(&self, step: u64) -> f64 {
        match self.annealing {
            0 => 1.0,
            steps => (step as f64 / steps as f64).min(1.0).powi(2),
        }
    }
}
