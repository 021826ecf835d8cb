//! Time series in experiments: evidence by enumeration, next to what the best prior could reach.

use std::fmt::Write;

use burn::module::Module;
use serde::{Deserialize, Serialize};

use super::config::Config;
use super::evaluate::{EvaluateOptions, Table, evaluate};
use super::series::Series;
use super::training::{BUILTIN_SERIES, SeriesDomain, SeriesLearner, generate};
use crate::domain::Domain as _;
use crate::error::SettingError;
use crate::experiment::{Benchmark, Exhibit, Measures, Metric, Moment};

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
}

impl Default for Data {
    fn default() -> Self {
        Self {
            series: BUILTIN_SERIES,
            seed: 0,
            samples: [100, 1000],
            draws: 2,
        }
    }
}

/// Series, and the best that can be said of those held out.
pub struct World {
    train: Vec<Series>,
    test: Vec<Series>,
    ceiling: f64,
    data: Data,
}

impl Benchmark for SeriesDomain {
    type World = World;
    type Data = Data;

    const METRICS: &'static [Metric] = &[
        Metric {
            name: "enumerated",
            title: "log p(x) of held-out series, kernels of at most three base kernels summed exactly, nats",
            short: "held-out log p(x)",
        },
        Metric {
            name: "train_enumerated",
            title: "The same of the training series, nats",
            short: "training log p(x)",
        },
        Metric {
            name: "ceiling",
            title: "The same of held-out series under the prior over kernels that explains them best, nats",
            short: "best prior",
        },
        Metric {
            name: "log_evidence",
            title: "log p(x) of held-out series by importance sampling from the guide, nats",
            short: "held-out log p(x), guide",
        },
        Metric {
            name: "log_evidence_median",
            title: "The same, median over series, nats",
            short: "median log p(x), guide",
        },
        Metric {
            name: "bound",
            title: "Training bound, nats",
            short: "bound",
        },
    ];

    fn world(config: &Config, data: &Data) -> Result<World, SettingError> {
        if data.series == 0 || data.draws == 0 || data.samples.contains(&0) {
            return Err(SettingError::new(
                "data",
                "choose at least one of everything",
            ));
        }
        let series = |seed| -> Result<Vec<Series>, SettingError> {
            let drawn = generate(config, data.series, seed)?;
            Ok(drawn.into_iter().map(|(_, series)| series).collect())
        };
        let test = series(data.seed + HELD_OUT)?;
        let (model, _) = Self::networks(config)?;
        let table = Table::new(&model.valid(), data.draws, data.seed);
        let observations: Vec<&Series> = test.iter().collect();
        Ok(World {
            train: series(data.seed)?,
            ceiling: table.best_evidence(&model.valid(), &observations),
            test,
            data: data.clone(),
        })
    }

    fn observations(world: &World) -> &[Series] {
        &world.train
    }

    fn measure(world: &World, _: &Config, learner: &SeriesLearner, moment: &Moment) -> Measures {
        let options = EvaluateOptions {
            samples: world.data.samples[usize::from(moment.last)],
            draws: world.data.draws,
            seed: 1,
        };
        let (model, guide) = (&learner.model, &learner.guide);
        let found = evaluate(model, guide, &world.test, &options);
        let mut measures = vec![
            ("enumerated", found.enumerated.unwrap_or(f64::NAN)),
            ("log_evidence", found.log_evidence),
            ("log_evidence_median", found.log_evidence_median),
            ("bound", moment.bound),
        ];
        if moment.last {
            let table = Table::new(&model.valid(), options.draws, options.seed);
            let observations: Vec<&Series> = world.train.iter().collect();
            let each = table.log_evidences(&model.valid(), &observations);
            let mean = each.iter().sum::<f64>() / each.len() as f64;
            measures.extend([("train_enumerated", mean), ("ceiling", world.ceiling)]);
        }
        let named = measures.into_iter();
        named
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    fn exhibit(
        world: &World,
        _: &Config,
        learner: &SeriesLearner,
        name: &str,
    ) -> Result<Exhibit, SettingError> {
        match name {
            "kernels" => Ok(Exhibit::Text(kernels(world, learner))),
            _ => Err(SettingError::new(
                "exhibits",
                format!("{name} is none of kernels"),
            )),
        }
    }
}

/// Series whose kernels are shown.
const SHOWN: usize = 12;

/// The members of the first memories, best first; for algorithms without one what there is to say.
fn kernels(world: &World, learner: &SeriesLearner) -> String {
    let mut text = "| series | values | kernels, best first |\n|---|---|---|\n".to_owned();
    let both = learner.memories.iter().zip(&world.train).take(SHOWN);
    for (i, (memory, series)) in both.enumerate() {
        let members: Vec<String> = memory.programs().iter().map(ToString::to_string).collect();
        let members = members.join(", ").replace('*', "\\*");
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| {} | {} | {members} |", i + 1, series.len());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::Layout;
    use super::super::grammar::Form;
    use super::*;
    use crate::algorithm::Learning;
    use crate::train::Learner;

    #[test]
    fn no_model_is_above_the_ceiling() {
        let config = Config {
            learning: Learning {
                particles: 8,
                samples: 2,
                batch: 3,
                ..Config::default().learning
            },
            hidden: 6,
            points: 10,
            form: Form::Paper,
            max_tokens: 5,
            layout: Layout::Redundant,
            range: Some(0.02),
            noise: 0.02,
            ..Config::default()
        };
        let data = Data {
            series: 3,
            samples: [10, 20],
            ..Data::default()
        };
        let world = SeriesDomain::world(&config, &data).unwrap();
        let mut learner = SeriesDomain::learner(&config, &world.train).unwrap();
        (0..3).for_each(|step| drop(learner.step(&[0, 1, 2], step)));
        let moment = Moment {
            step: 3,
            bound: -1.0,
            last: true,
        };
        let measures = SeriesDomain::measure(&world, &config, &learner, &moment);
        assert!(
            measures["enumerated"] <= measures["ceiling"] + 0.05,
            "{measures:?}"
        );
        assert!(measures["train_enumerated"].is_finite());
        let shown = SeriesDomain::exhibit(&world, &config, &learner, "kernels");
        assert!(matches!(shown, Ok(Exhibit::Text(text)) if text.lines().count() == 5));
        assert!(SeriesDomain::exhibit(&world, &config, &learner, "songs").is_err());
    }
}
