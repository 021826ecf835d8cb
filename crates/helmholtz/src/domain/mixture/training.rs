//! From a configuration and sets of points to a learner.

use super::config::Config;
use super::guide::MixtureGuide;
use super::model::{MixtureModel, sample_partition, sample_points};
use super::normal::Points;
use crate::error::SettingError;
use crate::nn::training_device;
use crate::random::Stream;
use crate::train::WakeSleep;

/// The learner of a mixture.
pub type MixtureLearner = WakeSleep<MixtureModel, MixtureGuide>;

/// A learner at its first step.
///
/// # Errors
/// When a setting is out of range, or a set has another number of points than the configuration says.
pub fn learner(config: &Config, data: Vec<Points>) -> Result<MixtureLearner, SettingError> {
    config.check()?;
    let other = data.iter().find(|x| x.points().len() != config.points);
    if let Some(other) = other {
        let reason = format!(
            "a set of {} points where all have {}",
            other.points().len(),
            config.points
        );
        return Err(SettingError::new("points", reason));
    }
    let device = training_device();
    let model = MixtureModel::new(config.theta, config.points, &device);
    let guide = MixtureGuide::new(config.points, config.hidden, config.seed, &device);
    let (memory, _) = config.algorithm.memory(config.particles);
    WakeSleep::new(model, guide, data, memory, config.phases()?, config.seed)
}

/// The purpose of the streams that draw data.
const DATA: u64 = 0x6d2;

/// `count` sets of points drawn from the model whose Sigma is `variance` times the identity.
pub fn generate(count: usize, points: usize, variance: f64, seed: u64) -> Vec<Points> {
    let sd = variance.sqrt();
    let draw = |i: usize| {
        let mut rng = Stream::at([seed, i as u64, 0, DATA]);
        let partition = sample_partition(points, &mut rng);
        sample_points(partition, [sd, 0.0, 0.0, sd], &mut rng)
    };
    (0..count).map(draw).collect()
}
