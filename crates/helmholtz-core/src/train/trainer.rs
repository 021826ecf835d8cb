//! The one training loop.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::learner::{Learner, Report};
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;

/// Why training stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StopReason {
    /// The last step was reached.
    Steps,
    /// The time was up.
    Time,
    /// Somebody asked to stop.
    Interrupted,
    /// The learner or an observer saw no further improvement.
    Converged,
}

/// When to stop.
pub struct Limits<'a> {
    /// The step to stop at, counted from the start of the run.
    pub steps: u64,
    /// How long to go on, counted from the call.
    pub time: Option<Duration>,
    /// Set to stop after the step under way.
    pub interrupt: &'a AtomicBool,
}

/// Whether an observer wants to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Go on.
    Continue,
    /// Stop with [`StopReason::Converged`].
    Stop,
}

/// Something that looks on: a progress bar, a metrics file, checkpoints, early stopping.
pub trait Observer<L> {
    /// What can go wrong while looking on.
    type Error;

    /// After each step; `step` is the number of steps done.
    ///
    /// # Errors
    /// An error ends the run.
    fn after_step(
        &mut self,
        step: u64,
        report: &Report,
        learner: &L,
    ) -> Result<Control, Self::Error>;

    /// Once, when training has stopped.
    ///
    /// # Errors
    /// As above.
    fn finish(&mut self, step: u64, learner: &L, reason: StopReason) -> Result<(), Self::Error>;
}

/// A learner, the order of its data, and how far it is.
pub struct Trainer<L> {
    /// What learns.
    pub learner: L,
    step: u64,
    seed: u64,
    batch: usize,
}

impl<L: Learner> Trainer<L> {
    /// A trainer that has done `step` steps; `batch` observations are shown at each.
    pub fn new(learner: L, seed: u64, batch: usize, step: u64) -> Self {
        Self {
            learner,
            step,
            seed,
            batch: batch.max(1),
        }
    }

    /// The number of steps done.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// Does so many steps while nobody looks on, and tells what the last one said.
    pub fn advance(&mut self, steps: u64) -> Report {
        let mut epoch = Epoch::default();
        let mut last = Report::default();
        for _ in 0..steps {
            last = self.next(&mut epoch);
        }
        last
    }

    fn next(&mut self, epoch: &mut Epoch) -> Report {
        let items = epoch.batch(self.seed, self.learner.items(), self.batch, self.step);
        let report = self.learner.step(items, self.step);
        self.step += 1;
        report
    }

    /// Runs until a limit is reached, an observer stops it, or an observer fails.
    ///
    /// # Errors
    /// The observer's.
    pub fn run<O: Observer<L>>(
        &mut self,
        limits: &Limits<'_>,
        observer: &mut O,
    ) -> Result<StopReason, O::Error> {
        let start = Instant::now();
        let mut epoch = Epoch::default();
        let reason = loop {
            if let Some(reason) = self.limit(limits, start) {
                break reason;
            }
            let report = self.next(&mut epoch);
            let control = observer.after_step(self.step, &report, &self.learner)?;
            if report.converged || control == Control::Stop {
                break StopReason::Converged;
            }
        };
        observer.finish(self.step, &self.learner, reason)?;
        Ok(reason)
    }

    fn limit(&self, limits: &Limits<'_>, start: Instant) -> Option<StopReason> {
        if limits.interrupt.load(Ordering::Relaxed) {
            Some(StopReason::Interrupted)
        } else if self.step >= limits.steps {
            Some(StopReason::Steps)
        } else if limits.time.is_some_and(|time| start.elapsed() >= time) {
            Some(StopReason::Time)
        } else {
            None
        }
    }
}

/// The order of the data in one epoch: a permutation addressed by (seed, epoch), so that no observation
/// comes twice in a batch and nothing has to be saved.
#[derive(Default)]
struct Epoch {
    number: Option<u64>,
    order: Vec<usize>,
}

impl Epoch {
    /// The observations of a step. The last batch of an epoch may be smaller.
    fn batch(&mut self, seed: u64, items: usize, batch: usize, step: u64) -> &[usize] {
        let batches = items.div_ceil(batch).max(1);
        let number = step / batches as u64;
        if self.number != Some(number) {
            self.number = Some(number);
            self.order = (0..items).collect();
            Stream::at([seed, 0, number, Purpose::Visits.tag()]).shuffle(&mut self.order);
        }
        let start = (step % batches as u64) as usize * batch;
        &self.order[start..items.min(start + batch)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::State;
    use helmholtz_math::error::StateError;

    /// Counts how often each item was shown.
    struct Counter(Vec<u32>);

    impl Learner for Counter {
        fn items(&self) -> usize {
            self.0.len()
        }

        fn step(&mut self, items: &[usize], _step: u64) -> Report {
            items.iter().for_each(|&i| self.0[i] += 1);
            Report::default()
        }

        fn save(&self) -> Result<State, StateError> {
            Ok(State::default())
        }

        fn load(&mut self, _state: &State) -> Result<(), StateError> {
            Ok(())
        }
    }

    struct StopAt(u64, Option<StopReason>);

    impl<L> Observer<L> for StopAt {
        type Error = ();

        fn after_step(&mut self, step: u64, _: &Report, _: &L) -> Result<Control, ()> {
            Ok(if step == self.0 {
                Control::Stop
            } else {
                Control::Continue
            })
        }

        fn finish(&mut self, _: u64, _: &L, reason: StopReason) -> Result<(), ()> {
            self.1 = Some(reason);
            Ok(())
        }
    }

    fn run(limits: &Limits<'_>, stop: u64) -> (Vec<u32>, StopReason) {
        let mut trainer = Trainer::new(Counter(vec![0; 7]), 1, 3, 0);
        let mut observer = StopAt(stop, None);
        let reason = trainer.run(limits, &mut observer).unwrap();
        assert_eq!(observer.1, Some(reason));
        (trainer.learner.0, reason)
    }

    #[test]
    fn an_epoch_shows_every_item_once() {
        let idle = AtomicBool::new(false);
        let limits = Limits {
            steps: 6,
            time: None,
            interrupt: &idle,
        };
        assert_eq!(run(&limits, 99), (vec![2; 7], StopReason::Steps));
    }

    #[test]
    fn every_reason_to_stop_is_named() {
        let (idle, asked) = (AtomicBool::new(false), AtomicBool::new(true));
        let limits = |interrupt, time| Limits {
            steps: 100,
            time,
            interrupt,
        };
        assert_eq!(run(&limits(&asked, None), 99).1, StopReason::Interrupted);
        assert_eq!(
            run(&limits(&idle, Some(Duration::ZERO)), 99).1,
            StopReason::Time
        );
        assert_eq!(run(&limits(&idle, None), 4).1, StopReason::Converged);
    }
}
