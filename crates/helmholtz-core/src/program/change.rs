//! What a model over trees gets from its grammar: edits, which programs there are, and a prior to begin with.

use super::grammar::{Grammar, Written};
use super::tree::Tree;
use crate::model::{Admissible, Edits, HandWritten, Latent, Model};
use helmholtz_math::random::Stream;

/// By how many symbols a new part may be larger than the smallest.
const SPARE: usize = 3;

impl<G: Grammar> Written<G> {
    /// A program that differs in one part; `None` where this attempt gave none.
    pub fn edit(&self, program: &Tree<G>, rng: &mut Stream) -> Option<Tree<G>> {
        let symbols = program.symbols();
        let begin = rng.below(symbols.len());
        let part = begin..program.end(begin);
        let new = match rng.below(4) {
            0 => self.grown(symbols[begin], rng),
            1 => self.renamed(&symbols[part.clone()], rng)?,
            2 => self.wrapped(&symbols[part.clone()], rng)?,
            _ => self.lifted(program, begin, rng)?,
        };
        let edited = [&symbols[..begin], &new, &symbols[part.end..]].concat();
        let edited = Tree::from_symbols(edited)?;
        (edited != *program && self.admits(&edited)).then_some(edited)
    }

    /// Another part of the kind that a production makes.
    fn grown(&self, production: u8, rng: &mut Stream) -> Vec<u8> {
        let kind = self.made_by(production);
        self.part(kind, self.least(kind) + rng.below(SPARE + 1), rng)
    }

    /// The same parts under another production.
    fn renamed(&self, part: &[u8], rng: &mut Stream) -> Option<Vec<u8>> {
        let (own, rest) = part.split_first()?;
        let same = |p: &u8| {
            self.made_by(*p) == self.made_by(*own) && self.taken_by(*p) == self.taken_by(*own)
        };
        let others = (0..G::PRODUCTIONS.len() as u8).filter(|p| p != own && same(p));
        let other = chosen(others, rng)?;
        Some([&[other], rest].concat())
    }

    /// The part as one of those of a production that makes its kind, the others new.
    fn wrapped(&self, part: &[u8], rng: &mut Stream) -> Option<Vec<u8>> {
        let kind = self.made_by(*part.first()?);
        let all = 0..G::PRODUCTIONS.len() as u8;
        let around = all.filter(|&p| self.made_by(p) == kind && self.taken_by(p).contains(&kind));
        let around = chosen(around, rng)?;
        let takes = self.taken_by(around);
        let places = (0..takes.len()).filter(|&i| takes[i] == kind);
        let place = chosen(places, rng)?;
        let mut new = vec![around];
        for (i, &taken) in takes.iter().enumerate() {
            match i == place {
                true => new.extend(part),
                false => {
                    new.extend(self.part(taken, self.least(taken) + rng.below(SPARE + 1), rng))
                }
            }
        }
        Some(new)
    }

    /// In place of a part one that lies in it and is of its kind.
    fn lifted(&self, program: &Tree<G>, begin: usize, rng: &mut Stream) -> Option<Vec<u8>> {
        let symbols = program.symbols();
        let kind = self.made_by(symbols[begin]);
        let within = begin + 1..program.end(begin);
        let inner = chosen(within.filter(|&i| self.made_by(symbols[i]) == kind), rng)?;
        Some(symbols[inner..program.end(inner)].to_vec())
    }
}

/// One of several, chosen evenly.
fn chosen<T>(all: impl Iterator<Item = T>, rng: &mut Stream) -> Option<T> {
    let mut all: Vec<T> = all.collect();
    let at = rng.below(all.len().max(1));
    (at < all.len()).then(|| all.swap_remove(at))
}

impl<G: Grammar, M: Model<Discrete = Tree<G>>> Edits<M> for Written<G> {
    fn edit(&self, program: &Tree<G>, _: &M::Observation, rng: &mut Stream) -> Option<Tree<G>> {
        self.edit(program, rng)
    }
}

impl<G: Grammar, M: Model<Discrete = Tree<G>>> Admissible<M> for Written<G> {
    fn admits(&self, program: &Tree<G>) -> bool {
        self.admits(program)
    }
}

impl<G: Grammar, M: Model<Discrete = Tree<G>>> HandWritten<M> for Written<G> {
    fn sample(&self, rngs: &mut [Stream]) -> Vec<Latent<Tree<G>>> {
        rngs.iter_mut()
            .map(|rng| (self.grow(rng), vec![]))
            .collect()
    }
}
