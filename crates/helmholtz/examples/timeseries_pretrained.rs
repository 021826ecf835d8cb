//! Makes the model of time series that ships with the library: prior and guide learn from hand-written
//! kernels, then from built-in series. Writes `pretrained.safetensors` and `pretrained.toml` into a folder.
//!
//! `timeseries_pretrained FOLDER [STEPS]`. The result is bit-identical on the same type of machine.

#![allow(clippy::print_stderr, reason = "a program's log")]

use std::error::Error;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use helmholtz::domain::Domain;
use helmholtz::domain::timeseries::training::generate;
use helmholtz::domain::timeseries::{Config, Series, SeriesDomain};
use helmholtz::train::{Control, Learner, Limits, Observer, Report, StopReason, Trainer, save};

/// Built-in series that the shipped model has seen.
const SERIES: usize = 200;

/// Prints the bound now and then.
struct Log;

impl<L> Observer<L> for Log {
    type Error = std::convert::Infallible;

    fn after_step(&mut self, step: u64, report: &Report, _: &L) -> Result<Control, Self::Error> {
        if step.is_multiple_of(100) {
            eprintln!("{step} bound {:.2} {:?}", report.bound, report.numbers);
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
    let steps = arguments.get(2).map_or(Ok(3_000), |s| s.parse())?;
    let mut config = Config {
        pretraining: steps * 9 / 10,
        hidden: 64,
        ..Config::default()
    };
    config.learning.steps = steps;
    config.learning.batch = 20;
    config.learning.particles = 20;
    config.learning.refinement = 1;
    let drawn = generate(&config, SERIES, 0)?;
    let data: Vec<Series> = drawn.into_iter().map(|(_, series)| series).collect();
    let learner = SeriesDomain::learner(&config, &data)?;
    let (seed, batch) = (config.learning.seed, config.learning.batch);
    let mut trainer = Trainer::new(learner, seed, batch, 0);
    let idle = AtomicBool::new(false);
    let limits = Limits {
        steps,
        time: None,
        interrupt: &idle,
    };
    let Ok(_) = trainer.run(&limits, &mut Log);
    let state = trainer.learner.save().weights();
    save(&folder.join("pretrained.safetensors"), steps, &state)?;
    std::fs::write(folder.join("pretrained.toml"), toml::to_string(&config)?)?;
    Ok(())
}
