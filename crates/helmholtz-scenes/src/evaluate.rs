//! A model of scenes measured on pictures.

use std::fmt;

use helmholtz_nn::Module;
use serde::Serialize;

use super::config::Config;
use super::guide::SceneGuide;
use super::image::Image;
use super::model::SceneModel;
use super::placement::Kind;
use super::program::{Stacks, letter};
use super::scene::{Scene, Truth};
use super::score::{Matching, brier, matched, right, seen};
use super::words::Vocabulary;
use helmholtz_core::evidence::{mean_weight, particles};
use helmholtz_math::softmax;

/// How well a model explains pictures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// The number of pictures.
    pub pictures: usize,
    /// The mean of log p(x) by importance sampling from the guide, in nats: a lower bound in expectation.
    pub log_evidence: f64,
    /// What blocks are like.
    pub kinds: Vec<Learned>,
    /// How right it is, where it is known what pictures show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parses: Option<Parses>,
}

/// A kind of blocks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Learned {
    /// In words.
    pub words: String,
    /// The letter that stands for it in scenes.
    pub letter: char,
    /// Its edges and colour.
    #[serde(flatten)]
    pub kind: Kind,
}

/// How right a model is about what pictures show.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Parses {
    /// The pictures of which it is known and that show a world like the model's.
    pub judged: usize,
    /// The share of visible blocks that the most probable parse has right; `None` where none can be seen.
    pub accuracy: Option<f64>,
    /// How many true kinds of blocks were found: edges within 5 %, colours within 0.05.
    pub found: usize,
    /// Of how many.
    pub kinds: usize,
    /// The mean over kinds of the greatest error of an edge, as a share of it.
    pub edge_error: f64,
    /// The mean over kinds of the greatest error of a colour.
    pub colour_error: f64,
    /// How many cells are hidden by others.
    pub hidden: usize,
    /// The Brier score of how high the stacks in them are, from 0 to 2; `None` where there are none.
    pub hidden_brier: Option<f64>,
    /// The same when every height is held to be equally probable.
    pub hidden_brier_of_chance: f64,
}

/// Particles of the guide per picture.
pub const PARTICLES: usize = 100;

/// Parses of a picture, with weights that sum to 1.
pub type Weighted = Vec<(Stacks, f64)>;

/// Measures a model on scenes by particles of a guide.
pub fn evaluate(
    config: &Config,
    (model, guide): (&SceneModel, &SceneGuide),
    scenes: &[Scene],
    particles: usize,
    seed: u64,
) -> Evaluation {
    let images: Vec<&Image> = scenes.iter().map(|s| &s.image).collect();
    let (evidence, parses) = weighted(model, guide, &images, particles, seed);
    Evaluation {
        pictures: scenes.len(),
        log_evidence: evidence.iter().sum::<f64>() / evidence.len().max(1) as f64,
        kinds: learned(config, model),
        parses: judged(config, model, scenes, &parses),
    }
}

/// What a model knows of blocks.
fn learned(config: &Config, model: &SceneModel) -> Vec<Learned> {
    let kinds = model.kinds();
    let vocabulary = Vocabulary::new(config, &kinds);
    let each = kinds.into_iter().zip(0..);
    each.map(|(kind, number)| Learned {
        words: vocabulary.block(number),
        letter: letter(number),
        kind,
    })
    .collect()
}

/// Per picture, log p(x) and the posterior by particles of the guide.
pub(super) fn weighted(
    model: &SceneModel,
    guide: &SceneGuide,
    images: &[&Image],
    count: usize,
    seed: u64,
) -> (Vec<f64>, Vec<Weighted>) {
    let drawn = particles(&model.valid(), &guide.valid(), images, count, seed);
    let evidence = drawn.iter().map(|p| mean_weight(p)).collect();
    let posterior = drawn.into_iter().map(|particles| {
        let weights = softmax(&particles.iter().map(|p| p.1).collect::<Vec<f64>>());
        let programs = particles.into_iter().map(|p| p.0);
        programs.zip(weights).collect()
    });
    (evidence, posterior.collect())
}

/// How right parses are of scenes of which it is known what they show; `None` where it is known of none.
pub fn judged(
    config: &Config,
    model: &SceneModel,
    scenes: &[Scene],
    parses: &[Weighted],
) -> Option<Parses> {
    let known = scenes.iter().zip(parses);
    let known: Vec<(&Truth, &Weighted)> = known
        .filter_map(|(scene, parses)| Some((scene.truth.as_ref()?, parses)))
        .filter(|(truth, _)| fits(config, &truth.stacks))
        .collect();
    let kinds = &known.first()?.0.kinds;
    let matching = matched(kinds, &model.kinds());
    let (mut blocks, mut hidden) = ([0, 0], (0.0, 0));
    for (truth, parses) in &known {
        let seen = seen(config, truth);
        if let Some(best) = most_probable(parses) {
            let own = right(&truth.stacks, &seen, best, &matching);
            blocks = [blocks[0] + own[0], blocks[1] + own[1]];
        }
        let own = brier((config, &truth.stacks), &seen, parses);
        hidden = (hidden.0 + own.0, hidden.1 + own.1);
    }
    let Matching {
        found,
        edge_error,
        colour_error,
        ..
    } = matching;
    let heights = (config.height + 1) as f64;
    Some(Parses {
        judged: known.len(),
        accuracy: (blocks[1] > 0).then(|| blocks[0] as f64 / blocks[1] as f64),
        found,
        kinds: kinds.len(),
        edge_error,
        colour_error,
        hidden: hidden.1,
        hidden_brier: (hidden.1 > 0).then(|| hidden.0 / hidden.1 as f64),
        hidden_brier_of_chance: 1.0 - 1.0 / heights,
    })
}

/// Whether a scene stands in the cells of a model, no stack being higher than it knows.
fn fits(config: &Config, stacks: &Stacks) -> bool {
    let low = stacks.0.iter().all(|stack| stack.len() <= config.height);
    low && stacks.0.len() == config.plan().cells()
}

/// The parse whose weights sum to most.
fn most_probable(parses: &Weighted) -> Option<&Stacks> {
    let mut sums: Vec<(&Stacks, f64)> = vec![];
    for (parse, weight) in parses {
        match sums.iter_mut().find(|s| s.0 == parse) {
            Some(sum) => sum.1 += weight,
            None => sums.push((parse, *weight)),
        }
    }
    let best = sums.into_iter().max_by(|a, b| a.1.total_cmp(&b.1));
    best.map(|b| b.0)
}

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (nats, count) = (self.log_evidence, self.pictures);
        write!(
            f,
            "log p(x) >=   {nats:.2} nats per picture, by particles of the guide; pictures: {count}"
        )?;
        for (
            i,
            Learned {
                words,
                letter,
                kind,
            },
        ) in self.kinds.iter().enumerate()
        {
            let title = if i == 0 { "kinds" } else { "" };
            let ([w, h, d], [r, g, b]) = (kind.extent, kind.colour);
            write!(
                f,
                "\n{title:12}  {letter}: {words}, {w:.3} x {h:.3} x {d:.3}, colour {r:.2} {g:.2} {b:.2}"
            )?;
        }
        let Some(parses) = &self.parses else {
            return Ok(());
        };
        if let Some(accuracy) = parses.accuracy {
            let share = 100.0 * accuracy;
            write!(f, "\nblocks right  {share:.1} % of those that can be seen")?;
            if parses.judged < self.pictures {
                write!(
                    f,
                    ", in the {} pictures of which it is known",
                    parses.judged
                )?;
            }
        }
        write!(
            f,
            "\nkinds found   {} of {}; on average an edge is off by {:.1} %, a colour by {:.3}",
            parses.found,
            parses.kinds,
            100.0 * parses.edge_error,
            parses.colour_error
        )?;
        match parses.hidden_brier {
            None => Ok(()),
            Some(brier) => write!(
                f,
                "\nhidden cells  {}; the Brier score of how high stacks are there is {brier:.3} ({:.3} by chance)",
                parses.hidden, parses.hidden_brier_of_chance
            ),
        }
    }
}
