//! Estimators: pure functions from log-weights to coefficients.
//!
//! The wake-sleep family differs in where particles come from, in whether continuous samples stay
//! attached to the graph, and in *the numbers that multiply grad log p and grad log q*. This module is
//! the numbers: f64 in, f64 out, one observation at a time; no tensor, no model, no randomness but a number that is
//! given. The rest is data, in [`crate::algorithm`].

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

use std::ops::Range;

use helmholtz_math::logsumexp;
use serde::{Deserialize, Serialize};

/// What a rule sees of one observation's particles: `log_weights[l * samples + k]` is that of program l and continuous
/// sample k.
///
/// The log-weight is log p(z, x) - log q(z | x), with log q of those parts only that were drawn from a
/// guide: a member of a memory has no proposal density. Its parts are there too, each apart; what goes beyond the
/// papers may scale weights away from their parts, and a floor may lift them.
#[derive(Clone, Debug, Default)]
pub struct Grid {
    /// Continuous samples per program.
    pub samples: usize,
    /// One per particle.
    pub log_weights: Vec<f64>,
    /// log p(z, x), one per particle.
    pub log_joint: Vec<f64>,
    /// log q(z_d | x), one per program; empty unless the rule [`Needs`] it.
    pub log_guide: Vec<f64>,
    /// The log-density that each particle was drawn from.
    pub log_proposal: Vec<f64>,
    /// Per program, how many of these are equal to it and share its scores; a member stands once.
    pub multiplicity: Vec<usize>,
    /// Uniform in [0, 1), from a stream of its own; 0 unless the rule [`Needs`] it.
    pub uniform: f64,
    /// What the rule carries from the observation's last visit; nothing at the first.
    pub state: Carried,
}

impl Grid {
    /// A grid of log-weights alone.
    pub fn new(samples: usize, log_weights: Vec<f64>) -> Self {
        Self {
            samples,
            log_weights,
            ..Self::default()
        }
    }

    /// The same of some programs only, in their order.
    pub fn of(&self, programs: &[usize]) -> Self {
        let k = self.samples;
        let rows = || programs.iter().flat_map(|&l| l * k..(l + 1) * k);
        // What is empty stays empty.
        let particles = |of: &[f64]| rows().filter_map(|i| of.get(i).copied()).collect();
        Self {
            samples: k,
            log_weights: particles(&self.log_weights),
            log_joint: particles(&self.log_joint),
            log_guide: each(programs, &self.log_guide),
            log_proposal: particles(&self.log_proposal),
            multiplicity: each(programs, &self.multiplicity),
            uniform: self.uniform,
            state: self.state.clone(),
        }
    }

    /// The same where only some samples of every program count: the others have no weight, and those that are left have more,
    /// so that [`Grid::marginals`] are the means over them.
    pub fn counting(&self, samples: Range<usize>) -> Self {
        let (all, part) = (self.samples as f64, samples.len() as f64);
        let weight = |(i, w): (usize, &f64)| match samples.contains(&(i % self.samples)) {
            true => w + all.ln() - part.ln(),
            false => f64::NEG_INFINITY,
        };
        let log_weights = self.log_weights.iter().enumerate().map(weight).collect();
        Self {
            log_weights,
            ..self.clone()
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

fn each<T: Copy>(programs: &[usize], of: &[T]) -> Vec<T> {
    let known = programs.iter().filter_map(|&l| of.get(l));
    known.copied().collect()
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
    /// What it asks for besides log-weights.
    pub needs: Needs,
    /// What it carries to the observation's next visit, by the decay that its term has; `None` for nothing.
    pub carry: Option<Carry>,
}

/// From what a rule saw and made of it to its next state.
pub type Carry = fn(&Grid, &Coefficients, f64) -> Carried;

/// What a rule asks for that costs something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// log q(z_d | x) of a memory's candidates. Fresh programs have it anyway.
    pub guide: bool,
    /// A uniform number.
    pub uniform: bool,
}

impl Needs {
    /// Log-weights are enough.
    pub const NOTHING: Self = Self {
        guide: false,
        uniform: false,
    };
}

/// What a rule carries from one visit of an observation to the next: numbers of its own, none at the first visit.
/// A file has one number as itself and none as null.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Carried(pub Vec<f64>);

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Few(Option<f64>),
    Many(Vec<f64>),
}

impl From<Carried> for Written {
    fn from(Carried(numbers): Carried) -> Self {
        match numbers.len() {
            ..2 => Self::Few(numbers.first().copied()),
            _ => Self::Many(numbers),
        }
    }
}

impl From<Written> for Carried {
    fn from(written: Written) -> Self {
        Self(match written {
            Written::Few(number) => number.into_iter().collect(),
            Written::Many(numbers) => numbers,
        })
    }
}

impl Rule {
    /// A rule to which log-weights are enough.
    pub const fn new(name: &'static str, coefficients: fn(&Grid) -> Coefficients) -> Self {
        Self {
            name,
            coefficients,
            score_function: false,
            needs: Needs::NOTHING,
            carry: None,
        }
    }

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
            ..grid.clone()
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
