//! What the trainer drives.

use std::collections::BTreeMap;

use serde::Serialize;

use helmholtz_math::error::StateError;
use helmholtz_nn::Array;

/// Something that learns from batches of observations.
///
/// Everything random in a step must be addressed by (seed, observation, step, purpose), so that a step is
/// a function of the learner's state, the step's number and its items: then loading a [`State`] resumes
/// bit-identically.
pub trait Learner {
    /// The number of observations there are.
    fn items(&self) -> usize;

    /// One update from the given observations.
    fn step(&mut self, items: &[usize], step: u64) -> Report;

    /// Everything that the next step depends on.
    ///
    /// # Errors
    /// When something cannot be written down, such as a program of a foreign domain that fails to serialise: a state
    /// without it would pass for whole.
    fn save(&self) -> Result<State, StateError>;

    /// The same, but of the records only those that steps from number `step` on have changed: the others are as they
    /// were before that step.
    ///
    /// # Errors
    /// As [`Learner::save`].
    fn save_since(&self, _step: u64) -> Result<State, StateError> {
        self.save()
    }

    /// Restores what [`Learner::save`] gave.
    ///
    /// # Errors
    /// When the state belongs to another model or other data, or is damaged; the learner is then
    /// unchanged.
    fn load(&mut self, state: &State) -> Result<(), StateError>;
}

/// A learner's state: named arrays, named bytes for what is not an array, and what belongs to single observations.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// Weights and the optimiser's moments.
    pub arrays: BTreeMap<String, Array>,
    /// Anything else.
    pub bytes: BTreeMap<String, Vec<u8>>,
    /// What is kept of an observation, such as its memory, by the observation's number. A run folder writes only those that
    /// have changed.
    pub records: BTreeMap<u64, Vec<u8>>,
}

impl State {
    /// Adds arrays under `prefix.`.
    pub fn insert(&mut self, prefix: &str, arrays: BTreeMap<String, Array>) {
        self.arrays.extend(
            arrays
                .into_iter()
                .map(|(name, a)| (format!("{prefix}.{name}"), a)),
        );
    }

    /// What a shipped model needs: the weights of model and guide.
    pub fn weights(&self) -> Self {
        let kept = |name: &str| name.starts_with("model.") || name.starts_with("guide.");
        let arrays = self.arrays.iter().filter(|(name, _)| kept(name));
        Self {
            arrays: arrays.map(|(n, a)| (n.clone(), a.clone())).collect(),
            ..Self::default()
        }
    }

    /// The arrays under `prefix.`, without it.
    pub fn under(&self, prefix: &str) -> BTreeMap<String, Array> {
        let named = self.arrays.iter().filter_map(|(name, array)| {
            let name = name.strip_prefix(prefix)?.strip_prefix('.')?;
            Some((name.to_owned(), array.clone()))
        });
        named.collect()
    }
}

/// What a step has to say: the bound, and named numbers for the metrics file.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// The mean over the batch of the objective's estimate, in nats per observation; for a memory the
    /// exact bound log sum_m p(z_m, x). NaN (written as null) in steps that have none, such as
    /// pre-training.
    pub bound: f64,
    /// Other numbers, by name.
    #[serde(flatten)]
    pub numbers: BTreeMap<&'static str, f64>,
    /// Draws of the model from which the guide was to learn; those that are no observations are `rejected_fantasies`.
    #[serde(skip)]
    pub fantasies: u64,
    /// Whether the learner sees nothing more to be gained.
    #[serde(skip)]
    pub converged: bool,
}
