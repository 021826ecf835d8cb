//! Music, speech and other streams, followed step by step.

mod filter;

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use helmholtz::domain::Domain;
use helmholtz::domain::sequence::evaluate::{Baseline, EvaluateOptions, evaluate};
use helmholtz::domain::sequence::{
    Config, Medium, Part, Recording, SequenceFilter, Sequences, hold_out, of_part,
};
use helmholtz::files::write_whole;
use helmholtz::filter::{Inference, Particles};
use helmholtz::purpose::Purpose;
use helmholtz::random::Stream;

use super::{BUILTIN_SEED, Verbs, refuse_reading};
use crate::args::{Evaluate, Explain, Filter, Reading, Sample};
use crate::loaded::Loaded;
use crate::output::{self, note};

/// Steps that are invented unless a number is asked for.
const STEPS: u64 = 64;
/// Particles are drawn anew when fewer than this share of them count.
const THRESHOLD: f64 = 0.5;
impl<M: Medium> Verbs for Sequences<M> {
    const OBSERVATIONS: &'static str = M::RECORDINGS;
    const TAKES: &'static [&'static str] =
        &["html", "steps", "out", "after", "particles", "iterations"];

    fn read(path: &Path, reading: &Reading, config: &Config) -> Result<Vec<Recording>> {
        refuse_reading(reading, Self::NAME)?;
        let mut recordings = M::read(path, &config.grid)?;
        hold_out(&mut recordings);
        let clip = config.filtering.clip;
        let short = of_part(&recordings, Part::Train).filter(|r| r.steps.len() < clip);
        match short.count() {
            0 => {}
            n => note(&format!(
                "{n} of them shorter than a clip of {clip} steps: not learned from; see filtering.clip"
            )),
        }
        Ok(recordings)
    }

    fn builtin(config: &Config) -> Vec<Recording> {
        M::builtin(&config.grid, BUILTIN_SEED)
    }

    fn explain(loaded: &Loaded<Self>, args: &Explain, out: &mut dyn Write) -> Result<()> {
        filter::explain::<M>(loaded, args, out)
    }

    fn sample(loaded: &Loaded<Self>, args: &Sample, out: &mut dyn Write) -> Result<()> {
        let steps = invent::<M>(loaded, args)?;
        if let Some(path) = &args.out {
            let extension = path.extension().unwrap_or_default().to_string_lossy();
            if !extension.eq_ignore_ascii_case(M::EXTENSION) {
                let (path, wanted) = (path.display(), M::EXTENSION);
                bail!("--out {path}: {} are written as .{wanted}", M::RECORDINGS);
            }
            let bytes = M::write(&steps, &loaded.config.grid).map_err(|e| anyhow!(e))?;
            let file = || format!("{}: cannot be written", path.display());
            write_whole(path, &bytes).with_context(file)?;
            note(&format!("{} steps in {}", steps.len(), path.display()));
            return Ok(());
        }
        for row in &steps {
            writeln!(out, "{}", filter::line::<M>(row))?;
        }
        Ok(())
    }

    fn evaluate(loaded: &Loaded<Self>, args: &Evaluate, out: &mut dyn Write) -> Result<()> {
        refuse_reading(&args.reading, Self::NAME)?;
        let recordings = M::read(&args.data, &loaded.config.grid)?;
        let mut chosen: Vec<&Recording> = of_part(&recordings, Part::Test).collect();
        if chosen.is_empty() {
            chosen = recordings.iter().collect();
        }
        chosen
            .iter()
            .try_for_each(|r| loaded.config.fits(r))
            .with_context(|| args.data.display().to_string())?;
        let particles = args.particles.map(|n| Particles {
            count: n as usize,
            threshold: THRESHOLD,
        });
        let filter = filter_of(loaded, args.iterations, 1);
        let found = evaluate(
            &*filter,
            &loaded.config,
            &chosen,
            &EvaluateOptions { particles },
        );
        let evaluation = found.with_context(|| {
            format!(
                "{}: no step is scored; longer sequences are needed",
                args.data.display()
            )
        })?;
        Ok(output::either(out, args.json, &evaluation)?)
    }

    fn filter(loaded: &Loaded<Self>, args: &Filter, out: &mut dyn Write) -> Result<()> {
        filter::filter::<M>(loaded, args, out)
    }
}

/// The filter of a model.
fn filter_of<M: Medium>(
    loaded: &Loaded<Sequences<M>>,
    iterations: Option<u32>,
    seed: u64,
) -> Box<dyn SequenceFilter> {
    let learned = loaded.config.filtering.iterations;
    loaded.networks.filter(Inference {
        iterations: iterations.map_or(learned, |n| n as usize),
        samples: 1,
        seed,
    })
}

/// What steps of the run's own recordings cost, held-out ones if there are any.
fn usual<M: Medium>(
    loaded: &Loaded<Sequences<M>>,
    filter: &dyn SequenceFilter,
) -> Result<Baseline> {
    let recordings = known(loaded)?;
    let held_out = of_part(&recordings, Part::Valid).count() > 0;
    let part = if held_out { Part::Valid } else { Part::Train };
    Ok(Baseline::new(
        filter,
        &loaded.config,
        of_part(&recordings, part),
    ))
}

/// The recordings that a run was given.
fn known<M: Medium>(loaded: &Loaded<Sequences<M>>) -> Result<Vec<Recording>> {
    match &loaded.run {
        Some(run) => Ok(run.data()?),
        None => Ok(vec![]),
    }
}

/// Steps that go on with a file, or with the first step of a recording of the run.
fn invent<M: Medium>(loaded: &Loaded<Sequences<M>>, args: &Sample) -> Result<Vec<Vec<f32>>> {
    let config = &loaded.config;
    let mut rng = Stream::at([args.seed, 0, 0, Purpose::Invent.tag()]);
    let begin = match &args.after {
        Some(path) => {
            let recordings = M::read(path, &config.grid)?;
            let first = recordings.into_iter().next();
            first.with_context(|| format!("{}: there is nothing to go on with", path.display()))?
        }
        None => {
            let recordings = known(loaded)?;
            let chosen = recordings.get(rng.below(recordings.len().max(1))).cloned();
            let mut begin = chosen.context("the run has no recording to begin with")?;
            begin.steps = begin.steps.part(0, config.filtering.first.unscored());
            begin
        }
    };
    config.fits(&begin)?;
    let filter = filter_of(loaded, None, args.seed);
    let mut follow = filter.follow(config.filtering.first);
    let begun = config.scaled(&begin.steps);
    begun.rows().for_each(|row| drop(follow.see(row)));
    let mut steps: Vec<Vec<f32>> = match args.after {
        Some(_) => vec![],
        None => begin.steps.rows().map(<[f32]>::to_vec).collect(),
    };
    while (steps.len() as u64) < args.steps.unwrap_or(STEPS) {
        let invented = follow.invent(&mut rng);
        steps.push(raw(config, &invented));
    }
    Ok(steps)
}

/// Numbers as they would have been recorded.
fn raw(config: &Config, row: &[f32]) -> Vec<f32> {
    match &config.scaling {
        Some(scaling) => scaling.undo(row),
        None => row.to_vec(),
    }
}
