//! The parameters that explain a series best under a given kernel, and how sure they are.

use std::borrow::Cow;

use super::covariance::Covariance;
use super::likelihood::Likelihood;
use super::periodogram::peaks;
use helmholtz_math::gaussian::Gaussian;
use helmholtz_math::laplace::{Climb, climb};

/// A kernel and the series that it is to explain.
pub(super) struct Fit<'a> {
    pub(super) covariance: &'a Covariance,
    pub(super) likelihood: Likelihood<'a>,
    /// The peaks of the series' periodogram, where they are known already.
    pub(super) peaks: Option<&'a [f64]>,
}

impl Fit<'_> {
    /// log p(x | z) + log N(z_c; 0, I) and its gradient: the prior of a model that has not learned yet. What
    /// it is off by, importance weights make good.
    fn slope(&self, raw: &[f64]) -> (f64, Vec<f64>) {
        let (mut value, mut gradient) = self.likelihood.gradient(self.covariance, raw);
        for (c, g) in raw.iter().zip(&mut gradient) {
            value -= 0.5 * c * c;
            *g -= c;
        }
        (value, gradient)
    }

    /// At most `steps` steps from `start`.
    pub(super) fn climb(&self, start: Vec<f64>, steps: usize) -> Option<Climb> {
        climb(|raw| self.slope(raw), start, steps)
    }

    /// Improves a Gaussian, or finds a first one.
    pub(super) fn refine(&self, known: Option<&Gaussian>, steps: usize) -> Option<(Gaussian, u64)> {
        if let Some(known) = known.filter(|g| g.width() == self.covariance.width) {
            let found = self.climb(known.mean().to_vec(), steps)?;
            return Some((found.gaussian, found.gradients));
        }
        let best = self.best(steps)?;
        Some((best.gaussian, best.gradients))
    }

    /// The highest of the climbs from all starts, with the gradients of all.
    pub(super) fn best(&self, steps: usize) -> Option<Climb> {
        let starts = self.starts().into_iter();
        let climbs: Vec<Climb> = starts.filter_map(|s| self.climb(s, steps)).collect();
        let gradients = climbs.iter().map(|c| c.gradients).sum();
        let highest = |a: &Climb, b: &Climb| a.value.total_cmp(&b.value);
        let best = climbs.into_iter().max_by(highest)?;
        Some(Climb { gradients, ..best })
    }

    /// Of some starts, the one where the series is most probable: to look at each costs less than to climb from it.
    pub(super) fn highest(&self, starts: Vec<Vec<f64>>) -> Option<Vec<f64>> {
        let height = |raw: &[f64]| {
            let squares: f64 = raw.iter().map(|c| c * c).sum();
            self.likelihood.value(self.covariance, raw) - 0.5 * squares
        };
        let valued = starts.into_iter().map(|start| (height(&start), start));
        let highest = valued.max_by(|a, b| a.0.total_cmp(&b.0));
        highest.map(|(_, start)| start)
    }

    /// Where to begin: in the middle of every window, and with periods at the strongest peaks of the
    /// periodogram and at the second ones, since the posterior of a period has many modes.
    pub(super) fn starts(&self) -> Vec<Vec<f64>> {
        let middle = vec![0.0; self.covariance.width];
        if self.covariance.periods().next().is_none() {
            return vec![middle];
        }
        let found = match self.peaks {
            Some(known) => Cow::Borrowed(known),
            None => Cow::Owned(peaks(self.likelihood.series)),
        };
        let first = self.at_peaks(&found, 0);
        let second = self.at_peaks(&found, 1);
        let mut starts = vec![first, second, middle];
        starts.dedup();
        starts
    }

    /// The middle of every window, but every period at the strongest peak of its range that no period
    /// before it has, after leaving out `skipped`.
    fn at_peaks(&self, peaks: &[f64], skipped: usize) -> Vec<f64> {
        let mut start = vec![0.0; self.covariance.width];
        let mut taken = vec![];
        for parameter in self.covariance.periods() {
            let window = parameter.window;
            let free = |p: &&f64| (window.low..window.high).contains(*p) && !taken.contains(*p);
            if let Some(&period) = peaks.iter().filter(free).nth(skipped) {
                start[parameter.coordinate] = window.raw(period);
                taken.push(period);
            }
        }
        start
    }
}

#[cfg(test)]
mod tests {
    use super::super::covariance::Layout;
    use super::super::covariance::tests::compiled;
    use super::super::likelihood::Diagonal;
    use super::super::series::Series;
    use super::super::window::Windows;
    use super::*;
    use helmholtz_math::random::Stream;

    #[test]
    fn a_period_is_found_to_a_thousandth() {
        let (period, mut rng) = (0.41, Stream::at([3, 1, 4, 1]));
        let at = |k: usize| 4.0 * k as f64 / 127.0;
        let wave = |t: f64| (std::f64::consts::TAU * t / period).sin();
        let values = (0..128).map(|k| wave(at(k)) + 0.1 * rng.normal());
        let series = Series::even(values.collect()).unwrap();
        let covariance = compiled("PER2+WN", &Windows::wide(), Layout::Used);
        let diagonal = Diagonal {
            noise: 1e-4,
            jitter: 0.0,
        };
        let likelihood = Likelihood {
            series: &series,
            diagonal,
        };
        let fit = Fit {
            covariance: &covariance,
            likelihood,
            peaks: None,
        };
        let (found, gradients) = fit.refine(None, 30).unwrap();
        let values = covariance.values(found.mean());
        let at = covariance
            .parameters
            .iter()
            .position(|p| p.place == 7)
            .unwrap();
        assert!(
            (values.values[at] - period).abs() < 1e-3,
            "{}",
            values.values[at]
        );
        let (again, fewer) = fit.refine(Some(&found), 1).unwrap();
        assert!(fewer < gradients && again.width() == found.width());
    }
}
