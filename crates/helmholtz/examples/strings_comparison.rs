//! Compares algorithms on string concepts: train on one part, stop by validation, report on another.
//!
//! `strings_comparison train DATA FOLDER [key=value ...]` trains every algorithm at every particle count
//! and seed, from one pre-trained start per seed. It writes snapshots into FOLDER, and a line for each to
//! `FOLDER/snapshots-*.jsonl` with its validation score. Runs that are there already are skipped.
//!
//! `strings_comparison judge DATA FOLDER SNAPSHOT...` judges snapshots on the test part, with their own
//! guide and with a refitted one, and writes `FOLDER/SNAPSHOT.json`.

use std::error::Error;
use std::io::Write;
use std::path::Path;

use helmholtz::algorithm::Algorithm;
use helmholtz::data::{ReadOptions, read};
use helmholtz::domain::strings::evaluate::{EvaluateOptions, Metrics, judge, refit};
use helmholtz::domain::strings::search::SearchBudget;
use helmholtz::domain::strings::training::learner;
use helmholtz::domain::strings::{Concept, Config, Sizes, Split, StringGuide, StringModel};
use helmholtz::nn::import;
use helmholtz::train::{Learner, State, Trainer, WakeSleep};

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

/// User and system time of this thread's process in seconds.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or("")
        .split_whitespace()
        .collect();
    let ticks = |i: usize| {
        fields
            .get(i)
            .and_then(|f| f.parse::<f64>().ok())
            .unwrap_or(0.0)
    };
    (ticks(11) + ticks(12)) / 100.0
}

/// The pre-trained start of a seed, the same for every algorithm.
fn pretrained(plan: &Plan, seed: u64) -> Result<State, Box<dyn Error>> {
    let config = Config {
        seed,
        algorithm: Algorithm::Rws,
        ..plan.base.clone()
    };
    let mut world = learner(&config, &plan.split.train)?;
    advance(&mut world, seed, &config, 0, config.pretraining);
    Ok(world.save())
}

/// Trains to a step; the bound and turnover, averaged over the stretch.
fn advance(world: &mut World, seed: u64, config: &Config, from: u64, to: u64) -> (f64, f64) {
    use helmholtz::train::{Control, Limits, Observer, Report, StopReason};
    #[derive(Default)]
    struct Average(Vec<(f64, f64)>);
    impl<L> Observer<L> for Average {
        type Error = std::convert::Infallible;
        fn after_step(&mut self, _: u64, r: &Report, _: &L) -> Result<Control, Self::Error> {
            self.0
                .push((r.bound, r.numbers.get("turnover").copied().unwrap_or(0.0)));
            Ok(Control::Continue)
        }
        fn finish(&mut self, _: u64, _: &L, _: StopReason) -> Result<(), Self::Error> {
            Ok(())
        }
    }
    // The trainer owns its learner; a replacement keeps `world` usable between stretches.
    let placeholder = World::new(
        world.model.clone(),
        world.guide.clone(),
        vec![],
        0,
        vec![],
        seed,
    );
    let owned = std::mem::replace(world, placeholder);
    let mut trainer = Trainer::new(owned, seed, config.batch, from);
    let mut average = Average::default();
    let idle = std::sync::atomic::AtomicBool::new(false);
    let limits = Limits {
        steps: to,
        time: None,
        interrupt: &idle,
    };
    let Ok(_) = trainer.run(&limits, &mut average);
    *world = trainer.learner;
    let tail = &average.0[average.0.len().saturating_sub(17)..];
    let mean = |f: fn(&(f64, f64)) -> f64| tail.iter().map(f).sum::<f64>() / tail.len() as f64;
    (mean(|r| r.0), mean(|r| r.1))
}

fn quick(plan: &Plan, world: &World) -> f64 {
    let search = SearchBudget {
        proposals: 50,
        rounds: 3,
        edits: 30,
        keep: 20,
    };
    let options = EvaluateOptions {
        search,
        samples: 50,
        classes: 0,
        ..EvaluateOptions::default()
    };
    let metrics = judge(&world.model, &world.guide, &plan.split.validation, &options);
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
    let config = Config {
        algorithm,
        particles,
        seed,
        ..plan.base.clone()
    };
    let mut world = learner(&config, &plan.split.train)?;
    let memories = world.save().bytes;
    world.load(&State {
        bytes: memories,
        ..start.clone()
    })?;
    let steps = plan.evaluations / particles as u64;
    let (first, mut seconds) = (config.pretraining, 0.0);
    for i in 1..=plan.snapshots {
        let (from, to) = (
            first + steps * (i - 1) / plan.snapshots,
            first + steps * i / plan.snapshots,
        );
        let before = cpu();
        let (bound, turnover) = advance(&mut world, seed, &config, from, to);
        seconds += cpu() - before;
        let snapshot = format!("{}-{particles}-{seed}-{i}", algorithm.name());
        helmholtz::train::save(
            &folder.join(format!("{snapshot}.safetensors")),
            to,
            &world.save(),
        )?;
        let line = serde_json::json!({
            "algorithm": algorithm.name(), "particles": particles, "seed": seed,
            "snapshot": snapshot, "step": to - first,
            "evaluations": (to - first) * particles as u64, "cpu": seconds,
            "bound": bound, "turnover": turnover, "validation": quick(plan, &world),
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

fn judge_snapshot(plan: &Plan, folder: &Path, snapshot: &str) -> Result<(), Box<dyn Error>> {
    let (_, state) = helmholtz::train::load(&folder.join(format!("{snapshot}.safetensors")))?;
    let config = &plan.base;
    let world = learner(config, &plan.split.train)?;
    let model = import(world.model, &state.under("model"))?;
    let guide = import(world.guide, &state.under("guide"))?;
    let options = EvaluateOptions::default();
    let own = judge(&model, &guide, &plan.split.test, &options);
    let refitted = refit(&model, config, options.refit_steps)?;
    let refitted = judge(&model, &refitted, &plan.split.test, &options);
    let result = serde_json::json!({
        "snapshot": snapshot, "own": numbers(&own), "refitted": numbers(&refitted),
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
