//! From a configuration and images to a learner.

use super::config::Config;
use super::counts::Counts;
use super::guide::AutomataGuide;
use super::image::Image;
use super::model::{AutomataModel, sample_image, sample_rule};
use super::rule::{Neighbours, Rule};
use crate::error::SettingError;
use crate::nn::training_device;
use crate::random::Stream;
use crate::train::WakeSleep;

/// The learner of automata.
pub type AutomataLearner = WakeSleep<AutomataModel, AutomataGuide>;

/// A learner at its first step.
///
/// # Errors
/// When a setting is out of range, or an image was counted for another number of neighbours than the
/// configuration says.
pub fn learner(config: &Config, data: Vec<Counts>) -> Result<AutomataLearner, SettingError> {
    config.check()?;
    let neighbours = config.neighbours;
    if let Some(other) = data.iter().find(|x| x.neighbours() != neighbours) {
        let reason = format!(
            "an image counted for {} where all are for {}",
            other.neighbours().count(),
            neighbours.count()
        );
        return Err(SettingError::new("neighbours", reason));
    }
    let device = training_device();
    let model = AutomataModel::new(config.noise, neighbours, &device);
    let (channels, hidden) = (config.channels, config.hidden);
    let guide = AutomataGuide::new(neighbours, channels, hidden, config.seed, &device);
    let (memory, _) = config.algorithm.memory(config.particles);
    let mut learner = WakeSleep::new(model, guide, data, memory, config.phases()?, config.seed)?;
    // The gradient by the noise is a sum over thousands of cells: a common bound on the length would
    // hold the guide still until the noise is learned.
    learner.clip = f64::INFINITY;
    Ok(learner)
}

/// The purpose of the streams that draw data.
const DATA: u64 = 0x6d5;

/// `count` rules drawn from the prior, each with an image that it drew.
pub fn generate(count: usize, neighbours: Neighbours, noise: f64, seed: u64) -> Vec<(Rule, Image)> {
    let draw = |i: usize| {
        let mut rng = Stream::at([seed, i as u64, 0, DATA]);
        let rule = sample_rule(neighbours, &mut rng);
        (rule, sample_image(rule, noise, &mut rng))
    };
    (0..count).map(draw).collect()
}
