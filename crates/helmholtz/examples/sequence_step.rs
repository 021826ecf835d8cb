//! The CPU time of variational filtering a time step of a clip, as one line of JSON: the paper's sizes, on random data.
//!
//! `sequence_step [music|speech] [srnn|vrnn] [avf|direct] [UPDATES=5] [ITERATIONS=1]`

#![allow(clippy::print_stdout, reason = "a program's result")]

use std::error::Error;

use helmholtz::domain::sequence::{Direct, Output, Srnn, SrnnSizes, Vrnn, VrnnSizes};
use helmholtz::filter::{First, Infer, IterativeConfig, IterativeNet, Sequence, StateSpace};
use helmholtz::nn::tensor::Device;
use helmholtz::nn::training_device;
use helmholtz::random::Stream;
use helmholtz::train::{FilterSettings, Filtering, Learner};

mod usage;
use usage::{cpu_seconds, peak_mib};

/// What is to be timed.
struct Task {
    music: bool,
    updates: u64,
    settings: FilterSettings,
}

impl Task {
    /// Sequences per update, and numbers per step.
    fn shape(&self) -> (usize, usize) {
        if self.music { (16, 88) } else { (64, 200) }
    }

    fn output(&self) -> Output {
        if self.music {
            Output::Bernoulli
        } else {
            Output::Discretised { interval: 5e-4 }
        }
    }

    /// Coins with a probability of .05, or normal numbers.
    fn data(&self) -> Result<Vec<Sequence>, String> {
        let (count, width) = self.shape();
        let one = |i: usize| {
            let mut rng = Stream::at([1, i as u64, 0, 0]);
            let mut number = || match self.music {
                true => f32::from(u8::from(rng.uniform() < 0.05)),
                false => rng.normal() as f32,
            };
            let mut row = |_| (0..width).map(|_| number()).collect();
            Sequence::try_from((0..self.settings.clip).map(&mut row).collect::<Vec<_>>())
        };
        (0..count).map(one).collect()
    }

    fn time<S: StateSpace, I: Infer<S>>(&self, model: S, guide: I) -> Result<(), Box<dyn Error>> {
        let batch = self.shape().0;
        let parameters = (model.num_params(), guide.num_params());
        let settings = self.settings.clone();
        let mut learner = Filtering::new(model, guide, self.data()?, settings, batch, 1)?;
        let items: Vec<usize> = (0..batch).collect();
        learner.step(&items, 0);
        let start = cpu_seconds()?;
        let mut bound = 0.0;
        for step in 1..=self.updates {
            bound = learner.step(&items, step).bound;
        }
        let steps = self.updates * (self.settings.clip - self.settings.first.unscored()) as u64;
        let ms = 1e3 * (cpu_seconds()? - start) / steps as f64;
        let (p, q) = parameters;
        println!(
            r#"{{"ms":{ms:.2},"peak_mib":{:.0},"bound":{bound:.2},"model":{p},"guide":{q}}}"#,
            peak_mib()?
        );
        Ok(())
    }

    fn iterative(
        &self,
        latent: usize,
        rng: &mut Stream,
        device: &Device,
    ) -> Result<IterativeNet, Box<dyn Error>> {
        let width = self.shape().1;
        Ok(IterativeNet::new(
            &IterativeConfig::default(),
            (latent, width),
            rng,
            device,
        )?)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let said = |i: usize, default: &'static str| {
        arguments.get(i).map_or(default, |a| a.as_str()).to_owned()
    };
    let (data, kind, inference) = (said(0, "music"), said(1, "srnn"), said(2, "avf"));
    let music = data == "music";
    let (updates, iterations) = (said(3, "5").parse()?, said(4, "1").parse()?);
    let task = Task {
        music,
        updates,
        settings: FilterSettings {
            iterations,
            online: inference == "avf",
            clip: if music { 25 } else { 40 },
            first: if kind == "srnn" {
                First::Condition
            } else {
                First::Drop
            },
            ..FilterSettings::default()
        },
    };
    let device = training_device();
    let (mut rng, width) = (Stream::at([3, 0, 0, 0]), task.shape().1);
    let (rng, output) = (&mut rng, task.output());
    if kind == "srnn" {
        let sizes = if music {
            SrnnSizes::default()
        } else {
            SrnnSizes::speech()
        };
        let model = Srnn::new(width, &sizes, output, rng, &device);
        return match inference.as_str() {
            "avf" => task.time(model, task.iterative(sizes.latent, rng, &device)?),
            _ => task.time(model, Direct::of_srnn(width, &sizes, rng, &device)),
        };
    }
    let sizes = VrnnSizes::default();
    let model = Vrnn::new(width, &sizes, output, rng, &device);
    match inference.as_str() {
        "avf" => task.time(model, task.iterative(sizes.latent, rng, &device)?),
        _ => task.time(model, Direct::of_vrnn(&sizes, rng, &device)),
    }
}
