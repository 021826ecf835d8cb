//! Densities of normal distributions, in logarithms: the one place where the formulas and their constants stand.
//!
//! The order of operations is part of what a function promises, since results are compared byte for byte.

/// log(2 pi): the logarithm of the double next to 2 pi, as `TAU.ln()` has it. That of 2 pi itself, which lies almost
/// midway between two doubles, rounds to the other one.
pub const LN_TAU: f64 = 1.837_877_066_409_345_3;

/// log(2 pi) / 2.
pub const HALF_LN_TAU: f64 = 0.5 * LN_TAU;

/// log(2 pi) in single precision, for tensors.
pub const LN_TAU_F32: f32 = 1.837_877;

/// log(2 pi) / 2 in single precision, for tensors.
pub const HALF_LN_TAU_F32: f32 = 0.5 * LN_TAU_F32;

/// log N(z; 0, 1).
pub fn log_density(z: f64) -> f64 {
    -0.5 * (z * z + LN_TAU)
}

/// log N(x; m, S) in `width` dimensions, given log det S and the square (x - m)' S^-1 (x - m).
pub fn log_density_of_square(width: usize, log_determinant: f64, square: f64) -> f64 {
    -0.5 * (width as f64 * LN_TAU + log_determinant + square)
}

/// The log-density of `count` independent numbers with one standard deviation, given their summed squared errors.
pub fn log_density_of_errors(count: usize, sd: f64, squares: f64) -> f64 {
    -0.5 * squares / sd.powi(2) - count as f64 * (sd.ln() + HALF_LN_TAU)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// To the last place but one: libraries of elementary functions differ in the last.
    #[test]
    fn the_constants_are_logarithms() {
        assert!((LN_TAU - std::f64::consts::TAU.ln()).abs() <= f64::EPSILON);
        assert!((LN_TAU_F32 - std::f32::consts::TAU.ln()).abs() <= f32::EPSILON);
    }

    /// The sum of densities over a fine grid.
    #[test]
    fn a_density_integrates_to_one() {
        let step = 1e-3;
        let grid = || (-10_000..=10_000).map(|k| f64::from(k) * step);
        let standard: f64 = grid().map(|z| log_density(z).exp() * step).sum();
        let sd = 0.7;
        let wide = |x: f64| log_density_of_errors(1, sd, x * x).exp() * step;
        assert!((standard - 1.0).abs() < 1e-12);
        assert!((grid().map(wide).sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn all_forms_agree() {
        let (errors, sd) = ([0.3, -1.2, 0.8], 0.4f64);
        let each = errors.iter().map(|e| log_density(e / sd) - sd.ln());
        let want: f64 = each.sum();
        let squares: f64 = errors.iter().map(|e| e * e).sum();
        let of_square = log_density_of_square(3, 6.0 * sd.ln(), squares / (sd * sd));
        assert!((log_density_of_errors(3, sd, squares) - want).abs() < 1e-12);
        assert!((of_square - want).abs() < 1e-12);
    }
}
