//! log p(x | z): a Gaussian process, with its gradient by the raw coordinates.
//!
//! Even grids take the O(n^2) recursions of `toeplitz`; uneven times, and covariances that these
//! are not accurate for, a dense Cholesky factorisation. A line is not stationary; its Gaussian intercept
//! and slope are integrated out by an update of rank 2 (Woodbury).

use super::covariance::{Covariance, Values};
use super::series::Series;
use helmholtz_math::dense::Factor;
use helmholtz_math::normal::LN_TAU;
use helmholtz_math::toeplitz::{Trouble, autocorrelation, colour, levinson};

/// What is added to the diagonal of every covariance: d becomes (d + noise)(1 + jitter) + jitter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Diagonal {
    pub(super) noise: f64,
    pub(super) jitter: f64,
}

impl Diagonal {
    pub(super) fn of(&self, variance: f64) -> f64 {
        (variance + self.noise) * (1.0 + self.jitter) + self.jitter
    }
}

/// A series to be explained by kernels.
#[derive(Clone, Copy)]
pub(super) struct Likelihood<'a> {
    pub(super) series: &'a Series,
    pub(super) diagonal: Diagonal,
}

/// What both factorisations find out: log det T, and with W = T^-1 [y, u1, u2] the products of the
/// right-hand sides with it.
struct Solved {
    log_determinant: f64,
    /// y' T^-1 y.
    quadratic: f64,
    /// U' T^-1 y.
    cross: [f64; 2],
    /// U' T^-1 U.
    gram: [[f64; 2]; 2],
}

/// The effect of a line of variance v.
struct LineUpdate {
    /// (I + v U' T^-1 U)^-1.
    inverse: [[f64; 2]; 2],
    log_determinant: f64,
    /// The same times U' T^-1 y.
    coefficients: [f64; 2],
}

impl LineUpdate {
    fn new(solved: &Solved, v: f64) -> Self {
        let [[a, b], [_, d]] = solved.gram.map(|row| row.map(|g| v * g));
        let determinant = (1.0 + a) * (1.0 + d) - b * b;
        let inverse = [
            [(1.0 + d) / determinant, -b / determinant],
            [-b / determinant, (1.0 + a) / determinant],
        ];
        let c = solved.cross;
        Self {
            log_determinant: determinant.ln(),
            coefficients: inverse.map(|row| row[0] * c[0] + row[1] * c[1]),
            inverse,
        }
    }

    /// L of the Cholesky factorisation of v times the inverse, so that T^-1 U L (T^-1 U L)' is what the line
    /// takes from T^-1.
    fn factor(&self, v: f64) -> [[f64; 2]; 2] {
        let [[a, b], [_, d]] = self.inverse.map(|row| row.map(|m| v * m));
        let first = a.max(0.0).sqrt();
        let below = if first > 0.0 { b / first } else { 0.0 };
        [[first, 0.0], [below, (d - below * below).max(0.0).sqrt()]]
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

impl Solved {
    /// From whitened right-hand sides y and, with a line, u1 and u2.
    fn new(log_determinant: f64, whitened: &[Vec<f64>]) -> Self {
        let product = |i: usize, j: usize| match (whitened.get(i), whitened.get(j)) {
            (Some(a), Some(b)) => dot(a, b),
            _ => 0.0,
        };
        Self {
            log_determinant,
            quadratic: product(0, 0),
            cross: [product(0, 1), product(0, 2)],
            gram: [
                [product(1, 1), product(1, 2)],
                [product(1, 2), product(2, 2)],
            ],
        }
    }

    /// log N(y; 0, T + v U U').
    fn log_density(&self, n: usize, update: &LineUpdate, v: f64) -> f64 {
        let explained = v * dot(&self.cross, &update.coefficients);
        let quadratic = self.quadratic - explained;
        -0.5 * (n as f64 * LN_TAU + self.log_determinant + update.log_determinant + quadratic)
    }
}

impl Likelihood<'_> {
    /// The value; -inf where the covariance is not positive definite.
    pub(super) fn value(&self, covariance: &Covariance, raw: &[f64]) -> f64 {
        let values = covariance.values(raw);
        let v = covariance.line(&values);
        let solved = self.solve(covariance, &values, v > 0.0);
        solved.map_or(f64::NEG_INFINITY, |s| {
            s.log_density(self.series.len(), &LineUpdate::new(&s, v), v)
        })
    }

    fn solve(
        &self,
        covariance: &Covariance,
        values: &Values,
        line: bool,
    ) -> Result<Solved, Trouble> {
        let at = self.covariances(covariance, values);
        let u = self.line(line);
        let sides = self.sides(&u);
        if self.series.is_even() {
            match levinson(&at, &sides, false) {
                Err(Trouble::Inaccurate) => {}
                done => return done.map(|l| Solved::new(l.log_determinant, &l.whitened)),
            }
        }
        let factor = self.factor(&at)?;
        let whitened: Vec<Vec<f64>> = sides.iter().map(|side| factor.whiten(side)).collect();
        Ok(Solved::new(factor.log_determinant(), &whitened))
    }

    /// The covariances of all distances, the diagonal complete.
    fn covariances(&self, covariance: &Covariance, values: &Values) -> Vec<f64> {
        let mut at = covariance.at(values, self.series.distances());
        for i in self.diagonal_elements() {
            at[i] = self.diagonal.of(at[i]);
        }
        at
    }

    /// Which of the distances are a value's to itself.
    fn diagonal_elements(&self) -> impl Iterator<Item = usize> {
        let (n, even) = (self.series.len(), self.series.is_even());
        (0..if even { 1 } else { n }).map(|i| i * (i + 3) / 2)
    }

    fn line(&self, line: bool) -> Vec<Vec<f64>> {
        match line {
            true => self.series.line().into(),
            false => vec![],
        }
    }

    fn sides<'b>(&'b self, u: &'b [Vec<f64>]) -> Vec<&'b [f64]> {
        let own = [self.series.values()].into_iter();
        own.chain(u.iter().map(Vec::as_slice)).collect()
    }

    /// The dense factorisation of covariances by lag, or by pair.
    fn factor(&self, at: &[f64]) -> Result<Factor, Trouble> {
        let n = self.series.len();
        let even = self.series.is_even();
        let element = |i: usize, j: usize| {
            if even {
                at[i - j]
            } else {
                at[i * (i + 1) / 2 + j]
            }
        };
        Factor::new(n, element).ok_or(Trouble::Indefinite)
    }

    /// The value and its gradient by the raw coordinates; -inf and zeros where the covariance is not
    /// positive definite.
    pub(super) fn gradient(&self, covariance: &Covariance, raw: &[f64]) -> (f64, Vec<f64>) {
        let values = covariance.values(raw);
        let (value, by_value) = self.gradient_by_value(covariance, &values);
        (value, covariance.by_raw(&values, &by_value))
    }

    /// The same, by the parameters that raw coordinates stand for.
    pub(super) fn gradient_by_value(
        &self,
        covariance: &Covariance,
        values: &Values,
    ) -> (f64, Vec<f64>) {
        let Ok(slopes) = self.slopes(covariance, values, covariance.line(values)) else {
            return (f64::NEG_INFINITY, vec![0.0; covariance.parameters.len()]);
        };
        let mut weights = slopes.weights;
        for i in self.diagonal_elements() {
            weights[i] *= 1.0 + self.diagonal.jitter;
        }
        let by_value = covariance.pull(values, self.series.distances(), &weights, slopes.line);
        (slopes.value, by_value)
    }

    fn slopes(&self, covariance: &Covariance, values: &Values, v: f64) -> Result<Slopes, Trouble> {
        let at = self.covariances(covariance, values);
        let u = self.line(v > 0.0);
        let sides = self.sides(&u);
        let n = self.series.len();
        if self.series.is_even() {
            match levinson(&at, &sides, true) {
                Err(Trouble::Inaccurate) => {}
                done => {
                    let l = done?;
                    let solved = Solved::new(l.log_determinant, &l.whitened);
                    return Ok(Slopes::new(n, &solved, &l.solved, v, |columns| {
                        by_lag(&l.inverse_diagonals(), columns)
                    }));
                }
            }
        }
        let factor = self.factor(&at)?;
        let whitened: Vec<Vec<f64>> = sides.iter().map(|side| factor.whiten(side)).collect();
        let solutions: Vec<Vec<f64>> = sides.iter().map(|side| factor.solve(side)).collect();
        let solved = Solved::new(factor.log_determinant(), &whitened);
        let even = self.series.is_even();
        Ok(Slopes::new(n, &solved, &solutions, v, |columns| {
            let pairs = by_pair(n, &factor.inverse(), columns);
            if even { sum_by_lag(n, &pairs) } else { pairs }
        }))
    }

    /// A draw of the values at the series' times, from standard normal numbers: one per value, and two for a
    /// line.
    pub(super) fn draw(
        &self,
        covariance: &Covariance,
        raw: &[f64],
        noise: &[f64],
    ) -> Option<Vec<f64>> {
        let values = covariance.values(raw);
        let at = self.covariances(covariance, &values);
        let (own, line) = noise.split_at(self.series.len());
        let even = self.series.is_even().then(|| colour(&at, own));
        let mut drawn = match even {
            Some(Ok(drawn)) => drawn,
            Some(Err(Trouble::Indefinite)) => return None,
            _ => self.factor(&at).ok()?.colour(own),
        };
        let sd = covariance.line(&values).sqrt();
        if sd > 0.0 {
            for (u, z) in self.series.line().iter().zip(line) {
                drawn.iter_mut().zip(u).for_each(|(x, u)| *x += sd * z * u);
            }
        }
        Some(drawn)
    }
}

/// The value, and what multiplies each covariance and the line's variance in its differential.
struct Slopes {
    value: f64,
    weights: Vec<f64>,
    line: f64,
}

impl Slopes {
    /// `weigh` gives, for each distinct covariance, the differential of
    /// -1/2 tr(T^-1 dT) + 1/2 the sum of a' dT a over columns a.
    fn new(
        n: usize,
        solved: &Solved,
        solutions: &[Vec<f64>],
        v: f64,
        weigh: impl FnOnce(&[Vec<f64>]) -> Vec<f64>,
    ) -> Self {
        let update = LineUpdate::new(solved, v);
        let value = solved.log_density(n, &update, v);
        let mut alpha = solutions[0].clone();
        let mut columns = vec![];
        if let [_, w1, w2] = solutions {
            let [c1, c2] = update.coefficients;
            for (i, a) in alpha.iter_mut().enumerate() {
                *a -= v * (c1 * w1[i] + c2 * w2[i]);
            }
            // The inverse loses what the line explains, hence its half trace term gains.
            let [[l11, _], [l21, l22]] = update.factor(v);
            let first = w1.iter().zip(w2).map(|(a, b)| l11 * a + l21 * b);
            columns.push(first.collect());
            columns.push(w2.iter().map(|b| l22 * b).collect());
        }
        columns.push(alpha);
        let c = update.coefficients;
        let m = update.inverse;
        let trace: f64 = (0..2)
            .map(|i| dot(&m[i], &solved.gram.map(|row| row[i])))
            .sum();
        Self {
            value,
            weights: weigh(&columns),
            line: 0.5 * (dot(&c, &c) - trace),
        }
    }
}

/// Weights by lag, from the sums along the diagonals of the inverse.
fn by_lag(inverse: &[f64], columns: &[Vec<f64>]) -> Vec<f64> {
    let mut weights: Vec<f64> = inverse.iter().map(|s| -s).collect();
    for column in columns {
        let sums = autocorrelation(column);
        weights.iter_mut().zip(sums).for_each(|(w, s)| *w += s);
    }
    // Lag 0 is one diagonal, every other lag two.
    weights[0] *= 0.5;
    weights
}

/// Weights by pair (i, j), j <= i, from the rows of the inverse's lower triangle.
fn by_pair(n: usize, inverse: &[f64], columns: &[Vec<f64>]) -> Vec<f64> {
    let mut weights = Vec::with_capacity(inverse.len());
    for i in 0..n {
        for j in 0..=i {
            let outer: f64 = columns.iter().map(|a| a[i] * a[j]).sum();
            let half = if i == j { 0.5 } else { 1.0 };
            weights.push(half * (outer - inverse[weights.len()]));
        }
    }
    weights
}

/// Sums along diagonals.
fn sum_by_lag(n: usize, pairs: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0; n];
    for i in 0..n {
        for j in 0..=i {
            sums[i - j] += pairs[i * (i + 1) / 2 + j];
        }
    }
    sums
}

#[cfg(test)]
mod tests;
