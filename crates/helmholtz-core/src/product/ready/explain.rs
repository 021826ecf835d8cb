//! The best programs of each observation, by a search whose restarts are compared.

use helmholtz_nn::Module;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Ready;
use crate::product::text::{faint, first_strong, plain};
use crate::product::words::percent;
use crate::product::{Answer, Call, Options, Outcome, ProductError, Sink, Text, send};
use crate::search::{Budget, Confidence, Modelled, Posterior, Trust, search};

/// Options of explaining.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, bound(deserialize = "R: Options"))]
pub(super) struct Explain<R: Options> {
    #[serde(flatten)]
    reading: R,
    /// Programs to show per observation
    #[schemars(range(min = 1, max = 1000))]
    programs: usize,
    /// Visits of the memory in each of four searches: the more, the surer
    #[schemars(range(min = 1, max = 1_000_000))]
    visits: usize,
    /// The seed of the searches
    seed: u64,
}

impl<R: Options> Default for Explain<R> {
    fn default() -> Self {
        Self {
            reading: R::default(),
            programs: 5,
            visits: 250,
            seed: 1,
        }
    }
}

/// Searches of an observation that do not know of each other at first.
const RESTARTS: usize = 4;
/// Proposals of the guide, and edits, at a visit.
const GUIDED: usize = 14;
const EDITS: usize = 6;
/// Continuous samples per program, where there are any.
const SAMPLES: usize = 5;
/// The least memory: a search needs some breadth, however few programs are shown.
const MEMBERS: usize = 10;

/// A program with its share of what was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Program {
    program: String,
    weight: f64,
    log_joint: f64,
    #[serde(skip_serializing_if = "String::is_empty")]
    note: String,
}

/// An explanation, for machines.
#[derive(Serialize)]
struct Explanation {
    programs: Vec<Program>,
    /// How far they are to be trusted, as a cautious rule has it.
    #[serde(flatten)]
    trust: Trust,
}

pub(super) fn explained<D: Ready>(
    call: &Call<'_, D>,
    options: &Explain<D::Reading>,
    sink: &mut Sink<'_>,
) -> Result<Outcome, ProductError> {
    let mut read = D::read(call.input, &options.reading, &call.loaded.config)?;
    let (model, guide) = &call.loaded.networks;
    let networks = (&model.valid(), &guide.valid());
    let (answers, mut told) = (read.observations.iter().enumerate(), 0);
    send(
        sink,
        answers.map(|(i, x)| {
            let answer = answer::<D>(networks, x, options)?;
            told += 1;
            // What of the file is not covered is told with the first.
            Ok(match i {
                0 => answer.covering(&read.account),
                _ => answer,
            })
        }),
    )?;
    read.account.read = Some(told);
    Ok(Outcome::of(read.account))
}

fn answer<D: Ready>(
    (model, guide): (&D::Model, &D::Guide),
    observation: &D::Datum,
    options: &Explain<D::Reading>,
) -> Result<Answer, ProductError> {
    let budget = Budget {
        restarts: RESTARTS,
        members: options.programs.max(MEMBERS),
        first: GUIDED + EDITS,
        rounds: options.visits.saturating_sub(1),
        guided: GUIDED,
        edits: EDITS,
        seed: options.seed,
        ..Budget::default()
    };
    let space = Modelled::new((model, guide), observation, SAMPLES);
    let found = search(&space, &budget);
    let doubt = disagreement(&found);
    let cut = format!(
        "the search ended before its last visit, with {} programs seen",
        found.screened
    );
    let trust = found.trust(Confidence::cautious());
    let each = found.members.iter().zip(found.weights());
    let programs = each.take(options.programs).map(|(found, weight)| Program {
        program: found.draft.program.to_string(),
        weight: trust.found() * weight,
        log_joint: found.log_joint,
        note: D::note(&found.draft.program, observation),
    });
    let programs: Vec<Program> = programs.collect();
    let name = D::name(observation);
    let mut text = text(&name, &programs);
    text.beside(programs.iter().map(|p| p.weight).sum(), &trust);
    let answer = Answer::of(
        name,
        &Explanation {
            programs: programs.clone(),
            trust,
        },
    )?;
    answer
        .with_text(text)
        .with_doubt(doubt.as_deref())
        .with_doubt(found.cut.then_some(&cut))
        .with_rows(programs)
}

/// What restarts say about each other: weights are relative to what was found.
fn disagreement<D>(found: &Posterior<D>) -> Option<String> {
    let agreement = &found.agreement;
    match agreement.reached {
        _ if found.members.is_empty() => {
            Some("no program was found that can have generated this".into())
        }
        all if all == agreement.restarts => None,
        some => Some(format!(
            "{some} of {} searches found the best program, so there may be better ones: look longer with --visits, or \
             train longer",
            agreement.restarts
        )),
    }
}

fn text(name: &str, programs: &[Program]) -> Text {
    let mut text = Text::default();
    text.title(name, "");
    for (i, each) in programs.iter().enumerate() {
        let mut parts = vec![first_strong(i, each.program.as_str())];
        if !each.note.is_empty() {
            parts.extend([plain("  "), faint(each.note.as_str())]);
        }
        text.item(percent(each.weight), parts);
    }
    text
}
