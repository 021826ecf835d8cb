//! Model families, one folder each: what is particular to a kind of data and its programs.

pub mod automata;
pub mod mixture;
pub mod sequence;
pub mod strings;
pub mod timeseries;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::algorithm::Learning;
use crate::error::{SettingError, StateError};
use crate::guide::Guide;
use crate::model::Model;
use crate::nn::import;
use crate::train::{State, WakeSleep};

/// The settings of a domain.
pub trait Settings:
    Clone + Default + PartialEq + Serialize + DeserializeOwned + Send + Sync
{
    /// What every domain's training has.
    fn learning(&self) -> &Learning;

    /// The same, to be changed.
    fn learning_mut(&mut self) -> &mut Learning;

    /// Steps of pre-training, within the steps of the run.
    fn pretraining(&self) -> u64 {
        0
    }

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

    /// Everything that decides a run, its data apart.
    type Config: Settings;
    /// One observation as a run folder keeps it.
    type Datum: Clone + Serialize + DeserializeOwned;
    /// The generative model.
    type Model: Model;
    /// The recognition model.
    type Guide: Guide<Self::Model>;

    /// Model and guide at the start.
    ///
    /// # Errors
    /// When a setting is out of range.
    fn networks(config: &Self::Config) -> Result<(Self::Model, Self::Guide), SettingError>;

    /// A learner at its first step.
    ///
    /// # Errors
    /// When a setting is out of range or the data do not fit it.
    fn learner(
        config: &Self::Config,
        data: &[Self::Datum],
    ) -> Result<WakeSleep<Self::Model, Self::Guide>, SettingError>;

    /// Model and guide from a state that holds their weights.
    ///
    /// # Errors
    /// When the state was made with other sizes, or a setting is out of range.
    fn restore(
        config: &Self::Config,
        state: &State,
    ) -> Result<(Self::Model, Self::Guide), StateError> {
        let (model, guide) = Self::networks(config)?;
        let model = import(model, &state.under("model"))?;
        Ok((model, import(guide, &state.under("guide"))?))
    }
}
