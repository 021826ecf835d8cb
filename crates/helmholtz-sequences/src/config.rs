//! The settings of a run on sequences.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::output::Output;
use super::srnn::SrnnSizes;
use super::vrnn::VrnnSizes;
use helmholtz_core::algorithm::learning::in_range;
use helmholtz_core::domain::{Schedule, Settings};
use helmholtz_core::filter::IterativeConfig;
use helmholtz_core::needs::Kept;
use helmholtz_core::train::FilterSettings;
use helmholtz_math::error::SettingError;

/// The most units or coordinates.
pub(super) const WIDEST: usize = 65_536;
/// The most layers.
const DEEPEST: usize = 64;
/// The most sequences at a time.
const MOST_SEQUENCES: usize = 100_000;
/// The most numbers of a step, and the most steps at a time.
const MOST_NUMBERS: usize = 1 << 20;
/// The most steps per quarter note.
const MOST_PER_BEAT: usize = 96;

/// Units per layer, and layers.
pub(super) fn layers(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "prefixItems": [
            {"type": "integer", "minimum": 1, "maximum": WIDEST},
            {"type": "integer", "minimum": 1, "maximum": DEEPEST},
        ],
    })
}

/// The generative models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ModelKind {
    /// A stochastic recurrent network.
    Srnn,
    /// A variational recurrent network.
    Vrnn,
}

/// By which network posteriors are inferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum InferenceKind {
    /// By the iterative network that serves all models.
    Avf,
    /// By the network that the model was published with.
    Direct,
}

/// How recordings become steps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Grid {
    /// Steps per quarter note, of MIDI files.
    #[schemars(range(min = 1, max = MOST_PER_BEAT))]
    pub steps_per_beat: usize,
    /// Samples per step, of sound.
    #[schemars(range(min = 1, max = MOST_NUMBERS))]
    pub frame: usize,
    /// Samples a second, of sound; that of the recordings if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<u32>,
}

impl Default for Grid {
    fn default() -> Self {
        Self {
            steps_per_beat: 1,
            frame: 200,
            rate: None,
        }
    }
}

/// What is subtracted from the numbers of a step, and what they are then divided by: one number for all of them, or
/// one for each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scaling {
    /// What is subtracted.
    pub mean: Vec<f64>,
    /// What they are divided by.
    #[schemars(extend("items" = {"type": "number", "exclusiveMinimum": 0}))]
    pub deviation: Vec<f64>,
}

/// When held-out recordings are looked at, to keep the best weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Validation {
    /// Updates between two looks; 0 for none.
    pub every: u64,
    /// Looks without improvement after which training stops; 0 for never.
    pub patience: u64,
    /// The most recordings that are looked at.
    #[schemars(range(min = 1, max = MOST_SEQUENCES))]
    pub recordings: usize,
    /// The most steps of each.
    #[schemars(range(min = 0, max = MOST_NUMBERS))]
    pub steps: usize,
}

impl Default for Validation {
    fn default() -> Self {
        Self {
            every: 50,
            patience: 10,
            recordings: 64,
            steps: 100,
        }
    }
}

/// Everything that decides a run, its data apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The update to stop at.
    pub steps: u64,
    /// Sequences per update.
    #[schemars(range(min = 1, max = MOST_SEQUENCES))]
    pub batch: usize,
    /// The seed of everything random.
    pub seed: u64,
    /// The generative model.
    pub model: ModelKind,
    /// By which network posteriors are inferred.
    pub inference: InferenceKind,
    /// Recordings longer than this many steps count as several when they are learned from; 0 for never.
    pub piece: usize,
    /// Numbers per step; as many as the recordings have, if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = MOST_NUMBERS))]
    pub width: Option<usize>,
    /// What the numbers of a step are; found out by looking at the recordings, if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Output>,
    /// How recordings become steps.
    pub grid: Grid,
    /// When held-out recordings are looked at.
    pub validation: Validation,
    /// How filtering is learned.
    pub filtering: FilterSettings,
    /// The iterative network.
    pub network: IterativeConfig,
    /// The sizes of the model, if it is this one.
    pub srnn: SrnnSizes,
    /// The sizes of the model, if it is this one.
    pub vrnn: VrnnSizes,
    /// How numbers are scaled; to mean 0 and variance 1 over the recordings that are learned from, if not given, but
    /// for those that are 0 or 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scaling: Option<Scaling>,
}

impl Default for Config {
    /// The paper's model of music, and what has been found to learn fastest: a larger rate, a shorter annealing,
    /// gradients through the past, and an inference network that sees the observation; a quarter of the paper's
    /// units do as well there.
    fn default() -> Self {
        Self {
            steps: 1500,
            batch: 16,
            seed: 1,
            model: ModelKind::Srnn,
            inference: InferenceKind::Avf,
            piece: 0,
            width: None,
            output: None,
            grid: Grid::default(),
            validation: Validation::default(),
            filtering: FilterSettings {
                online: false,
                attached: true,
                annealing: 75,
                rate: 1e-3,
                guide_rate: 1e-3,
                longest: 50.0,
                ..FilterSettings::default()
            },
            network: IterativeConfig {
                width: 256,
                observe: true,
                ..IterativeConfig::default()
            },
            srnn: SrnnSizes::default(),
            vrnn: VrnnSizes::default(),
            scaling: None,
        }
    }
}

impl Settings for Config {
    fn schedule(&self) -> Schedule {
        let Self {
            steps, batch, seed, ..
        } = *self;
        Schedule { steps, batch, seed }
    }

    fn method(&self) -> &'static str {
        match self.inference {
            InferenceKind::Avf => "avf",
            InferenceKind::Direct => "direct",
        }
    }

    fn kept(&self) -> Kept {
        let filtering = &self.filtering;
        let steps = match filtering.online {
            true => 1,
            false => filtering.clip,
        };
        let each = [
            self.batch,
            steps,
            filtering.iterations,
            filtering.samples,
            filtering.particles,
        ];
        let all: f64 = each.iter().map(|&n| n as f64).product();
        Kept {
            applications: all,
            ..Kept::default()
        }
    }

    fn check(&self) -> Result<(), SettingError> {
        let Grid {
            steps_per_beat,
            frame,
            ..
        } = self.grid;
        let Validation {
            recordings, steps, ..
        } = self.validation;
        let least = 2 + self.filtering.first.unscored();
        for (name, value, most) in [
            ("batch", self.batch, MOST_SEQUENCES),
            ("width", self.width.unwrap_or(1), MOST_NUMBERS),
            ("grid.steps_per_beat", steps_per_beat, MOST_PER_BEAT),
            ("grid.frame", frame, MOST_NUMBERS),
            ("validation.recordings", recordings, MOST_SEQUENCES),
            ("validation.steps", steps.max(least), MOST_NUMBERS),
        ] {
            in_range(name, value, most)?;
        }
        self.filtering.check().map_err(|e| e.within("filtering"))?;
        self.network.check().map_err(|e| e.within("network"))?;
        self.check_sizes()?;
        self.check_scaling()
    }
}

impl Config {
    fn check_sizes(&self) -> Result<(), SettingError> {
        let (srnn, vrnn) = (&self.srnn, &self.vrnn);
        let sizes = [
            ("srnn.recurrent", srnn.recurrent),
            ("srnn.latent", srnn.latent),
            ("srnn.prior", srnn.prior.0),
            ("srnn.decoder", srnn.decoder.0),
            ("vrnn.recurrent", vrnn.recurrent),
            ("vrnn.latent", vrnn.latent),
            ("vrnn.observed", vrnn.observed.0),
            ("vrnn.hidden", vrnn.hidden.0),
        ];
        let depths = [
            ("srnn.prior", srnn.prior.1),
            ("srnn.decoder", srnn.decoder.1),
            ("vrnn.observed", vrnn.observed.1),
            ("vrnn.hidden", vrnn.hidden.1),
        ];
        if let Some(Output::Joint { units }) = self.output {
            in_range("output.joint.units", units, WIDEST)?;
        }
        for (name, size) in sizes {
            in_range(name, size, WIDEST)?;
        }
        for (name, depth) in depths {
            in_range(name, depth, DEEPEST)?;
        }
        Ok(())
    }

    fn check_scaling(&self) -> Result<(), SettingError> {
        let refuse = |reason: &str| Err(SettingError::new("scaling", reason));
        let Some(Scaling { mean, deviation }) = &self.scaling else {
            return Ok(());
        };
        let counts = |n: usize| n == 1 || Some(n) == self.width;
        if mean.len() != deviation.len() || !counts(mean.len()) {
            return refuse("as many means as deviations: one of each, or `width` of each");
        }
        let sound = |d: &f64| *d > 0.0 && d.is_finite();
        match mean.iter().all(|m| m.is_finite()) && deviation.iter().all(sound) {
            true => Ok(()),
            false => refuse("finite means and positive deviations"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_round_trip_and_are_checked() {
        let config = Config {
            width: Some(3),
            output: Some(Output::Discretised { interval: 0.5 }),
            scaling: Some(Scaling {
                mean: vec![0.0; 3],
                deviation: vec![1.0, 2.0, 3.0],
            }),
            ..Config::default()
        };
        let text = toml::to_string(&config).unwrap();
        assert_eq!(toml::from_str::<Config>(&text).unwrap(), config);
        assert_eq!(config.check(), Ok(()));
        let refused = |change: &dyn Fn(&mut Config)| {
            let mut config = config.clone();
            change(&mut config);
            config.check().unwrap_err().setting
        };
        assert_eq!(refused(&|c| c.batch = 0), "batch");
        assert_eq!(refused(&|c| c.srnn.latent = 0), "srnn.latent");
        assert_eq!(refused(&|c| c.vrnn.hidden.1 = 0), "vrnn.hidden");
        assert_eq!(refused(&|c| c.filtering.rate = -1.0), "filtering.rate");
        assert_eq!(refused(&|c| c.width = Some(2)), "scaling");
        assert_eq!(refused(&|c| c.grid.frame = 0), "grid.frame");
        assert_eq!(refused(&|c| c.network.width = 0), "network.width");
        assert_eq!(refused(&|c| c.filtering.clip = 0), "filtering.clip");
        let flat = |c: &mut Config| c.scaling.iter_mut().for_each(|s| s.deviation[1] = 0.0);
        assert_eq!(refused(&flat), "scaling");
        let joint = Some(Output::Joint { units: 0 });
        assert_eq!(refused(&|c| c.output = joint), "output.joint.units");
    }
}
