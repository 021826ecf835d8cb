//! From settings and recordings to a learner that keeps the weights which do best on what was held out.

use std::marker::PhantomData;

use super::config::Config;
use super::evaluate::{Baseline, beginnings, typical};
use super::medium::{Medium, Music, Numbers, Speech};
use super::networks::{BEST, Learns, SequenceFilter, SequenceNetworks, USUAL};
use super::recording::{Part, Recording, of_part};
use helmholtz_core::domain::Domain;
use helmholtz_core::filter::{Inference, Sequence};
use helmholtz_core::train::{Learner, Report, State};
use helmholtz_math::error::{SettingError, StateError};

/// Sequences of some kind.
#[derive(Clone, Copy, Debug)]
pub struct Sequences<M>(PhantomData<M>);

/// Piano rolls, followed step by step.
pub type MusicDomain = Sequences<Music>;
/// Sound, followed step by step.
pub type SpeechDomain = Sequences<Speech>;
/// Streams of numbers, followed step by step.
pub type StreamDomain = Sequences<Numbers>;

impl<M: Medium> Domain for Sequences<M> {
    const NAME: &'static str = M::NAME;
    const ALIASES: &'static [&'static str] = M::ALIASES;

    type Config = Config;
    type Datum = Recording;
    type Networks = SequenceNetworks;
    type Learner = SequenceLearner;

    fn defaults() -> Config {
        M::defaults()
    }

    fn settle(config: Config, data: &[Recording]) -> Result<Config, SettingError> {
        config.settled(data)
    }

    fn networks(config: &Config) -> Result<SequenceNetworks, SettingError> {
        SequenceNetworks::new(config)
    }

    fn learner(config: &Config, data: &[Recording]) -> Result<SequenceLearner, SettingError> {
        SequenceLearner::new(config, data)
    }
}

/// The learner of a model of sequences.
pub struct SequenceLearner {
    learner: Box<dyn Learns>,
    config: Config,
    held_out: Vec<Sequence>,
    /// By which it is told what is usual.
    typical: Vec<Sequence>,
    best: Option<Best>,
}

/// What did best so far.
#[derive(Clone)]
struct Best {
    /// Nats a step.
    free_energy: f64,
    /// Looks since.
    since: u64,
    /// The weights of model and guide.
    weights: State,
    /// What is usual by them; `None` if an older program found them.
    usual: Option<Baseline>,
}

/// Where a state keeps [`Best::free_energy`] and [`Best::since`].
const VALIDATION: &str = "validation";

impl SequenceLearner {
    fn new(config: &Config, data: &[Recording]) -> Result<Self, SettingError> {
        let networks = SequenceNetworks::new(config)?;
        data.iter().try_for_each(|r| config.fits(r))?;
        let train = of_part(data, Part::Train).flat_map(|r| pieces(config, &r.steps));
        let train: Vec<Sequence> = train.collect();
        if train.is_empty() {
            let clip = config.filtering.clip;
            let reason = format!("{clip}; every recording is shorter, so choose a smaller number");
            return Err(SettingError::new("filtering.clip", reason));
        }
        let validation = &config.validation;
        let held_out = of_part(data, Part::Valid)
            .map(|r| config.scaled(&r.steps.part(0, validation.steps)))
            .filter(|s| s.len() > config.filtering.first.unscored())
            .take(validation.recordings);
        Ok(Self {
            learner: networks.learner(train, config)?,
            held_out: held_out.collect(),
            typical: beginnings(config, typical(data)),
            config: config.clone(),
            best: None,
        })
    }

    /// The weights that did best on what was held out; the last ones where nothing was.
    pub fn networks(&self) -> SequenceNetworks {
        let last = self.learner.networks();
        match &self.best {
            Some(best) => {
                let kept = helmholtz_core::domain::Networks::load(last, &best.weights);
                // They are the learner's own, of the same sizes.
                kept.unwrap_or_else(|_| self.learner.networks())
            }
            None => last,
        }
    }

    /// A filter by the present weights.
    fn filter(&self) -> Box<dyn SequenceFilter> {
        self.learner.networks().filter(Inference {
            iterations: self.config.filtering.iterations,
            samples: 1,
            seed: self.config.seed,
        })
    }

    /// What is usual, by the present weights.
    fn usual(&self) -> Baseline {
        Baseline::of(&*self.filter(), &self.config, &self.typical)
    }

    /// The mean step free energy of what was held out, in nats, by the present weights.
    fn validate(&self) -> f64 {
        let sequences: Vec<&Sequence> = self.held_out.iter().collect();
        let first = self.config.filtering.first;
        let energies = self.filter().energies(&sequences, first);
        let steps = energies.iter().flatten().filter_map(|s| s.last());
        let (sum, count) = steps.fold((0.0, 0.0), |(sum, count), e| {
            (sum + e.free_energy(), count + 1.0)
        });
        sum / count + self.config.correction()
    }

    /// Looks at what was held out; tells the free energy, and whether there is nothing more to be gained.
    fn look(&mut self) -> (f64, bool) {
        let free_energy = self.validate();
        let better = |best: &Best| free_energy < best.free_energy;
        if free_energy.is_finite() && self.best.as_ref().is_none_or(better) {
            self.best = Some(Best {
                free_energy,
                since: 0,
                weights: self.learner.weights(),
                usual: Some(self.usual()),
            });
            return (free_energy, false);
        }
        let patience = self.config.validation.patience;
        let since = self.best.as_mut().map_or(0, |best| {
            best.since += 1;
            best.since
        });
        (free_energy, patience > 0 && since >= patience)
    }
}

/// The stretches of a recording that are long enough to be learned from.
fn pieces(config: &Config, steps: &Sequence) -> Vec<Sequence> {
    let longest = match config.piece {
        0 => steps.len().max(1),
        piece => piece.max(config.filtering.clip),
    };
    let starts = (0..steps.len()).step_by(longest);
    let each = starts.map(|from| config.scaled(&steps.part(from, longest)));
    each.filter(|s| s.len() >= config.filtering.clip).collect()
}

impl Learner for SequenceLearner {
    fn items(&self) -> usize {
        self.learner.items()
    }

    fn step(&mut self, items: &[usize], step: u64) -> Report {
        let mut report = self.learner.step(items, step);
        report.bound -= self.config.correction();
        let every = self.config.validation.every;
        // While the divergence counts for less than it costs, free energies are no measure of the model.
        let annealed = self.config.filtering.weight(step + 1) >= 1.0;
        let due = every > 0 && (step + 1).is_multiple_of(every) && !self.held_out.is_empty();
        if due && annealed {
            let (free_energy, converged) = self.look();
            report.numbers.insert("validation", free_energy);
            report.converged = converged;
        }
        report
    }

    fn save(&self) -> Result<State, StateError> {
        let mut state = self.learner.save()?;
        let best = self.best.as_ref();
        let usual = match best {
            Some(best) => best.usual.clone(),
            None => Some(self.usual()),
        };
        if let Some(usual) = usual {
            state.bytes.insert(USUAL.into(), usual.written());
        }
        if let Some(best) = best {
            state.insert(BEST, best.weights.arrays.clone());
            let numbers = [best.free_energy.to_le_bytes(), best.since.to_le_bytes()];
            state.bytes.insert(VALIDATION.into(), numbers.concat());
        }
        Ok(state)
    }

    fn load(&mut self, state: &State) -> Result<(), StateError> {
        let best = match state.bytes.get(VALIDATION) {
            Some(bytes) => Some(Best::read(bytes, state)?),
            None => None,
        };
        self.learner.load(state)?;
        self.best = best;
        Ok(())
    }
}

impl Best {
    fn read(bytes: &[u8], state: &State) -> Result<Self, StateError> {
        let damaged = || StateError::Memory("of the best weights".into());
        let (free_energy, since) = bytes.split_first_chunk().ok_or_else(damaged)?;
        let since = since.try_into().map_err(|_| damaged())?;
        let usual = state.bytes.get(USUAL);
        Ok(Self {
            free_energy: f64::from_le_bytes(*free_energy),
            since: u64::from_le_bytes(since),
            weights: State {
                arrays: state.under(BEST),
                ..State::default()
            },
            usual: usual.and_then(|bytes| Baseline::read(bytes)),
        })
    }
}

#[cfg(test)]
mod tests;
