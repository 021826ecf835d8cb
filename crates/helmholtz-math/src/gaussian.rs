//! Gaussian approximations of continuous posteriors.

use serde::{Deserialize, Serialize};

use crate::normal::log_density_of_square;

/// A normal distribution, given by its mean and the Cholesky factor of its precision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct Gaussian {
    mean: Vec<f64>,
    /// The lower triangle of L, row by row, where L L' is the precision.
    factor: Vec<f64>,
}

#[derive(Serialize, Deserialize)]
struct Parts {
    mean: Vec<f64>,
    factor: Vec<f64>,
}

impl From<Gaussian> for Parts {
    fn from(Gaussian { mean, factor }: Gaussian) -> Self {
        Self { mean, factor }
    }
}

impl TryFrom<Parts> for Gaussian {
    type Error = &'static str;

    fn try_from(parts: Parts) -> Result<Self, Self::Error> {
        let n = parts.mean.len();
        let finite = parts
            .mean
            .iter()
            .chain(&parts.factor)
            .all(|v| v.is_finite());
        let positive = |i: usize| parts.factor.get(at(i, i)).is_some_and(|l| *l > 0.0);
        match finite && parts.factor.len() == at(n, 0) && (0..n).all(positive) {
            true => Ok(Self {
                mean: parts.mean,
                factor: parts.factor,
            }),
            false => Err("a Gaussian without a mean, or without a positive precision"),
        }
    }
}

/// Where element (i, j), j <= i, of a lower triangle is.
fn at(i: usize, j: usize) -> usize {
    i * (i + 1) / 2 + j
}

impl Gaussian {
    /// From a mean and a precision, whose lower triangle `element(i, j)` gives; `None` where that is not
    /// positive definite.
    pub fn new(mean: Vec<f64>, element: impl Fn(usize, usize) -> f64) -> Option<Self> {
        let n = mean.len();
        let mut factor = vec![0.0; at(n, 0)];
        for i in 0..n {
            for j in 0..=i {
                let inner: f64 = (0..j).map(|k| factor[at(i, k)] * factor[at(j, k)]).sum();
                let left = element(i, j) - inner;
                factor[at(i, j)] = match i == j {
                    true if left > 0.0 && left.is_finite() => left.sqrt(),
                    true => return None,
                    false => left / factor[at(j, j)],
                };
            }
        }
        Some(Self { mean, factor })
    }

    /// The number of coordinates.
    pub fn width(&self) -> usize {
        self.mean.len()
    }

    /// The mean.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// A draw from as many standard normal numbers.
    pub fn draw(&self, noise: &[f64]) -> Vec<f64> {
        let step = self.spread(noise);
        self.mean.iter().zip(step).map(|(m, s)| m + s).collect()
    }

    /// L'^-1 z.
    fn spread(&self, z: &[f64]) -> Vec<f64> {
        let n = self.width();
        let mut x = z[..n].to_vec();
        for i in (0..n).rev() {
            let inner: f64 = (i + 1..n).map(|k| self.factor[at(k, i)] * x[k]).sum();
            x[i] = (x[i] - inner) / self.factor[at(i, i)];
        }
        x
    }

    /// The covariance times a vector: a Newton step, if that is a gradient.
    pub fn covariance_times(&self, v: &[f64]) -> Vec<f64> {
        let mut z = v[..self.width()].to_vec();
        for i in 0..z.len() {
            let inner: f64 = (0..i).map(|k| self.factor[at(i, k)] * z[k]).sum();
            z[i] = (z[i] - inner) / self.factor[at(i, i)];
        }
        self.spread(&z)
    }

    /// The log-density of a point.
    pub fn log_density(&self, x: &[f64]) -> f64 {
        let n = self.width();
        let off: Vec<f64> = x.iter().zip(&self.mean).map(|(x, m)| x - m).collect();
        let squares: f64 = (0..n)
            .map(|i| {
                (i..n)
                    .map(|k| self.factor[at(k, i)] * off[k])
                    .sum::<f64>()
                    .powi(2)
            })
            .sum();
        let log_scale: f64 = (0..n).map(|i| self.factor[at(i, i)].ln()).sum();
        log_scale + log_density_of_square(n, 0.0, squares)
    }

    /// The same shape around another point.
    pub fn around(self, mean: Vec<f64>) -> Self {
        Self { mean, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    fn gaussian() -> Gaussian {
        let precision = [[4.0, 1.0], [1.0, 2.0]];
        Gaussian::new(vec![0.5, -1.0], |i, j| precision[i][j]).unwrap()
    }

    #[test]
    fn draws_have_the_mean_and_the_covariance() {
        let (g, n) = (gaussian(), 20_000);
        let mut rng = Stream::at([2, 0, 0, 0]);
        let draws: Vec<Vec<f64>> = (0..n)
            .map(|_| g.draw(&[rng.normal(), rng.normal()]))
            .collect();
        // The inverse of the precision: [[2, -1], [-1, 4]] / 7.
        let covariance = [[2.0 / 7.0, -1.0 / 7.0], [-1.0 / 7.0, 4.0 / 7.0]];
        let count = n as f64;
        for i in 0..2 {
            let mean = draws.iter().map(|d| d[i]).sum::<f64>() / count;
            assert!((mean - g.mean()[i]).abs() < 4.0 * (covariance[i][i] / count).sqrt());
            for j in 0..2 {
                let product = |d: &Vec<f64>| (d[i] - g.mean()[i]) * (d[j] - g.mean()[j]);
                let found = draws.iter().map(product).sum::<f64>() / count;
                let variance = covariance[i][i] * covariance[j][j] + covariance[i][j].powi(2);
                assert!((found - covariance[i][j]).abs() < 4.0 * (variance / count).sqrt());
            }
        }
    }

    #[test]
    fn the_density_and_products_are_those_of_the_covariance() {
        let g = gaussian();
        let by_hand = 0.5 * 7f64.ln() - std::f64::consts::TAU.ln() - 0.5 * (4.0 + 2.0 + 2.0);
        assert!((g.log_density(&[1.5, 0.0]) - by_hand).abs() < 1e-12);
        let step = g.covariance_times(&[7.0, 14.0]);
        assert!((step[0] - 0.0).abs() < 1e-12 && (step[1] - 7.0).abs() < 1e-12);
    }

    #[test]
    fn what_is_no_precision_is_refused() {
        assert!(Gaussian::new(vec![0.0], |_, _| -1.0).is_none());
        assert!(Gaussian::new(vec![0.0], |_, _| f64::NAN).is_none());
        assert!(Gaussian::new(vec![], |_, _| 0.0).is_some());
        let text = serde_json::to_string(&gaussian()).unwrap();
        assert_eq!(serde_json::from_str::<Gaussian>(&text).unwrap(), gaussian());
        for broken in [
            r#"{"mean":[0],"factor":[]}"#,
            r#"{"mean":[0],"factor":[0]}"#,
        ] {
            assert!(serde_json::from_str::<Gaussian>(broken).is_err());
        }
    }
}
