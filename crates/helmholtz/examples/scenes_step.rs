//! The CPU time of a training step on scenes, and of the encoder of the paper, as one line of JSON: our side of
//! `bench/scenes.py`.
//!
//! `scenes_step [ALGORITHM=hmws] [PARTICLES=50] [SAMPLES=5] [FANTASIES=5] [READER=paper] [STEPS=10]`; two steps go first,
//! outside the time. With `encoder` for the algorithm: that network, forward and backward, for a batch of PARTICLES.

#![allow(clippy::print_stdout, reason = "a program's result")]

use std::error::Error;

use helmholtz::algorithm::Learning;
use helmholtz::domain::Domain;
use helmholtz::domain::scenes::{
    Arrangement, Config, Image, Reader, SceneDomain, SceneGuide, Stacks, generate, images,
};
use helmholtz::guide::Guide;
use helmholtz::train::Learner;

mod usage;
use usage::{cpu_seconds, peak_mib};

/// What is measured: a step of it.
type Work = Box<dyn FnMut(u64)>;

/// Steps outside the time.
const WARM: u64 = 2;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let argument = |i: usize, default: &str| -> String {
        arguments.get(i).cloned().unwrap_or_else(|| default.into())
    };
    let (default, steps): (Config, u64) = (Config::default(), argument(6, "10").parse()?);
    let (paper, count) = (argument(5, "paper") == "paper", argument(2, "50").parse()?);
    let mut config = Config {
        learning: Learning {
            particles: count,
            samples: argument(3, "5").parse()?,
            fantasies: argument(4, "5").parse()?,
            ..default.learning
        },
        reader: if paper { Reader::Paper } else { default.reader },
        channels: if paper { 64 } else { default.channels },
        ..default
    };
    let run: Work = match argument(1, "hmws").as_str() {
        "encoder" => encoding(&config, count)?,
        algorithm => {
            config.learning.algorithm = algorithm.parse()?;
            stepping(&config)?
        }
    };
    let (cpu, peak) = measured(run, steps)?;
    println!(r#"{{"cpu_s":{cpu:.3},"steps":{steps},"peak_mib":{peak:.0}}}"#);
    Ok(())
}

fn measured(mut run: Work, steps: u64) -> Result<(f64, f64), Box<dyn Error>> {
    (0..WARM).for_each(&mut run);
    let start = cpu_seconds()?;
    (WARM..WARM + steps).for_each(&mut run);
    Ok((cpu_seconds()? - start, peak_mib()?))
}

/// Steps of training.
fn stepping(config: &Config) -> Result<Work, Box<dyn Error>> {
    let scenes = generate(config, Arrangement::Paper, 100, 0);
    let mut learner = SceneDomain::learner(config, &scenes)?;
    let batch = config.learning.batch;
    Ok(Box::new(move |step| {
        let first = step as usize * batch;
        let items: Vec<usize> = (first..first + batch).map(|i| i % scenes.len()).collect();
        learner.step(&items, step);
    }))
}

/// The encoder of a batch of pictures, forward and backward.
fn encoding(config: &Config, count: usize) -> Result<Work, Box<dyn Error>> {
    let (_, guide): (_, SceneGuide) = SceneDomain::networks(config)?;
    let scenes = generate(config, Arrangement::Paper, count, 0);
    let pictures = images(config, &scenes)?;
    let programs = scenes.into_iter().filter_map(|s| Some(s.truth?.stacks));
    let programs: Vec<Stacks> = programs.collect();
    let of: Vec<usize> = (0..count).collect();
    Ok(Box::new(move |_| {
        let seen: Vec<&Image> = pictures.iter().collect();
        let encoding = guide.encode(&seen);
        Guide::log_prob(&guide, &encoding, &of, &programs)
            .sum()
            .backward();
    }))
}
