//! From a configuration and images to a learner.

use super::config::Config;
use super::guide::CharacterGuide;
use super::image::{Character, Drawn};
use super::model::CharacterModel;
use helmholtz_core::domain::{Domain, Shipped};
use helmholtz_core::shipped;
use helmholtz_core::train::WakeSleep;
use helmholtz_math::error::SettingError;
use helmholtz_nn::training_device;

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

    const SHIPPED: Option<Shipped> = Some(shipped!("pretrained"));

    /// Where `conditional` is set and no labels are named, they are the classes of the images; where it is not, there are
    /// none.
    fn settle(config: Config, data: &[Drawn]) -> Result<Config, SettingError> {
        let mut labels = config.labels.clone();
        if !config.conditional {
            labels.clear();
        } else if labels.is_empty() {
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
        if let Some(label) = unknown(config, data) {
            let known = config.labels.join(", ");
            let reason = format!("there is no `{label}` among {known}");
            return Err(SettingError::new("labels", reason));
        }
        let networks = Self::networks(config)?;
        let data = characters(config, data)?;
        let mut learner =
            WakeSleep::with_settings(networks, data, &config.learning, config.phases()?)?;
        // Pixels pull at strokes a hundred times as hard as programs do at networks.
        learner.clip = f64::INFINITY;
        Ok(learner)
    }
}

/// Images as the model sees them: labels as numbers. One of a class that the model does not know may be of any.
///
/// # Errors
/// When an image is of another size.
pub fn characters(config: &Config, data: &[Drawn]) -> Result<Vec<Character>, SettingError> {
    let number = |label: &String| config.labels.iter().position(|l| l == label);
    let character = |drawn: &Drawn| match drawn.image.size() == config.size {
        true => Ok(Character {
            image: drawn.image.clone(),
            label: drawn.label.as_ref().and_then(number).map(|i| i as u16),
        }),
        false => {
            let (wanted, size) = (config.size, drawn.image.size());
            let reason = format!("{wanted}, and an image has {size} pixels in either direction");
            Err(SettingError::new("size", reason))
        }
    };
    data.iter().map(character).collect()
}

/// The first class of an image that is none of the model's, where it has any.
fn unknown<'a>(config: &Config, data: &'a [Drawn]) -> Option<&'a str> {
    let mut labels = data.iter().filter_map(|x| x.label.as_deref());
    let strange = labels.find(|l| !config.labels.iter().any(|known| known == l));
    strange.filter(|_| !config.labels.is_empty())
}
