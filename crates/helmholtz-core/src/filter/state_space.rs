//! What variational filtering needs to know of a model and of an inference network.

use helmholtz_nn::Module;
use helmholtz_nn::tensor::Tensor;

use helmholtz_nn::dist::Normal;
use helmholtz_nn::indices;

/// What is carried from step to step: matrices with a row per sequence.
pub trait Carry: Clone {
    /// Something done to every matrix.
    fn map(&self, each: &dyn Fn(Tensor<2>) -> Tensor<2>) -> Self;

    /// Rows of several states, one after the other; there is at least one.
    fn cat(parts: &[Self]) -> Self;

    /// As constants, outside every gradient graph.
    fn constant(&self) -> Self {
        self.map(&Tensor::without_autodiff)
    }

    /// Some rows, in the given order; a row may come several times.
    fn select(&self, rows: &[usize]) -> Self {
        self.map(&|t| {
            let rows = indices(rows.iter().copied(), &t.device());
            t.select(0, rows)
        })
    }
}

/// One matrix is all that is carried.
impl Carry for Tensor<2> {
    fn map(&self, each: &dyn Fn(Tensor<2>) -> Tensor<2>) -> Self {
        each(self.clone())
    }

    fn cat(parts: &[Self]) -> Self {
        Tensor::cat(parts.to_vec(), 0)
    }
}

/// A generative model of sequences with a latent z_t per step (AVF, eq. 1). Everything has a row per sequence.
///
/// The latent is Gaussian given the past; what the past is, how the latent gives the observation and what is
/// carried on is the model's own.
pub trait StateSpace: Module {
    /// What is carried: all of the past that matters.
    type State: Carry;

    /// Before the first step of so many sequences.
    fn start(&self, rows: usize) -> Self::State;

    /// p(z_t | x_<t, z_<t).
    fn prior(&self, state: &Self::State) -> Normal;

    /// log p(x_t | x_<t, z_<=t) of every row.
    fn log_likelihood(&self, state: &Self::State, z: Tensor<2>, x: &Tensor<2>) -> Tensor<1>;

    /// The state after a step.
    fn advance(&self, state: Self::State, z: Tensor<2>, x: &Tensor<2>) -> Self::State;

    /// The states before each of several steps, all rows of the first step first. Models whose recurrent part is
    /// one operation over whole sequences say so here.
    fn unroll(
        &self,
        first: Self::State,
        latents: &[Tensor<2>],
        observations: &[Tensor<2>],
    ) -> Self::State {
        let mut states = vec![first];
        let steps = latents.iter().zip(observations);
        for (z, x) in steps.take(latents.len().saturating_sub(1)) {
            let last = states[states.len() - 1].clone();
            states.push(self.advance(last, z.clone(), x));
        }
        Self::State::cat(&states)
    }

    /// The state after an observation that is not scored, with a latent of zeros.
    fn condition(&self, state: Self::State, x: &Tensor<2>) -> Self::State {
        let nothing = self.prior(&state).mean.zeros_like().detach();
        self.advance(state, nothing, x)
    }

    /// How far the observation is from what z_t leads to expect, in units of its variance, `[rows, width]`; an
    /// inference network may look at it. `None` where there is no such thing.
    fn errors(&self, _state: &Self::State, _z: Tensor<2>, _x: &Tensor<2>) -> Option<Tensor<2>> {
        None
    }
}

/// What an inference network sees at a step.
#[derive(Clone, Debug)]
pub struct InferenceInput<C> {
    /// What is carried.
    pub state: C,
    /// p(z_t | past).
    pub prior: Normal,
    /// The posterior so far; the prior to begin with.
    pub posterior: Normal,
    /// The gradient of the step's free energy by both parameters of the posterior so far.
    pub gradient: Option<Normal>,
    /// x_t.
    pub observation: Tensor<2>,
    /// [`StateSpace::errors`] at a sample of the posterior so far, for networks that see them.
    pub errors: Option<Tensor<2>>,
}

impl<C: Carry> InferenceInput<C> {
    /// Rows of several, one after the other; there is at least one.
    pub fn cat(parts: &[Self]) -> Self {
        let normals = |of: fn(&Self) -> &Normal| {
            Normal::cat(&parts.iter().map(|p| of(p).clone()).collect::<Vec<_>>())
        };
        let gradients: Option<Vec<Normal>> = parts.iter().map(|p| p.gradient.clone()).collect();
        let errors: Option<Vec<_>> = parts.iter().map(|p| p.errors.clone()).collect();
        let states: Vec<C> = parts.iter().map(|p| p.state.clone()).collect();
        let observations = parts.iter().map(|p| p.observation.clone()).collect();
        Self {
            state: C::cat(&states),
            prior: normals(|p| &p.prior),
            posterior: normals(|p| &p.posterior),
            gradient: gradients.map(|g| Normal::cat(&g)),
            observation: Tensor::cat(observations, 0),
            errors: errors.map(|e| Tensor::cat(e, 0)),
        }
    }
}

/// An inference network: from what is seen at a step to a better posterior (AVF, eq. 13), or in one go to the
/// posterior.
pub trait Infer<S: StateSpace>: Module {
    /// The next posterior. The model is that of the sequences; a network made for one may look at its parts.
    fn update(&self, model: &S, sight: &InferenceInput<S::State>) -> Normal;

    /// Whether it looks at the gradient and at the posterior so far; if not there is nothing to iterate.
    fn is_iterative(&self) -> bool {
        true
    }

    /// Whether it looks at [`InferenceInput::errors`], which cost a pass through the model.
    fn sees_errors(&self) -> bool {
        false
    }
}
