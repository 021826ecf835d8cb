//! Trials of the search for scenes.

use std::sync::LazyLock;

use helmholtz_nn::Module;

use super::config::Config;
use super::guide::SceneGuide;
use super::model::SceneModel;
use super::scene::Scene;
use super::search::Search;
use super::training::SceneDomain;
use helmholtz_core::search::{Confidence, Trial, Tried, compared, known, made};

/// Fitted by `helmholtz reproduce calibration-scenes`.
static CONFIDENCE: LazyLock<Confidence> =
    LazyLock::new(|| Confidence::read(include_str!("confidence.json")));

type Pair = (SceneModel, SceneGuide);

impl Tried for SceneDomain {
    fn drawn(_: &Config, (model, guide): &Pair, number: u64) -> Option<Trial> {
        let (model, guide) = (model.valid(), guide.valid());
        let (stacks, image) = made(&model, number)?;
        let search = Search::default();
        known(
            &search.picture((&model, &guide), &image),
            &search.budget,
            stacks,
        )
    }

    fn recorded(_: &Config, (model, guide): &Pair, scene: &Scene) -> Option<Trial> {
        let (model, guide) = (model.valid(), guide.valid());
        let search = Search::default();
        compared(
            &search.picture((&model, &guide), &scene.image),
            &search.budget,
        )
    }

    fn confidence() -> &'static Confidence {
        &CONFIDENCE
    }
}
