//! The score function: unbiased for any objective, and noisy.
//!
//! grad E_q[f] = E_q[(f - b) grad log q + grad f] for any b that does not depend on the particles. A good
//! baseline b is what f was lately: a running mean, one per observation, is the rule's state.

use helmholtz_math::{logsumexp, softmax};

use super::{Carried, Coefficients, Grid, Rule};

/// The gradient of the evidence lower bound E_q[log w], averaged over the particles (REINFORCE).
///
/// The classic wake phase is its model half: every sample of the guide counts alike.
///
/// Log-weights must be finite: the bound is -inf otherwise and has no gradient. The caller applies the
/// floor.
pub const ELBO: Rule = Rule {
    score_function: true,
    carry: Some(follow),
    ..Rule::new("elbo", elbo)
};

/// The gradient of the multi-sample bound L = log mean w (Burda et al., 2016): every particle's score
/// function has the whole bound for its signal. [`super::VIMCO`] gives each particle a baseline of its own.
///
/// Log-weights as in [`ELBO`].
pub const IWAE: Rule = Rule {
    score_function: true,
    carry: Some(follow),
    ..Rule::new("iwae", iwae)
};

/// The running mean of the bound; 0 before there is one.
fn baseline(grid: &Grid) -> f64 {
    grid.state.0.first().copied().unwrap_or(0.0)
}

/// Moves the running mean, which begins with the first value.
fn follow(grid: &Grid, coefficients: &Coefficients, decay: f64) -> Carried {
    let value = coefficients.bound;
    if !value.is_finite() {
        return grid.state.clone();
    }
    let mean = grid.state.0.first();
    let moved = mean.map_or(value, |m| decay * m + (1.0 - decay) * value);
    Carried(vec![moved])
}

fn elbo(grid: &Grid) -> Coefficients {
    let w = &grid.log_weights;
    if w.is_empty() || !w.iter().all(|v| v.is_finite()) {
        return Coefficients::none(grid);
    }
    let (each, baseline) = (1.0 / w.len() as f64, baseline(grid));
    Coefficients {
        joint: vec![each; w.len()],
        // -1 is the gradient of -log q itself: zero on average, and part of every baseline.
        discrete: w.iter().map(|v| (v - baseline - 1.0) * each).collect(),
        continuous: vec![-each; w.len()],
        bound: w.iter().sum::<f64>() * each,
    }
}

fn iwae(grid: &Grid) -> Coefficients {
    let w = &grid.log_weights;
    if w.is_empty() || !w.iter().all(|v| v.is_finite()) {
        return Coefficients::none(grid);
    }
    let bound = logsumexp(w) - (w.len() as f64).ln();
    let (joint, baseline) = (softmax(w), baseline(grid));
    Coefficients {
        // The second part comes from log q inside the bound.
        discrete: joint.iter().map(|v| bound - baseline - v).collect(),
        continuous: joint.iter().map(|v| -v).collect(),
        joint,
        bound,
    }
}
