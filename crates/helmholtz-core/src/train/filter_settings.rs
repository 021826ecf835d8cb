//! The settings of variational filtering.

use serde::{Deserialize, Serialize};

use crate::filter::First;
use helmholtz_math::error::SettingError;

/// How filtering is learned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FilterSettings {
    /// Inference iterations per step.
    pub iterations: usize,
    /// Samples by which a posterior is judged.
    pub samples: usize,
    /// Particles per clip, of which the bound is learned; 1 for the free energy. (Test bounds may have others.)
    pub particles: usize,
    /// Whether the inference network is updated at every step of a clip, not once after it.
    pub online: bool,
    /// Whether gradients pass through the samples of the past.
    pub attached: bool,
    /// Updates over which the divergence's weight grows from 0 to 1, as a square (the paper says linearly); 0 for none.
    pub annealing: u64,
    /// Steps of a clip, the first observation included.
    pub clip: usize,
    /// The numbers of a clip's steps are moved up or down by at most this many places, as a song is transposed, so far
    /// as nothing but zeros leaves; 0 for not.
    pub shift: usize,
    /// What becomes of the first observation.
    pub first: First,
    /// The model's learning rate.
    pub rate: f64,
    /// The inference network's learning rate.
    pub guide_rate: f64,
    /// What both are multiplied by after each pass over the sequences.
    pub decay: f64,
    /// Gradients longer than this are shortened to it.
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
        let refuse = |setting, reason| Err(SettingError::new(setting, reason));
        match self {
            s if s.iterations == 0 || s.iterations > 1000 => {
                refuse("iterations", "choose from 1 to 1000")
            }
            s if s.samples == 0 || s.samples > 1000 => refuse("samples", "choose from 1 to 1000"),
            s if s.particles == 0 || s.particles > 1000 => {
                refuse("particles", "choose from 1 to 1000")
            }
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
