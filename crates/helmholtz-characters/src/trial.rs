//! Trials of the search for strokes.

use std::sync::LazyLock;

use helmholtz_nn::Module;

use super::config::Config;
use super::guide::CharacterGuide;
use super::image::{Character, Drawn};
use super::model::CharacterModel;
use super::search::{Drawn as Searched, thorough};
use super::training::CharacterDomain;
use helmholtz_core::search::{Confidence, Trial, Tried, compared, known, made};

/// Fitted by `helmholtz reproduce calibration-characters`.
static CONFIDENCE: LazyLock<Confidence> =
    LazyLock::new(|| Confidence::read(include_str!("confidence.json")));

type Pair = (CharacterModel, CharacterGuide);

impl Tried for CharacterDomain {
    fn drawn(_: &Config, (model, guide): &Pair, number: u64) -> Option<Trial> {
        let (model, guide) = (model.valid(), guide.valid());
        let (program, image) = made(&model, number)?;
        let image = image.without_label();
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
