//! Checkpoints by step, the newest first, and what to do with those that cannot be used.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::error::RunError;
use super::folder::RunFolder;
use crate::train;
use crate::train::State;
use crate::train::records::digest;
use helmholtz_math::error::StateError;

const EXTENSION: &str = "safetensors";

/// What the newest usable checkpoint gave.
#[derive(Debug)]
pub struct Found<T> {
    /// The number of steps done.
    pub step: u64,
    /// What was made of it.
    pub value: T,
    /// Newer ones that are torn, damaged or foreign; newest first.
    pub refused: Vec<Refused>,
}

/// A checkpoint that cannot be used.
#[derive(Debug)]
pub struct Refused {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub reason: String,
}

impl RunFolder {
    /// The checkpoints by their names: steps done and file, newest first.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn checkpoints(&self) -> Result<Vec<(u64, PathBuf)>, RunError> {
        numbered(&self.checkpoints_path(), "step", EXTENSION)
    }

    /// The newest checkpoint from which `restore` makes something. A run that was killed while the disk
    /// was full may end in a torn one; then the one before is used, and the caller can say so.
    ///
    /// # Errors
    /// When there is no checkpoint, or none that can be used.
    pub fn newest<T>(
        &self,
        restore: impl FnMut(&State) -> Result<T, StateError>,
    ) -> Result<Found<T>, RunError> {
        self.newest_with(true, restore)
    }

    /// The same for whoever needs no records of observations, such as memories: they are not read.
    ///
    /// # Errors
    /// As [`RunFolder::newest`].
    pub fn newest_weights<T>(
        &self,
        restore: impl FnMut(&State) -> Result<T, StateError>,
    ) -> Result<Found<T>, RunError> {
        self.newest_with(false, restore)
    }

    fn newest_with<T>(
        &self,
        records: bool,
        mut restore: impl FnMut(&State) -> Result<T, StateError>,
    ) -> Result<Found<T>, RunError> {
        let mut refused: Vec<Refused> = Vec::new();
        for (step, path) in self.checkpoints()? {
            let state = self.state(step, &path, records);
            match state.and_then(|state| restore(&state).map_err(|e| e.to_string())) {
                Ok(value) => {
                    return Ok(Found {
                        step,
                        value,
                        refused,
                    });
                }
                Err(reason) => refused.push(Refused { path, reason }),
            }
        }
        let path = self.path().to_owned();
        if refused.is_empty() {
            return Err(RunError::NoCheckpoint { path });
        }
        let mut reasons: Vec<String> = refused.into_iter().map(|r| r.reason).collect();
        reasons.dedup();
        let reason = reasons.join(", and an older one because ");
        Err(RunError::NoUsableCheckpoint { path, reason })
    }

    /// The state of a checkpoint, with its records if they are asked for; or in words why it cannot be used.
    fn state(&self, step: u64, path: &Path, records: bool) -> Result<State, String> {
        let found = train::load_marked(path).map_err(|error| match error {
            train::CheckpointError::Io { source, .. } => source.to_string(),
            train::CheckpointError::Unusable { reason, .. } => reason,
        })?;
        let train::Checkpoint {
            step: inside,
            mut state,
            records: expected,
        } = found;
        if inside != step {
            return Err(format!("it is of step {inside}, whatever its name says"));
        }
        if let Some(expected) = expected.filter(|_| records) {
            state.records = self.records(step).map_err(|error| error.to_string())?;
            if digest(&state.records) != expected {
                let place = self.records_path();
                return Err(format!(
                    "the records of its observations in {} are damaged",
                    place.display()
                ));
            }
        }
        Ok(state)
    }

    /// The file of the checkpoint after `step` steps.
    pub(super) fn checkpoint(&self, step: u64) -> PathBuf {
        self.checkpoints_path()
            .join(format!("step-{step:08}.{EXTENSION}"))
    }

    /// Renames checkpoints beyond `step`: they no longer count, and their weights are not lost.
    pub(super) fn set_aside_beyond(&self, step: u64) -> Result<(), RunError> {
        for (_, path) in self
            .checkpoints()?
            .into_iter()
            .take_while(|(s, _)| *s > step)
        {
            let aside = path.with_extension(format!("{EXTENSION}.unusable"));
            let done = self.disk().rename(&path, &aside);
            done.map_err(RunError::io(&path))?;
        }
        Ok(())
    }

    /// Removes all but the newest `keep` checkpoints; tells the step of the oldest that is left.
    pub(super) fn prune(&self, keep: usize) -> Result<Option<u64>, RunError> {
        let all = self.checkpoints()?;
        let (kept, old) = all.split_at(keep.min(all.len()));
        for (_, path) in old {
            match self.disk().remove(path) {
                Err(e) if e.kind() == ErrorKind::NotFound => {}
                done => done.map_err(RunError::io(path))?,
            }
        }
        Ok(kept.last().map(|(step, _)| *step))
    }
}

/// Files of a folder whose names are a word and a step, such as `step-00000100.safetensors`: steps and files, the newest
/// first. There are none where there is no folder.
pub(super) fn numbered(
    folder: &Path,
    word: &str,
    extension: &str,
) -> Result<Vec<(u64, PathBuf)>, RunError> {
    let entries = match fs::read_dir(folder) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(vec![]),
        entries => entries.map_err(RunError::io(folder))?,
    };
    let paths = entries.flatten().map(|entry| entry.path());
    let mut all: Vec<(u64, PathBuf)> = paths
        .filter_map(|path| Some((number_of(&path, word, extension)?, path)))
        .collect();
    all.sort_unstable_by(|a, b| b.cmp(a));
    Ok(all)
}

/// The step in a name; `None` for other files.
fn number_of(path: &Path, word: &str, extension: &str) -> Option<u64> {
    let found = path.extension()?.to_str()?;
    let number = path.file_stem()?.to_str()?.strip_prefix(word)?;
    let number = number.strip_prefix('-')?;
    (found == extension).then(|| number.parse().ok())?
}
