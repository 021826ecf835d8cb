//! Characters in experiments: bits per pixel of held-out drawings, and how far reconstructions are off.

use std::collections::BTreeMap;
use std::path::PathBuf;

use helmholtz_nn::Module;
use serde::{Deserialize, Serialize};

use crate::{Benchmark, Exhibit, Metric, Moment};
use helmholtz_characters::config::Config;
use helmholtz_characters::evaluate::{Effort, Evaluation, evaluate};
use helmholtz_characters::explain::{NOISE, Strip, stack, variations};
use helmholtz_characters::guide::CharacterGuide;
use helmholtz_characters::image::{Character, Drawn, Image};
use helmholtz_characters::model::CharacterModel;
use helmholtz_characters::program::Program;
use helmholtz_characters::read::{ReadError, read};
use helmholtz_characters::search::{budget, search};
use helmholtz_characters::training::{CharacterDomain, CharacterLearner, characters};
use helmholtz_characters::{builtin, training};
use helmholtz_core::algorithm::{Algorithm, Learning};
use helmholtz_core::domain::Domain;
use helmholtz_core::guide::Guide;
use helmholtz_core::model::{Model, Rows};
use helmholtz_core::train::{Learner, Phase, WakeSleep};
use helmholtz_math::error::SettingError;
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use helmholtz_math::{logsumexp, softmax};
use helmholtz_nn::{Rates, host};

/// The data of an experiment on characters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Data {
    /// Images in a file or folder instead of the built-in ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// Learn from at most so many images, drawn by the seed; 0 for all that are not held out.
    pub images: usize,
    /// Of the drawings of each character, one of so many is held out.
    pub held_out: usize,
    /// Held-out images that are measured, drawn by the seed.
    pub measured: usize,
    /// Steps in which a fresh guide learns to explain these, under the model as it is.
    pub refit: u64,
    /// Draws of that guide per image.
    pub draws: usize,
    /// The seed of the data.
    pub seed: u64,
}

impl Default for Data {
    fn default() -> Self {
        Self {
            file: None,
            images: 0,
            held_out: 5,
            measured: 50,
            refit: 2_000,
            draws: 500,
            seed: 0,
        }
    }
}

/// Images to learn from, and others.
pub struct World {
    train: Vec<Drawn>,
    test: Vec<Drawn>,
    refit: u64,
    draws: usize,
}

/// Images whose reconstruction is measured.
const RECONSTRUCTED: usize = 500;

/// The images of each character in order, one of `held_out` apart.
fn split(images: Vec<Drawn>, held_out: usize) -> (Vec<Drawn>, Vec<Drawn>) {
    let mut counts: BTreeMap<(Option<String>, String), usize> = BTreeMap::new();
    let (mut train, mut test) = (vec![], vec![]);
    for drawn in images {
        let count = counts
            .entry((drawn.label.clone(), drawn.name.clone()))
            .or_default();
        *count += 1;
        match count.is_multiple_of(held_out) {
            true => test.push(drawn),
            false => train.push(drawn),
        }
    }
    (train, test)
}

impl Benchmark for CharacterDomain {
    type World = World;
    type Data = Data;

    const FROM_FILE: bool = true;

    const METRICS: &'static [Metric] = &[
        Metric {
            name: "bits_per_pixel",
            title: "Bits per pixel of held-out drawings: -log2 p(x) / pixels, by a search and a refitted guide",
            short: "bits per pixel",
        },
        Metric {
            name: "marginal_nll",
            title: "-log p(x) of held-out drawings, nats per image, estimated in the same way",
            short: "NLL, nats",
        },
        Metric {
            name: "found_nll",
            title: "The same by the programs found alone: an upper bound",
            short: "bound, nats",
        },
        Metric {
            name: "own_bits_per_pixel",
            title: "Bits per pixel of held-out drawings by the run's own guide, with the same search",
            short: "bits, own guide",
        },
        Metric {
            name: "reconstruction",
            title: "Reconstruction error of training images: -log p(x | z) over the algorithm's posterior, nats",
            short: "reconstruction, nats",
        },
    ];

    fn world(config: &Config, data: &Data) -> Result<World, SettingError> {
        if data.held_out < 2 || data.measured == 0 {
            let (name, least) = if data.held_out < 2 {
                ("held_out", 2)
            } else {
                ("measured", 1)
            };
            return Err(SettingError::new(
                format!("data.{name}"),
                format!("choose at least {least}"),
            ));
        }
        let images = match &data.file {
            Some(file) => {
                let refuse = |e: ReadError| SettingError::new("data.file", e.to_string());
                read(file, config.size, &[]).map_err(refuse)?.images
            }
            None => builtin::generate(config.size, data.seed),
        };
        let (mut train, mut test) = split(images, data.held_out);
        let mut rng = Stream::at([data.seed, 0, 0, Purpose::Choice.tag()]);
        for (images, most) in [(&mut train, data.images), (&mut test, data.measured)] {
            rng.shuffle(images);
            images.truncate(if most == 0 { images.len() } else { most });
        }
        Ok(World {
            train,
            test,
            refit: data.refit,
            draws: data.draws,
        })
    }

    fn observations(world: &World) -> &[Drawn] {
        &world.train
    }

    fn measure(
        world: &World,
        config: &Config,
        learner: &CharacterLearner,
        moment: &Moment,
    ) -> Vec<(&'static str, f64)> {
        let mut measures = vec![("reconstruction", reconstruction(config, learner))];
        let test = match characters(config, &world.test) {
            Ok(test) if moment.last && !test.is_empty() => test,
            _ => return measures,
        };
        let effort = Effort {
            search: budget(),
            draws: world.draws,
        };
        let measured = |guide: &CharacterGuide| -> Evaluation {
            evaluate(learner.model(), guide, &test, &effort)
        };
        if let Ok(guide) = refit(config, learner.model(), &test, world.refit) {
            let by_fresh = measured(&guide);
            measures.extend([
                ("bits_per_pixel", by_fresh.bits_per_pixel),
                ("marginal_nll", by_fresh.marginal_nll),
                ("found_nll", -by_fresh.bound),
            ]);
        }
        measures.push((
            "own_bits_per_pixel",
            measured(learner.guide()).bits_per_pixel,
        ));
        measures
    }

    fn exhibit(
        world: &World,
        config: &Config,
        learner: &CharacterLearner,
        name: &str,
    ) -> Result<Exhibit, SettingError> {
        let strips = match name {
            "reconstructions" => reconstructions(world, config, learner)?,
            "characters" => new_characters(config, learner),
            "variations" => varied(world, config, learner)?,
            _ => {
                let reason = format!("{name} is none of reconstructions, characters, variations");
                return Err(SettingError::new("exhibits", reason));
            }
        };
        let png = stack(&strips).map_err(|e| SettingError::new("exhibits", e.to_string()));
        png.map(Exhibit::Picture)
    }
}

/// A guide of the model's sizes that learns to explain some images under a model that stays as it is, by memoised
/// wake-sleep with edits: the same for every algorithm.
fn refit(
    config: &Config,
    model: &CharacterModel,
    images: &[Character],
    steps: u64,
) -> Result<CharacterGuide, SettingError> {
    let learning = Learning {
        algorithm: Algorithm::MWS,
        particles: 10,
        edits: 0.5,
        batch: images.len(),
        ..config.learning.clone()
    };
    let mut terms = Algorithm::MWS.terms(&learning)?;
    terms.iter_mut().for_each(|term| term.scale.joint = 0.0);
    let rates = Rates {
        model: 0.0,
        guide: config.rates.guide,
        likelihood: 0.0,
    };
    let until = u64::MAX;
    let phases = vec![Phase {
        until,
        terms,
        rates,
    }];
    let (_, guide) = training::CharacterDomain::networks(config)?;
    let (data, all) = (images.to_vec(), (0..images.len()).collect::<Vec<_>>());
    let mut learner = WakeSleep::new(
        model.clone(),
        guide,
        data,
        learning.memory(),
        phases,
        config.learning.seed,
    )?;
    learner.clip = f64::INFINITY;
    for step in 0..steps {
        learner.step(&all, step);
    }
    Ok(learner.guide().clone())
}

/// The mean over training images of -log p(x | z), over the memory by its weights, or over as many draws of the guide as
/// there are particles, by theirs.
fn reconstruction(config: &Config, learner: &CharacterLearner) -> f64 {
    let images: Vec<&Character> = learner.data.iter().take(RECONSTRUCTED).collect();
    let (model, guide) = (learner.model().valid(), learner.guide().valid());
    let (of, programs, proposed) = posterior(config, learner, &guide, &images);
    let rows = Rows::<CharacterModel>::new(&images, &of, &programs);
    let likelihood = model.log_likelihood(&rows).values();
    let prior = model.log_prior(&rows).values();
    let mut each = vec![(vec![], vec![]); images.len()];
    for (row, &i) in of.iter().enumerate() {
        each[i].0.push(prior[row] + likelihood[row] - proposed[row]);
        each[i].1.push(-likelihood[row]);
    }
    // An image that has not been visited yet, or that nothing explains, has no reconstruction.
    let known = each
        .iter()
        .filter(|(weights, _)| logsumexp(weights).is_finite());
    let errors = known.map(|(weights, errors)| -> f64 {
        softmax(weights)
            .iter()
            .zip(errors)
            .map(|(w, e)| w * e)
            .sum()
    });
    let errors: Vec<f64> = errors.collect();
    errors.iter().sum::<f64>() / errors.len() as f64
}

/// Programs, the image of each, and the logarithm of what it is to be divided by in its weight.
type Weighed = (Vec<usize>, Vec<Program>, Vec<f64>);

fn posterior(
    config: &Config,
    learner: &CharacterLearner,
    guide: &CharacterGuide,
    images: &[&Character],
) -> Weighed {
    let known = learner.memories.iter().take(images.len()).enumerate();
    let members = known.flat_map(|(i, m)| m.programs().iter().map(move |p| (i, p.clone())));
    let (of, programs): (Vec<usize>, Vec<Program>) = members.unzip();
    if !of.is_empty() {
        let nothing = vec![0.0; of.len()];
        return (of, programs, nothing);
    }
    let draws = config.learning.particles;
    let of: Vec<usize> = (0..images.len()).flat_map(|i| vec![i; draws]).collect();
    let mut rngs: Vec<Stream> = (0..of.len() as u64)
        .map(|i| Stream::at([0, i, 0, Purpose::Exhibit.tag()]))
        .collect();
    let encoding = guide.encode(images);
    let drawn = guide.sample(&encoding, &of, &mut rngs);
    let programs: Vec<Program> = drawn.into_iter().map(|p| p.0).collect();
    let proposed = host(&guide.log_prob(&encoding, &of, &programs));
    (of, programs, proposed.into_iter().map(f64::from).collect())
}

/// Images in a picture.
const SHOWN: usize = 10;

/// Some held-out images, each with the best program that a search finds.
fn explained(
    world: &World,
    config: &Config,
    learner: &CharacterLearner,
) -> Result<Vec<(Image, Program)>, SettingError> {
    let images = characters(config, &world.test[..world.test.len().min(SHOWN)])?;
    let found = search(learner.model(), learner.guide(), &images, &budget());
    let best = found.into_iter().map(|f| f.members.into_iter().next());
    let both = images.iter().zip(best);
    let both = both.filter_map(|(x, best)| Some((x.image.clone(), best?.draft.program)));
    Ok(both.collect())
}

/// The best program of some held-out images, stroke by stroke.
fn reconstructions(
    world: &World,
    config: &Config,
    learner: &CharacterLearner,
) -> Result<Vec<Strip>, SettingError> {
    let renderer = learner.model().renderer();
    let each = explained(world, config, learner)?.into_iter();
    Ok(each
        .map(|(image, program)| Strip::of(&renderer, &image, &program.strokes.0))
        .collect())
}

/// New characters, a row of each class, or several rows.
fn new_characters(config: &Config, learner: &CharacterLearner) -> Vec<Strip> {
    let model = learner.model();
    let row = |r: usize| {
        let label = r.checked_rem(config.labels.len()).map(|l| l as u16);
        let images = model.invent(label, 2 * SHOWN, r as u64);
        Strip::of_images(images.iter())
    };
    (0..config.labels.len().clamp(5, 20)).map(row).collect()
}

/// Held-out images, each with characters like it.
fn varied(
    world: &World,
    config: &Config,
    learner: &CharacterLearner,
) -> Result<Vec<Strip>, SettingError> {
    let (model, seed) = (learner.model(), config.learning.seed);
    let strip = |(image, program): (Image, Program)| {
        let varied = variations(model, &program.strokes.0, SHOWN, NOISE, seed);
        let row: Vec<Image> = [image].into_iter().chain(varied).collect();
        Strip::of_images(row.iter())
    };
    Ok(explained(world, config, learner)?
        .into_iter()
        .map(strip)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawings_are_held_out_of_every_character() {
        let (train, test) = split(builtin::generate(12, 0), 5);
        assert_eq!((train.len(), test.len()), (400, 100));
        let names: std::collections::HashSet<_> =
            test.iter().map(|d| (&d.label, &d.name)).collect();
        assert_eq!(names.len(), 50);
    }

    #[test]
    fn a_learner_is_measured_and_shown() {
        for algorithm in [Algorithm::MWS, Algorithm::RWS] {
            let learning = Learning {
                algorithm,
                batch: 10,
                ..Learning::default()
            };
            let config = Config {
                learning,
                size: 12,
                maps: 2,
                bank: 6,
                strokes: 4,
                guide: 8,
                channels: 4,
                pretraining: 0,
                ..Config::default()
            };
            let data = Data {
                images: 10,
                measured: 3,
                refit: 2,
                draws: 10,
                ..Data::default()
            };
            let world = CharacterDomain::world(&config, &data).unwrap();
            let config = CharacterDomain::settle(config, &world.train).unwrap();
            let mut learner = CharacterDomain::learner(&config, &world.train).unwrap();
            (0..2).for_each(|step| drop(learner.step(&(0..10).collect::<Vec<_>>(), step)));
            let moment = Moment {
                step: 2,
                bound: -500.0,
                last: true,
            };
            let measures: BTreeMap<_, _> =
                CharacterDomain::measure(&world, &config, &learner, &moment)
                    .into_iter()
                    .collect();
            assert!(measures["bits_per_pixel"] > 0.0 && measures["reconstruction"] > 0.0);
            assert!(measures["marginal_nll"].is_finite() && measures["found_nll"] < 200.0);
            for name in ["reconstructions", "characters", "variations"] {
                let exhibit = CharacterDomain::exhibit(&world, &config, &learner, name);
                assert!(matches!(exhibit, Ok(Exhibit::Picture(_))), "{name}");
            }
            assert!(CharacterDomain::exhibit(&world, &config, &learner, "sculptures").is_err());
        }
    }
}
