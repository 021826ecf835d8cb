//! The filter that the paper's filtering EM converges to, where its optimum is known.

use super::linear_gaussian::{Belief, LinearGaussian};
use super::{Filter, StepEnergy};
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;

/// Every posterior q(z_t | x_<=t, z_<t) = p(z_t | z_{t-1}, x_t) minimises its step's free energy, and a sample of it
/// is all that is carried (AVF, eq. 6 to 11).
#[derive(Clone, Copy, Debug)]
pub struct Conditional<'a> {
    /// The model.
    pub model: &'a LinearGaussian,
    /// The seed of the samples.
    pub seed: u64,
}

impl Filter for Conditional<'_> {
    type Observation = [f64];
    /// The number of steps done, and the sample of the last one.
    type State = (u64, Option<Vec<f64>>);
    type Belief = Belief;

    fn start(&self) -> Self::State {
        (0, None)
    }

    fn predict(&self, (_, sample): &Self::State) -> Belief {
        match sample {
            Some(z) => self.model.after(z),
            None => self.model.first(),
        }
    }

    fn update(&self, _: &Self::State, prior: &Belief, x: &[f64]) -> (Belief, StepEnergy) {
        self.model.condition(prior, x)
    }

    fn advance(&self, (step, _): Self::State, posterior: Belief, _: &[f64]) -> Self::State {
        let mut rng = Stream::at([self.seed, 0, step, Purpose::Conditional.tag()]);
        (step + 1, Some(posterior.draw(&mut rng)))
    }
}
