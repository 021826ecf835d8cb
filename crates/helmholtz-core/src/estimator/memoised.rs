//! Replay of a memory: MWS, and HMWS where programs have continuous coordinates.
//!
//! With one sample per program and no continuous part this is MWS with every member weighted; HMWS is
//! the general case. There is one memory and one rule.

use helmholtz_math::{logsumexp, weights};

use super::{Coefficients, Grid, Rule};

/// The weights of a memory's members under the current model.
///
/// - omega_m, the normalised log-marginals, are Q of MWS (claim 1: proportional to the joint) and weigh
///   the discrete recognition gradient (HMWS eq. 9);
/// - v_mk = omega_m w_mk / sum_k w_mk weighs the generative gradient (HMWS eq. 6 to 8);
/// - w_mk / sum_k w_mk, with the *uniform* 1/M over members, weighs the continuous recognition gradient
///   (HMWS eq. 10): every member's continuous guide should be good, not only the best member's;
/// - the bound is log sum_m p(z_m, x), the ELBO of the memory's distribution: exact in MWS, an importance
///   estimate in HMWS.
pub const MEMOISED: Rule = Rule::new("memoised", coefficients);

fn coefficients(grid: &Grid) -> Coefficients {
    let marginals = grid.marginals();
    let bound = logsumexp(&marginals);
    if !bound.is_finite() {
        return Coefficients::none(grid);
    }
    let discrete: Vec<f64> = weights(&marginals, bound).collect();
    let rows = grid.log_weights.chunks(grid.samples);
    let within: Vec<f64> = rows.flat_map(|row| weights(row, logsumexp(row))).collect();
    let members = marginals.len() as f64;
    Coefficients {
        joint: within
            .iter()
            .enumerate()
            .map(|(i, w)| w * discrete[i / grid.samples])
            .collect(),
        continuous: within.iter().map(|w| w / members).collect(),
        discrete,
        bound,
    }
}
