//! Proposals: from the guide, from the model's defensive distribution, and local edits of a memory's members.

use super::draw::{Address, Population, Purpose};
use crate::algorithm::Shares;
use crate::guide::Guide;
use crate::memory::Memory;
use crate::model::Model;
use crate::random::Stream;

/// Where a proposal comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Guide,
    Defensive,
    Edit,
}

/// An observation, the number of its proposal, and where that comes from.
type Particle = (usize, usize, Origin);

/// What proposals are made from, outside the gradient graph.
pub(super) struct Proposer<'a, M: Model, G: Guide<M>> {
    pub(super) model: &'a M,
    pub(super) guide: &'a G,
    pub(super) encoding: &'a G::Encoding,
    pub(super) observations: &'a [&'a M::Observation],
    /// The observations' global numbers.
    pub(super) items: &'a [usize],
    pub(super) address: &'a Address,
}

impl<M: Model, G: Guide<M>> Proposer<'_, M, G> {
    /// `count` programs per observation, each from the guide or, with probability `defensive`, from the
    /// defensive distribution.
    pub(super) fn independent(&self, count: usize, defensive: f64) -> Population<M::Discrete> {
        let shares = Shares {
            defensive,
            edits: 0.0,
        };
        self.propose(count, &shares, 0, &[])
    }

    /// At most `count` programs per observation for its memory: an edit that comes to nothing is no
    /// proposal. Of several the first is the guide's, unless there are nothing but edits.
    pub(super) fn for_memories(
        &self,
        count: usize,
        shares: &Shares,
        memories: &[Memory<M::Discrete>],
    ) -> Population<M::Discrete> {
        let guided = usize::from(count > 1 && shares.edits < 1.0);
        self.propose(count, shares, guided, memories)
    }

    /// `count` programs per observation, of which the first `guided` are the guide's.
    fn propose(
        &self,
        count: usize,
        shares: &Shares,
        guided: usize,
        memories: &[Memory<M::Discrete>],
    ) -> Population<M::Discrete> {
        let particles = (0..self.items.len()).flat_map(|o| (0..count).map(move |i| (o, i)));
        // Where there is nothing to edit yet, a broad draw makes a beginning.
        let empty = |o: usize| memories[self.items[o]].programs().is_empty();
        let chosen: Vec<Particle> = particles
            .map(|(o, i)| match i < guided {
                true => (o, i, Origin::Guide),
                false => match self.origin(o, i, shares) {
                    Origin::Edit if empty(o) => (o, i, Origin::Defensive),
                    origin => (o, i, origin),
                },
            })
            .collect();
        let mut guided = self.guided(&chosen).into_iter();
        let mut broad = self.broad(&chosen).into_iter();
        let mut all = Population {
            of: vec![],
            programs: vec![],
        };
        for (o, i, origin) in chosen {
            let program = match origin {
                Origin::Guide => guided.next(),
                Origin::Defensive => broad.next(),
                Origin::Edit => self.edited(o, i, &memories[self.items[o]]),
            };
            all.of.extend(program.iter().map(|_| o));
            all.programs.extend(program);
        }
        all
    }

    fn origin(&self, o: usize, i: usize, shares: &Shares) -> Origin {
        if *shares == Shares::default() {
            return Origin::Guide;
        }
        let mut rng = self.address.stream(self.items[o], Purpose::Defence, i);
        let u = rng.uniform();
        if u < shares.defensive {
            Origin::Defensive
        } else if u < shares.defensive + shares.edits {
            Origin::Edit
        } else {
            Origin::Guide
        }
    }

    fn guided(&self, chosen: &[Particle]) -> Vec<M::Discrete> {
        let own = || chosen.iter().filter(|c| c.2 == Origin::Guide);
        let of: Vec<usize> = own().map(|c| c.0).collect();
        let mut rngs: Vec<Stream> = own()
            .map(|&(o, i, _)| self.address.stream(self.items[o], Purpose::Program, i))
            .collect();
        let drawn = self.guide.sample(self.encoding, &of, &mut rngs);
        drawn.into_iter().map(|(program, _)| program).collect()
    }

    fn broad(&self, chosen: &[Particle]) -> Vec<M::Discrete> {
        let own = chosen.iter().filter(|c| c.2 == Origin::Defensive);
        let mut rngs: Vec<Stream> = own
            .map(|&(o, i, _)| self.address.stream(self.items[o], Purpose::Defensive, i))
            .collect();
        match rngs.is_empty() {
            true => vec![],
            false => self.model.sample_defensive(&mut rngs),
        }
    }

    /// An edit of a random member.
    fn edited(&self, o: usize, i: usize, memory: &Memory<M::Discrete>) -> Option<M::Discrete> {
        let members = memory.programs();
        let mut rng = self.address.stream(self.items[o], Purpose::Edit, i);
        let member = members.get(rng.below(members.len().max(1)))?;
        self.model.edit(member, self.observations[o], &mut rng)
    }
}
