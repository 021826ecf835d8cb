//! Variational filtering: the learner behind AVF and its relatives (AVF, algorithm 1).
//!
//! A step takes a clip of each sequence. In the *inference phase* it goes through the clip step by step: the
//! posterior is improved from the prior, by a network that is taught with the gradient of the step's own free
//! energy. In the *learning phase* the model follows the gradient of the total. Past samples are constants in both,
//! as the paper derives it; [`FilterSettings::attached`] lets gradients pass through them instead, and then there is
//! one graph for both.

use helmholtz_nn::tensor::Tensor;

mod attached;
mod clips;
mod tally;

use clips::Clips;
use tally::StepSums;

use super::filter_settings::FilterSettings;
use super::learner::{Learner, Report, State};
use crate::filter::{Infer, InferenceInput, Inferred, Moment, Sequence, StateSpace};
use helmholtz_math::error::{SettingError, StateError};
use helmholtz_math::purpose::Purpose;
use helmholtz_nn::dist::Normal;
use helmholtz_nn::{Adam, Gradients, Rates, Slot, export, import, squared_norm};

/// The learner.
pub struct Filtering<S: StateSpace, I: Infer<S>> {
    model: Slot<S>,
    guide: Slot<I>,
    /// The sequences, each at least a clip long.
    pub data: Vec<Sequence>,
    /// How to learn.
    pub settings: FilterSettings,
    /// The seed of everything random.
    pub seed: u64,
    batch: usize,
    optimiser: Adam,
}

/// What an iteration of inference is taught: what it saw, what it made of it, and the gradient there.
type Lesson<C> = (InferenceInput<C>, Normal, Normal);

impl<S: StateSpace, I: Infer<S>> Filtering<S, I> {
    /// A learner at its first step; `batch` sequences are shown at each.
    ///
    /// # Errors
    /// When a setting is out of range, or a sequence is shorter than a clip or of another width.
    pub fn new(
        model: S,
        guide: I,
        data: Vec<Sequence>,
        settings: FilterSettings,
        batch: usize,
        seed: u64,
    ) -> Result<Self, SettingError> {
        settings.check()?;
        let width = data.first().map_or(0, Sequence::width);
        for (i, sequence) in data.iter().enumerate() {
            let (found, clip) = (sequence.len(), settings.clip);
            if found < clip {
                let reason = format!("sequence {} has {found} steps, a clip {clip}", i + 1);
                return Err(SettingError::new("clip", reason));
            }
            if sequence.width() != width {
                let found = sequence.width();
                let reason = format!(
                    "sequence {} has {found} numbers a step, the first {width}",
                    i + 1
                );
                return Err(SettingError::new("data", reason));
            }
        }
        Ok(Self {
            model: Slot::new(model),
            guide: Slot::new(guide),
            data,
            settings,
            seed,
            batch: batch.max(1),
            optimiser: Adam::default(),
        })
    }

    /// The generative model.
    pub fn model(&self) -> &S {
        &self.model
    }

    /// The inference network.
    pub fn guide(&self) -> &I {
        &self.guide
    }

    /// The weights of model and network.
    pub fn weights(&self) -> State {
        let mut state = State::default();
        state.insert("model", export(&*self.model));
        state.insert("guide", export(&*self.guide));
        state
    }

    fn rates(&self, step: u64) -> Rates {
        let passes = step / self.data.len().div_ceil(self.batch).max(1) as u64;
        let decay = self.settings.decay.powf(passes as f64);
        Rates {
            model: self.settings.rate * decay,
            guide: self.settings.guide_rate * decay,
            likelihood: self.settings.rate * decay,
        }
    }

    /// The state before the first scored step.
    fn start(&self, model: &S, clips: &Clips) -> S::State {
        let state = model.start(clips.rows.len());
        match &clips.first {
            Some(x) => model.condition(state, x),
            None => state,
        }
    }

    /// Inference and learning one after the other, past samples being constants.
    fn detached(&mut self, clips: &Clips, rates: &Rates) -> Report {
        let model = self.model.valid();
        let mut state = self.start(&model, clips);
        let (mut tally, mut lessons, mut norms) = (StepSums::default(), vec![], (0.0, 0.0));
        let (mut posteriors, mut latents) = (vec![], vec![]);
        for (t, x) in clips.observations.iter().enumerate() {
            let prior = model.prior(&state);
            let moment = Moment {
                model: &model,
                state: &state,
                prior: &prior,
                observation: x,
                weight: clips.weight,
            };
            let (posterior, own) = self.infer(clips, t, &moment, &mut tally);
            match self.settings.online {
                true => norms.1 += self.descend(objective(own), rates).1,
                false => lessons.extend(own),
            }
            let z = posterior.sample(self.noise(clips, t, (Purpose::Carry, 0), &posterior));
            state = model.advance(state, z.clone(), x);
            posteriors.push(posterior);
            latents.push(z);
        }
        // One graph is gone before the next is built, and so is what shares the weights, which can then change in place.
        let own = (!lessons.is_empty()).then(|| objective(self.relearned(&model, lessons)));
        norms.1 += self.descend(own.flatten(), rates).1;
        drop((model, state));
        let energy = self.free_energy(clips, posteriors, latents);
        norms.0 = self.descend(Some(energy), rates).0;
        tally.report(f64::from(clips.weight), norms)
    }

    /// The posterior of a step, and what its network is to learn from it.
    fn infer(
        &self,
        clips: &Clips,
        t: usize,
        moment: &Moment<'_, S>,
        tally: &mut StepSums,
    ) -> (Normal, Vec<Lesson<S::State>>) {
        let iterations = self.settings.iterations;
        let noise = |k| self.judging(clips, t, k, moment.prior);
        let inferred = match self.settings.online {
            true => moment.infer(&*self.guide, iterations, noise),
            // What is learned later is computed again then, all steps together.
            false => moment.infer(&self.guide.valid(), iterations, noise),
        };
        let last = moment.local(&inferred.posterior, &noise(iterations));
        tally.last.extend(&last.energies);
        if let Some(first) = inferred.rounds.first() {
            tally.prediction.extend(&first.energies);
        }
        let posterior = inferred.posterior.constant();
        (posterior, lessons(inferred, Some(last.gradient)))
    }

    /// All that the network saw, seen once more with a graph.
    fn relearned(&self, model: &S, lessons: Vec<Lesson<S::State>>) -> Vec<Lesson<S::State>> {
        let gradients: Vec<Normal> = lessons.iter().map(|l| l.2.clone()).collect();
        let sights: Vec<InferenceInput<S::State>> = lessons.into_iter().map(|l| l.0).collect();
        let sight = InferenceInput::cat(&sights);
        let updated = self.guide.update(model, &sight);
        vec![(sight, updated, Normal::cat(&gradients))]
    }

    /// The mean step free energy, given the posteriors and a sample of each, in the model's graph (eq. 7).
    fn free_energy(
        &self,
        clips: &Clips,
        posteriors: Vec<Normal>,
        latents: Vec<Tensor<2>>,
    ) -> Tensor<1> {
        let first = self.start(&self.model, clips);
        let states = self.model.unroll(first, &latents, &clips.observations);
        let z = Tensor::cat(latents, 0);
        let x = Tensor::cat(clips.observations.clone(), 0);
        let q = Normal::cat(&posteriors);
        // Of a long clip they are as large as all together.
        drop(posteriors);
        let log_likelihood = self.model.log_likelihood(&states, z, &x);
        let kl = q.kl(&self.model.prior(&states));
        (kl * clips.weight - log_likelihood).mean()
    }

    /// Follows the gradient of an objective downhill; returns the norms of the model's part and the network's. A part
    /// that is not finite changes nothing.
    fn descend(&mut self, objective: Option<Tensor<1>>, rates: &Rates) -> (f64, f64) {
        let Some(objective) = objective else {
            return (0.0, 0.0);
        };
        let mut gradients = Gradients::of(&objective);
        drop(objective);
        let longest = self.settings.longest;
        let scale = |norm: f64| if norm > longest { longest / norm } else { 1.0 } as f32;
        let optimiser = &mut self.optimiser;
        let model = squared_norm(&*self.model, "model", &gradients, rates).sqrt();
        if model.is_finite() && model > 0.0 {
            let scale = scale(model);
            self.model
                .change(|m| optimiser.step(m, "model", &mut gradients, rates, scale));
        }
        let guide = squared_norm(&*self.guide, "guide", &gradients, rates).sqrt();
        if guide.is_finite() && guide > 0.0 {
            let scale = scale(guide);
            self.guide
                .change(|g| optimiser.step(g, "guide", &mut gradients, rates, scale));
        }
        (model, guide)
    }
}

/// What each iteration is taught: the gradient at what it arrived at, which the next one begins with, and of the
/// last the one given, if any.
fn lessons<C>(inferred: Inferred<C>, last: Option<Normal>) -> Vec<Lesson<C>> {
    let after = inferred.rounds.into_iter().skip(1).map(|r| r.gradient);
    let gradients = after.chain(last);
    let seen = inferred.iterations.into_iter().zip(gradients);
    seen.map(|((sight, updated), gradient)| (sight, updated, gradient))
        .collect()
}

/// A function of an inference network whose gradient is that of the free energies at what it arrived at, in the mean
/// over rows and iterations. `None` where there is nothing to learn from.
fn objective<C>(lessons: Vec<Lesson<C>>) -> Option<Tensor<1>> {
    let count = lessons.len() as f32;
    let one = |(_, updated, gradient): Lesson<C>| {
        let rows = updated.mean.dims()[0] as f32;
        let both = updated.mean * gradient.mean + updated.log_variance * gradient.log_variance;
        both.sum() / rows
    };
    let sum = lessons.into_iter().map(one).reduce(|a, b| a + b);
    sum.map(|sum| sum / count)
}

impl<S: StateSpace, I: Infer<S>> Learner for Filtering<S, I> {
    fn items(&self) -> usize {
        self.data.len()
    }

    fn step(&mut self, items: &[usize], step: u64) -> Report {
        let mut items = items.to_vec();
        items.sort_unstable();
        items.dedup();
        let (clips, rates) = (self.clips(&items, step), self.rates(step));
        match self.settings.attached {
            true => self.attached(&clips, &rates),
            false => self.detached(&clips, &rates),
        }
    }

    fn save(&self) -> Result<State, StateError> {
        let mut state = self.weights();
        state.insert("adam", self.optimiser.save());
        Ok(state)
    }

    fn load(&mut self, state: &State) -> Result<(), StateError> {
        let model = import(S::clone(&self.model), &state.under("model"))?;
        let guide = import(I::clone(&self.guide), &state.under("guide"))?;
        self.optimiser = Adam::load(&state.under("adam"), &state.arrays)?;
        (self.model, self.guide) = (Slot::new(model), Slot::new(guide));
        Ok(())
    }
}
