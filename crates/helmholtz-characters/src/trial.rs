//! Trials of the search for strokes.

use std::sync::LazyLock;

use helmholtz_nn::Module;

use super::config::Config;
use super::guide::CharacterGuide;
use super::image::{Character, Drawn};
use super::model::CharacterModel;
use super::search::{Drawn as Searched, thorough};
use super::training::CharacterDomain;
use helmholtz_core::model::Model;
use helmholtz_core::search::{Confidence, Trial, Tried, compared, known};
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;

/// Fitted by `helmholtz reproduce calibration-characters`.
static CONFIDENCE: LazyLock<Confidence> =
    LazyLock::new(|| Confidence::read(include_str!("confidence.json")));

type Pair = (CharacterModel, CharacterGuide);

impl Tried for CharacterDomain {
    fn drawn(_: &Config, (model, guide): &Pair, number: u64) -> Option<Trial> {
        let (model, guide) = (model.valid(), guide.valid());
        let address = |purpose: Purpose| [Stream::at([0, number, 0, purpose.tag()])];
        let latents = model.sample_latent(&mut address(Purpose::Fantasy));
        let mut drawn =
            model.sample_observation(&latents, &mut address(Purpose::FantasyObservation));
        let image = Character {
            label: None,
            ..drawn.pop()??
        };
        let (program, _) = latents.into_iter().next()?;
        known(&Searched::new(&model, &guide, &image), &thorough(), program)
    }

    fn recorded(_: &Config, (model, guide): &Pair, drawn: &Drawn) -> Option<Trial> {
        let (model, guide) = (model.valid(), guide.valid());
        let image = Character {
            image: drawn.image.clone(),
            label: None,
        };
        compared(&Searched::new(&model, &guide, &image), &thorough())
    }

    fn confidence() -> &'static Confidence {
        &CONFIDENCE
    }
}
