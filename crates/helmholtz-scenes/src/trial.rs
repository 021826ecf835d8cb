//! Trials of the search for scenes.

use std::sync::LazyLock;

use helmholtz_nn::Module;

use super::config::Config;
use super::guide::SceneGuide;
use super::model::SceneModel;
use super::scene::Scene;
use super::search::Search;
use super::training::SceneDomain;
use helmholtz_core::model::Model;
use helmholtz_core::search::{Confidence, Trial, Tried, compared, known};
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;

/// Fitted by `helmholtz reproduce calibration-scenes`.
static CONFIDENCE: LazyLock<Confidence> =
    LazyLock::new(|| Confidence::read(include_str!("confidence.json")));

type Pair = (SceneModel, SceneGuide);

impl Tried for SceneDomain {
    fn drawn(_: &Config, (model, guide): &Pair, number: u64) -> Option<Trial> {
        let (model, guide) = (model.valid(), guide.valid());
        let address = |purpose: Purpose| [Stream::at([0, number, 0, purpose.tag()])];
        let latents = model.sample_latent(&mut address(Purpose::Fantasy));
        let mut drawn =
            model.sample_observation(&latents, &mut address(Purpose::FantasyObservation));
        let image = drawn.pop()??;
        let (stacks, _) = latents.into_iter().next()?;
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
