//! A space for any model and guide: what the ready verbs search.

use std::hash::{BuildHasher, BuildHasherDefault};

use rustc_hash::FxHasher;

use super::{Draft, Member, Space};
use crate::evidence::log_joints;
use crate::guide::Guide;
use crate::model::{Model, ModelExt};
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;

/// An observation with a model and a guide, both best given outside the gradient graph (`valid()`).
///
/// What is continuous is integrated out by samples of the guide: few while a search goes on, many for what is kept.
pub struct Modelled<'a, M: Model, G: Guide<M>> {
    model: &'a M,
    guide: &'a G,
    observation: &'a M::Observation,
    encoding: G::Encoding,
    /// Continuous samples of a program while a search goes on.
    samples: usize,
}

/// How many times as many samples weigh what is kept.
const SETTLED: usize = 40;
/// The share of proposals that are draws of the prior: with some, every program is found sooner or later.
const PRIOR: f64 = 0.15;

impl<'a, M: Model, G: Guide<M>> Modelled<'a, M, G> {
    /// Reads the observation.
    pub fn new(
        (model, guide): (&'a M, &'a G),
        observation: &'a M::Observation,
        samples: usize,
    ) -> Self {
        Self {
            model,
            guide,
            observation,
            encoding: guide.encode(&[observation]),
            samples: samples.max(1),
        }
    }

    /// log p(z_d, x) of programs. A program's continuous draws are its own, whatever it is asked beside.
    fn log_joints(&self, programs: &[M::Discrete], samples: usize) -> Vec<f64> {
        let hashed = BuildHasherDefault::<FxHasher>::default();
        let stream = |program: &M::Discrete| {
            let purpose = Purpose::Continuous.with(samples as u64);
            Stream::at([hashed.hash_one(program), 0, 0, purpose])
        };
        let mut rngs: Vec<Stream> = programs.iter().map(stream).collect();
        let (observations, of) = ([self.observation], vec![0; programs.len()]);
        log_joints(
            (self.model, self.guide),
            (&self.encoding, &observations),
            (&of, programs),
            (samples, &mut rngs),
        )
    }

    fn members(
        &self,
        programs: Vec<M::Discrete>,
        samples: usize,
    ) -> Vec<Option<Member<M::Discrete>>> {
        let joints = self.log_joints(&programs, samples);
        let each = programs.into_iter().zip(joints);
        each.map(|(program, joint)| Some(Member::new(program, joint)))
            .collect()
    }
}

impl<M: Model, G: Guide<M>> Space for Modelled<'_, M, G> {
    type Program = M::Discrete;
    type Start = ();
    type Note = ();
    type Key = M::Discrete;

    fn seeds(&self, _: &mut Stream, _: bool) -> Vec<Draft<M::Discrete>> {
        self.model.support().map(Draft::new).into_iter().collect()
    }

    fn propose(&self, rngs: &mut [Stream]) -> Vec<Draft<M::Discrete>> {
        let broad: Vec<bool> = rngs.iter_mut().map(|rng| rng.uniform() < PRIOR).collect();
        let mut of = |wanted: bool| -> Vec<Stream> {
            let own = rngs.iter_mut().zip(&broad).filter(|(_, b)| **b == wanted);
            own.map(|(rng, _)| rng.fork()).collect()
        };
        let (mut guided, mut broadly) = (of(false), of(true));
        let own = vec![0; guided.len()];
        let mut guided = match guided.is_empty() {
            true => vec![].into_iter(),
            false => self
                .guide
                .sample(&self.encoding, &own, &mut guided)
                .into_iter(),
        };
        let mut broadly = match broadly.is_empty() {
            true => vec![].into_iter(),
            false => self.model.sample_latent(&mut broadly).into_iter(),
        };
        let mut next = |broad: &bool| match broad {
            true => broadly.next().map(|z| z.0),
            false => guided.next().map(|p| p.0),
        };
        broad.iter().filter_map(&mut next).map(Draft::new).collect()
    }

    fn edits(&self, parent: &Draft<M::Discrete>, rng: &mut Stream) -> Vec<Draft<M::Discrete>> {
        let edited = self.model.edited(&parent.program, self.observation, rng);
        edited.map(Draft::new).into_iter().collect()
    }

    fn score(&self, drafts: &[Draft<M::Discrete>]) -> Vec<Option<Member<M::Discrete>>> {
        let programs = drafts.iter().map(|d| d.program.clone());
        self.members(programs.collect(), self.samples)
    }

    fn settle(&self, members: Vec<Member<M::Discrete>>) -> Vec<Member<M::Discrete>> {
        let programs = members.iter().map(|m| m.draft.program.clone());
        let programs: Vec<M::Discrete> = programs.collect();
        if programs.iter().all(|p| self.model.width_of(p) == 0) {
            return members;
        }
        let again = self.members(programs, SETTLED * self.samples);
        let mut again: Vec<Member<M::Discrete>> = again.into_iter().flatten().collect();
        again.retain(|m| m.log_joint.is_finite());
        again.sort_by(|a, b| b.log_joint.total_cmp(&a.log_joint));
        again
    }

    fn same_answer(&self, member: &Member<M::Discrete>) -> M::Discrete {
        member.draft.program.clone()
    }
}
