//! A stretch of training in a run folder: what `train` and `resume` have in common.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use helmholtz::domain::Settings as _;
use helmholtz::run::{Cadence, Lock, RunFolder};
use helmholtz::train::{Learner as _, Limits, StopReason, Trainer};

use crate::domain::Verbs;
use crate::interrupt;
use crate::output::note;
use crate::progress::Progress;

/// A run that is about to go on.
pub(crate) struct Session<D: Verbs> {
    pub(crate) run: RunFolder,
    pub(crate) lock: Lock,
    pub(crate) config: D::Config,
    pub(crate) learner: D::Learner,
    /// The number of steps done.
    pub(crate) step: u64,
}

impl<D: Verbs> Session<D> {
    /// Trains until the last step, the time limit or an interrupt; prints the folder as the result.
    pub(crate) fn train(self, time: Option<Duration>, out: &mut dyn Write) -> Result<ExitCode> {
        let Self {
            run,
            lock,
            config,
            learner,
            step,
        } = self;
        note(&format!(
            "run folder: {} ({} {})",
            run.path().display(),
            learner.items(),
            D::OBSERVATIONS
        ));
        let (schedule, pretraining) = (config.schedule(), config.pretraining());
        let steps = schedule.steps;
        if steps <= pretraining {
            note(&format!(
                "all {steps} steps are pre-training, which takes {pretraining}"
            ));
        }
        let limits = Limits {
            steps,
            time,
            interrupt: interrupt::flag()?,
        };
        let recorder = run.record(lock, step, Cadence::default())?;
        let mut observers = (recorder, Progress::new(&config, time));
        let mut trainer = Trainer::new(learner, schedule.seed, schedule.batch, step);
        let reason = trainer.run(&limits, &mut observers)?;
        writeln!(out, "{}", run.path().display())?;
        Ok(match reason {
            StopReason::Interrupted => ExitCode::from(interrupt::CODE),
            _ => ExitCode::SUCCESS,
        })
    }
}
