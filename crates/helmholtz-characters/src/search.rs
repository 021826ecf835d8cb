//! The best programs for images under a model that stays as it is.
//!
//! Each image is searched for by itself: what is found depends on it, the networks and the seed, and on no image that is
//! explained beside it.

use helmholtz_nn::Module;
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::guide::{CharacterGuide, Encoding};
use super::image::Character;
use super::model::CharacterModel;
use super::program::{Program, Strokes};
use helmholtz_core::guide::Guide;
use helmholtz_core::model::{LogProb, Model, ModelExt, Rows};
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;

/// How long to look, and for how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Search {
    /// Programs to keep per image.
    pub members: usize,
    /// Searches of each image that do not know of each other, until the last third of the rounds: one alone depends on
    /// what it happens to find first.
    pub starts: usize,
    /// Rounds of proposals.
    pub rounds: usize,
    /// Proposals per search and round: half of the guide, half edits of what was found.
    pub proposals: usize,
    /// The seed of the proposals.
    pub seed: u64,
}

impl Default for Search {
    fn default() -> Self {
        Self {
            members: 10,
            starts: 4,
            rounds: 120,
            proposals: 20,
            seed: 1,
        }
    }
}

/// A program and log p(z, x).
pub type Found = (Program, f64);

/// Images that are searched for side by side, which bounds the memory.
const TOGETHER: usize = 64;

/// An image, as the guide reads it, and what its searches have found.
struct Explained<'a> {
    image: &'a Character,
    encoding: Encoding,
    found: Vec<Candidates>,
}

/// The networks.
type Pair<'a> = (&'a CharacterModel, &'a CharacterGuide);

/// A program that one of an image's searches has not seen before, after the number of the search.
type New = (usize, Program);

/// What has been found by one search.
#[derive(Default)]
struct Candidates {
    /// The best, best first.
    best: Vec<Found>,
    seen: FxHashSet<Program>,
}

impl Candidates {
    fn keep(&mut self, found: impl Iterator<Item = Found>, members: usize) {
        let finite = found.filter(|f| f.1.is_finite());
        self.best.extend(finite);
        self.best.sort_by(|a, b| b.1.total_cmp(&a.1));
        self.best.truncate(members);
    }
}

impl<'a> Explained<'a> {
    fn new(guide: &CharacterGuide, image: &'a Character, starts: usize) -> Self {
        Self {
            image,
            encoding: guide.encode(&[image]),
            found: (0..starts).map(|_| Candidates::default()).collect(),
        }
    }

    /// The searches become one.
    fn join(&mut self, members: usize) {
        let mut joined = Candidates::default();
        for other in self.found.drain(..) {
            let known: FxHashSet<Program> = joined.best.iter().map(|f| f.0.clone()).collect();
            let new = other.best.into_iter().filter(|f| !known.contains(&f.0));
            joined.keep(new, members);
            joined.seen.extend(other.seen);
        }
        self.found.push(joined);
    }

    /// What was found with every other label where that of the image is not known: the likelihood does not depend on
    /// it, and so all are known as well as one.
    fn relabelled(&self, model: &CharacterModel) -> Vec<New> {
        if self.image.label.is_some() {
            return vec![];
        }
        let found = self.found.iter().flat_map(|f| &f.best);
        let own: FxHashSet<&Program> = found.map(|f| &f.0).collect();
        let strokes: FxHashSet<&Strokes> = own.iter().map(|program| &program.strokes).collect();
        let all = strokes
            .into_iter()
            .flat_map(|strokes| model.under_every_label(strokes.clone()));
        let mut others: Vec<Program> = all.filter(|program| !own.contains(program)).collect();
        others.sort_by_key(|program| (program.label, program.strokes.to_string()));
        others.into_iter().map(|program| (0, program)).collect()
    }

    /// log p(z) of what is new, if anything is.
    fn log_prior(&self, model: &CharacterModel, new: &[New]) -> Option<LogProb> {
        let programs: Vec<Program> = new.iter().map(|n| n.1.clone()).collect();
        let (images, own) = ([self.image], vec![0; programs.len()]);
        let rows = Rows::new(&images, &own, &programs);
        (!programs.is_empty()).then(|| model.log_prior(&rows))
    }
}

impl Search {
    /// The best programs of each image, best first, with their joint log-probability.
    ///
    /// What is found of an image does not depend on the others, to the last bit. The networks read, write and score for
    /// one image at a time, since the last bits of a matrix product depend on its number of rows. The likelihood is that
    /// of each program by itself, so that it is asked for all of them at once.
    pub fn run(
        &self,
        model: &CharacterModel,
        guide: &CharacterGuide,
        images: &[&Character],
    ) -> Vec<Vec<Found>> {
        let (model, guide) = (&model.valid(), &guide.valid());
        let together = images.chunks(TOGETHER);
        together
            .flat_map(|images| self.run_some((model, guide), images))
            .collect()
    }

    fn run_some(&self, pair: Pair<'_>, images: &[&Character]) -> Vec<Vec<Found>> {
        let starts = self.starts.max(1);
        let each = images.par_iter();
        let each = each.map(|image| Explained::new(pair.1, image, starts));
        let mut all: Vec<Explained<'_>> = each.collect();
        let last = match starts {
            1 => self.rounds,
            _ => self.rounds - self.rounds / 3,
        };
        (0..last).for_each(|round| self.round(pair, round, &mut all));
        all.iter_mut().for_each(|x| x.join(self.members));
        (last..self.rounds).for_each(|round| self.round(pair, round, &mut all));
        let new = all.par_iter().map(|x| x.relabelled(pair.0)).collect();
        keep_scored(pair.0, &mut all, new, usize::MAX);
        let found = all.into_iter().flat_map(|x| x.found);
        found.map(|f| f.best).collect()
    }

    /// Proposes, and keeps the best of what is new.
    fn round(&self, pair: Pair<'_>, round: usize, all: &mut [Explained<'_>]) {
        let each = all.par_iter_mut();
        let new = each.map(|x| self.propose(pair, round, x)).collect();
        keep_scored(pair.0, all, new, self.members);
    }

    /// What the guide draws for an image and edits of what was found, without what was seen before.
    fn propose(&self, (model, guide): Pair<'_>, round: usize, x: &mut Explained<'_>) -> Vec<New> {
        let (drawn, edited) = match round {
            0 => (self.proposals, vec![]),
            _ => (self.proposals.div_ceil(2), self.edits(model, round, x)),
        };
        let search: Vec<usize> = (0..x.found.len()).flat_map(|p| vec![p; drawn]).collect();
        let mut rngs = self.streams(search.len(), round, 0);
        let own = vec![0; search.len()];
        let drawn = guide.sample(&x.encoding, &own, &mut rngs);
        let drawn = search.into_iter().zip(drawn.into_iter().map(|p| p.0));
        let new = drawn.chain(edited);
        new.filter(|(p, program)| x.found[*p].seen.insert(program.clone()))
            .collect()
    }

    /// The streams of a round's proposals. An image is the only observation of its search, so that its number is 0.
    fn streams(&self, count: usize, round: usize, part: u64) -> Vec<Stream> {
        let step = 2 * round as u64 + part;
        let proposal = |i| Stream::at([self.seed, 0, step, Purpose::Proposals.with(i)]);
        (0..count as u64).map(proposal).collect()
    }

    /// Edits of programs that were found, one search after the other.
    fn edits(&self, model: &CharacterModel, round: usize, x: &Explained<'_>) -> Vec<New> {
        let mut rngs = self.streams(x.found.len(), round, 1);
        let each = x.found.par_iter().zip(&mut rngs).enumerate();
        let edits = each.map(|(i, (found, rng))| {
            let mut edits = vec![];
            let count = match found.best.is_empty() {
                true => 0,
                false => self.proposals / 2,
            };
            for _ in 0..count {
                let (program, _) = &found.best[rng.below(found.best.len())];
                let edited = model.edited(program, x.image, rng);
                // Two at once, now and then: some improvements have no step in between that is one.
                let again = rng.uniform() < 0.3;
                let twice = edited
                    .as_ref()
                    .filter(|_| again)
                    .and_then(|e| model.edited(e, x.image, rng));
                edits.extend(twice.or(edited).map(|program| (i, program)));
            }
            edits
        });
        edits.collect::<Vec<_>>().concat()
    }
}

/// Scores what is new of each image, and keeps the best.
fn keep_scored(
    model: &CharacterModel,
    all: &mut [Explained<'_>],
    new: Vec<Vec<New>>,
    members: usize,
) {
    let each = all.par_iter().zip(&new);
    let joints: Vec<Option<LogProb>> = each.map(|(x, new)| x.log_prior(model, new)).collect();
    let images: Vec<&Character> = all.iter().map(|x| x.image).collect();
    let of = new.iter().enumerate();
    let of: Vec<usize> = of.flat_map(|(i, new)| vec![i; new.len()]).collect();
    let programs: Vec<Program> = new.iter().flatten().map(|n| n.1.clone()).collect();
    if programs.is_empty() {
        return;
    }
    let rows = Rows::<CharacterModel>::new(&images, &of, &programs);
    let mut likelihoods = model.log_likelihood(&rows).values().into_iter();
    for ((x, new), joint) in all.iter_mut().zip(new).zip(joints) {
        let Some(mut joint) = joint else { continue };
        let exact = joint.exact.iter_mut().zip(&mut likelihoods);
        exact.for_each(|(exact, likelihood)| *exact += likelihood);
        let mut found: Vec<Vec<Found>> = vec![vec![]; x.found.len()];
        for ((i, program), value) in new.into_iter().zip(joint.values()) {
            found[i].push((program, value));
        }
        let both = x.found.iter_mut().zip(found);
        both.for_each(|(own, found)| own.keep(found.into_iter(), members));
    }
}
