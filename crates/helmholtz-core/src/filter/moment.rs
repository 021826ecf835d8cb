//! One step's inference: free energies, their gradients, and the iterations of a network.

use helmholtz_nn::tensor::Tensor;

use super::StepEnergy;
use super::state_space::{Carry as _, Infer, InferenceInput, StateSpace};
use helmholtz_nn::dist::Normal;

/// The inference problem of a step, for all rows at once. All of it is constant, the model's weights too: only the
/// gradient by a posterior has a graph, which begins there. (A graph in which nothing is asked for costs as much as
/// any other.)
pub struct Moment<'a, S: StateSpace> {
    pub(crate) model: &'a S,
    pub(crate) state: &'a S::State,
    pub(crate) prior: &'a Normal,
    pub(crate) observation: &'a Tensor<2>,
    /// What the divergence is multiplied by; 1 but for annealing.
    pub(crate) weight: f32,
}

/// The free energy of a posterior.
pub(crate) struct Local {
    /// Per row.
    pub(crate) energies: Vec<StepEnergy>,
    /// The gradient by the posterior's parameters.
    pub(crate) gradient: Normal,
    /// A sample for each row, by which it was judged.
    z: Tensor<2>,
}

/// A posterior with all that led to it.
pub struct Inferred<C> {
    pub(crate) posterior: Normal,
    /// What the network saw at every iteration, and what it made of it.
    pub(crate) iterations: Vec<(InferenceInput<C>, Normal)>,
    /// The free energy of the prior, where the network asks for it, and of the posterior after every iteration but
    /// the last.
    pub(crate) rounds: Vec<Local>,
}

/// Both parts of a free energy, per row, and the samples that they were estimated from.
struct Parts {
    reconstruction: Tensor<1>,
    kl: Tensor<1>,
    z: Tensor<2>,
}

impl Parts {
    fn energies(&self) -> Vec<StepEnergy> {
        StepEnergy::rows(&self.reconstruction, &self.kl)
    }
}

impl<S: StateSpace> Moment<'_, S> {
    /// The free energy of a posterior by some samples (eq. 9), which have `noise`: `[rows, latent]` each.
    fn parts(&self, q: &Normal, noise: &[Tensor<2>]) -> Parts {
        let (rows, many) = (q.mean.dims()[0], noise.len());
        let again = |t: &Tensor<2>| match many {
            1 => t.clone(),
            _ => Tensor::cat(vec![t.clone(); many], 0),
        };
        let (state, x) = (self.state.map(&|t| again(&t)), again(self.observation));
        let z = q.map(|t| again(&t)).sample(Tensor::cat(noise.to_vec(), 0));
        let log_likelihood = self.model.log_likelihood(&state, z.clone(), &x);
        let reconstruction = log_likelihood.reshape([many, rows]).mean_dim(0).neg();
        Parts {
            reconstruction: reconstruction.reshape([rows]),
            kl: q.kl(self.prior),
            z,
        }
    }

    /// The free energy of a posterior.
    pub(crate) fn energies(&self, posterior: &Normal, noise: &[Tensor<2>]) -> Vec<StepEnergy> {
        self.parts(&posterior.constant(), noise).energies()
    }

    /// The same with its gradient. That goes to the posterior and no further: not through the state, nor to any
    /// weight.
    pub(crate) fn local(&self, posterior: &Normal, noise: &[Tensor<2>]) -> Local {
        let q = posterior.map(|t| t.detach().autodiff().require_grad());
        let rows = q.mean.dims()[0];
        let parts = self.parts(&q, noise);
        let energies = parts.energies();
        let gradients = (parts.reconstruction + parts.kl * self.weight)
            .sum()
            .backward();
        let gradient = q.map(|t| match t.grad(&gradients) {
            Some(gradient) => gradient,
            None => t.zeros_like().without_autodiff(),
        });
        let z = parts.z.without_autodiff().narrow(0, 0, rows);
        Local {
            energies,
            gradient,
            z,
        }
    }

    pub(crate) fn sight(
        &self,
        posterior: &Normal,
        local: Option<&Local>,
    ) -> InferenceInput<S::State> {
        InferenceInput {
            state: self.state.clone(),
            prior: self.prior.clone(),
            posterior: posterior.constant(),
            gradient: local.map(|l| l.gradient.clone()),
            observation: self.observation.clone(),
            errors: None,
        }
    }

    /// Some iterations of a network from the prior. `noise` gives that of the samples at which the posterior is
    /// judged before each of them.
    pub(crate) fn infer<I: Infer<S>>(
        &self,
        guide: &I,
        iterations: usize,
        noise: impl Fn(usize) -> Vec<Tensor<2>>,
    ) -> Inferred<S::State> {
        let (mut posterior, mut rounds, mut seen) = (self.prior.constant(), vec![], vec![]);
        let count = if guide.is_iterative() { iterations } else { 1 };
        for k in 0..count {
            let local = guide
                .is_iterative()
                .then(|| self.local(&posterior, &noise(k)));
            let mut sight = self.sight(&posterior, local.as_ref());
            if let Some(local) = local.as_ref().filter(|_| guide.sees_errors()) {
                let z = local.z.clone();
                sight.errors = self.model.errors(self.state, z, self.observation);
            }
            posterior = guide.update(self.model, &sight);
            rounds.extend(local);
            seen.push((sight, posterior.clone()));
        }
        Inferred {
            posterior,
            iterations: seen,
            rounds,
        }
    }
}
