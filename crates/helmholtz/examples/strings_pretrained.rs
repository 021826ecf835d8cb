//! Makes the model that ships with the library: trains on the built-in concepts and writes
//! `pretrained.safetensors` and `pretrained.toml` into a folder.
//!
//! `strings_pretrained FOLDER [STEPS]`. The result is bit-identical on the same type of machine.

#![allow(clippy::print_stderr, reason = "a program's log")]

use std::error::Error;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use helmholtz::domain::Domain;
use helmholtz::domain::strings::StringDomain;
use helmholtz::domain::strings::{Config, builtin};
use helmholtz::train::{Control, Learner, Limits, Observer, Report, StopReason, Trainer, save};

/// The seed of the built-in concepts that the shipped model has seen.
const CONCEPTS: u64 = 0;

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

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let folder = Path::new(arguments.get(1).map_or(".", String::as_str));
    let steps = arguments.get(2).map_or(Ok(10_000), |s| s.parse())?;
    let mut config = Config {
        pretraining: steps / 4,
        ..Config::default()
    };
    config.learning.steps = steps;
    let concepts = builtin::concepts(CONCEPTS, 2 * builtin::DEFAULT_COUNT);
    let mut trainer = Trainer::new(
        StringDomain::learner(&config, &concepts)?,
        config.learning.seed,
        config.learning.batch,
        0,
    );
    let idle = AtomicBool::new(false);
    let limits = Limits {
        steps,
        time: None,
        interrupt: &idle,
    };
    let Ok(_) = trainer.run(&limits, &mut Log { bound: f64::NAN });
    let state = trainer.learner.save().weights();
    save(&folder.join("pretrained.safetensors"), steps, &state)?;
    std::fs::write(folder.join("pretrained.toml"), toml::to_string(&config)?)?;
    Ok(())
}
