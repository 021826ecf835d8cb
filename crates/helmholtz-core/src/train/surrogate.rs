//! From particles to a scalar whose gradient is the estimator's.

use helmholtz_math::purpose::Purpose;
use helmholtz_nn::tensor::Tensor;

use super::draw::{Address, Population};
use crate::algorithm::Scale;
use crate::estimator::{Coefficients, Grid};
use crate::guide::{Drawn, Guide};
use crate::model::{Model, ModelExt, Rows};
use helmholtz_nn::{host, matrix, vector};

/// Model and guide, in the graph or out of it, and the encoded observations they speak about.
pub(super) struct Scorer<'a, M: Model, G: Guide<M>> {
    pub(super) model: &'a M,
    pub(super) guide: &'a G,
    pub(super) encoding: &'a G::Encoding,
    pub(super) observations: &'a [&'a M::Observation],
}

/// Which log-probabilities are asked for.
#[derive(Clone, Copy)]
pub(super) struct Request {
    pub(super) joint: bool,
    pub(super) discrete: bool,
    /// The guide's density of continuous samples; not where it is known from drawing them.
    pub(super) continuous: bool,
    /// Whether values of the joint are, or its gradient alone.
    pub(super) values: bool,
    /// Whether continuous samples carry a gradient.
    pub(super) pathwise: bool,
}

impl Request {
    /// Gradients alone, of what a term's scale lets through.
    pub(super) fn gradients(scale: &Scale) -> Self {
        Self {
            joint: scale.joint != 0.0,
            discrete: scale.discrete != 0.0,
            continuous: scale.continuous != 0.0,
            values: false,
            pathwise: false,
        }
    }
}

/// Log-probabilities of the rows of a population; `None` where not asked for.
pub(super) struct Scores {
    /// log p(z, x): what carries the gradient, and the values.
    pub(super) joint: Option<(Tensor<1>, Vec<f64>)>,
    /// log q(z_d | x), per program.
    pub(super) discrete: Option<Tensor<1>>,
    /// log q(z_c | z_d, x), per row.
    pub(super) continuous: Option<Tensor<1>>,
}

impl<M: Model, G: Guide<M>> Scorer<'_, M, G> {
    /// Scores programs with their continuous samples.
    pub(super) fn score(
        &self,
        population: &Population<M::Discrete>,
        samples: usize,
        continuous: Option<&Tensor<2>>,
        ask: Request,
    ) -> Scores {
        let (of, programs) = (&population.of, &population.programs);
        let joint = ask.joint.then(|| {
            let rows = Rows {
                pathwise: ask.pathwise,
                values: ask.values,
                ..Rows::new(self.observations, of, programs)
                    .with_samples(samples, continuous.cloned())
            };
            let joint = self.model.log_joint(&rows);
            let values = joint.values();
            (joint.tensor, values)
        });
        let discrete = ask
            .discrete
            .then(|| self.guide.log_prob(self.encoding, of, programs));
        let continuous = continuous.filter(|_| ask.continuous);
        let continuous = continuous.and_then(|c| self.log_density(population, samples, c.clone()));
        Scores {
            joint,
            discrete,
            continuous,
        }
    }

    /// log q(z_c | z_d, x) of every row, `None` in purely discrete models.
    pub(super) fn log_density(
        &self,
        population: &Population<M::Discrete>,
        samples: usize,
        continuous: Tensor<2>,
    ) -> Option<Tensor<1>> {
        let (of, programs) = (&population.of, &population.programs);
        let guide = self.guide.continuous()?;
        Some(guide.log_prob(self.encoding, of, programs, samples, continuous))
    }

    /// log p(z) of every row.
    pub(super) fn log_priors(
        &self,
        population: &Population<M::Discrete>,
        samples: usize,
        continuous: Option<&Tensor<2>>,
    ) -> Vec<f64> {
        let rows = Rows::new(self.observations, &population.of, &population.programs)
            .with_samples(samples, continuous.cloned());
        self.model.log_prior(&rows).values()
    }

    /// Continuous samples for every program, `None` in purely discrete models. Attached to the graph
    /// exactly when this scorer is.
    pub(super) fn continuous(
        &self,
        population: &Population<M::Discrete>,
        samples: usize,
        items: &[usize],
        address: &Address,
    ) -> Option<Drawn> {
        let guide = self.guide.continuous()?;
        let widths: Vec<usize> = population
            .programs
            .iter()
            .map(|d| self.model.width_of(d))
            .collect();
        let widest = widths.iter().copied().max().filter(|&w| w > 0)?;
        let mut noise = Vec::with_capacity(widths.len() * samples * widest);
        let mut particle = vec![0; items.len()];
        for (&o, &width) in population.of.iter().zip(&widths) {
            let mut rng = address.stream(items[o], Purpose::Continuous, particle[o]);
            particle[o] += 1;
            for _ in 0..samples {
                noise.extend((0..width).map(|_| rng.normal() as f32));
                noise.extend(std::iter::repeat_n(0.0, widest - width));
            }
        }
        let device = &self.guide.device();
        let noise = matrix(noise, widths.len() * samples, widest, device);
        Some(guide.sample(
            self.encoding,
            &population.of,
            &population.programs,
            samples,
            noise,
        ))
    }
}

impl Scores {
    /// What is known of every row. Samples had the density that `density` makes of the guide's; that of programs is not
    /// among it.
    pub(super) fn grid(&self, samples: usize, density: impl Fn(&[f64]) -> Vec<f64>) -> Grid {
        let joint = self.joint.as_ref();
        let log_joint = joint.map(|(_, values)| values.clone()).unwrap_or_default();
        let log_proposal = match &self.continuous {
            Some(continuous) => density(&host_f64(continuous)),
            None => vec![0.0; log_joint.len()],
        };
        let both = log_joint.iter().zip(&log_proposal);
        Grid {
            samples,
            log_weights: both.map(|(p, q)| p - q).collect(),
            multiplicity: vec![1; log_joint.len() / samples],
            log_guide: self.log_guide(),
            // The greater of a NaN and -inf is -inf.
            log_joint: log_joint.iter().map(|p| p.max(f64::NEG_INFINITY)).collect(),
            log_proposal,
            ..Grid::default()
        }
    }

    /// log q(z_d | x) of every program; nothing where not asked for.
    pub(super) fn log_guide(&self) -> Vec<f64> {
        self.discrete.as_ref().map(host_f64).unwrap_or_default()
    }

    /// The surrogate: coefficients times log-probabilities, summed and divided by `observations`.
    pub(super) fn surrogate(self, total: &Total, observations: usize) -> Option<Tensor<1>> {
        let joint = self.joint.map(|(tensor, _)| dot(tensor, &total.joint));
        let discrete = self.discrete.map(|tensor| dot(tensor, &total.discrete));
        let continuous = self.continuous.map(|tensor| dot(tensor, &total.continuous));
        let sum = [joint, discrete, continuous]
            .into_iter()
            .flatten()
            .flatten()
            .reduce(|a, b| a + b);
        sum.map(|s| s / observations as f32)
    }
}

/// The scaled coefficients of all rows of a term.
#[derive(Default)]
pub(super) struct Total {
    pub(super) joint: Vec<f32>,
    pub(super) discrete: Vec<f32>,
    pub(super) continuous: Vec<f32>,
}

impl Total {
    /// All zero, for `programs` programs of `samples` samples.
    pub(super) fn zeros(programs: usize, samples: usize) -> Self {
        Self {
            joint: vec![0.0; programs * samples],
            discrete: vec![0.0; programs],
            continuous: vec![0.0; programs * samples],
        }
    }

    /// Adds program `from` of `coefficients` as one more.
    pub(super) fn append(&mut self, coefficients: &Coefficients, from: usize, samples: usize) {
        let at = self.discrete.len();
        let zeros = Self::zeros(1, samples);
        self.discrete.extend(zeros.discrete);
        self.joint.extend(zeros.joint);
        self.continuous.extend(zeros.continuous);
        self.add(at, coefficients, from, samples, 1.0);
    }

    /// Adds program `from` of `coefficients` to program `to`; `responsibility` multiplies the discrete
    /// part.
    pub(super) fn add(
        &mut self,
        to: usize,
        coefficients: &Coefficients,
        from: usize,
        samples: usize,
        responsibility: f64,
    ) {
        self.discrete[to] += (coefficients.discrete[from] * responsibility) as f32;
        for k in 0..samples {
            self.joint[to * samples + k] += coefficients.joint[from * samples + k] as f32;
            self.continuous[to * samples + k] += coefficients.continuous[from * samples + k] as f32;
        }
    }

    /// Multiplies each kind by the term's scale.
    pub(super) fn scaled(mut self, scale: &Scale) -> Self {
        let kinds = [
            (&mut self.joint, scale.joint),
            (&mut self.discrete, scale.discrete),
            (&mut self.continuous, scale.continuous),
        ];
        for (values, by) in kinds {
            values.iter_mut().for_each(|v| *v *= by as f32);
        }
        self
    }
}

/// The inner product with constants; `None` when they are all zero, so that nothing is back-propagated
/// for nothing.
fn dot(log_prob: Tensor<1>, coefficients: &[f32]) -> Option<Tensor<1>> {
    if coefficients.iter().all(|&c| c == 0.0) {
        return None;
    }
    let coefficients = vector(coefficients.to_vec(), &log_prob.device());
    Some((log_prob * coefficients).sum())
}

/// The rows `keep` (programs) of a `[programs * samples, widest]` tensor.
pub(super) fn select_programs(continuous: &Tensor<2>, keep: &[usize], samples: usize) -> Tensor<2> {
    let rows = keep.iter().flat_map(|&l| l * samples..(l + 1) * samples);
    continuous
        .clone()
        .select(0, helmholtz_nn::indices(rows, &continuous.device()))
}

/// Log-probabilities in the precision in which they are added.
fn host_f64(log_prob: &Tensor<1>) -> Vec<f64> {
    host(log_prob).into_iter().map(f64::from).collect()
}
