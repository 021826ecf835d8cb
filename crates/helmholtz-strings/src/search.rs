//! Programs for some strings, as the search of the core sees them: draws of the guide, programs read off the strings, and
//! local edits.
//!
//! The same search serves every algorithm's model when models are compared, and `explain`. Scores are exact joints, so any
//! proposal is valid, whatever it depends on.

use helmholtz_nn::Module;
use rayon::prelude::*;

use super::data::Strings;
use super::edit::edit;
use super::guide::{Encoding, StringGuide};
use super::induction::induce;
use super::model::StringModel;
use super::program::Regex;
use super::writing::support;
use helmholtz_core::guide::Guide;
pub use helmholtz_core::search::Budget;
use helmholtz_core::search::{self, Draft, Member, Posterior, Space};
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;

/// How far a search goes where models are compared.
pub fn budget() -> Budget {
    Budget {
        restarts: 4,
        members: 50,
        first: 50,
        rounds: 20,
        edits: 25,
        ..Budget::default()
    }
}

/// A program with log p(z, X). Its start is log p(X | z) of the strings by which it was ranked, its note log p(z).
pub type Found = Member<Regex, f64, f64>;

/// log p(X | z), of which values below the second argument need not be told apart.
type Likelihood<'a> = Box<dyn Fn(&Regex, f64) -> f64 + Sync + 'a>;

/// Strings, as the guide and a likelihood see them.
pub(super) struct Column<'a> {
    model: &'a StringModel,
    guide: &'a StringGuide,
    /// Of what the guide is shown: several parts of the strings, each draw of one of them.
    encoding: Encoding,
    parts: usize,
    /// What can be read off the strings.
    seeds: Vec<Regex>,
    hints: Vec<u8>,
    likelihood: Likelihood<'a>,
    whole: Option<Likelihood<'a>>,
}

impl<'a> Column<'a> {
    /// Strings by which programs are ranked, the parts of them that the guide is shown, and a likelihood. Model and guide
    /// must be outside the graph (`valid()`).
    pub(super) fn new(
        (model, guide): (&'a StringModel, &'a StringGuide),
        strings: &Strings,
        shown: &[Strings],
        likelihood: impl Fn(&Regex, f64) -> f64 + Sync + 'a,
    ) -> Self {
        Self {
            model,
            guide,
            encoding: guide.encode(&shown.iter().collect::<Vec<_>>()),
            parts: shown.len(),
            seeds: induce(strings.iter(), model.grammar()),
            hints: strings.characters(),
            likelihood: Box::new(likelihood),
            whole: None,
        }
    }

    /// The same where what is kept is weighed in the end by more strings.
    pub(super) fn settled_by(self, whole: impl Fn(&Regex, f64) -> f64 + Sync + 'a) -> Self {
        Self {
            whole: Some(Box::new(whole)),
            ..self
        }
    }
}

/// A program that has not been screened.
pub(super) fn draft(program: Regex) -> Draft<Regex, f64> {
    Draft {
        program,
        start: f64::NEG_INFINITY,
    }
}

impl Space for Column<'_> {
    type Program = Regex;
    type Start = f64;
    type Note = f64;
    type Key = String;

    /// The program of guaranteed support, and what can be read off the strings, or half of that.
    fn seeds(&self, rng: &mut Stream, alone: bool) -> Vec<Draft<Regex, f64>> {
        let mut induced = self.seeds.clone();
        rng.shuffle(&mut induced);
        if !alone {
            induced.truncate(induced.len().div_ceil(2));
        }
        let all = [support()].into_iter().chain(induced);
        all.map(draft).collect()
    }

    fn propose(&self, rngs: &mut [Stream]) -> Vec<Draft<Regex, f64>> {
        if self.parts == 0 {
            return vec![];
        }
        let of = rngs.iter_mut().map(|rng| rng.below(self.parts));
        let of: Vec<usize> = of.collect();
        let drawn = self.guide.sample(&self.encoding, &of, rngs);
        drawn.into_iter().map(|p| draft(p.0)).collect()
    }

    fn edits(&self, parent: &Draft<Regex, f64>, rng: &mut Stream) -> Vec<Draft<Regex, f64>> {
        let edited = edit(&parent.program, self.model.grammar(), rng, &self.hints);
        edited.map(draft).into_iter().collect()
    }

    /// The likelihood alone: a joint is never more, and the prior costs most.
    fn screen(&self, drafts: &mut [Draft<Regex, f64>], least: f64) -> Vec<f64> {
        drafts.par_iter_mut().for_each(|draft| {
            draft.start = (self.likelihood)(&draft.program, least);
        });
        let above = |d: &Draft<Regex, f64>| match d.start < least {
            true => f64::NEG_INFINITY,
            false => d.start,
        };
        drafts.iter().map(above).collect()
    }

    fn score(&self, drafts: &[Draft<Regex, f64>]) -> Vec<Option<Found>> {
        let programs: Vec<Regex> = drafts.iter().map(|d| d.program.clone()).collect();
        let priors = self.model.log_priors(&programs);
        let member = |(draft, log_prior): (&Draft<Regex, f64>, f64)| {
            Some(Member {
                draft: draft.clone(),
                log_joint: log_prior + draft.start,
                note: log_prior,
            })
        };
        drafts.iter().zip(priors).map(member).collect()
    }

    fn settle(&self, mut members: Vec<Found>) -> Vec<Found> {
        if let Some(whole) = &self.whole {
            members.par_iter_mut().for_each(|f| {
                f.log_joint = f.note + whole(&f.draft.program, f64::NEG_INFINITY);
            });
            members.sort_by(|a, b| b.log_joint.total_cmp(&a.log_joint));
        }
        members
    }

    /// Programs of one export differ in nothing but their probabilities.
    fn same_answer(&self, member: &Found) -> String {
        member.draft.program.export()
    }
}

/// The best programs that a search finds for the strings, best first; `.*` is always among what is scored. `address`
/// addresses the random numbers: (seed, observation).
pub fn search(
    model: &StringModel,
    guide: &StringGuide,
    strings: &Strings,
    budget: &Budget,
    [seed, item]: [u64; 2],
) -> Posterior<Regex, f64, f64> {
    let (model, guide) = (&model.valid(), &guide.valid());
    let parameters = model.parameters();
    let shown = match strings.is_empty() {
        true => vec![],
        false => vec![strings.clone()],
    };
    let column = Column::new((model, guide), strings, &shown, |program, _| {
        super::model::log_prob(program, strings, &parameters)
    });
    let mut address = Stream::at([seed, item, 0, Purpose::Proposals.tag()]);
    let budget = Budget {
        seed: address.below(usize::MAX) as u64,
        ..*budget
    };
    search::search(&column, &budget)
}
