//! An algorithm is data: a list of terms, each one summand of the surrogate.

use serde::{Deserialize, Serialize};

use crate::error::SettingError;
use crate::estimator::{ELBO, IWAE, MEMOISED, REWEIGHTED, Rule, SLEEP, Thinning, VIMCO};

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
    /// The share of draws from the model's defensive distribution ([`crate::model::Model::sample_defensive`]):
    /// with any, a memory reaches the best programs in the end (MWS, supplement D).
    pub defensive: f64,
    /// The share of local edits of members ([`crate::model::Model::edit`]). The paper has none.
    pub edits: f64,
}

impl Shares {
    fn are_valid(&self) -> bool {
        let share = 0.0..=1.0;
        share.contains(&self.defensive)
            && share.contains(&self.edits)
            && share.contains(&(self.defensive + self.edits))
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
    /// The decay of a running mean of the bound, one per observation, that is the rule's baseline; `None`
    /// for no baseline.
    pub baseline: Option<f64>,
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
            baseline: None,
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
    /// No samples or no programs, a memory of size 0 to learn from, shares that are no shares, or several
    /// continuous samples per program for a rule whose signal is one particle's.
    pub fn check(&self, memory: usize) -> Result<(), SettingError> {
        let refuse = |setting, reason| Err(SettingError::new(setting, reason));
        match self.source {
            _ if self.samples == 0 => refuse("samples", "choose at least 1"),
            _ if self.rule.score_function && self.samples > 1 => {
                refuse("samples", "a score function needs 1 per program")
            }
            Source::Memory { shares, .. } if !shares.are_valid() => {
                refuse("edits", "shares of at least 0 that sum to at most 1")
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
    /// The rule of the first submission (2019): all particles are members, and one proposal more a step
    /// replaces the worst of them if it is better. Weights are fresh here, and stale there.
    #[serde(rename = "mws-2019")]
    Mws2019,
    /// Reweighted wake-sleep, wake phase for both.
    Rws,
    /// Reweighted wake-sleep with a guide that learns from fantasies.
    RwsSleep,
    /// Reweighted wake-sleep with a guide that learns half in the wake phase and half from fantasies.
    RwsMix,
    /// VIMCO.
    Vimco,
    /// The multi-sample bound with the score function.
    Iwae,
    /// The evidence lower bound with the score function (REINFORCE).
    Elbo,
    /// Classic wake-sleep: the model learns from the guide's samples, the guide from fantasies.
    WakeSleep,
}

/// The sizes and switches that turn a name into terms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// Evaluations of p per observation and step (K). `mws-2019` counts as that paper does: K members and
    /// one proposal.
    pub particles: usize,
    /// Fantasies per observation of the batch, where an algorithm has any.
    pub fantasies: usize,
    /// The share of defensive proposals of the algorithms without a memory.
    pub defensive: f64,
    /// Proposals to a memory that do not come from the guide.
    pub shares: Shares,
    /// The decay of the running baseline of `elbo` and `iwae`; `None` for none.
    pub baseline: Option<f64>,
    /// Replay one sampled member (the paper) instead of all members, weighted (light ones by roulette).
    pub sampled_replay: bool,
}

impl Default for Budget {
    /// Ten particles, everything else as in the papers.
    fn default() -> Self {
        Self {
            particles: 10,
            fantasies: 1,
            defensive: 0.0,
            shares: Shares::default(),
            baseline: None,
            sampled_replay: false,
        }
    }
}

/// Below this weight a member of the memory is differentiated only sometimes.
const ROULETTE: Thinning = Thinning::Roulette(0.05);

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Mws,
        Self::MwsFantasy,
        Self::MwsMix,
        Self::Mws2019,
        Self::Rws,
        Self::RwsSleep,
        Self::RwsMix,
        Self::Vimco,
        Self::Iwae,
        Self::Elbo,
        Self::WakeSleep,
    ];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mws => "mws",
            Self::MwsFantasy => "mws-fantasy",
            Self::MwsMix => "mws-mix",
            Self::Mws2019 => "mws-2019",
            Self::Rws => "rws",
            Self::RwsSleep => "rws-sleep",
            Self::RwsMix => "rws-mix",
            Self::Vimco => "vimco",
            Self::Iwae => "iwae",
            Self::Elbo => "elbo",
            Self::WakeSleep => "wake-sleep",
        }
    }

    /// The size of its memory and the proposals it is offered in a step; `(0, 0)` without a memory. Of K
    /// particles M = ceil(K / 2) are members and R = K - M proposals (MWS, section 3).
    pub fn memory(self, particles: usize) -> (usize, usize) {
        match self {
            Self::Mws | Self::MwsFantasy | Self::MwsMix => {
                let members = particles.div_ceil(2);
                (members, particles - members)
            }
            Self::Mws2019 => (particles, 1),
            _ => (0, 0),
        }
    }

    /// Whether its guide learns from fantasies.
    fn sleeps(self) -> bool {
        matches!(
            self,
            Self::MwsFantasy | Self::MwsMix | Self::RwsSleep | Self::RwsMix | Self::WakeSleep
        )
    }

    /// The terms of the surrogate.
    ///
    /// # Errors
    /// Degenerate settings are refused with a reason: fewer than two particles where a memory needs a
    /// proposal beside it, a wake phase would reinforce the guide's own sample or a leave-one-out baseline
    /// would be of nothing; no fantasies where the guide learns from them; shares and decays out of range.
    pub fn terms(self, budget: &Budget) -> Result<Vec<Term>, SettingError> {
        self.check(budget)?;
        let fresh = Source::Guide {
            programs: budget.particles,
            defensive: budget.defensive,
        };
        let wake = |rule, guide| Term::new(fresh, rule, Scale::new(1.0, guide));
        let scored = |rule| Term {
            pathwise: true,
            baseline: budget.baseline,
            ..wake(rule, 1.0)
        };
        let replay = |guide| self.replay(budget, guide);
        let fantasy = |guide| {
            let source = Source::Fantasy {
                count: budget.fantasies,
            };
            Term::new(source, SLEEP, Scale::new(0.0, guide))
        };
        Ok(match self {
            Self::Mws | Self::Mws2019 => vec![replay(1.0)],
            Self::MwsFantasy => vec![replay(0.0), fantasy(1.0)],
            Self::MwsMix => vec![replay(0.5), fantasy(0.5)],
            Self::Rws => vec![wake(REWEIGHTED, 1.0)],
            Self::RwsSleep => vec![wake(REWEIGHTED, 0.0), fantasy(1.0)],
            Self::RwsMix => vec![wake(REWEIGHTED, 0.5), fantasy(0.5)],
            Self::Vimco => vec![Term {
                pathwise: true,
                ..wake(VIMCO, 1.0)
            }],
            Self::Iwae => vec![scored(IWAE)],
            Self::Elbo => vec![scored(ELBO)],
            Self::WakeSleep => vec![wake(ELBO, 0.0), fantasy(1.0)],
        })
    }

    fn replay(self, budget: &Budget, guide: f64) -> Term {
        let (_, proposals) = self.memory(budget.particles);
        let shares = budget.shares;
        let source = Source::Memory { proposals, shares };
        Term {
            thinning: if budget.sampled_replay {
                Thinning::One
            } else {
                ROULETTE
            },
            ..Term::new(source, MEMOISED, Scale::new(1.0, guide))
        }
    }

    /// Why the algorithm is degenerate with a single particle, if it is.
    fn needs_two(self) -> Option<&'static str> {
        match self {
            Self::Mws | Self::MwsFantasy | Self::MwsMix => {
                Some("the memory needs room and a proposal")
            }
            Self::Rws | Self::RwsMix => Some("one particle has weight 1 whatever it explains"),
            Self::RwsSleep => Some("with one it is `wake-sleep`"),
            Self::Vimco => Some("the leave-one-out baseline needs another particle"),
            Self::Mws2019 | Self::Iwae | Self::Elbo | Self::WakeSleep => None,
        }
    }

    fn check(self, budget: &Budget) -> Result<(), SettingError> {
        let refuse = |setting, reason: String| Err(SettingError::new(setting, reason));
        let name = self.name();
        match (budget.particles, self.needs_two()) {
            (0, _) => return refuse("particles", format!("{name} needs at least 1")),
            (1, Some(why)) => {
                return refuse("particles", format!("{name} needs at least 2, for {why}"));
            }
            _ => {}
        }
        if self.sleeps() && budget.fantasies == 0 {
            let reason = format!("the guide of {name} learns from fantasies, at least 1");
            return refuse("fantasies", reason);
        }
        if !(0.0..1.0).contains(&budget.defensive) {
            return refuse("defensive", "a share of at least 0 and below 1".into());
        }
        if budget
            .baseline
            .is_some_and(|decay| !(0.0..1.0).contains(&decay))
        {
            return refuse("baseline", "a decay of at least 0 and below 1".into());
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

    fn budget() -> Budget {
        Budget {
            particles: 5,
            defensive: 0.1,
            ..Budget::default()
        }
    }

    #[test]
    fn particles_are_the_evaluations_of_every_algorithm() {
        assert_eq!(Algorithm::Mws.memory(5), (3, 2));
        for algorithm in Algorithm::ALL {
            let terms = algorithm.terms(&budget()).unwrap();
            let (memory, _) = algorithm.memory(5);
            let total: usize = terms.iter().map(|t| t.evaluations(memory)).sum();
            let more = usize::from(algorithm == Algorithm::Mws2019);
            assert_eq!(total, 5 + more, "{}", algorithm.name());
        }
    }

    #[test]
    fn the_guide_and_the_model_each_learn_with_total_weight_one() {
        for algorithm in Algorithm::ALL {
            let terms = algorithm.terms(&budget()).unwrap();
            let sum = |f: fn(&Scale) -> f64| terms.iter().map(|t| f(&t.scale)).sum::<f64>();
            assert_eq!((sum(|s| s.joint), sum(|s| s.discrete)), (1.0, 1.0));
        }
    }

    #[test]
    fn degenerate_settings_are_refused_with_a_reason() {
        let setting = |algorithm: Algorithm, budget: Budget| {
            let error = algorithm.terms(&budget).err();
            error.map(|e| e.setting).unwrap_or_default()
        };
        for algorithm in Algorithm::ALL {
            let of = |particles| Budget {
                particles,
                ..budget()
            };
            assert_eq!(setting(algorithm, of(0)), "particles");
            let single = [
                Algorithm::Mws2019,
                Algorithm::Iwae,
                Algorithm::Elbo,
                Algorithm::WakeSleep,
            ];
            let refused = !single.contains(&algorithm);
            assert_eq!(
                setting(algorithm, of(1)),
                if refused { "particles" } else { "" }
            );
            let silent = Budget {
                fantasies: 0,
                ..budget()
            };
            let refused = if algorithm.sleeps() { "fantasies" } else { "" };
            assert_eq!(setting(algorithm, silent), refused);
        }
        let all = Budget {
            defensive: 1.0,
            ..budget()
        };
        assert_eq!(setting(Algorithm::Rws, all), "defensive");
        let for_ever = Budget {
            baseline: Some(1.0),
            ..budget()
        };
        assert_eq!(setting(Algorithm::Elbo, for_ever), "baseline");
    }

    #[test]
    fn shares_that_are_none_are_refused() {
        let shares = |defensive, edits| {
            let source = Source::Memory {
                proposals: 2,
                shares: Shares { defensive, edits },
            };
            Term::new(source, MEMOISED, Scale::new(1.0, 1.0)).check(3)
        };
        assert!(shares(0.5, 0.5).is_ok() && shares(0.0, 1.0).is_ok());
        for (defensive, edits) in [(-0.1, 0.0), (0.6, 0.6), (0.0, f64::NAN)] {
            assert_eq!(shares(defensive, edits).unwrap_err().setting, "edits");
        }
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
