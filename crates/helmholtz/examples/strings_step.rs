//! The time of one training step of the string model, as one line of JSON: the side of `bench/strings.py`
//! that is ours.
//!
//! `--mode iteration` times whole MWS steps; `--mode neural` the networks alone, on given programs: encode,
//! write programs, score 10 per concept without a gradient and 5 with one, update. `--dump-data` and
//! `--dump-programs` write what the peer needs to do the same.

#![allow(clippy::print_stdout, reason = "a program's result")]

use std::error::Error;
use std::io::Write;

use helmholtz::algorithm::Algorithm;
use helmholtz::domain::Domain;
use helmholtz::domain::strings::StringDomain;
use helmholtz::domain::strings::program::Regex;
use helmholtz::domain::strings::{Concept, Config, Strings, builtin, handcrafted::sample_program};
use helmholtz::guide::Guide;
use helmholtz::model::{Model, Rows};
use helmholtz::nn::tensor::Tensor;
use helmholtz::nn::{Adam, Gradients, Rates};
use helmholtz::random::Stream;
use helmholtz::train::Learner;

mod usage;
use usage::{cpu_seconds, peak_mib};

const BATCH: usize = 20;
const KEPT: usize = 5;
const CANDIDATES: usize = 10;

fn option(name: &str) -> Option<String> {
    let mut arguments = std::env::args().skip_while(|a| a != name);
    arguments.nth(1)
}

fn number(name: &str, default: usize) -> Result<usize, Box<dyn Error>> {
    Ok(option(name).map_or(Ok(default), |v| v.parse())?)
}

fn programs() -> Vec<Regex> {
    (0..2 * BATCH * CANDIDATES)
        .map(|i| sample_program(&mut Stream::at([9, i as u64, 0, 0]), 30))
        .collect()
}

fn dump(concepts: &[Concept]) -> Result<(), Box<dyn Error>> {
    if let Some(path) = option("--dump-data") {
        let mut file = std::fs::File::create(path)?;
        for concept in concepts {
            writeln!(file, "{}", serde_json::to_string(concept)?)?;
        }
    }
    if let Some(path) = option("--dump-programs") {
        let lines: Vec<String> = programs().iter().map(|p| p.to_string()).collect();
        std::fs::write(path, lines.join("\n") + "\n")?;
    }
    Ok(())
}

/// One pass of the networks; returns the updated pair.
fn neural<M, G>(model: M, guide: G, adam: &mut Adam, x: &[&Strings], all: &[Regex]) -> (M, G)
where
    M: Model<Observation = Strings, Discrete = Regex>,
    G: Guide<M>,
{
    let each =
        |n: usize| -> Vec<usize> { (0..BATCH).flat_map(|o| std::iter::repeat_n(o, n)).collect() };
    let (of, kept) = (each(CANDIDATES), &all[..BATCH * KEPT]);
    let encoding = guide.encode(x);
    let mut rngs: Vec<Stream> = (0..kept.len())
        .map(|i| Stream::at([1, i as u64, 0, 0]))
        .collect();
    std::hint::black_box(
        guide
            .valid()
            .sample(&G::detach(&encoding), &each(KEPT), &mut rngs),
    );
    let rows = |of, programs| Rows::new(x, of, programs);
    let scored = model
        .valid()
        .log_prior(&rows(&of, &all[..BATCH * CANDIDATES]));
    std::hint::black_box(scored.values());
    let of = each(KEPT);
    let prior: Tensor<1> = model.log_prior(&rows(&of, kept)).tensor;
    let loss = (prior + guide.log_prob(&encoding, &of, kept)).sum().neg();
    let mut gradients = Gradients::of(&loss);
    let rates = Rates {
        model: 1e-3,
        guide: 1e-3,
        likelihood: 1e-3,
    };
    let model = adam.step(model, "model", &mut gradients, &rates, 1.0);
    (
        model,
        adam.step(guide, "guide", &mut gradients, &rates, 1.0),
    )
}

fn main() -> Result<(), Box<dyn Error>> {
    let concepts = builtin::concepts(0, 200);
    dump(&concepts)?;
    let Some(mode) = option("--mode") else {
        return Ok(());
    };
    let (steps, warmup) = (number("--steps", 30)?, number("--warmup", 30)?);
    let mut config = Config {
        pretraining: 0,
        // The peer has no such help.
        induction: false,
        max_tokens: 30,
        sizes: helmholtz::domain::strings::Sizes {
            prior: 128,
            guide: 128,
            width: 128,
        },
        ..Config::default()
    };
    config.learning.algorithm = Algorithm::MWS;
    let mut learner = StringDomain::learner(&config, &concepts)?;
    let all = programs();
    let data: Vec<Strings> = concepts[..BATCH].iter().map(Concept::observation).collect();
    let x: Vec<&Strings> = data.iter().collect();
    let mut adam = Adam::default();
    let (mut model, mut guide) = (learner.model().clone(), learner.guide().clone());
    let mut start = cpu_seconds()?;
    for step in 0..warmup + steps {
        if step == warmup {
            start = cpu_seconds()?;
        }
        if mode == "iteration" {
            let items: Vec<usize> = (0..BATCH)
                .map(|i| (step * BATCH + i) % concepts.len())
                .collect();
            learner.step(&items, step as u64);
        } else {
            (model, guide) = neural(model, guide, &mut adam, &x, &all);
        }
    }
    let cpu = (cpu_seconds()? - start) * 1000.0 / steps as f64;
    let peak = peak_mib()?;
    println!(r#"{{"mode":"{mode}","cpu_ms":{cpu:.3},"peak_mib":{peak:.1},"steps":{steps}}}"#);
    Ok(())
}
