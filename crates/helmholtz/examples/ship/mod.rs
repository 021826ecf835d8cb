//! Training a model that ships with the library, for the examples that make one.

#![allow(clippy::print_stderr, reason = "a program's log")]

use std::error::Error;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use helmholtz::domain::{Domain, Settings};
use helmholtz::train::{Control, Learner, Limits, Observer, Report, StopReason, Trainer, save};

/// Prints the smoothed bound now and then.
struct Log {
    bound: f64,
}

impl<L> Observer<L> for Log {
    type Error = std::convert::Infallible;

    fn after_step(&mut self, step: u64, report: &Report, _: &L) -> Result<Control, Self::Error> {
        if report.bound.is_finite() {
            let first = !self.bound.is_finite();
            self.bound = if first {
                report.bound
            } else {
                0.99 * self.bound + 0.01 * report.bound
            };
        }
        if step.is_multiple_of(100) {
            eprintln!("{step} bound {:.2} {:?}", self.bound, report.numbers);
        }
        Ok(Control::Continue)
    }

    fn finish(&mut self, _: u64, _: &L, _: StopReason) -> Result<(), Self::Error> {
        Ok(())
    }
}

/// Trains as the configuration says, and writes `pretrained.safetensors` and `pretrained.toml` into a folder. The
/// result is bit-identical on the same type of machine.
pub(crate) fn ship<D: Domain>(
    folder: &Path,
    config: &D::Config,
    data: &[D::Datum],
) -> Result<(), Box<dyn Error>> {
    let schedule = config.schedule();
    let learner = D::learner(config, data)?;
    let mut trainer = Trainer::new(learner, schedule.seed, schedule.batch, 0);
    let idle = AtomicBool::new(false);
    let limits = Limits {
        steps: schedule.steps,
        time: None,
        interrupt: &idle,
    };
    let Ok(_) = trainer.run(&limits, &mut Log { bound: f64::NAN });
    let state = trainer.learner.save()?.weights();
    save(
        &folder.join("pretrained.safetensors"),
        schedule.steps,
        &state,
    )?;
    std::fs::write(folder.join("pretrained.toml"), toml::to_string(config)?)?;
    Ok(())
}
