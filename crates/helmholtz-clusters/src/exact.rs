//! Everything by enumeration: the evidence, the posterior, and the best Sigma there is.

use std::collections::HashMap;

use super::model::MixtureModel;
use super::normal::{Covariance, Points, Symmetric};
use super::partition::Partition;
use helmholtz_math::{logsumexp, softmax};

/// All partitions of a number of points, with their prior.
#[derive(Clone, Debug)]
pub struct Enumeration {
    partitions: Vec<Partition>,
    index: HashMap<Partition, usize>,
    log_priors: Vec<f64>,
    /// The clusters of all partitions one after the other, as bits.
    clusters: Vec<u16>,
    /// The number of clusters of each.
    counts: Vec<u8>,
    subsets: usize,
}

impl Enumeration {
    /// Of `points` points, at most [`super::partition::MOST_POINTS`].
    pub fn new(points: usize) -> Self {
        let partitions = Partition::all(points);
        let members = |p: &Partition| p.members().into_iter().take_while(|&m| m != 0);
        Self {
            log_priors: partitions.iter().map(|p| p.log_prior()).collect(),
            clusters: partitions.iter().flat_map(members).collect(),
            counts: partitions.iter().map(|p| p.clusters() as u8).collect(),
            index: partitions
                .iter()
                .enumerate()
                .map(|(i, &p)| (p, i))
                .collect(),
            subsets: 1 << points,
            partitions,
        }
    }

    /// The partitions, in the order of everything else here.
    pub fn partitions(&self) -> &[Partition] {
        &self.partitions
    }

    /// log p(z, x) of every partition. The sets must have as many points as were enumerated.
    ///
    /// A cluster is part of many partitions and is scored once: 127 scores instead of 2,920 for seven
    /// points.
    pub fn log_joints(&self, x: &Points, covariance: &Covariance) -> Vec<f64> {
        let clusters = 0..self.subsets.min(1 << x.points().len());
        let table: Vec<f64> = clusters.map(|m| x.cluster(m as u16, covariance)).collect();
        let mut rest = &self.clusters[..];
        let priors = self.log_priors.iter().zip(&self.counts);
        priors
            .map(|(prior, &count)| {
                let (own, others) = rest.split_at(usize::from(count));
                rest = others;
                own.iter()
                    .fold(*prior, |sum, &m| sum + table[usize::from(m)])
            })
            .collect()
    }

    /// log p(x).
    pub fn log_evidence(&self, x: &Points, covariance: &Covariance) -> f64 {
        logsumexp(&self.log_joints(x, covariance))
    }

    /// p(z | x) of every partition.
    pub fn posterior(&self, x: &Points, covariance: &Covariance) -> Vec<f64> {
        softmax(&self.log_joints(x, covariance))
    }

    /// The mean of -log p(x) over some sets, in nats.
    pub fn negative_log_likelihood(&self, data: &[Points], sigma: Symmetric) -> f64 {
        let covariance = Covariance::new(sigma);
        let total: f64 = data.iter().map(|x| self.log_evidence(x, &covariance)).sum();
        -total / data.len() as f64
    }

    /// The gradient of the mean log-evidence by Theta: that of log p(z, x), averaged over the posterior
    /// (Fisher's identity), cluster by cluster.
    fn gradient(&self, data: &[Points], theta: [f64; 4]) -> [f64; 4] {
        let covariance = Covariance::new(MixtureModel::covariance_of(theta));
        let mut by_sigma = [0.0; 3];
        for x in data {
            let clusters = self.cluster_probabilities(&self.posterior(x, &covariance));
            let present = clusters.iter().enumerate().filter(|(_, p)| **p > 0.0);
            for (members, probability) in present {
                let one = x.cluster_gradient(members as u16, &covariance);
                (0..3).for_each(|i| by_sigma[i] += probability * one[i] / data.len() as f64);
            }
        }
        MixtureModel::by_theta(by_sigma, theta)
    }

    /// The probability that a set of points, as bits of the index, is a cluster.
    pub fn cluster_probabilities(&self, posterior: &[f64]) -> Vec<f64> {
        let mut probabilities = vec![0.0; self.subsets];
        let mut rest = &self.clusters[..];
        for (&weight, &count) in posterior.iter().zip(&self.counts) {
            let (own, others) = rest.split_at(usize::from(count));
            rest = others;
            own.iter()
                .for_each(|&m| probabilities[usize::from(m)] += weight);
        }
        probabilities
    }
}

/// Thetas from which the Sigma of maximum likelihood is searched: a wide and a narrow cluster. The likelihood
/// may have an optimum for one cluster of everything, and another for many small ones.
const STARTS: [f64; 3] = [1.0, 0.3, 0.1];

/// The Sigma of maximum likelihood for sets of any sizes, the best of several searches by gradient ascent.
pub fn fit<'a>(sets: impl IntoIterator<Item = &'a Points>) -> Symmetric {
    let mut worlds: Vec<(Enumeration, Vec<Points>)> = vec![];
    for x in sets {
        let points = x.points().len();
        let known = worlds
            .iter_mut()
            .find(|(_, of)| of[0].points().len() == points);
        match known {
            Some((_, of)) => of.push(x.clone()),
            None => worlds.push((Enumeration::new(points), vec![x.clone()])),
        }
    }
    let searches = STARTS.map(|sd| ascend(&worlds, [sd, 0.0, 0.0, sd]));
    let best = searches.into_iter().max_by(|a, b| a.1.total_cmp(&b.1));
    best.map_or([1.0, 0.0, 1.0], |(sigma, _)| sigma)
}

/// Gradient ascent in Theta of the mean log-evidence, with a step that adapts.
fn ascend(worlds: &[(Enumeration, Vec<Points>)], start: [f64; 4]) -> (Symmetric, f64) {
    let sigma = MixtureModel::covariance_of;
    let count = worlds.iter().map(|(_, of)| of.len()).sum::<usize>().max(1) as f64;
    let log_evidence = |theta| -> f64 {
        let each = worlds
            .iter()
            .map(|(all, of)| -all.negative_log_likelihood(of, sigma(theta)) * of.len() as f64);
        each.sum::<f64>() / count
    };
    let (mut theta, mut step) = (start, 1e-3);
    let mut value = log_evidence(theta);
    for _ in 0..MOST_ASCENTS {
        let mut gradient = [0.0; 4];
        for (all, of) in worlds {
            let one = all.gradient(of, theta);
            (0..4).for_each(|i| gradient[i] += one[i] * of.len() as f64 / count);
        }
        let square = gradient.iter().map(|g| g * g).sum::<f64>();
        // The second is what the step promises, in nats: less is lost in rounding.
        if square < 1e-12 || step * square < LEAST_PROMISE {
            break;
        }
        let next = std::array::from_fn(|i| theta[i] + step * gradient[i]);
        let better = log_evidence(next);
        if better >= value {
            (theta, value, step) = (next, better, step * 1.5);
        } else {
            step *= 0.3;
        }
    }
    (sigma(theta), value)
}

/// Steps of the search for the best Sigma.
const MOST_ASCENTS: usize = 2000;
/// Nats that are not worth a step.
const LEAST_PROMISE: f64 = 1e-12;

/// KL(Q || P), where Q is given by partitions with weights that sum to one, equal partitions together. A Q
/// without partitions is infinitely far from any posterior.
pub fn divergence(q: &[(Partition, f64)], enumeration: &Enumeration, posterior: &[f64]) -> f64 {
    let mut weights = vec![0.0; posterior.len()];
    for (z, weight) in q {
        if let Some(&at) = enumeration.index.get(z) {
            weights[at] += weight;
        }
    }
    if q.is_empty() {
        return f64::INFINITY;
    }
    let both = weights.iter().zip(posterior).filter(|(w, _)| **w > 0.0);
    both.map(|(w, p)| w * (w / p).ln()).sum()
}

/// The smallest KL(Q || P) that a Q on `members` partitions can reach: -log of their posterior mass.
pub fn smallest_divergence(posterior: &[f64], members: usize) -> f64 {
    let mut mass = posterior.to_vec();
    mass.sort_by(|a, b| b.total_cmp(a));
    -mass.iter().take(members).sum::<f64>().ln()
}

#[cfg(test)]
mod tests {
    use super::super::model::{sample_partition, sample_points};
    use super::*;
    use helmholtz_math::random::Stream;

    const THETA: [f64; 4] = [0.17, 0.0, 0.0, 0.17];

    fn sets(count: u64) -> Vec<Points> {
        let draw = |i| {
            let mut rng = Stream::at([21, i, 0, 0]);
            let z = sample_partition(7, &mut rng);
            sample_points(z, THETA, &mut rng)
        };
        (0..count).map(draw).collect()
    }

    #[test]
    fn the_table_of_clusters_gives_the_joint_of_every_partition() {
        let (all, sets) = (Enumeration::new(7), sets(1));
        let covariance = Covariance::new([0.05, 0.01, 0.03]);
        let joints = all.log_joints(&sets[0], &covariance);
        for (z, joint) in all.partitions().iter().zip(joints) {
            let direct = z.log_prior() + sets[0].log_prob(*z, &covariance);
            assert!((joint - direct).abs() < 1e-10);
        }
    }

    #[test]
    fn the_best_sigma_beats_its_neighbours_and_the_truth() {
        let (all, sets) = (Enumeration::new(7), sets(40));
        let best = fit(&sets);
        let value = all.negative_log_likelihood(&sets, best);
        assert!(value <= all.negative_log_likelihood(&sets, MixtureModel::covariance_of(THETA)));
        for i in 0..3 {
            for by in [0.98, 1.02] {
                let mut moved = best;
                moved[i] = if i == 1 {
                    moved[i] + (by - 1.0) * 0.03
                } else {
                    moved[i] * by
                };
                assert!(all.negative_log_likelihood(&sets, moved) > value);
            }
        }
    }

    #[test]
    fn divergences_count_equal_partitions_once() {
        let (all, sets) = (Enumeration::new(7), sets(1));
        let posterior = all.posterior(&sets[0], &Covariance::new([0.03, 0.0, 0.03]));
        let mut order: Vec<usize> = (0..posterior.len()).collect();
        order.sort_by(|&a, &b| posterior[b].total_cmp(&posterior[a]));
        let (a, b) = (all.partitions()[order[0]], all.partitions()[order[1]]);
        let (p, q) = (posterior[order[0]], posterior[order[1]]);
        let split = [
            (a, 0.5 * p / (p + q)),
            (b, q / (p + q)),
            (a, 0.5 * p / (p + q)),
        ];
        let kl = divergence(&split, &all, &posterior);
        assert!((kl - smallest_divergence(&posterior, 2)).abs() < 1e-12);
        assert!((kl + (p + q).ln()).abs() < 1e-12);
    }
}
