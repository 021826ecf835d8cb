//! Gaussian likelihoods with a symmetric Toeplitz covariance, in O(n^2).
//!
//! On an even grid a stationary kernel is a sequence r_0 ... r_{n-1} of covariances by lag. The
//! Durbin-Levinson recursion predicts each value from those before it; its prediction errors whiten the
//! series, and their variances multiply to the determinant. The solution of T a = y grows along with it
//! (Levinson), and the last predictor holds the inverse (Gohberg and Semencul), of which a gradient needs
//! the sums along diagonals only. Nothing of size n^2 is ever stored.

/// log(2 pi).
pub(super) const LOG_TAU: f64 = 1.837_877_066_409_345_5;

/// Above this condition number the recursion's error could be seen in a log-likelihood.
const WORST_CONDITION: f64 = 1e9;

/// Why a covariance is of no use here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Not positive definite: such parameters have no likelihood.
    Indefinite,
    /// So badly conditioned that another method has to be asked.
    Inaccurate,
}

/// What the recursion finds out about a covariance and some right-hand sides.
pub(super) struct Levinson {
    /// log det T.
    pub(super) log_determinant: f64,
    /// Per right-hand side, T^-1/2 times it: independent and of variance 1 under the model.
    pub(super) whitened: Vec<Vec<f64>>,
    /// Per right-hand side, T^-1 times it; empty when not asked for.
    pub(super) solved: Vec<Vec<f64>>,
    /// The last predictor, 1 first, and the variance of its error: what the inverse is made of.
    predictor: Vec<f64>,
    variance: f64,
}

/// The predictor of a value from those before it, latest first, growing by one at a time.
struct Predictor {
    /// 1, then minus the weights of the value before, of that before it and so on.
    weights: Vec<f64>,
    variance: f64,
}

impl Predictor {
    /// Takes one value more into account (Durbin's step); `lags` are r_0 to r_k.
    fn grow(&mut self, lags: &[f64]) -> Result<(), Trouble> {
        let k = self.weights.len();
        let reflection = -backwards(&self.weights, &lags[1..=k]) / self.variance;
        self.weights.push(0.0);
        symmetric_update(&mut self.weights, reflection);
        self.variance *= 1.0 - reflection * reflection;
        usable(self.variance, lags)
    }

    /// The error of predicting `y[k]` from `y[..k]`.
    fn error(&self, y: &[f64], k: usize) -> f64 {
        backwards(&self.weights, &y[..=k])
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

/// The sum of a_j b_{k-j}, where k + 1 is the length of both.
#[pulp::with_simd(backwards = pulp::Arch::new())]
#[inline(always)]
fn backwards_with_simd<'a, S: pulp::Simd>(_: S, a: &'a [f64], b: &'a [f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    let n = a.len().min(b.len());
    let (a, b) = (&a[..n], &b[b.len() - n..]);
    let mut left = a.chunks_exact(LANES);
    let mut right = b.rchunks_exact(LANES);
    for (a, b) in left.by_ref().zip(right.by_ref()) {
        for i in 0..LANES {
            lanes[i] = a[i].mul_add(b[LANES - 1 - i], lanes[i]);
        }
    }
    let rest = left.remainder().iter().zip(right.remainder().iter().rev());
    lanes.iter().sum::<f64>() + rest.map(|(a, b)| a * b).sum::<f64>()
}

/// Numbers that are summed side by side.
const LANES: usize = 16;

/// `w_j += c w_{k-j}` for all j at once.
#[pulp::with_simd(symmetric_update = pulp::Arch::new())]
#[inline(always)]
fn symmetric_update_with_simd<S: pulp::Simd>(_: S, w: &mut [f64], c: f64) {
    let n = w.len();
    let (front, back) = w.split_at_mut(n / 2);
    let back = if n % 2 == 1 {
        back[0] += c * back[0];
        &mut back[1..]
    } else {
        back
    };
    for (a, b) in front.iter_mut().zip(back.iter_mut().rev()) {
        (*a, *b) = (c.mul_add(*b, *a), c.mul_add(*a, *b));
    }
}

/// `x_j += c w_{k-j}`, where k + 1 is the length of both.
#[pulp::with_simd(add_backwards = pulp::Arch::new())]
#[inline(always)]
fn add_backwards_with_simd<'a, S: pulp::Simd>(_: S, x: &'a mut [f64], w: &'a [f64], c: f64) {
    for (x, w) in x.iter_mut().zip(w.iter().rev()) {
        *x = c.mul_add(*w, *x);
    }
}

/// The sum of a_j b_j.
#[pulp::with_simd(dot = pulp::Arch::new())]
#[inline(always)]
fn dot_with_simd<'a, S: pulp::Simd>(_: S, a: &'a [f64], b: &'a [f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    let (mut left, mut right) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    for (a, b) in left.by_ref().zip(right.by_ref()) {
        for i in 0..LANES {
            lanes[i] = a[i].mul_add(b[i], lanes[i]);
        }
    }
    let rest = left.remainder().iter().zip(right.remainder());
    lanes.iter().sum::<f64>() + rest.map(|(a, b)| a * b).sum::<f64>()
}

/// Runs the recursion on `lags`, the first row of T, for right-hand sides of the same length.
pub(super) fn levinson(lags: &[f64], sides: &[&[f64]], solve: bool) -> Result<Levinson, Trouble> {
    let n = lags.len();
    let mut predictor = Predictor {
        weights: Vec::with_capacity(n),
        variance: lags[0],
    };
    predictor.weights.push(1.0);
    usable(lags[0], &lags[..1])?;
    let mut log_determinant = 0.0;
    let mut whitened = vec![Vec::with_capacity(n); sides.len()];
    let mut solved = vec![Vec::with_capacity(n); if solve { sides.len() } else { 0 }];
    // A product of variances is cheaper than a sum of logarithms, as long as it is a number.
    let mut product = 1.0f64;
    for k in 0..n {
        if k > 0 {
            predictor.grow(&lags[..=k])?;
        }
        product *= predictor.variance;
        if !(1e-200..1e200).contains(&product) {
            log_determinant += product.ln();
            product = 1.0;
        }
        let scale = predictor.variance.sqrt().recip();
        for (i, y) in sides.iter().enumerate() {
            let error = predictor.error(y, k);
            whitened[i].push(error * scale);
            if let Some(x) = solved.get_mut(i) {
                x.push(0.0);
                add_backwards(x, &predictor.weights, error / predictor.variance);
            }
        }
    }
    Ok(Levinson {
        log_determinant: log_determinant + product.ln(),
        whitened,
        solved,
        predictor: predictor.weights,
        variance: predictor.variance,
    })
}

impl Levinson {
    /// Per lag k, the sum of the inverse's elements (i, i + k): with the predictor a of variance v that is
    /// the sum over j of (n - k - 2 j) a_j a_{j+k} / v (from Gohberg and Semencul's formula).
    pub(super) fn inverse_diagonals(&self) -> Vec<f64> {
        let (a, n) = (&self.predictor, self.predictor.len());
        let centred: Vec<f64> = (0..n).map(|j| 2.0 * j as f64 * a[j]).collect();
        let sum = |k: usize| {
            let (left, right) = (&a[..n - k], &a[k..]);
            let weighted = dot(&centred[..n - k], right);
            ((n - k) as f64 * dot(left, right) - weighted) / self.variance
        };
        (0..n).map(sum).collect()
    }
}

/// Per lag k, the sum of a_i a_{i+k}.
pub(super) fn autocorrelation(a: &[f64]) -> Vec<f64> {
    (0..a.len())
        .map(|k| dot(&a[..a.len() - k], &a[k..]))
        .collect()
}

/// A draw with covariance T from standard normal numbers.
pub(super) fn colour(lags: &[f64], noise: &[f64]) -> Result<Vec<f64>, Trouble> {
    let mut predictor = Predictor {
        weights: vec![1.0],
        variance: lags[0],
    };
    usable(lags[0], &lags[..1])?;
    let mut y: Vec<f64> = Vec::with_capacity(noise.len());
    for (k, z) in noise.iter().enumerate() {
        if k > 0 {
            predictor.grow(&lags[..=k])?;
        }
        y.push(0.0);
        let expected = -predictor.error(&y, k);
        y[k] = expected + predictor.variance.sqrt() * z;
    }
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
