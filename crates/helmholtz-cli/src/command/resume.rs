//! `helmholtz resume`: a run goes on.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use helmholtz::domain::Settings;
use helmholtz::run::{Found, RunError, RunFolder};
use helmholtz::train::Learner;

use crate::args::Resume;
use crate::domain::{self, Verbs, with_domain};
use crate::loaded::describe_refused;
use crate::output::note;
use crate::session::Session;
use crate::settings;

pub(super) fn run(args: &Resume, out: &mut dyn Write) -> Result<ExitCode> {
    let run = RunFolder::open(&args.run)?;
    with_domain!(domain::of_folder(&run)?, D => resume::<D>(run, args, out))
}

fn resume<D: Verbs>(run: RunFolder, args: &Resume, out: &mut dyn Write) -> Result<ExitCode> {
    let lock = run.lock()?;
    let before: D::Config = run.config(D::NAME)?;
    let config = match args.steps {
        Some(steps) => settings::with::<D>(&before, "steps", steps)?,
        None => before.clone(),
    };
    let mut learner = D::learner(&config, &run.data::<D::Datum>()?)?;
    let step = restore(&run, &mut learner)?;
    let steps = config.schedule().steps;
    if step >= steps {
        note(&format!(
            "nothing to do: step {step} is done, and the run is to stop at {steps}; ask for more with --steps"
        ));
        writeln!(out, "{}", run.path().display())?;
        return Ok(ExitCode::SUCCESS);
    }
    if config != before {
        run.save_config(D::NAME, &config)?;
    }
    Session::<D> {
        run,
        lock,
        config,
        learner,
        step,
    }
    .train(args.time, out)
}

/// Brings the learner to the newest usable checkpoint, and tells its step. A run that was stopped before
/// its first checkpoint begins anew, which is the same.
fn restore(run: &RunFolder, learner: &mut impl Learner) -> Result<u64> {
    match run.newest(|state| learner.load(state)) {
        Ok(Found { step, refused, .. }) => {
            describe_refused(&refused, step);
            note(&format!("resuming after step {step}"));
            Ok(step)
        }
        Err(RunError::NoCheckpoint { .. }) => {
            note("there is no checkpoint yet: starting from the beginning");
            Ok(0)
        }
        Err(error) => Err(error.into()),
    }
}
