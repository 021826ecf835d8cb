//! The CPU time of training on images of automata, as one line of JSON, and how near the truth it came.
//!
//! `automata_step [ALGORITHM=mws] [PARTICLES=10] [STEPS=2000] [SEED=1] [NEIGHBOURS=3] [SETTING=VALUE]...`;
//! a setting is one of the configuration, as in `rate=0.003`. The error of the noise is in percentage
//! points, of the last step and of the mean over the second half; `floor` is that of maximum likelihood.

#![allow(clippy::print_stdout, reason = "a program's result")]

use std::error::Error;

use helmholtz::domain::Domain;
use helmholtz::domain::automata::training::{AutomataLearner, generate};
use helmholtz::domain::automata::{AutomataDomain, Config, Counts, exact};
use helmholtz::product::settings::overlay;
use helmholtz::train::{Control, Limits, Observer, Report, StopReason, Trainer};

mod usage;
use usage::cpu_seconds;

/// The noise that makes the data.
const NOISE: f64 = 0.02;
/// The number of images.
const IMAGES: usize = 500;
/// Steps between two looks at the noise.
const EVERY: u64 = 50;

/// Collects the noise of the second half of a run.
struct Watch {
    from: u64,
    noise: Vec<f64>,
}

impl Observer<AutomataLearner> for Watch {
    type Error = std::convert::Infallible;

    fn after_step(
        &mut self,
        step: u64,
        _: &Report,
        learner: &AutomataLearner,
    ) -> Result<Control, Self::Error> {
        if step >= self.from && step.is_multiple_of(EVERY) {
            self.noise.push(learner.model().noise());
        }
        Ok(Control::Continue)
    }

    fn finish(&mut self, _: u64, _: &AutomataLearner, _: StopReason) -> Result<(), Self::Error> {
        Ok(())
    }
}

/// Arguments by position and by name, as one configuration.
fn configuration() -> Result<Config, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (named, placed): (Vec<_>, Vec<_>) = arguments.iter().partition(|a| a.contains('='));
    let names = ["algorithm", "particles", "steps", "seed", "neighbours"];
    let defaults = ["mws", "10", "2000", "1", "3"];
    let mut lines = String::new();
    for (i, (name, default)) in names.into_iter().zip(defaults).enumerate() {
        let value = placed.get(i).map_or(default, |v| v.as_str());
        let quote = if name == "algorithm" { "\"" } else { "" };
        lines += &format!("{name} = {quote}{value}{quote}\n");
    }
    named
        .iter()
        .for_each(|setting| lines += &format!("{setting}\n"));
    let mut settings = toml::Table::try_from(Config::default())?;
    overlay(&mut settings, toml::from_str(&lines)?);
    Ok(settings.try_into()?)
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len().max(1) as f64;
    values.sum::<f64>() / count
}

fn main() -> Result<(), Box<dyn Error>> {
    let config = configuration()?;
    let images = generate(IMAGES, config.neighbours, NOISE, 0);
    let data: Vec<Counts> = images
        .iter()
        .map(|(_, image)| Counts::of(image, config.neighbours))
        .collect();
    let learning = &config.learning;
    let best = exact::maximum_likelihood(&data, config.noise);
    let mut trainer = Trainer::new(
        AutomataDomain::learner(&config, &data)?,
        learning.seed,
        learning.batch,
        0,
    );
    let idle = std::sync::atomic::AtomicBool::new(false);
    let limits = Limits {
        steps: learning.steps,
        time: None,
        interrupt: &idle,
    };
    let mut watch = Watch {
        from: learning.steps / 2,
        noise: vec![],
    };
    let start = cpu_seconds()?;
    trainer.run(&limits, &mut watch)?;
    let cpu = cpu_seconds()? - start;
    let learner = &trainer.learner;
    let last = learner.model().noise();
    let error = |noise: f64| 100.0 * (noise - NOISE).abs();
    let both = learner.memories.iter().zip(&learner.data);
    let solved = both.filter(|(memory, x)| {
        let misses = |rule| x.misses(rule);
        let first = memory.programs().first();
        first.is_some_and(|&rule| misses(rule) == misses(exact::best_rule(x)))
    });
    println!(
        r#"{{"cpu_s":{cpu:.3},"steps":{},"error":{:.4},"error_of_mean":{:.4},"floor":{:.4},"entropy":{:.5},"memories_solved":{}}}"#,
        learning.steps,
        error(last),
        error(mean(watch.noise.iter().copied())),
        error(best),
        mean(learner.data.iter().map(|x| exact::entropy(x, last))),
        solved.count(),
    );
    Ok(())
}
