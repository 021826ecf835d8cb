//! Mixtures in experiments: everything is measured by enumeration.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use crate::{Benchmark, Exhibit, Metric, Moment};
use helmholtz_clusters::config::Config;
use helmholtz_clusters::evaluate::{approximations, mean_divergence};
use helmholtz_clusters::exact::{Enumeration, fit, smallest_divergence};
use helmholtz_clusters::explain::clusters;
use helmholtz_clusters::normal::{Covariance, Points};
use helmholtz_clusters::training::{MixtureDomain, MixtureLearner, generate};
use helmholtz_math::error::SettingError;

/// The seed of the held-out sets, far from those of the training sets.
const HELD_OUT: u64 = 1 << 40;
/// Draws of the particles over which a divergence is averaged, in the end.
const REPEATS: usize = 20;
/// Particles of an approximation that is not limited to K.
const MANY: usize = 500;

/// The data of an experiment on mixtures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Data {
    /// Sets to learn from, and as many held out.
    pub sets: usize,
    /// The variance of a cluster.
    pub variance: f64,
    /// The seed of the data.
    pub seed: u64,
}

impl Default for Data {
    fn default() -> Self {
        Self {
            sets: 100,
            variance: 0.03,
            seed: 0,
        }
    }
}

/// Sets of points, and what is true of them.
pub struct World {
    train: Vec<Points>,
    test: Vec<Points>,
    enumeration: Enumeration,
    /// p(z | x) under the truth, of every set to learn from.
    posteriors: Vec<Vec<f64>>,
    nll_truth: [f64; 2],
    nll_best: f64,
}

impl Benchmark for MixtureDomain {
    type World = World;
    type Data = Data;

    const METRICS: &'static [Metric] = &[
        Metric {
            name: "nll_excess",
            title: "Marginal NLL of the training sets minus that of the true model, nats",
            short: "NLL - true NLL",
        },
        Metric {
            name: "test_nll_excess",
            title: "Marginal NLL of held-out sets minus that of the true model, nats",
            short: "held-out NLL - true NLL",
        },
        Metric {
            name: "best_nll_excess",
            title: "The same of the training sets under the model of maximum likelihood, nats",
            short: "best NLL - true NLL",
        },
        Metric {
            name: "kl",
            title: "KL(Q || true posterior), Q on K particles (a memory: its members), nats",
            short: "KL to true posterior",
        },
        Metric {
            name: "kl_500",
            title: "KL(Q || true posterior), Q on 500 particles (a memory: its members), nats",
            short: "KL, 500 particles",
        },
        Metric {
            name: "kl_floor",
            title: "The smallest KL that K / 2 members can reach, nats",
            short: "smallest KL",
        },
        Metric {
            name: "bound",
            title: "Training bound, nats",
            short: "bound",
        },
    ];

    fn world(config: &Config, data: &Data) -> Result<World, SettingError> {
        if data.sets == 0 || !(data.variance > 0.0 && data.variance.is_finite()) {
            let reason = "choose at least one set, and a positive variance";
            return Err(SettingError::new("data", reason));
        }
        let sets = |seed| generate(data.sets, config.points, data.variance, seed);
        let (train, test) = (sets(data.seed), sets(data.seed + HELD_OUT));
        let enumeration = Enumeration::new(config.points);
        let truth = [data.variance, 0.0, data.variance];
        let covariance = Covariance::new(truth);
        let nll = |sets: &[Points], sigma| enumeration.negative_log_likelihood(sets, sigma);
        Ok(World {
            posteriors: train
                .iter()
                .map(|x| enumeration.posterior(x, &covariance))
                .collect(),
            nll_truth: [nll(&train, truth), nll(&test, truth)],
            nll_best: nll(&train, fit(&train)),
            train,
            test,
            enumeration,
        })
    }

    fn observations(world: &World) -> &[Points] {
        &world.train
    }

    fn measure(
        world: &World,
        config: &Config,
        learner: &MixtureLearner,
        moment: &Moment,
    ) -> Vec<(&'static str, f64)> {
        let sigma = learner.model().sigma();
        let nll = |sets| world.enumeration.negative_log_likelihood(sets, sigma);
        let kl = |samples, repeats| {
            let (all, posteriors) = (&world.enumeration, &world.posteriors);
            mean_divergence(learner, all, posteriors, samples, repeats)
        };
        let particles = config.learning.particles;
        let repeats = if moment.last { REPEATS } else { 1 };
        let mut measures = vec![
            ("nll_excess", nll(&world.train) - world.nll_truth[0]),
            ("kl", kl(particles, repeats)),
            ("bound", moment.bound),
        ];
        if moment.last {
            let floors = world.posteriors.iter();
            let members = particles.div_ceil(2);
            let floors = floors.map(|p| smallest_divergence(p, members)).sum::<f64>();
            measures.extend([
                ("test_nll_excess", nll(&world.test) - world.nll_truth[1]),
                ("best_nll_excess", world.nll_best - world.nll_truth[0]),
                ("kl_500", kl(MANY, 1)),
                ("kl_floor", floors / world.posteriors.len() as f64),
            ]);
        }
        measures
    }

    fn exhibit(
        world: &World,
        config: &Config,
        learner: &MixtureLearner,
        name: &str,
    ) -> Result<Exhibit, SettingError> {
        match name {
            "clusterings" => Ok(Exhibit::Text(clusterings(world, config, learner))),
            _ => Err(SettingError::new(
                "exhibits",
                format!("{name} is none of clusterings"),
            )),
        }
    }
}

/// Sets whose clusterings are shown.
const SHOWN: usize = 3;

/// For a few sets: the best clusterings of the true posterior and of what was found.
fn clusterings(world: &World, config: &Config, learner: &MixtureLearner) -> String {
    let found = approximations(learner, config.learning.particles, 0);
    let mut text = "| set | clustering | true | found |\n|---|---|---|---|\n".to_owned();
    for (i, (q, posterior)) in found.iter().zip(&world.posteriors).take(SHOWN).enumerate() {
        let weight = |z| -> f64 {
            let same = q.iter().filter(|(other, _)| *other == z);
            same.map(|(_, weight)| weight).sum()
        };
        let all = world.enumeration.partitions().iter().zip(posterior);
        let mut shares: Vec<_> = all.map(|(&z, &exact)| (z, exact, weight(z))).collect();
        shares.sort_by(|a, b| b.1.max(b.2).total_cmp(&a.1.max(a.2)));
        for (z, exact, weight) in shares.into_iter().take(3) {
            let clusters = clusters(z.labels());
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "| {} | {clusters:?} | {exact:.3} | {weight:.3} |",
                i + 1
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use helmholtz_core::algorithm::{Algorithm, Learning};
    use helmholtz_core::domain::Domain;
    use helmholtz_core::train::Learner;

    #[test]
    fn measures_respect_their_floors() {
        for algorithm in [Algorithm::MWS, Algorithm::RWS] {
            let config = Config {
                learning: Learning {
                    algorithm,
                    ..Learning::default()
                },
                points: 5,
                ..Config::default()
            };
            let data = Data {
                sets: 6,
                ..Data::default()
            };
            let world = MixtureDomain::world(&config, &data).unwrap();
            assert_ne!(world.train, world.test);
            let mut learner = MixtureDomain::learner(&config, &world.train).unwrap();
            (0..5).for_each(|step| drop(learner.step(&[0, 1, 2, 3, 4, 5], step)));
            let moment = Moment {
                step: 5,
                bound: -20.0,
                last: true,
            };
            let measures: HashMap<_, _> =
                MixtureDomain::measure(&world, &config, &learner, &moment)
                    .into_iter()
                    .collect();
            assert!(measures["nll_excess"] >= measures["best_nll_excess"]);
            assert!(measures["best_nll_excess"] <= 0.0 && measures["kl_floor"] >= 0.0);
            if algorithm == Algorithm::MWS {
                // Five members of a memory, weighted by another model than the truth.
                assert!(measures["kl"] >= measures["kl_floor"]);
                assert_eq!(measures["kl"], measures["kl_500"]);
            } else {
                assert!(measures["kl"] > 0.0 && measures["kl_500"] > 0.0);
            }
            let shown = MixtureDomain::exhibit(&world, &config, &learner, "clusterings");
            assert!(matches!(shown, Ok(Exhibit::Text(text)) if text.lines().count() == 2 + 9));
            assert!(MixtureDomain::exhibit(&world, &config, &learner, "songs").is_err());
        }
    }
}
