//! From a configuration and scenes to a learner.

use super::config::Config;
use super::guide::SceneGuide;
use super::image::Image;
use super::model::SceneModel;
use super::scene::Scene;
use helmholtz_core::domain::{Domain, Shipped};
use helmholtz_core::shipped;
use helmholtz_core::train::WakeSleep;
use helmholtz_math::error::SettingError;
use helmholtz_nn::training_device;

/// Pictures of towers, explained by the blocks that they are built of.
#[derive(Clone, Copy, Debug)]
pub enum SceneDomain {}

/// The learner of scenes.
pub type SceneLearner = WakeSleep<SceneModel, SceneGuide>;

impl Domain for SceneDomain {
    const NAME: &'static str = "scenes";

    type Config = Config;
    type Datum = Scene;
    type Networks = (SceneModel, SceneGuide);
    type Learner = SceneLearner;

    const SHIPPED: Option<Shipped> = Some(shipped!("pretrained"));

    fn networks(config: &Config) -> Result<(SceneModel, SceneGuide), SettingError> {
        let device = training_device();
        let model = SceneModel::new(config, &device)?;
        Ok((model, SceneGuide::new(config, &device)?))
    }

    fn learner(config: &Config, data: &[Scene]) -> Result<SceneLearner, SettingError> {
        let networks = Self::networks(config)?;
        let data = images(config, data)?;
        let mut learner =
            WakeSleep::with_settings(networks, data, &config.learning, config.phases()?)?;
        // Pixels pull at blocks a thousand times as hard as programs do at networks.
        learner.clip = f64::INFINITY;
        Ok(learner)
    }
}

/// The pictures of scenes.
///
/// # Errors
/// When one is of another size.
pub fn images(config: &Config, data: &[Scene]) -> Result<Vec<Image>, SettingError> {
    let image = |scene: &Scene| match scene.image.size() == config.size {
        true => Ok(scene.image.clone()),
        false => {
            let (wanted, size) = (config.size, scene.image.size());
            let reason = format!("{wanted}, and a picture has {size} pixels in either direction");
            Err(SettingError::new("size", reason))
        }
    };
    data.iter().map(image).collect()
}
