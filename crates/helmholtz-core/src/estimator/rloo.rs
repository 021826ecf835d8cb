//! Leave-one-out REINFORCE (Kool, van Hoof and Welling, 2019): the evidence lower bound, in which the particles are each
//! other's baselines.

use super::{Coefficients, Grid, Rule};

/// The gradient of the evidence lower bound E_q[log w], averaged over the particles.
///
/// grad log q(z_d) has (log w_k - b_k) / K, where b_k is the mean of the *other* log-weights: it does not depend on
/// particle k, so the mean of the gradient is that of [`super::ELBO`]. Where q is the posterior all log-weights are
/// equal, and nothing moves. The -1 of that rule has mean zero, and here there is no running baseline to be part of.
///
/// Log-weights as in [`super::ELBO`]. Needs at least two particles, each with one continuous sample.
pub const RLOO: Rule = Rule {
    score_function: true,
    ..Rule::new("rloo", coefficients)
};

fn coefficients(grid: &Grid) -> Coefficients {
    let w = &grid.log_weights;
    if w.len() < 2 || !w.iter().all(|v| v.is_finite()) {
        return Coefficients::none(grid);
    }
    let count = w.len() as f64;
    let sum: f64 = w.iter().sum();
    let others = |own: f64| (sum - own) / (count - 1.0);
    Coefficients {
        joint: vec![1.0 / count; w.len()],
        discrete: w.iter().map(|&v| (v - others(v)) / count).collect(),
        continuous: vec![-1.0 / count; w.len()],
        bound: sum / count,
    }
}
