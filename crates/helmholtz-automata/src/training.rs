//! From a configuration and images to a learner.

use serde::Serialize;

use super::config::Config;
use super::counts::Counts;
use super::guide::AutomataGuide;
use super::image::Image;
use super::model::{AutomataModel, sample_image, sample_rule};
use super::rule::{Neighbours, Rule};
use helmholtz_core::domain::{Domain, Settings};
use helmholtz_core::train::WakeSleep;
use helmholtz_math::error::SettingError;
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use helmholtz_nn::training_device;

/// Images that automata drew, explained by rules.
#[derive(Clone, Copy, Debug)]
pub enum AutomataDomain {}

/// The learner of automata.
pub type AutomataLearner = WakeSleep<AutomataModel, AutomataGuide>;

impl Domain for AutomataDomain {
    const NAME: &'static str = "automata";

    type Config = Config;
    type Datum = Counts;
    type Networks = (AutomataModel, AutomataGuide);
    type Learner = AutomataLearner;

    fn networks(config: &Config) -> Result<(AutomataModel, AutomataGuide), SettingError> {
        config.check()?;
        let device = training_device();
        let model = AutomataModel::new(config.noise, config.neighbours, &device);
        let (channels, hidden) = (config.channels, config.hidden);
        let seed = config.learning.seed;
        let guide = AutomataGuide::new(config.neighbours, channels, hidden, seed, &device);
        Ok((model, guide))
    }

    fn learner(config: &Config, data: &[Counts]) -> Result<AutomataLearner, SettingError> {
        let networks = Self::networks(config)?;
        let neighbours = config.neighbours;
        if let Some(other) = data.iter().find(|x| x.neighbours() != neighbours) {
            let reason = format!(
                "an image counted for {} where all are for {}",
                other.neighbours().count(),
                neighbours.count()
            );
            return Err(SettingError::new("neighbours", reason));
        }
        let phases = config.phases()?;
        let mut learner =
            WakeSleep::with_settings(networks, data.to_vec(), &config.learning, phases)?;
        // The gradient by the noise is a sum over thousands of cells: a common bound on the length would
        // hold the guide still until the noise is learned.
        learner.clip = f64::INFINITY;
        Ok(learner)
    }
}

/// Images in the built-in data.
pub const BUILTIN_IMAGES: usize = 500;
/// The noise of the built-in data, as in the paper.
pub const TRUE_NOISE: f64 = 0.02;

/// `count` rules drawn from the prior, each with an image that it drew.
pub fn generate(count: usize, neighbours: Neighbours, noise: f64, seed: u64) -> Vec<(Rule, Image)> {
    let draw = |i: usize| {
        let mut rng = Stream::at([seed, i as u64, 0, Purpose::Data.tag()]);
        let rule = sample_rule(neighbours, &mut rng);
        (rule, sample_image(rule, noise, &mut rng))
    };
    (0..count).map(draw).collect()
}

/// A rule drawn from the prior, and an image that it drew.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fantasy {
    /// The rule as text.
    pub rule: String,
    /// Its Wolfram number, of rules with three neighbours.
    pub wolfram: Option<u8>,
    /// Rows of the image, `#` for ink.
    pub image: Vec<String>,
}

/// Draws `count` rules with an image each.
pub fn fantasies(model: &AutomataModel, count: usize, seed: u64) -> Vec<Fantasy> {
    let draw = |i: usize| {
        let mut rng = Stream::at([seed, i as u64, 0, Purpose::Fantasy.tag()]);
        let rule = sample_rule(model.neighbours(), &mut rng);
        Fantasy {
            rule: rule.to_string(),
            wolfram: rule.wolfram(),
            image: sample_image(rule, model.noise(), &mut rng).rows(),
        }
    };
    (0..count).map(draw).collect()
}
