//! Inner products and updates of f64 numbers, for the processor at hand.
//!
//! Numbers are followed by zeros (`padded`), so that vectors of any width may begin anywhere and read
//! beyond the end: there are no remainders, which for the short rows of a recursion would cost more than the
//! vectors. The functions are to be called from inside of `#[pulp::with_simd]`, and not
//! in a closure there, which would be compiled for the oldest processor.

use pulp::Simd;

/// At least as many zeros as the widest vector has numbers.
const PAD: usize = 16;

/// Numbers with zeros behind them, of which there are at least `n` together.
pub(super) fn padded(values: impl IntoIterator<Item = f64>, n: usize) -> Vec<f64> {
    let mut padded = Vec::with_capacity(n + PAD);
    padded.extend(values);
    padded.resize(padded.len().max(n) + PAD, 0.0);
    padded
}

/// The vectors that hold the first `n` numbers of padded ones.
#[inline(always)]
fn vectors<S: Simd>(numbers: &[f64], n: usize) -> &[S::f64s] {
    S::as_simd_f64s(&numbers[..n.next_multiple_of(S::F64_LANES)]).0
}

#[inline(always)]
fn vectors_mut<S: Simd>(numbers: &mut [f64], n: usize) -> &mut [S::f64s] {
    S::as_mut_simd_f64s(&mut numbers[..n.next_multiple_of(S::F64_LANES)]).0
}

/// The sum of a_j b_j, j < n, where one of both is zero behind.
#[inline(always)]
pub(super) fn dot<S: Simd>(simd: S, a: &[f64], b: &[f64], n: usize) -> f64 {
    let (a, b) = (vectors::<S>(a, n), vectors::<S>(b, n));
    let mut sums = [simd.splat_f64s(0.0); 4];
    let ((a4, a1), (b4, b1)) = (pulp::as_arrays::<4, _>(a), pulp::as_arrays::<4, _>(b));
    for (a, b) in a4.iter().zip(b4) {
        for i in 0..4 {
            sums[i] = simd.mul_add_f64s(a[i], b[i], sums[i]);
        }
    }
    for (i, (&a, &b)) in a1.iter().zip(b1).enumerate() {
        sums[i] = simd.mul_add_f64s(a, b, sums[i]);
    }
    let [a, b, c, d] = sums;
    simd.reduce_sum_f64s(simd.add_f64s(simd.add_f64s(a, b), simd.add_f64s(c, d)))
}

/// `x_j += c y_j`, j < n, where y is zero behind.
#[inline(always)]
pub(super) fn add<S: Simd>(simd: S, x: &mut [f64], c: f64, y: &[f64], n: usize) {
    let c = simd.splat_f64s(c);
    for (x, &y) in vectors_mut::<S>(x, n).iter_mut().zip(vectors::<S>(y, n)) {
        *x = simd.mul_add_f64s(c, y, *x);
    }
}

/// `x_j += c y_j` and `y_j += c x_j` at once, j < n, where both are zero behind.
#[inline(always)]
pub(super) fn add_crosswise<S: Simd>(simd: S, x: &mut [f64], y: &mut [f64], c: f64, n: usize) {
    let c = simd.splat_f64s(c);
    let both = vectors_mut::<S>(x, n)
        .iter_mut()
        .zip(vectors_mut::<S>(y, n));
    for (x, y) in both {
        (*x, *y) = (simd.mul_add_f64s(c, *y, *x), simd.mul_add_f64s(c, *x, *y));
    }
}

/// Per lag k, the sum over j of a_j b_{j+k}, both of length `n`.
pub(super) fn lag_products(a: &[f64], b: &[f64]) -> Vec<f64> {
    let n = a.len();
    let (a, b) = (padded(a.iter().copied(), n), padded(b.iter().copied(), n));
    all_lags(&a, &b, n)
}

#[pulp::with_simd(all_lags = pulp::Arch::new())]
#[inline(always)]
fn all_lags_with_simd<'a, S: Simd>(simd: S, a: &'a [f64], b: &'a [f64], n: usize) -> Vec<f64> {
    let mut products = vec![0.0; n];
    for (k, product) in products.iter_mut().enumerate() {
        *product = dot(simd, a, &b[k..], n - k);
    }
    products
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    #[test]
    fn products_of_lags_agree_with_loops() {
        let mut rng = Stream::at([8, 0, 0, 0]);
        for n in [0, 1, 7, 8, 9, 40, 100] {
            let mut draw = || -> Vec<f64> { (0..n).map(|_| rng.normal()).collect() };
            let (a, b) = (draw(), draw());
            for (k, got) in lag_products(&a, &b).into_iter().enumerate() {
                let want: f64 = (0..n - k).map(|j| a[j] * b[j + k]).sum();
                assert!((got - want).abs() < 1e-12 * (n as f64), "{n} {k}");
            }
        }
    }
}
