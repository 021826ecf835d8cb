//! Sums and weights of numbers that are given by their logarithms.

/// log sum exp; -inf when nothing is finite. Numbers that are NaN must have been replaced before.
pub fn logsumexp(x: &[f64]) -> f64 {
    let most = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !most.is_finite() || x.len() == 1 {
        return most;
    }
    most + x.iter().map(|v| (v - most).exp()).sum::<f64>().ln()
}

/// Beyond this a logarithm has too few digits left for the ratio of its weight to the sum of all.
const LARGE: f64 = 1e6;

/// The weights exp(x) normalised to one; all zero when nothing is finite.
pub fn softmax(x: &[f64]) -> Vec<f64> {
    let total = logsumexp(x);
    let mut all: Vec<f64> = weights(x, total).collect();
    if total.is_finite() && total.abs() > LARGE {
        let sum: f64 = all.iter().sum();
        all.iter_mut().for_each(|w| *w /= sum);
    }
    debug_assert!(are_weights(&all, total.is_finite()), "{x:?}: {all:?}");
    all
}

/// Whether numbers are weights that sum to 1, or all 0 where there is nothing to weigh.
fn are_weights(all: &[f64], any: bool) -> bool {
    let sum: f64 = all.iter().sum();
    all.iter().all(|w| (0.0..=1.0 + 1e-6).contains(w)) && (sum - f64::from(any)).abs() < 1e-6
}

/// exp(x - total) of each; all zero when the total is not finite.
pub fn weights(x: &[f64], total: f64) -> impl Iterator<Item = f64> {
    x.iter().map(move |v| match total.is_finite() {
        true => (v - total).exp(),
        false => 0.0,
    })
}
