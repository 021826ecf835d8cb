//! The best programs of each observation, by two searches that are compared.

use helmholtz_nn::Module;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Ready;
use crate::model::Model;
use crate::product::text::{faint, first_strong, plain};
use crate::product::words::percent;
use crate::product::{Answer, Call, Options, Outcome, ProductError, Sink, Text, send};
use crate::train::{Effort, Found, visit};
use helmholtz_math::softmax;

/// Options of explaining.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, bound(deserialize = "R: Options"))]
pub(super) struct Explain<R: Options> {
    #[serde(flatten)]
    reading: R,
    /// Programs to show per observation
    #[schemars(range(min = 1, max = 1000))]
    programs: usize,
    /// Visits of the memory in each of two searches: the more, the surer
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
            visits: 500,
            seed: 1,
        }
    }
}

/// Proposals of a visit.
const PROPOSALS: usize = 20;
/// Continuous samples per program and visit, where there are any.
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
    let search = |restart: u64| {
        let hybrid = model.continuous().is_some();
        let effort = Effort {
            members: options.programs.max(MEMBERS),
            visits: options.visits,
            proposals: PROPOSALS,
            samples: if hybrid { SAMPLES } else { 1 },
            seed: options.seed.wrapping_mul(2).wrapping_add(restart),
        };
        visit(model, guide, observation, &effort)
    };
    let both = [search(0), search(1)];
    let doubt = disagreement(&both);
    let found = joined(both);
    let weights = softmax(&found.iter().map(|f| f.log_joint).collect::<Vec<_>>());
    let shown = found.iter().zip(weights).take(options.programs);
    let programs = shown.map(|(found, weight)| Program {
        program: found.program.to_string(),
        weight,
        log_joint: found.log_joint,
        note: D::note(&found.program, observation),
    });
    let programs: Vec<Program> = programs.collect();
    let name = D::name(observation);
    let text = text(&name, &programs);
    let answer = Answer::of(
        name,
        &Explanation {
            programs: programs.clone(),
        },
    )?;
    answer
        .with_text(text)
        .with_doubt(doubt.as_deref())
        .with_rows(programs)
}

/// What two searches say about each other: weights are relative to what was found.
fn disagreement<D: Eq>([a, b]: &[Vec<Found<D>>; 2]) -> Option<String> {
    match (a.first(), b.first()) {
        (None, None) => Some("no program was found that can have generated this".into()),
        (Some(a), Some(b)) if a.program == b.program => None,
        (a, b) => {
            let joint = |f: Option<&Found<D>>| f.map_or(f64::NEG_INFINITY, |f| f.log_joint);
            Some(format!(
                "two searches found different best programs (log joint {:.1} and {:.1}), so there may be better ones: \
                 look longer with --visits, or train longer",
                joint(a),
                joint(b)
            ))
        }
    }
}

/// What either search found, the most probable first. Where both found a program, the first counts.
fn joined<D: Eq>([mut a, b]: [Vec<Found<D>>; 2]) -> Vec<Found<D>> {
    for found in b {
        if a.iter().all(|known| known.program != found.program) {
            a.push(found);
        }
    }
    a.sort_by(|a, b| b.log_joint.total_cmp(&a.log_joint));
    a
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
