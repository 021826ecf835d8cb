//! The CPU time of training on time series, as one line of JSON: the paper's setting, with narrow windows, after a
//! pre-training that is not counted.
//!
//! `timeseries_step [ALGORITHM=hmws] [PARTICLES=50] [STEPS=50] [SEED=1] [SETTING=VALUE]...`; a setting is one
//! of the configuration, as in `fantasies=5`.

#![allow(clippy::print_stdout, reason = "a program's result")]

use std::error::Error;

use helmholtz::domain::Domain;
use helmholtz::domain::timeseries::grammar::Form;
use helmholtz::domain::timeseries::training::{BUILTIN_SERIES, SeriesLearner, generate};
use helmholtz::domain::timeseries::{Config, Layout, Series, SeriesDomain};
use helmholtz::product::settings::overlay;
use helmholtz::train::{Control, Limits, Observer, Report, StopReason, Trainer};

mod usage;
use usage::{cpu_seconds, peak_mib};

/// Keeps the last bound.
struct Last(f64);

impl Observer<SeriesLearner> for Last {
    type Error = std::convert::Infallible;

    fn after_step(
        &mut self,
        _: u64,
        report: &Report,
        _: &SeriesLearner,
    ) -> Result<Control, Self::Error> {
        self.0 = report.bound;
        Ok(Control::Continue)
    }

    fn finish(&mut self, _: u64, _: &SeriesLearner, _: StopReason) -> Result<(), Self::Error> {
        Ok(())
    }
}

/// Steps of pre-training.
const PRETRAINING: u64 = 100;

/// Arguments by position and by name, as one configuration.
fn configuration() -> Result<Config, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (named, placed): (Vec<_>, Vec<_>) = arguments.iter().partition(|a| a.contains('='));
    let names = ["algorithm", "particles", "steps", "seed"];
    let defaults = ["hmws", "50", "50", "1"];
    let mut lines = String::new();
    for (i, (name, default)) in names.into_iter().zip(defaults).enumerate() {
        let value = placed.get(i).map_or(default, |v| v.as_str());
        let quote = if name == "algorithm" { "\"" } else { "" };
        lines += &format!("{name} = {quote}{value}{quote}\n");
    }
    named
        .iter()
        .for_each(|setting| lines += &format!("{setting}\n"));
    let paper = Config {
        pretraining: PRETRAINING,
        form: Form::Paper,
        max_tokens: 10,
        layout: Layout::Redundant,
        range: Some(0.02),
        noise: 0.02,
        jitter: 1e-3,
        ..Config::default()
    };
    let mut settings = toml::Table::try_from(paper)?;
    overlay(&mut settings, toml::from_str(&lines)?);
    Ok(settings.try_into()?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let config = configuration()?;
    let drawn = generate(&config, BUILTIN_SERIES, 0)?;
    let data: Vec<Series> = drawn.into_iter().map(|(_, series)| series).collect();
    let learning = &config.learning;
    let learner = SeriesDomain::learner(&config, &data)?;
    let mut trainer = Trainer::new(learner, learning.seed, learning.batch, 0);
    let idle = std::sync::atomic::AtomicBool::new(false);
    let until = |steps| Limits {
        steps,
        time: None,
        interrupt: &idle,
    };
    let mut last = Last(f64::NAN);
    trainer.run(&until(PRETRAINING), &mut last)?;
    let start = cpu_seconds()?;
    trainer.run(&until(PRETRAINING + learning.steps), &mut last)?;
    let ms = 1e3 * (cpu_seconds()? - start) / learning.steps as f64;
    let members = trainer.learner.memories.iter().flat_map(|m| m.programs());
    let symbols: Vec<usize> = members.map(|p| p.tokens().len()).collect();
    let mean = symbols.iter().sum::<usize>() as f64 / symbols.len().max(1) as f64;
    println!(
        r#"{{"ms":{ms:.2},"peak_mib":{:.0},"bound":{:.2},"symbols":{mean:.2}}}"#,
        peak_mib()?,
        last.0
    );
    Ok(())
}
