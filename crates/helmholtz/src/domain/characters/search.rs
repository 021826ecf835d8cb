//! The best programs for images under a model that stays as it is.

use burn::module::Module;
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::guide::CharacterGuide;
use super::image::Character;
use super::model::CharacterModel;
use super::program::Program;
use crate::guide::Guide;
use crate::model::{Model, Rows};
use crate::random::Stream;

/// How long to look, and for how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Search {
    /// Programs to keep per image.
    pub members: usize,
    /// Rounds of proposals.
    pub rounds: usize,
    /// Proposals per image and round: half of the guide, half edits of what was found.
    pub proposals: usize,
    /// The seed of the proposals.
    pub seed: u64,
}

impl Default for Search {
    fn default() -> Self {
        Self {
            members: 10,
            rounds: 150,
            proposals: 20,
            seed: 1,
        }
    }
}

/// A program and log p(z, x).
pub type Found = (Program, f64);

/// Images whose programs are searched for at a time, which bounds the memory.
pub(super) const TOGETHER: usize = 64;
/// The purpose of the streams that propose.
const PROPOSALS: u64 = 0x8a5;

/// What has been found for one image.
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

impl Search {
    /// The best programs of each image, best first, with their joint log-probability.
    pub fn run(
        &self,
        model: &CharacterModel,
        guide: &CharacterGuide,
        images: &[&Character],
    ) -> Vec<Vec<Found>> {
        let (model, guide) = (&model.valid(), &guide.valid());
        let together = images.chunks(TOGETHER);
        together
            .flat_map(|images| self.run_some(model, guide, images))
            .collect()
    }

    fn run_some(
        &self,
        model: &CharacterModel,
        guide: &CharacterGuide,
        images: &[&Character],
    ) -> Vec<Vec<Found>> {
        let encoding = guide.encode(images);
        let mut found: Vec<Candidates> = images.iter().map(|_| Candidates::default()).collect();
        for round in 0..self.rounds {
            let first = round == 0;
            let drawn = if first {
                self.proposals
            } else {
                self.proposals.div_ceil(2)
            };
            let of: Vec<usize> = (0..images.len()).flat_map(|i| vec![i; drawn]).collect();
            let mut rngs = self.streams(of.len(), round, 0);
            let drawn = guide.sample(&encoding, &of, &mut rngs);
            let drawn = of.into_iter().zip(drawn.into_iter().map(|p| p.0));
            let edited = if first {
                vec![]
            } else {
                self.edits(model, images, &found, round)
            };
            let new: Vec<(usize, Program)> = drawn
                .chain(edited)
                .filter(|(i, program)| found[*i].seen.insert(program.clone()))
                .collect();
            self.score(model, images, new, &mut found);
        }
        found.into_iter().map(|f| f.best).collect()
    }

    fn streams(&self, count: usize, round: usize, part: u64) -> Vec<Stream> {
        let at = [self.seed, 0, 2 * round as u64 + part, PROPOSALS];
        (0..count as u64)
            .map(|i| Stream::at([at[0], i, at[2], at[3]]))
            .collect()
    }

    /// Edits of programs that were found, one image after the other.
    fn edits(
        &self,
        model: &CharacterModel,
        images: &[&Character],
        found: &[Candidates],
        round: usize,
    ) -> Vec<(usize, Program)> {
        let count = self.proposals / 2;
        let mut rngs = self.streams(images.len(), round, 1);
        let each = found.par_iter().zip(images).zip(&mut rngs).enumerate();
        let edits = each.map(|(i, ((found, image), rng))| {
            let mut edits = vec![];
            for _ in 0..if found.best.is_empty() { 0 } else { count } {
                let (program, _) = &found.best[rng.below(found.best.len())];
                let edited = model.edit(program, image, rng);
                // Two at once, now and then: some improvements have no step in between that is one.
                let again = rng.uniform() < 0.3;
                let twice = edited
                    .as_ref()
                    .filter(|_| again)
                    .and_then(|e| model.edit(e, image, rng));
                edits.extend(twice.or(edited).map(|program| (i, program)));
            }
            edits
        });
        edits.collect::<Vec<_>>().concat()
    }

    fn score(
        &self,
        model: &CharacterModel,
        images: &[&Character],
        new: Vec<(usize, Program)>,
        found: &mut [Candidates],
    ) {
        let (of, programs): (Vec<usize>, Vec<Program>) = new.into_iter().unzip();
        if programs.is_empty() {
            return;
        }
        let rows = Rows::<CharacterModel>::new(images, &of, &programs);
        let values = model.log_joint(&rows).values();
        let mut own: Vec<Vec<Found>> = vec![vec![]; images.len()];
        for ((i, program), value) in of.into_iter().zip(programs).zip(values) {
            own[i].push((program, value));
        }
        for (found, own) in found.iter_mut().zip(own) {
            found.keep(own.into_iter(), self.members);
        }
    }
}
