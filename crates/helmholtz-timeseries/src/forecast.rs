//! What a Gaussian process says about other times, given its kernel's parameters.

use super::covariance::{Covariance, Values};
use super::likelihood::Diagonal;
use super::series::{Series, line, pairs};
use helmholtz_math::dense::Factor;

/// A Gaussian process that has seen a series.
pub(super) struct Posterior<'a> {
    covariance: &'a Covariance,
    values: Values,
    series: &'a Series,
    factor: Factor,
    /// K^-1 y.
    alpha: Vec<f64>,
    diagonal: Diagonal,
}

/// What is expected at some times.
pub(super) struct Prediction {
    pub(super) mean: Vec<f64>,
    /// Of a recorded value: the noise included.
    pub(super) variance: Vec<f64>,
}

impl<'a> Posterior<'a> {
    /// `None` where the covariance is not positive definite.
    pub(super) fn new(
        covariance: &'a Covariance,
        raw: &[f64],
        series: &'a Series,
        diagonal: Diagonal,
    ) -> Option<Self> {
        let values = covariance.values(raw);
        let all = pairs(series.times());
        let at = covariance.at(&values, &all);
        let v = covariance.line(&values);
        let [one, slope] = series.line();
        let element = |i: usize, j: usize| {
            let own = at[i * (i + 1) / 2 + j];
            let own = if i == j { diagonal.of(own) } else { own };
            own + v * (one[i] * one[j] + slope[i] * slope[j])
        };
        let factor = Factor::new(series.len(), element)?;
        let alpha = factor.solve(series.values());
        Some(Self {
            covariance,
            values,
            series,
            factor,
            alpha,
            diagonal,
        })
    }

    /// The covariance of the process at a time with every observed value, by `of`.
    fn cross(&self, time: f64, of: impl Fn(&[f64]) -> Vec<f64>) -> Vec<f64> {
        let distances: Vec<f64> = self
            .series
            .times()
            .iter()
            .map(|t| (t - time).abs())
            .collect();
        of(&distances)
    }

    fn add_line(&self, time: f64, cross: &mut [f64]) {
        let v = self.covariance.line(&self.values);
        let [one, slope] = self.series.line();
        let own = line(&[time]);
        for (i, c) in cross.iter_mut().enumerate() {
            *c += v * (one[i] * own[0][0] + slope[i] * own[1][0]);
        }
    }

    /// The covariance of what is recorded at a time with every observed value. A value that is recorded again
    /// has noise of its own.
    fn with_observed(&self, time: f64) -> Vec<f64> {
        let mut cross = self.cross(time, |d| self.covariance.at(&self.values, &apart(d)));
        self.add_line(time, &mut cross);
        cross
    }

    /// The values to be recorded at other times.
    pub(super) fn predict(&self, times: &[f64]) -> Prediction {
        let v = self.covariance.line(&self.values);
        let alone = self.covariance.at(&self.values, &[0.0])[0];
        let (mut mean, mut variance) = (vec![], vec![]);
        for &time in times {
            let cross = self.with_observed(time);
            mean.push(dot(&cross, &self.alpha));
            let own = line(&[time]);
            let prior = self.diagonal.of(alone) + v * (1.0 + own[1][0] * own[1][0]);
            let whitened = self.factor.whiten(&cross);
            variance.push((prior - dot(&whitened, &whitened)).max(0.0));
        }
        Prediction { mean, variance }
    }

    /// Values that may be recorded at other times, all together, from standard normal numbers.
    pub(super) fn draw(&self, times: &[f64], noise: &[f64]) -> Option<Vec<f64>> {
        let crosses: Vec<Vec<f64>> = times.iter().map(|&t| self.with_observed(t)).collect();
        let whitened: Vec<Vec<f64>> = crosses.iter().map(|c| self.factor.whiten(c)).collect();
        let prior = self.covariance.at(&self.values, &pairs(times));
        let v = self.covariance.line(&self.values);
        let [one, slope] = line(times);
        let left = Factor::new(times.len(), |i, j| {
            let own = prior[i * (i + 1) / 2 + j];
            let own = if i == j { self.diagonal.of(own) } else { own };
            own + v * (one[i] * one[j] + slope[i] * slope[j]) - dot(&whitened[i], &whitened[j])
        })?;
        let mean = crosses.iter().map(|c| dot(c, &self.alpha));
        Some(mean.zip(left.colour(noise)).map(|(m, x)| m + x).collect())
    }

    /// The expectation of every outermost summand at some times, the line last where there is one. They add
    /// up to the expectation of the whole; where a value was observed that is the value, and noise is what
    /// the others do not explain.
    pub(super) fn components(&self, times: &[f64]) -> Vec<Vec<f64>> {
        let count = self.covariance.summands(&self.values, &[0.0]).len();
        let has_line = self.covariance.line(&self.values) > 0.0;
        let mut parts = vec![vec![]; count + usize::from(has_line)];
        for &time in times {
            let distances = self.cross(time, <[f64]>::to_vec);
            let each = self.covariance.summands(&self.values, &distances);
            for (part, cross) in parts.iter_mut().zip(each) {
                part.push(dot(&cross, &self.alpha));
            }
            if has_line {
                let mut cross = vec![0.0; distances.len()];
                self.add_line(time, &mut cross);
                parts[count].push(dot(&cross, &self.alpha));
            }
        }
        parts
    }
}

/// Distances of which none is zero, so that noise is not shared.
fn apart(distances: &[f64]) -> Vec<f64> {
    distances.iter().map(|d| d.max(1e-12)).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::super::covariance::Layout;
    use super::super::covariance::tests::compiled;
    use super::super::likelihood::Likelihood;
    use super::super::window::Windows;
    use super::*;
    use helmholtz_math::random::Stream;

    const DIAGONAL: Diagonal = Diagonal {
        noise: 0.01,
        jitter: 1e-3,
    };

    fn case(text: &str) -> (Covariance, Vec<f64>, Series) {
        let covariance = compiled(text, &Windows::wide(), Layout::Used);
        let mut rng = Stream::at([1, 5, 0, 0]);
        let raw = (0..covariance.width).map(|_| 0.5 * rng.normal()).collect();
        let values = (0..20).map(|_| rng.normal()).collect();
        (covariance, raw, Series::even(values).unwrap())
    }

    /// p(next | seen) = p(seen, next) / p(seen), for any next value.
    #[test]
    fn predictions_are_quotients_of_likelihoods() {
        for text in ["SE+WN", "PER2*SE+LIN+WN", "(C+SE)*PER3+LIN", "LIN"] {
            let (covariance, raw, series) = case(text);
            let posterior = Posterior::new(&covariance, &raw, &series, DIAGONAL).unwrap();
            let time = 2.3;
            let found = posterior.predict(&[time]);
            let value = |series: &Series| {
                let likelihood = Likelihood {
                    series,
                    diagonal: DIAGONAL,
                };
                likelihood.value(&covariance, &raw)
            };
            for next in [-0.7, 0.4] {
                let with = |x: &[f64], last: f64| [x, &[last]].concat();
                let longer = Series::at(with(series.values(), next), with(series.times(), time));
                let quotient = value(&longer.unwrap()) - value(&series);
                let (mean, variance) = (found.mean[0], found.variance[0]);
                let z = (next - mean).powi(2) / variance;
                let density = -0.5 * (std::f64::consts::TAU.ln() + variance.ln() + z);
                assert!(
                    (density - quotient).abs() < 1e-6,
                    "{text}: {density} {quotient}"
                );
            }
        }
    }

    #[test]
    fn draws_have_the_predicted_moments() {
        let (covariance, raw, series) = case("SE+WN+LIN");
        let posterior = Posterior::new(&covariance, &raw, &series, DIAGONAL).unwrap();
        let times = [2.1, 2.4];
        let (found, mut rng) = (posterior.predict(&times), Stream::at([8, 8, 0, 0]));
        let draws = 4_000;
        let draw = |_| {
            posterior
                .draw(&times, &[rng.normal(), rng.normal()])
                .unwrap()[1]
        };
        let drawn: Vec<f64> = (0..draws).map(draw).collect();
        let mean = drawn.iter().sum::<f64>() / f64::from(draws);
        let variance = drawn.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / f64::from(draws);
        let standard_error = (found.variance[1] / f64::from(draws)).sqrt();
        assert!((mean - found.mean[1]).abs() < 4.0 * standard_error);
        let relative = (2.0 / f64::from(draws)).sqrt();
        assert!((variance / found.variance[1] - 1.0).abs() < 4.0 * relative);
    }

    #[test]
    fn components_add_up() {
        for text in ["SE+WN", "PER2*SE+LIN+WN", "LIN"] {
            let (covariance, raw, series) = case(text);
            let posterior = Posterior::new(&covariance, &raw, &series, DIAGONAL).unwrap();
            let times = [-1.9, 0.3, 2.5, -2.0];
            let (whole, parts) = (posterior.predict(&times), posterior.components(&times));
            let sum = |i: usize| parts.iter().map(|p| p[i]).sum::<f64>();
            for i in 0..3 {
                assert!((sum(i) - whole.mean[i]).abs() < 1e-9, "{text}");
            }
            // What every value has beside its kernel is in no component.
            let alone = covariance.at(&posterior.values, &[0.0])[0];
            let floor = (DIAGONAL.of(alone) - alone) * posterior.alpha[0];
            assert!((sum(3) + floor - series.values()[0]).abs() < 1e-9, "{text}");
        }
    }
}
