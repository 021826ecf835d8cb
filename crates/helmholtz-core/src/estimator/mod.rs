//! Estimators: pure functions from log-weights to coefficients.
//!
//! The wake-sleep family differs in where particles come from, in whether continuous samples stay
//! attached to the graph, and in *the numbers that multiply grad log p and grad log q*. This module is
//! the numbers: f64 in, f64 out, one observation at a time; no tensor, no model, no randomness. The rest
//! is data, in [`crate::algorithm`].

mod memoised;
mod reweighted;
mod rloo;
mod score_function;
mod sleep;
mod vimco;

pub use memoised::MEMOISED;
pub use reweighted::REWEIGHTED;
pub use rloo::RLOO;
pub use score_function::{ELBO, IWAE};
pub use sleep::SLEEP;
pub use vimco::VIMCO;

use helmholtz_math::logsumexp;

/// The log-weights of one observation's particles, `log_weights[l * samples + k]` for program l and
/// continuous sample k.
///
/// The log-weight is log p(z, x) - log q(z | x), with log q of those parts only that were drawn from a
/// guide: a member of a memory has no proposal density.
#[derive(Clone, Debug)]
pub struct Grid {
    /// Continuous samples per program.
    pub samples: usize,
    /// One per particle.
    pub log_weights: Vec<f64>,
    /// What the objective was expected to be before these particles were drawn, in nats: subtracted from
    /// the signal of a score function, which changes its variance and not its mean.
    pub baseline: f64,
}

impl Grid {
    /// A grid with baseline 0.
    pub fn new(samples: usize, log_weights: Vec<f64>) -> Self {
        Self {
            samples,
            log_weights,
            baseline: 0.0,
        }
    }

    /// The number of programs.
    pub fn programs(&self) -> usize {
        self.log_weights.len() / self.samples.max(1)
    }

    /// Per program, the log of the mean weight of its samples: HMWS eq. 5 (the log-weight itself where
    /// there is one sample).
    pub fn marginals(&self) -> Vec<f64> {
        let log_samples = (self.samples as f64).ln();
        self.log_weights
            .chunks(self.samples)
            .map(|row| logsumexp(row) - log_samples)
            .collect()
    }
}

/// What multiplies each gradient, and the bound.
///
/// The surrogate to ascend is the sum over particles of `joint` log p(z, x) + `discrete` log q(z_d | x) +
/// `continuous` log q(z_c | z_d, x).
#[derive(Clone, Debug, PartialEq)]
pub struct Coefficients {
    /// Per particle.
    pub joint: Vec<f64>,
    /// Per program.
    pub discrete: Vec<f64>,
    /// Per particle.
    pub continuous: Vec<f64>,
    /// The value of the objective's estimate for this observation, in nats.
    pub bound: f64,
}

impl Coefficients {
    /// All zero: nothing can be learned from these particles.
    fn none(grid: &Grid) -> Self {
        let particles = vec![0.0; grid.log_weights.len()];
        Self {
            joint: particles.clone(),
            discrete: vec![0.0; grid.programs()],
            continuous: particles,
            bound: f64::NEG_INFINITY,
        }
    }

    /// Fewer programs of the same expected sum. `uniform(l)` is uniform in [0, 1), drawn for program l.
    /// Continuous coefficients stay: they weigh programs alike, so there is nothing to thin by.
    pub fn thin(self, thinning: Thinning, samples: usize, uniform: impl Fn(usize) -> f64) -> Self {
        match thinning {
            Thinning::None => self,
            Thinning::One => self.one(samples, uniform(0)),
            Thinning::Roulette(threshold) => self.roulette(samples, threshold, uniform),
        }
    }

    fn roulette(mut self, samples: usize, threshold: f64, uniform: impl Fn(usize) -> f64) -> Self {
        for l in 0..self.discrete.len() {
            let weight = self.discrete[l];
            if weight >= threshold || weight == 0.0 {
                continue;
            }
            let factor = if uniform(l) < weight / threshold {
                threshold / weight
            } else {
                0.0
            };
            self.discrete[l] *= factor;
            self.joint[l * samples..(l + 1) * samples]
                .iter_mut()
                .for_each(|j| *j *= factor);
        }
        self
    }

    /// One program, chosen with probability equal to its weight.
    fn one(mut self, samples: usize, u: f64) -> Self {
        let mut left = u * self.discrete.iter().sum::<f64>();
        let chosen = self.discrete.iter().position(|&w| {
            left -= w;
            w > 0.0 && left < 0.0
        });
        let last = self.discrete.iter().rposition(|&w| w > 0.0);
        let Some(chosen) = chosen.or(last) else {
            return self;
        };
        let weight = self.discrete[chosen];
        for (i, joint) in self.joint.iter_mut().enumerate() {
            *joint = if i / samples == chosen {
                *joint / weight
            } else {
                0.0
            };
        }
        for (l, discrete) in self.discrete.iter_mut().enumerate() {
            *discrete = f64::from(u8::from(l == chosen));
        }
        self
    }
}

/// Which programs of a memory stand for all of them in the backward pass, which costs more than anything
/// else in a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Thinning {
    /// All, weighted.
    None,
    /// One, drawn by weight: the paper's replay.
    One,
    /// Those of weight at least the threshold; a lighter one with probability weight / threshold, and
    /// then with the threshold as its weight. As unbiased as all of them, at little more than the cost
    /// of one, since posteriors over programs are concentrated.
    Roulette(f64),
}

/// How log-weights become coefficients.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its name in reports.
    pub name: &'static str,
    /// The function.
    pub coefficients: fn(&Grid) -> Coefficients,
    /// Whether `discrete` multiplies a score function, so that it must see the density that was sampled
    /// from (a defensive mixture, say), and log-weights of -inf need a floor.
    pub score_function: bool,
    /// Whether it looks at the baseline.
    pub baseline: bool,
}

impl Rule {
    /// The coefficients of weights that are lifted to at least `floor`.
    ///
    /// A weight at the floor is a constant: it says nothing about p, only that q should not propose this,
    /// so its `joint` is zero. When nothing is above the floor there is nothing to learn.
    pub fn above(&self, floor: f64, grid: &Grid) -> Coefficients {
        let lifted: Vec<bool> = grid.log_weights.iter().map(|w| *w < floor).collect();
        if !lifted.contains(&false) {
            return Coefficients::none(grid);
        }
        let log_weights = grid.log_weights.iter().map(|w| w.max(floor)).collect();
        let mut coefficients = (self.coefficients)(&Grid {
            log_weights,
            ..*grid
        });
        let joint = coefficients.joint.iter_mut().zip(&lifted);
        joint
            .filter(|(_, lifted)| **lifted)
            .for_each(|(joint, _)| *joint = 0.0);
        coefficients
    }
}

#[cfg(test)]
mod tests;
