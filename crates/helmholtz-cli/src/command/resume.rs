//! `helmholtz resume`: a run goes on.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use helmholtz::domain::strings::training::learner;
use helmholtz::domain::strings::{Concept, Config};
use helmholtz::run::{Found, RunError, RunFolder};
use helmholtz::train::Learner;

use crate::STRINGS;
use crate::args::Resume;
use crate::loaded::describe_refused;
use crate::output::note;
use crate::session::{self, Session};

pub(super) fn run(args: &Resume, out: &mut dyn Write) -> Result<ExitCode> {
    let run = RunFolder::open(&args.run)?;
    let lock = run.lock()?;
    let before: Config = run.config(STRINGS)?;
    let config = Config {
        steps: args.steps.unwrap_or(before.steps),
        ..before.clone()
    };
    let concepts: Vec<Concept> = run.data()?;
    let mut learner = learner(&config, &concepts)?;
    let step = restore(&run, &mut learner)?;
    if step >= config.steps {
        let steps = config.steps;
        note(&format!(
            "nothing to do: step {step} is done, and the run is to stop at {steps}; ask for more with --steps"
        ));
        writeln!(out, "{}", run.path().display())?;
        return Ok(ExitCode::SUCCESS);
    }
    if config != before {
        run.save_config(STRINGS, &config)?;
    }
    Session {
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
fn restore(run: &RunFolder, learner: &mut session::Learner) -> Result<u64> {
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
