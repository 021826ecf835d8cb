//! The settings of a run on scenes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::placement::Ground;
use super::program::{MOST_CELLS, MOST_HIGH, MOST_KINDS, Plan};
use super::render::Renderer;
use helmholtz_core::algorithm::learning::{are_rates, between, in_range};
use helmholtz_core::algorithm::{Algorithm, Learning};
use helmholtz_core::domain::{Schedule, Settings};
use helmholtz_core::needs::Kept;
use helmholtz_core::train::Phase;
use helmholtz_math::error::SettingError;
use helmholtz_nn::Rates;

/// Pixels in either direction, the fewest and the most.
const SIZES: [f64; 2] = [32.0, 512.0];
/// The least and the greatest part of the positions.
const SHRINK: [f64; 2] = [1e-6, 0.5];
/// The least and the greatest deviation of a colour.
const DEVIATION: [f64; 2] = [0.01, 100.0];
/// How far above the horizon the camera may stand.
const ELEVATION: [f64; 2] = [0.0, 60.0];
/// The most channels.
const MOST_CHANNELS: usize = 512;

/// Everything that decides a run, its data apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What every domain's training has.
    #[serde(flatten)]
    pub learning: Learning,
    /// Steps in which only the guide learns, from fantasies, within the steps of the run.
    pub pretraining: u64,
    /// The learning rates; `likelihood` is that of kinds of blocks.
    pub rates: Rates,
    /// Pixels of a picture in either direction.
    #[schemars(range(min = SIZES[0], max = SIZES[1]))]
    pub size: usize,
    /// Cells of the ground from the front to the back.
    #[schemars(range(min = 1, max = MOST_CELLS))]
    pub rows: usize,
    /// Cells from left to right.
    #[schemars(range(min = 1, max = MOST_CELLS))]
    pub columns: usize,
    /// The most blocks on top of each other.
    #[schemars(range(min = 1, max = MOST_HIGH))]
    pub height: usize,
    /// Kinds of blocks that are learned.
    #[schemars(range(min = 1, max = MOST_KINDS))]
    pub kinds: usize,
    /// Whether the colours of kinds are learned; otherwise all blocks are of one blue.
    pub colour: bool,
    /// What shapes kinds have.
    pub shape: Shape,
    /// Which part of the positions that a block could have it may have.
    #[schemars(range(min = SHRINK[0], max = SHRINK[1]))]
    pub shrink: f64,
    /// The standard deviation of a colour of a pixel, where colours are from 0 to 1.
    #[schemars(range(min = DEVIATION[0], max = DEVIATION[1]))]
    pub deviation: f64,
    /// How far above the horizon the camera stands, in degrees.
    #[schemars(range(min = ELEVATION[0], max = ELEVATION[1]))]
    pub elevation: f64,
    /// Whether it is learned how high stacks are and which kinds are frequent; otherwise all are equally probable.
    pub learned_prior: bool,
    /// The network that reads pictures.
    pub reader: Reader,
    /// The channels of its first layer.
    #[schemars(range(min = 1, max = MOST_CHANNELS))]
    pub channels: usize,
}

/// What shapes kinds of blocks have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// As high and deep as wide.
    Cube,
    /// Width, height and depth of their own.
    Cuboid,
}

/// A network that reads pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Reader {
    /// Four convolutions and three maxima, as in HMWS, appendix B.2.
    Paper,
    /// Convolutions that halve the picture until it is small: a thirtieth of the multiplications.
    Strided,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            learning: Learning {
                algorithm: Algorithm::HMWS,
                particles: 50,
                samples: 5,
                // By `hmws-figure-4-scenes` learning ends the same with edits and without.
                edits: 0.5,
                steps: 2_000,
                batch: 5,
                ..Learning::default()
            },
            pretraining: 0,
            rates: Rates {
                model: 1e-3,
                guide: 1e-3,
                likelihood: 0.05,
            },
            size: 128,
            rows: 2,
            columns: 2,
            height: 3,
            kinds: 5,
            colour: true,
            shape: Shape::Cube,
            shrink: 0.01,
            deviation: 0.1,
            elevation: 0.1,
            learned_prior: false,
            reader: Reader::Strided,
            channels: 16,
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
        let samples = learning.evaluations() * learning.samples as f64;
        let (pixels, cells) = (self.size * self.size, self.rows * self.columns);
        Kept {
            applications: samples * (cells * self.height) as f64,
            numbers: (learning.batch * pixels * self.channels) as f64
                + samples * (3 * pixels) as f64,
            programs: learning.memory(),
        }
    }

    fn check(&self) -> Result<(), SettingError> {
        self.learning.check()?;
        self.plan().check()?;
        in_range("channels", self.channels, MOST_CHANNELS)?;
        are_rates(&self.rates)?;
        between(&[
            ("size", self.size as f64, SIZES),
            ("shrink", self.shrink, SHRINK),
            ("deviation", self.deviation, DEVIATION),
            ("elevation", self.elevation, ELEVATION),
        ])
    }
}

impl Config {
    /// Which scenes there are.
    pub fn plan(&self) -> Plan {
        Plan {
            rows: self.rows,
            columns: self.columns,
            height: self.height,
            kinds: self.kinds,
        }
    }

    /// Where blocks stand.
    pub fn ground(&self) -> Ground {
        Ground {
            plan: self.plan(),
            shrink: self.shrink,
        }
    }

    /// Makes pictures from where the camera stands.
    pub fn renderer(&self) -> Renderer {
        self.ground().renderer([self.elevation, 0.0], self.size)
    }

    /// Pre-training of the guide, then the algorithm.
    ///
    /// # Errors
    /// When the algorithm refuses its settings.
    pub fn phases(&self) -> Result<Vec<Phase>, SettingError> {
        Phase::after_fantasies(self.pretraining, &self.learning, self.rates)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_out_of_range_are_named() {
        let refused = |change: &dyn Fn(&mut Config)| {
            let mut config = Config::default();
            change(&mut config);
            config.check().unwrap_err().to_string()
        };
        assert_eq!(Config::default().check(), Ok(()));
        assert!(refused(&|c| c.size = 4).starts_with("size: 4; "));
        assert!(refused(&|c| c.kinds = 27).starts_with("kinds: 27; "));
        assert!(refused(&|c| c.height = 0).starts_with("height: 0; "));
        assert!(refused(&|c| c.shrink = f64::NAN).starts_with("shrink: NaN; "));
        assert!(refused(&|c| c.deviation = 0.0).starts_with("deviation: 0; "));
    }

    #[test]
    fn settings_are_read_and_written() {
        let text = toml::to_string(&Config::default()).unwrap();
        assert_eq!(toml::from_str::<Config>(&text).unwrap(), Config::default());
    }
}
