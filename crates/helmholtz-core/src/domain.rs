//! What run folders, experiments and the command line need to know of a kind of data with its programs.

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::guide::Guide;
use crate::model::Model;
use crate::needs::Kept;
use crate::train::{Learner, State};
use helmholtz_math::error::{SettingError, StateError};
use helmholtz_nn::{Size, hollow, import};

/// How long a run is, from how much at a time, and from which seed: the settings `steps`, `batch` and `seed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The step to stop at, counted from the start, pre-training included.
    pub steps: u64,
    /// Observations per step.
    pub batch: usize,
    /// The seed of everything random.
    pub seed: u64,
}

/// The settings of a domain. Their schema says which there are, and between which bounds [`Settings::check`] lets them
/// be; their documentation is the help.
pub trait Settings:
    Clone + Default + PartialEq + Serialize + DeserializeOwned + JsonSchema + Send + Sync
{
    /// What the trainer has to know.
    fn schedule(&self) -> Schedule;

    /// What it is learned by, in a word.
    fn method(&self) -> &'static str;

    /// Steps of pre-training, within the steps of the run.
    fn pretraining(&self) -> u64 {
        0
    }

    /// What a step of training keeps.
    fn kept(&self) -> Kept;

    /// Refuses what cannot work.
    ///
    /// # Errors
    /// Names the first setting that is out of range and says what is in it.
    fn check(&self) -> Result<(), SettingError>;
}

/// A kind of data with its programs: what run folders, experiments and the command line need to know.
pub trait Domain {
    /// Its name on the command line and in run folders.
    const NAME: &'static str;
    /// Older names of it, by which runs are still found.
    const ALIASES: &'static [&'static str] = &[];

    /// Everything that decides a run, its data apart.
    type Config: Settings;
    /// One observation as a run folder keeps it.
    type Datum: Clone + Serialize + DeserializeOwned;
    /// What is learned: a generative model and its guide.
    type Networks: Networks;
    /// What learns.
    type Learner: Learner;

    /// The model that ships with the domain, if one does.
    const SHIPPED: Option<Shipped> = None;

    /// The settings that hold where nothing else is said.
    fn defaults() -> Self::Config {
        Self::Config::default()
    }

    /// The settings with those filled in that follow from the data, where they were not said.
    ///
    /// # Errors
    /// When the data do not fit the settings.
    fn settle(config: Self::Config, _data: &[Self::Datum]) -> Result<Self::Config, SettingError> {
        Ok(config)
    }

    /// Model and guide at the start.
    ///
    /// # Errors
    /// When a setting is out of range.
    fn networks(config: &Self::Config) -> Result<Self::Networks, SettingError>;

    /// A learner at its first step.
    ///
    /// # Errors
    /// When a setting is out of range or the data do not fit it.
    fn learner(config: &Self::Config, data: &[Self::Datum]) -> Result<Self::Learner, SettingError>;

    /// Model and guide from a state that holds their weights.
    ///
    /// # Errors
    /// When the state was made with other sizes, or a setting is out of range.
    fn restore(config: &Self::Config, state: &State) -> Result<Self::Networks, StateError> {
        hollow(|| Self::networks(config))?.load(state)
    }
}

/// A model that ships with its domain: the settings of the run that made it, and a checkpoint without optimiser and
/// memories.
#[derive(Clone, Copy, Debug)]
pub struct Shipped {
    /// The settings, as TOML.
    pub config: &'static str,
    /// The weights, as a checkpoint.
    pub weights: &'static [u8],
}

/// The files of a model that ships, of that name beside the source: `NAME.toml` and `NAME.safetensors`.
///
/// ```ignore
/// const SHIPPED: Option<Shipped> = Some(shipped!("pretrained"));
/// ```
#[macro_export]
macro_rules! shipped {
    ($name:literal) => {{
        // A constant would be copied into every crate that asks for it.
        static WEIGHTS: [u8; include_bytes!(concat!($name, ".safetensors")).len()] =
            *include_bytes!(concat!($name, ".safetensors"));
        $crate::domain::Shipped {
            config: include_str!(concat!($name, ".toml")),
            weights: &WEIGHTS,
        }
    }};
}

/// The settings and networks of the model that ships with a domain.
///
/// # Errors
/// When none does, or a file does not fit the code.
pub fn pretrained<D: Domain>() -> Result<(D::Config, D::Networks), StateError> {
    let missing = || StateError::Missing {
        name: format!("a model that ships with `{}`", D::NAME),
    };
    let shipped = D::SHIPPED.ok_or_else(missing)?;
    let config = toml::from_str(shipped.config);
    let config: D::Config = config.map_err(|e| StateError::Memory(e.to_string()))?;
    let found = crate::train::decode(shipped.weights).map_err(StateError::Memory)?;
    let networks = D::restore(&config, &found.state)?;
    Ok((config, networks))
}

/// A model with its guide.
pub trait Networks: Sized {
    /// How large both are together.
    fn size(&self) -> Size;

    /// The same with the weights of a state.
    ///
    /// # Errors
    /// When the state was made with other sizes.
    fn load(self, state: &State) -> Result<Self, StateError>;
}

impl<M: Model, G: Guide<M>> Networks for (M, G) {
    fn size(&self) -> Size {
        Size::of(&self.0) + Size::of(&self.1)
    }

    fn load(self, state: &State) -> Result<Self, StateError> {
        let (model, guide) = self;
        let model = import(model, &state.under("model"))?;
        Ok((model, import(guide, &state.under("guide"))?))
    }
}
