//! From a configuration and concepts to a learner, and back from a saved state to model and guide.

use std::collections::BTreeMap;

use super::config::Config;
use super::data::{Concept, Strings};
use super::guide::StringGuide;
use super::induction::induce;
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
    let mut learner = WakeSleep::new(model, guide, data, memory, phases, config.seed)?;
    (learner.floor, learner.clip) = (config.floor, config.clip);
    if config.induction {
        let grammar = config.grammar()?;
        for (memory, strings) in learner.memories.iter_mut().zip(&learner.data) {
            memory.suggest(induce(strings.iter(), grammar));
        }
    }
    Ok(learner)
}

/// Model and guide from a state that holds their weights.
///
/// # Errors
/// When the state was made with other sizes, or the configuration is out of range.
pub fn restore(config: &Config, state: &State) -> Result<(StringModel, StringGuide), StateError> {
    let device = training_device();
    let model = StringModel::new(config, &device)?;
    let guide = StringGuide::new(config, &device)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::strings::Sizes;

    #[test]
    fn memories_are_offered_what_their_strings_suggest_unless_told_otherwise() {
        let concept = Concept {
            name: "c".into(),
            train: vec!["17".into(), "42".into()],
            test: vec![],
            source: String::new(),
        };
        let candidates = |induction| {
            let config = Config {
                induction,
                sizes: Sizes {
                    prior: 4,
                    guide: 4,
                    width: 4,
                },
                ..Config::default()
            };
            let learner = learner(&config, std::slice::from_ref(&concept)).unwrap();
            let candidates = learner.memories[0].candidates([]);
            candidates
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
        };
        assert_eq!(candidates(false), [".*"]);
        assert!(candidates(true).contains(&r"\d\d".to_owned()));
        assert_eq!(candidates(true)[0], ".*");
    }
}
