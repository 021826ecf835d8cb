//! How far training is: a bar on a terminal, a plain line now and then elsewhere. How many answers there are, and what else
//! takes long, on a terminal.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use helmholtz::product::Extent;
use helmholtz::product::training::Begun;
use helmholtz::train::{Report, StopReason};
use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::format;
use crate::output::note;

/// Between two plain lines.
const PAUSE: Duration = Duration::from_secs(10);
/// What a new value counts in a smoothed one.
const WEIGHT: f64 = 0.05;
/// The bar is as long as this however many steps there are, for time may be what is up first.
const BAR: u64 = 1000;

/// An average that follows: each new value moves it by [`WEIGHT`].
#[derive(Default)]
struct Smoothed(Option<f64>);

impl Smoothed {
    fn push(&mut self, value: f64) {
        if value.is_finite() {
            let old = self.0.unwrap_or(value);
            self.0 = Some(old + WEIGHT * (value - old));
        }
    }
}

/// Shows progress.
pub(crate) struct Progress {
    steps: u64,
    time: Option<Duration>,
    pretraining: u64,
    method: &'static str,
    start: Instant,
    /// When the last step ended.
    last: Instant,
    /// Seconds per step, within the phase.
    pace: Smoothed,
    bound: Smoothed,
    /// Updates that were not made, for their gradient was not finite.
    skipped: u64,
    /// When the last line was written.
    written: Option<Instant>,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Of training that takes so long at most.
    pub(crate) fn new(time: Option<Duration>, shown: bool) -> Self {
        let now = Instant::now();
        Self {
            steps: 0,
            time,
            pretraining: 0,
            method: "",
            start: now,
            last: now,
            pace: Smoothed::default(),
            bound: Smoothed::default(),
            skipped: 0,
            written: None,
            bar: (shown && std::io::stderr().is_terminal()).then(bar),
        }
    }

    /// It begins now.
    pub(crate) fn begin(&mut self, begun: &Begun<'_>) {
        let Begun {
            steps, pretraining, ..
        } = *begun;
        if steps <= pretraining {
            note(&format!(
                "all {steps} steps are pre-training, which takes {pretraining}"
            ));
        }
        (self.steps, self.pretraining, self.method) = (steps, pretraining, begun.method);
        (self.start, self.last) = (Instant::now(), Instant::now());
    }

    /// The share of the work that is done, by steps or by time, whichever will be up first.
    fn share(&self, step: u64) -> f64 {
        let by_steps = step as f64 / self.steps.max(1) as f64;
        let by_time = self.time.map_or(0.0, |t| {
            self.start.elapsed().as_secs_f64() / t.as_secs_f64()
        });
        by_steps.max(by_time).min(1.0)
    }

    /// Seconds to go.
    fn left(&self, step: u64) -> Option<f64> {
        let by_steps = self
            .pace
            .0
            .map(|pace| pace * self.steps.saturating_sub(step) as f64);
        let by_time = self
            .time
            .map(|t| t.saturating_sub(self.start.elapsed()).as_secs_f64());
        [by_steps, by_time].into_iter().flatten().reduce(f64::min)
    }

    /// One line: where training is, what it has reached, how fast it goes.
    fn line(&self, step: u64) -> String {
        let phase = if step <= self.pretraining {
            "pre-training"
        } else {
            self.method
        };
        let mut parts = vec![format!("step {step}/{}", self.steps), phase.to_owned()];
        parts.extend(self.bound.0.map(|bound| format!("bound {bound:.2}")));
        parts.extend(
            self.pace
                .0
                .map(|pace| format!("{:.1} steps/s", 1.0 / pace.max(1e-9))),
        );
        parts.extend(
            self.left(step)
                .map(|left| format!("{} left", format::time(left))),
        );
        parts.join("  ")
    }

    fn show(&mut self, step: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position((self.share(step) * BAR as f64) as u64);
            bar.set_message(self.line(step));
        } else if self
            .written
            .is_none_or(|written| written.elapsed() >= PAUSE)
        {
            note(&self.line(step));
            self.written = Some(Instant::now());
        }
    }
}

fn bar() -> ProgressBar {
    styled(BAR, "{bar:24} {msg}")
}

/// A bar of a length; a wrong template would fall back to the default style. One without colours serves NO_COLOR too.
fn styled(length: u64, template: &str) -> ProgressBar {
    let bar = ProgressBar::new(length);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("━╸─"));
    }
    bar
}

/// What is shown, on a terminal, of something that takes long: how many answers there are of how many, and how long it may
/// take.
pub(crate) struct Waiting(Option<ProgressBar>);

/// Nothing is shown before.
const SOON: Duration = Duration::from_secs(2);
/// Between two looks.
const TICK: Duration = Duration::from_millis(200);

impl Waiting {
    /// For something, where it is to be shown.
    pub(crate) fn new(wanted: bool, what: &'static str, extent: Extent) -> Self {
        let shown = wanted && std::io::stderr().is_terminal();
        Self(shown.then(|| {
            let far = move |state: &ProgressState, to: &mut dyn std::fmt::Write| {
                let counts = (state.pos(), extent.expected());
                // What cannot be shown is not.
                let _ = to.write_str(&waiting(what, counts, state.elapsed()));
            };
            let spinner = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{far}") {
                spinner.set_style(style.with_key("far", far));
            }
            spinner.enable_steady_tick(TICK);
            spinner
        }))
    }

    /// One more answer, which is written out of the way of what is shown.
    pub(crate) fn answered<T>(&self, write: impl FnOnce() -> T) -> T {
        let Some(bar) = &self.0 else { return write() };
        bar.inc(1);
        // Where answers go elsewhere they are not in the way.
        match std::io::stdout().is_terminal() {
            true => bar.suspend(write),
            false => write(),
        }
    }
}

/// The line of something that takes long, so far; none at first.
fn waiting(what: &str, (done, expected): (u64, u64), elapsed: Duration) -> String {
    if elapsed < SOON {
        return String::new();
    }
    let seconds = elapsed.as_secs_f64();
    let mut parts = vec![what.to_owned()];
    match (done, expected) {
        (0, 0) => {}
        (_, 0) => parts.push(format!("{done} answered")),
        _ => parts.push(format!("{done} of {expected}")),
    }
    parts.push(format::time(seconds));
    let left = expected
        .checked_sub(done)
        .filter(|_| done > 0 && expected > 0);
    parts.extend(left.map(|left| {
        let left = seconds / done as f64 * left as f64;
        format!("{} left", format::time(left))
    }));
    parts.join("  ")
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.iter().for_each(ProgressBar::finish_and_clear);
    }
}

impl Progress {
    /// A step was done.
    pub(crate) fn step(&mut self, step: u64, report: &Report) {
        if step == self.pretraining + 1 {
            self.pace = Smoothed::default();
        }
        self.pace.push(self.last.elapsed().as_secs_f64());
        self.last = Instant::now();
        self.bound.push(report.bound);
        let skipped = report.numbers.get("skipped_updates");
        self.skipped += skipped.map_or(0, |n| *n as u64);
        self.show(step);
    }

    /// It stopped.
    pub(crate) fn stop(&mut self, step: u64, reason: StopReason) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
        let why = match reason {
            StopReason::Steps => "all steps are done",
            StopReason::Time => "the time is up",
            StopReason::Interrupted => "interrupted",
            StopReason::Converged => "no further improvement",
        };
        let bound = self.bound.0.map(|bound| format!(", bound {bound:.2}"));
        let bound = bound.unwrap_or_default();
        note(&format!("stopped at step {step}{bound}: {why}"));
        if self.skipped > 0 {
            note(&format!(
                "{} updates were not made, for their gradient was not finite: lower the rates, or look at the data",
                self.skipped
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(time: Option<Duration>) -> Progress {
        let mut progress = Progress::new(time, false);
        (progress.steps, progress.pretraining, progress.method) = (100, 10, "mws");
        progress.pace.push(0.5);
        progress
    }

    #[test]
    fn the_line_tells_phase_bound_rate_and_time_left() {
        let mut progress = progress(None);
        assert_eq!(
            progress.line(10),
            "step 10/100  pre-training  2.0 steps/s  45s left"
        );
        progress.bound.push(-40.0);
        progress.bound.push(f64::NAN);
        let line = progress.line(60);
        assert_eq!(
            line,
            "step 60/100  mws  bound -40.00  2.0 steps/s  20s left"
        );
    }

    #[test]
    fn what_takes_long_is_told_after_a_while() {
        let after = |seconds, counts| waiting("explain", counts, Duration::from_secs(seconds));
        assert_eq!(after(1, (5, 9)), "");
        assert_eq!(after(3, (0, 0)), "explain  3s");
        assert_eq!(after(3, (2, 0)), "explain  2 answered  3s");
        assert_eq!(after(3, (0, 9)), "explain  0 of 9  3s");
        assert_eq!(
            after(60, (10, 40)),
            "explain  10 of 40  1m 00s  3m 00s left"
        );
    }

    #[test]
    fn a_time_limit_shortens_what_is_left() {
        let progress = progress(Some(Duration::from_secs(10)));
        assert!(progress.left(0).is_some_and(|left| left <= 10.0));
        assert!((0.5..0.6).contains(&progress.share(50)));
    }
}
