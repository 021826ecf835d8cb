//! Wake-sleep learning of a model and a guide: the learner behind MWS, HMWS, RWS, VIMCO and their kin.
//!
//! A step walks through the terms of the current phase. Each term draws its particles, has them scored,
//! turns log-weights into coefficients by its rule, and adds a summand to one surrogate; one backward
//! pass updates model and guide together. Where a memory selects, particles are scored without a graph
//! and only those kept are scored again with one; elsewhere every particle is differentiated, so one
//! pass with the graph does both.

use helmholtz_nn::tensor::Tensor;

use super::draw::Address;
use super::keeping;
use super::learner::{Learner, Report, State};
use super::step::Step;
use super::tally::StepCounts;
use crate::algorithm::{Learning, Parents, Scale, Source, Term};
use crate::estimator::{Carried, SLEEP};
use crate::guide::Guide;
use crate::memory::Memory;
use crate::model::{Model, ModelExt};
use helmholtz_math::error::{SettingError, StateError};
use helmholtz_nn::{Adam, Gradients, Rates, Slot, export, import, squared_norm};

/// A stretch of training with terms and learning rates of its own.
#[derive(Clone, Debug)]
pub struct Phase {
    /// The step before which the phase ends, counted from the start of the run.
    pub until: u64,
    /// What is learned from.
    pub terms: Vec<Term>,
    /// How fast.
    pub rates: Rates,
}

impl Phase {
    /// The algorithm alone, to the end.
    ///
    /// # Errors
    /// When the algorithm refuses its settings.
    pub fn only(learning: &Learning, rates: Rates) -> Result<Self, SettingError> {
        Ok(Self {
            until: u64::MAX,
            terms: learning.algorithm.terms(learning)?,
            rates,
        })
    }

    /// Steps of pre-training on fantasies of a handcrafted prior, from which model and guide learn at rates of their own;
    /// then the algorithm.
    ///
    /// # Errors
    /// When the algorithm refuses its settings.
    pub fn after_handcrafted(
        (pretraining, first): (u64, Rates),
        learning: &Learning,
        rates: Rates,
    ) -> Result<Vec<Self>, SettingError> {
        let handcrafted = Source::HandWritten { count: 1 };
        let pretraining = Self {
            until: pretraining,
            terms: vec![Term::new(handcrafted, SLEEP, Scale::new(1.0, 1.0))],
            rates: first,
        };
        Ok(vec![pretraining, Self::only(learning, rates)?])
    }

    /// Steps of pre-training in which only the guide learns, from fantasies; then the algorithm.
    ///
    /// # Errors
    /// When the algorithm refuses its settings.
    pub fn after_fantasies(
        pretraining: u64,
        learning: &Learning,
        rates: Rates,
    ) -> Result<Vec<Self>, SettingError> {
        let fantasies = Source::Fantasy { count: 1 };
        let still = Rates {
            model: 0.0,
            likelihood: 0.0,
            ..rates
        };
        Ok(vec![
            Self {
                until: pretraining,
                terms: vec![Term::new(fantasies, SLEEP, Scale::new(0.0, 1.0))],
                rates: still,
            },
            Self::only(learning, rates)?,
        ])
    }
}

/// The learner.
pub struct WakeSleep<M: Model, G: Guide<M>> {
    model: Slot<M>,
    guide: Slot<G>,
    /// The observations.
    pub data: Vec<M::Observation>,
    /// One memory per observation; empty for algorithms that have none.
    pub memories: Vec<Memory<M::Discrete>>,
    /// Per observation, what a rule carries from visit to visit; empty where none does.
    pub states: Vec<Carried>,
    /// Per observation, the number of steps after which its memory or state changed last.
    changed: Vec<u64>,
    /// In order; the last one never ends.
    pub phases: Vec<Phase>,
    /// The seed of everything random.
    pub seed: u64,
    /// For score-function rules: log-weights are at least the log-joint of the program of guaranteed
    /// support minus this many nats.
    pub floor: f64,
    /// The norm to which a longer gradient is shortened.
    pub clip: f64,
    optimiser: Adam,
}

impl<M: Model, G: Guide<M>> WakeSleep<M, G> {
    /// A learner at its first step. `memory` is the size of each observation's memory; 0 for none.
    ///
    /// # Errors
    /// When a term has no particles, or needs a memory that is not there.
    pub fn new(
        model: M,
        guide: G,
        data: Vec<M::Observation>,
        memory: usize,
        phases: Vec<Phase>,
        seed: u64,
    ) -> Result<Self, SettingError> {
        let mut terms = phases.iter().flat_map(|p| &p.terms);
        terms.try_for_each(|term| term.check(memory))?;
        let mut terms = phases.iter().flat_map(|p| &p.terms);
        if model.edits().is_none() && terms.any(|t| t.parents == Parents::Fittest) {
            let reason = "it breeds programs by edits, and this model has none";
            return Err(SettingError::new("algorithm", reason));
        }
        let memories = match memory {
            0 => vec![],
            m => vec![Memory::new(m, model.support()); data.len()],
        };
        let optimiser = Adam::default();
        let carried = if carries(&phases)? { data.len() } else { 0 };
        Ok(Self {
            model: Slot::new(model),
            guide: Slot::new(guide),
            states: vec![Carried::default(); carried],
            changed: vec![0; data.len()],
            data,
            memories,
            phases,
            seed,
            floor: 10.0,
            clip: 10.0,
            optimiser,
        })
    }

    /// The same from the settings that every domain has: the size of the memories and the seed.
    ///
    /// # Errors
    /// Like [`WakeSleep::new`].
    pub fn with_settings(
        (model, guide): (M, G),
        data: Vec<M::Observation>,
        learning: &Learning,
        phases: Vec<Phase>,
    ) -> Result<Self, SettingError> {
        Self::new(model, guide, data, learning.memory(), phases, learning.seed)
    }

    /// The generative model.
    pub fn model(&self) -> &M {
        &self.model
    }

    /// The recognition model.
    pub fn guide(&self) -> &G {
        &self.guide
    }

    fn phase(&self, step: u64) -> Option<Phase> {
        self.phases
            .iter()
            .find(|p| step < p.until)
            .or(self.phases.last())
            .cloned()
    }

    /// Applies the gradient of the surrogate; returns its norm before clipping. A gradient that is not
    /// finite changes nothing.
    fn ascend(&mut self, surrogate: Tensor<1>, rates: &Rates) -> f64 {
        let mut gradients = Gradients::of(&surrogate.neg());
        let squares = squared_norm(&*self.model, "model", &gradients, rates)
            + squared_norm(&*self.guide, "guide", &gradients, rates);
        let norm = squares.sqrt();
        if norm.is_finite() {
            let scale = if norm > self.clip {
                (self.clip / norm) as f32
            } else {
                1.0
            };
            let optimiser = &mut self.optimiser;
            self.model
                .change(|m| optimiser.step(m, "model", &mut gradients, rates, scale));
            self.guide
                .change(|g| optimiser.step(g, "guide", &mut gradients, rates, scale));
        }
        norm
    }
}

impl<M: Model, G: Guide<M>> Learner for WakeSleep<M, G> {
    fn items(&self) -> usize {
        self.data.len()
    }

    fn step(&mut self, items: &[usize], step: u64) -> Report {
        let Some(phase) = self.phase(step) else {
            return Report::default();
        };
        let mut items = items.to_vec();
        items.sort_unstable();
        items.dedup();
        let observations: Vec<&M::Observation> = items.iter().map(|&i| &self.data[i]).collect();
        let looks = |t: &Term| matches!(t.source, Source::Guide { .. } | Source::Memory { .. });
        let encoding = phase
            .terms
            .iter()
            .any(looks)
            .then(|| self.guide.encode(&observations));
        let batch = Step {
            model: &*self.model,
            guide: &*self.guide,
            plain_model: self.model.valid(),
            plain_guide: self.guide.valid(),
            items: &items,
            observations: &observations,
            encoding: encoding.as_ref().map(|e| (e, G::detach(e))),
            floor: self.floor,
        };
        let (mut surrogate, mut tally) = (None::<Tensor<1>>, StepCounts::default());
        for (i, term) in phase.terms.iter().enumerate() {
            let address = Address {
                seed: self.seed,
                step,
                term: i,
            };
            let outcome = match term.source {
                Source::Guide {
                    programs,
                    defensive,
                } => {
                    let states = &mut self.states;
                    batch.fresh(term, (programs, defensive), states, &address)
                }
                Source::Memory { proposals, shares } => {
                    let kept = (&mut self.memories[..], &mut self.states[..]);
                    batch.memoised(term, (proposals, &shares), kept, &address)
                }
                Source::Fantasy { count } => Some(batch.sleep(term, count, false, &address)),
                Source::HandWritten { count } => Some(batch.sleep(term, count, true, &address)),
            };
            if matches!(term.source, Source::Memory { .. }) || term.carries().is_some() {
                items.iter().for_each(|&i| self.changed[i] = step + 1);
            }
            let Some(outcome) = outcome else { continue };
            tally.add(outcome.tally);
            surrogate = [surrogate, outcome.surrogate]
                .into_iter()
                .flatten()
                .reduce(|a, b| a + b);
        }
        // What shares the weights goes first, so that they can change in place.
        drop(batch);
        drop(encoding);
        let norm = surrogate.map_or(0.0, |s| self.ascend(s, &phase.rates));
        tally.report(norm, items.len())
    }

    fn save(&self) -> Result<State, StateError> {
        self.state(|_| true)
    }

    fn save_since(&self, step: u64) -> Result<State, StateError> {
        self.state(|item| self.changed[item] > step)
    }

    fn load(&mut self, state: &State) -> Result<(), StateError> {
        let model = import(M::clone(&self.model), &state.under("model"))?;
        let guide = import(G::clone(&self.guide), &state.under("guide"))?;
        let optimiser = Adam::load(&state.under("adam"), &state.arrays)?;
        let kept = (&self.memories[..], self.states.len());
        let (memories, states) = keeping::read(state, self.data.len(), kept)?;
        let mut programs = memories.iter().flat_map(|m| m.programs());
        if !programs.all(|program| self.model.is_admissible(program)) {
            return Err(StateError::Memory(
                "a member is no program of this model".into(),
            ));
        }
        (self.model, self.guide) = (Slot::new(model), Slot::new(guide));
        (self.optimiser, self.memories, self.states) = (optimiser, memories, states);
        self.changed.fill(0);
        Ok(())
    }
}

impl<M: Model, G: Guide<M>> WakeSleep<M, G> {
    /// The state, with the records of some observations.
    fn state(&self, of: impl Fn(usize) -> bool) -> Result<State, StateError> {
        let mut state = State::default();
        state.insert("model", export(&*self.model));
        state.insert("guide", export(&*self.guide));
        state.insert("adam", self.optimiser.save());
        for item in (0..self.data.len()).filter(|i| of(*i)) {
            let kept = (self.memories.get(item), self.states.get(item));
            if let Some(record) = keeping::written(kept)? {
                state.records.insert(item as u64, record);
            }
        }
        Ok(state)
    }
}

/// Whether a rule carries something from visit to visit. An observation has room for what one of a phase carries.
fn carries(phases: &[Phase]) -> Result<bool, SettingError> {
    let count = |phase: &Phase| phase.terms.iter().filter(|t| t.carries().is_some()).count();
    match phases.iter().map(count).max() {
        Some(2..) => Err(SettingError::new("baseline", "two terms would share it")),
        most => Ok(most == Some(1)),
    }
}
