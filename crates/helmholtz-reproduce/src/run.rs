//! All runs of an experiment, over the processor's cores.

use std::collections::HashMap;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rayon::prelude::*;
use toml::{Table, Value};

use super::cell::{Outcome, Plan};
use super::{Benchmark, Experiment, ExperimentError, Variant};
use helmholtz_core::algorithm::Algorithm;
use helmholtz_core::domain::Settings;
use helmholtz_core::files::write_whole;
use helmholtz_core::product::settings::{nest, overlay};
use helmholtz_math::error::SettingError;

const PLAN: &str = "experiment.toml";
const LOCK: &str = ".lock";
const CELLS: &str = "cells";

/// One run: a variant, a value of K and a seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// The variant's name.
    pub variant: String,
    /// K.
    pub k: usize,
    /// The seed.
    pub seed: u64,
}

/// How far an experiment is.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// The run that has just ended.
    pub cell: &'a Cell,
    /// Runs that are over.
    pub done: usize,
    /// All runs.
    pub all: usize,
}

/// A cell with all its settings.
struct Job<D: Benchmark> {
    cell: Cell,
    config: D::Config,
    /// The settings of its world: those of the data, and those that variants may differ in.
    world: [String; 2],
    folder: PathBuf,
    exhibits: Vec<String>,
}

/// Runs an experiment in a folder, which may hold a part of it already, and tells each run that ends.
/// `None` when interrupted: called again, it goes on.
///
/// # Errors
/// When a setting makes no sense, the folder holds something else or cannot be written.
pub fn run<D: Benchmark>(
    experiment: &Experiment,
    folder: &Path,
    interrupt: &AtomicBool,
    tell: impl Fn(Progress<'_>) + Sync,
) -> Result<Option<Vec<(Cell, Outcome)>>, ExperimentError> {
    let jobs = jobs::<D>(experiment, folder)?;
    let mut worlds = HashMap::new();
    for job in &jobs {
        if !worlds.contains_key(&job.world) {
            let data: D::Data = parse(&job.world[0], "data")?;
            worlds.insert(job.world.clone(), D::world(&job.config, &data)?);
        }
    }
    let _lock = claim(folder, experiment)?;
    let done = AtomicUsize::new(0);
    let one = |job: &Job<D>| {
        let world = &worlds[&job.world];
        let config = D::settle(job.config.clone(), D::observations(world))?;
        let plan = Plan::<D> {
            world,
            config: &config,
            folder: &job.folder,
            measures: experiment.measures,
            exhibits: &job.exhibits,
            costs: experiment.one_at_a_time,
        };
        let outcome = plan.run(interrupt)?;
        if outcome.is_some() {
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            tell(Progress {
                cell: &job.cell,
                done,
                all: jobs.len(),
            });
        }
        Ok(outcome)
    };
    // One after the other in order, each to the next free core: the first rows are complete first.
    let all = || jobs.par_iter().with_max_len(1).map(one).collect();
    let outcomes: Result<Vec<Option<Outcome>>, ExperimentError> = match experiment.one_at_a_time {
        true => one_thread()?.install(all),
        false => all(),
    };
    let outcomes = outcomes?;
    let cells = jobs.into_iter().map(|job| job.cell);
    Ok(cells
        .zip(outcomes)
        .map(|(cell, o)| Some((cell, o?)))
        .collect())
}

/// A pool in which everything runs one after the other.
fn one_thread() -> Result<rayon::ThreadPool, ExperimentError> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    pool.map_err(|e| SettingError::new("one_at_a_time", e.to_string()).into())
}

/// Takes the right to write in the folder, and makes sure that it holds nothing else.
fn claim(folder: &Path, experiment: &Experiment) -> Result<File, ExperimentError> {
    fs::create_dir_all(folder).map_err(ExperimentError::io(folder))?;
    let (lock, plan) = (folder.join(LOCK), folder.join(PLAN));
    let file = File::options()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&lock);
    let file = file.map_err(ExperimentError::io(&lock))?;
    file.try_lock().map_err(|e| match e {
        TryLockError::WouldBlock => ExperimentError::Busy {
            path: folder.to_owned(),
        },
        TryLockError::Error(source) => ExperimentError::Io { path: lock, source },
    })?;
    match fs::read_to_string(&plan) {
        Ok(before) => {
            let before: Option<Experiment> = toml::from_str(&before).ok();
            match before.map(|b| b.decisive()) == Some(experiment.decisive()) {
                true => Ok(file),
                false => Err(ExperimentError::OtherSettings { path: plan }),
            }
        }
        Err(_) => {
            let nothing_else = fs::read_dir(folder).map_err(ExperimentError::io(folder))?;
            if nothing_else
                .flatten()
                .any(|entry| entry.file_name() != LOCK)
            {
                return Err(ExperimentError::OtherSettings {
                    path: folder.to_owned(),
                });
            }
            let text = toml::to_string(experiment).map_err(|e| ExperimentError::Spec {
                name: experiment.title.clone(),
                reason: e.to_string(),
            })?;
            write_whole(&plan, text.as_bytes()).map_err(ExperimentError::io(&plan))?;
            Ok(file)
        }
    }
}

fn jobs<D: Benchmark>(
    experiment: &Experiment,
    folder: &Path,
) -> Result<Vec<Job<D>>, ExperimentError> {
    let metrics = D::metrics();
    let known = |name: &&String| !metrics.iter().any(|m| m.name == name.as_str());
    if let Some(name) = experiment
        .metrics
        .iter()
        .chain(&experiment.curves)
        .find(known)
    {
        let names: Vec<&str> = metrics.iter().map(|m| m.name).collect();
        let reason = format!("{name} is none of {}", names.join(", "));
        return Err(SettingError::new("metrics", reason).into());
    }
    let mut jobs = vec![];
    let asked = |v: &Variant| experiment.only.as_ref().is_none_or(|o| v.name.contains(o));
    let variants = experiment.variants.iter().enumerate();
    for (number, variant) in variants.filter(|(_, v)| asked(v)) {
        for &k in variant.k.as_ref().unwrap_or(&experiment.k) {
            for seed in 1..=experiment.seeds {
                let mut data = Table::try_from(D::Data::default()).map_err(not_toml)?;
                overlay(&mut data, experiment.data.clone());
                overlay(&mut data, variant.data.clone());
                jobs.push(Job {
                    config: config::<D>(experiment, variant, k, seed)?,
                    world: [
                        toml::to_string(&data).map_err(not_toml)?,
                        toml::to_string(&variant.settings).map_err(not_toml)?,
                    ],
                    folder: folder.join(CELLS).join(format!(
                        "{}-{}-k{k}-s{seed}",
                        number + 1,
                        slug(&variant.name)
                    )),
                    exhibits: match seed {
                        1 => experiment.exhibits.clone(),
                        _ => vec![],
                    },
                    cell: Cell {
                        variant: variant.name.clone(),
                        k,
                        seed,
                    },
                });
            }
        }
    }
    match jobs.is_empty() {
        true => Err(nothing_asked(experiment).into()),
        false => Ok(jobs),
    }
}

fn nothing_asked(experiment: &Experiment) -> SettingError {
    let names: Vec<&str> = experiment.variants.iter().map(|v| &*v.name).collect();
    let reason = format!("no variant is called so; there are: {}", names.join("; "));
    SettingError::new("only", reason)
}

/// The settings of a cell: the domain's defaults, the experiment's, the variant's, and those for this K.
fn config<D: Benchmark>(
    experiment: &Experiment,
    variant: &Variant,
    k: usize,
    seed: u64,
) -> Result<D::Config, ExperimentError> {
    let mut table = Table::try_from(D::defaults()).map_err(not_toml)?;
    let algorithm = variant.algorithm.map(Algorithm::name);
    let of_cell = [
        (&*experiment.axis.setting, Value::from(k as i64)),
        ("steps", Value::from(experiment.steps as i64)),
        ("seed", Value::from(seed as i64)),
    ];
    let of_cell = of_cell
        .into_iter()
        .chain(algorithm.map(|name| ("algorithm", name.into())));
    let at = variant.at.get(&k.to_string()).cloned();
    let layers = of_cell
        .map(|(key, value)| nest(key, value))
        .chain([experiment.settings.clone(), variant.settings.clone()])
        .chain(at);
    for layer in layers {
        overlay(&mut table, layer);
    }
    let text = toml::to_string(&table).map_err(not_toml)?;
    let config: D::Config = parse(&text, "settings")?;
    config.check()?;
    Ok(config)
}

fn parse<T: for<'de> serde::Deserialize<'de>>(text: &str, what: &str) -> Result<T, SettingError> {
    toml::from_str(text).map_err(|e| SettingError::new(what, e.message().to_owned()))
}

fn not_toml(error: toml::ser::Error) -> SettingError {
    SettingError::new("settings", error.to_string())
}

/// A name that any file system takes.
fn slug(name: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    name.chars().map(plain).collect()
}
