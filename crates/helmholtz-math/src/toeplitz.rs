//! Gaussian likelihoods with a symmetric Toeplitz covariance, in O(n^2).
//!
//! On an even grid a stationary kernel is a sequence r_0 ... r_{n-1} of covariances by lag. The
//! Durbin-Levinson recursion predicts each value from those before it; its prediction errors whiten the
//! series, and their variances multiply to the determinant. The solution of T a = y grows along with it
//! (Levinson), and the last predictor holds the inverse (Gohberg and Semencul), of which a gradient needs
//! the sums along diagonals only. Nothing of size n^2 is ever stored.

use pulp::Simd;

use super::vectors::{add, add_crosswise, dot, lag_products, padded};

/// Above this condition number the recursion's error could be seen in a log-likelihood.
const WORST_CONDITION: f64 = 1e9;

/// Why a covariance is of no use here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Not positive definite: such parameters have no likelihood.
    Indefinite,
    /// So badly conditioned that another method has to be asked.
    Inaccurate,
}

/// What the recursion finds out about a covariance and some right-hand sides.
pub struct Levinson {
    /// log det T.
    pub log_determinant: f64,
    /// Per right-hand side, T^-1/2 times it: independent and of variance 1 under the model.
    pub whitened: Vec<Vec<f64>>,
    /// Per right-hand side, T^-1 times it; empty when not asked for.
    pub solved: Vec<Vec<f64>>,
    /// The last predictor, 1 first, and the variance of its error: what the inverse is made of.
    predictor: Vec<f64>,
    variance: f64,
}

/// The predictor of a value from those before it, latest first, growing by one at a time.
///
/// Sums over j of w_j y_{k-j} run forwards in both: series and lags are kept backwards, ending where the
/// buffer ends, and so is a copy of the weights.
struct Predictor {
    /// 1, then minus the weights of the value before, of that before it and so on.
    weights: Vec<f64>,
    /// The same backwards.
    backwards: Vec<f64>,
    /// Values that are predicted from: one less than there are weights.
    order: usize,
    variance: f64,
    /// The number of values.
    n: usize,
}

/// Numbers backwards; the first is at `n - 1`.
fn reversed(values: &[f64]) -> Vec<f64> {
    padded(values.iter().rev().copied(), values.len())
}

impl Predictor {
    /// Predicts from nothing; `variance` is that of a value.
    fn new(variance: f64, n: usize) -> Self {
        let last = |i: usize| f64::from(u8::from(i + 1 == n));
        Self {
            weights: padded([1.0], n),
            backwards: padded((0..n).map(last), n),
            order: 0,
            variance,
            n,
        }
    }

    /// Where the latest of the values predicted from, and the one to be predicted, begin in what is kept
    /// backwards.
    fn start(&self) -> usize {
        self.n - 1 - self.order
    }

    /// Takes one value more into account (Durbin's step); `lags` are all lags backwards.
    #[inline(always)]
    fn grow<S: Simd>(&mut self, simd: S, lags: &[f64]) {
        self.order += 1;
        let (start, k) = (self.start(), self.order);
        let reflection = -dot(simd, &self.weights, &lags[start..], k) / self.variance;
        let backwards = &mut self.backwards[start..];
        add_crosswise(simd, &mut self.weights, backwards, reflection, k + 1);
        self.variance *= 1.0 - reflection * reflection;
    }

    /// The error of predicting value k from those before it, where k is the order; `y` is backwards.
    #[inline(always)]
    fn error<S: Simd>(&self, simd: S, y: &[f64]) -> f64 {
        dot(simd, &self.weights, &y[self.start()..], self.order + 1)
    }

    /// Adds the weights backwards, `c` times, to what is solved for.
    #[inline(always)]
    fn add_to<S: Simd>(&self, simd: S, x: &mut [f64], c: f64) {
        add(simd, x, c, &self.backwards[self.start()..], self.order + 1);
    }
}

/// Whether a prediction variance is one, and of what accuracy. r_0 n bounds the largest eigenvalue, and the
/// last prediction variance is near the smallest.
fn usable(variance: f64, lags: &[f64]) -> Result<(), Trouble> {
    let floor = lags[0] * lags.len() as f64 / WORST_CONDITION;
    match variance > 0.0 {
        _ if variance.is_nan() || lags[0].is_infinite() => Err(Trouble::Indefinite),
        true if variance >= floor => Ok(()),
        true => Err(Trouble::Inaccurate),
        false if variance.abs() > floor => Err(Trouble::Indefinite),
        false => Err(Trouble::Inaccurate),
    }
}

/// The logarithm of a product that grows factor by factor: cheaper than a sum of logarithms, as long as the
/// product is a number.
struct LogProduct {
    log: f64,
    product: f64,
}

impl LogProduct {
    fn new() -> Self {
        Self {
            log: 0.0,
            product: 1.0,
        }
    }

    #[inline(always)]
    fn multiply(&mut self, by: f64) {
        // Neither this nor a product with it could be held.
        if !(1e-100..1e100).contains(&by) {
            self.log += by.ln();
            return;
        }
        self.product *= by;
        if !(1e-200..1e200).contains(&self.product) {
            self.log += self.product.ln();
            self.product = 1.0;
        }
    }

    fn value(&self) -> f64 {
        self.log + self.product.ln()
    }
}

/// Runs the recursion on `lags`, the first row of T, for right-hand sides of the same length.
#[pulp::with_simd(levinson = pulp::Arch::new())]
#[inline(always)]
pub fn levinson_with_simd<'a, S: Simd>(
    simd: S,
    lags: &'a [f64],
    sides: &'a [&'a [f64]],
    solve: bool,
) -> Result<Levinson, Trouble> {
    let n = lags.len();
    usable(lags[0], &lags[..1])?;
    let mut predictor = Predictor::new(lags[0], n);
    let (back, sides): (_, Vec<Vec<f64>>) =
        (reversed(lags), sides.iter().map(|y| reversed(y)).collect());
    let mut whitened = vec![Vec::with_capacity(n); sides.len()];
    let mut solved = vec![padded([], n); if solve { sides.len() } else { 0 }];
    let mut determinant = LogProduct::new();
    for k in 0..n {
        if k > 0 {
            predictor.grow(simd, &back);
            usable(predictor.variance, &lags[..=k])?;
        }
        determinant.multiply(predictor.variance);
        let scale = predictor.variance.sqrt().recip();
        for (i, y) in sides.iter().enumerate() {
            let error = predictor.error(simd, y);
            whitened[i].push(error * scale);
            if let Some(x) = solved.get_mut(i) {
                predictor.add_to(simd, x, error / predictor.variance);
            }
        }
    }
    solved.iter_mut().for_each(|x| x.truncate(n));
    predictor.weights.truncate(n);
    Ok(Levinson {
        log_determinant: determinant.value(),
        whitened,
        solved,
        predictor: predictor.weights,
        variance: predictor.variance,
    })
}

impl Levinson {
    /// Per lag k, the sum of the inverse's elements (i, i + k): with the predictor a of variance v that is
    /// the sum over j of (n - k - 2 j) a_j a_{j+k} / v (from Gohberg and Semencul's formula).
    pub fn inverse_diagonals(&self) -> Vec<f64> {
        let (a, n) = (&self.predictor, self.predictor.len());
        let weighted: Vec<f64> = (0..n).map(|j| 2.0 * j as f64 * a[j]).collect();
        let (plain, weighted) = (lag_products(a, a), lag_products(&weighted, a));
        let both = plain.into_iter().zip(weighted).enumerate();
        both.map(|(k, (p, w))| ((n - k) as f64 * p - w) / self.variance)
            .collect()
    }
}

/// Per lag k, the sum of a_i a_{i+k}.
pub fn autocorrelation(a: &[f64]) -> Vec<f64> {
    lag_products(a, a)
}

/// A draw with covariance T from standard normal numbers.
#[pulp::with_simd(colour = pulp::Arch::new())]
#[inline(always)]
pub fn colour_with_simd<'a, S: Simd>(
    simd: S,
    lags: &'a [f64],
    noise: &'a [f64],
) -> Result<Vec<f64>, Trouble> {
    let n = noise.len();
    usable(lags[0], &lags[..1])?;
    let (mut predictor, back) = (Predictor::new(lags[0], n), reversed(&lags[..n]));
    let mut y = padded([], n);
    for (k, z) in noise.iter().enumerate() {
        if k > 0 {
            predictor.grow(simd, &back);
            usable(predictor.variance, &lags[..=k])?;
        }
        let expected = -predictor.error(simd, &y);
        y[n - 1 - k] = expected + predictor.variance.sqrt() * z;
    }
    y.truncate(n);
    y.reverse();
    Ok(y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    /// Cholesky's factor of T, row by row.
    fn factor(lags: &[f64]) -> Vec<Vec<f64>> {
        let n = lags.len();
        let mut l = vec![vec![0.0; n]; n];
        for i in 0..n {
            for j in 0..=i {
                let inner: f64 = (0..j).map(|m| l[i][m] * l[j][m]).sum();
                let value = lags[i - j] - inner;
                l[i][j] = if i == j {
                    value.sqrt()
                } else {
                    value / l[j][j]
                };
            }
        }
        l
    }

    fn invert(lags: &[f64]) -> Vec<Vec<f64>> {
        let (l, n) = (factor(lags), lags.len());
        let solve = |column: usize| {
            let mut z = vec![0.0; n];
            for i in 0..n {
                let inner: f64 = (0..i).map(|m| l[i][m] * z[m]).sum();
                z[i] = (f64::from(u8::from(i == column)) - inner) / l[i][i];
            }
            for i in (0..n).rev() {
                let inner: f64 = (i + 1..n).map(|m| l[m][i] * z[m]).sum();
                z[i] = (z[i] - inner) / l[i][i];
            }
            z
        };
        (0..n).map(solve).collect()
    }

    fn lags(n: usize, noise: f64) -> Vec<f64> {
        let lag = |k: usize| {
            let d = k as f64 / 10.0;
            let periodic = 0.7 * (((std::f64::consts::TAU * d / 1.3).cos() - 1.0) / 0.8).exp();
            (-0.5 * d * d).exp() + periodic + if k == 0 { noise } else { 0.0 }
        };
        (0..n).map(lag).collect()
    }

    fn series(n: usize) -> Vec<f64> {
        let mut rng = Stream::at([3, 0, 0, 0]);
        (0..n).map(|_| rng.normal()).collect()
    }

    #[test]
    fn the_recursion_agrees_with_a_dense_factorisation() {
        for n in [1, 2, 3, 17, 40] {
            let (lags, y) = (lags(n, 0.05), series(n));
            let fast = levinson(&lags, &[&y], true).unwrap();
            let log_determinant: f64 = (0..n).map(|i| 2.0 * factor(&lags)[i][i].ln()).sum();
            assert!((fast.log_determinant - log_determinant).abs() < 1e-9);
            let inverse = invert(&lags);
            for (row, fast) in inverse.iter().zip(&fast.solved[0]) {
                let solved: f64 = row.iter().zip(&y).map(|(a, b)| a * b).sum();
                assert!((fast - solved).abs() < 1e-9, "{n}");
            }
            let quadratic: f64 = (0..n).map(|i| y[i] * fast.solved[0][i]).sum();
            let whitened: f64 = fast.whitened[0].iter().map(|e| e * e).sum();
            assert!((whitened - quadratic).abs() < 1e-9);
        }
    }

    #[test]
    fn diagonal_sums_of_the_inverse_need_no_inverse() {
        for n in [1, 2, 5, 33] {
            let lags = lags(n, 0.05);
            let (fast, inverse) = (levinson(&lags, &[], false).unwrap(), invert(&lags));
            for (k, sum) in fast.inverse_diagonals().into_iter().enumerate() {
                let dense: f64 = (0..n - k).map(|i| inverse[i][i + k]).sum();
                assert!((sum - dense).abs() < 1e-8 * (1.0 + dense.abs()), "{n} {k}");
            }
        }
    }

    #[test]
    fn draws_are_the_factor_times_the_noise() {
        let (lags, noise) = (lags(30, 0.05), series(30));
        let (fast, l) = (colour(&lags, &noise).unwrap(), factor(&lags));
        for i in 0..30 {
            let dense: f64 = (0..=i).map(|j| l[i][j] * noise[j]).sum();
            assert!((fast[i] - dense).abs() < 1e-10);
        }
    }

    #[test]
    fn covariances_that_are_none_and_bad_ones_are_told_apart() {
        let y = series(3);
        let trouble = |lags: &[f64]| levinson(lags, &[&y], false).err();
        assert_eq!(trouble(&[1.0, 0.9, -0.9]), Some(Trouble::Indefinite));
        assert_eq!(trouble(&[f64::NAN, 0.9, 0.1]), Some(Trouble::Indefinite));
        assert_eq!(trouble(&[-1.0, 0.9, 0.1]), Some(Trouble::Indefinite));
        assert_eq!(trouble(&[1.0, 1.0, 1.0]), Some(Trouble::Inaccurate));
        assert_eq!(trouble(&[0.0, 0.0, 0.0]), Some(Trouble::Inaccurate));
    }
}
