//! VIMCO (Mnih and Rezende, 2016): the multi-sample bound with a leave-one-out baseline.

use helmholtz_math::{logsumexp, softmax};

use super::{Coefficients, Grid, Rule};

/// The gradient of L = log mean w.
///
/// - grad log p has v_k, the normalised weight;
/// - grad log q(z_d) has (L - L_-k) - v_k: the score-function term with its baseline, and the term that
///   comes from log q inside L. L_-k replaces log w_k by the mean of the other log-weights;
/// - grad log q(z_c) has -v_k, which is right only when the continuous samples are *attached* to the
///   graph (HMWS appendix E): the term is then pathwise.
///
/// Log-weights must be finite: with -inf the stand-in is -inf and the signal infinite. The caller applies
/// the floor. Needs at least two particles, each with one continuous sample.
pub const VIMCO: Rule = Rule {
    score_function: true,
    ..Rule::new("vimco", coefficients)
};

fn coefficients(grid: &Grid) -> Coefficients {
    let w = &grid.log_weights;
    let count = w.len() as f64;
    let total = logsumexp(w);
    if !w.iter().all(|v| v.is_finite()) || w.len() < 2 {
        return Coefficients::none(grid);
    }
    let (joint, sum) = (softmax(w), w.iter().sum::<f64>());
    let without = |k: usize| {
        let mut stood_in = w.clone();
        stood_in[k] = (sum - w[k]) / (count - 1.0);
        logsumexp(&stood_in)
    };
    Coefficients {
        discrete: (0..w.len())
            .map(|k| total - without(k) - joint[k])
            .collect(),
        continuous: joint.iter().map(|v| -v).collect(),
        joint,
        bound: total - count.ln(),
    }
}
