//! Programs of strokes, as the search of the core sees them.

use helmholtz_nn::Module;
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::guide::{CharacterGuide, Encoding};
use super::image::Character;
use super::model::CharacterModel;
use super::program::{Program, Strokes};
use helmholtz_core::guide::Guide;
use helmholtz_core::model::{ModelExt, Rows};
pub use helmholtz_core::search::Budget;
use helmholtz_core::search::{self, Draft, Member, Posterior, Space};
use helmholtz_math::random::Stream;

/// How long to look where it is not said.
pub fn budget() -> Budget {
    Budget {
        restarts: 4,
        members: 10,
        first: 20,
        rounds: 90,
        guided: 4,
        edits: 16,
        ..Budget::default()
    }
}

/// How long to look for somebody who waits for the answer: a second or two of one core.
pub fn thorough() -> Budget {
    Budget {
        restarts: 16,
        rounds: 240,
        ..budget()
    }
}

/// A program with log p(z, x).
pub type Found = Member<Program>;

/// The best programs of each image, best first. What is found of one does not depend on the others, to the last bit.
pub fn search(
    model: &CharacterModel,
    guide: &CharacterGuide,
    images: &[Character],
    budget: &Budget,
) -> Vec<Posterior<Program>> {
    let each = images.par_iter();
    each.map(|image| search_with((model, guide), image, budget, &[]))
        .collect()
}

/// The same of one image, where somebody else proposes strokes, too.
pub fn search_with(
    (model, guide): (&CharacterModel, &CharacterGuide),
    image: &Character,
    budget: &Budget,
    offered: &[Strokes],
) -> Posterior<Program> {
    let (model, guide) = (&model.valid(), &guide.valid());
    let label = image.label.unwrap_or(0);
    let program = |strokes: &Strokes| Program {
        label,
        strokes: strokes.clone(),
    };
    let offered = offered.iter().map(program).map(Draft::new);
    search::search_with(&Drawn::new(model, guide, image), budget, offered.collect())
}

/// An image, as the guide reads it.
pub(super) struct Drawn<'a> {
    model: &'a CharacterModel,
    guide: &'a CharacterGuide,
    image: &'a Character,
    encoding: Encoding,
}

impl<'a> Drawn<'a> {
    pub(super) fn new(
        model: &'a CharacterModel,
        guide: &'a CharacterGuide,
        image: &'a Character,
    ) -> Self {
        Self {
            model,
            guide,
            image,
            encoding: guide.encode(&[image]),
        }
    }

    fn scored(&self, programs: Vec<Program>) -> Vec<Found> {
        let (images, own) = ([self.image], vec![0; programs.len()]);
        let rows = Rows::<CharacterModel>::new(&images, &own, &programs);
        let joints = self.model.log_joint(&rows).values();
        let both = programs.into_iter().zip(joints);
        both.map(|(program, joint)| Member::new(program, joint))
            .collect()
    }
}

impl Space for Drawn<'_> {
    type Program = Program;
    type Start = ();
    type Note = ();
    type Key = Strokes;

    fn propose(&self, rngs: &mut [Stream]) -> Vec<Draft<Program>> {
        let drawn = self
            .guide
            .sample(&self.encoding, &vec![0; rngs.len()], rngs);
        drawn.into_iter().map(|p| Draft::new(p.0)).collect()
    }

    fn edits(&self, parent: &Draft<Program>, rng: &mut Stream) -> Vec<Draft<Program>> {
        let edited = self.model.edited(&parent.program, self.image, rng);
        edited.map(Draft::new).into_iter().collect()
    }

    fn score(&self, drafts: &[Draft<Program>]) -> Vec<Option<Found>> {
        let programs = drafts.iter().map(|d| d.program.clone());
        let scored = self.scored(programs.collect()).into_iter();
        scored.map(Some).collect()
    }

    /// With what was found under every other label where that of the image is not known: the likelihood does not depend
    /// on it, and so all are known as well as one.
    fn settle(&self, mut members: Vec<Found>) -> Vec<Found> {
        if self.image.label.is_some() {
            return members;
        }
        let own: FxHashSet<&Program> = members.iter().map(|m| &m.draft.program).collect();
        let strokes: FxHashSet<&Strokes> = own.iter().map(|program| &program.strokes).collect();
        let all = strokes
            .into_iter()
            .flat_map(|strokes| self.model.under_every_label(strokes.clone()));
        let mut others: Vec<Program> = all.filter(|program| !own.contains(program)).collect();
        if others.is_empty() {
            return members;
        }
        others.sort_by_key(|program| (program.label, program.strokes.to_string()));
        members.extend(self.scored(others));
        members.retain(|m| m.log_joint.is_finite());
        members.sort_by(|a, b| b.log_joint.total_cmp(&a.log_joint));
        members
    }

    fn same_answer(&self, member: &Found) -> Strokes {
        member.draft.program.strokes.clone()
    }
}
