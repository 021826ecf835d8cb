//! From a configuration and sets of points to a learner.

use serde::Serialize;

use super::config::Config;
use super::explain::clusters;
use super::guide::MixtureGuide;
use super::model::{MixtureModel, sample_partition, sample_points};
use super::normal::Points;
use helmholtz_core::domain::{Domain, Settings};
use helmholtz_core::train::WakeSleep;
use helmholtz_math::error::SettingError;
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use helmholtz_nn::training_device;

/// Points of the plane, explained by partitions into clusters.
#[derive(Clone, Copy, Debug)]
pub enum MixtureDomain {}

/// The learner of a mixture.
pub type MixtureLearner = WakeSleep<MixtureModel, MixtureGuide>;

impl Domain for MixtureDomain {
    const NAME: &'static str = "clusters";
    const ALIASES: &'static [&'static str] = &["mixture"];

    type Config = Config;
    type Datum = Points;
    type Networks = (MixtureModel, MixtureGuide);
    type Learner = MixtureLearner;

    fn networks(config: &Config) -> Result<(MixtureModel, MixtureGuide), SettingError> {
        config.check()?;
        let device = training_device();
        let model = MixtureModel::new(config.theta, config.points, &device);
        let (hidden, seed) = (config.hidden, config.learning.seed);
        Ok((
            model,
            MixtureGuide::new(config.points, hidden, seed, &device),
        ))
    }

    fn learner(config: &Config, data: &[Points]) -> Result<MixtureLearner, SettingError> {
        let networks = Self::networks(config)?;
        let sizes = data.iter().map(|x| x.points().len());
        if let Some(other) = sizes.into_iter().find(|&n| n != config.points) {
            let reason = format!("a set of {other} points; all need {}", config.points);
            return Err(SettingError::new("points", reason));
        }
        WakeSleep::with_settings(networks, data.to_vec(), &config.learning, config.phases()?)
    }
}

/// Sets of points in the built-in data, as in the paper (MWS, section 4.1).
pub const BUILTIN_SETS: usize = 100;
/// The variance of a cluster in the built-in data.
pub const TRUE_VARIANCE: f64 = 0.03;

/// A partition drawn from the prior, and sets of points with such clusters.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fantasy {
    /// The points of each cluster, numbered from 1.
    pub clusters: Vec<Vec<usize>>,
    /// log p(partition).
    pub log_prior: f64,
    /// Sets of points.
    pub samples: Vec<Points>,
}

/// Draws `count` partitions with `samples` sets of points each.
pub fn fantasies(model: &MixtureModel, count: usize, samples: usize, seed: u64) -> Vec<Fantasy> {
    let draw = |i: usize| {
        let mut rng = Stream::at([seed, i as u64, 0, Purpose::Fantasy.tag()]);
        let partition = sample_partition(model.points(), &mut rng);
        let theta = model.theta();
        let sets = (0..samples).map(|_| sample_points(partition, theta, &mut rng));
        Fantasy {
            clusters: clusters(partition.labels()),
            log_prior: partition.log_prior(),
            samples: sets.collect(),
        }
    };
    (0..count).map(draw).collect()
}

/// `count` sets of points drawn from the model whose Sigma is `variance` times the identity.
pub fn generate(count: usize, points: usize, variance: f64, seed: u64) -> Vec<Points> {
    let sd = variance.sqrt();
    let draw = |i: usize| {
        let mut rng = Stream::at([seed, i as u64, 0, Purpose::Data.tag()]);
        let partition = sample_partition(points, &mut rng);
        sample_points(partition, [sd, 0.0, 0.0, sd], &mut rng)
    };
    (0..count).map(draw).collect()
}
