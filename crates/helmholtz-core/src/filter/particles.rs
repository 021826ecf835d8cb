//! The particle bound: a filtering bound that many particles close (Maddison et al., 2017; AVF, section 2.4).
//!
//! Particles are proposed by the posterior that an inference network finds, and weighted by p(x_t, z_t | past) over
//! its density. The mean weight is an unbiased estimate of p(x_t | past) given the particles before, so that the sum
//! of its logarithms is below log p(x) in expectation; the gap shrinks like one over the number of particles, where
//! that of a single sample does not shrink at all.

use super::amortised::Amortised;
use super::sequence::{Cut, First, Sequence};
use super::state_space::{Carry, Infer, StateSpace};
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use helmholtz_math::{logsumexp, softmax};
use helmholtz_nn::host;

/// How particles are kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Particles {
    /// Particles per sequence.
    pub count: usize,
    /// Particles are drawn anew when their effective number is below this share of them.
    pub threshold: f64,
}

/// The normalised weights of a sequence's particles, in logarithms.
struct Cloud {
    log_weights: Vec<f64>,
}

impl Cloud {
    fn new(count: usize) -> Self {
        Self {
            log_weights: vec![-(count as f64).ln(); count],
        }
    }

    /// Multiplies the weights by new ones; returns the logarithm of their mean under the old ones.
    fn weigh(&mut self, new: &[f64]) -> f64 {
        let both: Vec<f64> = self
            .log_weights
            .iter()
            .zip(new)
            .map(|(a, b)| a + b)
            .collect();
        let total = logsumexp(&both);
        match total.is_finite() {
            true => self.log_weights = both.iter().map(|w| w - total).collect(),
            // Nobody explains the step: all go on as they were.
            false => *self = Self::new(both.len()),
        }
        total
    }

    /// Whose place each particle takes; the weights are then equal.
    fn resample(&mut self, uniform: f64) -> Vec<usize> {
        let ancestors = systematic(&self.log_weights, uniform);
        *self = Self::new(ancestors.len());
        ancestors
    }
}

/// The effective number of particles by the logarithms of their normalised weights: one over the sum of squares.
pub fn effective(log_weights: &[f64]) -> f64 {
    let squares: f64 = log_weights.iter().map(|w| (2.0 * w).exp()).sum();
    1.0 / squares
}

/// Whose place each particle takes, by systematic resampling.
pub fn systematic(log_weights: &[f64], uniform: f64) -> Vec<usize> {
    let (count, shares) = (log_weights.len(), softmax(log_weights));
    let (mut ancestors, mut below, mut i) = (vec![], shares[0], 0);
    for k in 0..count {
        let at = (k as f64 + uniform) / count as f64;
        while at >= below && i + 1 < count {
            i += 1;
            below += shares[i];
        }
        ancestors.push(i);
    }
    ancestors
}

impl<S: StateSpace, I: Infer<S>> Amortised<S, I> {
    /// The logarithm of each step's mean weight, per sequence: their sum estimates log p(x) from below.
    pub fn particle_bound(
        &self,
        sequences: &[&Sequence],
        first: First,
        particles: &Particles,
    ) -> Vec<Vec<f64>> {
        let each = sequences.iter().enumerate();
        each.map(|(i, sequence)| self.bound(i, sequence, first, particles))
            .collect()
    }

    fn bound(
        &self,
        number: usize,
        sequence: &Sequence,
        first: First,
        particles: &Particles,
    ) -> Vec<f64> {
        let count = particles.count.max(1);
        // Noise is addressed by row, and no two sequences share one.
        let rows: Vec<usize> = (0..count).map(|n| number * count + n).collect();
        let (mut progress, mut cloud) = (self.start_rows(count), Cloud::new(count));
        let (mut steps, device) = (vec![], &self.model().device());
        for t in 0..sequence.len() {
            let x = Cut::batch(&vec![Cut::whole(sequence); count], t, device);
            if t < first.unscored() {
                progress = self.begun(progress, &x, first);
                continue;
            }
            let prior = self.model().prior(progress.state());
            let (posterior, _) = self.infer(&progress, &rows, &prior, &x);
            let z = self.carried(&progress, &rows, &posterior);
            let likelihood = self.model().log_likelihood(progress.state(), z.clone(), &x);
            let weights = likelihood + prior.log_prob(z.clone()) - posterior.log_prob(z.clone());
            let weights: Vec<f64> = host::<1>(&weights).into_iter().map(f64::from).collect();
            steps.push(cloud.weigh(&weights));
            progress = self.moved(progress, z, &x);
            if effective(&cloud.log_weights) < particles.threshold * count as f64 {
                let address = [
                    self.inference().seed,
                    number as u64,
                    t as u64,
                    Purpose::Resample.tag(),
                ];
                let ancestors = cloud.resample(Stream::at(address).uniform());
                progress = progress.map(|state| state.select(&ancestors));
            }
        }
        steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_normalised_and_their_mean_is_returned() {
        let mut cloud = Cloud::new(4);
        let mean = cloud.weigh(&[0.0, f64::NEG_INFINITY, 1.0, 0.0]);
        let expected = ((2.0 + 1f64.exp()) / 4.0).ln();
        assert!((mean - expected).abs() < 1e-12);
        let total: f64 = cloud.log_weights.iter().map(|w| w.exp()).sum();
        assert!((total - 1.0).abs() < 1e-12 && effective(&cloud.log_weights) < 3.0);
        assert_eq!(cloud.weigh(&[f64::NEG_INFINITY; 4]), f64::NEG_INFINITY);
        assert_eq!(effective(&cloud.log_weights), 4.0);
    }

    #[test]
    fn resampling_gives_each_particle_its_share() {
        for k in 0..10 {
            let mut cloud = Cloud::new(4);
            cloud.weigh(&[0.5f64.ln(), 0.25f64.ln(), f64::NEG_INFINITY, 0.25f64.ln()]);
            let ancestors = cloud.resample(f64::from(k) / 10.0);
            let count = |i| ancestors.iter().filter(|&&a| a == i).count();
            assert_eq!([0, 1, 2, 3].map(count), [2, 1, 0, 1], "{ancestors:?}");
            assert_eq!(effective(&cloud.log_weights), 4.0);
        }
    }
}
