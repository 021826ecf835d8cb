//! From a configuration and series to a learner.

use helmholtz_nn::Module;
use serde::Serialize;

use super::config::Config;
use super::expression::Expression;
use super::guide::SeriesGuide;
use super::handcrafted::sample_kernel;
use super::model::{SeriesModel, Setting};
use super::series::Series;
use helmholtz_core::domain::{Domain, Shipped};
use helmholtz_core::model::Model;
use helmholtz_core::shipped;
use helmholtz_core::train::WakeSleep;
use helmholtz_math::error::SettingError;
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use helmholtz_nn::training_device;

/// Time series, explained by kernels of Gaussian processes.
#[derive(Clone, Copy, Debug)]
pub enum SeriesDomain {}

/// The learner of time series.
pub type SeriesLearner = WakeSleep<SeriesModel, SeriesGuide>;

impl Domain for SeriesDomain {
    const NAME: &'static str = "series";
    const ALIASES: &'static [&'static str] = &["timeseries"];

    type Config = Config;
    type Datum = Series;
    type Networks = (SeriesModel, SeriesGuide);
    type Learner = SeriesLearner;

    const SHIPPED: Option<Shipped> = Some(shipped!("pretrained"));

    fn networks(config: &Config) -> Result<(SeriesModel, SeriesGuide), SettingError> {
        let device = training_device();
        let model = SeriesModel::new(config, &device)?;
        Ok((model, SeriesGuide::new(config, &device)?))
    }

    fn learner(config: &Config, data: &[Series]) -> Result<SeriesLearner, SettingError> {
        let networks = Self::networks(config)?;
        let data = data.to_vec();
        let mut learner =
            WakeSleep::with_settings(networks, data, &config.learning, config.phases()?)?;
        learner.clip = config.clip;
        Ok(learner)
    }
}

/// A kernel drawn from the prior, and series of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fantasy {
    /// The kernel.
    pub kernel: String,
    /// Its raw parameters.
    pub parameters: Vec<f32>,
    /// Series with this kernel and these parameters.
    pub samples: Vec<Vec<f64>>,
}

/// Draws `count` kernels with `samples` series each.
pub fn fantasies(model: &SeriesModel, count: usize, samples: usize, seed: u64) -> Vec<Fantasy> {
    let model = model.valid();
    let stream =
        |i: usize, j: usize| Stream::at([seed, i as u64, j as u64, Purpose::Fantasy.tag()]);
    let mut rngs: Vec<Stream> = (0..count).map(|i| stream(i, 0)).collect();
    let latents = model.sample_latent(&mut rngs).into_iter().enumerate();
    let fantasies = latents.map(|(i, (program, parameters))| {
        let draw = |j| {
            model
                .setting()
                .draw(&program, &parameters, &mut stream(i, j))
        };
        let drawn = (1..=samples).filter_map(draw);
        Fantasy {
            samples: drawn.map(|series| series.values().to_vec()).collect(),
            kernel: program.to_string(),
            parameters,
        }
    });
    fantasies.collect()
}

/// Series in the built-in data, as in the paper (HMWS, section 4.1).
pub const BUILTIN_SERIES: usize = 100;

/// `count` hand-written kernels with standard normal raw parameters, and a series that each drew.
///
/// # Errors
/// When a setting is out of range.
pub fn generate(
    config: &Config,
    count: usize,
    seed: u64,
) -> Result<Vec<(Expression, Series)>, SettingError> {
    let setting = Setting::new(config)?;
    let draw = |i: usize| {
        let mut rng = Stream::at([seed, i as u64, 0, Purpose::Data.tag()]);
        // Rounding makes a covariance indefinite once in a while.
        loop {
            let kernel = sample_kernel(setting.grammar, &mut rng);
            let width = setting.covariance(&kernel).map_or(0, |c| c.width);
            let raw: Vec<f32> = (0..width).map(|_| rng.normal() as f32).collect();
            if let Some(series) = setting.draw(&kernel, &raw, &mut rng) {
                return (kernel, series);
            }
        }
    };
    Ok((0..count).map(draw).collect())
}
