//! What a run of very many observations costs beside its steps: `large_run clusters|strings FOLDER [OBSERVATIONS]` begins one,
//! trains for some steps, and tells seconds and bytes of each checkpoint and of opening it again.

#![allow(clippy::print_stdout, reason = "a program's result")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use helmholtz::domain::mixture::training::generate;
use helmholtz::domain::mixture::{Config as Clusters, MixtureDomain};
use helmholtz::domain::strings::{Concept, Config as Strings, StringDomain};
use helmholtz::domain::{Domain, Settings};
use helmholtz::run::{Cadence, RunFolder};
use helmholtz::train::{Learner, Limits, Trainer};

const HOW: &str = "large_run clusters|strings FOLDER [OBSERVATIONS]";

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let domain = arguments.next().ok_or(HOW)?;
    let folder = PathBuf::from(arguments.next().ok_or(HOW)?);
    let count: usize = arguments.next().map_or(Ok(1_000_000), |n| n.parse())?;
    match domain.as_str() {
        "clusters" => {
            let config = Clusters::default();
            let data = generate(count, config.points, 0.03, 0);
            measure::<MixtureDomain>(&folder, &config, &data)?;
        }
        "strings" => {
            let data: Vec<Concept> = (0..count).map(concept).collect();
            let config = Strings {
                pretraining: 0,
                ..Strings::default()
            };
            measure::<StringDomain>(&folder, &config, &data)?;
        }
        _ => return Err(HOW.into()),
    }
    let peak = helmholtz::machine::peak().unwrap_or(0);
    println!("{} MB at the peak", peak / 1_000_000);
    Ok(())
}

fn measure<D: Domain>(
    folder: &Path,
    config: &D::Config,
    data: &[D::Datum],
) -> Result<(), Box<dyn Error>> {
    let begun = Instant::now();
    let learner = D::learner(config, data)?;
    told("a learner", begun);
    let begun = Instant::now();
    let (run, lock) = RunFolder::create(folder, D::NAME, config, data)?;
    told("a folder with a copy of the data", begun);
    drop(lock);
    let schedule = config.schedule();
    let mut trainer = Trainer::new(learner, schedule.seed, schedule.batch, 0);
    for steps in [10, 20, 30] {
        train(&run, &mut trainer, steps)?;
    }
    drop(trainer);
    let begun = Instant::now();
    run.newest_weights(|state| D::restore(config, state))?;
    told("opened for its networks", begun);
    let mut learner = D::learner(config, data)?;
    let begun = Instant::now();
    run.newest(|state| learner.load(state))?;
    told("opened to go on with", begun);
    let begun = Instant::now();
    run.data::<D::Datum>()?;
    told("the data read", begun);
    Ok(())
}

/// Strings of a date-like or a code-like form.
fn concept(i: usize) -> Concept {
    let part = |k: usize| (i * 31 + k * 17) % 997;
    let strings = (0..5).map(|k| match i % 3 {
        0 => format!("{}-{}", part(k), part(k + 5)),
        1 => format!("A{}/{}", part(k), part(k + 7)),
        _ => format!("{}.{}", part(k), part(k + 9)),
    });
    Concept {
        name: format!("concept {i}"),
        train: strings.collect(),
        test: vec![],
        source: String::new(),
    }
}

/// Trains up to a step, where a checkpoint is saved.
fn train<L: Learner>(
    run: &RunFolder,
    trainer: &mut Trainer<L>,
    steps: u64,
) -> Result<(), Box<dyn Error>> {
    let idle = AtomicBool::new(false);
    let limits = Limits {
        steps: steps - 1,
        time: None,
        interrupt: &idle,
    };
    let cadence = Cadence {
        steps: u64::MAX,
        time: Duration::MAX,
        ..Cadence::default()
    };
    let from = trainer.step();
    trainer.advance(limits.steps - from);
    let mut recorder = run.record(run.lock()?, from, cadence)?;
    let limits = Limits { steps, ..limits };
    let begun = Instant::now();
    trainer.run(&limits, &mut recorder)?;
    told(&format!("a step and the checkpoint after {steps}"), begun);
    for part in ["checkpoints", "records"] {
        println!("    {part}: {} kB", bytes(&run.path().join(part))? / 1000);
    }
    Ok(())
}

fn bytes(folder: &Path) -> Result<u64, Box<dyn Error>> {
    let mut sum = 0;
    for entry in std::fs::read_dir(folder)? {
        sum += entry?.metadata()?.len();
    }
    Ok(sum)
}

fn told(what: &str, begun: Instant) {
    println!("{:8.3} s  {what}", begun.elapsed().as_secs_f64());
}
