//! Filtering: inference one time step at a time, from the present and the past only.
//!
//! A sequence x_1, x_2, ... has a latent z_t per step. At every step a filter *predicts* (the prior of z_t given
//! the past), *updates* (the posterior, when x_t is seen) and *advances*. How well it does is the step free
//! energy: what x_t costs in nats, given the past (AVF, eq. 8 and 9).
//!
//! Three things are called a filter here, and only the first is exact:
//! - [`Kalman`]: linear-Gaussian models, with the past integrated out. Step free energies are -log p(x_t | x_<t).
//! - [`Conditional`]: what the filtering EM of the paper converges to in such models. It conditions on a *sample* of
//!   the past, which x_t can no longer correct, so its free energies are larger in expectation
//!   ([`LinearGaussian::conditional_free_energies`]); the difference is the *filtering gap*.
//! - [`Amortised`]: a network that has learned to do what the second does, in any model ([`crate::train::Filtering`]
//!   teaches it). With many particles ([`Amortised::particle_bound`]) its bound approaches -log p(x).
//!
//! Minimising each step's own free energy is not minimising their sum, for a posterior also serves the steps that
//! follow. A network that gradients pass through from there may end below what the second reaches.

mod amortised;
mod conditional;
mod iterative;
mod kalman;
mod linear_gaussian;
mod moment;
mod particles;
mod sequence;
mod state_space;

pub use amortised::{Amortised, Inference, Progress};
pub use conditional::Conditional;
pub use iterative::{IterativeConfig, IterativeNet, Scaling, Update};
pub use kalman::Kalman;
pub use linear_gaussian::{Belief, LinearGaussian, Parts};
pub use moment::{Inferred, Moment};
pub use particles::Particles;
pub use particles::{effective, systematic};
pub use sequence::Cut;
pub use sequence::{First, Sequence};
pub use state_space::{Carry, Infer, InferenceInput, StateSpace};

use helmholtz_nn::tensor::Tensor;

use helmholtz_nn::host;

/// Inference one step at a time.
///
/// ```
/// use helmholtz_core::filter::{Filter, Kalman, LinearGaussian};
///
/// // z_t = 0.95 z_{t-1} + N(0, 0.1), x_t = z_t + N(0, 1).
/// let walk = LinearGaussian::scalar(0.95, 0.1, 1.0)?;
/// let filter = Kalman(&walk);
/// let mut state = filter.start();
/// let mut costs = vec![];
/// for x in [0.3, 0.1, 9.0] {
///     let prior = filter.predict(&state);
///     let (posterior, energy) = filter.update(&state, &prior, &[x]);
///     costs.push(energy.free_energy());
///     state = filter.advance(state, posterior, &[x]);
/// }
/// // What nobody expects costs most.
/// assert!(costs[2] > 10.0 * costs[1]);
/// # Ok::<(), helmholtz_math::error::SettingError>(())
/// ```
pub trait Filter {
    /// What is recorded at a step.
    type Observation: ?Sized;
    /// What is carried from step to step.
    type State;
    /// A distribution over the latent of a step.
    type Belief;

    /// What is known before the first step.
    fn start(&self) -> Self::State;

    /// p(z_t | past).
    fn predict(&self, state: &Self::State) -> Self::Belief;

    /// The posterior of z_t, and what x_t cost.
    fn update(
        &self,
        state: &Self::State,
        prior: &Self::Belief,
        observation: &Self::Observation,
    ) -> (Self::Belief, StepEnergy);

    /// What is known before the next step.
    fn advance(
        &self,
        state: Self::State,
        posterior: Self::Belief,
        observation: &Self::Observation,
    ) -> Self::State;
}

/// The free energy of a step, in its two parts (AVF, eq. 9), in nats.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StepEnergy {
    /// The expectation of -log p(x_t | z_t, past) under the posterior.
    pub reconstruction: f64,
    /// The divergence of the posterior from the prior.
    pub kl: f64,
}

impl StepEnergy {
    /// The sum of both.
    pub fn free_energy(&self) -> f64 {
        self.reconstruction + self.kl
    }

    /// Of many rows.
    pub(crate) fn rows(reconstruction: &Tensor<1>, kl: &Tensor<1>) -> Vec<Self> {
        let each = |t: &Tensor<1>| host(t).into_iter().map(f64::from);
        let both = each(reconstruction).zip(each(kl));
        both.map(|(reconstruction, kl)| Self { reconstruction, kl })
            .collect()
    }
}

/// The step free energies of a sequence.
///
/// ```
/// use helmholtz_core::filter::{Kalman, LinearGaussian, energies};
/// let walk = LinearGaussian::scalar(0.95, 0.1, 1.0)?;
/// let steps = energies(&Kalman(&walk), [[0.3], [0.1], [0.7]].iter().map(|x| &x[..]));
/// assert_eq!(steps.len(), 3);
/// # Ok::<(), helmholtz_math::error::SettingError>(())
/// ```
pub fn energies<'a, F: Filter>(
    filter: &F,
    observations: impl IntoIterator<Item = &'a F::Observation>,
) -> Vec<StepEnergy>
where
    F::Observation: 'a,
{
    let mut state = Some(filter.start());
    let step = |observation| {
        let now = state.take()?;
        let prior = filter.predict(&now);
        let (posterior, energy) = filter.update(&now, &prior, observation);
        state = Some(filter.advance(now, posterior, observation));
        Some(energy)
    };
    observations.into_iter().map_while(step).collect()
}
