//! A stretch of training in a run folder: what `train` and `resume` have in common.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use helmholtz::domain::strings::{Config, StringGuide, StringModel};
use helmholtz::run::{Cadence, Lock, RunFolder};
use helmholtz::train::{Limits, StopReason, Trainer, WakeSleep};

use crate::interrupt;
use crate::output::note;
use crate::progress::Progress;

/// The learner of string concepts.
pub(crate) type Learner = WakeSleep<StringModel, StringGuide>;

/// A run that is about to go on.
pub(crate) struct Session {
    pub(crate) run: RunFolder,
    pub(crate) lock: Lock,
    pub(crate) config: Config,
    pub(crate) learner: Learner,
    /// The number of steps done.
    pub(crate) step: u64,
}

impl Session {
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
            "run folder: {} ({} columns)",
            run.path().display(),
            learner.data.len()
        ));
        if config.steps <= config.pretraining {
            let (steps, pretraining) = (config.steps, config.pretraining);
            note(&format!(
                "all {steps} steps are pre-training, which takes {pretraining}"
            ));
        }
        let limits = Limits {
            steps: config.steps,
            time,
            interrupt: interrupt::flag()?,
        };
        let recorder = run.record(lock, step, Cadence::default())?;
        let mut observers = (recorder, Progress::new(&config, time));
        let mut trainer = Trainer::new(learner, config.seed, config.batch, step);
        let reason = trainer.run(&limits, &mut observers)?;
        writeln!(out, "{}", run.path().display())?;
        Ok(match reason {
            StopReason::Interrupted => ExitCode::from(interrupt::CODE),
            _ => ExitCode::SUCCESS,
        })
    }
}
