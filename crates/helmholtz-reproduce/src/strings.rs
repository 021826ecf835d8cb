//! Strings in experiments: built-in concepts, split by generator.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use crate::{Benchmark, Exhibit, Metric, Moment};
use helmholtz_math::error::SettingError;
use helmholtz_nn::Module;
use helmholtz_strings::builtin;
use helmholtz_strings::config::Config;
use helmholtz_strings::data::{Concept, Split};
use helmholtz_strings::evaluate::{EvaluateOptions, evaluate, posterior};
use helmholtz_strings::fantasy::fantasies;
use helmholtz_strings::search::{Budget, budget, search};
use helmholtz_strings::training::{StringDomain, StringLearner};

/// The data of an experiment on strings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Data {
    /// Built-in concepts, for learning and testing together.
    pub concepts: usize,
    /// The share of them that is held out, by generator.
    pub test: f64,
    /// The seed of the data and of the split.
    pub seed: u64,
    /// Importance samples of an evaluation.
    pub samples: usize,
    /// The search of an evaluation.
    pub search: Budget,
}

impl Default for Data {
    fn default() -> Self {
        Self {
            concepts: 750,
            test: 0.2,
            seed: 0,
            samples: 1000,
            search: budget(),
        }
    }
}

/// Concepts to learn from and to judge by.
pub struct World {
    split: Split,
    options: EvaluateOptions,
}

impl Benchmark for StringDomain {
    type World = World;
    type Data = Data;

    const METRICS: &'static [Metric] = &[
        Metric {
            name: "bound_nll",
            title: "Training bound as NLL, nats per concept",
            short: "bound as NLL",
        },
        Metric {
            name: "marginal_nll",
            title: "Marginal NLL of held-out concepts, nats per concept",
            short: "marginal NLL",
        },
        Metric {
            name: "predictive_nll",
            title: "NLL of five held-out strings given five, nats",
            short: "predictive NLL",
        },
        Metric {
            name: "classification_error",
            title: "100-way classification error, %",
            short: "classification error, %",
        },
    ];

    fn world(config: &Config, data: &Data) -> Result<World, SettingError> {
        if !(0.0..1.0).contains(&data.test) || data.test == 0.0 {
            return Err(SettingError::new("data.test", "a share between 0 and 1"));
        }
        let concepts = builtin::concepts(data.seed, data.concepts);
        let short = |c: &Concept| c.train.iter().all(|s| s.len() <= config.max_length);
        let concepts: Vec<Concept> = concepts.into_iter().filter(short).collect();
        Ok(World {
            split: Split::by_source(&concepts, 0.0, data.test, data.seed),
            options: EvaluateOptions {
                search: data.search,
                samples: data.samples,
                refit_steps: 0,
                ..EvaluateOptions::default()
            },
        })
    }

    fn observations(world: &World) -> &[Concept] {
        &world.split.train
    }

    fn measure(
        world: &World,
        config: &Config,
        learner: &StringLearner,
        moment: &Moment,
    ) -> Vec<(&'static str, f64)> {
        let mut measures = vec![("bound_nll", -moment.bound)];
        if moment.last {
            measures.extend(judge(world, config, learner));
        }
        measures
    }

    fn exhibit(
        world: &World,
        _: &Config,
        learner: &StringLearner,
        name: &str,
    ) -> Result<Exhibit, SettingError> {
        match name {
            "prior-samples" => Ok(Exhibit::Text(prior_samples(learner))),
            "explanations" => Ok(Exhibit::Text(explanations(world, learner))),
            _ => {
                let reason = format!("{name} is none of prior-samples, explanations");
                Err(SettingError::new("exhibits", reason))
            }
        }
    }
}

/// The metrics on held-out concepts, with the learner's own guide.
fn judge(world: &World, config: &Config, learner: &StringLearner) -> Vec<(&'static str, f64)> {
    let (model, guide) = (learner.model().valid(), learner.guide().valid());
    let Ok(judged) = evaluate(&model, &guide, config, &world.split.test, &world.options) else {
        // Nothing to judge by is nothing measured.
        return vec![];
    };
    let metrics = judged.own_guide;
    let classification = metrics.classification.map(|m| 100.0 * m.mean);
    let named = [
        ("marginal_nll", metrics.marginal().map(|m| m.mean)),
        ("predictive_nll", metrics.predictive().map(|m| m.mean)),
        ("classification_error", classification),
    ];
    let known = named.into_iter();
    known
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

/// Concepts invented by the model (MWS, Table 2).
fn prior_samples(learner: &StringLearner) -> String {
    let mut text = "| program | strings |\n|---|---|\n".to_owned();
    for fantasy in fantasies(&learner.model().valid(), 12, 4, 1) {
        let strings: Vec<String> = fantasy.samples.iter().map(|s| code(s)).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| {} | {} |",
            code(&fantasy.regex),
            strings.join(", ")
        );
    }
    text
}

/// Held-out concepts that are shown.
const SHOWN: usize = 8;

/// What the model makes of held-out concepts (MWS, Fig. 8).
fn explanations(world: &World, learner: &StringLearner) -> String {
    let (model, guide) = (learner.model().valid(), learner.guide().valid());
    let mut text = "| strings | program | weight |\n|---|---|---|\n".to_owned();
    for concept in world.split.test.iter().take(SHOWN) {
        let x = concept.observation();
        let found = search(&model, &guide, &x, &world.options.search, [1, 0]);
        let mut found = posterior(&found.members);
        found.sort_by(|a, b| b.1.total_cmp(&a.1));
        let strings: Vec<String> = concept.train.iter().map(|s| code(s)).collect();
        for (i, (program, weight)) in found.iter().take(2).enumerate() {
            let strings = if i == 0 {
                strings.join(", ")
            } else {
                String::new()
            };
            let program = code(&program.to_string());
            let _ = writeln!(text, "| {strings} | {program} | {weight:.2} |");
        }
    }
    text
}

/// Text in a cell of a table as it stands; a tab is written `\t`.
fn code(text: &str) -> String {
    let text = text.replace('|', "\\|").replace('\t', "\\t");
    match text.contains('`') {
        _ if text.is_empty() => "(empty)".into(),
        true => format!("`` {text} ``"),
        false => format!("`{text}`"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use helmholtz_core::domain::Domain;
    use helmholtz_core::train::Learner;
    use helmholtz_strings::Sizes;

    #[test]
    fn any_text_can_stand_in_a_cell() {
        let cells = ["a|b", "", "x\ty", "`"].map(code);
        assert_eq!(cells, [r"`a\|b`", "(empty)", r"`x\ty`", "`` ` ``"]);
    }

    #[test]
    fn held_out_concepts_come_from_other_generators_and_are_judged_in_the_end() {
        let config = Config {
            sizes: Sizes {
                prior: 4,
                guide: 4,
                width: 4,
            },
            pretraining: 1,
            ..Config::default()
        };
        let data = Data {
            concepts: 20,
            samples: 10,
            search: Budget {
                restarts: 1,
                first: 3,
                rounds: 1,
                edits: 3,
                members: 3,
                ..Budget::default()
            },
            ..Data::default()
        };
        let world = StringDomain::world(&config, &data).unwrap();
        let sources = |concepts: &[Concept]| -> Vec<String> {
            concepts.iter().map(|c| c.source.clone()).collect()
        };
        let known = sources(StringDomain::observations(&world));
        assert!(!known.is_empty() && !world.split.test.is_empty());
        assert!(
            sources(&world.split.test)
                .iter()
                .all(|s| !known.contains(s))
        );
        let mut learner = StringDomain::learner(&config, &world.split.train).unwrap();
        learner.step(&[0, 1], 0);
        let measure = |last| {
            let moment = Moment {
                step: 1,
                bound: -90.0,
                last,
            };
            let measures = StringDomain::measure(&world, &config, &learner, &moment);
            measures.into_iter().collect::<BTreeMap<_, _>>()
        };
        assert_eq!(
            measure(false).into_keys().collect::<Vec<_>>(),
            ["bound_nll"]
        );
        assert!(measure(true)["marginal_nll"] > 0.0);
        for name in ["prior-samples", "explanations"] {
            let shown = StringDomain::exhibit(&world, &config, &learner, name);
            assert!(matches!(shown, Ok(Exhibit::Text(text)) if text.lines().count() > 5));
        }
        assert!(StringDomain::exhibit(&world, &config, &learner, "poems").is_err());
    }
}
