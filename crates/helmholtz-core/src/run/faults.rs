//! A disk that fails, at every operation that training asks of it in turn: what is left can be gone on with, and ends in the
//! bytes of a run that nothing happened to.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use super::{Cadence, Lock, RunError, RunFolder};
use crate::disk::{Disk, Real};
use crate::train::{Learner, Limits, Report, State, Trainer};
use helmholtz_math::error::StateError;

/// A file system that does what it is asked a number of times, and then fails, once or for good.
#[derive(Debug)]
struct Faulty {
    left: AtomicU64,
    kind: ErrorKind,
    for_good: bool,
    asked: AtomicU64,
}

impl Faulty {
    fn after(count: u64, kind: ErrorKind, for_good: bool) -> Arc<Self> {
        Arc::new(Self {
            left: AtomicU64::new(count),
            kind,
            for_good,
            asked: AtomicU64::new(0),
        })
    }

    fn fails(&self) -> bool {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let left = self.left.load(Ordering::Relaxed);
        let after = match (left, self.for_good) {
            (0, true) => 0,
            (0, false) => u64::MAX,
            _ => left - 1,
        };
        self.left.store(after, Ordering::Relaxed);
        left == 0
    }

    fn then<T>(&self, done: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        match self.fails() {
            true => Err(self.kind.into()),
            false => done(),
        }
    }
}

impl Disk for Faulty {
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        self.then(|| Real.create_folder(path))
    }

    fn append_to(&self, path: &Path) -> io::Result<File> {
        self.then(|| Real.append_to(path))
    }

    fn temporary(
        &self,
        builder: &mut tempfile::Builder<'_, '_>,
        folder: &Path,
    ) -> io::Result<tempfile::NamedTempFile> {
        self.then(|| Real.temporary(builder, folder))
    }

    /// A disk that is full has taken some of it.
    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        if self.fails() {
            file.write_all(&bytes[..bytes.len() / 2])?;
            return Err(self.kind.into());
        }
        Real.write(file, bytes)
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        self.then(|| Real.sync(file))
    }

    fn truncate(&self, file: &File, length: u64) -> io::Result<()> {
        self.then(|| Real.truncate(file, length))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.then(|| Real.rename(from, to))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.then(|| Real.remove(path))
    }
}

/// Six observations, of each of which is kept which steps saw it; its state says how many there were.
#[derive(Clone, Debug, Default, PartialEq)]
struct Diary {
    seen: [Vec<u64>; 6],
    steps: u8,
}

impl Learner for Diary {
    fn items(&self) -> usize {
        self.seen.len()
    }

    fn step(&mut self, items: &[usize], step: u64) -> Report {
        items.iter().for_each(|&i| self.seen[i].push(step));
        self.steps += 1;
        Report {
            bound: step as f64,
            ..Report::default()
        }
    }

    fn save(&self) -> Result<State, StateError> {
        self.save_since(0)
    }

    fn save_since(&self, step: u64) -> Result<State, StateError> {
        let changed = |seen: &&Vec<u64>| step == 0 || seen.last().is_some_and(|s| *s >= step);
        let record = |seen: &Vec<u64>| seen.iter().flat_map(|s| s.to_le_bytes()).collect();
        let records = (0..).zip(&self.seen).filter(|(_, seen)| changed(seen));
        Ok(State {
            bytes: [("steps".to_owned(), vec![self.steps])].into(),
            records: records.map(|(i, seen)| (i, record(seen))).collect(),
            ..State::default()
        })
    }

    fn load(&mut self, state: &State) -> Result<(), StateError> {
        let missing = || StateError::Missing {
            name: "what was seen".into(),
        };
        let mut found = Self::default();
        let steps = state.bytes.get("steps").and_then(|b| b.first());
        found.steps = *steps.ok_or_else(missing)?;
        for (item, seen) in (0..).zip(&mut found.seen) {
            let record = state.records.get(&item).ok_or_else(missing)?;
            let (steps, _) = record.as_chunks();
            *seen = steps.iter().map(|b| u64::from_le_bytes(*b)).collect();
        }
        *self = found;
        Ok(())
    }
}

const STEPS: u64 = 7;

/// Begins a run, or goes on with it, and trains to the end, on a disk.
fn train(disk: Arc<dyn Disk>, path: &Path) -> Result<Diary, RunError> {
    let mut learner = Diary::default();
    let open = RunFolder::on(disk.clone(), path);
    let (run, lock, step): (RunFolder, Lock, u64) = match open.header() {
        Ok(_) => {
            let lock = open.lock()?;
            let step = match open.newest(|state| learner.load(state)) {
                Ok(found) => found.step,
                Err(RunError::NoCheckpoint { .. }) => 0,
                Err(error) => return Err(error),
            };
            (open, lock, step)
        }
        Err(_) => {
            let config = std::collections::BTreeMap::from([("rate", 0.1)]);
            let (run, lock) = open.begin("diaries", &config, (&["a", "b"], None))?;
            (run, lock, 0)
        }
    };
    let cadence = Cadence {
        steps: 2,
        time: Duration::MAX,
        keep: 2,
        slack: 0,
    };
    let mut recorder = run.record(lock, step, cadence)?;
    let mut trainer = Trainer::new(learner, 1, 4, step);
    let idle = AtomicBool::new(false);
    let limits = Limits {
        steps: STEPS,
        time: None,
        interrupt: &idle,
    };
    trainer.run(&limits, &mut recorder)?;
    Ok(trainer.learner)
}

/// The bytes of the last checkpoint, and all records.
fn left(path: &Path) -> (Vec<u8>, State) {
    let run = RunFolder::open(path).unwrap();
    let (step, file) = run.checkpoints().unwrap().swap_remove(0);
    assert_eq!(step, STEPS);
    let state = run.newest(|state| Ok(state.clone())).unwrap().value;
    let metrics = run.metrics().unwrap();
    assert_eq!(metrics.len(), STEPS as usize, "each step once");
    (fs::read(file).unwrap(), state)
}

fn temporaries(path: &Path) -> usize {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let ours = |entry: &fs::DirEntry| crate::files::is_temporary(&entry.file_name());
    entries.filter(ours).count()
}

#[test]
fn whatever_fails_is_told_and_can_be_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let straight = folder.path().join("straight");
    let counting = Faulty::after(u64::MAX, ErrorKind::Other, false);
    let expected = train(counting.clone(), &straight).unwrap();
    let bytes = left(&straight);
    let files = fs::read_dir(straight.join("records")).unwrap();
    let begun = files.filter(|f| {
        !f.as_ref()
            .unwrap()
            .path()
            .ends_with("from-00000002.records")
    });
    assert!(begun.count() > 0, "a second file was begun");
    let operations = counting.asked.load(Ordering::Relaxed);
    assert!(operations > 60, "{operations}");
    let kinds = [
        (ErrorKind::StorageFull, true, "make room"),
        (ErrorKind::ReadOnlyFilesystem, true, "you may write to"),
        (ErrorKind::Other, false, "check the path"),
    ];
    for (kind, for_good, advice) in kinds {
        for count in 0..operations {
            let path = folder.path().join(format!("{kind:?}-{count}"));
            let error = train(Faulty::after(count, kind, for_good), &path).unwrap_err();
            assert!(error.to_string().contains(advice), "{count}: {error}");
            let learned = train(Arc::new(Real), &path).unwrap();
            assert_eq!(learned, expected, "{kind:?} {count}");
            assert_eq!(left(&path), bytes, "{kind:?} {count}");
            for part in ["", "checkpoints", "records"] {
                assert_eq!(temporaries(&path.join(part)), 0, "{count} {part}");
            }
        }
    }
}

/// One that outlives several failures, as on a disk that is full again and again.
#[test]
fn a_run_comes_to_its_end_through_many_failures() {
    let folder = tempfile::tempdir().unwrap();
    let (straight, path) = (folder.path().join("straight"), folder.path().join("run"));
    let expected = train(Arc::new(Real), &straight).unwrap();
    let mut failures = 0;
    let learned = loop {
        match train(
            Faulty::after(20 + failures, ErrorKind::StorageFull, true),
            &path,
        ) {
            Ok(learned) => break learned,
            Err(_) => failures += 1,
        }
    };
    assert!(failures > 3, "{failures}");
    assert_eq!(learned, expected);
    assert_eq!(left(&path), left(&straight));
}
