//! The guide q(z | x): a recognition network that proposes programs.

use helmholtz_nn::Module;
use helmholtz_nn::tensor::Tensor;

use crate::model::Model;
use helmholtz_math::random::Stream;

/// A program and the log-probability with which it was proposed.
pub type Proposal<D> = (D, f64);

/// A recognition model q(z | x).
///
/// An observation is encoded once; every other method takes the encoding and, per program, the index of
/// the observation it belongs to.
///
/// For programs of a grammar one is ready: an encoder reads, and a recurrent network writes.
///
/// ```
/// use helmholtz_core::program::{Conditional, Grammar, Production, Written};
/// use helmholtz_math::random::Stream;
/// use helmholtz_nn::{Module, host, matrix, training_device};
///
/// #[derive(Clone, Debug, PartialEq, Eq, Hash)]
/// enum Sums {}
///
/// impl Grammar for Sums {
///     const PROGRAM: &'static str = "number";
///     const PRODUCTIONS: &'static [Production] = &[
///         Production::leaf("1", "number"),
///         Production::new("+", "number", &["number", "number"]),
///     ];
/// }
///
/// let (device, rng) = (training_device(), &mut Stream::at([1, 0, 0, 0]));
/// let writer = Conditional::new(Written::<Sums>::new(9)?, 2, 8, rng, &device).valid();
/// // Two numbers about each of two observations; then a program for the first and two for the second.
/// let encoding = writer.tables(matrix(vec![0.1, 0.2, 0.3, 0.4], 2, 2, &device).inner());
/// let (of, mut rngs) = ([0, 1, 1], [1, 2, 3].map(|i| Stream::at([1, i, 0, 0])));
/// let proposals = writer.sample(&encoding, &of, &mut rngs);
/// let (programs, log_q): (Vec<_>, Vec<f64>) = proposals.into_iter().unzip();
/// let again = host(&writer.log_prob(&encoding, &of, &programs));
/// assert!((f64::from(again[2]) - log_q[2]).abs() < 1e-4);
/// # Ok::<(), helmholtz_math::error::SettingError>(())
/// ```
pub trait Guide<M: Model>: Module {
    /// What the network makes of a batch of observations.
    type Encoding: Send + Sync;

    /// Encodes observations.
    fn encode(&self, observations: &[&M::Observation]) -> Self::Encoding;

    /// The same encoding outside the gradient graph, for use with `guide.valid()`.
    fn detach(encoding: &Self::Encoding) -> Self::Encoding;

    /// Draws program i ~ q(z | x of observation `of[i]`) from stream i.
    ///
    /// Each row has a stream of its own, so that a program does not depend on the batch it is drawn in.
    fn sample(
        &self,
        encoding: &Self::Encoding,
        of: &[usize],
        rngs: &mut [Stream],
    ) -> Vec<Proposal<M::Discrete>>;

    /// log q(z | x) of each program, `[programs]`, with its gradient.
    fn log_prob(
        &self,
        encoding: &Self::Encoding,
        of: &[usize],
        programs: &[M::Discrete],
    ) -> Tensor<1>;

    /// The continuous part, in models that have one.
    fn continuous(&self) -> Option<&dyn ContinuousGuide<M, Self::Encoding>> {
        None
    }
}

/// Continuous samples.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// `[programs * samples, widest]`, zero beyond a program's width.
    pub values: Tensor<2>,
    /// log q(z_c | z_d, x) of each row, `[programs * samples]`; where the samples carry a gradient, so does
    /// this, along their path.
    pub log_prob: Tensor<1>,
}

/// The continuous part of a guide, q(z_c | z_d, x).
pub trait ContinuousGuide<M: Model, E> {
    /// Continuous samples as a deterministic function of standard normal `noise`,
    /// `[programs * samples, widest]`, which is zero beyond a program's width. They carry a gradient exactly when the guide does: call it on the
    /// guide for attached samples, on `guide.valid()` for detached ones.
    fn sample(
        &self,
        encoding: &E,
        of: &[usize],
        programs: &[M::Discrete],
        samples: usize,
        noise: Tensor<2>,
    ) -> Drawn;

    /// log q(z_c | z_d, x) of each row, `[programs * samples]`.
    fn log_prob(
        &self,
        encoding: &E,
        of: &[usize],
        programs: &[M::Discrete],
        samples: usize,
        continuous: Tensor<2>,
    ) -> Tensor<1>;
}
