//! Compares algorithms on string concepts: train on one part, stop by validation, report on another.
//!
//! `strings_comparison train DATA FOLDER [key=value ...]` trains every algorithm at every particle count
//! and seed, from one pre-trained start per seed. It writes snapshots into FOLDER, and a line for each to
//! `FOLDER/snapshots-*.jsonl` with its validation score. Runs that are there already are skipped.
//!
//! `strings_comparison judge DATA FOLDER SNAPSHOT... [refit=STEPS]` judges snapshots on the test part, with
//! their own guide and with a refitted one (none if STEPS is 0), and writes `FOLDER/SNAPSHOT.json`.

use std::collections::BTreeSet;
use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use helmholtz::algorithm::{Algorithm, Learning};
use helmholtz::data::{ReadOptions, read};
use helmholtz::domain::Domain;
use helmholtz::domain::strings::StringDomain;
use helmholtz::domain::strings::evaluate::{EvaluateOptions, Metrics, evaluate, judge};
use helmholtz::domain::strings::search::Budget;
use helmholtz::domain::strings::{Concept, Config, Sizes, Split, StringGuide, StringModel};
use helmholtz::error::SettingError;
use helmholtz::nn::import;
use helmholtz::train::{
    Control, Learner, Limits, Observer, Report, State, StopReason, Trainer, WakeSleep,
};

mod usage;
use usage::cpu_seconds;

type World = WakeSleep<StringModel, StringGuide>;

/// The plan, with the shares of the split and the lengths of the runs.
struct Plan {
    split: Split,
    base: Config,
    /// Evaluations of p per concept over a whole run, after pre-training.
    evaluations: u64,
    /// Snapshots per run, equally spaced.
    snapshots: u64,
    seeds: Vec<u64>,
    particles: Vec<usize>,
}

fn setting<T: std::str::FromStr>(name: &str, default: T) -> Result<T, T::Err> {
    let given =
        std::env::args().find_map(|a| a.strip_prefix(&format!("{name}=")).map(str::to_owned));
    given.map_or(Ok(default), |v| v.parse())
}

fn plan(data: &str) -> Result<Plan, Box<dyn Error>> {
    let dataset = read(data.as_ref(), &ReadOptions::default())?;
    let hidden = setting("hidden", 64)?;
    let base = Config {
        pretraining: setting("pretraining", 1000)?,
        // A help that only a memory can take would not be the same start for all.
        induction: false,
        max_tokens: 30,
        sizes: Sizes {
            prior: hidden,
            guide: hidden,
            width: hidden,
        },
        ..Config::default()
    };
    let columns = dataset.columns.iter().enumerate();
    let concepts: Vec<Concept> = columns
        .map(|(i, c)| Concept::of_column(c, i, &base))
        .collect();
    let seeds: u64 = setting("seeds", 3)?;
    let only: usize = setting("particles", 0)?;
    Ok(Plan {
        split: Split::by_source(&concepts, 0.15, 0.2, 1),
        base,
        evaluations: setting("evaluations", 15_000)?,
        snapshots: setting("snapshots", 10)?,
        seeds: (1..=seeds).collect(),
        particles: if only == 0 { vec![2, 10] } else { vec![only] },
    })
}

/// The pre-trained start of a seed, the same for every algorithm.
fn pretrained(plan: &Plan, seed: u64) -> Result<State, Box<dyn Error>> {
    let mut config = plan.base.clone();
    (config.learning.seed, config.learning.algorithm) = (seed, Algorithm::RWS);
    let mut trainer = trainer(plan, &config)?;
    advance(&mut trainer, config.learning.batch, config.pretraining);
    Ok(trainer.learner.save()?)
}

fn trainer(plan: &Plan, config: &Config) -> Result<Trainer<World>, SettingError> {
    let world = StringDomain::learner(config, &plan.split.train)?;
    let learning = &config.learning;
    Ok(Trainer::new(world, learning.seed, learning.batch, 0))
}

/// The bound and the turnover of the memory at each step.
#[derive(Default)]
struct Course(Vec<(f64, f64)>);

impl<L> Observer<L> for Course {
    type Error = std::convert::Infallible;

    fn after_step(&mut self, _: u64, report: &Report, _: &L) -> Result<Control, Self::Error> {
        let turnover = report.numbers.get("turnover").copied().unwrap_or(0.0);
        self.0.push((report.bound, turnover));
        Ok(Control::Continue)
    }

    fn finish(&mut self, _: u64, _: &L, _: StopReason) -> Result<(), Self::Error> {
        Ok(())
    }
}

/// Trains to a step; the bound and the turnover, each the mean of the last epoch.
fn advance(trainer: &mut Trainer<World>, batch: usize, to: u64) -> (f64, f64) {
    let mut course = Course::default();
    let limits = Limits {
        steps: to,
        time: None,
        interrupt: &AtomicBool::new(false),
    };
    let Ok(_) = trainer.run(&limits, &mut course);
    let epoch = trainer.learner.data.len().div_ceil(batch);
    let tail = &course.0[course.0.len().saturating_sub(epoch)..];
    let mean = |f: fn(&(f64, f64)) -> f64| tail.iter().map(f).sum::<f64>() / tail.len() as f64;
    (mean(|r| r.0), mean(|r| r.1))
}

fn quick(plan: &Plan, world: &World) -> f64 {
    let search = Budget {
        restarts: 1,
        first: 50,
        rounds: 3,
        edits: 30,
        members: 20,
        ..Budget::default()
    };
    let options = EvaluateOptions {
        search,
        samples: 50,
        classes: 0,
        ..EvaluateOptions::default()
    };
    let metrics = judge(
        world.model(),
        world.guide(),
        &plan.split.validation,
        &options,
    );
    metrics.marginal().map_or(f64::NAN, |m| m.mean)
}

fn numbers(metrics: &Metrics) -> serde_json::Value {
    let each = |f: fn(&helmholtz::domain::strings::evaluate::ConceptScore) -> Option<f64>| {
        metrics.concepts.iter().map(f).collect::<Vec<_>>()
    };
    serde_json::json!({
        "marginal": each(|c| Some(c.marginal_nll)),
        "search": each(|c| Some(c.search_nll)),
        "predictive": each(|c| c.predictive_nll),
        "classification_error": metrics.classification.map(|m| m.mean),
    })
}

/// One run: snapshots along the way, each with its validation score.
fn run(
    plan: &Plan,
    start: &State,
    (algorithm, particles, seed): (Algorithm, usize, u64),
    folder: &Path,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    let mut config = plan.base.clone();
    config.learning = Learning {
        algorithm,
        particles,
        seed,
        ..config.learning
    };
    let mut world = StringDomain::learner(&config, &plan.split.train)?;
    let memories = world.save()?.records;
    world.load(&State {
        records: memories,
        ..start.clone()
    })?;
    let steps = plan.evaluations / particles as u64;
    let (first, mut seconds) = (config.pretraining, 0.0);
    let mut trainer = Trainer::new(world, seed, config.learning.batch, first);
    for i in 1..=plan.snapshots {
        let to = first + steps * i / plan.snapshots;
        let before = cpu_seconds()?;
        let (bound, turnover) = advance(&mut trainer, config.learning.batch, to);
        seconds += cpu_seconds()? - before;
        let snapshot = format!("{}-{particles}-{seed}-{i}", algorithm.name());
        helmholtz::train::save(
            &folder.join(format!("{snapshot}.safetensors")),
            to,
            &trainer.learner.save()?,
        )?;
        let line = serde_json::json!({
            "algorithm": algorithm.name(), "particles": particles, "seed": seed,
            "snapshot": snapshot, "step": to - first,
            "evaluations": (to - first) * particles as u64, "cpu": seconds,
            "bound": bound, "turnover": turnover, "validation": quick(plan, &trainer.learner),
        });
        writeln!(out, "{line}")?;
        out.flush()?;
    }
    Ok(())
}

fn train(plan: &Plan, folder: &Path) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(folder)?;
    for &seed in &plan.seeds {
        let start = pretrained(plan, seed)?;
        for &particles in &plan.particles {
            for algorithm in Algorithm::ALL {
                let name = format!("snapshots-{}-{particles}-{seed}.jsonl", algorithm.name());
                if !folder.join(&name).exists() {
                    let mut file = tempfile::NamedTempFile::new_in(folder)?;
                    run(
                        plan,
                        &start,
                        (algorithm, particles, seed),
                        folder,
                        &mut file,
                    )?;
                    file.persist(folder.join(name))?;
                }
            }
        }
    }
    Ok(())
}

/// A string with runs of letters and of digits folded: strings of one shape look alike.
fn shape(text: &str) -> String {
    let fold = |c: char| match c {
        _ if c.is_alphabetic() => 'A',
        _ if c.is_ascii_digit() => '0',
        _ => c,
    };
    let mut folded: Vec<char> = text.chars().map(fold).collect();
    folded.dedup();
    folded.into_iter().collect()
}

/// Per test concept, whether a training concept has strings of the same shapes.
fn twins(split: &Split) -> Vec<bool> {
    let shapes = |c: &Concept| -> BTreeSet<String> { c.train.iter().map(|s| shape(s)).collect() };
    let known: BTreeSet<_> = split.train.iter().map(shapes).collect();
    let usable = split.test.iter().filter(|c| !c.observation().is_empty());
    usable.map(|c| known.contains(&shapes(c))).collect()
}

fn judge_snapshot(plan: &Plan, folder: &Path, snapshot: &str) -> Result<(), Box<dyn Error>> {
    let (_, state) = helmholtz::train::load(&folder.join(format!("{snapshot}.safetensors")))?;
    let config = &plan.base;
    let world = StringDomain::learner(config, &plan.split.train)?;
    let model = import(world.model().clone(), &state.under("model"))?;
    let guide = import(world.guide().clone(), &state.under("guide"))?;
    let options = EvaluateOptions {
        refit_steps: setting("refit", EvaluateOptions::default().refit_steps)?,
        ..EvaluateOptions::default()
    };
    let evaluation = evaluate(&model, &guide, config, &plan.split.test, &options)?;
    let result = serde_json::json!({
        "snapshot": snapshot, "own": numbers(&evaluation.own_guide),
        "refitted": evaluation.refitted_guide.as_ref().map(numbers),
        "twins": twins(&plan.split), "refit_steps": options.refit_steps,
    });
    std::fs::write(folder.join(format!("{snapshot}.json")), result.to_string())?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, verb, data, folder, rest @ ..] = &arguments[..] else {
        return Err("usage: strings_comparison train|judge DATA FOLDER ...".into());
    };
    let (plan, folder) = (plan(data)?, Path::new(folder));
    if verb == "train" {
        return train(&plan, folder);
    }
    for snapshot in rest.iter().filter(|a| !a.contains('=')) {
        if !folder.join(format!("{snapshot}.json")).exists() {
            judge_snapshot(&plan, folder, snapshot)?;
        }
    }
    Ok(())
}
