//! Run folders, with a learner that only counts.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests are no tests to the lint"
)]

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use helmholtz_core::run::{Cadence, Lock, RunError, RunFolder};
use helmholtz_core::train::{Learner, Limits, Report, State, StopReason, Trainer};
use helmholtz_math::error::StateError;
use serde::{Deserialize, Serialize};
use tempfile::{TempDir, tempdir};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    table: Option<Part>,
    rate: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Part {
    size: usize,
}

/// Its state is the number of steps; its bound is not there before step 2.
#[derive(Default)]
struct Counter(u8);

impl Learner for Counter {
    fn items(&self) -> usize {
        3
    }

    fn step(&mut self, _items: &[usize], step: u64) -> Report {
        self.0 += 1;
        let bound = if step < 2 { f64::NAN } else { -(step as f64) };
        Report {
            bound,
            numbers: [("evaluations", 7.0)].into(),
            ..Report::default()
        }
    }

    fn save(&self) -> Result<State, StateError> {
        Ok(State {
            bytes: [("count".to_owned(), vec![self.0])].into(),
            ..State::default()
        })
    }

    fn load(&mut self, state: &State) -> Result<(), StateError> {
        let missing = || StateError::Missing {
            name: "count".into(),
        };
        self.0 = *state
            .bytes
            .get("count")
            .and_then(|b| b.first())
            .ok_or_else(missing)?;
        Ok(())
    }
}

fn config() -> Config {
    Config {
        table: Some(Part { size: 3 }),
        rate: 0.1,
    }
}

fn create(path: &Path) -> Result<(RunFolder, Lock), RunError> {
    RunFolder::create(path, "toys", &config(), &["a", "b\n", "c"])
}

fn new_run() -> (TempDir, RunFolder) {
    let folder = tempdir().unwrap();
    let (run, _) = create(&folder.path().join("run")).unwrap();
    (folder, run)
}

const CADENCE: Cadence = Cadence {
    steps: 2,
    time: Duration::MAX,
    keep: 2,
    slack: 1 << 20,
};

/// Trains from the newest usable checkpoint, or from the start, to `steps`.
fn train(run: &RunFolder, steps: u64) -> (u64, StopReason) {
    let mut learner = Counter::default();
    let step = run
        .newest(|state| learner.load(state))
        .map_or(0, |found| found.step);
    let mut recorder = run.record(run.lock().unwrap(), step, CADENCE).unwrap();
    let mut trainer = Trainer::new(learner, 1, 2, step);
    let idle = AtomicBool::new(false);
    let limits = Limits {
        steps,
        time: None,
        interrupt: &idle,
    };
    let reason = trainer.run(&limits, &mut recorder).unwrap();
    assert_eq!(
        u64::from(trainer.learner.0),
        steps,
        "the state went on where it was"
    );
    (step, reason)
}

fn steps_of(run: &RunFolder) -> Vec<u64> {
    run.checkpoints()
        .unwrap()
        .into_iter()
        .map(|(step, _)| step)
        .collect()
}

#[test]
fn what_a_run_was_created_with_comes_back() {
    let (_folder, run) = new_run();
    let run = RunFolder::open(run.path()).unwrap();
    assert_eq!(run.config::<Config>("toys").unwrap(), config());
    assert_eq!(run.data::<String>().unwrap(), ["a", "b\n", "c"]);
    assert_eq!(
        (run.metrics().unwrap(), run.summary().unwrap()),
        (vec![], None)
    );
    let other = run.config::<Config>("strings").unwrap_err().to_string();
    assert!(other.contains("a run of `toys`"), "{other}");
}

#[test]
fn a_run_is_not_put_where_something_is() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("thesis.tex"), "irreplaceable").unwrap();
    assert!(matches!(
        create(folder.path()),
        Err(RunError::NotEmpty { .. })
    ));
    fs::remove_file(folder.path().join("thesis.tex")).unwrap();
    assert!(
        create(folder.path()).is_ok(),
        "the refusal left nothing that is in the way"
    );
    train(&RunFolder::open(folder.path()).unwrap(), 3);
    assert!(matches!(
        create(folder.path()),
        Err(RunError::NotEmpty { .. })
    ));
}

/// A process may be killed after each of the first writes, and then the same command begins anew.
#[test]
fn what_was_killed_before_its_first_checkpoint_is_begun_anew() {
    let temporary = ".helmholtz-abc.part";
    let first = [".lock", "data.jsonl", "config.toml"]; // in the order in which they are written
    for written in 1..=first.len() {
        let folder = tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        drop(create(folder.path()).unwrap());
        let missing = &first[written..];
        missing
            .iter()
            .for_each(|name| fs::remove_file(at(name)).unwrap());
        fs::write(at(temporary), "half").unwrap();
        if missing.is_empty() {
            fs::create_dir(at("checkpoints")).unwrap();
            fs::write(at("checkpoints").join(temporary), "half").unwrap();
            fs::write(at("metrics.jsonl"), "{\"step\": 1, \"sec").unwrap();
        }
        let (run, lock) = create(folder.path()).unwrap();
        assert_eq!(run.data::<String>().unwrap(), ["a", "b\n", "c"]);
        assert!(matches!(create(folder.path()), Err(RunError::Busy { .. })));
        drop(lock);
        train(&run, 3);
        assert_eq!(steps_of(&run)[0], 3);
        assert!(!at(temporary).exists() && !at("checkpoints").join(temporary).exists());
    }
}

/// Nothing is taken for ours that differs from what is to be written by a byte.
#[test]
fn what_may_be_somebodys_is_left_as_it_is() {
    for (name, content) in [
        ("data.jsonl", "theirs"),
        ("config.toml", "theirs"),
        ("metrics.jsonl", "theirs"),
        ("run.json", "theirs"),
        ("thesis.tex", "irreplaceable"),
        ("checkpoints/step-00000003.safetensors", "learned"),
    ] {
        for begun in [false, true] {
            let folder = tempdir().unwrap();
            let theirs = folder.path().join(name);
            if begun {
                drop(create(folder.path()).unwrap());
            }
            fs::create_dir_all(theirs.parent().unwrap()).unwrap();
            fs::write(&theirs, content).unwrap();
            let may_begin = begun && matches!(name, "metrics.jsonl" | "run.json");
            assert_eq!(create(folder.path()).is_ok(), may_begin, "{name} {begun}");
            assert_eq!(fs::read_to_string(&theirs).unwrap(), content, "{name}");
            assert_eq!(folder.path().join(".lock").exists(), begun, "{name}");
        }
    }
    // A run that has learned something, whose checkpoints somebody has moved.
    let (folder, run) = new_run();
    train(&run, 3);
    fs::remove_dir_all(run.path().join("checkpoints")).unwrap();
    assert!(matches!(create(run.path()), Err(RunError::NotEmpty { .. })));
    assert_eq!(run.metrics().unwrap().len(), 3);
    drop(folder);
}

#[test]
fn settings_that_cannot_be_written_leave_no_folder() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("run");
    // The format knows no null.
    assert!(RunFolder::create(&path, "toys", &(), &["a"]).is_err());
    assert!(!path.exists());
}

#[test]
fn what_is_no_run_is_refused() {
    let folder = tempdir().unwrap();
    for path in [folder.path().to_owned(), folder.path().join("missing")] {
        assert!(matches!(
            RunFolder::open(&path),
            Err(RunError::NotARun { .. })
        ));
    }
    let write = |text: &str| fs::write(folder.path().join("config.toml"), text).unwrap();
    write("domain = \"toys\"\nversion = 99\n");
    let newer = RunFolder::open(folder.path()).unwrap_err().to_string();
    assert!(newer.contains("format 99 is newer"), "{newer}");
    write("domain = \"toys\"\nversion = 1\n[toys]\nrate = 1.0\nspeed = 2\n");
    let unknown = RunFolder::open(folder.path())
        .unwrap()
        .config::<Config>("toys")
        .unwrap_err();
    assert!(
        unknown.to_string().contains("unknown field `speed`"),
        "{unknown}"
    );
    write("domain = \"toys\"\nversion =\n");
    let torn = RunFolder::open(folder.path()).unwrap_err().to_string();
    assert!(torn.contains("line 2") && !torn.contains('\n'), "{torn}");
}

#[test]
fn one_process_at_a_time_trains_in_a_folder() {
    let (_folder, run) = new_run();
    let lock = run.lock().unwrap();
    assert!(matches!(run.lock(), Err(RunError::Busy { .. })));
    drop(lock);
    assert!(run.lock().is_ok(), "a lock ends with its holder");
}

#[test]
fn metrics_and_checkpoints_are_recorded_and_the_last_few_kept() {
    let (_folder, run) = new_run();
    assert!(matches!(
        run.newest(|_| Ok(())),
        Err(RunError::NoCheckpoint { .. })
    ));
    assert_eq!(train(&run, 7), (0, StopReason::Steps));
    assert_eq!(steps_of(&run), [7, 6]);
    let metrics = run.metrics().unwrap();
    assert_eq!(
        metrics.iter().map(|m| m.step).collect::<Vec<_>>(),
        [1, 2, 3, 4, 5, 6, 7]
    );
    assert_eq!((metrics[1].bound, metrics[6].bound), (None, Some(-6.0)));
    assert_eq!(metrics[0].numbers["evaluations"], Some(7.0));
    let summary = run.summary().unwrap().unwrap();
    assert_eq!(
        (summary.step, summary.stopped),
        (7, Some(StopReason::Steps))
    );
    assert!(
        summary
            .finished
            .is_some_and(|finished| finished >= summary.started)
    );
}

#[test]
fn a_resumed_run_has_each_metric_once_and_time_goes_on() {
    let (_folder, run) = new_run();
    train(&run, 3);
    let started = run.summary().unwrap().unwrap().started;
    // What a process that was killed after step 4 leaves behind: a line without a checkpoint, a torn one.
    let path = run.path().join("metrics.jsonl");
    let mut text = fs::read_to_string(&path).unwrap();
    text.push_str("{\"step\":4,\"seconds\":90.0,\"bound\":1.0}\n{\"step\":5,\"sec");
    fs::write(&path, text).unwrap();
    assert_eq!(
        run.metrics().unwrap().len(),
        4,
        "a torn last line is left out"
    );
    assert_eq!(train(&run, 6), (3, StopReason::Steps));
    let metrics = run.metrics().unwrap();
    assert_eq!(
        metrics.iter().map(|m| m.step).collect::<Vec<_>>(),
        [1, 2, 3, 4, 5, 6]
    );
    assert!(metrics.is_sorted_by(|a, b| a.seconds <= b.seconds) && metrics[5].seconds < 90.0);
    assert_eq!(run.summary().unwrap().unwrap().started, started);
}

#[test]
fn a_torn_checkpoint_is_passed_over_and_set_aside() {
    let (_folder, run) = new_run();
    train(&run, 5);
    let newest = run.path().join("checkpoints/step-00000005.safetensors");
    let bytes = fs::read(&newest).unwrap();
    fs::write(&newest, &bytes[..bytes.len() - 1]).unwrap();
    let found = run.newest(|_| Ok(())).unwrap();
    assert_eq!((found.step, found.refused.len()), (4, 1));
    assert_eq!(found.refused[0].path, newest);
    assert_eq!(train(&run, 6).0, 4);
    assert_eq!(steps_of(&run), [6, 4]);
    assert!(newest.with_extension("safetensors.unusable").exists());
}

#[test]
fn a_checkpoint_under_a_wrong_name_or_of_another_learner_is_refused() {
    let (_folder, run) = new_run();
    train(&run, 2);
    let folder = run.path().join("checkpoints");
    fs::copy(
        folder.join("step-00000002.safetensors"),
        folder.join("step-00000009.safetensors"),
    )
    .unwrap();
    let found = run.newest(|_| Ok(())).unwrap();
    assert!(found.step == 2 && found.refused[0].reason.contains("of step 2"));
    let foreign = |_: &State| {
        Err::<(), _>(StateError::Missing {
            name: "model.x".into(),
        })
    };
    let error = run.newest(foreign).unwrap_err().to_string();
    assert!(
        error.contains("none of the checkpoints") && error.contains("of step 2"),
        "{error}"
    );
}

#[test]
fn a_broken_line_is_named_by_its_number() {
    let (_folder, run) = new_run();
    fs::write(run.path().join("data.jsonl"), "\"a\"\n[3\n").unwrap();
    assert!(
        run.data::<String>()
            .unwrap_err()
            .to_string()
            .contains("data.jsonl, line 2")
    );
    fs::write(run.path().join("metrics.jsonl"), "nonsense\n").unwrap();
    assert!(
        run.metrics()
            .unwrap_err()
            .to_string()
            .contains("metrics.jsonl, line 1")
    );
}
