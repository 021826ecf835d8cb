//! Scenes in experiments: evidence, how right parses are, and which kinds of blocks were found.

use serde::{Deserialize, Serialize};

use crate::lock_in::looked_at;
use crate::{Benchmark, Exhibit, Metric, Moment};
use helmholtz_core::algorithm::learning::in_range;
use helmholtz_math::error::SettingError;
use helmholtz_scenes::builtin::{
    Arrangement, BUILTIN_SCENES, MOST_MANY, generate_of, many_kinds, true_kinds,
};
use helmholtz_scenes::config::Config;
use helmholtz_scenes::drawing::Picture;
use helmholtz_scenes::evaluate::{Weighted, evaluate, judged};
use helmholtz_scenes::explain::{UNWORTHY, explain};
use helmholtz_scenes::program::Stacks;
use helmholtz_scenes::scene::Scene;
use helmholtz_scenes::search::Search;
use helmholtz_scenes::training::{SceneDomain, SceneLearner};

/// The seed of held-out scenes, far from those of the training scenes.
const HELD_OUT: u64 = 1 << 40;

/// The data of an experiment on scenes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Data {
    /// Scenes to learn from.
    pub scenes: usize,
    /// Scenes held out.
    pub held_out: usize,
    /// The seed of the data.
    pub seed: u64,
    /// How scenes are arranged.
    pub arrangement: Arrangement,
    /// Particles of the guide per scene, on the way and in the end.
    pub particles: [usize; 2],
    /// Held-out scenes that are parsed by a search in the end.
    pub searched: usize,
    /// How many kinds of cubes there are, up to eight; left out for the three of the paper.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kinds: Option<usize>,
    /// Scenes learned from whose memories are looked at in the end.
    pub looked_at: usize,
}

impl Default for Data {
    fn default() -> Self {
        Self {
            scenes: BUILTIN_SCENES,
            held_out: BUILTIN_SCENES,
            seed: 0,
            arrangement: Arrangement::Paper,
            particles: [10, 100],
            searched: 50,
            kinds: None,
            looked_at: 0,
        }
    }
}

/// Scenes to learn from, and others.
pub struct World {
    train: Vec<Scene>,
    test: Vec<Scene>,
    data: Data,
}

impl Benchmark for SceneDomain {
    type World = World;
    type Data = Data;

    const FROM_FILE: bool = false;

    const METRICS: &'static [Metric] = &[
        Metric {
            name: "log_evidence",
            title: "log p(x) of held-out scenes by importance sampling from the guide, nats",
            short: "held-out log p(x)",
        },
        Metric {
            name: "bound",
            title: "Training bound, nats",
            short: "bound",
        },
        Metric {
            name: "found",
            title: "True kinds of blocks that were found: edges within 5 %, colours within .05",
            short: "kinds found",
        },
        Metric {
            name: "edge_error",
            title: "Error of a kind's edges, in the mean over true kinds, as a share",
            short: "edge error",
        },
        Metric {
            name: "colour_error",
            title: "Error of a kind's colour, in the mean over true kinds",
            short: "colour error",
        },
        Metric {
            name: "accuracy",
            title: "Share of visible blocks of held-out scenes that the guide's most probable parse has right",
            short: "blocks right",
        },
        Metric {
            name: "searched_accuracy",
            title: "The same by a search",
            short: "blocks right, search",
        },
        Metric {
            name: "hidden_brier",
            title: "Brier score of the heights of hidden stacks by particles of the guide",
            short: "hidden, Brier",
        },
        Metric {
            name: "searched_brier",
            title: "The same by a search",
            short: "hidden, Brier, search",
        },
        Metric {
            name: "chance_brier",
            title: "The same where all heights are held to be equally probable",
            short: "hidden, Brier, chance",
        },
    ];

    fn world(config: &Config, data: &Data) -> Result<World, SettingError> {
        if data.scenes == 0 || data.held_out == 0 || data.particles.contains(&0) {
            let reason = "scenes, held_out and particles have to be at least 1";
            return Err(SettingError::new("data", reason));
        }
        let kinds = match data.kinds {
            None => true_kinds(config),
            Some(count) => {
                in_range("kinds", count, MOST_MANY)?;
                many_kinds(count)
            }
        };
        let make = |count, seed| generate_of(&kinds, config, data.arrangement, (count, seed));
        Ok(World {
            train: make(data.scenes, data.seed),
            test: make(data.held_out, data.seed + HELD_OUT),
            data: data.clone(),
        })
    }

    fn observations(world: &World) -> &[Scene] {
        &world.train
    }

    fn measure(
        world: &World,
        config: &Config,
        learner: &SceneLearner,
        moment: &Moment,
    ) -> Vec<(&'static str, f64)> {
        let networks = (learner.model(), learner.guide());
        let particles = world.data.particles[usize::from(moment.last)];
        let found = evaluate(config, networks, &world.test, particles, 1);
        let mut measures = vec![
            ("log_evidence", found.log_evidence),
            ("bound", moment.bound),
        ];
        if let Some(parses) = found.parses {
            measures.extend([
                ("found", parses.found as f64),
                ("edge_error", parses.edge_error),
                ("colour_error", parses.colour_error),
                ("accuracy", parses.accuracy.unwrap_or(f64::NAN)),
                ("hidden_brier", parses.hidden_brier.unwrap_or(f64::NAN)),
                ("chance_brier", parses.hidden_brier_of_chance),
            ]);
        }
        if moment.last {
            measures.extend(searched(world, config, learner));
            let images = world.train.iter().map(|scene| &scene.image);
            let images: Vec<&helmholtz_scenes::Image> = images.take(world.data.looked_at).collect();
            measures.extend(looked_at(learner, &images, &config.learning));
        }
        measures
    }

    fn exhibit(
        world: &World,
        config: &Config,
        learner: &SceneLearner,
        name: &str,
    ) -> Result<Exhibit, SettingError> {
        match name {
            "posterior" => {
                let png = posterior(world, config, learner).png();
                let png = png.map_err(|e| SettingError::new("exhibits", e.to_string()));
                png.map(Exhibit::Picture)
            }
            _ => {
                let reason = format!("{name} is none of posterior");
                Err(SettingError::new("exhibits", reason))
            }
        }
    }
}

/// How right a search is about held-out scenes.
fn searched(world: &World, config: &Config, learner: &SceneLearner) -> Vec<(&'static str, f64)> {
    let scenes = &world.test[..world.data.searched.min(world.test.len())];
    let networks = (learner.model(), learner.guide());
    let parses = |scene: &Scene| -> Weighted {
        let found = Search::default().run(networks.0, networks.1, &scene.image);
        let weights = found.weights();
        let stacks = found.members.into_iter().map(|f| f.draft.program);
        stacks.zip(weights).collect()
    };
    let parses: Vec<Weighted> = scenes.iter().map(parses).collect();
    match judged(config, learner.model(), scenes, &parses) {
        Some(judged) => vec![
            ("searched_accuracy", judged.accuracy.unwrap_or(f64::NAN)),
            ("searched_brier", judged.hidden_brier.unwrap_or(f64::NAN)),
        ],
        None => vec![],
    }
}

/// Scenes of a picture, and the most parses of each.
const SHOWN: (usize, usize) = (5, 3);

/// Held-out scenes with parses from several sides.
fn posterior(world: &World, config: &Config, learner: &SceneLearner) -> Picture {
    let mut picture = Picture::new(config.size);
    let networks = (learner.model(), learner.guide());
    for scene in world.test.iter().take(SHOWN.0) {
        let found = explain(config, networks, &scene.image, &Search::default());
        let probable = found.parses.iter().take_while(|p| p.weight > UNWORTHY);
        let probable = probable.take(SHOWN.1);
        let shown: Vec<(&Stacks, &[f64])> =
            probable.map(|p| (&p.stacks, &p.positions[..])).collect();
        picture.add(config, learner.model(), Some(&scene.image), &shown);
    }
    picture
}
