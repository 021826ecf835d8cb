//! What is expected at a time, in the user's units: a mixture of normals, or on the scale of logarithms of lognormals.

use super::normals::{self, Normal, normal_cdf};
use super::scale::Scale;
use super::standard::Standard;

/// A mixture of normals in standardised units, with the way back to the user's.
pub(super) struct Mixture<'a> {
    pub(super) standard: &'a Standard,
    pub(super) parts: Vec<Normal>,
}

impl Mixture<'_> {
    /// The value below which the next one is with this probability.
    pub(super) fn quantile(&self, probability: f64) -> f64 {
        self.standard
            .value(normals::quantile(&self.parts, probability))
    }

    /// The expectation.
    pub(super) fn mean(&self) -> f64 {
        match self.standard.scale {
            Scale::Linear => {
                let mean = self.parts.iter().map(|(w, mean, _)| w * mean).sum();
                self.standard.value(mean)
            }
            Scale::Log => self.logs().map(|(w, m, s)| w * lognormal_mean(m, s)).sum(),
        }
    }

    /// The log-density of a value.
    pub(super) fn log_density(&self, value: f64) -> f64 {
        let place = self.standard.place(value);
        normals::log_density(&self.parts, place) + self.standard.log_slope(value)
    }

    /// The continuous ranked probability score (Grimit et al., 2006): E|X - x| - E|X - X'| / 2.
    pub(super) fn crps(&self, value: f64) -> f64 {
        match self.standard.scale {
            Scale::Linear => {
                let place = self.standard.place(value);
                normals::crps(&self.parts, place) * self.standard.deviation
            }
            Scale::Log => {
                let parts: Vec<Normal> = self.logs().collect();
                let far = |(w, m, s): &Normal| w * distance(*m, *s, value);
                let apart = |a: &Normal| {
                    let each = parts.iter().map(|b| b.0 * distance_apart(a, b));
                    a.0 * each.sum::<f64>()
                };
                parts.iter().map(far).sum::<f64>() - 0.5 * parts.iter().map(apart).sum::<f64>()
            }
        }
    }

    /// The parts in logarithms of the user's units.
    fn logs(&self) -> impl Iterator<Item = Normal> {
        let Standard {
            mean, deviation, ..
        } = self.standard;
        let each = self.parts.iter();
        each.map(move |(w, m, s)| (*w, mean + deviation * m, deviation * s))
    }
}

/// E X of a lognormal X.
fn lognormal_mean(m: f64, s: f64) -> f64 {
    (m + 0.5 * s * s).exp()
}

/// E|X - x| of a lognormal X.
fn distance(m: f64, s: f64, x: f64) -> f64 {
    let z = (Scale::Log.of(x) - m) / s;
    x * (2.0 * normal_cdf(z) - 1.0) + lognormal_mean(m, s) * (1.0 - 2.0 * normal_cdf(z - s))
}

/// E|X - X'| of independent lognormals.
fn distance_apart(a: &Normal, b: &Normal) -> f64 {
    let spread = a.2.hypot(b.2);
    let half = |(_, m, s): &Normal, (_, n, _): &Normal| {
        let above = normal_cdf((m - n + s * s) / spread);
        lognormal_mean(*m, *s) * (2.0 * above - 1.0)
    };
    half(a, b) + half(b, a)
}

#[cfg(test)]
mod tests {
    use super::super::read::NamedSeries;
    use super::*;
    use helmholtz_math::random::Stream;

    fn standard(scale: Scale) -> Standard {
        let named = NamedSeries {
            name: String::new(),
            times: vec![1.0, 2.0, 3.0],
            values: vec![2.0, 3.0, 5.0],
            unit: String::new(),
            missing: 0,
        };
        Standard::new(&named, scale).unwrap()
    }

    /// Everything that is said in closed form, beside the same from draws.
    #[test]
    fn what_is_said_is_true_of_draws() {
        for scale in [Scale::Linear, Scale::Log] {
            let standard = standard(scale);
            let parts = vec![(0.3, -0.5, 0.4), (0.7, 1.0, 0.9)];
            let mixture = Mixture {
                standard: &standard,
                parts: parts.clone(),
            };
            let mut rng = Stream::at([8, 0, 0, 0]);
            let mut draw = || {
                let (_, mean, sd) = parts[usize::from(rng.uniform() > 0.3)];
                standard.value(mean + sd * rng.normal())
            };
            let (n, x) = (40_000, 3.3);
            let draws: Vec<[f64; 2]> = (0..n).map(|_| [draw(), draw()]).collect();
            let check = |name: &str, said: f64, of: &dyn Fn(&[f64; 2]) -> f64| {
                let terms: Vec<f64> = draws.iter().map(of).collect();
                let mean = terms.iter().sum::<f64>() / f64::from(n);
                let variance: f64 = terms.iter().map(|t| (t - mean).powi(2)).sum();
                let error = (variance / f64::from(n)).sqrt() / f64::from(n).sqrt();
                assert!(
                    (said - mean).abs() < 4.0 * error,
                    "{scale:?} {name}: {said} {mean}"
                );
            };
            check("mean", mixture.mean(), &|[a, _]| *a);
            check("crps", mixture.crps(x), &|[a, b]| {
                (a - x).abs() - 0.5 * (a - b).abs()
            });
            let quantile = mixture.quantile(0.8);
            check("quantile", 0.8, &|[a, _]| {
                f64::from(u8::from(*a < quantile))
            });
            // A density is the derivative of a probability.
            let width = 0.4;
            let density = (0..100).map(|i| {
                mixture
                    .log_density(x + width * (f64::from(i) + 0.5) / 100.0)
                    .exp()
            });
            let inside = density.sum::<f64>() * width / 100.0;
            check("density", inside, &|[a, _]| {
                f64::from(u8::from((x..x + width).contains(a)))
            });
        }
    }
}
