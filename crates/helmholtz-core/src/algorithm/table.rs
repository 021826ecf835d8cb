//! The table of algorithms: a row each. A rule that is new has a file of its own in [`crate::estimator`].

use super::{Learning, Parents, Pathwise, Ranking, Scale, Shares, Source, Term};
use crate::estimator::{ELBO, IWAE, MEMOISED, REWEIGHTED, RLOO, Rule, SLEEP, Thinning, VIMCO};

/// An algorithm as data.
#[derive(Debug)]
pub struct Row {
    /// Its name in settings and on the command line.
    pub name: &'static str,
    /// What it does, in one line.
    pub about: &'static str,
    /// How many of a step's programs a memory keeps.
    pub members: Members,
    /// Why one particle is too few; `None` where it is enough.
    pub alone: Option<&'static str>,
    /// What it adds up.
    pub terms: &'static [Recipe],
}

/// How many of a step's programs are members of a memory.
#[derive(Clone, Copy, Debug)]
pub enum Members {
    /// There is no memory.
    None,
    /// M = ceil(K / 2) are members and R = K - M proposals (MWS, section 3).
    Half,
    /// All are members, beside one proposal (MWS, first submission).
    All,
}

impl Members {
    /// The size of a memory, and the proposals that it is offered in a step.
    pub(super) fn of(self, programs: usize) -> (usize, usize) {
        let half = programs.div_ceil(2);
        match self {
            Self::None => (0, 0),
            Self::Half => (half, programs - half),
            Self::All => (programs, 1),
        }
    }
}

/// A term, as far as it does not depend on settings.
#[derive(Clone, Copy, Debug)]
pub struct Recipe {
    /// Where its particles come from.
    pub origin: Origin,
    /// From log-weights to coefficients.
    pub rule: Rule,
    /// What the gradient of continuous samples is.
    pub pathwise: Pathwise,
    /// How much the model learns of it, the discrete guide and the continuous guide.
    pub learn: [Share; 3],
}

/// Where the particles of a term come from; the settings say how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Fresh programs from the guide, as many as there are particles.
    Guide,
    /// As many fresh programs as a memory would have members, each with as many continuous samples.
    Programs,
    /// The memory, after it has been offered proposals.
    Memory,
    /// The memory, after it has been offered edits of its best members alone: an evolutionary search, of which a step is
    /// one generation.
    Bred,
    /// Draws of the model.
    Fantasy,
}

/// A share of what is learned. `mix` is a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// Nothing.
    Nothing,
    /// All of it.
    All,
    /// 1 - `mix`: what the guide learns awake, where it dreams besides (lambda of HMWS, algorithm 1, line 10).
    Wake,
    /// `mix`: what the guide learns from fantasies.
    Sleep,
}

use Share::{All, Nothing, Sleep, Wake};

const fn term(origin: Origin, rule: Rule, learn: [Share; 3]) -> Recipe {
    Recipe {
        origin,
        rule,
        pathwise: Pathwise::Detached,
        learn,
    }
}

const fn replay(guide: Share) -> Recipe {
    term(Origin::Memory, MEMOISED, [All, guide, guide])
}

const fn wake(rule: Rule, guide: Share) -> Recipe {
    term(Origin::Guide, rule, [All, guide, guide])
}

/// With the score function for programs, and along the path of continuous samples (HMWS, eq. 26 to 31).
const fn scored(rule: Rule) -> Recipe {
    Recipe {
        pathwise: Pathwise::Total,
        ..wake(rule, All)
    }
}

const fn fantasy(guide: Share) -> Recipe {
    term(Origin::Fantasy, SLEEP, [Nothing, guide, guide])
}

const ROOM: Option<&str> = Some("the memory needs room and a proposal");
const CERTAIN: Option<&str> = Some("one particle has weight 1 whatever it explains");
const OTHERS: Option<&str> = Some("the leave-one-out baseline needs another particle");

/// All algorithms. In a model with continuous latents those with a memory count [`Learning::samples`] per program.
pub const TABLE: &[Row] = &[
    Row {
        name: "mws",
        about: "Memoised wake-sleep: model and guide learn from the memory",
        members: Members::Half,
        alone: ROOM,
        terms: &[replay(All)],
    },
    Row {
        name: "mws-fantasy",
        about: "The model learns from the memory, the guide from fantasies",
        members: Members::Half,
        alone: ROOM,
        terms: &[replay(Nothing), fantasy(All)],
    },
    Row {
        name: "mws-mix",
        about: "The model learns from the memory, the guide from the memory and from fantasies",
        members: Members::Half,
        alone: ROOM,
        terms: &[replay(Wake), fantasy(Sleep)],
    },
    // Weights are fresh here, and stale there.
    Row {
        name: "mws-2019",
        about: "The rule of the first submission: all particles are members, and one proposal more may replace the worst",
        members: Members::All,
        alone: None,
        terms: &[replay(All)],
    },
    Row {
        name: "mws-2019-fantasy",
        about: "The same with a guide that learns from fantasies",
        members: Members::All,
        alone: None,
        terms: &[replay(Nothing), fantasy(All)],
    },
    Row {
        name: "hmws",
        about: "Hybrid memoised wake-sleep: `mws-mix` under its own name; without continuous latents the two are the same",
        members: Members::Half,
        alone: ROOM,
        terms: &[replay(Wake), fantasy(Sleep)],
    },
    // HMWS, appendix D.1: as many particles more.
    Row {
        name: "hmws-minus",
        about: "The same, but the continuous guide learns as in reweighted wake-sleep, from as many particles more",
        members: Members::Half,
        alone: ROOM,
        terms: &[
            term(Origin::Memory, MEMOISED, [All, Wake, Nothing]),
            term(Origin::Guide, REWEIGHTED, [Nothing, Nothing, Wake]),
            fantasy(Sleep),
        ],
    },
    Row {
        name: "hmws-fantasy",
        about: "The same, but the continuous guide learns from fantasies alone, so that it knows members no better than others",
        members: Members::Half,
        alone: ROOM,
        terms: &[
            term(Origin::Memory, MEMOISED, [All, Wake, Nothing]),
            term(Origin::Fantasy, SLEEP, [Nothing, Sleep, All]),
        ],
    },
    Row {
        name: "rws",
        about: "Reweighted wake-sleep, wake phase for both",
        members: Members::None,
        alone: CERTAIN,
        terms: &[wake(REWEIGHTED, All)],
    },
    Row {
        name: "rws-sleep",
        about: "Reweighted wake-sleep with a guide that learns from fantasies",
        members: Members::None,
        alone: Some("with one it is `wake-sleep`"),
        terms: &[wake(REWEIGHTED, Nothing), fantasy(All)],
    },
    Row {
        name: "rws-mix",
        about: "Reweighted wake-sleep with a guide that learns in the wake phase and from fantasies",
        members: Members::None,
        alone: CERTAIN,
        terms: &[wake(REWEIGHTED, Wake), fantasy(Sleep)],
    },
    // HMWS, appendix D.1: by eq. 10, from fresh programs.
    Row {
        name: "rws-plus",
        about: "The same, but the continuous guide learns as in hybrid memoised wake-sleep, from fresh programs",
        members: Members::None,
        alone: CERTAIN,
        terms: &[
            term(Origin::Guide, REWEIGHTED, [All, Wake, Nothing]),
            term(Origin::Programs, MEMOISED, [Nothing, Nothing, Wake]),
            fantasy(Sleep),
        ],
    },
    Row {
        name: "vimco",
        about: "VIMCO: the multi-sample bound with a baseline for each particle",
        members: Members::None,
        alone: OTHERS,
        terms: &[scored(VIMCO)],
    },
    Row {
        name: "iwae",
        about: "The multi-sample bound with the score function",
        members: Members::None,
        alone: None,
        terms: &[scored(IWAE)],
    },
    Row {
        name: "elbo",
        about: "The evidence lower bound with the score function (REINFORCE)",
        members: Members::None,
        alone: None,
        terms: &[scored(ELBO)],
    },
    Row {
        name: "rloo",
        about: "The evidence lower bound with the score function and leave-one-out baselines",
        members: Members::None,
        alone: OTHERS,
        terms: &[scored(RLOO)],
    },
    // Drefs, Guiraud and Lücke, 2022. The paper has no guide; here it learns what was found, and proposes nothing.
    Row {
        name: "tvem",
        about: "Truncated variational EM: edits alone find what is remembered, by an evolutionary search; `edits` is 1",
        members: Members::Half,
        alone: ROOM,
        terms: &[term(Origin::Bred, MEMOISED, [All; 3])],
    },
    Row {
        name: "wake-sleep",
        about: "Classic wake-sleep: the model learns from the guide's samples, the guide from fantasies",
        members: Members::None,
        alone: None,
        terms: &[wake(ELBO, Nothing), fantasy(All)],
    },
];

/// Below this weight a member of the memory is differentiated only sometimes.
const ROULETTE: Thinning = Thinning::Roulette(0.05);

impl Recipe {
    /// The term, with `proposals` for a memory.
    pub(super) fn term(&self, learning: &Learning, proposals: usize) -> Term {
        let source = match self.origin {
            Origin::Guide => Source::Guide {
                programs: learning.particles,
                defensive: learning.defensive,
            },
            Origin::Programs => Source::Guide {
                programs: Members::Half.of(learning.programs()).0,
                defensive: 0.0,
            },
            Origin::Memory => Source::Memory {
                proposals,
                shares: learning.shares(),
            },
            Origin::Bred => Source::Memory {
                proposals,
                shares: Shares {
                    exploration: 0.0,
                    edits: 1.0,
                },
            },
            Origin::Fantasy => Source::Fantasy {
                count: learning.fantasies,
            },
        };
        let [joint, discrete, continuous] = self.learn.map(|share| share.of(learning.mix));
        let scale = Scale {
            joint,
            discrete,
            continuous,
        };
        let plain = Term {
            pathwise: self.pathwise,
            // A baseline serves the guide; where that learns nothing there is none.
            decay: learning
                .baseline
                .filter(|_| self.rule.carry.is_some() && discrete > 0.0),
            ..Term::new(source, self.rule, scale)
        };
        match self.origin {
            Origin::Guide | Origin::Fantasy => plain,
            Origin::Programs => plain.with_samples(learning.samples),
            Origin::Memory => remembering(plain, learning),
            Origin::Bred => Term {
                parents: Parents::Fittest,
                ..remembering(plain, learning)
            },
        }
    }
}

/// What settings say about a term that learns from a memory.
fn remembering(term: Term, learning: &Learning) -> Term {
    Term {
        ranking: Ranking {
            broad: learning.broad,
            power: learning.power,
            apart: learning.apart,
        },
        recall: learning.recall(),
        thinning: match learning.sampled_replay {
            true => Thinning::One,
            false => ROULETTE,
        },
        ..term.with_samples(learning.samples)
    }
}

impl Share {
    fn of(self, mix: f64) -> f64 {
        match self {
            Nothing => 0.0,
            All => 1.0,
            Wake => 1.0 - mix,
            Sleep => mix,
        }
    }
}
