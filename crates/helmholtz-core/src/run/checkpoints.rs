//! Checkpoints by step, the newest first, and what to do with those that cannot be used.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::error::RunError;
use super::folder::RunFolder;
use crate::train;
use crate::train::State;
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
        let folder = self.checkpoints_path();
        let entries = match fs::read_dir(&folder) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(vec![]),
            entries => entries.map_err(RunError::io(&folder))?,
        };
        let paths = entries.flatten().map(|entry| entry.path());
        let mut all: Vec<(u64, PathBuf)> = paths
            .filter_map(|path| Some((step_of(&path)?, path)))
            .collect();
        all.sort_unstable_by(|a, b| b.cmp(a));
        Ok(all)
    }

    /// The newest checkpoint from which `restore` makes something. A run that was killed while the disk
    /// was full may end in a torn one; then the one before is used, and the caller can say so.
    ///
    /// # Errors
    /// When there is no checkpoint, or none that can be used.
    pub fn newest<T>(
        &self,
        mut restore: impl FnMut(&State) -> Result<T, StateError>,
    ) -> Result<Found<T>, RunError> {
        let mut refused: Vec<Refused> = Vec::new();
        for (step, path) in self.checkpoints()? {
            match usable(step, &path, &mut restore) {
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
        Err(match refused.into_iter().next() {
            None => RunError::NoCheckpoint { path },
            Some(Refused { reason, .. }) => RunError::NoUsableCheckpoint { path, reason },
        })
    }

    /// The file of the checkpoint after `step` steps.
    pub(super) fn checkpoint(&self, step: u64) -> PathBuf {
        self.checkpoints_path()
            .join(format!("step-{step:08}.{EXTENSION}"))
    }

    /// Renames checkpoints beyond `step`, so that they neither count nor are lost.
    pub(super) fn set_aside_beyond(&self, step: u64) -> Result<(), RunError> {
        for (_, path) in self
            .checkpoints()?
            .into_iter()
            .take_while(|(s, _)| *s > step)
        {
            let aside = path.with_extension(format!("{EXTENSION}.unusable"));
            fs::rename(&path, aside).map_err(RunError::io(&path))?;
        }
        Ok(())
    }

    /// Removes all but the newest `keep` checkpoints.
    pub(super) fn prune(&self, keep: usize) -> Result<(), RunError> {
        for (_, path) in self.checkpoints()?.into_iter().skip(keep) {
            fs::remove_file(&path).map_err(RunError::io(&path))?;
        }
        Ok(())
    }
}

/// The step in a checkpoint's name; `None` for other files.
fn step_of(path: &Path) -> Option<u64> {
    let extension = path.extension()?.to_str()?;
    let step = path.file_stem()?.to_str()?.strip_prefix("step-")?;
    (extension == EXTENSION).then(|| step.parse().ok())?
}

/// What `restore` makes of a checkpoint, or in words why it cannot be used.
fn usable<T>(
    step: u64,
    path: &Path,
    restore: &mut impl FnMut(&State) -> Result<T, StateError>,
) -> Result<T, String> {
    let (inside, state) = train::load(path).map_err(|error| match error {
        train::CheckpointError::Io { source, .. } => source.to_string(),
        train::CheckpointError::Unusable { reason, .. } => reason,
    })?;
    if inside != step {
        return Err(format!("it is of step {inside}, whatever its name says"));
    }
    restore(&state).map_err(|error| error.to_string())
}
