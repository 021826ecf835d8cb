//! The observer that writes a run down.
//!
//! Metrics are appended at every step and are on the disk before the checkpoint of that step is, as are the records that have
//! changed; so a resumed run finds all up to its checkpoint and cuts off what lies beyond. Checkpoints may come
//! by the clock: a state is a function of its step alone, so when it is saved changes nothing.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use super::error::RunError;
use super::folder::{Lock, RunFolder};
use super::metrics::Log;
use super::records::Records;
use super::summary::Summary;
use crate::files::sweep;
use crate::train;
use crate::train::{Control, Learner, Observer, Report, StopReason};
use helmholtz_math::error::StateError;

/// How often a checkpoint is saved, whichever comes first, and how many are kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cadence {
    /// After this many steps.
    pub steps: u64,
    /// After this time.
    pub time: Duration,
    /// How many of the newest are kept, at least 1.
    pub keep: usize,
    /// Bytes of records that no longer count, beyond as many as those that do, before a new file is begun.
    pub slack: u64,
}

impl Default for Cadence {
    fn default() -> Self {
        Self {
            steps: 500,
            time: Duration::from_secs(60),
            keep: 3,
            slack: 1 << 24,
        }
    }
}

/// Writes metrics, checkpoints and the summary of a run; see [`RunFolder::record`].
#[derive(Debug)]
pub struct Recorder {
    run: RunFolder,
    _lock: Lock,
    cadence: Cadence,
    log: Log,
    records: Records,
    summary: Summary,
    start: Instant,
    /// The last checkpoint: its step, if there is one, and when it was saved.
    saved: (Option<u64>, Instant),
}

impl RunFolder {
    /// An observer that records training, which goes on after `step` steps. Metrics and checkpoints
    /// beyond them are of a course that was given up: lines are cut off, files are set aside.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn record(&self, lock: Lock, step: u64, cadence: Cadence) -> Result<Recorder, RunError> {
        Recorder::new(self.clone(), lock, step, cadence)
    }
}

impl Recorder {
    fn new(run: RunFolder, lock: Lock, step: u64, cadence: Cadence) -> Result<Self, RunError> {
        let folder = run.checkpoints_path();
        let made = run.disk().create_folder(&folder);
        made.map_err(RunError::io(&folder))?;
        // Whoever was killed may have left something half-written; who holds the lock is alone.
        let folders = [run.path(), &folder, &run.records_path()];
        folders.into_iter().for_each(sweep);
        run.set_aside_beyond(step)?;
        let saved = run.checkpoints()?.first().map(|(step, _)| *step);
        let records = Records::open(&run, step, cadence.slack)?;
        let log = Log::open(run.disk().clone(), run.metrics_path(), step)?;
        // It only tells of the run: one that is damaged is written anew.
        let summary = Summary::begin(run.summary().ok().flatten(), step, log.seconds);
        summary.write(&run)?;
        let start = Instant::now();
        Ok(Self {
            run,
            _lock: lock,
            cadence,
            log,
            records,
            summary,
            start,
            saved: (saved, start),
        })
    }

    /// Seconds of training, those before the run was resumed included.
    fn seconds(&self) -> f64 {
        self.log.seconds + self.start.elapsed().as_secs_f64()
    }

    fn save<L: Learner>(&mut self, step: u64, learner: &L) -> Result<(), RunError> {
        self.log.sync()?;
        if self.saved.0 != Some(step) {
            let path = self.run.checkpoint(step);
            let unwritable = |e: StateError| RunError::malformed(&path, None, e.to_string());
            let state = match self.saved.0 {
                Some(before) if !self.records.is_empty() => learner.save_since(before),
                _ => learner.save(),
            };
            let mut state = state.map_err(unwritable)?;
            let mut digest = self.records.save(step, &state.records);
            let damaged = |e: &RunError| matches!(e, RunError::Io { source, .. } if source.kind() == ErrorKind::InvalidData);
            if digest.as_ref().is_err_and(damaged) {
                // What was written before is lost; the learner still has all of it.
                self.records.forget();
                state = learner.save().map_err(unwritable)?;
                digest = self.records.save(step, &state.records);
            }
            let digest = digest?;
            train::save_without_records(&**self.run.disk(), &path, step, &state, digest)?;
        }
        // Also of what was saved by a process that was killed right then.
        let oldest = self.run.prune(self.cadence.keep.max(1))?;
        self.records.prune(oldest.unwrap_or(step))?;
        self.saved = (Some(step), Instant::now());
        (self.summary.step, self.summary.seconds) = (step, self.seconds());
        self.summary.write(&self.run)
    }
}

impl<L: Learner> Observer<L> for Recorder {
    type Error = RunError;

    fn after_step(&mut self, step: u64, report: &Report, learner: &L) -> Result<Control, RunError> {
        let seconds = self.seconds();
        self.log.push(step, seconds, report)?;
        let due = step.is_multiple_of(self.cadence.steps.max(1));
        if due || self.saved.1.elapsed() >= self.cadence.time {
            self.save(step, learner)?;
        }
        Ok(Control::Continue)
    }

    fn finish(&mut self, step: u64, learner: &L, reason: StopReason) -> Result<(), RunError> {
        self.summary.end(reason);
        self.save(step, learner)
    }
}
