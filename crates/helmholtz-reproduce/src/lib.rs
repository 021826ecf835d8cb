//! Experiments: what a table or figure of a paper asks, as data; run over algorithms, budgets and seeds.
//!
//! An [`Experiment`] is a TOML file. Each of its [`Cell`]s is one run of one variant, one value of
//! K (particles, say) and one seed, that can be interrupted and goes on where it stopped. A domain says by
//! [`Benchmark`] what its data are and what can be measured; [`table`] turns the outcomes into rows.

mod automata;
pub mod calibration;
pub mod catalogue;
mod cell;
mod characters;
pub mod chart;
mod clusters;
pub mod cost;
mod error;
mod lock_in;
mod registry;
mod run;
mod scenes;
mod sequences;
mod spec;
mod strings;
pub mod table;
mod timeseries;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use cell::{Outcome, Point};
pub use error::ExperimentError;
pub use registry::{AnyBenchmark, Benchmarks, benchmarks};
pub use run::{Cell, Progress, run};
pub use spec::{Axis, Experiment, Margin, Variant};

use helmholtz_core::domain::Domain;
use helmholtz_math::error::SettingError;

/// Measured numbers by name.
pub type Measures = BTreeMap<String, f64>;

/// A metric of a domain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metric {
    /// Its name in experiments and rows.
    pub name: &'static str,
    /// What it is, with its unit, for a heading.
    pub title: &'static str,
    /// The same in a few words, for a picture.
    pub short: &'static str,
}

/// Where a run stands when it is measured.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Steps done.
    pub step: u64,
    /// The mean of the training bound since the last measurement, nats per observation.
    pub bound: f64,
    /// Whether the run is over.
    pub last: bool,
}

/// Something to look at.
#[derive(Clone, Debug, PartialEq)]
pub enum Exhibit {
    /// Text in Markdown.
    Text(String),
    /// A PNG file.
    Picture(Vec<u8>),
    /// An SVG file.
    Drawing(String),
}

/// A domain on which experiments can be run.
pub trait Benchmark: Domain {
    /// The data of an experiment, with what is known about them.
    type World: Send + Sync;
    /// The settings of a world: the table `data` of an experiment.
    type Data: Default + Serialize + for<'de> Deserialize<'de>;

    /// What can be measured.
    const METRICS: &'static [Metric];

    /// Whether recorded data can take the place of the experiment's own: the setting `file` of its data.
    const FROM_FILE: bool = false;

    /// What can be measured here or anywhere.
    fn metrics() -> Vec<Metric> {
        let anywhere = cost::COSTS.iter().chain(&lock_in::METRICS);
        Self::METRICS.iter().chain(anywhere).copied().collect()
    }

    /// Makes the data.
    ///
    /// # Errors
    /// When a setting is out of range.
    fn world(config: &Self::Config, data: &Self::Data) -> Result<Self::World, SettingError>;

    /// What is learned from.
    fn observations(world: &Self::World) -> &[Self::Datum];

    /// Measures a learner, by the names of [`Benchmark::METRICS`]. What is dear is left for the last moment; what is
    /// not finite counts as not measured.
    fn measure(
        world: &Self::World,
        config: &Self::Config,
        learner: &Self::Learner,
        moment: &Moment,
    ) -> Vec<(&'static str, f64)>;

    /// The result of a run by its curve: its last point, unless a metric averages over several.
    fn conclude(_world: &Self::World, curve: &[Point]) -> Measures {
        curve.last().map(|p| p.values.clone()).unwrap_or_default()
    }

    /// Something to look at when a run is over, by the name that an experiment asks for.
    ///
    /// # Errors
    /// When there is no such exhibit.
    fn exhibit(
        world: &Self::World,
        config: &Self::Config,
        learner: &Self::Learner,
        name: &str,
    ) -> Result<Exhibit, SettingError>;
}
