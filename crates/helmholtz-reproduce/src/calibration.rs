//! Whether the searches of `explain` deserve the trust that they ask for: tried where the truth is known, and fitted.
//!
//! A domain's search is tried on what its own model draws, where the program is known that made the data, and on recorded
//! data, where a search of 50 times the budget judges it ([`Tried`]). What is said of each case comes from a fit that has
//! not seen it: cases are cut into parts, and recorded ones that stand together stay together.

mod told;

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::ExperimentError;
use helmholtz_core::domain::pretrained;
use helmholtz_core::files::write_whole;
use helmholtz_core::product::{Input, Product};
use helmholtz_core::search::{Case, Confidence, Trial, Tried};

/// Cases are kept here as they come.
const CASES: &str = "cases.jsonl";
/// What the folder is of.
const PLAN: &str = "plan.txt";
/// What was fitted to all of them: the file that the domain ships.
const FITTED: &str = "confidence.json";
/// Parts of a cross-fit.
const PARTS: usize = 5;
/// Cases between two looks at whether to go on.
const TOGETHER: usize = 8;
/// What is said is told in these ranges.
const RANGES: [f64; 7] = [0.0, 0.5, 0.8, 0.9, 0.95, 0.99, 1.0];

/// How much is tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Effort {
    /// Draws of the model.
    pub drawn: u64,
    /// A file or folder of recorded data, if any.
    pub recorded: Option<PathBuf>,
}

/// A domain whose search can be tried, whose types nobody needs to know.
pub trait AnyTried: Send + Sync {
    /// Its name.
    fn name(&self) -> &'static str;
    /// How many draws a whole calibration takes.
    fn draws(&self) -> u64;
    /// What the domain ships.
    fn shipped(&self) -> &'static Confidence;
    /// Tries the search, in a folder that may hold a part of it already. `None` when interrupted: called again, it goes on.
    ///
    /// # Errors
    /// When the data cannot be read, or the folder not be written.
    fn calibrate(
        &self,
        effort: &Effort,
        folder: &Path,
        interrupt: &AtomicBool,
        tell: &dyn Fn(usize, usize),
    ) -> Result<Option<Calibration>, ExperimentError>;
}

/// A domain by its type.
struct Of<D>(u64, std::marker::PhantomData<fn(D)>);

/// The domains whose searches can be tried.
pub fn tried() -> Vec<Box<dyn AnyTried>> {
    fn of<D: Tried + Product + 'static>(draws: u64) -> Box<dyn AnyTried>
    where
        D::Config: Sync,
        D::Networks: Sync,
        D::Datum: Sync,
    {
        Box::new(Of::<D>(draws, std::marker::PhantomData))
    }
    vec![
        of::<helmholtz_strings::StringDomain>(1000),
        of::<helmholtz_timeseries::SeriesDomain>(1000),
        of::<helmholtz_characters::CharacterDomain>(200),
        of::<helmholtz_scenes::SceneDomain>(200),
    ]
}

/// A case as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Kept {
    /// Whether it was recorded; else the model drew it.
    recorded: bool,
    number: usize,
    /// `None` where there was nothing to explain.
    trial: Option<Trial>,
}

impl<D: Tried + Product> AnyTried for Of<D>
where
    D::Config: Sync,
    D::Networks: Sync,
    D::Datum: Sync,
{
    fn name(&self) -> &'static str {
        D::NAME
    }

    fn draws(&self) -> u64 {
        self.0
    }

    fn shipped(&self) -> &'static Confidence {
        D::confidence()
    }

    fn calibrate(
        &self,
        effort: &Effort,
        folder: &Path,
        interrupt: &AtomicBool,
        tell: &dyn Fn(usize, usize),
    ) -> Result<Option<Calibration>, ExperimentError> {
        claim::<D>(effort, folder)?;
        let (config, networks) = pretrained::<D>().map_err(failed(folder))?;
        let recorded = match &effort.recorded {
            None => vec![],
            Some(file) => {
                let input = Input::files([file]);
                let read = D::read(&input, &D::Reading::default(), &config);
                read.map_err(failed(file))?.observations
            }
        };
        let drawn = (0..effort.drawn as usize).map(|i| (false, i));
        let all: Vec<(bool, usize)> = drawn
            .chain((0..recorded.len()).map(|i| (true, i)))
            .collect();
        let one = |&(is_recorded, number): &(bool, usize)| Kept {
            recorded: is_recorded,
            number,
            trial: match is_recorded {
                true => D::recorded(&config, &networks, &recorded[number]),
                false => D::drawn(&config, &networks, number as u64),
            },
        };
        let Some(kept) = run(folder, &all, one, interrupt, tell)? else {
            return Ok(None);
        };
        let calibration = Calibration::of(D::NAME, &kept);
        calibration.write(folder)?;
        Ok(Some(calibration))
    }
}

/// A folder is of one domain, one version of the program, and the same recorded data.
fn claim<D: Tried>(effort: &Effort, folder: &Path) -> Result<(), ExperimentError> {
    let version = env!("CARGO_PKG_VERSION");
    let data = effort
        .recorded
        .as_ref()
        .map(|path| path.display().to_string());
    let plan = format!("{}\n{version}\n{}\n", D::NAME, data.unwrap_or_default());
    let path = folder.join(PLAN);
    match fs::read_to_string(&path) {
        Ok(text) if text != plan => Err(ExperimentError::OtherSettings { path }),
        Ok(_) => Ok(()),
        Err(_) => {
            fs::create_dir_all(folder).map_err(failed(folder))?;
            write_whole(&path, plan.as_bytes()).map_err(failed(&path))
        }
    }
}

/// An error about a file or a folder.
fn failed<E: std::fmt::Display>(path: &Path) -> impl Fn(E) -> ExperimentError {
    let name = path.display().to_string();
    move |error| ExperimentError::Spec {
        name: name.clone(),
        reason: error.to_string(),
    }
}

/// Tries what is not in the folder yet, some cases at a time, and keeps each.
fn run(
    folder: &Path,
    all: &[(bool, usize)],
    one: impl Fn(&(bool, usize)) -> Kept + Sync,
    interrupt: &AtomicBool,
    tell: &dyn Fn(usize, usize),
) -> Result<Option<Vec<Kept>>, ExperimentError> {
    fs::create_dir_all(folder).map_err(failed(folder))?;
    let path = folder.join(CASES);
    let mut kept: Vec<Kept> = known(&path)?;
    let has =
        |kept: &[Kept], case: &(bool, usize)| kept.iter().any(|k| (k.recorded, k.number) == *case);
    let open: Vec<(bool, usize)> = all.iter().filter(|c| !has(&kept, c)).copied().collect();
    // What a torn line left is written again.
    let lines: Vec<String> = kept.iter().filter_map(line).collect();
    write_whole(&path, lines.concat().as_bytes()).map_err(failed(&path))?;
    let mut file = OpenOptions::new()
        .append(true)
        .open(&path)
        .map_err(failed(&path))?;
    for some in open.chunks(TOGETHER) {
        if interrupt.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let new: Vec<Kept> = some.par_iter().map(&one).collect();
        let lines: Vec<String> = new.iter().filter_map(line).collect();
        let written = file.write_all(lines.concat().as_bytes());
        written.map_err(failed(&path))?;
        kept.extend(new);
        tell(kept.len(), all.len());
    }
    kept.retain(|k| all.contains(&(k.recorded, k.number)));
    kept.sort_by_key(|k| (k.recorded, k.number));
    Ok(Some(kept))
}

fn line(kept: &Kept) -> Option<String> {
    let text = serde_json::to_string(kept).ok()?;
    Some(text + "\n")
}

/// The cases of a file that may end in the middle of one.
fn known(path: &Path) -> Result<Vec<Kept>, ExperimentError> {
    if !path.exists() {
        return Ok(vec![]);
    }
    let text = fs::read_to_string(path).map_err(failed(path))?;
    let lines = text.lines();
    Ok(lines.filter_map(|l| serde_json::from_str(l).ok()).collect())
}

/// What a search said of its answers, and what came true.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Calibration {
    /// The domain.
    pub domain: &'static str,
    /// What was fitted to all cases.
    pub fitted: Confidence,
    /// Cases of each source.
    pub sources: Vec<Source>,
}

/// Cases of one source.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Source {
    /// Where they come from.
    pub name: &'static str,
    /// How many there are.
    pub cases: usize,
    /// How many could not be explained: nothing there, or no program possible.
    pub nothing: usize,
    /// The share in which something better is known than what was found (by more than a hundredth of a nat).
    pub missed: f64,
    /// The mean of that, in nats, where it is so.
    pub gap: f64,
    /// What was said, in ranges.
    pub ranges: Vec<Range>,
    /// The same before it was calibrated: weights among what was found.
    pub raw: Vec<Range>,
}

/// What was said in a range, and what came true.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Range {
    /// From this probability on.
    pub from: f64,
    /// Below this; the last holds 1.
    pub to: f64,
    /// Cases.
    pub cases: usize,
    /// The mean of what was said.
    pub said: f64,
    /// The mean of what came true.
    pub true_: f64,
}

/// A case with what is said of it by a fit that has not seen it.
struct Judged {
    said: f64,
    weight: f64,
    right: f64,
}

impl Calibration {
    fn of(domain: &'static str, kept: &[Kept]) -> Self {
        let cases: Vec<(Kept, Trial)> = kept.iter().filter_map(|k| Some((*k, k.trial?))).collect();
        let all: Vec<Case> = cases.iter().map(|c| case(&c.1)).collect();
        let source = |(name, recorded): (&'static str, bool)| {
            let own = kept.iter().filter(|k| k.recorded == recorded);
            let nothing = own.clone().filter(|k| k.trial.is_none()).count();
            (own.count() > 0).then(|| Source::of(name, &cases, recorded, nothing))
        };
        let names = [("drawn from the model", false), ("recorded", true)];
        Self {
            domain,
            fitted: Confidence::fit(&all),
            sources: names.into_iter().filter_map(source).collect(),
        }
    }

    /// The table and the picture, and the file that the domain ships.
    fn write(&self, folder: &Path) -> Result<(), ExperimentError> {
        let json = serde_json::to_string_pretty(&self.fitted).map_err(failed(folder))? + "\n";
        let files = [
            (FITTED, json),
            ("table.md", self.markdown()),
            ("reliability.svg", self.picture()),
        ];
        for (name, text) in files {
            let path = folder.join(name);
            write_whole(&path, text.as_bytes()).map_err(failed(&path))?;
        }
        Ok(())
    }
}

impl Source {
    fn of(name: &'static str, cases: &[(Kept, Trial)], recorded: bool, nothing: usize) -> Self {
        let own: Vec<&(Kept, Trial)> = cases.iter().filter(|c| c.0.recorded == recorded).collect();
        let judged = judged(cases, &own);
        let gaps = own.iter().map(|c| c.1.gap).filter(|gap| *gap > 0.01);
        let gaps: Vec<f64> = gaps.collect();
        Self {
            name,
            cases: own.len(),
            nothing,
            missed: gaps.len() as f64 / own.len().max(1) as f64,
            gap: gaps.iter().fold(0.0, |sum, gap| sum + gap) / gaps.len().max(1) as f64,
            ranges: ranges(&judged, |j| j.said),
            raw: ranges(&judged, |j| j.weight),
        }
    }
}

fn case(trial: &Trial) -> Case {
    (trial.agreement, trial.found)
}

/// What is said of some cases by fits to the parts of all that they are not in.
fn judged(all: &[(Kept, Trial)], own: &[&(Kept, Trial)]) -> Vec<Judged> {
    let most = own.iter().map(|c| c.0.number).max().unwrap_or(0);
    // Recorded data that stand together are of one file.
    let part = |kept: &Kept| match kept.recorded {
        true => kept.number * PARTS / (most + 1),
        false => kept.number % PARTS,
    };
    let fits: Vec<Confidence> = (0..PARTS)
        .into_par_iter()
        .map(|left_out| {
            let others = all.iter().filter(|c| part(&c.0) % PARTS != left_out);
            Confidence::fit(&others.map(|c| case(&c.1)).collect::<Vec<_>>())
        })
        .collect();
    let judge = |(kept, trial): &&(Kept, Trial)| Judged {
        said: trial.weight * fits[part(kept) % PARTS].found(&trial.agreement),
        weight: trial.weight,
        right: trial.right,
    };
    own.iter().map(judge).collect()
}

fn ranges(judged: &[Judged], said: impl Fn(&Judged) -> f64) -> Vec<Range> {
    let range = |bounds: &[f64]| {
        let last = bounds[1] == 1.0;
        let inside =
            |j: &&Judged| (bounds[0]..bounds[1]).contains(&said(j)) || last && said(j) >= 1.0;
        let own: Vec<&Judged> = judged.iter().filter(inside).collect();
        let mean = |of: &dyn Fn(&Judged) -> f64| {
            own.iter().fold(0.0, |sum, j| sum + of(j)) / own.len().max(1) as f64
        };
        Range {
            from: bounds[0],
            to: bounds[1],
            cases: own.len(),
            said: mean(&said),
            true_: mean(&|j| j.right),
        }
    };
    RANGES.windows(2).map(range).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use helmholtz_core::search::Agreement;

    fn kept(number: usize, reached: usize, right: bool) -> Kept {
        let agreement = Agreement {
            restarts: 4,
            reached,
            alone: 4 - reached,
            once: 0.0,
            cut: false,
        };
        let right = f64::from(u8::from(right));
        Kept {
            recorded: number % 2 == 1,
            number: number / 2,
            trial: (number % 10 != 9).then_some(Trial {
                agreement,
                weight: 1.0,
                right,
                found: right,
                gap: 1.0 - right,
            }),
        }
    }

    /// Restarts that agree are right, and others every other time.
    fn cases() -> Vec<Kept> {
        let case = |i: usize| kept(i, if i % 4 < 2 { 4 } else { 1 }, i % 4 < 2 || i % 8 < 4);
        (0..400).map(case).collect()
    }

    #[test]
    fn what_is_said_after_calibration_comes_true() {
        let calibration = Calibration::of("toy", &cases());
        assert_eq!(calibration.sources.len(), 2);
        for source in &calibration.sources {
            let all: usize = source.ranges.iter().map(|r| r.cases).sum();
            assert_eq!(all, source.cases);
            for range in source.ranges.iter().filter(|r| r.cases > 0) {
                let error = (0.25 / range.cases as f64).sqrt();
                assert!((range.said - range.true_).abs() < 4.0 * error, "{range:?}");
            }
            // Among what was found all is certain.
            assert_eq!(source.raw[5].cases, source.cases);
            assert!(source.raw[5].true_ < 0.8, "{:?}", source.raw[5]);
        }
        assert!(calibration.sources[1].nothing > 0);
        let text = calibration.markdown();
        assert!(text.contains("| 99 to 100 % |"), "{text}");
        assert!(calibration.picture().contains("recorded, calibrated"));
    }

    #[test]
    fn cases_that_are_there_are_not_tried_again() {
        let folder = tempfile::tempdir().unwrap();
        let asked = std::sync::Mutex::new(vec![]);
        let one = |case: &(bool, usize)| {
            asked.lock().unwrap().push(case.1);
            kept(2 * case.1, 4, true)
        };
        let all: Vec<(bool, usize)> = (0..20).map(|i| (false, i)).collect();
        let go = AtomicBool::new(false);
        let first = run(folder.path(), &all[..9], one, &go, &|_, _| {}).unwrap();
        assert_eq!(first.unwrap().len(), 9);
        // A line is torn.
        let path = folder.path().join(CASES);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, &text[..text.len() - 5]).unwrap();
        let stopped = run(folder.path(), &all, one, &AtomicBool::new(true), &|_, _| {}).unwrap();
        assert_eq!(stopped, None);
        let whole = run(folder.path(), &all, one, &go, &|_, _| {})
            .unwrap()
            .unwrap();
        let numbers: Vec<usize> = whole.iter().map(|k| k.number).collect();
        assert_eq!(numbers, (0..20).collect::<Vec<_>>());
        assert_eq!(asked.lock().unwrap().len(), 21);
    }
}
