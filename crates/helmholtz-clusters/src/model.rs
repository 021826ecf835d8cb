//! The generative model: a Chinese restaurant process over partitions, and normal clusters.

use helmholtz_nn::tensor::Device;
use helmholtz_nn::{Module, Param};

use super::normal::{Covariance, Points, Symmetric};
use super::partition::Partition;
use helmholtz_core::model::{Edits, Joint, Latent, LogProb, Model, Rows};
use helmholtz_math::random::Stream;
use helmholtz_nn::{host, matrix};

/// Added to the diagonal of Sigma, so that it stays positive definite wherever learning takes it.
const JITTER: f64 = 1e-6;

/// p(z, x): z is a partition, the points of a cluster are N(mu, Sigma), mu is N(0, I) and integrated out,
/// Sigma = Theta Theta^T (MWS, section 4.1).
#[derive(Clone, Debug, Module)]
pub struct MixtureModel {
    /// `[1, 4]`: Theta, row by row.
    likelihood: Param<2>,
    points: usize,
}

impl MixtureModel {
    /// A model of sets of `points` points.
    pub fn new(theta: [f64; 4], points: usize, device: &Device) -> Self {
        let theta = theta.map(|t| t as f32).to_vec();
        Self {
            likelihood: Param::from_tensor(matrix(theta, 1, 4, device)),
            points,
        }
    }

    /// The number of points of a set.
    pub fn points(&self) -> usize {
        self.points
    }

    /// Theta, row by row.
    pub fn theta(&self) -> [f64; 4] {
        let theta = host(&self.likelihood.val());
        std::array::from_fn(|i| f64::from(theta[i]))
    }

    /// Sigma.
    pub fn sigma(&self) -> Symmetric {
        Self::covariance_of(self.theta())
    }

    /// Theta Theta^T.
    pub fn covariance_of([a, b, c, d]: [f64; 4]) -> Symmetric {
        [
            a * a + b * b + JITTER,
            a * c + b * d,
            c * c + d * d + JITTER,
        ]
    }

    /// From the gradient by Sigma to that by Theta: d tr(G Theta Theta^T) = 2 tr(Theta^T G dTheta).
    pub(super) fn by_theta(gradient: Symmetric, [a, b, c, d]: [f64; 4]) -> [f64; 4] {
        let [g, h, k] = gradient.map(|g| 2.0 * g);
        [g * a + h * c, g * b + h * d, h * a + k * c, h * b + k * d]
    }
}

/// A partition drawn from the prior.
pub fn sample_partition(points: usize, rng: &mut Stream) -> Partition {
    // The last weight is that of a new cluster; when it is chosen, it is the size of that cluster.
    let (mut partition, mut sizes) = (Partition::default(), vec![1.0]);
    for _ in 0..points {
        let label = rng.categorical(&sizes).unwrap_or(0);
        partition.push(label as u8);
        match label + 1 == sizes.len() {
            true => sizes.push(1.0),
            false => sizes[label] += 1.0,
        }
    }
    partition
}

/// Points from the clusters of a partition, with covariance Theta Theta^T.
pub fn sample_points(partition: Partition, theta: [f64; 4], rng: &mut Stream) -> Points {
    let mut pair = || [rng.normal(), rng.normal()];
    let means: Vec<[f64; 2]> = (0..partition.clusters()).map(|_| pair()).collect();
    let [a, b, c, d] = theta;
    let points = partition.labels().map(|label| {
        let (mean, [u, v]) = (means[usize::from(label)], pair());
        [mean[0] + a * u + b * v, mean[1] + c * u + d * v]
    });
    Points::new(points.collect())
}

impl Model for MixtureModel {
    type Observation = Points;
    type Discrete = Partition;

    fn log_prior(&self, rows: &Rows<'_, Self>) -> LogProb {
        let exact = rows.programs.iter().map(|p| p.log_prior()).collect();
        LogProb::symbolic(exact, self.likelihood.val(), vec![])
    }

    fn log_likelihood(&self, rows: &Rows<'_, Self>) -> LogProb {
        self.symbolic(rows, Points::log_prob)
    }

    fn sample_latent(&self, rngs: &mut [Stream]) -> Vec<Latent<Partition>> {
        let each = rngs.iter_mut();
        each.map(|rng| (sample_partition(self.points, rng), vec![]))
            .collect()
    }

    fn sample_observation(
        &self,
        latents: &[Latent<Partition>],
        rngs: &mut [Stream],
    ) -> Vec<Option<Points>> {
        let theta = self.theta();
        let draw = |((z, _), rng): (&Latent<Partition>, &mut Stream)| sample_points(*z, theta, rng);
        latents.iter().zip(rngs).map(draw).map(Some).collect()
    }

    fn joint(&self) -> Option<&dyn Joint<Self>> {
        Some(self)
    }

    fn edits(&self) -> Option<&dyn Edits<Self>> {
        Some(self)
    }
}

impl Joint<MixtureModel> for MixtureModel {
    fn at_once(&self, rows: &Rows<'_, MixtureModel>) -> LogProb {
        self.symbolic(rows, Points::log_joint)
    }
}

impl Edits<MixtureModel> for MixtureModel {
    /// Moves one point to another cluster.
    fn edit(&self, partition: &Partition, _: &Points, rng: &mut Stream) -> Option<Partition> {
        let mut labels: Vec<u8> = partition.labels().collect();
        let point = rng.below(labels.len().max(1));
        *labels.get_mut(point)? = rng.below(partition.clusters() + 1) as u8;
        Some(Partition::canonical(&labels)).filter(|p| p != partition)
    }
}

impl MixtureModel {
    /// `value` of every row, with the gradient of log p(x | z) by Theta where there is a graph.
    fn symbolic(
        &self,
        rows: &Rows<'_, Self>,
        value: impl Fn(&Points, Partition, &Covariance) -> f64,
    ) -> LogProb {
        let (inputs, theta) = (self.likelihood.val(), self.theta());
        let covariance = Covariance::new(self.sigma());
        let each = || rows.programs.iter().zip(rows.of);
        let exact = each()
            .map(|(&p, &o)| value(rows.observations[o], p, &covariance))
            .collect();
        let jacobian = match inputs.is_autodiff() {
            false => vec![],
            true => each()
                .map(|(&p, &o)| rows.observations[o].gradient(p, &covariance))
                .flat_map(|by_sigma| Self::by_theta(by_sigma, theta).map(|v| v as f32))
                .collect(),
        };
        LogProb::symbolic(exact, inputs, jacobian)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use helmholtz_core::model::ModelExt;
    use helmholtz_nn::training_device;

    const THETA: [f64; 4] = [0.3, 0.05, -0.1, 0.2];

    fn model() -> MixtureModel {
        MixtureModel::new(THETA, 7, &training_device())
    }

    #[test]
    fn the_gradient_reaches_theta() {
        let (model, mut rng) = (model(), Stream::at([1, 1, 1, 1]));
        let z = Partition::canonical(&[0, 1, 0, 2, 1, 1, 3]);
        let x = sample_points(z, THETA, &mut rng);
        let (observations, of, programs) = ([&x], [0], [z]);
        let rows = |_: &MixtureModel| Rows::new(&observations, &of, &programs);
        let gradients = model.log_joint(&rows(&model)).tensor.sum().backward();
        let exact = host(&model.likelihood.val().grad(&gradients).unwrap());
        for (i, exact) in exact.into_iter().enumerate() {
            let moved = |h: f64| {
                let mut theta = THETA;
                theta[i] += h;
                let moved = MixtureModel::new(theta, 7, &training_device());
                moved.log_joint(&rows(&moved)).values()[0]
            };
            // Theta is f32: steps of 1e-3 keep its rounding, 1e-8 relative, out of the difference.
            let numeric = (moved(1e-3) - moved(-1e-3)) / 2e-3;
            let exact = f64::from(exact);
            assert!(
                (numeric - exact).abs() < 1e-2 * (1.0 + exact.abs()),
                "{numeric} {exact}"
            );
        }
    }

    #[test]
    fn the_joint_is_the_prior_times_the_likelihood() {
        let (model, mut rng) = (model(), Stream::at([3, 1, 1, 1]));
        for z in Partition::all(7).into_iter().step_by(31) {
            let x = sample_points(z, THETA, &mut rng);
            let (observations, programs) = ([&x], [z]);
            let rows = Rows::new(&observations, &[0], &programs);
            let parts = model.log_prior(&rows) + model.log_likelihood(&rows);
            let joint = model.log_joint(&rows).values()[0];
            assert!((joint - parts.values()[0]).abs() < 1e-9, "{z}");
        }
    }

    #[test]
    fn partitions_are_drawn_from_the_prior() {
        let (n, mut rng) = (20_000, Stream::at([2, 0, 0, 0]));
        let mut counts = std::collections::HashMap::new();
        for _ in 0..n {
            *counts.entry(sample_partition(4, &mut rng)).or_insert(0.0) += 1.0 / f64::from(n);
        }
        for z in Partition::all(4) {
            let p = z.log_prior().exp();
            let standard_error = (p * (1.0 - p) / f64::from(n)).sqrt();
            assert!((counts[&z] - p).abs() < 4.5 * standard_error, "{z}");
        }
    }

    #[test]
    fn an_edit_moves_one_point() {
        let (model, mut rng) = (model(), Stream::at([5, 0, 0, 0]));
        let z = Partition::canonical(&[0, 0, 1, 1, 2, 2, 2]);
        let x = sample_points(z, THETA, &mut rng);
        let near: std::collections::HashSet<Partition> = (0..2000)
            .filter_map(|_| model.edited(&z, &x, &mut rng))
            .collect();
        // Each of 7 points into one of 2 other clusters, or alone; of a pair it is all one which one leaves.
        assert_eq!(near.len(), 7 * 3 - 2);
    }
}
