//! A term: one summand of the surrogate.

use crate::estimator::{Carry, Rule, Thinning};
use helmholtz_math::error::SettingError;

/// Where the particles of a term come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Source {
    /// Fresh programs from the guide. With probability `defensive` a program is drawn from the model's
    /// defensive distribution instead; weights use the density of that mixture.
    Guide {
        /// Programs per observation.
        programs: usize,
        /// The probability of a defensive proposal, 0 for none.
        defensive: f64,
    },
    /// The members of the memory, after it has been offered fresh programs.
    Memory {
        /// Programs offered (R).
        proposals: usize,
        /// Where they come from.
        shares: Shares,
    },
    /// Draws from the model itself.
    Fantasy {
        /// Fantasies per observation of the batch.
        count: usize,
    },
    /// Draws from the hand-written prior and the model's likelihood, for pre-training.
    HandWritten {
        /// Draws per observation of the batch.
        count: usize,
    },
}

/// Which of a memory's proposals do not come from the guide. Members are ranked by the joint, so any
/// proposal is valid, whatever it depends on. Of several proposals the first is always the guide's.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Shares {
    /// The share of draws from the prior: with any, every program is proposed sooner or later, and at fixed
    /// parameters a memory reaches the best ones (MWS, supplement D).
    pub exploration: f64,
    /// The share of local edits of members ([`crate::model::Edits`]). The paper has none.
    pub edits: f64,
}

/// Which members of a memory edits start from. By either, any program may be proposed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Parents {
    /// All alike.
    #[default]
    Alike,
    /// The better of two drawn at random, nearly in proportion to rank at the last visit. In the evolutionary search of
    /// Drefs, Guiraud and Lücke (2022) it is in proportion to log p(z, x) and a constant.
    Fittest,
}

impl Shares {
    fn are_valid(&self) -> bool {
        let share = 0.0..=1.0;
        share.contains(&self.exploration)
            && share.contains(&self.edits)
            && share.contains(&(self.exploration + self.edits))
    }
}

/// By what a memory ranks. The paper ranks by the joint p(z, x); then a prior that learns from the memory
/// shuts out what is not yet in it, however well that would explain x.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Ranking {
    /// The share of members, rounded to the nearest number but never all, that are ranked by p(z)^power p(x | z)
    /// instead. Weights and the bound are of the joint all the same.
    pub broad: f64,
    /// The power of the prior among those.
    pub power: f64,
    /// Whether the first half of a program's continuous samples ranks it, and the others weigh it. Then a program that is
    /// kept because its samples were lucky is not weighed by the same luck.
    pub apart: bool,
}

impl Ranking {
    fn is_valid(&self) -> bool {
        (0.0..=1.0).contains(&self.broad) && self.power >= 0.0 && self.power.is_finite()
    }

    /// The number of broad members among `members`.
    pub fn places(&self, members: usize) -> usize {
        let places = (self.broad * members as f64).round() as usize;
        places.min(members.saturating_sub(1))
    }
}

/// The most Newton steps at a visit.
pub(super) const MOST_REFINEMENT: usize = 1000;

/// What members remember about their continuous parts. The paper remembers nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Recall {
    /// How much earlier estimates of the evidence count at the next visit, from 0 to below 1.
    pub pooling: f64,
    /// Newton steps by which a posterior is improved at a visit.
    pub refinement: usize,
    /// The share of continuous samples from the guide where there is a posterior.
    pub guided: f64,
    /// Whether a proposal that repeats a candidate gives it its continuous samples, instead of none being
    /// drawn for it.
    pub repeats: bool,
}

impl Recall {
    fn check(&self) -> Result<(), SettingError> {
        let refuse = |setting, reason| Err(SettingError::new(setting, reason));
        if !(0.0..1.0).contains(&self.pooling) {
            return refuse("pooling", "a decay of at least 0 and below 1");
        }
        if self.refinement > 0 && !(self.guided > 0.0 && self.guided <= 1.0) {
            return refuse("guided", "a share above 0: the guide bounds the weights");
        }
        if self.refinement > MOST_REFINEMENT {
            let reason = format!("at most {MOST_REFINEMENT} steps a visit");
            return Err(SettingError::new("refinement", reason));
        }
        Ok(())
    }
}

/// What multiplies each kind of coefficient of a term.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// grad log p(z, x).
    pub joint: f64,
    /// grad log q(z_d | x).
    pub discrete: f64,
    /// grad log q(z_c | z_d, x).
    pub continuous: f64,
}

impl Scale {
    /// The model learns with weight `model`, both parts of the guide with weight `guide`.
    pub fn new(model: f64, guide: f64) -> Self {
        Self {
            joint: model,
            discrete: guide,
            continuous: guide,
        }
    }
}

/// What the gradient of continuous samples z_c = f(noise, phi) of the guide is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pathwise {
    /// None: they are constants.
    #[default]
    Detached,
    /// Total: along their path through log p and log q, and what the guide's parameters do to log q besides.
    Total,
    /// Along their path only: log q counts as if its own parameters were constants (Roeder, Wu and Duvenaud, 2017).
    /// What is dropped is a score function, of mean zero in the evidence lower bound, so that there the gradient keeps
    /// its mean, and has no variance where q is the posterior. In a multi-sample bound the mean is another.
    Path,
}

/// One summand of the surrogate.
#[derive(Clone, Copy, Debug)]
pub struct Term {
    /// Where particles come from.
    pub source: Source,
    /// Continuous samples per program; 1 in purely discrete models.
    pub samples: usize,
    /// What the gradient of continuous samples is.
    pub pathwise: Pathwise,
    /// Which members of a memory are edited.
    pub parents: Parents,
    /// By what a memory ranks.
    pub ranking: Ranking,
    /// What its members remember.
    pub recall: Recall,
    /// Which of a memory's programs are differentiated.
    pub thinning: Thinning,
    /// From log-weights to coefficients.
    pub rule: Rule,
    /// How much of what the rule carries from visit to visit stays: the decay of a running baseline, say. `None` where
    /// it carries nothing.
    pub decay: Option<f64>,
    /// What the coefficients are multiplied by.
    pub scale: Scale,
}

impl Term {
    /// A term with one detached sample per program and no thinning.
    pub fn new(source: Source, rule: Rule, scale: Scale) -> Self {
        Self {
            source,
            samples: 1,
            pathwise: Pathwise::Detached,
            parents: Parents::default(),
            ranking: Ranking::default(),
            recall: Recall::default(),
            thinning: Thinning::None,
            rule,
            decay: None,
            scale,
        }
    }

    /// How the rule's state moves, where it has one.
    pub(crate) fn carries(&self) -> Option<(Carry, f64)> {
        self.rule.carry.zip(self.decay)
    }

    /// The same term with several continuous samples per program.
    pub fn with_samples(self, samples: usize) -> Self {
        Self { samples, ..self }
    }

    /// Refuses what cannot be estimated with a memory of that size.
    ///
    /// # Errors
    /// No samples or no programs, a memory of size 0 to learn from, shares that are no shares, or several
    /// continuous samples per program for a rule whose signal is one particle's.
    pub fn check(&self, memory: usize) -> Result<(), SettingError> {
        let refuse = |setting, reason| Err(SettingError::new(setting, reason));
        self.recall.check()?;
        match self.source {
            _ if self.samples == 0 => refuse("samples", "choose at least 1"),
            _ if self.rule.score_function && self.samples > 1 => {
                refuse("samples", "a score function needs 1 per program")
            }
            Source::Memory { shares, .. } if !shares.are_valid() => {
                refuse("edits", "shares of at least 0 that sum to at most 1")
            }
            _ if self.ranking.apart && self.samples < 2 => refuse(
                "apart",
                "a program needs 2 samples, one to rank and one to weigh",
            ),
            _ if self.ranking.apart && (self.recall.pooling > 0.0 || self.recall.repeats) => {
                refuse(
                    "apart",
                    "`pooling` and `repeats` weigh by all samples; set them to 0 and false",
                )
            }
            _ if !self.ranking.is_valid() => {
                refuse("broad", "a share from 0 to 1, and a power of at least 0")
            }
            Source::Guide { programs: 0, .. } => refuse("programs", "choose at least 1"),
            Source::Memory { .. } if memory == 0 => refuse("memory", "choose at least 1"),
            _ => Ok(()),
        }
    }

    /// Evaluations of p per observation and step, as the papers count them.
    pub fn evaluations(&self, memory: usize) -> usize {
        match self.source {
            Source::Guide { programs, .. } => programs * self.samples,
            Source::Memory { proposals, .. } => (memory + proposals) * self.samples,
            Source::Fantasy { .. } | Source::HandWritten { .. } => 0,
        }
    }
}
