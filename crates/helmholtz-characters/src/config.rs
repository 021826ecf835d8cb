//! The settings of a run on characters.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::net::Writer;
use super::program::{FEWEST_STROKES, Grammar, MOST_BANK, MOST_STROKES};
use helmholtz_core::algorithm::learning::{are_rates, between, in_range};
use helmholtz_core::algorithm::{Algorithm, Learning};
use helmholtz_core::domain::{Schedule, Settings};
use helmholtz_core::needs::Kept;
use helmholtz_core::train::Phase;
use helmholtz_math::error::SettingError;
use helmholtz_nn::Rates;

/// The most places that maps look at, twelve bytes each.
const MOST_TAPS: usize = 1 << 22;
/// The fewest pixels in either direction.
const SMALLEST: usize = 8;
/// The most.
const LARGEST: usize = 256;
/// The most maps.
const MOST_MAPS: usize = 1000;
/// The widest network.
const WIDEST: usize = 4096;
/// The most channels.
const MOST_CHANNELS: usize = 1024;

/// Everything that decides a run, its data apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What every domain's training has.
    #[serde(flatten)]
    pub learning: Learning,
    /// Steps in which only the guide learns, from fantasies, within the steps of the run.
    pub pretraining: u64,
    /// The learning rates.
    pub rates: Rates,
    /// Pixels of an image in either direction.
    #[schemars(range(min = SMALLEST, max = LARGEST))]
    pub size: usize,
    /// Whether programs depend on the class of an image, such as an alphabet, where images have one.
    pub conditional: bool,
    /// The classes; left empty, those of the images. An image without a class may be of any.
    pub labels: Vec<String>,
    /// The size of the bank of strokes.
    #[schemars(range(min = 1, max = MOST_BANK))]
    pub bank: usize,
    /// The most strokes of a program.
    #[schemars(range(min = FEWEST_STROKES, max = MOST_STROKES))]
    pub strokes: usize,
    /// Whether strokes are arcs or straight.
    pub curved: bool,
    /// Affine maps over which the likelihood is marginalised; 0 for none.
    #[schemars(range(min = 0, max = MOST_MAPS))]
    pub maps: usize,
    /// The networks that write strokes.
    pub writer: Writer,
    /// The width of the prior's network.
    #[schemars(range(min = 1, max = WIDEST))]
    pub prior: usize,
    /// The width of the guide's.
    #[schemars(range(min = 1, max = WIDEST))]
    pub guide: usize,
    /// The channels of the guide's first convolution.
    #[schemars(range(min = 1, max = MOST_CHANNELS))]
    pub channels: usize,
    /// How strokes look at the start.
    pub ink: Ink,
}

/// How far displacements and angles may reach.
const REACH: [f64; 2] = [0.0, 10.0];
/// What is raw: its exponential or its logistic function counts.
const RAW: [f64; 2] = [-20.0, 20.0];
/// How sharp ink may be.
const SHARPNESS: [f64; 2] = [0.0, 1e4];

/// How strokes look at the start.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Ink {
    /// The raw displacements lie between minus this and this.
    #[schemars(range(min = REACH[0], max = REACH[1]))]
    pub reach: f64,
    /// So do the raw angles, in half turns.
    #[schemars(range(min = REACH[0], max = REACH[1]))]
    pub bend: f64,
    /// The raw width.
    #[schemars(range(min = RAW[0], max = RAW[1]))]
    pub width: f64,
    /// The sharpness.
    #[schemars(range(min = SHARPNESS[0], max = SHARPNESS[1]))]
    pub sharpness: f64,
    /// The raw scale.
    #[schemars(range(min = RAW[0], max = RAW[1]))]
    pub scale: f64,
    /// The bias.
    #[schemars(range(min = RAW[0], max = RAW[1]))]
    pub bias: f64,
    /// The standard deviation of the maps' parameters around the identity's.
    #[schemars(range(min = 0, max = 1))]
    pub maps: f64,
}

impl Default for Ink {
    /// As in the authors' program, but for scale and bias: with 3 and -3, as there, ink begins as probable as not, and it
    /// takes long until strokes are worth their while.
    fn default() -> Self {
        Self {
            reach: 0.4,
            bend: 0.3,
            width: -2.0,
            sharpness: 20.0,
            scale: 6.0,
            bias: -4.0,
            maps: 0.03,
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            learning: Learning {
                algorithm: Algorithm::MWS_MIX,
                edits: 0.5,
                steps: 10_000,
                batch: 50,
                ..Learning::default()
            },
            pretraining: 1_000,
            rates: Rates {
                model: 1e-3,
                guide: 1e-3,
                likelihood: 1e-3,
            },
            size: 28,
            conditional: true,
            labels: vec![],
            bank: 64,
            strokes: 10,
            curved: true,
            maps: 40,
            writer: Writer::Lstm,
            prior: 16,
            guide: 64,
            channels: 32,
            ink: Ink::default(),
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
        let (pixels, programs) = (self.size * self.size, learning.evaluations());
        Kept {
            applications: programs * self.strokes as f64,
            numbers: (learning.batch * pixels * self.channels) as f64
                + programs * (2 * pixels) as f64,
            programs: learning.memory(),
        }
    }

    fn check(&self) -> Result<(), SettingError> {
        self.learning.check()?;
        self.grammar()?;
        if !(SMALLEST..=LARGEST).contains(&self.size) {
            let reason = format!("{}; choose from {SMALLEST} to {LARGEST}", self.size);
            return Err(SettingError::new("size", reason));
        }
        in_range("maps", self.maps.max(1), MOST_MAPS)?;
        in_range(
            "maps times pixels",
            self.maps.max(1) * self.size * self.size,
            MOST_TAPS,
        )?;
        in_range("labels", self.labels.len().max(1), 10_000)?;
        in_range("prior", self.prior, WIDEST)?;
        in_range("guide", self.guide, WIDEST)?;
        in_range("channels", self.channels, MOST_CHANNELS)?;
        are_rates(&self.rates)?;
        self.ink.check()
    }
}

impl Ink {
    fn check(&self) -> Result<(), SettingError> {
        between(&[
            ("ink.reach", self.reach, REACH),
            ("ink.bend", self.bend, REACH),
            ("ink.width", self.width, RAW),
            ("ink.sharpness", self.sharpness, SHARPNESS),
            ("ink.scale", self.scale, RAW),
            ("ink.bias", self.bias, RAW),
            ("ink.maps", self.maps, [0.0, 1.0]),
        ])
    }
}

impl Config {
    /// The programs that there are.
    ///
    /// # Errors
    /// When `bank` or `strokes` is out of range.
    pub fn grammar(&self) -> Result<Grammar, SettingError> {
        Grammar::new(self.bank, self.strokes)
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
        assert!(refused(&|c| c.bank = 65).starts_with("bank: 65; "));
        assert!(refused(&|c| c.strokes = 1).starts_with("strokes: 1; "));
        assert!(refused(&|c| c.rates.likelihood = f64::NAN).starts_with("rates.likelihood: "));
        assert!(refused(&|c| c.ink.sharpness = f64::INFINITY).starts_with("ink.sharpness: "));
    }

    #[test]
    fn settings_are_read_and_written() {
        let text = toml::to_string(&Config::default()).unwrap();
        assert_eq!(toml::from_str::<Config>(&text).unwrap(), Config::default());
    }
}
