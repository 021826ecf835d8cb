//! Mixtures of normal distributions, which forecasts are.

use helmholtz_math::{logsumexp, normal};

/// A normal distribution of a mixture: its weight, mean and standard deviation.
pub(super) type Normal = (f64, f64, f64);

/// The quantile of a mixture of normals (weight, mean, standard deviation), by bisection.
pub(super) fn quantile(parts: &[Normal], probability: f64) -> f64 {
    let far = |sign: f64| {
        let ends = parts
            .iter()
            .map(|(_, mean, sd)| sign * (mean + sign * 10.0 * sd));
        sign * ends.fold(f64::NEG_INFINITY, f64::max)
    };
    let (mut low, mut high) = (far(-1.0), far(1.0));
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        let below: f64 = parts
            .iter()
            .map(|(w, mean, sd)| w * normal_cdf((middle - mean) / sd.max(1e-12)))
            .sum();
        if below < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// The standard normal distribution function.
pub(super) fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

/// The log-density of a mixture of normals.
pub(super) fn log_density(parts: &[Normal], x: f64) -> f64 {
    let each = parts.iter().map(|(w, mean, sd)| {
        let z = (x - mean) / sd;
        w.ln() - sd.ln() + normal::log_density(z)
    });
    logsumexp(&each.collect::<Vec<_>>())
}

/// The continuous ranked probability score of a mixture of normals (Grimit et al., 2006): E|X - x| -
/// E|X - X'| / 2.
pub(super) fn crps(parts: &[Normal], x: f64) -> f64 {
    let mut score = 0.0;
    for (w, mean, sd) in parts {
        score += w * mean_distance(x - mean, *sd);
        for (v, other, spread) in parts {
            score -= 0.5 * w * v * mean_distance(mean - other, sd.hypot(*spread));
        }
    }
    score
}

/// E|Y| of a normal Y.
fn mean_distance(mean: f64, sd: f64) -> f64 {
    let z = mean / sd;
    let density = (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt();
    mean * (2.0 * normal_cdf(z) - 1.0) + 2.0 * sd * density
}

#[cfg(test)]
mod tests {
    use super::*;
    use helmholtz_math::random::Stream;

    #[test]
    fn quantiles_of_a_mixture_are_where_its_mass_is() {
        let one = [(1.0, 2.0, 3.0)];
        assert!((quantile(&one, 0.5) - 2.0).abs() < 1e-6);
        assert!((quantile(&one, 0.975) - (2.0 + 3.0 * 1.959_964)).abs() < 1e-4);
        let two = [(0.5, -10.0, 1.0), (0.5, 10.0, 1.0)];
        assert!((quantile(&two, 0.25) + 10.0).abs() < 1e-6);
    }

    #[test]
    fn the_ranked_score_is_that_of_draws() {
        let parts = [(0.3, -1.0, 0.5), (0.7, 2.0, 1.5)];
        let mut rng = Stream::at([6, 0, 0, 0]);
        let n = 40_000;
        let mut draw = || {
            let (_, mean, sd) = parts[usize::from(rng.uniform() > 0.3)];
            mean + sd * rng.normal()
        };
        let x = 0.4;
        let terms: Vec<f64> = (0..n)
            .map(|_| {
                let (a, b) = (draw(), draw());
                (a - x).abs() - 0.5 * (a - b).abs()
            })
            .collect();
        let mean = terms.iter().sum::<f64>() / f64::from(n);
        let variance = terms.iter().map(|t| (t - mean).powi(2)).sum::<f64>() / f64::from(n);
        let standard_error = (variance / f64::from(n)).sqrt();
        assert!((crps(&parts, x) - mean).abs() < 4.0 * standard_error);
    }
}
