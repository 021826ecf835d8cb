//! Proposals: from the guide, from the model's defensive distribution or its prior, and local edits of a
//! memory's members.

use super::draw::{Address, Population};
use crate::algorithm::{Parents, Shares};
use crate::guide::Guide;
use crate::memory::Memory;
use crate::model::{Model, ModelExt};
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;

/// Where a proposal comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Guide,
    Defensive,
    Prior,
    Edit(Parents),
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
        let origin = |o: usize, i: usize| match defensive > 0.0 && self.lot(o, i) < defensive {
            true => Origin::Defensive,
            false => Origin::Guide,
        };
        self.propose(self.each(count, origin), &[])
    }

    /// At most `count` programs per observation for its memory: an edit that comes to nothing is no
    /// proposal. Of several the first is the guide's, unless there are nothing but edits.
    pub(super) fn for_memories(
        &self,
        count: usize,
        (shares, parents): (&Shares, Parents),
        memories: &[Memory<M::Discrete>],
    ) -> Population<M::Discrete> {
        let guided = usize::from(count > 1 && shares.edits < 1.0);
        let origin = |o: usize, i: usize| {
            if i < guided || *shares == Shares::default() {
                return Origin::Guide;
            }
            let lot = self.lot(o, i);
            // Where there is nothing to edit yet, a draw of the prior makes a beginning.
            let empty = memories[self.items[o]].programs().is_empty();
            match lot < shares.exploration + shares.edits {
                false => Origin::Guide,
                true if lot < shares.exploration || empty => Origin::Prior,
                true => Origin::Edit(parents),
            }
        };
        self.propose(self.each(count, origin), memories)
    }

    /// `count` particles per observation with their origins.
    fn each(&self, count: usize, origin: impl Fn(usize, usize) -> Origin) -> Vec<Particle> {
        let particles = (0..self.items.len()).flat_map(|o| (0..count).map(move |i| (o, i)));
        particles.map(|(o, i)| (o, i, origin(o, i))).collect()
    }

    /// A number in [0, 1) that decides where a particle comes from.
    fn lot(&self, o: usize, i: usize) -> f64 {
        self.address
            .stream(self.items[o], Purpose::Defence, i)
            .uniform()
    }

    /// The programs of particles, in their order.
    fn propose(
        &self,
        particles: Vec<Particle>,
        memories: &[Memory<M::Discrete>],
    ) -> Population<M::Discrete> {
        let mut guided = self.guided(&particles).into_iter();
        let mut broad = self.broad(&particles, Origin::Defensive).into_iter();
        let mut prior = self.broad(&particles, Origin::Prior).into_iter();
        let mut all = Population {
            of: vec![],
            programs: vec![],
        };
        for (o, i, origin) in particles {
            let program = match origin {
                Origin::Guide => guided.next(),
                Origin::Defensive => broad.next(),
                Origin::Prior => prior.next(),
                Origin::Edit(parents) => self.edited((o, i), parents, &memories[self.items[o]]),
            };
            all.of.extend(program.iter().map(|_| o));
            all.programs.extend(program);
        }
        all
    }

    fn guided(&self, particles: &[Particle]) -> Vec<M::Discrete> {
        let own = || particles.iter().filter(|c| c.2 == Origin::Guide);
        let of: Vec<usize> = own().map(|c| c.0).collect();
        let mut rngs: Vec<Stream> = own()
            .map(|&(o, i, _)| self.address.stream(self.items[o], Purpose::Program, i))
            .collect();
        let drawn = self.guide.sample(self.encoding, &of, &mut rngs);
        drawn.into_iter().map(|(program, _)| program).collect()
    }

    /// Draws of the defensive distribution or the prior.
    fn broad(&self, particles: &[Particle], origin: Origin) -> Vec<M::Discrete> {
        let own = particles.iter().filter(|c| c.2 == origin);
        let mut rngs: Vec<Stream> = own
            .map(|&(o, i, _)| self.address.stream(self.items[o], Purpose::Defensive, i))
            .collect();
        match origin {
            _ if rngs.is_empty() => vec![],
            Origin::Defensive => self.model.sample_defensive(&mut rngs),
            _ => {
                let latents = self.model.sample_latent(&mut rngs).into_iter();
                latents.map(|z| z.0).collect()
            }
        }
    }

    /// An edit of a random member.
    fn edited(
        &self,
        (o, i): (usize, usize),
        parents: Parents,
        memory: &Memory<M::Discrete>,
    ) -> Option<M::Discrete> {
        let members = memory.programs();
        let mut rng = self.address.stream(self.items[o], Purpose::Edit, i);
        let mut any = || rng.below(members.len().max(1));
        let parent = match parents {
            Parents::Alike => any(),
            // The best come first.
            Parents::Fittest => any().min(any()),
        };
        let member = members.get(parent)?;
        self.model.edited(member, self.observations[o], &mut rng)
    }
}
