//! The model that ships with the library, trained on the built-in scenes.

use super::config::Config;
use super::guide::SceneGuide;
use super::model::SceneModel;
use super::training::SceneDomain;
use helmholtz_core::domain;
use helmholtz_math::error::StateError;

/// The configuration, model and guide that ship with the library.
///
/// # Errors
/// When the shipped file does not fit the code, which a test excludes.
pub fn pretrained() -> Result<(Config, SceneModel, SceneGuide), StateError> {
    let (config, (model, guide)) = domain::pretrained::<SceneDomain>()?;
    Ok((config, model, guide))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::evaluate;
    use crate::{Arrangement, generate};
    use helmholtz_core::domain::Settings as _;

    #[test]
    fn the_shipped_model_loads_and_is_right_about_scenes_that_it_has_not_seen() {
        let (config, model, guide) = pretrained().unwrap();
        assert_eq!(config.check(), Ok(()));
        let unseen = generate(&config, Arrangement::Paper, 10, 100);
        let found = evaluate(&config, (&model, &guide), &unseen, 50, 1);
        let parses = found.parses.unwrap();
        assert_eq!((parses.found, parses.kinds), (3, 3));
        // Of some forty blocks.
        assert!(parses.accuracy > Some(0.9), "{parses:?}");
    }
}
