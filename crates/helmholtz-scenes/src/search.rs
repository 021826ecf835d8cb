//! The best parses of a picture under a model that stays as it is.
//!
//! Proposals of the guide and edits of what was found are scored with positions that they inherit; those that look best
//! have their positions fitted, and are ranked by their evidence with positions integrated out (Laplace). Those that are
//! worth it at the end are fitted until nothing is gained any more.

use helmholtz_nn::Module;
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::guide::SceneGuide;
use super::image::Image;
use super::model::{Fit, SceneModel};
use super::program::Stacks;
use helmholtz_core::guide::Guide;
use helmholtz_core::model::{Model, ModelExt, Rows};
use helmholtz_math::laplace::{Climb, Doubt};
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use helmholtz_nn::padded;

/// How long to look, and for how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Search {
    /// Parses to keep.
    pub members: usize,
    /// Proposals of the guide, and edits in a round.
    pub proposals: usize,
    /// Rounds of edits.
    pub rounds: usize,
    /// Parses of a round whose positions are fitted.
    pub fitted: usize,
    /// Steps by which they are.
    pub steps: usize,
    /// Further steps, at the end, for parses that are not improbable.
    pub settling: usize,
    /// The seed of the proposals.
    pub seed: u64,
}

impl Default for Search {
    fn default() -> Self {
        Self {
            members: 300,
            proposals: 100,
            rounds: 40,
            fitted: 10,
            steps: 3,
            settling: 30,
            seed: 1,
        }
    }
}

/// A parse with fitted positions.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The blocks.
    pub stacks: Stacks,
    /// Their most probable raw positions.
    pub positions: Vec<f64>,
    /// log p(z_d).
    log_prior: f64,
    /// log p(z_d, x), positions integrated out.
    pub log_joint: f64,
    /// Why that may be wrong.
    pub doubt: Doubt,
}

/// A parse with positions that are not fitted.
type Candidate = (Stacks, Vec<f64>);

/// A search of one picture.
struct Pursuit<'a> {
    search: &'a Search,
    model: &'a SceneModel,
    image: &'a Image,
    fit: Fit,
    seen: FxHashSet<Stacks>,
    /// The best, best first.
    pool: Vec<Found>,
}

impl Search {
    /// The best parses of a picture, best first.
    pub fn run(&self, model: &SceneModel, guide: &SceneGuide, image: &Image) -> Vec<Found> {
        let (model, guide) = (&model.valid(), &guide.valid());
        let mut pursuit = Pursuit {
            search: self,
            model,
            image,
            fit: Fit::new(model),
            seen: FxHashSet::default(),
            pool: vec![],
        };
        let first = self.proposals(model, guide, image);
        pursuit.take(first);
        for round in 1..=self.rounds {
            let edits = pursuit.edits(round);
            pursuit.take(edits);
        }
        pursuit.settle();
        pursuit.pool
    }

    fn stream(&self, number: usize, round: usize) -> Stream {
        Stream::at([
            self.seed,
            number as u64,
            round as u64,
            Purpose::Proposals.tag(),
        ])
    }

    /// Draws of the guide, and the empty scene.
    fn proposals(&self, model: &SceneModel, guide: &SceneGuide, image: &Image) -> Vec<Candidate> {
        let encoding = guide.encode(&[image]);
        let mut rngs: Vec<Stream> = (0..self.proposals).map(|i| self.stream(i, 0)).collect();
        let drawn = Guide::sample(guide, &encoding, &vec![0; rngs.len()], &mut rngs);
        let empty = Stacks(vec![vec![]; model.setting().ground.plan.cells()]);
        let all = drawn.into_iter().map(|p| p.0).chain([empty]);
        all.map(|stacks| {
            let middle = vec![0.0; stacks.blocks()];
            (stacks, middle)
        })
        .collect()
    }
}

impl Pursuit<'_> {
    /// Edits of parses that were found, of the better ones more; each sometimes of an edit.
    fn edits(&self, round: usize) -> Vec<Candidate> {
        let mut rng = self.search.stream(0, round);
        let mut edits = vec![];
        for _ in 0..self.search.proposals {
            let lot = rng.uniform();
            let Some(parent) = self.pool.get((lot * lot * self.pool.len() as f64) as usize) else {
                continue;
            };
            let once = self.model.edited(&parent.stacks, self.image, &mut rng);
            let again = rng.uniform() < AGAIN;
            let twice = once.as_ref().filter(|_| again);
            let twice = twice.and_then(|e| self.model.edited(e, self.image, &mut rng));
            if let Some(stacks) = twice.or(once) {
                let positions = inherited(parent, &stacks);
                edits.push((stacks, positions));
            }
        }
        edits
    }

    /// Scores what is new, fits the best of it, and keeps the best of all.
    fn take(&mut self, candidates: Vec<Candidate>) {
        let new = candidates.into_iter();
        let new: Vec<Candidate> = new.filter(|c| self.seen.insert(c.0.clone())).collect();
        let (programs, positions): (Vec<Stacks>, Vec<Vec<f64>>) = new.into_iter().unzip();
        if programs.is_empty() {
            return;
        }
        let raw: Vec<Vec<f32>> = positions
            .iter()
            .map(|p| p.iter().map(|&x| x as f32).collect())
            .collect();
        let (observations, of) = ([self.image], vec![0; programs.len()]);
        let continuous = padded(&raw, &self.model.device());
        let rows = Rows::<SceneModel>::new(&observations, &of, &programs);
        let priors = self.model.log_prior(&rows).values();
        let rows = rows.with_samples(1, continuous);
        let scores = self.model.log_joint(&rows).values();
        let mut order: Vec<usize> = (0..programs.len())
            .filter(|&i| !scores[i].is_nan())
            .collect();
        order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
        for i in order.into_iter().take(self.search.fitted) {
            let (program, start) = (&programs[i], positions[i].clone());
            let climbed = self
                .fit
                .climb(program, self.image, start, self.search.steps);
            let found = climbed.and_then(|c| integrated(program, priors[i], c));
            self.pool.extend(found);
        }
        self.rank();
        self.pool.truncate(self.search.members);
    }

    /// Goes on where a climb has not arrived, with parses that are not improbable.
    fn settle(&mut self) {
        let Some(best) = self.pool.first().map(|f| f.log_joint) else {
            return;
        };
        let (fit, image, steps) = (&self.fit, self.image, self.search.settling);
        let worth = self.pool.iter_mut().take(MOST_SETTLED);
        let worth = worth.filter(|f| f.log_joint > best - NEAR && f.doubt.unfinished);
        let worth: Vec<&mut Found> = worth.collect();
        worth.into_par_iter().for_each(|found| {
            let start = found.positions.clone();
            let climbed = fit.climb(&found.stacks, image, start, steps);
            let settled = climbed.and_then(|c| integrated(&found.stacks, found.log_prior, c));
            if let Some(settled) = settled {
                *found = settled;
            }
        });
        self.rank();
    }

    /// Best first.
    fn rank(&mut self) {
        self.pool
            .sort_by(|a, b| b.log_joint.total_cmp(&a.log_joint));
    }
}

/// Parses that are fitted to the end at most.
const MOST_SETTLED: usize = 30;
/// Nats below the best from which a parse is improbable, though fitting may raise it.
const NEAR: f64 = 15.0;
/// How often a proposal is an edit of an edit.
const AGAIN: f64 = 0.3;

/// Where the blocks of a parent stand that are still there; in the middle for others.
fn inherited(parent: &Found, stacks: &Stacks) -> Vec<f64> {
    let known: Vec<(usize, usize, u8)> = parent.stacks.each().collect();
    let of = |block: (usize, usize, u8)| {
        let same = known.iter().position(|k| *k == block);
        same.map_or(0.0, |i| parent.positions[i])
    };
    stacks.each().map(of).collect()
}

/// What was climbed lacks the prior of the stacks.
fn integrated(program: &Stacks, log_prior: f64, climb: Climb) -> Option<Found> {
    let log_joint = climb.log_evidence(log_prior);
    log_joint.is_finite().then(|| Found {
        stacks: program.clone(),
        positions: climb.gaussian.mean().to_vec(),
        log_prior,
        log_joint,
        doubt: climb.doubt(),
    })
}
