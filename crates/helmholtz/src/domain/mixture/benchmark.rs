//! Mixtures in experiments: everything is measured by enumeration.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use super::config::Config;
use super::evaluate::{approximations, mean_divergence};
use super::exact::{Enumeration, fit, smallest_divergence};
use super::explain::clusters;
use super::normal::{Covariance, Points, Symmetric};
use super::training::{MixtureDomain, MixtureLearner, generate};
use crate::error::SettingError;
use crate::experiment::{Benchmark, Exhibit, Measures, Metric, Moment};

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
    truth: Symmetric,
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
        },
        Metric {
            name: "test_nll_excess",
            title: "Marginal NLL of held-out sets minus that of the true model, nats",
        },
        Metric {
            name: "best_nll_excess",
            title: "The same of the training sets under the model of maximum likelihood, nats",
        },
        Metric {
            name: "kl",
            title: "KL(Q || true posterior), Q on K particles (a memory: its members), nats",
        },
        Metric {
            name: "kl_500",
            title: "KL(Q || true posterior), Q on 500 particles (a memory: its members), nats",
        },
        Metric {
            name: "kl_floor",
            title: "The smallest KL that a memory of that size can reach, nats",
        },
        Metric {
            name: "bound",
            title: "Training bound, nats",
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
            truth,
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
    ) -> Measures {
        let sigma = learner.model.sigma();
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
            let members = config.learning.memory().max(1);
            let floors = floors.map(|p| smallest_divergence(p, members)).sum::<f64>();
            measures.extend([
                ("test_nll_excess", nll(&world.test) - world.nll_truth[1]),
                ("best_nll_excess", world.nll_best - world.nll_truth[0]),
                ("kl_500", kl(MANY, 1)),
                ("kl_floor", floors / world.posteriors.len() as f64),
            ]);
        }
        let named = measures.into_iter();
        named
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
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
const SHOWN: usize = 5;

/// The best clusterings that were found for a few sets, next to what is true of them.
fn clusterings(world: &World, config: &Config, learner: &MixtureLearner) -> String {
    let particles = config.learning.particles;
    let found = approximations(learner, particles, 0);
    let truth = Covariance::new(world.truth);
    let mut text = "| set | clustering | found | true |\n|---|---|---|---|\n".to_owned();
    for (i, (mut q, posterior)) in found
        .into_iter()
        .zip(&world.posteriors)
        .take(SHOWN)
        .enumerate()
    {
        q.sort_by(|a, b| b.1.total_cmp(&a.1));
        for (z, weight) in q.into_iter().take(2) {
            let at = world.enumeration.position(z);
            let exact = at.map_or(0.0, |at| posterior[at]);
            let clusters = clusters(z.labels());
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "| {} | {clusters:?} | {weight:.3} | {exact:.3} |",
                i + 1
            );
        }
        let evidence = world.enumeration.log_evidence(&world.train[i], &truth);
        let _ = writeln!(text, "| | log p(x) = {evidence:.2} | | |");
    }
    text
}
