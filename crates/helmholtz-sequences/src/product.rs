//! Sequences as people meet them: songs, sounds and streams, followed step by step.

mod explain;
mod filter;

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::evaluate::{self, Baseline, evaluate};
use super::lines::LineFormat;
use super::{Config, Medium, Part, Recording, SequenceFilter, Sequences, hold_out, of_part};
use helmholtz_core::domain::Domain;
use helmholtz_core::filter::{Inference, Particles};
use helmholtz_core::product::input::extension;
use helmholtz_core::product::text::plain;
use helmholtz_core::product::training::observations;
use helmholtz_core::product::verb::{EVALUATE, EXPLAIN, FILTER, SAMPLE};
use helmholtz_core::product::words::widened;
use helmholtz_core::product::{
    Account, Answer, Attachment, BUILTIN_SEED, Call, Flag, Glimpse, Input, LeftOut, Likely, Loaded,
    Nothing, Outcome, Product, ProductError, Read, Sink, Taken, Text, Verb,
};
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use serde_json::json;

/// Particles are drawn anew when fewer than this share of them count.
const THRESHOLD: f64 = 0.5;

/// Options of sampling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct SampleOptions {
    /// How many steps to invent
    #[schemars(range(min = 1, max = 1_000_000))]
    steps: usize,
    /// Go on with the first recording of this file
    #[schemars(extend("value" = "FILE", "heading" = "Data"))]
    after: Option<PathBuf>,
    /// Write a file, .mid, .wav or .csv, whichever it is that they are
    #[schemars(extend("value" = "FILE", "heading" = "Output"))]
    out: Option<PathBuf>,
    /// The seed of the draws
    seed: u64,
}

impl Default for SampleOptions {
    fn default() -> Self {
        Self {
            steps: 64,
            after: None,
            out: None,
            seed: 1,
        }
    }
}

/// Options of evaluating.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct EvaluateOptions {
    /// Also the bound of this many particles
    #[schemars(range(min = 1, max = 1_000_000))]
    particles: Option<usize>,
    /// Inference iterations per step [default: as many as were learned with]
    #[schemars(range(min = 1, max = 1_000))]
    iterations: Option<usize>,
}

/// The flags of settings.
const FLAGS: [Flag; 3] = [
    Flag {
        name: "model",
        key: "model",
        help: "The generative model",
        takes: Taken::Word(&["srnn", "vrnn"]),
    },
    Flag {
        name: "inference",
        key: "inference",
        help: "By which network posteriors are inferred",
        takes: Taken::Word(&["avf", "direct"]),
    },
    Flag {
        name: "iterations",
        key: "filtering.iterations",
        help: "Inference iterations per step",
        takes: Taken::Count,
    },
];

impl<M: Medium + 'static> Product for Sequences<M> {
    const ABOUT: &'static str = M::ABOUT;
    const OBSERVATIONS: &'static str = M::RECORDINGS;
    const FLAGS: &'static [Flag] = &FLAGS;

    type Reading = Nothing;

    fn read(input: &Input, _: &Nothing, config: &Config) -> Result<Read<Recording>, ProductError> {
        let mut recordings = recorded::<M>(input, config)?;
        hold_out(&mut recordings);
        let clip = config.filtering.clip;
        let short = of_part(&recordings, Part::Train).filter(|r| r.steps.len() < clip);
        let short = short.count() as u64;
        let mut read = Read::whole(recordings, input);
        if short > 0 {
            let reason = format!(
                "shorter than a clip of {clip} steps, not learned from; see filtering.clip"
            );
            read.account
                .left_out
                .push(LeftOut::new(M::RECORDINGS, short, reason));
        }
        Ok(read)
    }

    fn builtin(config: &Config) -> Read<Recording> {
        Read::whole(M::builtin(&config.grid, BUILTIN_SEED), &Input::default())
    }

    fn verbs() -> Vec<Verb<Self>> {
        vec![
            Verb::new(EXPLAIN, "What every step costs, and which are surprising", explain::explained::<M>)
                .with_examples(&["explain runs/music-1-avf song.mid --html song.html"]),
            Verb::new(FILTER, "A line per step: what it cost in nats (its free energy, in two parts), how surprising that is \
                               (the share of held-out steps of the run that cost less), and what was predicted before it was \
                               seen. Memory does not grow with the length of the stream", filter::filtered::<M>)
                .with_examples(&[
                    "filter runs/music-1-avf song.mid",
                    "filter runs/streams-1-avf - --output jsonl",
                ]),
            Verb::new(SAMPLE, "Steps that go on with a recording", sampled::<M>)
                .with_examples(&["sample runs/music-1-avf --steps 200 --out new.mid"]),
            Verb::new(EVALUATE, "The free energy of recordings, of the part `test` if there is one", evaluated::<M>)
                .with_examples(&["evaluate runs/music-1-avf songs.json.gz --particles 100"]),
        ]
    }

    fn likely(glimpse: &Glimpse) -> Option<Likely> {
        M::FILES
            .contains(&&*glimpse.extension)
            .then_some(Likely::Certain)
    }
}

/// The recordings of some files.
fn recorded<M: Medium>(input: &Input, config: &Config) -> Result<Vec<Recording>, ProductError> {
    let mut all = vec![];
    for file in &input.files {
        all.extend(M::read(file, &config.grid).map_err(ProductError::input)?);
    }
    Ok(all)
}

/// The recordings of some files, which have to be of the model's kind.
fn fitting<M: Medium>(input: &Input, config: &Config) -> Result<Vec<Recording>, ProductError> {
    let recordings = recorded::<M>(input, config)?;
    recordings.iter().try_for_each(|r| fits(r, input, config))?;
    Ok(recordings)
}

fn fits(recording: &Recording, input: &Input, config: &Config) -> Result<(), ProductError> {
    let fits = config.fits(recording);
    fits.map_err(|e| ProductError::unfit(input.names().join(", "), e))
}

/// The filter of a model.
fn filter_of<M: Medium>(
    loaded: &Loaded<Sequences<M>>,
    iterations: Option<usize>,
    seed: u64,
) -> Box<dyn SequenceFilter> {
    loaded.networks.filter(Inference {
        iterations: iterations.unwrap_or(loaded.config.filtering.iterations),
        samples: 1,
        seed,
    })
}

/// What steps of the run's own recordings cost, held-out ones if there are any: as its checkpoint says, if that is by as
/// many iterations.
fn usual<M: Medium + 'static>(
    loaded: &Loaded<Sequences<M>>,
    iterations: Option<usize>,
    filter: &dyn SequenceFilter,
) -> Result<Baseline, ProductError> {
    let learned = iterations.is_none_or(|n| n == loaded.config.filtering.iterations);
    match loaded.networks.usual().filter(|_| learned) {
        Some(usual) => Ok(usual.clone()),
        None => {
            let recordings = known(loaded)?;
            Ok(Baseline::new(
                filter,
                &loaded.config,
                evaluate::typical(&recordings),
            ))
        }
    }
}

/// The recordings that a run was given.
fn known<M: Medium + 'static>(
    loaded: &Loaded<Sequences<M>>,
) -> Result<Vec<Recording>, ProductError> {
    match &loaded.run {
        Some(run) => observations::<Sequences<M>>(run, &loaded.config),
        None => Ok(vec![]),
    }
}

fn sampled<M: Medium + 'static>(
    call: &Call<'_, Sequences<M>>,
    options: &SampleOptions,
    sink: &mut Sink<'_>,
) -> Result<Outcome, ProductError> {
    let steps = invent::<M>(call.loaded, options)?;
    let file = options.out.as_ref();
    let mut file = file
        .map(|path| written::<M>(call, path, &steps))
        .transpose()?;
    if let Some(file) = file.take() {
        let mut answer = Answer::of("", &json!({"steps": steps.len()}))?;
        answer.files.push(file);
        let _ = sink(answer);
        return Ok(Outcome::default());
    }
    for (row, t) in steps.iter().zip(1..) {
        let mut text = Text::default();
        text.line([plain(line::<M>(row))]);
        let answer = Answer::of(
            "",
            &json!({"t": t, "step": row.iter().map(|x| widened(*x)).collect::<Vec<_>>()}),
        )?
        .with_text(text);
        if sink(answer).is_break() {
            break;
        }
    }
    Ok(Outcome::default())
}

/// A file that holds these steps.
fn written<M: Medium>(
    call: &Call<'_, Sequences<M>>,
    path: &std::path::Path,
    steps: &[Vec<f32>],
) -> Result<Attachment, ProductError> {
    let refused =
        |reason: String| ProductError::option("out", format!("{}: {reason}", path.display()));
    if extension(path) != M::EXTENSION {
        return Err(refused(format!(
            "{} are written as .{}",
            M::RECORDINGS,
            M::EXTENSION
        )));
    }
    Ok(Attachment {
        what: "written",
        path: path.to_owned(),
        bytes: M::write(steps, &call.loaded.config.grid).map_err(refused)?,
    })
}

/// Steps that go on with a file, or with the first step of a recording of the run.
fn invent<M: Medium + 'static>(
    loaded: &Loaded<Sequences<M>>,
    options: &SampleOptions,
) -> Result<Vec<Vec<f32>>, ProductError> {
    let config = &loaded.config;
    let mut rng = Stream::at([options.seed, 0, 0, Purpose::Invent.tag()]);
    let begin = match &options.after {
        Some(path) => begun::<M>(path, config)?,
        None => {
            let recordings = known(loaded)?;
            let chosen = recordings.get(rng.below(recordings.len().max(1))).cloned();
            let missing =
                || ProductError::unfit("sample", "the run has no recording to begin with");
            let mut begin = chosen.ok_or_else(missing)?;
            begin.steps = begin.steps.part(0, config.filtering.first.unscored());
            begin
        }
    };
    fits(&begin, &Input::files(&options.after), config)?;
    let filter = filter_of(loaded, None, options.seed);
    let mut follow = filter.follow(config.filtering.first);
    let seen = config.scaled(&begin.steps);
    seen.rows().for_each(|row| drop(follow.see(row)));
    let mut steps: Vec<Vec<f32>> = match options.after {
        Some(_) => vec![],
        None => begin.steps.rows().map(<[f32]>::to_vec).collect(),
    };
    while steps.len() < options.steps {
        let invented = follow.invent(&mut rng);
        steps.push(raw(config, &invented));
    }
    Ok(steps)
}

/// The first recording of a file.
fn begun<M: Medium>(path: &std::path::Path, config: &Config) -> Result<Recording, ProductError> {
    let recordings = M::read(path, &config.grid).map_err(ProductError::input)?;
    let first = recordings.into_iter().next();
    first.ok_or_else(|| ProductError::unfit(path.display(), "there is nothing to go on with"))
}

/// Numbers as they would have been recorded.
fn raw(config: &Config, row: &[f32]) -> Vec<f32> {
    match &config.scaling {
        Some(scaling) => scaling.undo(row),
        None => row.to_vec(),
    }
}

/// A step as `filter` would read it.
fn line<M: Medium>(row: &[f32]) -> String {
    match M::LINES {
        LineFormat::Notes => {
            let notes = row.iter().enumerate().filter(|(_, x)| **x >= 0.5);
            let notes: Vec<String> = notes.map(|(n, _)| n.to_string()).collect();
            format!("[{}]", notes.join(", "))
        }
        LineFormat::Numbers => row.iter().map(f32::to_string).collect::<Vec<_>>().join(","),
    }
}

fn evaluated<M: Medium + 'static>(
    call: &Call<'_, Sequences<M>>,
    options: &EvaluateOptions,
    sink: &mut Sink<'_>,
) -> Result<Outcome, ProductError> {
    let config = &call.loaded.config;
    let recordings = recorded::<M>(call.input, config)?;
    let test: Vec<&Recording> = of_part(&recordings, Part::Test).collect();
    let chosen: Vec<&Recording> = match test.is_empty() {
        true => recordings.iter().collect(),
        false => test,
    };
    chosen
        .iter()
        .try_for_each(|r| fits(r, call.input, config))?;
    let particles = options.particles.map(|count| Particles {
        count,
        threshold: THRESHOLD,
    });
    let filter = filter_of(call.loaded, options.iterations, 1);
    let found = evaluate(
        &*filter,
        config,
        &chosen,
        &evaluate::EvaluateOptions { particles },
    );
    let evaluation = found.ok_or_else(|| {
        let reason = "no step is scored; longer sequences are needed";
        ProductError::unfit(call.input.names().join(", "), reason)
    })?;
    let mut account = Account::whole(call.input, recordings.len());
    account.read = Some(chosen.len() as u64);
    let others = (recordings.len() - chosen.len()) as u64;
    if others > 0 {
        let reason = format!(
            "they are not of the part `test` of {}",
            Sequences::<M>::NAME
        );
        account
            .left_out
            .push(LeftOut::new(M::RECORDINGS, others, reason));
    }
    let _ = sink(Answer::measured(&evaluation)?.covering(&account));
    Ok(Outcome::of(account))
}
