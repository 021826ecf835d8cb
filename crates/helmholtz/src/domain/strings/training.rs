//! From a configuration and concepts to a learner, and back from a saved state to model and guide.

use std::collections::BTreeMap;

use super::config::Config;
use super::data::{Concept, Strings};
use super::guide::StringGuide;
use super::model::StringModel;
use crate::error::{SettingError, StateError};
use crate::nn::{Array, import, training_device};
use crate::train::{State, WakeSleep};

/// The learner of string concepts at its first step. Concepts without a usable string are left out.
///
/// # Errors
/// When a setting is out of range.
pub fn learner(
    config: &Config,
    concepts: &[Concept],
) -> Result<WakeSleep<StringModel, StringGuide>, SettingError> {
    let device = training_device();
    let model = StringModel::new(config, &device)?;
    let guide = StringGuide::new(config, &device)?;
    let data: Vec<Strings> = concepts
        .iter()
        .map(Concept::observation)
        .filter(|x| !x.is_empty())
        .collect();
    if data.is_empty() {
        return Err(SettingError::new(
            "data",
            "no concept has a string of the alphabet",
        ));
    }
    let (memory, phases) = (config.memory(), config.phases()?);
    let mut learner = WakeSleep::new(model, guide, data, memory, phases, config.seed);
    (learner.floor, learner.clip) = (config.floor, config.clip);
    Ok(learner)
}

/// Model and guide from a state that holds their weights.
///
/// # Errors
/// When the state was made with other sizes, or the configuration is out of range.
pub fn restore(config: &Config, state: &State) -> Result<(StringModel, StringGuide), StateError> {
    let device = training_device();
    let unusable = |e: crate::error::SettingError| StateError::Memory(e.to_string());
    let model = StringModel::new(config, &device).map_err(unusable)?;
    let guide = StringGuide::new(config, &device).map_err(unusable)?;
    Ok((
        import(model, &state.under("model"))?,
        import(guide, &state.under("guide"))?,
    ))
}

/// The part of a state that a shipped model needs.
pub fn weights_only(state: &State) -> State {
    let kept = |name: &str| name.starts_with("model.") || name.starts_with("guide.");
    let arrays: BTreeMap<String, Array> = state
        .arrays
        .iter()
        .filter(|(name, _)| kept(name))
        .map(|(name, array)| (name.clone(), array.clone()))
        .collect();
    State {
        arrays,
        bytes: BTreeMap::new(),
    }
}
