//! Time series in experiments: evidence by enumeration, next to what the best prior could reach.

mod world;

use std::fmt::Write;

pub(super) use world::{Data, World};

use crate::lock_in::looked_at;
use crate::{Benchmark, Exhibit, Metric, Moment};
use helmholtz_math::error::SettingError;
use helmholtz_timeseries::config::Config;
use helmholtz_timeseries::drawing::drawing;
use helmholtz_timeseries::evaluate::{EvaluateOptions, evaluate};
use helmholtz_timeseries::series::Series;
use helmholtz_timeseries::training::{SeriesDomain, SeriesLearner};

impl Benchmark for SeriesDomain {
    type World = World;
    type Data = Data;

    const FROM_FILE: bool = true;

    const METRICS: &'static [Metric] = &[
        Metric {
            name: "enumerated",
            title: "log p(x) of held-out series, kernels of at most three base kernels summed exactly, nats",
            short: "held-out log p(x)",
        },
        Metric {
            name: "train_enumerated",
            title: "log p(x) of training series, kernels of at most three base kernels summed exactly, nats",
            short: "training log p(x)",
        },
        Metric {
            name: "ceiling",
            title: "log p(x) of held-out series under the prior over small kernels that explains them best, nats",
            short: "best prior",
        },
        Metric {
            name: "log_evidence",
            title: "log p(x) of held-out series by importance sampling from the guide, nats",
            short: "held-out log p(x), guide",
        },
        Metric {
            name: "log_evidence_median",
            title: "log p(x) of held-out series by importance sampling from the guide, median over series, nats",
            short: "median log p(x), guide",
        },
        Metric {
            name: "train_log_evidence",
            title: "log p(x) of training series by importance sampling from the guide, nats",
            short: "training log p(x), guide",
        },
        Metric {
            name: "crps",
            title: "Continuous ranked probability score of forecasts, in standard deviations of the values before",
            short: "CRPS",
        },
        Metric {
            name: "forecast_log_score",
            title: "log p of a forecast value given those before the forecast, nats a value",
            short: "log score",
        },
        Metric {
            name: "forecast_coverage",
            title: "Share of values in the forecast's 90 % interval",
            short: "coverage",
        },
        Metric {
            name: "bound",
            title: "Training bound, nats",
            short: "bound",
        },
    ];

    fn world(config: &Config, data: &Data) -> Result<World, SettingError> {
        World::new(config, data)
    }

    fn observations(world: &World) -> &[Series] {
        &world.train
    }

    fn measure(
        world: &World,
        config: &Config,
        learner: &SeriesLearner,
        moment: &Moment,
    ) -> Vec<(&'static str, f64)> {
        let options = EvaluateOptions {
            samples: world.data.samples[usize::from(moment.last)],
            draws: world.data.draws,
            seed: 1,
        };
        let (model, guide) = (learner.model(), learner.guide());
        let found = evaluate(model, guide, &world.test, &options);
        let guided = EvaluateOptions {
            draws: 0,
            ..options
        };
        let train = evaluate(model, guide, &world.train, &guided).log_evidence;
        let mut measures = vec![
            ("enumerated", found.enumerated.unwrap_or(f64::NAN)),
            ("log_evidence", found.log_evidence),
            ("log_evidence_median", found.log_evidence_median),
            ("train_log_evidence", train),
            ("bound", moment.bound),
        ];
        if moment.last {
            measures.extend(world.concluding(learner, &options));
            let some: Vec<&Series> = world.train.iter().take(world.data.looked_at).collect();
            measures.extend(looked_at(learner, &some, &config.learning));
        }
        measures
    }

    fn exhibit(
        world: &World,
        _: &Config,
        learner: &SeriesLearner,
        name: &str,
    ) -> Result<Exhibit, SettingError> {
        match name {
            "kernels" => Ok(Exhibit::Text(kernels(world, learner))),
            "forecasts" => Ok(Exhibit::Drawing(drawing(&world.panels(learner)))),
            _ => Err(SettingError::new(
                "exhibits",
                format!("{name} is none of kernels, forecasts"),
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
    use helmholtz_timeseries::Layout;
    use helmholtz_timeseries::grammar::Form;
    use std::collections::HashMap;

    use super::*;
    use helmholtz_core::algorithm::Learning;
    use helmholtz_core::domain::Domain as _;
    use helmholtz_core::train::Learner;

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
        let measures: HashMap<_, _> = SeriesDomain::measure(&world, &config, &learner, &moment)
            .into_iter()
            .collect();
        assert!(
            measures["enumerated"] <= measures["ceiling"] + 0.05,
            "{measures:?}"
        );
        assert!(measures["train_enumerated"].is_finite());
        let shown = SeriesDomain::exhibit(&world, &config, &learner, "kernels");
        assert!(matches!(shown, Ok(Exhibit::Text(text)) if text.lines().count() == 5));
        assert!(SeriesDomain::exhibit(&world, &config, &learner, "songs").is_err());
    }

    #[test]
    fn what_is_not_learned_from_is_forecast() {
        let config = Config {
            learning: Learning {
                particles: 4,
                samples: 2,
                batch: 2,
                ..Config::default().learning
            },
            hidden: 6,
            points: 24,
            ..Config::default()
        };
        let data = Data {
            series: 2,
            ahead: 6,
            samples: [5, 5],
            ..Data::default()
        };
        let world = SeriesDomain::world(&config, &data).unwrap();
        assert_eq!(SeriesDomain::observations(&world)[1].len(), 24);
        let learner = SeriesDomain::learner(&config, &world.train).unwrap();
        let moment = Moment {
            step: 1,
            bound: -1.0,
            last: true,
        };
        let measures: HashMap<_, _> = SeriesDomain::measure(&world, &config, &learner, &moment)
            .into_iter()
            .collect();
        assert!(measures["crps"] > 0.0 && measures["forecast_log_score"].is_finite());
        assert!((0.0..=1.0).contains(&measures["forecast_coverage"]));
        let shown = SeriesDomain::exhibit(&world, &config, &learner, "forecasts");
        let Ok(Exhibit::Drawing(svg)) = shown else {
            panic!("{shown:?}")
        };
        assert_eq!(svg.matches("<g ").count(), 2);
        assert!(!svg.contains("NaN") && svg.matches("<polyline").count() == 10);
    }

    #[test]
    fn a_file_that_is_no_table_of_series_is_refused() {
        let data = Data {
            file: Some("nowhere.csv".into()),
            ..Data::default()
        };
        let found = SeriesDomain::world(&Config::default(), &data);
        let message = found.err().map(|e| e.to_string()).unwrap_or_default();
        assert!(message.contains("nowhere.csv"), "{message}");
    }
}
