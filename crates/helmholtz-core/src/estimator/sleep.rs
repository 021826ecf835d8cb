//! Sleep: samples of the model itself, where the latent is known.

use super::{Coefficients, Grid, Rule};

/// Every fantasy counts alike. The weights of the grid are not looked at.
pub const SLEEP: Rule = Rule::new("sleep", coefficients);

fn coefficients(grid: &Grid) -> Coefficients {
    let particles = vec![1.0 / grid.log_weights.len() as f64; grid.log_weights.len()];
    let programs = vec![1.0 / grid.programs() as f64; grid.programs()];
    Coefficients {
        joint: particles.clone(),
        discrete: programs,
        continuous: particles,
        bound: f64::NAN,
    }
}
