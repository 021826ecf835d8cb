//! The CPU time of a training step on characters, as one line of JSON: our side of `bench/characters.py`.
//!
//! `characters_step [ALGORITHM=mws] [PARTICLES=10] [MAPS=40] [STEPS=60] [SEED=1]`; a tenth of the steps go first, outside
//! the time.

#![allow(clippy::print_stdout, reason = "a program's result")]

use std::error::Error;

use helmholtz::algorithm::Learning;
use helmholtz::domain::Domain;
use helmholtz::domain::characters::{CharacterDomain, Config, generate};
use helmholtz::train::Learner;

mod usage;
use usage::{cpu_seconds, peak_mib};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let argument = |i: usize, default: &str| -> String {
        arguments.get(i).cloned().unwrap_or_else(|| default.into())
    };
    let (default, steps): (Config, u64) = (Config::default(), argument(4, "60").parse()?);
    let config = Config {
        learning: Learning {
            algorithm: argument(1, "mws").parse()?,
            particles: argument(2, "10").parse()?,
            seed: argument(5, "1").parse()?,
            ..default.learning
        },
        maps: argument(3, "40").parse()?,
        conditional: false,
        pretraining: 0,
        ..default
    };
    let mut learner = CharacterDomain::learner(&config, &generate(config.size, 0))?;
    let (items, batch) = (learner.items(), config.learning.batch);
    let mut run = |steps: std::ops::Range<u64>| {
        for step in steps {
            let first = step as usize * batch % items;
            let items: Vec<usize> = (first..first + batch).map(|i| i % items).collect();
            learner.step(&items, step);
        }
    };
    let warm = steps / 10;
    run(0..warm);
    let start = cpu_seconds()?;
    run(warm..warm + steps);
    let cpu = cpu_seconds()? - start;
    println!(
        r#"{{"cpu_s":{cpu:.3},"steps":{steps},"peak_mib":{:.0}}}"#,
        peak_mib()?
    );
    Ok(())
}
