//! Reweighted wake-sleep (Bornschein and Bengio, 2015): self-normalised importance weights.

use helmholtz_math::{logsumexp, softmax};

use super::{Coefficients, Grid, Rule};

/// The weights v_k = w_k / sum w multiply grad log p (the gradient of the IWAE bound in the model's
/// parameters) and, in the wake phase for the guide, grad log q. The weights are normalised for each
/// observation by itself: normalising over a batch turns it into one joint importance weight.
pub const REWEIGHTED: Rule = Rule::new("reweighted", coefficients);

fn coefficients(grid: &Grid) -> Coefficients {
    let total = logsumexp(&grid.log_weights);
    if !total.is_finite() {
        return Coefficients::none(grid);
    }
    let joint = softmax(&grid.log_weights);
    Coefficients {
        discrete: joint.chunks(grid.samples).map(|w| w.iter().sum()).collect(),
        continuous: joint.clone(),
        joint,
        bound: total - (grid.log_weights.len() as f64).ln(),
    }
}
