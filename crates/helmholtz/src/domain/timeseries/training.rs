//! From a configuration and series to a learner.

use super::config::Config;
use super::guide::SeriesGuide;
use super::model::SeriesModel;
use super::series::Series;
use crate::domain::Domain;
use crate::error::SettingError;
use crate::nn::training_device;
use crate::train::WakeSleep;

/// Time series, explained by kernels of Gaussian processes.
#[derive(Clone, Copy, Debug)]
pub enum SeriesDomain {}

/// The learner of time series.
pub type SeriesLearner = WakeSleep<SeriesModel, SeriesGuide>;

impl Domain for SeriesDomain {
    const NAME: &'static str = "timeseries";

    type Config = Config;
    type Datum = Series;
    type Model = SeriesModel;
    type Guide = SeriesGuide;

    fn networks(config: &Config) -> Result<(SeriesModel, SeriesGuide), SettingError> {
        let device = training_device();
        let model = SeriesModel::new(config, &device)?;
        let guide = SeriesGuide::new(config, model.setting, &device)?;
        Ok((model, guide))
    }

    fn learner(config: &Config, data: &[Series]) -> Result<SeriesLearner, SettingError> {
        let (model, guide) = Self::networks(config)?;
        let (memory, seed) = (config.learning.memory(), config.learning.seed);
        let data = data.to_vec();
        let mut learner = WakeSleep::new(model, guide, data, memory, config.phases()?, seed)?;
        learner.clip = config.clip;
        Ok(learner)
    }
}
