//! Explaining one picture: which blocks stand where, and how sure that is.

use helmholtz_nn::Module;
use serde::Serialize;

use super::config::Config;
use super::guide::SceneGuide;
use super::image::Image;
use super::model::SceneModel;
use super::placement::Kind;
use super::program::Stacks;
use super::scene::{Scene, Truth};
use super::score::alike;
use super::search::{Found, Search};
use super::words::{Vocabulary, cell_name};
use helmholtz_core::model::Model;
use helmholtz_core::search::Agreement;
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
    /// How far the restarts of the search agree about the parse.
    pub agreement: Agreement,
    /// How probable it is that the scene is none that was found.
    pub not_found: f64,
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
    let (weights, agreement) = (posterior.weights(), posterior.agreement);
    let trusted = posterior.trusted(search.confidence);
    let found = posterior.members;
    let joints: Vec<f64> = found.iter().map(|f| f.log_joint).collect();
    let vocabulary = Vocabulary::new(config, &model.kinds());
    let heights = heights(config, &found, &weights);
    let uncertain = heights
        .into_iter()
        .enumerate()
        .filter_map(|(cell, heights)| {
            let unsure = heights.iter().all(|&p| p <= CERTAIN);
            unsure.then(|| (cell_name(&config.plan(), cell), heights))
        });
    let left = |best| unexplained(config, model, image, best);
    let unexplained = found.first().map_or(1.0, left);
    let doubts = found.iter().zip(&weights).map(|(f, w)| (f.note.doubt, *w));
    let doubts: Vec<Weighted> = doubts.collect();
    let parse = |(found, weight): (Found, f64)| Parse {
        words: vocabulary.scene(&found.draft.program),
        stacks: found.draft.program,
        positions: found.draft.start,
        weight: trusted * weight,
        log_joint: found.log_joint,
        approximate: None,
    };
    let parses = found.into_iter().zip(weights).map(parse);
    Explanation {
        unexplained,
        uncertain: uncertain.collect(),
        bound: logsumexp(&joints),
        agreement,
        not_found: 1.0 - trusted,
        approximate: doubtful("parses", &doubts),
        parses: merged(parses.zip(doubts), &model.kinds()),
    }
}

/// The share of the squared difference from an empty scene that a parse leaves.
fn unexplained(config: &Config, model: &SceneModel, image: &Image, parse: &Found) -> f64 {
    let ground = config.ground();
    let towers = ground.towers(&parse.draft.program, &model.kinds(), &parse.draft.start);
    config.renderer().error(&towers, image) / image.error().max(f64::MIN_POSITIVE)
}

/// Parses that nobody can tell apart as one, the most probable first: kinds that are as good as the same make many.
fn merged(parses: impl Iterator<Item = (Parse, Weighted)>, kinds: &[Kind]) -> Vec<Parse> {
    let same = |a: &Parse, b: &Parse| {
        let both = || a.stacks.each().zip(b.stacks.each());
        let alike = |a: u8, b: u8| alike(&kinds[usize::from(a)], &kinds[usize::from(b)]);
        let equal = both().all(|(a, b)| (a.0, a.1) == (b.0, b.1) && alike(a.2, b.2));
        equal && a.words == b.words && a.stacks.blocks() == b.stacks.blocks()
    };
    let mut groups: Vec<(Parse, Vec<Weighted>)> = vec![];
    for (parse, doubt) in parses {
        match groups.iter_mut().find(|p| same(&p.0, &parse)) {
            Some((same, doubts)) => {
                same.weight += parse.weight;
                same.log_joint = logsumexp(&[same.log_joint, parse.log_joint]);
                doubts.push(doubt);
            }
            None => groups.push((parse, vec![doubt])),
        }
    }
    let said = |(parse, doubts): (Parse, Vec<Weighted>)| Parse {
        approximate: Doubt::of_all(&doubts).said(),
        ..parse
    };
    let mut merged: Vec<Parse> = groups.into_iter().map(said).collect();
    merged.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    merged
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
