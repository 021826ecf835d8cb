//! Gaussians with any covariance, in O(n^3).

use faer::linalg::solvers::{DenseSolveCore, Llt, Solve};
use faer::{Mat, Side};

/// A Cholesky factorisation.
pub struct Factor(Llt<f64>);

impl Factor {
    /// Of the symmetric matrix whose lower triangle is given; `None` when it is not positive definite.
    pub fn new(n: usize, element: impl Fn(usize, usize) -> f64) -> Option<Self> {
        let lower = Mat::from_fn(n, n, |i, j| if j <= i { element(i, j) } else { 0.0 });
        let factor = lower.llt(Side::Lower).ok()?;
        let diagonal = factor.L();
        (0..n)
            .all(|i| diagonal[(i, i)] > 0.0 && diagonal[(i, i)].is_finite())
            .then_some(Self(factor))
    }

    /// log det.
    pub fn log_determinant(&self) -> f64 {
        let l = self.0.L();
        (0..l.nrows()).map(|i| 2.0 * l[(i, i)].ln()).sum()
    }

    /// L^-1 y.
    pub fn whiten(&self, y: &[f64]) -> Vec<f64> {
        let l = self.0.L();
        let mut x: Vec<f64> = y.to_vec();
        for j in 0..x.len() {
            x[j] /= l[(j, j)];
            let (done, rest) = x.split_at_mut(j + 1);
            let column = l.col(j).try_as_col_major();
            let below = column.map_or(&[][..], |c| &c.as_slice()[done.len()..]);
            rest.iter_mut()
                .zip(below)
                .for_each(|(x, l)| *x -= l * done[j]);
        }
        x
    }

    /// L z.
    pub fn colour(&self, z: &[f64]) -> Vec<f64> {
        let l = self.0.L();
        (0..z.len())
            .map(|i| (0..=i).map(|j| l[(i, j)] * z[j]).sum())
            .collect()
    }

    /// The inverse times y.
    pub fn solve(&self, y: &[f64]) -> Vec<f64> {
        let y = Mat::from_fn(y.len(), 1, |i, _| y[i]);
        let x = self.0.solve(y);
        (0..x.nrows()).map(|i| x[(i, 0)]).collect()
    }

    /// The lower triangle of the inverse, row by row.
    pub fn inverse(&self) -> Vec<f64> {
        let inverse = self.0.inverse();
        let n = inverse.nrows();
        (0..n)
            .flat_map(|i| (0..=i).map(move |j| (i, j)))
            .map(|at| inverse[at])
            .collect()
    }
}
