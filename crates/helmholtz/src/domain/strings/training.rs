//! From a configuration and concepts to a learner.

use super::config::Config;
use super::data::{Concept, Strings};
use super::guide::StringGuide;
use super::model::StringModel;
use crate::error::SettingError;
use crate::nn::training_device;
use crate::train::WakeSleep;

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
    let data: Vec<Strings> =
        concepts.iter().map(Concept::observation).filter(|x| !x.is_empty()).collect();
    let (memory, phases) = (config.memory(), config.phases()?);
    let mut learner = WakeSleep::new(model, guide, data, memory, phases, config.seed);
    (learner.floor, learner.clip) = (config.floor, config.clip);
    Ok(learner)
}
