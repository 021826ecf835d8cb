//! What an evaluation found, for people and for machines.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::EvaluateOptions;

/// The result for one concept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConceptScore {
    /// The concept's name.
    pub name: String,
    /// -log p^(X) of the training strings, jointly, in nats.
    pub marginal_nll: f64,
    /// -log of the search set's share alone: an upper bound on the exact value.
    pub search_nll: f64,
    /// -log p(test strings | training strings), jointly; none where there are no test strings.
    pub predictive_nll: Option<f64>,
    /// The share of test strings to which only `.*` gives positive probability.
    pub only_support: Option<f64>,
}

/// A mean over concepts and its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mean {
    /// The mean.
    pub mean: f64,
    /// The standard error of the mean over concepts; NaN of a single one.
    pub standard_error: f64,
}

impl Mean {
    /// Of some numbers; `None` of none.
    pub fn of(values: &[f64]) -> Option<Self> {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
        (!values.is_empty()).then_some(Self {
            mean,
            standard_error: (variance / n).sqrt(),
        })
    }
}

/// The metrics with one guide.
#[derive(Clone, Debug, PartialEq)]
pub struct Metrics {
    /// Per concept.
    pub concepts: Vec<ConceptScore>,
    /// The error of assigning a string to one of the classes; none where no concept has test strings.
    pub classification: Option<Mean>,
    /// The number of classes: those asked for, or fewer if there are not as many with test strings.
    pub classes: usize,
}

impl Metrics {
    fn mean(&self, value: impl Fn(&ConceptScore) -> Option<f64>) -> Option<Mean> {
        Mean::of(&self.concepts.iter().filter_map(value).collect::<Vec<_>>())
    }

    /// The mean marginal NLL, nats per concept.
    pub fn marginal(&self) -> Option<Mean> {
        self.mean(|c| Some(c.marginal_nll))
    }

    /// The mean predictive NLL, nats per concept.
    pub fn predictive(&self) -> Option<Mean> {
        self.mean(|c| c.predictive_nll)
    }

    fn json(&self) -> serde_json::Map<String, serde_json::Value> {
        let mut map = serde_json::Map::new();
        let metrics = [
            ("marginal_nll", self.marginal()),
            ("search_nll", self.mean(|c| Some(c.search_nll))),
            ("predictive_nll", self.predictive()),
            ("classification_error_100", self.classification),
            ("only_support", self.mean(|c| c.only_support)),
        ];
        for (name, value) in metrics {
            map.insert(name.to_owned(), value.map(|m| m.mean).into());
            map.insert(format!("{name}_se"), value.map(|m| m.standard_error).into());
        }
        map
    }
}

/// The metrics with the model's own guide and with a refitted one.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// With the guide that was trained with the model.
    pub own_guide: Metrics,
    /// With a guide refitted to the frozen model; `None` when that was left out.
    pub refitted_guide: Option<Metrics>,
    /// The sizes.
    pub sizes: EvaluateOptions,
}

impl Serialize for Evaluation {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = self.own_guide.json();
        let refitted = self.refitted_guide.as_ref().map(Metrics::json);
        map.insert("refitted_guide".into(), refitted.into());
        map.insert("concepts".into(), self.own_guide.concepts.len().into());
        map.insert("classes".into(), self.own_guide.classes.into());
        map.insert(
            "sizes".into(),
            serde_json::to_value(self.sizes).unwrap_or_default(),
        );
        map.serialize(serializer)
    }
}

/// One number of a set of metrics.
type Reading = fn(&Metrics) -> Option<Mean>;

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = &self.sizes;
        writeln!(
            f,
            "{} concepts, nats per concept, +- standard error",
            self.own_guide.concepts.len()
        )?;
        writeln!(f, "{:28}{:>18}{:>18}", "", "own guide", "refitted guide")?;
        let rows: [(&str, Reading); 4] = [
            ("marginal NLL, train strings", Metrics::marginal),
            ("  the search set alone", |m| m.mean(|c| Some(c.search_nll))),
            ("predictive NLL, test strings", Metrics::predictive),
            ("classification error", |m| m.classification),
        ];
        let cell = |m: Option<Mean>| match m {
            Some(m) if m.standard_error.is_nan() => format!("{:.3}", m.mean),
            Some(m) => format!("{:.3} +- {:.3}", m.mean, m.standard_error),
            None => "-".to_owned(),
        };
        for (name, value) in rows {
            let refitted = self.refitted_guide.as_ref().and_then(value);
            writeln!(
                f,
                "{name:28}{:>18}{:>18}",
                cell(value(&self.own_guide)),
                cell(refitted)
            )?;
        }
        write!(
            f,
            "{} searches of {} proposals and {} rounds of {} edits, {} kept; {} importance samples, {:.0} % of them from the prior; refitted for {} steps; {} classes",
            s.search.restarts,
            s.search.first,
            s.search.rounds,
            s.search.edits,
            s.search.members,
            s.samples,
            100.0 * s.defensive,
            s.refit_steps,
            self.own_guide.classes
        )
    }
}
