//! From a configuration and images to a learner.

use super::config::Config;
use super::guide::CharacterGuide;
use super::image::{Character, Drawn};
use super::model::CharacterModel;
use crate::domain::Domain;
use crate::error::SettingError;
use crate::nn::training_device;
use crate::train::WakeSleep;

/// Images of characters, explained by strokes.
#[derive(Clone, Copy, Debug)]
pub enum CharacterDomain {}

/// The learner of characters.
pub type CharacterLearner = WakeSleep<CharacterModel, CharacterGuide>;

impl Domain for CharacterDomain {
    const NAME: &'static str = "characters";

    type Config = Config;
    type Datum = Drawn;
    type Networks = (CharacterModel, CharacterGuide);
    type Learner = CharacterLearner;

    /// Where `conditional` is set and no labels are named, they are the classes of the images.
    fn settle(config: Config, data: &[Drawn]) -> Result<Config, SettingError> {
        let mut labels = config.labels.clone();
        if config.conditional && labels.is_empty() {
            let each = data.iter().filter_map(|x| x.label.clone());
            labels = each
                .collect::<std::collections::BTreeSet<_>>()
                .into_iter()
                .collect();
        }
        Ok(Config { labels, ..config })
    }

    fn networks(config: &Config) -> Result<(CharacterModel, CharacterGuide), SettingError> {
        let device = training_device();
        let model = CharacterModel::new(config, &device)?;
        Ok((model, CharacterGuide::new(config, &device)?))
    }

    fn learner(config: &Config, data: &[Drawn]) -> Result<CharacterLearner, SettingError> {
        let (model, guide) = Self::networks(config)?;
        let data = characters(config, data)?;
        let (memory, seed) = (config.learning.memory(), config.learning.seed);
        let mut learner = WakeSleep::new(model, guide, data, memory, config.phases()?, seed)?;
        // Pixels pull at strokes a hundred times as hard as programs do at networks.
        learner.clip = f64::INFINITY;
        Ok(learner)
    }
}

/// Images as the model sees them: labels as numbers, where it knows labels.
///
/// # Errors
/// When an image is of another size, or of a class that the model does not know.
pub fn characters(config: &Config, data: &[Drawn]) -> Result<Vec<Character>, SettingError> {
    data.iter().map(|drawn| character(config, drawn)).collect()
}

fn character(config: &Config, drawn: &Drawn) -> Result<Character, SettingError> {
    let (size, wanted) = (drawn.image.size(), config.size);
    if size != wanted {
        let reason = format!("{wanted}, and an image has {size} pixels in either direction");
        return Err(SettingError::new("size", reason));
    }
    let known = drawn.label.as_ref().filter(|_| !config.labels.is_empty());
    let number = |label: &String| {
        let at = config.labels.iter().position(|l| l == label);
        at.map(|i| i as u16).ok_or_else(|| {
            let known = config.labels.join(", ");
            SettingError::new("labels", format!("there is no `{label}` among {known}"))
        })
    };
    Ok(Character {
        image: drawn.image.clone(),
        label: known.map(number).transpose()?,
    })
}
