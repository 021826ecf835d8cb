//! The file of an experiment.

use std::collections::BTreeMap;

use helmholtz_core::product::settings::overlay;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::ExperimentError;
use helmholtz_core::algorithm::Algorithm;

/// What a table or figure asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// What is compared.
    pub title: String,
    /// The paper and the place in it.
    pub source: String,
    /// The domain.
    pub domain: String,
    /// What the paper leaves open and how it was chosen.
    pub notes: String,
    /// The step to stop at.
    pub steps: u64,
    /// How often a run is measured.
    pub measures: u64,
    /// The number of seeds, from 1 on.
    pub seeds: u64,
    /// Values of K.
    pub k: Vec<usize>,
    /// What K is.
    #[serde(default)]
    pub axis: Axis,
    /// Runs are made one at a time on one thread, so that their cost can be measured.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub one_at_a_time: bool,
    /// What goes into the tables, by name.
    pub metrics: Vec<String>,
    /// Which curves are drawn; none for no picture.
    #[serde(default)]
    pub curves: Vec<String>,
    /// What is shown of the run with the first seed.
    #[serde(default)]
    pub exhibits: Vec<String>,
    /// The settings of the data.
    #[serde(default)]
    pub data: Table,
    /// Settings over the domain's defaults, for all variants.
    #[serde(default)]
    pub settings: Table,
    /// What is compared.
    pub variants: Vec<Variant>,
    /// If given, only variants are run whose names hold this.
    #[serde(skip)]
    pub only: Option<String>,
    /// Differences between variants.
    #[serde(default)]
    pub margins: Vec<Margin>,
    /// The paper's numbers: by metric and variant, one for each of its values of `k`; NaN for none.
    #[serde(default)]
    pub paper: BTreeMap<String, Published>,
}

/// What the columns of a table differ in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Axis {
    /// What it is called.
    pub name: String,
    /// The setting; `.` goes into a table.
    pub setting: String,
}

impl Default for Axis {
    fn default() -> Self {
        Self {
            name: "K".into(),
            setting: "particles".into(),
        }
    }
}

/// One line of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Its name.
    pub name: String,
    /// The algorithm, in domains that have such a setting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<Algorithm>,
    /// The values of K it is run with, where not all make sense.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub k: Option<Vec<usize>>,
    /// Settings over those of the experiment.
    #[serde(default)]
    pub settings: Table,
    /// Settings of the data over those of the experiment.
    #[serde(default)]
    pub data: Table,
    /// Settings for single values of K, over all others.
    #[serde(default)]
    pub at: BTreeMap<String, Table>,
}

/// By how much a variant is below the least of others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Margin {
    /// Its name in the table.
    pub name: String,
    /// The metric, of which medians are compared.
    pub metric: String,
    /// The variant.
    pub of: String,
    /// The others.
    pub against: Vec<String>,
}

/// Numbers of a paper for one metric.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Published {
    /// The values of K.
    pub k: Vec<usize>,
    /// The numbers of each variant.
    #[serde(flatten)]
    pub of: BTreeMap<String, Vec<f64>>,
}

impl Published {
    /// The number of a variant at K.
    pub fn at(&self, variant: &str, k: usize) -> Option<f64> {
        let place = self.k.iter().position(|&other| other == k)?;
        let value = self.of.get(variant)?.get(place).copied()?;
        value.is_finite().then_some(value)
    }
}

impl Experiment {
    /// Reads an experiment; `quick` lays its table `quick` over the rest.
    ///
    /// # Errors
    /// When the text is no experiment.
    pub fn read(name: &str, text: &str, quick: bool) -> Result<Self, ExperimentError> {
        let spec = |reason: String| ExperimentError::Spec {
            name: name.into(),
            reason,
        };
        let mut table: Table = toml::from_str(text).map_err(|e| spec(e.message().to_owned()))?;
        let Some(Value::Table(smaller)) = table.remove("quick") else {
            return Err(spec("there is no table [quick]".into()));
        };
        if quick {
            overlay(&mut table, smaller);
        }
        let experiment: Self = table
            .try_into()
            .map_err(|e: toml::de::Error| spec(e.message().to_owned()))?;
        match experiment.fault() {
            Some(reason) => Err(spec(reason)),
            None => Ok(experiment),
        }
    }

    /// What does not fit together, if anything.
    fn fault(&self) -> Option<String> {
        let named = |name: &String| self.variants.iter().any(|v| v.name == *name);
        let margins = self.margins.iter();
        let mut compared = margins.flat_map(|m| m.against.iter().chain([&m.of]));
        if self.steps == 0 || self.measures == 0 || self.measures > self.steps {
            return Some("choose measures from 1 to steps".into());
        }
        if self.seeds == 0 || self.k.is_empty() || self.variants.is_empty() {
            return Some("there is nothing to run".into());
        }
        compared
            .find(|name| !named(name))
            .map(|name| format!("there is no variant {name:?}"))
    }

    /// What decides the numbers of its runs: not what is said of them, nor how many there are.
    pub(super) fn decisive(&self) -> Self {
        Self {
            title: String::new(),
            source: String::new(),
            notes: String::new(),
            seeds: 1,
            metrics: vec![],
            curves: vec![],
            margins: vec![],
            paper: BTreeMap::new(),
            only: None,
            ..self.clone()
        }
    }

    /// The metrics of its margins and tables are not told apart by name: a margin's is its metric's name
    /// with this at the end.
    pub(super) const MARGIN: &str = "_improvement";
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
        title = "t"
        source = "s"
        domain = "mixture"
        notes = ""
        steps = 100
        measures = 10
        seeds = 3
        k = [2, 5]
        metrics = ["kl"]
        [[variants]]
        name = "a"
        algorithm = "mws"
        [paper.kl]
        k = [2, 5]
        a = [1.5, nan]
        [quick]
        steps = 20
    "#;

    #[test]
    fn a_quick_experiment_is_the_same_with_smaller_numbers() {
        let whole = Experiment::read("x", TEXT, false).unwrap();
        let quick = Experiment::read("x", TEXT, true).unwrap();
        assert_eq!((whole.steps, quick.steps), (100, 20));
        assert_eq!(
            Experiment {
                steps: 100,
                ..quick
            }
            .variants,
            whole.variants
        );
        let paper = &whole.paper["kl"];
        assert_eq!((paper.at("a", 2), paper.at("a", 5)), (Some(1.5), None));
        assert_eq!((paper.at("b", 2), paper.at("a", 3)), (None, None));
    }

    #[test]
    fn what_is_no_experiment_is_refused() {
        let reason = |from: &str, to: &str| {
            let text = TEXT.replace(from, to);
            Experiment::read("x", &text, false).unwrap_err().to_string()
        };
        assert!(reason("seeds = 3", "seeds = 0").contains("nothing to run"));
        assert!(reason("measures = 10", "measures = 101").contains("measures"));
        assert!(reason("title", "titel").contains("titel"));
        assert!(reason("[quick]", "[slow]").contains("quick"));
        let margin = "[[margins]]\nname = 'm'\nmetric = 'kl'\nof = 'a'\nagainst = ['b']\n[quick]";
        assert!(reason("[quick]", margin).contains("variant \"b\""));
    }
}
