//! Automata in experiments: the noise that is learned, next to the best estimate there is.

use serde::{Deserialize, Serialize};

use crate::{Benchmark, Exhibit, Measures, Metric, Moment, Point};
use helmholtz_automata::config::{Config, check_noise};
use helmholtz_automata::counts::Counts;
use helmholtz_automata::exact::{best_rule, log_evidence, maximum_likelihood};
use helmholtz_automata::explain::{Future, WIDTH, side_by_side};
use helmholtz_automata::image::{Image, SIZE};
use helmholtz_automata::picture::write_png;
use helmholtz_automata::rule::Rule;
use helmholtz_automata::training::{AutomataDomain, AutomataLearner, generate};
use helmholtz_core::guide::Guide;
use helmholtz_math::error::SettingError;
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use helmholtz_nn::Module;

/// The data of an experiment on automata.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Data {
    /// The number of images.
    pub images: usize,
    /// The noise that makes them.
    pub noise: f64,
    /// The seed of the data.
    pub seed: u64,
}

impl Default for Data {
    fn default() -> Self {
        Self {
            images: 500,
            noise: 0.02,
            seed: 0,
        }
    }
}

/// Images, and what is known of them.
pub struct World {
    images: Vec<Image>,
    counts: Vec<Counts>,
    noise: f64,
    /// The noise of maximum likelihood, by the exact posterior.
    best: f64,
}

impl Benchmark for AutomataDomain {
    type World = World;
    type Data = Data;

    const METRICS: &'static [Metric] = &[
        Metric {
            name: "noise_error",
            title: "Error of the learned noise, percentage points (mean over the second half of a run)",
            short: "error of noise, points",
        },
        Metric {
            name: "noise_error_floor",
            title: "Error of the exact maximum-likelihood estimate on the same images, percentage points",
            short: "floor of error",
        },
        Metric {
            name: "noise",
            title: "Learned noise, %",
            short: "noise, %",
        },
        Metric {
            name: "unsolved",
            title: "Images whose best program has more misses than the best rule, %",
            short: "unsolved, %",
        },
        Metric {
            name: "nll_excess",
            title: "Marginal NLL minus that of the maximum-likelihood model, nats per image",
            short: "NLL - best NLL",
        },
        Metric {
            name: "bound_gap",
            title: "Exact log p(x) minus the training bound, nats per image",
            short: "log p(x) - bound",
        },
    ];

    fn world(config: &Config, data: &Data) -> Result<World, SettingError> {
        check_noise(data.noise)?;
        if data.images == 0 {
            return Err(SettingError::new("data.images", "choose at least 1"));
        }
        let drawn = generate(data.images, config.neighbours, data.noise, data.seed);
        let images: Vec<Image> = drawn.into_iter().map(|(_, image)| image).collect();
        let counts = images.iter().map(|x| Counts::of(x, config.neighbours));
        let counts: Vec<Counts> = counts.collect();
        Ok(World {
            best: maximum_likelihood(&counts, config.noise),
            noise: data.noise,
            images,
            counts,
        })
    }

    fn observations(world: &World) -> &[Counts] {
        &world.counts
    }

    fn measure(
        world: &World,
        config: &Config,
        learner: &AutomataLearner,
        moment: &Moment,
    ) -> Vec<(&'static str, f64)> {
        let noise = learner.model().noise();
        let log_p = |noise| {
            let each = world.counts.iter().map(|x| log_evidence(x, noise));
            each.sum::<f64>() / world.counts.len() as f64
        };
        let exact = log_p(noise);
        let error = |noise: f64| 100.0 * (noise - world.noise).abs();
        let mut measures = vec![
            ("noise", 100.0 * noise),
            ("noise_error", error(noise)),
            ("nll_excess", log_p(world.best) - exact),
            ("bound_gap", exact - moment.bound),
        ];
        if moment.last {
            let rules = best_found(config, learner, world.counts.len());
            let both = rules.iter().zip(&world.counts);
            let unsolved = both.filter(|(z, x)| x.misses(**z) > x.misses(best_rule(x)));
            let share = unsolved.count() as f64 / rules.len() as f64;
            measures.push(("noise_error_floor", error(world.best)));
            measures.push(("unsolved", 100.0 * share));
        }
        measures
    }

    /// The noise is averaged over the second half: the last iterate jitters by more than the floor.
    fn conclude(world: &World, curve: &[Point]) -> Measures {
        let mut result = curve.last().map(|p| p.values.clone()).unwrap_or_default();
        let half = &curve[curve.len() / 2..];
        let noises = half.iter().filter_map(|p| p.values.get("noise"));
        let noise = noises.sum::<f64>() / half.len().max(1) as f64;
        result.insert("noise".into(), noise);
        result.insert("noise_error".into(), (noise - 100.0 * world.noise).abs());
        result
    }

    fn exhibit(
        world: &World,
        config: &Config,
        learner: &AutomataLearner,
        name: &str,
    ) -> Result<Exhibit, SettingError> {
        match name {
            "extrapolations" => extrapolations(world, config, learner),
            _ => {
                let reason = format!("{name} is none of extrapolations");
                Err(SettingError::new("exhibits", reason))
            }
        }
    }
}

/// The best program found for each of the first `count` images: of the memory, or of as many draws from the
/// guide as the algorithm has particles.
fn best_found(config: &Config, learner: &AutomataLearner, count: usize) -> Vec<Rule> {
    let fewest = |x: &Counts, rules: &[Rule]| rules.iter().copied().min_by_key(|&z| x.misses(z));
    let data = learner.data.iter().take(count);
    if !learner.memories.is_empty() {
        let best = data.zip(&learner.memories);
        return best
            .filter_map(|(x, memory)| fewest(x, memory.programs()))
            .collect();
    }
    let guide = learner.guide().valid();
    let observations: Vec<&Counts> = data.collect();
    let draws = config.learning.particles;
    let of: Vec<usize> = (0..observations.len() * draws).map(|i| i / draws).collect();
    let mut rngs: Vec<Stream> = (0..of.len() as u64)
        .map(|i| Stream::at([0, i, 0, Purpose::Exhibit.tag()]))
        .collect();
    let drawn = guide.sample(&guide.encode(&observations), &of, &mut rngs);
    let rules: Vec<Rule> = drawn.into_iter().map(|(rule, _)| rule).collect();
    let each = observations.iter().zip(rules.chunks(draws));
    each.filter_map(|(x, rules)| fewest(x, rules)).collect()
}

/// Images that are continued.
const SHOWN: usize = 4;
/// Futures per image.
const FUTURES: usize = 200;
/// Pixels per cell.
const SCALE: usize = 3;

/// Images with their continuation by the program that was found for them and the noise that was learned (MWS,
/// Fig. 9).
fn extrapolations(
    world: &World,
    config: &Config,
    learner: &AutomataLearner,
) -> Result<Exhibit, SettingError> {
    let noise = learner.model().noise();
    let rules = best_found(config, learner, SHOWN);
    let mut gray = vec![];
    for (i, (rule, image)) in rules.into_iter().zip(&world.images).enumerate() {
        let last = image.columns()[SIZE - 1];
        let future = Future::draw(FUTURES, (i as u64, Purpose::Exhibit), |rng| {
            Image::go_on(rule, last, noise, rng)
        });
        gray.extend(side_by_side(image, &future));
        // A white line between one image and the next.
        gray.extend([255; 2 * WIDTH]);
    }
    let png = write_png(WIDTH, gray.len() / WIDTH, &gray, SCALE);
    png.map(Exhibit::Picture)
        .map_err(|e| SettingError::new("exhibits", e.to_string()))
}

#[cfg(test)]
mod tests {
    use helmholtz_automata::rule::Neighbours;
    use std::collections::HashMap;

    use super::*;
    use helmholtz_core::domain::Domain;
    use helmholtz_core::train::Learner;

    fn world(neighbours: Neighbours) -> (World, Config) {
        let config = Config {
            neighbours,
            ..Config::default()
        };
        let data = Data {
            images: 8,
            ..Data::default()
        };
        (AutomataDomain::world(&config, &data).unwrap(), config)
    }

    #[test]
    fn the_noise_is_averaged_over_the_second_half() {
        let (world, _) = world(Neighbours::Three);
        let point = |noise: f64| Point {
            step: 1,
            evaluations: 1.0,
            unique_evaluations: 1.0,
            values: [("noise".to_owned(), noise)].into(),
        };
        let curve = [25.0, 10.0, 2.5, 2.1].map(point);
        let result = AutomataDomain::conclude(&world, &curve);
        assert!((result["noise"] - 2.3).abs() < 1e-12);
        assert!((result["noise_error"] - 0.3).abs() < 1e-12);
    }

    #[test]
    fn a_learner_that_knows_nothing_is_measured_as_such() {
        for neighbours in Neighbours::ALL {
            let (world, config) = world(neighbours);
            let mut learner = AutomataDomain::learner(&config, &world.counts).unwrap();
            learner.step(&[0, 1, 2, 3, 4, 5, 6, 7], 0);
            let moment = Moment {
                step: 1,
                bound: -3000.0,
                last: true,
            };
            let measures: HashMap<_, _> =
                AutomataDomain::measure(&world, &config, &learner, &moment)
                    .into_iter()
                    .collect();
            assert!(measures["noise_error"] > 10.0 && measures["noise_error_floor"] < 1.0);
            assert!(measures["nll_excess"] > 0.0 && measures["unsolved"] > 50.0);
            let picture = AutomataDomain::exhibit(&world, &config, &learner, "extrapolations");
            assert!(matches!(picture, Ok(Exhibit::Picture(_))));
            assert!(AutomataDomain::exhibit(&world, &config, &learner, "sculptures").is_err());
        }
    }
}
