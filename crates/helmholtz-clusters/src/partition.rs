//! Partitions of a few points, as restricted growth strings, and their prior.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// The largest number of points: the 115,975 partitions of ten can still be enumerated.
pub const MOST_POINTS: usize = 10;

/// Bits per label.
const BITS: u32 = 4;

/// Which cluster each point belongs to. Clusters are numbered in the order in which they first appear, so
/// that a partition has one name: the first point is in cluster 0, and every further point in one of those
/// before or in the next new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Vec<u8>", into = "Vec<u8>")]
pub struct Partition {
    labels: u64,
    points: u8,
}

impl Partition {
    /// From the cluster of each point.
    ///
    /// # Errors
    /// When there are more than [`MOST_POINTS`], or clusters are not numbered by first appearance.
    pub fn new(labels: &[u8]) -> Result<Self, NotAPartition> {
        if labels.len() > MOST_POINTS {
            return Err(NotAPartition::TooLong);
        }
        let mut partition = Self::default();
        for &label in labels {
            if usize::from(label) > partition.clusters() {
                return Err(NotAPartition::Order);
            }
            partition.push(label);
        }
        Ok(partition)
    }

    /// The partition of any labels: clusters are renumbered by first appearance.
    pub fn canonical(labels: &[u8]) -> Self {
        let mut names: Vec<u8> = Vec::with_capacity(labels.len());
        let mut partition = Self::default();
        for &label in labels.iter().take(MOST_POINTS) {
            let known = names.iter().position(|&n| n == label);
            partition.push(known.unwrap_or(names.len()) as u8);
            if known.is_none() {
                names.push(label);
            }
        }
        partition
    }

    /// Adds a point to a cluster. The caller keeps the numbering.
    pub(super) fn push(&mut self, label: u8) {
        self.labels |= u64::from(label) << (u32::from(self.points) * BITS);
        self.points += 1;
    }

    /// The number of points.
    pub fn len(self) -> usize {
        self.points.into()
    }

    /// Whether there are no points.
    pub fn is_empty(self) -> bool {
        self.points == 0
    }

    /// The cluster of a point.
    pub fn label(self, point: usize) -> u8 {
        (self.labels >> (point as u32 * BITS)) as u8 & 0xf
    }

    /// The cluster of each point.
    pub fn labels(self) -> impl Iterator<Item = u8> {
        (0..self.len()).map(move |i| self.label(i))
    }

    /// The number of clusters.
    pub fn clusters(self) -> usize {
        self.labels().map(|l| usize::from(l) + 1).max().unwrap_or(0)
    }

    /// The points of each cluster as bits of a number; 0 from [`Partition::clusters`] on.
    pub fn members(self) -> [u16; MOST_POINTS] {
        let mut members = [0; MOST_POINTS];
        for (point, label) in self.labels().enumerate() {
            members[usize::from(label)] |= 1 << point;
        }
        members
    }

    /// log p of the partition under a Chinese restaurant process of concentration 1: a point joins a
    /// cluster in proportion to its size, or opens a new one in proportion to 1. In product: prod_c
    /// (n_c - 1)! / n!.
    pub fn log_prior(self) -> f64 {
        let clusters = self.members().into_iter().take_while(|&m| m != 0);
        let sizes = clusters.map(|m| log_factorial(m.count_ones() as usize - 1));
        sizes.sum::<f64>() - log_factorial(self.len())
    }

    /// All partitions of `points` points, in the order of their labels.
    pub fn all(points: usize) -> Vec<Self> {
        let mut all = vec![Self::default()];
        for _ in 0..points.min(MOST_POINTS) {
            let longer = |p: &Self| {
                let p = *p;
                (0..=p.clusters() as u8).map(move |label| {
                    let mut next = p;
                    next.push(label);
                    next
                })
            };
            all = all.iter().flat_map(longer).collect();
        }
        all
    }
}

impl Default for Partition {
    /// Of no points.
    fn default() -> Self {
        Self {
            labels: 0,
            points: 0,
        }
    }
}

/// Why labels are no partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAPartition {
    /// More than [`MOST_POINTS`].
    #[error("more than {MOST_POINTS} points")]
    TooLong,
    /// A cluster is used before an earlier number.
    #[error("clusters must be numbered by first appearance")]
    Order,
}

impl TryFrom<Vec<u8>> for Partition {
    type Error = NotAPartition;

    fn try_from(labels: Vec<u8>) -> Result<Self, NotAPartition> {
        Self::new(&labels)
    }
}

impl From<Partition> for Vec<u8> {
    fn from(partition: Partition) -> Self {
        partition.labels().collect()
    }
}

impl std::fmt::Display for Partition {
    /// The points, by number from 1, cluster by cluster: `{1 3} {2}`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (c, members) in self.members().into_iter().take(self.clusters()).enumerate() {
            let points = (0..self.len()).filter(|i| members >> i & 1 == 1);
            let names: Vec<String> = points.map(|i| (i + 1).to_string()).collect();
            let space = if c == 0 { "" } else { " " };
            write!(f, "{space}{{{}}}", names.join(" "))?;
        }
        Ok(())
    }
}

/// log n!, for as many points as there may be.
pub(super) fn log_factorial(n: usize) -> f64 {
    static TABLE: LazyLock<[f64; MOST_POINTS + 1]> =
        LazyLock::new(|| std::array::from_fn(|n| (2..=n).map(|i| (i as f64).ln()).sum()));
    TABLE[n]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn there_are_as_many_partitions_as_bell_says_and_the_prior_sums_to_one() {
        for (points, bell) in [(0, 1), (1, 1), (3, 5), (7, 877), (8, 4140)] {
            let all = Partition::all(points);
            let distinct: HashSet<Partition> = all.iter().copied().collect();
            assert_eq!((all.len(), distinct.len()), (bell, bell));
            let total: f64 = all.iter().map(|p| p.log_prior().exp()).sum();
            assert!((total - 1.0).abs() < 1e-12, "{total}");
        }
    }

    #[test]
    fn labels_are_checked_and_renumbered() {
        assert_eq!(Partition::new(&[0, 2]), Err(NotAPartition::Order));
        assert_eq!(Partition::new(&[1]), Err(NotAPartition::Order));
        assert_eq!(Partition::new(&[0; 11]), Err(NotAPartition::TooLong));
        let p = Partition::canonical(&[7, 3, 7, 9]);
        assert_eq!(p, Partition::new(&[0, 1, 0, 2]).unwrap());
        assert_eq!(p.to_string(), "{1 3} {2} {4}");
        assert_eq!(p.members()[..4], [0b101, 0b10, 0b1000, 0]);
    }

    #[test]
    fn a_partition_is_written_as_its_labels_and_read_with_a_check() {
        let p = Partition::canonical(&[0, 1, 1]);
        assert_eq!(serde_json::to_string(&p).unwrap(), "[0,1,1]");
        assert_eq!(serde_json::from_str::<Partition>("[0,1,1]").unwrap(), p);
        assert!(serde_json::from_str::<Partition>("[0,3]").is_err());
    }
}
