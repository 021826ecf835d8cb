//! The generative model p(z, x): what a domain implements.
//!
//! A latent z has a discrete part, the *program*, and possibly continuous coordinates. Log-probabilities
//! come in rows, many at a time, because neural parts want batches; rows are nested (programs, each with
//! the same number of continuous samples) so that what depends on the program alone is computed once.

use std::fmt::Debug;
use std::hash::Hash;

use helmholtz_nn::Module;
use helmholtz_nn::tensor::Tensor;
use serde::Serialize;
use serde::de::DeserializeOwned;

use helmholtz_math::gaussian::Gaussian;
use helmholtz_math::random::Stream;
use helmholtz_nn::{host, matrix};

/// A latent value: a program and its continuous coordinates, of which there are [`ModelExt::width_of`].
pub type Latent<D> = (D, Vec<f32>);

/// A joint distribution p(z, x) over latents and observations.
///
/// Parameters below a field named `likelihood` learn at their own rate ([`helmholtz_nn::Rates`]).
///
/// A coin is fair, or it always shows heads:
///
/// ```
/// use helmholtz_core::model::{Latent, LogProb, Model, ModelExt, Rows};
/// use helmholtz_math::random::Stream;
/// use helmholtz_nn::{Module, training_device, vector};
///
/// #[derive(Clone, Debug, Module)]
/// struct Coin {}
///
/// /// What has no parameters is a number of its own.
/// fn exact(exact: Vec<f64>) -> LogProb {
///     LogProb { tensor: vector(vec![0.0; exact.len()], &training_device()), exact }
/// }
///
/// impl Model for Coin {
///     type Observation = Vec<bool>;
///     /// Whether it is fair.
///     type Discrete = bool;
///
///     fn log_prior(&self, rows: &Rows<'_, Self>) -> LogProb {
///         exact(rows.programs.iter().map(|fair| if *fair { 0.9f64.ln() } else { 0.1f64.ln() }).collect())
///     }
///
///     fn log_likelihood(&self, rows: &Rows<'_, Self>) -> LogProb {
///         let score = |(fair, &o): (&bool, &usize)| match (fair, rows.observations[o]) {
///             (true, tosses) => tosses.len() as f64 * 0.5f64.ln(),
///             (false, tosses) if tosses.iter().all(|heads| *heads) => 0.0,
///             (false, _) => f64::NEG_INFINITY,
///         };
///         exact(rows.programs.iter().zip(rows.of).map(score).collect())
///     }
///
///     fn sample_latent(&self, rngs: &mut [Stream]) -> Vec<Latent<bool>> {
///         rngs.iter_mut().map(|rng| (rng.uniform() < 0.9, vec![])).collect()
///     }
///
///     fn sample_observation(&self, coins: &[Latent<bool>], rngs: &mut [Stream]) -> Vec<Option<Vec<bool>>> {
///         let toss = |((fair, _), rng): (&Latent<bool>, &mut Stream)| {
///             Some((0..5).map(|_| !fair || rng.uniform() < 0.5).collect())
///         };
///         coins.iter().zip(rngs).map(toss).collect()
///     }
/// }
///
/// // Five heads: how much more probable is it that the coin is not fair?
/// let (tosses, coins) = (vec![true; 5], [true, false]);
/// let observations = [&tosses];
/// let log_joint = Coin {}.log_joint(&Rows::new(&observations, &[0, 0], &coins)).values();
/// assert!(((log_joint[1] - log_joint[0]).exp() - 32.0 / 9.0).abs() < 1e-9);
/// ```
pub trait Model: Module {
    /// What a person recorded.
    type Observation: Clone + Send + Sync;
    /// The discrete latent: a program. Equal programs are one member of a memory.
    type Discrete: Clone + Eq + Hash + Debug + Send + Sync + Serialize + DeserializeOwned;

    /// log p(z) of every row.
    fn log_prior(&self, rows: &Rows<'_, Self>) -> LogProb;

    /// log p(x | z) of every row.
    fn log_likelihood(&self, rows: &Rows<'_, Self>) -> LogProb;

    /// Draws z ~ p(z), one per stream.
    fn sample_latent(&self, rngs: &mut [Stream]) -> Vec<Latent<Self::Discrete>>;

    /// Draws x ~ p(x | z) for each latent. `None` where the draw is no possible observation (too long,
    /// say): such fantasies are dropped and counted.
    fn sample_observation(
        &self,
        latents: &[Latent<Self::Discrete>],
        rngs: &mut [Stream],
    ) -> Vec<Option<Self::Observation>>;

    /// The continuous part, in models that have one.
    fn continuous(&self) -> Option<&dyn Continuous<Self>> {
        None
    }

    /// Small changes of programs, in models that know some.
    fn edits(&self) -> Option<&dyn Edits<Self>> {
        None
    }

    /// Better continuous coordinates by gradients, in models that have those.
    fn refinement(&self) -> Option<&dyn Refinement<Self>> {
        None
    }

    /// A program under which every observation has positive probability, if there is one. Memories start with it, and
    /// where there is no [`Model::defensive`] it is what is proposed broadly.
    fn support(&self) -> Option<Self::Discrete> {
        None
    }

    /// Broad proposals, where the program of support or draws of the prior are not broad enough.
    fn defensive(&self) -> Option<&dyn Defensive<Self>> {
        None
    }

    /// A hand-written prior for pre-training, where it is not the model's own.
    fn hand_written(&self) -> Option<&dyn HandWritten<Self>> {
        None
    }

    /// Which programs there are, where not every value of the type is one.
    fn admissible(&self) -> Option<&dyn Admissible<Self>> {
        None
    }

    /// Prior and likelihood at once, where that is cheaper than one after the other.
    fn joint(&self) -> Option<&dyn Joint<Self>> {
        None
    }
}

/// The continuous part of a model.
pub trait Continuous<M: Model> {
    /// The number of continuous coordinates of a program.
    fn width(&self, program: &M::Discrete) -> usize;
}

/// Small changes of programs.
pub trait Edits<M: Model> {
    /// A small random change of a program, as a proposal to the memory of an observation. `None` where this attempt
    /// gave no other program.
    fn edit(
        &self,
        program: &M::Discrete,
        observation: &M::Observation,
        rng: &mut Stream,
    ) -> Option<M::Discrete>;
}

/// A better Gaussian, and the number of gradients of the likelihood that it took.
pub type Refined = Option<(Gaussian, u64)>;

/// Better continuous coordinates by gradients.
pub trait Refinement<M: Model> {
    /// Per program, a better Gaussian near p(z_c | z_d, x), by at most `steps` steps from a remembered one or from
    /// where the domain begins. Samples are weighted by their true density, so any answer is valid.
    fn refine(&self, rows: &Rows<'_, M>, known: &[Option<&Gaussian>], steps: usize)
    -> Vec<Refined>;
}

/// Broad proposals: a share of them guards against a guide that is sure and wrong.
pub trait Defensive<M: Model> {
    /// Draws programs broadly, one per stream.
    fn sample(&self, rngs: &mut [Stream]) -> Vec<M::Discrete>;

    /// The log-density of those draws, one per row.
    fn log_prob(&self, rows: &Rows<'_, M>) -> Vec<f64>;
}

/// A hand-written prior.
pub trait HandWritten<M: Model> {
    /// Draws latents, one per stream.
    fn sample(&self, rngs: &mut [Stream]) -> Vec<Latent<M::Discrete>>;
}

/// Which programs there are.
pub trait Admissible<M: Model> {
    /// Whether there is such a program: one that was read from a file is asked for before anything is done with it.
    fn admits(&self, program: &M::Discrete) -> bool;
}

/// Prior and likelihood at once.
pub trait Joint<M: Model> {
    /// log p(z, x) of every row.
    fn at_once(&self, rows: &Rows<'_, M>) -> LogProb;
}

/// What can be asked of every model, by what it has: nobody implements this.
pub trait ModelExt: Model {
    /// The number of continuous coordinates of a program; 0 for purely discrete models.
    fn width_of(&self, program: &Self::Discrete) -> usize {
        self.continuous().map_or(0, |c| c.width(program))
    }

    /// log p(z, x) of every row.
    fn log_joint(&self, rows: &Rows<'_, Self>) -> LogProb {
        match self.joint() {
            Some(joint) => joint.at_once(rows),
            None => self.log_prior(rows) + self.log_likelihood(rows),
        }
    }

    /// Draws programs broadly: by [`Model::defensive`], or else the program of support, or else by the prior.
    fn sample_defensive(&self, rngs: &mut [Stream]) -> Vec<Self::Discrete> {
        match (self.defensive(), self.support()) {
            (Some(defensive), _) => defensive.sample(rngs),
            (None, Some(support)) => vec![support; rngs.len()],
            (None, None) => self.sample_latent(rngs).into_iter().map(|z| z.0).collect(),
        }
    }

    /// The log-density of [`ModelExt::sample_defensive`], one per row.
    fn log_defensive(&self, rows: &Rows<'_, Self>) -> Vec<f64> {
        let density = |support: &Self::Discrete, program: &Self::Discrete| match program == support
        {
            true => 0.0,
            false => f64::NEG_INFINITY,
        };
        match (self.defensive(), self.support()) {
            (Some(defensive), _) => defensive.log_prob(rows),
            (None, Some(support)) => rows.programs.iter().map(|p| density(&support, p)).collect(),
            (None, None) => self.log_prior(rows).values(),
        }
    }

    /// Whether there is such a program.
    fn is_admissible(&self, program: &Self::Discrete) -> bool {
        self.admissible().is_none_or(|a| a.admits(program))
    }

    /// A small random change of a program; `None` where the model knows none, or this attempt gave no other program.
    fn edited(
        &self,
        program: &Self::Discrete,
        observation: &Self::Observation,
        rng: &mut Stream,
    ) -> Option<Self::Discrete> {
        self.edits()?.edit(program, observation, rng)
    }

    /// Per program, a better Gaussian near p(z_c | z_d, x); `None` where the model knows no gradient.
    fn refined(
        &self,
        rows: &Rows<'_, Self>,
        known: &[Option<&Gaussian>],
        steps: usize,
    ) -> Vec<Refined> {
        match self.refinement() {
            Some(refinement) => refinement.refine(rows, known, steps),
            None => vec![None; rows.programs.len()],
        }
    }

    /// Draws latents from the hand-written prior; from the model's own where there is none.
    fn sample_hand_written(&self, rngs: &mut [Stream]) -> Vec<Latent<Self::Discrete>> {
        match self.hand_written() {
            Some(prior) => prior.sample(rngs),
            None => self.sample_latent(rngs),
        }
    }
}

impl<M: Model> ModelExt for M {}

/// What is to be scored: program `programs[l]` explains observation `observations[of[l]]`, and each
/// program has `samples` continuous samples. Results have `programs.len() * samples` rows.
pub struct Rows<'a, M: Model> {
    /// The observations.
    pub observations: &'a [&'a M::Observation],
    /// Per program, the index of its observation.
    pub of: &'a [usize],
    /// The programs.
    pub programs: &'a [M::Discrete],
    /// Continuous samples per program (1 in purely discrete models).
    pub samples: usize,
    /// `[programs * samples, widest]`, padded with zeros; `None` in purely discrete models.
    pub continuous: Option<Tensor<2>>,
    /// Whether the continuous samples carry a gradient.
    pub pathwise: bool,
    /// Whether values will be looked at: where only a gradient is wanted, what has none need not be
    /// computed.
    pub values: bool,
}

impl<'a, M: Model> Rows<'a, M> {
    /// Programs without continuous samples.
    pub fn new(
        observations: &'a [&'a M::Observation],
        of: &'a [usize],
        programs: &'a [M::Discrete],
    ) -> Self {
        Self {
            observations,
            of,
            programs,
            samples: 1,
            continuous: None,
            pathwise: false,
            values: true,
        }
    }

    /// The same programs with `samples` continuous samples each.
    pub fn with_samples(self, samples: usize, continuous: Option<Tensor<2>>) -> Self {
        Self {
            samples,
            continuous,
            ..self
        }
    }
    /// The number of rows.
    pub fn len(&self) -> usize {
        self.programs.len() * self.samples
    }

    /// Whether there is nothing to score.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Log-probabilities of a batch of rows. The value of row i is `tensor[i] + exact[i]`.
///
/// Every gradient is carried by `tensor`; symbolic values and constants are f64 on the host. So a value
/// of -inf never enters the graph, and a large constant does not eat the digits that f32 has: at -45,168
/// nats neighbouring f32 numbers are 0.004 apart.
pub struct LogProb {
    /// `[rows]`, with the gradient.
    pub tensor: Tensor<1>,
    /// One per row.
    pub exact: Vec<f64>,
}

impl LogProb {
    /// From a neural log-probability.
    pub fn neural(tensor: Tensor<1>) -> Self {
        let exact = vec![0.0; tensor.dims()[0]];
        Self { tensor, exact }
    }

    /// From symbolic values and their Jacobian by parameters that all rows share.
    ///
    /// `inputs` are the parameters, `[1, p]`; `jacobian` is `[rows, p]`, row-major. The term added to the
    /// graph is `jacobian (inputs - detach(inputs))`: zero in value, the Jacobian in gradient. Pass an
    /// empty Jacobian when no gradient is wanted (the inputs carry none).
    pub fn symbolic(exact: Vec<f64>, inputs: Tensor<2>, jacobian: Vec<f32>) -> Self {
        let (rows, device) = (exact.len(), inputs.device());
        let tensor = if jacobian.is_empty() {
            Tensor::zeros([rows], &device)
        } else {
            let width = inputs.dims()[1];
            let moved = (inputs.clone() - inputs.detach()).transpose();
            matrix(jacobian, rows, width, &device)
                .matmul(moved)
                .reshape([rows])
        };
        Self { tensor, exact }
    }

    /// From symbolic values and their Jacobian by inputs of each row's own, such as continuous samples.
    ///
    /// `inputs` is `[rows, p]`, and so is `jacobian`, row-major; an empty one stands for no gradient.
    pub fn symbolic_by_row(exact: Vec<f64>, inputs: Tensor<2>, jacobian: Vec<f32>) -> Self {
        let (rows, device) = (exact.len(), inputs.device());
        let tensor = if jacobian.is_empty() {
            Tensor::zeros([rows], &device)
        } else {
            let width = inputs.dims()[1];
            let moved = inputs.clone() - inputs.detach();
            (moved * matrix(jacobian, rows, width, &device))
                .sum_dim(1)
                .reshape([rows])
        };
        Self { tensor, exact }
    }

    /// The values, one per row.
    pub fn values(&self) -> Vec<f64> {
        host(&self.tensor)
            .iter()
            .zip(&self.exact)
            .map(|(&t, e)| f64::from(t) + e)
            .collect()
    }
}

impl std::ops::Add for LogProb {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let exact = self
            .exact
            .iter()
            .zip(&other.exact)
            .map(|(a, b)| a + b)
            .collect();
        Self {
            tensor: self.tensor + other.tensor,
            exact,
        }
    }
}
