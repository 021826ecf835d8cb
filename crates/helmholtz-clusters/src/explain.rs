//! The exact posterior over the clusterings of a few points.

use std::collections::BTreeMap;

use serde::Serialize;

use super::exact::Enumeration;
use super::normal::{Covariance, Points, Symmetric};
use helmholtz_math::{logsumexp, softmax};

/// A partition of the points with its posterior probability.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Clustering {
    /// The points of each cluster, numbered from 1 in the order of the file.
    pub clusters: Vec<Vec<usize>>,
    /// p(partition | points).
    pub weight: f64,
    /// log p(partition, points).
    pub log_joint: f64,
}

/// What is known about the clusters of a set of points. Everything is exact.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// The name of the set.
    pub name: String,
    /// The best partitions, best first.
    pub partitions: Vec<Clustering>,
    /// How many partitions there are.
    pub enumerated: usize,
    /// The probability of each number of clusters that has any worth mentioning (a millionth).
    pub counts: BTreeMap<usize, f64>,
    /// The entropy of the posterior, in nats.
    pub entropy: f64,
    /// log p(points).
    pub log_evidence: f64,
    /// The covariance of a cluster that was assumed: entries (1, 1), (1, 2), (2, 2).
    pub covariance: Symmetric,
}

/// Explains a set by enumeration of all partitions; `most` is the number of them to tell.
pub fn explain(name: &str, points: &Points, sigma: Symmetric, most: usize) -> Explanation {
    let enumeration = Enumeration::new(points.points().len());
    let log_joints = enumeration.log_joints(points, &Covariance::new(sigma));
    let posterior = softmax(&log_joints);
    let mut counts = BTreeMap::new();
    for (z, p) in enumeration.partitions().iter().zip(&posterior) {
        *counts.entry(z.clusters()).or_insert(0.0) += p;
    }
    counts.retain(|_, p| *p >= 1e-6);
    let mut order: Vec<usize> = (0..posterior.len()).collect();
    order.sort_by(|&a, &b| posterior[b].total_cmp(&posterior[a]));
    let tell = |&i: &usize| Clustering {
        clusters: clusters(enumeration.partitions()[i].labels()),
        weight: posterior[i],
        log_joint: log_joints[i],
    };
    let surprise = |p: &f64| if *p > 0.0 { -p * p.ln() } else { 0.0 };
    Explanation {
        name: name.into(),
        partitions: order.iter().take(most).map(tell).collect(),
        enumerated: posterior.len(),
        counts,
        entropy: posterior.iter().map(surprise).sum(),
        log_evidence: logsumexp(&log_joints),
        covariance: sigma,
    }
}

/// The points of each cluster, numbered from 1.
pub fn clusters(labels: impl Iterator<Item = u8>) -> Vec<Vec<usize>> {
    let mut clusters: Vec<Vec<usize>> = vec![];
    for (point, label) in labels.enumerate() {
        let label = usize::from(label);
        if label == clusters.len() {
            clusters.push(vec![]);
        }
        clusters[label].push(point + 1);
    }
    clusters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_pairs_far_apart_are_two_clusters() {
        let points = vec![[0.0, 0.0], [1.5, 1.5], [0.1, 0.0], [1.4, 1.5]];
        let points = Points::try_from(points).unwrap();
        let told = explain("pairs", &points, [0.02, 0.0, 0.02], 3);
        assert_eq!(told.partitions[0].clusters, [[1, 3], [2, 4]]);
        assert_eq!((told.enumerated, told.partitions.len()), (15, 3));
        let total: f64 = told.counts.values().sum();
        assert!((total - 1.0).abs() < 1e-4 && told.counts[&2] > 0.5);
        assert!(told.entropy > 0.0 && told.entropy < 15f64.ln());
    }
}
