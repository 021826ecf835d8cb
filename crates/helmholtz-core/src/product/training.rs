//! A stretch of training in a run folder, new or gone on with.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use serde_json::{Map, Value};

use super::answer::Account;
use super::error::ProductError;
use super::first_steps::FirstSteps;
use super::input::Input;
use super::options::read;
use super::settings::{Asked, resolve, with};
use super::verb::passed_over;
use super::{Product, Read};
use crate::domain::{Domain, Settings};
use crate::run::{Cadence, Found, Lock, Origin, RunError, RunFolder, is_larger};
use crate::train::{Control, Learner, Limits, Observer, Report, StopReason, Trainer};
use crate::{machine, needs};
use helmholtz_math::error::SettingError;

/// What a new run is made of.
pub struct Training<'a> {
    /// What is learned from, unless it is what comes with the domain.
    pub input: Option<&'a Input>,
    /// How it is read.
    pub reading: Map<String, Value>,
    /// The settings.
    pub settings: Asked,
    /// The run folder, unless it is to be found.
    pub out: Option<PathBuf>,
    /// Whether the run has a copy of what it learns from.
    pub copying: Copying,
    /// What it may take.
    pub bounds: Bounds<'a>,
}

/// Whether a run has a copy of its observations, or reads them again where they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Copying {
    /// If it takes at most [`Copying::SMALL`] bytes, or cannot be read again.
    #[default]
    Small,
    /// It has.
    Always,
    /// It has not, unless they cannot be read again.
    Never,
}

impl Copying {
    /// Bytes of a copy that is small.
    pub const SMALL: u64 = 64 << 20;

    /// Where a run in a folder reads its observations again; `None` if it is to have a copy.
    fn origin<D: Product>(
        self,
        training: &Training<'_>,
        (run, data): (&Path, &[D::Datum]),
    ) -> Option<Origin> {
        let again = match self {
            Self::Always => false,
            Self::Never => true,
            Self::Small => is_larger(data, Self::SMALL),
        };
        let files = training.input.map(|input| &input.files[..]);
        let files = files.unwrap_or_default().iter();
        let files: Option<Vec<PathBuf>> = files
            .map(|file| std::path::absolute(file).ok().filter(|file| stays(file)))
            .collect();
        let run = std::path::absolute(run).ok()?;
        // A run in a folder that is read would be read with it.
        let apart = |files: &Vec<PathBuf>| !files.iter().any(|file| run.starts_with(file));
        let files = files.filter(|files| again && apart(files))?;
        Some(Origin {
            files,
            reading: training.reading.clone(),
        })
    }
}

/// Whether something can be read again: a file or a folder, and nothing that comes once, under a name that settings can hold.
fn stays(path: &Path) -> bool {
    let there = |found: std::fs::Metadata| found.is_file() || found.is_dir();
    path.is_absolute() && path.to_str().is_some() && path.metadata().is_ok_and(there)
}

/// Says what a run depends on that has no copy of what it learns from.
fn elsewhere(origin: &Origin) -> String {
    let from = match &origin.files[..] {
        [] => "built-in data".to_owned(),
        [one] => one.display().to_string(),
        [first, rest @ ..] => format!("{} and {} more", first.display(), rest.len()),
    };
    format!("no copy of the data: the run reads {from} again, unchanged; --copy-data copies them")
}

/// The observations of a run: its copy, or what is read again.
///
/// # Errors
/// When they cannot be read, or are not those that the run began with.
pub fn observations<D: Product>(
    run: &RunFolder,
    config: &D::Config,
) -> Result<Vec<D::Datum>, ProductError> {
    let Some(origin) = run.origin()? else {
        return Ok(run.data()?);
    };
    if let Some(gone) = origin.files.iter().find(|file| !stays(file)) {
        let reason = "the run learns from it, and there is no such file or folder; put it back, or train anew";
        return Err(ProductError::unfit(gone.display(), reason));
    }
    let data = match origin.files.is_empty() {
        true => D::builtin(config),
        false => D::read(&Input::files(origin.files), &read(origin.reading)?, config)?,
    };
    run.verify(&data.observations)?;
    Ok(data.observations)
}

/// What training may take.
#[derive(Clone, Copy)]
pub struct Bounds<'a> {
    /// It stops after this time, before its last step.
    pub time: Option<Duration>,
    /// Bytes of memory; 80 % of what the machine has if not given. A run that needs more is refused.
    pub memory: Option<u64>,
    /// It stops when this is set.
    pub interrupt: &'a AtomicBool,
}

impl Bounds<'_> {
    /// Refuses a run that needs more memory, before any is taken.
    fn check<D: Domain>(&self, config: &D::Config, items: usize) -> Result<(), SettingError> {
        let allowed = self.memory.unwrap_or_else(machine::allowed);
        needs::check::<D>(config, items, allowed)
    }
}

/// How a run goes on.
pub struct Resumption<'a> {
    /// The step to stop at, where it is another than the run's.
    pub steps: Option<u64>,
    /// What it may take.
    pub bounds: Bounds<'a>,
}

/// What happens in training.
#[derive(Debug)]
pub enum Event<'a> {
    /// What was read to learn from.
    Read(&'a Account),
    /// Something is to be said.
    Remark(String),
    /// It begins, or goes on.
    Begun(Begun<'a>),
    /// A step was done: its number and what it says.
    Step(u64, &'a Report),
    /// It stopped, at this step.
    Stopped(u64, StopReason),
}

/// What begins.
#[derive(Clone, Copy, Debug)]
pub struct Begun<'a> {
    /// The run folder.
    pub run: &'a Path,
    /// Observations.
    pub items: usize,
    /// The step to stop at.
    pub steps: u64,
    /// Steps of pre-training among them.
    pub pretraining: u64,
    /// What it is learned by.
    pub method: &'static str,
}

/// Who looks on.
pub type Watch<'a> = dyn FnMut(Event<'_>) + 'a;

/// Begins a run.
///
/// # Errors
/// When settings or data do not fit, or the folder cannot be written.
pub fn train<D: Product>(
    training: &Training<'_>,
    watch: &mut Watch<'_>,
) -> Result<StopReason, ProductError> {
    let config = resolve::<D>(&training.settings)?;
    let Read {
        observations,
        account,
    } = match training.input {
        Some(input) => D::read(input, &read(training.reading.clone())?, &config)?,
        None => D::builtin(&config),
    };
    watch(Event::Read(&account));
    let config = D::settle(config, &observations)?;
    training.bounds.check::<D>(&config, observations.len())?;
    let learner = D::learner(&config, &observations)?;
    let default = || free_folder(D::NAME, &config);
    let folder = training.out.clone().unwrap_or_else(default);
    let data = (&*folder, &observations[..]);
    let (run, lock) = match training.copying.origin::<D>(training, data) {
        Some(origin) => {
            watch(Event::Remark(elsewhere(&origin)));
            RunFolder::create_from(&folder, D::NAME, &config, (&observations, origin))
        }
        None => RunFolder::create(&folder, D::NAME, &config, &observations),
    }?;
    // The learner has what it needs of them.
    drop(observations);
    Stretch::<D> {
        run,
        lock,
        config,
        learner,
        step: 0,
    }
    .go(training.bounds, watch)
}

/// Goes on with a run.
///
/// # Errors
/// When the run cannot be used or written.
pub fn resume<D: Product>(
    run: RunFolder,
    resumption: &Resumption<'_>,
    watch: &mut Watch<'_>,
) -> Result<StopReason, ProductError> {
    let lock = run.lock()?;
    let before: D::Config = run.settings::<D>()?;
    let config = match resumption.steps {
        Some(steps) => with::<D>(&before, "steps", steps)?,
        None => before.clone(),
    };
    let data = observations::<D>(&run, &before)?;
    resumption.bounds.check::<D>(&config, data.len())?;
    let mut learner = D::learner(&config, &data)?;
    drop(data);
    let step = restore(&run, &mut learner, watch)?;
    let steps = config.schedule().steps;
    if step >= steps {
        watch(Event::Remark(format!(
            "nothing to do: step {step} is done, and the run is to stop at {steps}; ask for more with --steps"
        )));
        // It may have been killed after its last checkpoint, before what comes then.
        let told = run.summary().ok().flatten();
        if told.is_none_or(|s| s.finished.is_none()) {
            let mut recorder = run.record(lock, step, Cadence::default())?;
            recorder.finish(step, &learner, StopReason::Steps)?;
        }
        return Ok(StopReason::Steps);
    }
    if config != before || run.is_of_old_format()? {
        run.save_config(D::NAME, &config)?;
    }
    Stretch::<D> {
        run,
        lock,
        config,
        learner,
        step,
    }
    .go(resumption.bounds, watch)
}

/// Brings the learner to the newest usable checkpoint, and tells its step. A run that was stopped before its first
/// checkpoint begins anew, which is the same.
fn restore(
    run: &RunFolder,
    learner: &mut impl Learner,
    watch: &mut Watch<'_>,
) -> Result<u64, ProductError> {
    match run.newest(|state| learner.load(state)) {
        Ok(Found { step, refused, .. }) => {
            let passed = passed_over(&refused, step).into_iter();
            passed.for_each(|remark| watch(Event::Remark(remark)));
            watch(Event::Remark(format!("resuming after step {step}")));
            Ok(step)
        }
        Err(RunError::NoCheckpoint { .. }) => {
            let remark = "there is no checkpoint yet: starting from the beginning";
            watch(Event::Remark(remark.into()));
            Ok(0)
        }
        Err(error) => Err(error.into()),
    }
}

/// `runs/strings-1-mws-mix`, or the first of `-2`, `-3`, ... that is not there yet.
fn free_folder(domain: &str, settings: &impl Settings) -> PathBuf {
    let seed = settings.schedule().seed;
    let name = format!("{domain}-{seed}-{}", settings.method());
    let numbered = (2..).map(|n: u64| format!("{name}-{n}"));
    let names = std::iter::once(name.clone()).chain(numbered);
    let mut paths = names.map(|name| PathBuf::from("runs").join(name));
    paths.find(|path| !path.exists()).unwrap_or_default()
}

/// A run that is about to go on.
struct Stretch<D: Product> {
    run: RunFolder,
    lock: Lock,
    config: D::Config,
    learner: D::Learner,
    /// The number of steps done.
    step: u64,
}

impl<D: Product> Stretch<D> {
    /// Trains until the last step, the time limit or an interrupt.
    fn go(self, bounds: Bounds<'_>, watch: &mut Watch<'_>) -> Result<StopReason, ProductError> {
        let Self {
            run,
            lock,
            config,
            learner,
            step,
        } = self;
        let schedule = config.schedule();
        watch(Event::Begun(Begun {
            run: run.path(),
            items: learner.items(),
            steps: schedule.steps,
            pretraining: config.pretraining(),
            method: config.method(),
        }));
        let limits = Limits {
            steps: schedule.steps,
            time: bounds.time,
            interrupt: bounds.interrupt,
        };
        let recorder = run.record(lock, step, Cadence::default())?;
        let begun = FirstSteps::default();
        let mut observers = (recorder, Watching { watch, begun });
        let mut trainer = Trainer::new(learner, schedule.seed, schedule.batch, step);
        Ok(trainer.run(&limits, &mut observers)?)
    }
}

/// An observer that hands on what it sees.
struct Watching<'a, 'b> {
    watch: &'a mut Watch<'b>,
    begun: FirstSteps,
}

impl<L> Observer<L> for Watching<'_, '_> {
    type Error = RunError;

    fn after_step(&mut self, step: u64, report: &Report, _: &L) -> Result<Control, RunError> {
        (self.watch)(Event::Step(step, report));
        for remark in self.begun.after(report) {
            (self.watch)(Event::Remark(remark));
        }
        Ok(Control::Continue)
    }

    fn finish(&mut self, step: u64, _: &L, reason: StopReason) -> Result<(), RunError> {
        (self.watch)(Event::Stopped(step, reason));
        Ok(())
    }
}
