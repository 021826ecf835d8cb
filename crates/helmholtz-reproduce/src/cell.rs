//! One run of an experiment.

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::{Benchmark, Exhibit, ExperimentError, Measures, Moment, cost};
use helmholtz_core::domain::Settings;
use helmholtz_core::files::write_whole;
use helmholtz_core::train::{
    Control, Learner, Limits, Observer, Report, StopReason, Trainer, load, save,
};
use helmholtz_core::{machine, needs};
use helmholtz_math::error::StateError;

/// Time between checkpoints.
const PAUSE: Duration = Duration::from_secs(5);
const CHECKPOINT: &str = "checkpoint";
const RESULT: &str = "result.json";
/// Where a checkpoint keeps the curve.
const CURVE: &str = "curve";

/// What was measured after a number of steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Steps done.
    pub step: u64,
    /// Evaluations of p so far, as the papers count them.
    pub evaluations: f64,
    /// Evaluations of p so far that were really made.
    pub unique_evaluations: f64,
    /// The numbers.
    pub values: Measures,
}

/// What came out of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Along the way.
    pub curve: Vec<Point>,
    /// In the end.
    pub result: Measures,
    /// Things to look at, in Markdown, by name.
    pub exhibits: Vec<(String, String)>,
}

/// How a cell is run.
pub(super) struct Plan<'a, D: Benchmark> {
    pub(super) world: &'a D::World,
    pub(super) config: &'a D::Config,
    pub(super) folder: &'a Path,
    pub(super) measures: u64,
    pub(super) exhibits: &'a [String],
    /// Whether the cost of its steps is measured: nothing else may run then.
    pub(super) costs: bool,
}

impl<D: Benchmark> Plan<'_, D> {
    /// The outcome: from the folder if the run is over, else by going on with it; `None` when interrupted.
    /// What was done since the last checkpoint is then done again, to the same bytes.
    pub(super) fn run(&self, interrupt: &AtomicBool) -> Result<Option<Outcome>, ExperimentError> {
        let path = self.folder.join(RESULT);
        if let Some(outcome) = read(&path)? {
            return Ok(Some(outcome));
        }
        fs::create_dir_all(self.folder).map_err(ExperimentError::io(self.folder))?;
        let (mut trainer, mut curve) = self.start()?;
        let schedule = self.config.schedule();
        let mut saved = Instant::now();
        for i in curve.len() as u64 + 1..=self.measures {
            let mut tally = Between::default();
            let limits = Limits {
                steps: schedule.steps * i / self.measures,
                time: None,
                interrupt,
            };
            let cost = self.costs.then(Cost::start);
            let before = trainer.step();
            let Ok(reason) = trainer.run(&limits, &mut tally);
            let costs = cost.map(|c| c.stop(trainer.step() - before));
            if reason == StopReason::Interrupted {
                return Ok(None);
            }
            let last = i == self.measures;
            let mut point = self.point(&trainer, &tally, curve.last(), last);
            point.values.extend(costs.into_iter().flatten());
            curve.push(point);
            if saved.elapsed() >= PAUSE && !last {
                self.save(&trainer, &curve)?;
                saved = Instant::now();
            }
        }
        let outcome = Outcome {
            result: D::conclude(self.world, &curve),
            curve,
            exhibits: self.exhibits(&trainer.learner)?,
        };
        write_json(&path, &outcome)?;
        // What it is for is over; a file that stays does no harm.
        let _ = fs::remove_file(self.folder.join(CHECKPOINT));
        Ok(Some(outcome))
    }

    /// The trainer where the newest checkpoint left it, or at the first step.
    fn start(&self) -> Result<(Trainer<D::Learner>, Vec<Point>), ExperimentError> {
        let schedule = self.config.schedule();
        let observations = D::observations(self.world);
        needs::check::<D>(self.config, observations.len(), machine::allowed())?;
        let mut learner = D::learner(self.config, observations)?;
        let begun = load(&self.folder.join(CHECKPOINT))
            .ok()
            .and_then(|(step, state)| {
                let curve: Vec<Point> = serde_json::from_slice(state.bytes.get(CURVE)?).ok()?;
                learner.load(&state).ok()?;
                Some((step, curve))
            });
        let (step, curve) = begun.unwrap_or_default();
        let trainer = Trainer::new(learner, schedule.seed, schedule.batch, step);
        Ok((trainer, curve))
    }

    fn save(&self, trainer: &Trainer<D::Learner>, curve: &[Point]) -> Result<(), ExperimentError> {
        let path = self.folder.join(CHECKPOINT);
        let unsaved = |e: StateError| ExperimentError::Io {
            path: path.clone(),
            source: std::io::Error::other(e),
        };
        let mut state = trainer.learner.save().map_err(unsaved)?;
        let curve = serde_json::to_vec(curve).map_err(|e| ExperimentError::Io {
            path: path.clone(),
            source: e.into(),
        })?;
        state.bytes.insert(CURVE.into(), curve);
        Ok(save(&path, trainer.step(), &state)?)
    }

    fn point(
        &self,
        trainer: &Trainer<D::Learner>,
        tally: &Between,
        before: Option<&Point>,
        last: bool,
    ) -> Point {
        let moment = Moment {
            step: trainer.step(),
            bound: tally.bound / tally.bounds,
            last,
        };
        let so_far = |of: fn(&Point) -> f64| before.map_or(0.0, of);
        let measured = D::measure(self.world, self.config, &trainer.learner, &moment);
        // JSON has no other numbers; what cannot be measured yet is not there.
        let finite = measured.into_iter().filter(|(_, value)| value.is_finite());
        Point {
            step: moment.step,
            evaluations: so_far(|p| p.evaluations) + tally.evaluations,
            unique_evaluations: so_far(|p| p.unique_evaluations) + tally.unique_evaluations,
            values: finite.map(|(n, value)| (n.to_owned(), value)).collect(),
        }
    }

    /// Writes a file beside the outcome; returns the Markdown that shows it.
    fn file(&self, name: &str, kind: &str, bytes: &[u8]) -> Result<String, ExperimentError> {
        let path = self.folder.join(format!("{name}.{kind}"));
        write_whole(&path, bytes).map_err(ExperimentError::io(&path))?;
        let cell = self.folder.file_name().unwrap_or_default();
        Ok(format!(
            "![{name}](cells/{}/{name}.{kind})",
            cell.to_string_lossy()
        ))
    }

    fn exhibits(&self, learner: &D::Learner) -> Result<Vec<(String, String)>, ExperimentError> {
        let show = |name: &String| {
            let text = match D::exhibit(self.world, self.config, learner, name)? {
                Exhibit::Text(text) => text,
                Exhibit::Picture(png) => self.file(name, "png", &png)?,
                Exhibit::Drawing(svg) => self.file(name, "svg", svg.as_bytes())?,
            };
            Ok((name.clone(), text))
        };
        self.exhibits.iter().map(show).collect()
    }
}

/// What steps take.
struct Cost {
    cpu: Option<f64>,
}

impl Cost {
    fn start() -> Self {
        cost::forget_peak();
        Self {
            cpu: cost::cpu_seconds(),
        }
    }

    /// The metrics that are known, after some steps.
    fn stop(self, steps: u64) -> Measures {
        let cpu = self.cpu.zip(cost::cpu_seconds());
        let step = cpu.map(|(before, now)| 1e3 * (now - before) / steps.max(1) as f64);
        let known = [("step_ms", step), ("peak_mib", cost::peak_mib())];
        let known = known.into_iter();
        known
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect()
    }
}

/// Sums over the steps between two measurements.
#[derive(Default)]
struct Between {
    bound: f64,
    bounds: f64,
    evaluations: f64,
    unique_evaluations: f64,
}

impl<L> Observer<L> for Between {
    type Error = std::convert::Infallible;

    fn after_step(&mut self, _: u64, report: &Report, _: &L) -> Result<Control, Self::Error> {
        if report.bound.is_finite() {
            self.bound += report.bound;
            self.bounds += 1.0;
        }
        let number = |name| report.numbers.get(name).copied().unwrap_or(0.0);
        self.evaluations += number("evaluations");
        self.unique_evaluations += number("unique_evaluations");
        Ok(Control::Continue)
    }

    fn finish(&mut self, _: u64, _: &L, _: StopReason) -> Result<(), Self::Error> {
        Ok(())
    }
}

/// The outcome in a file, if there is one.
fn read(path: &Path) -> Result<Option<Outcome>, ExperimentError> {
    if !path.exists() {
        return Ok(None);
    }
    let text = fs::read(path).map_err(ExperimentError::io(path))?;
    let outcome = serde_json::from_slice(&text).map_err(|e| ExperimentError::Malformed {
        path: path.to_owned(),
        reason: format!("no outcome of a run ({e})"),
    });
    outcome.map(Some)
}

/// Writes a value whole.
pub(super) fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), ExperimentError> {
    let text = serde_json::to_vec(value).map_err(|e| ExperimentError::Io {
        path: path.to_owned(),
        source: e.into(),
    })?;
    write_whole(path, &text).map_err(ExperimentError::io(path))
}
