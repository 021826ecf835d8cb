//! An algorithm is data: a list of terms, each one summand of the surrogate.

use serde::{Deserialize, Serialize};

use crate::error::SettingError;
use crate::estimator::{MEMOISED, REWEIGHTED, Rule, SLEEP, Thinning, VIMCO};

/// Where the particles of a term come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Source {
    /// Fresh programs from the guide. With probability `defensive` a program is the one of guaranteed
    /// support instead; weights use the density of that mixture.
    Guide {
        /// Programs per observation.
        programs: usize,
        /// The probability of the defensive proposal, 0 for none.
        defensive: f64,
    },
    /// The members of the memory, after it has been offered fresh programs from the guide.
    Memory {
        /// Programs offered (R).
        proposals: usize,
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

/// One summand of the surrogate.
#[derive(Clone, Copy, Debug)]
pub struct Term {
    /// Where particles come from.
    pub source: Source,
    /// Continuous samples per program; 1 in purely discrete models.
    pub samples: usize,
    /// Whether continuous samples are attached to the gradient graph.
    pub pathwise: bool,
    /// Which of a memory's programs are differentiated.
    pub thinning: Thinning,
    /// From log-weights to coefficients.
    pub rule: Rule,
    /// What the coefficients are multiplied by.
    pub scale: Scale,
}

impl Term {
    /// A term with one detached sample per program and no thinning.
    pub fn new(source: Source, rule: Rule, scale: Scale) -> Self {
        Self {
            source,
            samples: 1,
            pathwise: false,
            thinning: Thinning::None,
            rule,
            scale,
        }
    }

    /// The same term with several continuous samples per program.
    pub fn with_samples(self, samples: usize) -> Self {
        Self { samples, ..self }
    }

    /// Refuses what cannot be estimated with a memory of that size.
    ///
    /// # Errors
    /// No samples or no programs, a memory of size 0 to learn from, or several continuous samples per
    /// program for a rule whose baseline leaves out one particle at a time.
    pub fn check(&self, memory: usize) -> Result<(), SettingError> {
        let refuse = |setting, reason| Err(SettingError::new(setting, reason));
        match self.source {
            _ if self.samples == 0 => refuse("samples", "choose at least 1"),
            _ if self.rule.score_function && self.samples > 1 => {
                refuse("samples", "a leave-one-out baseline needs 1 per program")
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
            Source::Memory { proposals } => (memory + proposals) * self.samples,
            Source::Fantasy { .. } | Source::HandWritten { .. } => 0,
        }
    }
}

/// The algorithms for purely discrete models, by the names of the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// Memoised wake-sleep: model and guide learn from the memory.
    Mws,
    /// The model learns from the memory, the guide from fantasies.
    MwsFantasy,
    /// The model learns from the memory, the guide half from the memory and half from fantasies.
    MwsMix,
    /// Reweighted wake-sleep, wake phase for both.
    Rws,
    /// Reweighted wake-sleep with a guide that learns from fantasies.
    RwsSleep,
    /// VIMCO.
    Vimco,
}

/// The sizes and switches that turn a name into terms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// Evaluations of p per observation and step (K).
    pub particles: usize,
    /// Fantasies per observation of the batch, where an algorithm has any.
    pub fantasies: usize,
    /// The share of defensive proposals of the algorithms without a memory.
    pub defensive: f64,
    /// Replay one sampled member (the paper) instead of all members, weighted (light ones by roulette).
    pub sampled_replay: bool,
}

impl Budget {
    /// The size of the memory, M = ceil(K / 2) (MWS, section 3: K = M + R).
    pub fn memory(&self) -> usize {
        self.particles.div_ceil(2)
    }

    /// Proposals per step, R = K - M.
    pub fn proposals(&self) -> usize {
        self.particles - self.memory()
    }
}

/// Below this weight a member of the memory is differentiated only sometimes.
const ROULETTE: Thinning = Thinning::Roulette(0.05);

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Mws,
        Self::MwsFantasy,
        Self::MwsMix,
        Self::Rws,
        Self::RwsSleep,
        Self::Vimco,
    ];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mws => "mws",
            Self::MwsFantasy => "mws-fantasy",
            Self::MwsMix => "mws-mix",
            Self::Rws => "rws",
            Self::RwsSleep => "rws-sleep",
            Self::Vimco => "vimco",
        }
    }

    /// Whether it keeps a memory.
    pub fn memoised(self) -> bool {
        matches!(self, Self::Mws | Self::MwsFantasy | Self::MwsMix)
    }

    /// The terms of the surrogate.
    ///
    /// # Errors
    /// Degenerate settings are refused with a reason: fewer than two particles (no proposal beside the
    /// memory; a wake phase that reinforces the guide's own sample; a leave-one-out baseline of nothing),
    /// no fantasies where the guide learns from them, a defensive share outside [0, 1).
    pub fn terms(self, budget: &Budget) -> Result<Vec<Term>, SettingError> {
        self.check(budget)?;
        let replay = |guide: f64| Term {
            thinning: if budget.sampled_replay {
                Thinning::One
            } else {
                ROULETTE
            },
            ..Term::new(
                Source::Memory {
                    proposals: budget.proposals(),
                },
                MEMOISED,
                Scale::new(1.0, guide),
            )
        };
        let fresh = Source::Guide {
            programs: budget.particles,
            defensive: budget.defensive,
        };
        let wake = |rule, guide| Term::new(fresh, rule, Scale::new(1.0, guide));
        let fantasy = |guide| {
            let source = Source::Fantasy {
                count: budget.fantasies,
            };
            Term::new(source, SLEEP, Scale::new(0.0, guide))
        };
        Ok(match self {
            Self::Mws => vec![replay(1.0)],
            Self::MwsFantasy => vec![replay(0.0), fantasy(1.0)],
            Self::MwsMix => vec![replay(0.5), fantasy(0.5)],
            Self::Rws => vec![wake(REWEIGHTED, 1.0)],
            Self::RwsSleep => vec![wake(REWEIGHTED, 0.0), fantasy(1.0)],
            Self::Vimco => vec![Term {
                pathwise: true,
                ..wake(VIMCO, 1.0)
            }],
        })
    }

    fn check(self, budget: &Budget) -> Result<(), SettingError> {
        if budget.particles < 2 {
            let why = match self {
                Self::Mws | Self::MwsFantasy | Self::MwsMix => {
                    "the memory needs room and a proposal"
                }
                Self::Rws | Self::RwsSleep => "one particle has weight 1 whatever it explains",
                Self::Vimco => "the leave-one-out baseline needs another particle",
            };
            let reason = format!("{} needs at least 2, for {why}", self.name());
            return Err(SettingError::new("particles", reason));
        }
        let sleeps = matches!(self, Self::MwsFantasy | Self::MwsMix | Self::RwsSleep);
        if sleeps && budget.fantasies == 0 {
            let reason = format!(
                "the guide of {} learns from fantasies, at least 1",
                self.name()
            );
            return Err(SettingError::new("fantasies", reason));
        }
        if !(0.0..1.0).contains(&budget.defensive) {
            return Err(SettingError::new(
                "defensive",
                "a share of at least 0 and below 1",
            ));
        }
        Ok(())
    }
}

impl std::str::FromStr for Algorithm {
    type Err = SettingError;

    fn from_str(name: &str) -> Result<Self, SettingError> {
        Self::ALL
            .into_iter()
            .find(|a| a.name() == name)
            .ok_or_else(|| {
                let names: Vec<&str> = Self::ALL.iter().map(|a| a.name()).collect();
                SettingError::new(
                    "algorithm",
                    format!("`{name}` is none of {}", names.join(", ")),
                )
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUDGET: Budget = Budget {
        particles: 5,
        fantasies: 1,
        defensive: 0.1,
        sampled_replay: false,
    };

    #[test]
    fn particles_are_the_evaluations_of_every_algorithm() {
        assert_eq!((BUDGET.memory(), BUDGET.proposals()), (3, 2));
        for algorithm in Algorithm::ALL {
            let terms = algorithm.terms(&BUDGET).unwrap();
            let total: usize = terms.iter().map(|t| t.evaluations(BUDGET.memory())).sum();
            assert_eq!(total, 5, "{}", algorithm.name());
        }
    }

    #[test]
    fn the_guide_and_the_model_each_learn_with_total_weight_one() {
        for algorithm in Algorithm::ALL {
            let terms = algorithm.terms(&BUDGET).unwrap();
            let sum = |f: fn(&Scale) -> f64| terms.iter().map(|t| f(&t.scale)).sum::<f64>();
            assert_eq!((sum(|s| s.joint), sum(|s| s.discrete)), (1.0, 1.0));
        }
    }

    #[test]
    fn degenerate_settings_are_refused_with_a_reason() {
        for algorithm in Algorithm::ALL {
            let one = Budget {
                particles: 1,
                ..BUDGET
            };
            assert_eq!(algorithm.terms(&one).unwrap_err().setting, "particles");
        }
        let silent = Budget {
            fantasies: 0,
            ..BUDGET
        };
        assert_eq!(
            Algorithm::MwsMix.terms(&silent).unwrap_err().setting,
            "fantasies"
        );
        let all = Budget {
            defensive: 1.0,
            ..BUDGET
        };
        assert_eq!(Algorithm::Rws.terms(&all).unwrap_err().setting, "defensive");
    }

    #[test]
    fn names_round_trip() {
        for algorithm in Algorithm::ALL {
            assert_eq!(algorithm.name().parse::<Algorithm>().unwrap(), algorithm);
        }
        assert!(
            "wake"
                .parse::<Algorithm>()
                .unwrap_err()
                .to_string()
                .contains("mws-mix")
        );
    }
}
