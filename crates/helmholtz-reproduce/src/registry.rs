//! The domains on which experiments can be run, a line each.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use super::{Benchmark, Cell, Experiment, ExperimentError, Metric, Outcome, Progress, run};

/// A domain on which experiments can be run, whose types nobody needs to know.
pub trait AnyBenchmark: Send + Sync {
    /// Its name, then its older names.
    fn names(&self) -> Vec<&'static str>;
    /// What can be measured.
    fn metrics(&self) -> Vec<Metric>;
    /// Whether recorded data can take the place of an experiment's own.
    fn takes_files(&self) -> bool;

    /// Runs an experiment, as [`run`] does.
    ///
    /// # Errors
    /// As [`run`].
    fn run(
        &self,
        experiment: &Experiment,
        folder: &Path,
        interrupt: &AtomicBool,
        tell: &(dyn Fn(Progress<'_>) + Sync),
    ) -> Result<Option<Vec<(Cell, Outcome)>>, ExperimentError>;
}

/// A domain by its type.
struct Of<D>(std::marker::PhantomData<fn(D)>);

impl<D: Benchmark> AnyBenchmark for Of<D> {
    fn names(&self) -> Vec<&'static str> {
        std::iter::once(D::NAME)
            .chain(D::ALIASES.iter().copied())
            .collect()
    }

    fn metrics(&self) -> Vec<Metric> {
        D::metrics()
    }

    fn takes_files(&self) -> bool {
        D::FROM_FILE
    }

    fn run(
        &self,
        experiment: &Experiment,
        folder: &Path,
        interrupt: &AtomicBool,
        tell: &(dyn Fn(Progress<'_>) + Sync),
    ) -> Result<Option<Vec<(Cell, Outcome)>>, ExperimentError> {
        run::<D>(experiment, folder, interrupt, tell)
    }
}

/// Domains on which experiments can be run.
#[derive(Default)]
pub struct Benchmarks(Vec<Box<dyn AnyBenchmark>>);

impl Benchmarks {
    /// The same with one more.
    #[must_use]
    pub fn with<D: Benchmark + 'static>(mut self) -> Self {
        self.0.push(Box::new(Of::<D>(std::marker::PhantomData)));
        self
    }

    /// The domain of a name.
    pub fn find(&self, name: &str) -> Option<&dyn AnyBenchmark> {
        let found = self.0.iter().find(|b| b.names().contains(&name));
        found.map(|b| &**b)
    }
}

/// The domains of the papers.
pub fn benchmarks() -> Benchmarks {
    Benchmarks::default()
        .with::<helmholtz_strings::StringDomain>()
        .with::<helmholtz_clusters::MixtureDomain>()
        .with::<helmholtz_automata::AutomataDomain>()
        .with::<helmholtz_characters::CharacterDomain>()
        .with::<helmholtz_scenes::SceneDomain>()
        .with::<helmholtz_timeseries::SeriesDomain>()
        .with::<helmholtz_sequences::MusicDomain>()
        .with::<helmholtz_sequences::SpeechDomain>()
        .with::<helmholtz_sequences::StreamDomain>()
}
