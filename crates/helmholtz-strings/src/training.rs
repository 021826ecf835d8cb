//! From a configuration and concepts to a learner.

use super::config::Config;
use super::data::{Concept, Strings};
use super::guide::StringGuide;
use super::induction::induce;
use super::model::StringModel;
use helmholtz_core::domain::{Domain, Shipped};
use helmholtz_core::shipped;
use helmholtz_core::train::WakeSleep;
use helmholtz_math::error::SettingError;
use helmholtz_nn::training_device;

/// Columns of strings, explained by probabilistic regexes.
#[derive(Clone, Copy, Debug)]
pub enum StringDomain {}

/// The learner of string concepts.
pub type StringLearner = WakeSleep<StringModel, StringGuide>;

impl Domain for StringDomain {
    const NAME: &'static str = "strings";

    type Config = Config;
    type Datum = Concept;
    type Networks = (StringModel, StringGuide);
    type Learner = StringLearner;

    const SHIPPED: Option<Shipped> = Some(shipped!("pretrained"));

    fn networks(config: &Config) -> Result<(StringModel, StringGuide), SettingError> {
        let device = training_device();
        let model = StringModel::new(config, &device)?;
        Ok((model, StringGuide::new(config, &device)?))
    }

    /// Concepts without a usable string are left out.
    fn learner(config: &Config, concepts: &[Concept]) -> Result<StringLearner, SettingError> {
        let networks = Self::networks(config)?;
        let observations = concepts.iter().map(Concept::observation);
        let data: Vec<Strings> = observations.filter(|x| !x.is_empty()).collect();
        if data.is_empty() {
            let reason = "no concept has a string of the alphabet";
            return Err(SettingError::new("data", reason));
        }
        let mut learner =
            WakeSleep::with_settings(networks, data, &config.learning, config.phases()?)?;
        (learner.floor, learner.clip) = (config.floor, config.clip);
        if config.induction {
            let grammar = config.grammar()?;
            for (memory, strings) in learner.memories.iter_mut().zip(&learner.data) {
                memory.suggest(induce(strings.iter(), grammar));
            }
        }
        Ok(learner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sizes;

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
            let learner = StringDomain::learner(&config, std::slice::from_ref(&concept)).unwrap();
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
