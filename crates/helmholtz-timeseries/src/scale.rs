//! Scales on which a series may be explained.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is added up by kernels: the values, or their logarithms, where swings grow with the level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// The values themselves.
    Linear,
    /// Their logarithms: parts multiply.
    Log,
}

/// Values closer together than this ratio look the same on both scales.
const RATIO: f64 = 1.5;

impl Scale {
    /// A value on this scale; below everything where it has no place there.
    pub(super) fn of(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Log if value > 0.0 => value.ln(),
            Self::Log => f64::NEG_INFINITY,
        }
    }

    /// The value that stands there.
    pub(super) fn undo(self, place: f64) -> f64 {
        match self {
            Self::Linear => place,
            Self::Log => place.exp(),
        }
    }

    /// The logarithm of the slope of [`Scale::of`] at a value, by which densities differ.
    pub(super) fn log_slope(self, value: f64) -> f64 {
        match self {
            Self::Log if value > 0.0 => -value.ln(),
            Self::Linear | Self::Log => 0.0,
        }
    }

    /// Whether there are such places for all values.
    pub(super) fn takes(self, values: &[f64]) -> bool {
        self == Self::Linear || values.iter().all(|v| *v > 0.0)
    }

    /// Whether it makes a difference, for values that it takes.
    pub(super) fn differs(self, values: &[f64]) -> bool {
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(0.0, f64::max);
        self == Self::Log && most >= RATIO * least
    }
}
