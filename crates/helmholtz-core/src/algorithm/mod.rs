//! An algorithm is data: a list of terms, each one summand of the surrogate.

pub mod learning;
mod term;

pub use learning::Learning;
pub use term::{Ranking, Recall, Scale, Shares, Source, Term};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::estimator::{ELBO, IWAE, MEMOISED, REWEIGHTED, SLEEP, Thinning, VIMCO};
use helmholtz_math::error::SettingError;

/// The algorithms, by the names of the command line. In a model with continuous latents they count
/// [`Learning::samples`] of these per program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// Memoised wake-sleep: model and guide learn from the memory.
    Mws,
    /// The model learns from the memory, the guide from fantasies.
    MwsFantasy,
    /// The model learns from the memory, the guide from the memory and from fantasies.
    MwsMix,
    /// The rule of the first submission (2019): all particles are members, and one proposal more a step
    /// replaces the worst of them if it is better. Weights are fresh here, and stale there.
    #[serde(rename = "mws-2019")]
    Mws2019,
    /// The same with a guide that learns from fantasies.
    #[serde(rename = "mws-2019-fantasy")]
    Mws2019Fantasy,
    /// Hybrid memoised wake-sleep: `mws-mix` under its own name, since without continuous latents the two are
    /// the same.
    Hmws,
    /// The same, but the continuous guide learns as in reweighted wake-sleep, from as many particles more
    /// (HMWS, appendix D.1).
    HmwsMinus,
    /// Reweighted wake-sleep, wake phase for both.
    Rws,
    /// Reweighted wake-sleep with a guide that learns from fantasies.
    RwsSleep,
    /// Reweighted wake-sleep with a guide that learns in the wake phase and from fantasies.
    RwsMix,
    /// The same, but the continuous guide learns as in hybrid memoised wake-sleep, from fresh programs
    /// (HMWS, appendix D.1).
    RwsPlus,
    /// VIMCO.
    Vimco,
    /// The multi-sample bound with the score function.
    Iwae,
    /// The evidence lower bound with the score function (REINFORCE).
    Elbo,
    /// Classic wake-sleep: the model learns from the guide's samples, the guide from fantasies.
    WakeSleep,
}

/// Below this weight a member of the memory is differentiated only sometimes.
const ROULETTE: Thinning = Thinning::Roulette(0.05);

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Mws,
        Self::MwsFantasy,
        Self::MwsMix,
        Self::Mws2019,
        Self::Mws2019Fantasy,
        Self::Hmws,
        Self::HmwsMinus,
        Self::Rws,
        Self::RwsSleep,
        Self::RwsMix,
        Self::RwsPlus,
        Self::Vimco,
        Self::Iwae,
        Self::Elbo,
        Self::WakeSleep,
    ];

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mws => "mws",
            Self::MwsFantasy => "mws-fantasy",
            Self::MwsMix => "mws-mix",
            Self::Mws2019 => "mws-2019",
            Self::Mws2019Fantasy => "mws-2019-fantasy",
            Self::Hmws => "hmws",
            Self::HmwsMinus => "hmws-minus",
            Self::Rws => "rws",
            Self::RwsSleep => "rws-sleep",
            Self::RwsMix => "rws-mix",
            Self::RwsPlus => "rws-plus",
            Self::Vimco => "vimco",
            Self::Iwae => "iwae",
            Self::Elbo => "elbo",
            Self::WakeSleep => "wake-sleep",
        }
    }

    /// The size of its memory and the proposals it is offered in a step; `(0, 0)` without a memory. Of K
    /// programs M = ceil(K / 2) are members and R = K - M proposals (MWS, section 3).
    pub fn memory(self, programs: usize) -> (usize, usize) {
        match self {
            Self::Mws | Self::MwsFantasy | Self::MwsMix | Self::Hmws | Self::HmwsMinus => {
                let members = programs.div_ceil(2);
                (members, programs - members)
            }
            Self::Mws2019 | Self::Mws2019Fantasy => (programs, 1),
            _ => (0, 0),
        }
    }

    /// Whether its guide learns from fantasies.
    fn sleeps(self) -> bool {
        matches!(
            self,
            Self::MwsFantasy
                | Self::MwsMix
                | Self::Mws2019Fantasy
                | Self::Hmws
                | Self::HmwsMinus
                | Self::RwsSleep
                | Self::RwsMix
                | Self::RwsPlus
                | Self::WakeSleep
        )
    }

    /// The terms of the surrogate.
    ///
    /// # Errors
    /// Degenerate settings are refused with a reason: fewer than two particles where a memory needs a
    /// proposal beside it, a wake phase would reinforce the guide's own sample or a leave-one-out baseline
    /// would be of nothing; no fantasies where the guide learns from them; shares and decays out of range.
    pub fn terms(self, learning: &Learning) -> Result<Vec<Term>, SettingError> {
        self.check(learning)?;
        let fresh = Source::Guide {
            programs: learning.particles,
            defensive: learning.defensive,
        };
        let wake = |rule, guide| Term::new(fresh, rule, Scale::new(1.0, guide));
        let scored = |rule| Term {
            pathwise: true,
            baseline: learning.baseline,
            ..wake(rule, 1.0)
        };
        let mix = learning.mix;
        let replay = |guide| self.replay(learning, guide);
        let fantasy = |guide| {
            let source = Source::Fantasy {
                count: learning.fantasies,
            };
            Term::new(source, SLEEP, Scale::new(0.0, guide))
        };
        Ok(match self {
            Self::Mws | Self::Mws2019 => vec![replay(1.0)],
            Self::MwsFantasy | Self::Mws2019Fantasy => vec![replay(0.0), fantasy(1.0)],
            Self::MwsMix | Self::Hmws => vec![replay(1.0 - mix), fantasy(mix)],
            Self::HmwsMinus => {
                let (without, alone) = apart(1.0 - mix);
                let replay = Term {
                    scale: without,
                    ..replay(1.0)
                };
                let wake = Term {
                    scale: alone,
                    ..wake(REWEIGHTED, 1.0)
                };
                vec![replay, wake, fantasy(mix)]
            }
            Self::Rws => vec![wake(REWEIGHTED, 1.0)],
            Self::RwsSleep => vec![wake(REWEIGHTED, 0.0), fantasy(1.0)],
            Self::RwsMix => vec![wake(REWEIGHTED, 1.0 - mix), fantasy(mix)],
            Self::RwsPlus => {
                let (without, alone) = apart(1.0 - mix);
                let wake = Term {
                    scale: without,
                    ..wake(REWEIGHTED, 1.0)
                };
                let source = Source::Guide {
                    programs: learning.programs().div_ceil(2),
                    defensive: 0.0,
                };
                let within = Term::new(source, MEMOISED, alone).with_samples(learning.samples);
                vec![wake, within, fantasy(mix)]
            }
            Self::Vimco => vec![Term {
                pathwise: true,
                ..wake(VIMCO, 1.0)
            }],
            Self::Iwae => vec![scored(IWAE)],
            Self::Elbo => vec![scored(ELBO)],
            Self::WakeSleep => vec![wake(ELBO, 0.0), fantasy(1.0)],
        })
    }

    fn replay(self, learning: &Learning, guide: f64) -> Term {
        let (_, proposals) = self.memory(learning.programs());
        let shares = learning.shares();
        let source = Source::Memory { proposals, shares };
        Term {
            ranking: Ranking {
                broad: learning.broad,
                power: learning.power,
            },
            recall: learning.recall(),
            thinning: if learning.sampled_replay {
                Thinning::One
            } else {
                ROULETTE
            },
            ..Term::new(source, MEMOISED, Scale::new(1.0, guide)).with_samples(learning.samples)
        }
    }

    /// Why the algorithm is degenerate with a single particle, if it is.
    fn needs_two(self) -> Option<&'static str> {
        match self {
            Self::Mws | Self::MwsFantasy | Self::MwsMix | Self::Hmws | Self::HmwsMinus => {
                Some("the memory needs room and a proposal")
            }
            Self::Rws | Self::RwsMix | Self::RwsPlus => {
                Some("one particle has weight 1 whatever it explains")
            }
            Self::RwsSleep => Some("with one it is `wake-sleep`"),
            Self::Vimco => Some("the leave-one-out baseline needs another particle"),
            Self::Mws2019 | Self::Mws2019Fantasy | Self::Iwae | Self::Elbo | Self::WakeSleep => {
                None
            }
        }
    }

    fn check(self, learning: &Learning) -> Result<(), SettingError> {
        let refuse = |setting, reason: String| Err(SettingError::new(setting, reason));
        let name = self.name();
        match (learning.particles, self.needs_two()) {
            (0, _) => return refuse("particles", format!("{name} needs at least 1")),
            (1, Some(why)) => {
                return refuse("particles", format!("{name} needs at least 2, for {why}"));
            }
            _ => {}
        }
        if self.sleeps() && learning.fantasies == 0 {
            let reason = format!("the guide of {name} learns from fantasies, at least 1");
            return refuse("fantasies", reason);
        }
        if !(0.0..=1.0).contains(&learning.mix) {
            return refuse("mix", "a share from 0 to 1".into());
        }
        if !(0.0..1.0).contains(&learning.defensive) {
            return refuse("defensive", "a share of at least 0 and below 1".into());
        }
        if learning
            .baseline
            .is_some_and(|decay| !(0.0..1.0).contains(&decay))
        {
            return refuse("baseline", "a decay of at least 0 and below 1".into());
        }
        Ok(())
    }
}

/// Scales for two terms: model and discrete guide learn from the one, the continuous guide from the other.
fn apart(guide: f64) -> (Scale, Scale) {
    let without = Scale {
        continuous: 0.0,
        ..Scale::new(1.0, guide)
    };
    let alone = Scale {
        joint: 0.0,
        discrete: 0.0,
        continuous: guide,
    };
    (without, alone)
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

    fn learning() -> Learning {
        Learning {
            particles: 5,
            defensive: 0.1,
            ..Learning::default()
        }
    }

    #[test]
    fn particles_are_the_evaluations_of_every_algorithm() {
        assert_eq!(Algorithm::Mws.memory(5), (3, 2));
        for algorithm in Algorithm::ALL {
            let terms = algorithm.terms(&learning()).unwrap();
            let (memory, _) = algorithm.memory(5);
            let total: usize = terms.iter().map(|t| t.evaluations(memory)).sum();
            let more = match algorithm {
                Algorithm::Mws2019 | Algorithm::Mws2019Fantasy => 1,
                // A wake phase besides, and a memory of fresh programs besides.
                Algorithm::HmwsMinus => 5,
                Algorithm::RwsPlus => 3,
                _ => 0,
            };
            assert_eq!(total, 5 + more, "{}", algorithm.name());
        }
    }

    #[test]
    fn continuous_samples_are_counted_among_the_particles() {
        let hybrid = Learning {
            particles: 50,
            samples: 5,
            ..learning()
        };
        assert_eq!(Algorithm::Hmws.memory(hybrid.programs()), (5, 5));
        let terms = Algorithm::Hmws.terms(&hybrid).unwrap();
        assert_eq!((terms[0].samples, terms[0].evaluations(5)), (5, 50));
        let fresh = Algorithm::Rws.terms(&hybrid).unwrap();
        assert_eq!((fresh[0].samples, fresh[0].evaluations(0)), (1, 50));
        let odd = Learning {
            algorithm: Algorithm::Hmws,
            samples: 7,
            ..hybrid
        };
        assert_eq!(odd.check().unwrap_err().setting, "samples");
    }

    #[test]
    fn the_guide_and_the_model_each_learn_with_total_weight_one() {
        for algorithm in Algorithm::ALL {
            let terms = algorithm.terms(&learning()).unwrap();
            let sum = |f: fn(&Scale) -> f64| terms.iter().map(|t| f(&t.scale)).sum::<f64>();
            let sums = [sum(|s| s.joint), sum(|s| s.discrete), sum(|s| s.continuous)];
            assert_eq!(sums, [1.0; 3], "{}", algorithm.name());
        }
    }

    #[test]
    fn degenerate_settings_are_refused_with_a_reason() {
        let setting = |algorithm: Algorithm, learning: Learning| {
            let error = algorithm.terms(&learning).err();
            error.map(|e| e.setting).unwrap_or_default()
        };
        for algorithm in Algorithm::ALL {
            let of = |particles| Learning {
                particles,
                ..learning()
            };
            assert_eq!(setting(algorithm, of(0)), "particles");
            let single = [
                Algorithm::Mws2019,
                Algorithm::Mws2019Fantasy,
                Algorithm::Iwae,
                Algorithm::Elbo,
                Algorithm::WakeSleep,
            ];
            let refused = !single.contains(&algorithm);
            assert_eq!(
                setting(algorithm, of(1)),
                if refused { "particles" } else { "" }
            );
            let silent = Learning {
                fantasies: 0,
                ..learning()
            };
            let refused = if algorithm.sleeps() { "fantasies" } else { "" };
            assert_eq!(setting(algorithm, silent), refused);
        }
        let all = Learning {
            defensive: 1.0,
            ..learning()
        };
        assert_eq!(setting(Algorithm::Rws, all), "defensive");
        let more_than_all = Learning {
            mix: 1.1,
            ..learning()
        };
        assert_eq!(setting(Algorithm::RwsMix, more_than_all), "mix");
        let for_ever = Learning {
            baseline: Some(1.0),
            ..learning()
        };
        assert_eq!(setting(Algorithm::Elbo, for_ever), "baseline");
    }

    #[test]
    fn shares_that_are_none_are_refused() {
        let shares = |exploration, edits| {
            let source = Source::Memory {
                proposals: 2,
                shares: Shares { exploration, edits },
            };
            Term::new(source, MEMOISED, Scale::new(1.0, 1.0)).check(3)
        };
        assert!(shares(0.5, 0.5).is_ok() && shares(0.0, 1.0).is_ok());
        let ranking = Ranking {
            broad: 1.5,
            power: 0.0,
        };
        let term = Term {
            ranking,
            ..Term::new(Source::Fantasy { count: 1 }, SLEEP, Scale::new(0.0, 1.0))
        };
        assert_eq!(term.check(3).unwrap_err().setting, "broad");
        for (exploration, edits) in [(-0.1, 0.0), (0.6, 0.6), (0.0, f64::NAN)] {
            assert_eq!(shares(exploration, edits).unwrap_err().setting, "edits");
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
