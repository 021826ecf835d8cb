//! The model that ships with the library, trained on invented alphabets.

use super::config::Config;
use super::guide::CharacterGuide;
use super::model::CharacterModel;
use super::training::CharacterDomain;
use helmholtz_core::domain;
use helmholtz_math::error::StateError;

/// The configuration, model and guide that ship with the library.
///
/// # Errors
/// When the shipped file does not fit the code, which a test excludes.
pub fn pretrained() -> Result<(Config, CharacterModel, CharacterGuide), StateError> {
    let (config, (model, guide)) = domain::pretrained::<CharacterDomain>()?;
    Ok((config, model, guide))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::{Effort, evaluate};
    use crate::search::{Budget, budget};
    use crate::{characters, generate};
    use helmholtz_core::domain::Settings as _;

    #[test]
    fn the_shipped_model_loads_and_explains_characters_that_it_has_not_seen() {
        let (config, model, guide) = pretrained().unwrap();
        assert_eq!(config.check(), Ok(()));
        let unseen: Vec<_> = generate(config.size, 100).into_iter().step_by(50).collect();
        let images = characters(&config, &unseen).unwrap();
        let search = Budget {
            restarts: 1,
            rounds: 20,
            ..budget()
        };
        let effort = Effort { search, draws: 20 };
        let evaluation = evaluate(&model, &guide, &images, &effort);
        // An image in which every pixel is ink as often as in all of them needs about 0.45.
        assert!(
            evaluation.bits_per_pixel < 0.35,
            "{}",
            evaluation.bits_per_pixel
        );
    }
}
