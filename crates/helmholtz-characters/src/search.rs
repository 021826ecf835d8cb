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
use helmholtz_core::model::{Model, Rows};
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

/// What is explained.
struct Explained<'a> {
    model: &'a CharacterModel,
    guide: &'a CharacterGuide,
    encoding: &'a Encoding,
    image: &'a Character,
}

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

impl Search {
    /// The best programs of each image, best first, with their joint log-probability.
    pub fn run(
        &self,
        model: &CharacterModel,
        guide: &CharacterGuide,
        images: &[&Character],
    ) -> Vec<Vec<Found>> {
        let (model, guide) = (&model.valid(), &guide.valid());
        let each = images.par_iter();
        each.map(|image| self.run_one(model, guide, image))
            .collect()
    }

    /// The same of one image, whatever else there is: the last bits of a matrix product depend on its number of rows, so
    /// that images which were read or scored together would not have the answers that each has alone.
    pub(super) fn run_one(
        &self,
        model: &CharacterModel,
        guide: &CharacterGuide,
        image: &Character,
    ) -> Vec<Found> {
        let scene = &Explained {
            model,
            guide,
            encoding: &guide.encode(&[image]),
            image,
        };
        let starts = self.starts.max(1);
        let last = match starts {
            1 => self.rounds,
            _ => self.rounds - self.rounds / 3,
        };
        let mut apart: Vec<Candidates> = (0..starts).map(|_| Candidates::default()).collect();
        (0..last).for_each(|round| self.round(scene, round, &mut apart));
        let mut joined = [self.join(apart)];
        (last..self.rounds).for_each(|round| self.round(scene, round, &mut joined));
        let [mut joined] = joined;
        self.relabel(scene, &mut joined);
        joined.best
    }

    /// Proposes, and keeps the best of what is new.
    fn round(&self, scene: &Explained<'_>, round: usize, found: &mut [Candidates]) {
        let (drawn, edited) = match round {
            0 => (self.proposals, vec![]),
            _ => (self.proposals.div_ceil(2), self.edits(scene, found, round)),
        };
        let search: Vec<usize> = (0..found.len()).flat_map(|p| vec![p; drawn]).collect();
        let mut rngs = self.streams(search.len(), round, 0);
        let own = vec![0; search.len()];
        let drawn = scene.guide.sample(scene.encoding, &own, &mut rngs);
        let drawn = search.into_iter().zip(drawn.into_iter().map(|p| p.0));
        let new = drawn.chain(edited);
        let new: Vec<(usize, Program)> = new
            .filter(|(p, program)| found[*p].seen.insert(program.clone()))
            .collect();
        self.score(scene, new, found);
    }

    /// The searches as one.
    fn join(&self, apart: Vec<Candidates>) -> Candidates {
        let mut joined = Candidates::default();
        for other in apart {
            let known: FxHashSet<Program> = joined.best.iter().map(|f| f.0.clone()).collect();
            let new = other.best.into_iter().filter(|f| !known.contains(&f.0));
            joined.keep(new, self.members);
            joined.seen.extend(other.seen);
        }
        joined
    }

    /// Where the label of an image is not known, gives every other label to the strokes that were found, too: the
    /// likelihood does not depend on it, and so all are known as well as one.
    fn relabel(&self, scene: &Explained<'_>, found: &mut Candidates) {
        if scene.image.label.is_some() {
            return;
        }
        let strokes: FxHashSet<Strokes> = found.best.iter().map(|f| f.0.strokes.clone()).collect();
        let all = strokes
            .into_iter()
            .flat_map(|strokes| scene.model.under_every_label(strokes));
        let own: FxHashSet<&Program> = found.best.iter().map(|f| &f.0).collect();
        let mut others: Vec<Program> = all.filter(|program| !own.contains(program)).collect();
        others.sort_by_key(|program| (program.label, program.strokes.to_string()));
        let new = others.into_iter().map(|program| (0, program)).collect();
        let all = Self {
            members: usize::MAX,
            ..*self
        };
        all.score(scene, new, std::slice::from_mut(found));
    }

    /// The streams of a round's proposals. An image is the only observation of its search, so that its number is 0.
    fn streams(&self, count: usize, round: usize, part: u64) -> Vec<Stream> {
        let step = 2 * round as u64 + part;
        let proposal = |i| Stream::at([self.seed, 0, step, Purpose::Proposals.with(i)]);
        (0..count as u64).map(proposal).collect()
    }

    /// Edits of programs that were found, one search after the other.
    fn edits(
        &self,
        scene: &Explained<'_>,
        found: &[Candidates],
        round: usize,
    ) -> Vec<(usize, Program)> {
        let count = self.proposals / 2;
        let mut rngs = self.streams(found.len(), round, 1);
        let each = found.par_iter().zip(&mut rngs).enumerate();
        let edits = each.map(|(i, (found, rng))| {
            let (model, image) = (scene.model, scene.image);
            let mut edits = vec![];
            let count = if found.best.is_empty() { 0 } else { count };
            for _ in 0..count {
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

    fn score(&self, scene: &Explained<'_>, new: Vec<(usize, Program)>, found: &mut [Candidates]) {
        let (of, programs): (Vec<usize>, Vec<Program>) = new.into_iter().unzip();
        if programs.is_empty() {
            return;
        }
        let (images, own) = ([scene.image], vec![0; programs.len()]);
        let rows = Rows::<CharacterModel>::new(&images, &own, &programs);
        let values = scene.model.log_joint(&rows).values();
        let mut own: Vec<Vec<Found>> = vec![vec![]; found.len()];
        for ((i, program), value) in of.into_iter().zip(programs).zip(values) {
            own[i].push((program, value));
        }
        for (found, own) in found.iter_mut().zip(own) {
            found.keep(own.into_iter(), self.members);
        }
    }
}

#[cfg(test)]
mod temp {
    use super::*;
    use crate::{characters, generate, pretrained};
    use std::time::Instant;

    #[test]
    fn temp_times() {
        let (config, model, guide) = pretrained().unwrap();
        let drawn: Vec<_> = generate(config.size, 100)
            .into_iter()
            .step_by(7)
            .take(64)
            .collect();
        let images = characters(&config, &drawn).unwrap();
        let seen: Vec<&Character> = images.iter().collect();
        let (model, guide) = (&model.valid(), &guide.valid());
        for many in [1usize, 2, 8, 64] {
            let encoding = guide.encode(&seen[..many]);
            let times = 4;
            for per in [10usize, 40, 160] {
                let of: Vec<usize> = (0..many).flat_map(|i| vec![i; per]).collect();
                let mut t = [0.0; 6];
                for k in 0..times {
                    let mut rngs: Vec<Stream> = (0..of.len())
                        .map(|i| Stream::at([k as u64, i as u64, 0, 0]))
                        .collect();
                    let s = Instant::now();
                    let programs: Vec<Program> = guide
                        .sample(&encoding, &of, &mut rngs)
                        .into_iter()
                        .map(|p| p.0)
                        .collect();
                    t[0] += s.elapsed().as_secs_f64();
                    let rows = Rows::<CharacterModel>::new(&seen[..many], &of, &programs);
                    let s = Instant::now();
                    model.log_prior(&rows).values();
                    t[1] += s.elapsed().as_secs_f64();
                    let s = Instant::now();
                    model.log_likelihood(&rows).values();
                    t[2] += s.elapsed().as_secs_f64();
                    let s = Instant::now();
                    for (p, (r, o)) in programs.iter().zip(rngs.iter_mut().zip(&of)) {
                        model.edit(p, seen[*o], r);
                    }
                    t[3] += s.elapsed().as_secs_f64();
                }
                let us: Vec<f64> = t
                    .iter()
                    .map(|t| (1e6 * t / (times * many) as f64).round())
                    .collect();
                println!(
                    "images {many} per {per}: us per image sample {} prior {} likelihood {} edit {}",
                    us[0], us[1], us[2], us[3]
                );
            }
        }
        // Bits.
        let all = guide.encode(&seen);
        let of: Vec<usize> = (0..64).flat_map(|i| vec![i; 10]).collect();
        let mut rngs: Vec<Stream> = (0..640).map(|i| Stream::at([7, i as u64, 0, 0])).collect();
        let programs: Vec<Program> = guide
            .sample(&all, &of, &mut rngs)
            .into_iter()
            .map(|p| p.0)
            .collect();
        let rows = Rows::<CharacterModel>::new(&seen, &of, &programs);
        let (prior, lik) = (
            model.log_prior(&rows).values(),
            model.log_likelihood(&rows).values(),
        );
        let q = helmholtz_nn::host(&guide.log_prob(&all, &of, &programs));
        let (mut dp, mut dl, mut dq) = (0, 0, 0);
        for i in 0..64 {
            let one = [seen[i]];
            let own = vec![0; 10];
            let part = &programs[10 * i..10 * i + 10];
            let rows = Rows::<CharacterModel>::new(&one, &own, part);
            let e = guide.encode(&one);
            let (p, l) = (
                model.log_prior(&rows).values(),
                model.log_likelihood(&rows).values(),
            );
            let qq = helmholtz_nn::host(&guide.log_prob(&e, &own, part));
            for k in 0..10 {
                dp += usize::from(p[k] != prior[10 * i + k]);
                dl += usize::from(l[k] != lik[10 * i + k]);
                dq += usize::from(qq[k] != q[10 * i + k]);
            }
        }
        println!("of 640 differ: prior {dp} likelihood {dl} guide {dq}");
    }
}
