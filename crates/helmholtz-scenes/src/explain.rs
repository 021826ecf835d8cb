//! Explaining one picture: which blocks stand where, and how sure that is.

use helmholtz_nn::Module;
use serde::Serialize;

use super::config::Config;
use super::guide::SceneGuide;
use super::image::Image;
use super::model::SceneModel;
use super::program::Stacks;
use super::scene::{Scene, Truth};
use super::search::{Found, Search};
use super::words::{Vocabulary, cell_name};
use helmholtz_core::model::Model;
use helmholtz_core::search::{Same, Trust};
use helmholtz_math::laplace::{Doubt, Weighted, doubtful};
use helmholtz_math::logsumexp;
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;

/// What there is to say about a picture.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// Parses, the most probable first.
    pub parses: Vec<Parse>,
    /// Why the weights and the bound may be wrong, where parses that have weight are in doubt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approximate: Option<String>,
    /// The cells whose content is not certain by the parses that were found: the name of each, and how probable it is that so many blocks stand there,
    /// from none on.
    pub uncertain: Vec<(String, Vec<f64>)>,
    /// The share of the squared difference from an empty scene that the most probable parse leaves.
    pub unexplained: f64,
    /// The logarithm of the sum of p(z, x) over the parses found: about the least that log p(x) is, for positions are
    /// integrated out by an approximation.
    pub bound: f64,
    /// How far the parses are to be trusted.
    #[serde(flatten)]
    pub trust: Trust,
}

/// A scene that a picture may show.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Parse {
    /// In words.
    pub words: String,
    /// The blocks: of several such parses that nobody can tell apart, those of the most probable.
    pub stacks: Stacks,
    /// Their raw positions.
    pub positions: Vec<f64>,
    /// Its posterior probability; what may not have been found has the rest.
    pub weight: f64,
    /// log p(z, x), positions integrated out, summed over such parses.
    pub log_joint: f64,
    /// Why that may be wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approximate: Option<String>,
}

/// Parses that are less probable are not worth showing.
pub const UNWORTHY: f64 = 0.005;
/// A cell is certain where one height has more than this probability.
const CERTAIN: f64 = 0.99;

/// Explains a picture by a search among parses.
pub fn explain(
    config: &Config,
    (model, guide): (&SceneModel, &SceneGuide),
    image: &Image,
    search: &Search,
) -> Explanation {
    let posterior = search.run(model, guide, image);
    let (found, weights) = (&posterior.members, posterior.weights());
    let trust = posterior.trust(search.confidence);
    let joints: Vec<f64> = found.iter().map(|f| f.log_joint).collect();
    let vocabulary = Vocabulary::new(config, &model.kinds());
    let heights = heights(config, found, &weights);
    let uncertain = heights
        .into_iter()
        .enumerate()
        .filter_map(|(cell, heights)| {
            let unsure = heights.iter().all(|&p| p <= CERTAIN);
            unsure.then(|| (cell_name(&config.plan(), cell), heights))
        });
    let left = |best| unexplained(config, model, image, best);
    let doubts = found.iter().zip(&weights).map(|(f, w)| (f.note.doubt, *w));
    let doubts: Vec<Weighted> = doubts.collect();
    // Parses that nobody can tell apart are one: kinds that are as good as the same make many.
    let parse = |same: &Same| {
        let best = &found[same.members[0]];
        let joints: Vec<f64> = same.members.iter().map(|&i| joints[i]).collect();
        let doubts: Vec<Weighted> = same.members.iter().map(|&i| doubts[i]).collect();
        Parse {
            words: vocabulary.scene(&best.draft.program),
            stacks: best.draft.program.clone(),
            positions: best.draft.start.clone(),
            weight: trust.found() * same.weight,
            log_joint: logsumexp(&joints),
            approximate: Doubt::of_all(&doubts).said(),
        }
    };
    Explanation {
        unexplained: found.first().map_or(1.0, left),
        uncertain: uncertain.collect(),
        bound: logsumexp(&joints),
        trust,
        approximate: doubtful("parses", &doubts),
        parses: posterior.answers.iter().map(parse).collect(),
    }
}

/// The share of the squared difference from an empty scene that a parse leaves.
fn unexplained(config: &Config, model: &SceneModel, image: &Image, parse: &Found) -> f64 {
    let ground = config.ground();
    let towers = ground.towers(&parse.draft.program, &model.kinds(), &parse.draft.start);
    config.renderer().error(&towers, image) / image.error().max(f64::MIN_POSITIVE)
}

/// A scene of the prior.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Invented {
    /// In words.
    pub words: String,
    /// The blocks.
    pub stacks: Stacks,
    /// Their raw positions.
    pub positions: Vec<f64>,
}

impl Invented {
    /// Its picture, with what it shows.
    pub fn scene(&self, config: &Config, model: &SceneModel) -> Scene {
        let kinds = model.kinds();
        let towers = config
            .ground()
            .towers(&self.stacks, &kinds, &self.positions);
        Scene {
            image: Image::rounded(config.size, &config.renderer().picture(&towers)),
            truth: Some(Truth {
                stacks: self.stacks.clone(),
                positions: self.positions.clone(),
                kinds,
            }),
        }
    }
}

/// `count` scenes of the prior.
pub fn invented(config: &Config, model: &SceneModel, count: usize, seed: u64) -> Vec<Invented> {
    let stream = |i| Stream::at([seed, i, 0, Purpose::Fantasy.tag()]);
    let mut rngs: Vec<Stream> = (0..count as u64).map(stream).collect();
    let vocabulary = Vocabulary::new(config, &model.kinds());
    let latents = model.valid().sample_latent(&mut rngs).into_iter();
    let scene = |(stacks, raw): (Stacks, Vec<f32>)| Invented {
        words: vocabulary.scene(&stacks),
        positions: raw.into_iter().map(f64::from).collect(),
        stacks,
    };
    latents.map(scene).collect()
}

/// Of every cell, how probable each height is.
fn heights(config: &Config, found: &[Found], weights: &[f64]) -> Vec<Vec<f64>> {
    let mut heights = vec![vec![0.0; config.height + 1]; config.plan().cells()];
    for (found, weight) in found.iter().zip(weights) {
        for (cell, stack) in found.draft.program.0.iter().enumerate() {
            heights[cell][stack.len()] += weight;
        }
    }
    heights
}
