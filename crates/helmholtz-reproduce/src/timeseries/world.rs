//! The series of an experiment, and what can be said of them.

use std::path::Path;

use helmholtz_nn::Module;
use serde::{Deserialize, Serialize};

use helmholtz_core::domain::Domain as _;
use helmholtz_math::error::SettingError;
use helmholtz_timeseries::config::Config;
use helmholtz_timeseries::drawing::Panel;
use helmholtz_timeseries::evaluate::{EvaluateOptions, Table};
use helmholtz_timeseries::explain::{ExplainOptions, explain};
use helmholtz_timeseries::read::{NamedSeries, read_rows};
use helmholtz_timeseries::score::{Scores, score_forecast};
use helmholtz_timeseries::series::Series;
use helmholtz_timeseries::standard::standardised;
use helmholtz_timeseries::training::{BUILTIN_SERIES, SeriesDomain, SeriesLearner, generate};

/// The seed of held-out series, far from those of the training series.
const HELD_OUT: u64 = 1 << 40;

/// The data of an experiment on time series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Data {
    /// Series to learn from, and as many held out.
    pub series: usize,
    /// The seed of the data.
    pub seed: u64,
    /// Particles of the guide per series, on the way and in the end.
    pub samples: [usize; 2],
    /// Draws of the parameters per enumerated kernel.
    pub draws: usize,
    /// A table with a series in every row, instead of generated ones: the first `series` are learned from, as
    /// many after them held out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Values at the end of each series that are not learned from but forecast.
    pub ahead: usize,
    /// Series that are forecast in the end.
    pub forecasts: usize,
    /// Series learned from whose memories are looked at in the end.
    pub looked_at: usize,
}

impl Default for Data {
    fn default() -> Self {
        Self {
            series: BUILTIN_SERIES,
            seed: 0,
            samples: [100, 1000],
            draws: 2,
            file: None,
            ahead: 0,
            forecasts: 30,
            looked_at: 0,
        }
    }
}

/// A series as it was recorded, and how it went on.
struct Recorded {
    seen: NamedSeries,
    ahead: Vec<f64>,
}

/// Series, and the best that can be said of those held out.
pub struct World {
    pub(super) train: Vec<Series>,
    pub(super) test: Vec<Series>,
    recorded: Vec<Recorded>,
    /// `None` where parameters have wide windows: an enumeration with draws of the prior says nothing then.
    ceiling: Option<f64>,
    pub(super) data: Data,
}

/// Panels of a picture.
const PANELS: usize = 12;

impl World {
    pub(super) fn new(config: &Config, data: &Data) -> Result<Self, SettingError> {
        if data.series == 0 || data.draws == 0 || data.samples.contains(&0) {
            return Err(SettingError::new(
                "data",
                "choose at least one of everything",
            ));
        }
        let [learned, held_out] = match &data.file {
            Some(file) => from_file(file, data)?,
            None => generated(config, data)?,
        };
        // Series of the model itself are in its units; what was recorded is put into them.
        let own = data.file.is_none() && data.ahead == 0;
        let series = |r: &Recorded| match own {
            true => Series::even(r.seen.values.clone()).map_err(fault),
            false => standardised(&r.seen).map_err(fault),
        };
        let test: Vec<Series> = held_out.iter().map(series).collect::<Result<_, _>>()?;
        let ceiling = config.range.map(|_| ceiling(config, data, &test));
        Ok(Self {
            train: learned.iter().map(series).collect::<Result<_, _>>()?,
            test,
            recorded: learned,
            ceiling: ceiling.transpose()?,
            data: data.clone(),
        })
    }

    /// What is measured in the end only.
    pub(super) fn concluding(
        &self,
        learner: &SeriesLearner,
        options: &EvaluateOptions,
    ) -> Vec<(&'static str, f64)> {
        let mut measures = vec![];
        if let Some(ceiling) = self.ceiling {
            let model = learner.model().valid();
            let table = Table::new(&model, options.draws, options.seed);
            let observations: Vec<&Series> = self.train.iter().collect();
            let each = table.log_evidences(&model, &observations);
            let mean = each.iter().sum::<f64>() / each.len() as f64;
            measures.extend([("train_enumerated", mean), ("ceiling", ceiling)]);
        }
        let scores = self.scores(learner);
        if !scores.is_empty() {
            let mean = |of: fn(&Scores) -> f64| -> f64 {
                scores.iter().map(of).sum::<f64>() / scores.len() as f64
            };
            measures.extend([
                ("crps", mean(|s| s.crps)),
                ("forecast_log_score", mean(|s| s.log_score)),
                ("forecast_coverage", mean(|s| s.coverage)),
            ]);
        }
        measures
    }

    /// How good forecasts by the learned model are.
    fn scores(&self, learner: &SeriesLearner) -> Vec<Scores> {
        let forecast = self.recorded.iter().filter(|r| !r.ahead.is_empty());
        let each = forecast.take(self.data.forecasts).filter_map(|r| {
            let options = ExplainOptions::default();
            let (model, guide) = (learner.model(), learner.guide());
            score_forecast(model, guide, &r.seen, &r.ahead, &options).ok()
        });
        each.collect()
    }

    /// The first series as the learned model explains them.
    pub(super) fn panels(&self, learner: &SeriesLearner) -> Vec<Panel> {
        let panel = |recorded: &Recorded| {
            let options = ExplainOptions {
                horizon: Some(recorded.ahead.len()).filter(|&h| h > 0),
                ..ExplainOptions::default()
            };
            let found = explain(learner.model(), learner.guide(), &recorded.seen, &options);
            Some(Panel {
                series: recorded.seen.clone(),
                explanation: found.ok()?,
                actual: recorded.ahead.clone(),
            })
        };
        self.recorded
            .iter()
            .take(PANELS)
            .filter_map(panel)
            .collect()
    }
}

/// What the best prior over kernels would reach.
fn ceiling(config: &Config, data: &Data, test: &[Series]) -> Result<f64, SettingError> {
    let (model, _) = SeriesDomain::networks(config)?;
    let model = model.valid();
    let table = Table::new(&model, data.draws, data.seed);
    Ok(table.best_evidence(&model, &test.iter().collect::<Vec<_>>()))
}

fn fault(problem: impl std::fmt::Display) -> SettingError {
    SettingError::new("data", problem.to_string())
}

/// Series to learn from, and others, from the domain's own generator.
fn generated(config: &Config, data: &Data) -> Result<[Vec<Recorded>; 2], SettingError> {
    let longer = Config {
        points: config.points + data.ahead,
        ..config.clone()
    };
    let series = |seed| -> Result<Vec<Recorded>, SettingError> {
        let drawn = generate(&longer, data.series, seed)?
            .into_iter()
            .enumerate();
        let named = |(i, (_, series)): (usize, (_, Series))| NamedSeries {
            name: (i + 1).to_string(),
            times: (0..series.len()).map(|k| k as f64).collect(),
            values: series.values().to_vec(),
            unit: String::new(),
            missing: 0,
        };
        Ok(drawn.map(|d| cut(named(d), data.ahead)).collect())
    };
    Ok([series(data.seed)?, series(data.seed + HELD_OUT)?])
}

/// The same from the rows of a table.
fn from_file(file: &str, data: &Data) -> Result<[Vec<Recorded>; 2], SettingError> {
    let all = read_rows(Path::new(file)).map_err(fault)?;
    let enough = |s: &NamedSeries| s.values.len() > data.ahead + 2;
    let mut all = all.into_iter().filter(enough).map(|s| cut(s, data.ahead));
    let learned: Vec<Recorded> = all.by_ref().take(data.series).collect();
    let held_out: Vec<Recorded> = all.take(data.series).collect();
    match held_out.is_empty() {
        false => Ok([learned, held_out]),
        true => Err(fault(format!(
            "{file}: {} series that are longer than {}; choose `series` so that some are left to be held out",
            learned.len(),
            data.ahead + 2
        ))),
    }
}

/// Takes the last values away.
fn cut(mut series: NamedSeries, ahead: usize) -> Recorded {
    let seen = series.values.len() - ahead;
    let ahead = series.values.split_off(seen);
    series.times.truncate(seen);
    Recorded {
        seen: series,
        ahead,
    }
}
