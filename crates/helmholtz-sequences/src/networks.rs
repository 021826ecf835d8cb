//! A model with its inference network, whichever they are: one type for the four pairs that settings can name.

use super::config::{Config, InferenceKind, ModelKind};
use super::direct::Direct;
use super::evaluate::Baseline;
use super::follow::{Follow, Following};
use super::output::Observable;
use super::srnn::Srnn;
use super::vrnn::Vrnn;
use helmholtz_core::domain::{Networks, Settings as _};
use helmholtz_core::filter::{
    Amortised, First, Infer, Inference, IterativeNet, Particles, Sequence, StepEnergy,
};
use helmholtz_core::train::{Filtering, Learner, State};
use helmholtz_math::error::{SettingError, StateError};
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use helmholtz_nn::{Size, import, training_device};

/// A model with its inference network.
pub struct SequenceNetworks {
    pair: Box<dyn Erased>,
    /// What steps of the run's own recordings cost, where a state says so.
    usual: Option<Baseline>,
}

/// A model with an inference network that is made for it, or for all.
struct Pair<S, I> {
    model: S,
    guide: I,
}

/// What does not depend on which they are.
trait Erased: Send + Sync {
    fn size(&self) -> Size;

    fn load(&self, state: &State) -> Result<Box<dyn Erased>, StateError>;

    fn learner(
        &self,
        data: Vec<Sequence>,
        config: &Config,
    ) -> Result<Box<dyn Learns>, SettingError>;

    fn filter(&self, inference: Inference) -> Box<dyn SequenceFilter>;
}

/// A learner of such a pair.
pub(super) trait Learns: Learner + Send {
    /// What it has learned so far.
    fn networks(&self) -> SequenceNetworks;

    /// The same as arrays.
    fn weights(&self) -> State;
}

/// A filter with what it was learned for.
pub trait SequenceFilter: Send + Sync {
    /// [`Amortised::energies`].
    fn energies(&self, sequences: &[&Sequence], first: First) -> Vec<Vec<Vec<StepEnergy>>>;

    /// [`Amortised::particle_bound`].
    fn particle_bound(
        &self,
        sequences: &[&Sequence],
        first: First,
        particles: &Particles,
    ) -> Vec<Vec<f64>>;

    /// Before the first step of a sequence.
    fn follow(&self, first: First) -> Box<dyn Follow + '_>;
}

impl<S, I> SequenceFilter for Amortised<S, I>
where
    S: Observable + Send + Sync,
    I: Infer<S> + Send + Sync,
    S::State: Send,
{
    fn energies(&self, sequences: &[&Sequence], first: First) -> Vec<Vec<Vec<StepEnergy>>> {
        Self::energies(self, sequences, first)
    }

    fn particle_bound(
        &self,
        sequences: &[&Sequence],
        first: First,
        particles: &Particles,
    ) -> Vec<Vec<f64>> {
        Self::particle_bound(self, sequences, first, particles)
    }

    fn follow(&self, first: First) -> Box<dyn Follow + '_> {
        Box::new(Following::new(self, first))
    }
}

impl<S, I> Erased for Pair<S, I>
where
    S: Observable + Send + Sync + 'static,
    I: Infer<S> + Send + Sync + 'static,
    S::State: Send,
{
    fn size(&self) -> Size {
        Size::of(&self.model) + Size::of(&self.guide)
    }

    fn load(&self, state: &State) -> Result<Box<dyn Erased>, StateError> {
        Ok(Box::new(Self {
            model: import(self.model.clone(), &state.under("model"))?,
            guide: import(self.guide.clone(), &state.under("guide"))?,
        }))
    }

    fn learner(
        &self,
        data: Vec<Sequence>,
        config: &Config,
    ) -> Result<Box<dyn Learns>, SettingError> {
        let schedule = config.schedule();
        let (model, guide, settings) = (
            self.model.clone(),
            self.guide.clone(),
            config.filtering.clone(),
        );
        let (batch, seed) = (schedule.batch, schedule.seed);
        let learner = Filtering::new(model, guide, data, settings, batch, seed)?;
        Ok(Box::new(learner))
    }

    fn filter(&self, inference: Inference) -> Box<dyn SequenceFilter> {
        let (model, guide) = (self.model.clone(), self.guide.clone());
        Box::new(Amortised::new(model, guide, inference))
    }
}

impl<S, I> Learns for Filtering<S, I>
where
    S: Observable + Send + Sync + 'static,
    I: Infer<S> + Send + Sync + 'static,
    S::State: Send,
{
    fn networks(&self) -> SequenceNetworks {
        let (model, guide) = (self.model().clone(), self.guide().clone());
        SequenceNetworks::of(model, guide)
    }

    fn weights(&self) -> State {
        Self::weights(self)
    }
}

impl SequenceNetworks {
    /// The pair that the settings name, with random weights.
    ///
    /// # Errors
    /// When a setting is out of range, or does not follow from the data yet.
    pub fn new(config: &Config) -> Result<Self, SettingError> {
        config.check()?;
        let unknown = || SettingError::new("output", "not known before there are recordings");
        let (width, output) = (config.known_width()?, config.output.ok_or_else(unknown)?);
        let (device, rng) = (
            &training_device(),
            &mut Stream::at([config.seed, 0, 0, Purpose::ModelWeights.tag()]),
        );
        let (srnn, vrnn, avf) = (&config.srnn, &config.vrnn, InferenceKind::Avf);
        let iterative = |latent, rng: &mut Stream| {
            IterativeNet::new(&config.network, (latent, width), rng, device)
        };
        Ok(match config.model {
            ModelKind::Srnn => {
                let model = Srnn::new(width, srnn, output, rng, device);
                match config.inference == avf {
                    true => Self::of(model, iterative(srnn.latent, rng)?),
                    false => Self::of(model, Direct::of_srnn(width, srnn, rng, device)),
                }
            }
            ModelKind::Vrnn => {
                let model = Vrnn::new(width, vrnn, output, rng, device);
                match config.inference == avf {
                    true => Self::of(model, iterative(vrnn.latent, rng)?),
                    false => Self::of(model, Direct::of_vrnn(vrnn, rng, device)),
                }
            }
        })
    }

    fn of<S, I>(model: S, guide: I) -> Self
    where
        S: Observable + Send + Sync + 'static,
        I: Infer<S> + Send + Sync + 'static,
        S::State: Send,
    {
        Self {
            pair: Box::new(Pair { model, guide }),
            usual: None,
        }
    }

    /// A learner of these weights at its first step.
    pub(super) fn learner(
        &self,
        data: Vec<Sequence>,
        config: &Config,
    ) -> Result<Box<dyn Learns>, SettingError> {
        self.pair.learner(data, config)
    }

    /// What steps of the run's own recordings cost, by its settings; `None` where no state said so.
    pub fn usual(&self) -> Option<&Baseline> {
        self.usual.as_ref()
    }

    /// A filter, in which nothing is learned any more.
    pub fn filter(&self, inference: Inference) -> Box<dyn SequenceFilter> {
        self.pair.filter(inference)
    }
}

/// Where a state keeps the weights that did best on what was held out.
pub(super) const BEST: &str = "best";
/// Where a state keeps what is usual.
pub(super) const USUAL: &str = "usual";

impl Networks for SequenceNetworks {
    fn size(&self) -> Size {
        self.pair.size()
    }

    /// The weights that did best on what was held out, if the state has such.
    fn load(self, state: &State) -> Result<Self, StateError> {
        let best = State {
            arrays: state.under(BEST),
            ..State::default()
        };
        let weights = if best.arrays.is_empty() { state } else { &best };
        Ok(Self {
            pair: self.pair.load(weights)?,
            usual: state.bytes.get(USUAL).and_then(|b| Baseline::read(b)),
        })
    }
}
