//! Parses of a picture, as the search of the core sees them.
//!
//! A parse is screened with the positions that it inherits. Those that look best have their positions fitted and are
//! ranked by their evidence, positions integrated out (Laplace). What is worth it in the end is fitted until nothing is
//! gained any more.

use helmholtz_nn::Module;
use rayon::prelude::*;

use super::guide::SceneGuide;
use super::image::Image;
use super::model::{Fit, SceneModel};
use super::placement::Kind;
use super::program::Stacks;
use super::score::alike;
use super::training::SceneDomain;
use helmholtz_core::guide::Guide;
use helmholtz_core::model::{Model, ModelExt, Rows};
pub use helmholtz_core::search::Budget;
use helmholtz_core::search::{self, Confidence, Draft, Member, Posterior, Space, Tried};
use helmholtz_math::laplace::{Climb, Doubt};
use helmholtz_math::random::Stream;
use helmholtz_nn::padded;

/// How long to look.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// How long, and how widely.
    pub budget: Budget,
    /// Steps by which the positions of a parse are fitted that looks good.
    pub steps: usize,
    /// Further steps, at the end, for parses that are not improbable.
    pub settling: usize,
    /// Parses that somebody else proposes.
    pub offered: Vec<Stacks>,
    /// How far the search is trusted.
    pub confidence: &'static Confidence,
}

impl Default for Search {
    fn default() -> Self {
        Self {
            budget: Budget {
                restarts: 4,
                members: 300,
                first: 25,
                rounds: 42,
                edits: 25,
                scored: Some(3),
                ..Budget::default()
            },
            steps: 3,
            settling: 30,
            offered: vec![],
            confidence: SceneDomain::confidence(),
        }
    }
}

/// A parse with fitted positions.
pub type Found = Member<Stacks, Vec<f64>, Note>;

/// What there is to know of a parse beside its evidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// log p(z_d).
    log_prior: f64,
    /// Why the evidence may be wrong.
    pub doubt: Doubt,
}

impl Search {
    /// The best parses of a picture, best first.
    pub fn run(
        &self,
        model: &SceneModel,
        guide: &SceneGuide,
        image: &Image,
    ) -> Posterior<Stacks, Vec<f64>, Note> {
        let (model, guide) = (&model.valid(), &guide.valid());
        let picture = self.picture((model, guide), image);
        let offered = self.offered.iter().cloned().map(|z| picture.middle(z));
        search::search_with(&picture, &self.budget, offered.collect())
    }

    /// A picture as the search sees it. Model and guide must be outside the graph (`valid()`).
    pub(super) fn picture<'a>(
        &'a self,
        (model, guide): (&'a SceneModel, &'a SceneGuide),
        image: &'a Image,
    ) -> Picture<'a> {
        Picture {
            search: self,
            encoding: guide.encode(&[image]),
            fit: Fit::new(model),
            kinds: model.kinds(),
            model,
            guide,
            image,
        }
    }
}

/// A picture, as the guide reads it.
pub(super) struct Picture<'a> {
    search: &'a Search,
    model: &'a SceneModel,
    guide: &'a SceneGuide,
    image: &'a Image,
    encoding: <SceneGuide as Guide<SceneModel>>::Encoding,
    fit: Fit,
    kinds: Vec<Kind>,
}

/// Parses that are fitted to the end at most.
const MOST_SETTLED: usize = 30;
/// Nats below the best from which a parse is improbable, though fitting may raise it.
const NEAR: f64 = 15.0;

impl Picture<'_> {
    /// With blocks in the middle of their cells.
    fn middle(&self, stacks: Stacks) -> Draft<Stacks, Vec<f64>> {
        let start = vec![0.0; stacks.blocks()];
        Draft {
            program: stacks,
            start,
        }
    }

    /// What was climbed lacks the prior of the stacks.
    fn integrated(&self, program: &Stacks, log_prior: f64, climb: &Climb) -> Found {
        Found {
            draft: Draft {
                program: program.clone(),
                start: climb.gaussian.mean().to_vec(),
            },
            log_joint: climb.log_evidence(log_prior),
            note: Note {
                log_prior,
                doubt: climb.doubt(),
            },
        }
    }

    /// Goes on where a climb has not arrived.
    fn settled(&self, found: Found) -> Found {
        let program = &found.draft.program;
        let start = found.draft.start.clone();
        let climb = self
            .fit
            .climb(program, self.image, start, self.search.settling);
        let settled = climb.map(|c| self.integrated(program, found.note.log_prior, &c));
        let settled = settled.filter(|s| s.log_joint.is_finite());
        settled.unwrap_or(found)
    }
}

impl Space for Picture<'_> {
    type Program = Stacks;
    type Start = Vec<f64>;
    type Note = Note;
    type Key = Vec<Vec<usize>>;

    /// The empty scene.
    fn seeds(&self, _: &mut Stream, _: bool) -> Vec<Draft<Stacks, Vec<f64>>> {
        let cells = self.model.setting().ground.plan.cells();
        vec![self.middle(Stacks(vec![vec![]; cells]))]
    }

    fn propose(&self, rngs: &mut [Stream]) -> Vec<Draft<Stacks, Vec<f64>>> {
        let own = vec![0; rngs.len()];
        let drawn = Guide::sample(self.guide, &self.encoding, &own, rngs);
        drawn.into_iter().map(|p| self.middle(p.0)).collect()
    }

    fn edits(
        &self,
        parent: &Draft<Stacks, Vec<f64>>,
        rng: &mut Stream,
    ) -> Vec<Draft<Stacks, Vec<f64>>> {
        let edited = self.model.edited(&parent.program, self.image, rng);
        let draft = |stacks: Stacks| Draft {
            start: inherited(parent, &stacks),
            program: stacks,
        };
        edited.map(draft).into_iter().collect()
    }

    /// log p(z, x) with positions that are not fitted.
    fn screen(&self, drafts: &mut [Draft<Stacks, Vec<f64>>], _: f64) -> Vec<f64> {
        for draft in &mut *drafts {
            draft.start.resize(draft.program.blocks(), 0.0);
        }
        let programs: Vec<Stacks> = drafts.iter().map(|d| d.program.clone()).collect();
        let raw = drafts.iter().map(|d| d.start.iter().map(|&x| x as f32));
        let raw: Vec<Vec<f32>> = raw.map(Iterator::collect).collect();
        let (observations, of) = ([self.image], vec![0; programs.len()]);
        let rows = Rows::<SceneModel>::new(&observations, &of, &programs);
        let rows = rows.with_samples(1, padded(&raw, &self.model.device()));
        self.model.log_joint(&rows).values()
    }

    fn score(&self, drafts: &[Draft<Stacks, Vec<f64>>]) -> Vec<Option<Found>> {
        let programs: Vec<Stacks> = drafts.iter().map(|d| d.program.clone()).collect();
        let (observations, of) = ([self.image], vec![0; programs.len()]);
        let rows = Rows::<SceneModel>::new(&observations, &of, &programs);
        let priors = self.model.log_prior(&rows).values();
        let each = drafts.par_iter().zip(priors);
        let climbed = each.map(|(draft, log_prior)| {
            let (program, start) = (&draft.program, draft.start.clone());
            let climb = self
                .fit
                .climb(program, self.image, start, self.search.steps)?;
            Some(self.integrated(program, log_prior, &climb))
        });
        climbed.collect()
    }

    /// Fits those to the end that are not improbable.
    fn settle(&self, mut members: Vec<Found>) -> Vec<Found> {
        let best = members.first().map_or(0.0, |f| f.log_joint);
        members.par_iter_mut().take(MOST_SETTLED).for_each(|found| {
            if found.log_joint > best - NEAR && found.note.doubt.unfinished {
                *found = self.settled(found.clone());
            }
        });
        members.sort_by(|a, b| b.log_joint.total_cmp(&a.log_joint));
        members
    }

    /// Stacks of kinds that nobody can tell apart are the same.
    fn same_answer(&self, member: &Found) -> Vec<Vec<usize>> {
        let first = |kind: &u8| {
            let kind = &self.kinds[usize::from(*kind)];
            self.kinds.iter().position(|other| alike(other, kind))
        };
        let stacks = member.draft.program.0.iter();
        stacks
            .map(|stack| stack.iter().filter_map(first).collect())
            .collect()
    }
}

/// Where the blocks of a parent stand that are still there; in the middle for others.
fn inherited(parent: &Draft<Stacks, Vec<f64>>, stacks: &Stacks) -> Vec<f64> {
    let known: Vec<(usize, usize, u8)> = parent.program.each().collect();
    let of = |block: (usize, usize, u8)| {
        let same = known.iter().position(|k| *k == block);
        same.map_or(0.0, |i| parent.start[i])
    };
    stacks.each().map(of).collect()
}
