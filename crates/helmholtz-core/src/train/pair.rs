//! Observers side by side, and none.

use super::learner::Report;
use super::trainer::{Control, Observer, StopReason};

/// Nobody looks on.
impl<L> Observer<L> for () {
    type Error = std::convert::Infallible;

    fn after_step(&mut self, _: u64, _: &Report, _: &L) -> Result<Control, Self::Error> {
        Ok(Control::Continue)
    }

    fn finish(&mut self, _: u64, _: &L, _: StopReason) -> Result<(), Self::Error> {
        Ok(())
    }
}

/// Two observers are one: both see every step, the first one first, and either can stop.
impl<L, A, B> Observer<L> for (A, B)
where
    A: Observer<L>,
    B: Observer<L, Error = A::Error>,
{
    type Error = A::Error;

    fn after_step(&mut self, step: u64, report: &Report, learner: &L) -> Result<Control, A::Error> {
        let first = self.0.after_step(step, report, learner)?;
        let second = self.1.after_step(step, report, learner)?;
        Ok(if first == Control::Stop {
            first
        } else {
            second
        })
    }

    fn finish(&mut self, step: u64, learner: &L, reason: StopReason) -> Result<(), A::Error> {
        self.0.finish(step, learner, reason)?;
        self.1.finish(step, learner, reason)
    }
}
