//! p(points | partition) with the cluster means integrated out, in closed form.
//!
//! Points of a cluster are N(mu, Sigma) with mu ~ N(0, I). For a cluster of n points with mean m and
//! scatter S = sum (x - m)(x - m)^T, in two dimensions:
//!
//! log p = -n log 2 pi - (n - 1)/2 log|Sigma| - 1/2 log|Sigma + n I| - 1/2 tr(Sigma^-1 S)
//!         - n/2 m^T (Sigma + n I)^-1 m.
//!
//! A cluster enters through n, m and S only; a set of points knows them for each of its subsets.

use helmholtz_math::normal::LN_TAU;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::partition::{MOST_POINTS, Partition, log_factorial};

/// A symmetric 2 x 2 matrix: its entries (1, 1), (1, 2), (2, 2).
pub type Symmetric = [f64; 3];

/// Points of the plane, with what a cluster of any of them would be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<[f64; 2]>", into = "Vec<[f64; 2]>")]
pub struct Points {
    points: Vec<[f64; 2]>,
    /// By subset, as bits of its index.
    clusters: Vec<Cluster>,
}

/// A set of points, as far as its likelihood is concerned.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Cluster {
    mean: [f64; 2],
    scatter: Symmetric,
}

/// Coordinates are squared and summed: beyond this they say nothing that f64 could hold.
const MOST: f64 = 1e6;

/// Why a list of coordinates is no set of points.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum NotPoints {
    /// There are none.
    #[error("no points; give at least one")]
    Empty,
    /// There are too many.
    #[error("{0} points; at most {MOST_POINTS}, so that all partitions can be enumerated")]
    TooMany(usize),
    /// A coordinate is not finite or too large.
    #[error("point {0} is not within {MOST:e} of the origin; standardise the coordinates")]
    OutOfRange(usize),
}

impl TryFrom<Vec<[f64; 2]>> for Points {
    type Error = NotPoints;

    fn try_from(points: Vec<[f64; 2]>) -> Result<Self, NotPoints> {
        let far = |x: &[f64; 2]| !x.iter().all(|c| c.abs() <= MOST);
        match points.iter().position(far) {
            _ if points.is_empty() => Err(NotPoints::Empty),
            _ if points.len() > MOST_POINTS => Err(NotPoints::TooMany(points.len())),
            Some(i) => Err(NotPoints::OutOfRange(i + 1)),
            None => Ok(Self::new(points)),
        }
    }
}

impl From<Points> for Vec<[f64; 2]> {
    fn from(points: Points) -> Self {
        points.points
    }
}

impl Points {
    /// From at most [`MOST_POINTS`] finite points.
    pub(super) fn new(points: Vec<[f64; 2]>) -> Self {
        let clusters = (0..1usize << points.len())
            .map(|subset| Cluster::of(&points, subset))
            .collect();
        Self { points, clusters }
    }

    /// The points.
    pub fn points(&self) -> &[[f64; 2]] {
        &self.points
    }

    /// log p(points | partition).
    pub fn log_prob(&self, partition: Partition, covariance: &Covariance) -> f64 {
        let clusters = partition.members().into_iter().take_while(|&m| m != 0);
        clusters.map(|m| self.cluster(m, covariance)).sum()
    }

    /// log p(partition, points). The prior is one of the clusters' sizes as well ([`Partition::log_prior`]), so
    /// that one walk over them gives both.
    pub fn log_joint(&self, partition: Partition, covariance: &Covariance) -> f64 {
        let clusters = partition.members().into_iter().take_while(|&m| m != 0);
        let each = clusters.map(|m| {
            let size = &covariance.sizes[m.count_ones() as usize];
            size.log_orders + self.cluster(m, covariance)
        });
        each.sum::<f64>() - log_factorial(partition.len())
    }

    /// log p of the points of a subset, as one cluster.
    pub(super) fn cluster(&self, members: u16, covariance: &Covariance) -> f64 {
        let terms = &covariance.sizes[members.count_ones() as usize];
        let cluster = &self.clusters[usize::from(members)];
        terms.constant
            - 0.5 * trace(&covariance.precision, &cluster.scatter)
            - 0.5 * terms.size * quadratic(&terms.precision, cluster.mean)
    }

    /// The gradient of [`Points::log_prob`] by Sigma, as a symmetric matrix G: d log p = tr(G dSigma).
    pub fn gradient(&self, partition: Partition, covariance: &Covariance) -> Symmetric {
        let clusters = partition.members().into_iter().take_while(|&m| m != 0);
        clusters.fold([0.0; 3], |total, members| {
            let one = self.cluster_gradient(members, covariance);
            std::array::from_fn(|i| total[i] + one[i])
        })
    }

    /// The gradient of [`Points::cluster`].
    pub(super) fn cluster_gradient(&self, members: u16, covariance: &Covariance) -> Symmetric {
        let terms = &covariance.sizes[members.count_ones() as usize];
        let cluster = &self.clusters[usize::from(members)];
        let p = &covariance.precision;
        // Sigma^-1 S Sigma^-1, and (Sigma + n I)^-1 m m^T (Sigma + n I)^-1.
        let spread = congruent(p, &cluster.scatter);
        let at = times(&terms.precision, cluster.mean);
        let outer = [at[0] * at[0], at[0] * at[1], at[1] * at[1]];
        std::array::from_fn(|i| {
            0.5 * (spread[i] + terms.size * outer[i]
                - (terms.size - 1.0) * p[i]
                - terms.precision[i])
        })
    }
}

impl Cluster {
    fn of(points: &[[f64; 2]], subset: usize) -> Self {
        let members = || {
            (0..points.len())
                .filter(|i| subset >> i & 1 == 1)
                .map(|i| points[i])
        };
        let n = members().count().max(1) as f64;
        let mean = [0, 1].map(|d| members().map(|x| x[d]).sum::<f64>() / n);
        let mut scatter = [0.0; 3];
        for x in members() {
            let [a, b] = [x[0] - mean[0], x[1] - mean[1]];
            scatter[0] += a * a;
            scatter[1] += a * b;
            scatter[2] += b * b;
        }
        Self { mean, scatter }
    }
}

/// What the likelihood needs of Sigma, for clusters of every size.
#[derive(Clone, Debug)]
pub struct Covariance {
    precision: Symmetric,
    sizes: Vec<Size>,
}

#[derive(Clone, Debug)]
struct Size {
    size: f64,
    /// Everything that does not depend on the points.
    constant: f64,
    /// (Sigma + n I)^-1.
    precision: Symmetric,
    /// log (n - 1)!, the cluster's share in the prior.
    log_orders: f64,
}

impl Covariance {
    /// Of Sigma, which must be positive definite; if it is not, every likelihood is NaN or -inf.
    pub fn new(sigma: Symmetric) -> Self {
        let size = |count: usize| {
            let n = count as f64;
            let wide = [sigma[0] + n, sigma[1], sigma[2] + n];
            let constant = -n * LN_TAU
                - 0.5 * (n - 1.0) * determinant(&sigma).ln()
                - 0.5 * determinant(&wide).ln();
            Size {
                size: n,
                constant,
                precision: inverse(&wide),
                log_orders: log_factorial(count.saturating_sub(1)),
            }
        };
        Self {
            precision: inverse(&sigma),
            sizes: (0..=MOST_POINTS).map(size).collect(),
        }
    }
}

fn determinant([a, b, c]: &Symmetric) -> f64 {
    a * c - b * b
}

fn inverse(m: &Symmetric) -> Symmetric {
    let d = determinant(m);
    [m[2] / d, -m[1] / d, m[0] / d]
}

/// tr(a b).
fn trace(a: &Symmetric, b: &Symmetric) -> f64 {
    a[0] * b[0] + 2.0 * a[1] * b[1] + a[2] * b[2]
}

fn times(m: &Symmetric, x: [f64; 2]) -> [f64; 2] {
    [m[0] * x[0] + m[1] * x[1], m[1] * x[0] + m[2] * x[1]]
}

/// x^T m x.
fn quadratic(m: &Symmetric, x: [f64; 2]) -> f64 {
    let y = times(m, x);
    x[0] * y[0] + x[1] * y[1]
}

/// m s m.
fn congruent(m: &Symmetric, s: &Symmetric) -> Symmetric {
    let rows = [times(s, [m[0], m[1]]), times(s, [m[1], m[2]])];
    let [first, second] = rows.map(|row| times(m, row));
    [first[0], first[1], second[1]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_set_of_points_is_refused() {
        let refused = |points: Vec<[f64; 2]>| Points::try_from(points).err();
        assert_eq!(refused(vec![]), Some(NotPoints::Empty));
        assert_eq!(refused(vec![[0.0; 2]; 11]), Some(NotPoints::TooMany(11)));
        for bad in [f64::NAN, f64::INFINITY, -1e300] {
            let out = refused(vec![[0.0; 2], [0.0, bad]]);
            assert_eq!(out, Some(NotPoints::OutOfRange(2)));
        }
        assert_eq!(refused(vec![[0.0, -1e6]; 10]), None);
    }

    use helmholtz_math::random::Stream;

    const SIGMA: Symmetric = [0.05, 0.01, 0.03];

    fn points(count: usize) -> Vec<[f64; 2]> {
        let mut rng = Stream::at([3, 1, 4, 1]);
        (0..count).map(|_| [rng.normal(), rng.normal()]).collect()
    }

    /// log N(x; 0, C) for a covariance of any size, by Cholesky.
    fn log_normal(x: &[f64], mut c: Vec<Vec<f64>>) -> f64 {
        let n = x.len();
        let (mut log_determinant, mut y) = (0.0, vec![0.0; n]);
        for i in 0..n {
            for j in 0..=i {
                let known: f64 = (0..j).map(|k| c[i][k] * c[j][k]).sum();
                let left = c[i][j] - known;
                c[i][j] = if i == j { left.sqrt() } else { left / c[j][j] };
            }
            let known: f64 = (0..i).map(|k| c[i][k] * y[k]).sum();
            y[i] = (x[i] - known) / c[i][i];
            log_determinant += 2.0 * c[i][i].ln();
        }
        let squares: f64 = y.iter().map(|v| v * v).sum();
        -0.5 * (n as f64 * std::f64::consts::TAU.ln() + log_determinant + squares)
    }

    #[test]
    fn the_closed_form_is_the_joint_normal() {
        let x = points(7);
        let set = Points::new(x.clone());
        let covariance = Covariance::new(SIGMA);
        let flat: Vec<f64> = x.iter().flatten().copied().collect();
        for labels in [[0; 7], [0, 1, 0, 2, 1, 1, 3], [0, 1, 2, 3, 4, 5, 6]] {
            let entry = |a: usize, b: usize| {
                let (i, j, d, e) = (a / 2, b / 2, a % 2, b % 2);
                let own = if i == j { SIGMA[d + e] } else { 0.0 };
                own + f64::from(u8::from(d == e && labels[i] == labels[j]))
            };
            let full = (0..14)
                .map(|a| (0..14).map(|b| entry(a, b)).collect())
                .collect();
            let closed = set.log_prob(Partition::new(&labels).unwrap(), &covariance);
            assert!((closed - log_normal(&flat, full)).abs() < 1e-10);
        }
    }

    #[test]
    fn the_gradient_agrees_with_finite_differences() {
        let set = Points::new(points(7));
        let partition = Partition::canonical(&[0, 1, 0, 2, 1, 1, 3]);
        let gradient = set.gradient(partition, &Covariance::new(SIGMA));
        for i in 0..3 {
            let moved = |h: f64| {
                let mut sigma = SIGMA;
                sigma[i] += h;
                set.log_prob(partition, &Covariance::new(sigma))
            };
            let numeric = (moved(1e-6) - moved(-1e-6)) / 2e-6;
            // The entry off the diagonal stands for two.
            let exact = gradient[i] * if i == 1 { 2.0 } else { 1.0 };
            assert!((numeric - exact).abs() < 1e-5 * (1.0 + exact.abs()));
        }
    }
}
