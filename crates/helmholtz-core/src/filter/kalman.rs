//! The exact filter of linear-Gaussian models (Kalman, 1960).

use super::linear_gaussian::{Belief, LinearGaussian};
use super::{Filter, StepEnergy};

/// The past is integrated out of the prior: beliefs are carried, not samples.
#[derive(Clone, Copy, Debug)]
pub struct Kalman<'a>(pub &'a LinearGaussian);

impl Filter for Kalman<'_> {
    type Observation = [f64];
    /// What is predicted.
    type State = Belief;
    type Belief = Belief;

    fn start(&self) -> Belief {
        self.0.first()
    }

    fn predict(&self, state: &Belief) -> Belief {
        state.clone()
    }

    fn update(&self, _: &Belief, prior: &Belief, x: &[f64]) -> (Belief, StepEnergy) {
        self.0.condition(prior, x)
    }

    fn advance(&self, _: Belief, posterior: Belief, _: &[f64]) -> Belief {
        self.0.next(&posterior)
    }
}
