//! The CPU time of training a mixture, as one line of JSON: our side of `bench/mixture.py`.
//!
//! `mixture_step [ALGORITHM=mws] [PARTICLES=10] [STEPS=1000] [SEED=1]`; what was learned is measured by
//! enumeration, outside the time.

#![allow(clippy::print_stdout, reason = "a program's result")]

use std::error::Error;

use helmholtz::algorithm::Learning;
use helmholtz::domain::Domain;
use helmholtz::domain::mixture::evaluate::mean_divergence;
use helmholtz::domain::mixture::exact::Enumeration;
use helmholtz::domain::mixture::training::generate;
use helmholtz::domain::mixture::{Config, Covariance, MixtureDomain, fit};
use helmholtz::train::{Control, Learner, Limits, Observer, Report, StopReason, Trainer};

mod usage;
use usage::cpu_seconds;

/// The variance that makes the data.
const VARIANCE: f64 = 0.03;

struct Silent;

impl<L> Observer<L> for Silent {
    type Error = std::convert::Infallible;

    fn after_step(&mut self, _: u64, _: &Report, _: &L) -> Result<Control, Self::Error> {
        Ok(Control::Continue)
    }

    fn finish(&mut self, _: u64, _: &L, _: StopReason) -> Result<(), Self::Error> {
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let argument = |i: usize, default: &str| -> String {
        arguments.get(i).cloned().unwrap_or_else(|| default.into())
    };
    let mut config = Config::default();
    config.learning = Learning {
        algorithm: argument(1, "mws").parse()?,
        particles: argument(2, "10").parse()?,
        steps: argument(3, "1000").parse()?,
        seed: argument(4, "1").parse()?,
        ..config.learning
    };
    let data = generate(100, config.points, VARIANCE, 0);
    let learning = &config.learning;
    let learner = MixtureDomain::learner(&config, &data)?;
    let mut trainer = Trainer::new(learner, learning.seed, learning.batch, 0);
    let idle = std::sync::atomic::AtomicBool::new(false);
    let limits = Limits {
        steps: learning.steps,
        time: None,
        interrupt: &idle,
    };
    let start = cpu_seconds()?;
    trainer.run(&limits, &mut Silent)?;
    let cpu = cpu_seconds()? - start;
    let enumeration = Enumeration::new(config.points);
    let learner = &trainer.learner;
    let truth = [VARIANCE, 0.0, VARIANCE];
    let nll = |sigma| enumeration.negative_log_likelihood(&learner.data, sigma);
    let covariance = Covariance::new(truth);
    let posteriors: Vec<Vec<f64>> = learner
        .data
        .iter()
        .map(|x| enumeration.posterior(x, &covariance))
        .collect();
    let kl = mean_divergence(learner, &enumeration, &posteriors, learning.particles, 5);
    let best = nll(fit(&learner.data));
    println!(
        r#"{{"cpu_s":{cpu:.3},"steps":{},"items":{},"nll":{:.4},"nll_truth":{:.4},"nll_best":{best:.4},"kl":{kl:.4}}}"#,
        learning.steps,
        learner.items(),
        nll(learner.model().sigma()),
        nll(truth),
    );
    Ok(())
}
