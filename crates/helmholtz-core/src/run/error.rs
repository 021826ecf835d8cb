//! What can be wrong with a run folder, each in one line: where, what, and what to do.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::train::CheckpointError;

/// Why a run cannot be created, read or recorded.
#[derive(Debug, Error)]
pub enum RunError {
    /// A new run was to be put where something is already.
    #[error("{}: the folder is not empty; choose a new one, or resume the run in it", .path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// A new run was to be put into a file.
    #[error("{}: this is a file; name a new or an empty folder", .path.display())]
    NotAFolder {
        /// The file.
        path: PathBuf,
    },
    /// There is no run.
    #[error("{}: not a run folder, there is no config.toml in it; check the path", .path.display())]
    NotARun {
        /// The folder.
        path: PathBuf,
    },
    /// Somebody else is writing.
    #[error("{}: another process is training in this folder; wait for it, or stop it", .path.display())]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// A file of the folder does not say what it should.
    #[error("{}{}: {reason}", .path.display(), line.map(|n| format!(", line {n}")).unwrap_or_default())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, from 1, if it is known.
        line: Option<usize>,
        /// What is wrong and what to do.
        reason: String,
    },
    /// Nothing was learned yet.
    #[error("{}: there is no checkpoint yet; resume the run until it has saved one", .path.display())]
    NoCheckpoint {
        /// The folder.
        path: PathBuf,
    },
    /// No checkpoint can be used.
    #[error(
        "{}: none of the checkpoints can be used, the newest because {reason}; restore what is damaged from a \
         backup, or train anew",
        .path.display()
    )]
    NoUsableCheckpoint {
        /// The folder.
        path: PathBuf,
        /// What is wrong with the newest, and with older ones where that is something else.
        reason: String,
    },
    /// The file system refused.
    #[error("{}: {source}; {}", .path.display(), remedy(source))]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl RunError {
    /// For `map_err`: what the system said about `path`.
    pub(super) fn io(path: &Path) -> impl Fn(io::Error) -> Self + '_ {
        |source| Self::Io {
            path: path.to_owned(),
            source,
        }
    }

    /// A file that does not say what it should.
    pub(super) fn malformed(path: &Path, line: Option<usize>, reason: impl Into<String>) -> Self {
        Self::Malformed {
            path: path.to_owned(),
            line,
            reason: reason.into(),
        }
    }
}

impl From<CheckpointError> for RunError {
    fn from(error: CheckpointError) -> Self {
        match error {
            CheckpointError::Io { path, source } => Self::Io { path, source },
            CheckpointError::Unusable { path, reason } => Self::malformed(&path, None, reason),
        }
    }
}

/// What to do about a refusal of the file system.
fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            "make room, then resume from the last checkpoint"
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "choose a folder that you may write to, or change its mode"
        }
        _ => "check the path",
    }
}
