//! What can go wrong in an experiment.

use std::path::{Path, PathBuf};

use thiserror::Error;

use helmholtz_core::train::CheckpointError;
use helmholtz_math::error::SettingError;

/// Why an experiment cannot be run.
#[derive(Debug, Error)]
pub enum ExperimentError {
    /// The file of the experiment is no experiment.
    #[error("experiment {name}: {reason}")]
    Spec {
        /// The experiment.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A setting of the experiment makes no sense.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The folder holds another experiment, or this one with other settings.
    #[error(
        "{path}: this folder was begun with other settings; name another with --out, or remove it"
    )]
    OtherSettings {
        /// The file with the settings.
        path: PathBuf,
    },
    /// Another process is at work in the folder.
    #[error(
        "{path}: another process is running this experiment; wait for it, or name another folder with --out"
    )]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// A file of the experiment cannot be read as one.
    #[error("{path}: {reason}; remove the file to measure that cell again")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file cannot be written or read.
    #[error("{path}: {source}; check the folder and the room on the disk")]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// A checkpoint cannot be written.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

impl ExperimentError {
    pub(super) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        |source| Self::Io {
            path: path.to_owned(),
            source,
        }
    }
}
