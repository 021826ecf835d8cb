//! Why a verb could not be done, each in one line: where, what, and what to do.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

use helmholtz_math::error::{SettingError, StateError};

use crate::run::RunError;

/// An error of a reader or of a domain.
pub type Cause = Box<dyn Error + Send + Sync>;

/// Why a verb could not be done.
#[derive(Debug, thiserror::Error)]
pub enum ProductError {
    /// An option that there is not, or whose value does not fit.
    #[error("--{}: {reason}", .option.replace('_', "-"))]
    Option {
        /// The option.
        option: String,
        /// What is wrong and what to do.
        reason: String,
    },
    /// The input cannot be used; the cause says where.
    #[error(transparent)]
    Input(Cause),
    /// What was read does not fit, or there is nothing in it.
    #[error("{place}: {reason}")]
    Unfit {
        /// The file, or a part of it.
        place: String,
        /// What is wrong and what to do.
        reason: String,
    },
    /// A domain does not have this.
    #[error("{reason}")]
    Missing {
        /// What is not there and what there is instead.
        reason: String,
    },
    /// A setting out of range.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// A model that cannot be restored.
    #[error(transparent)]
    State(#[from] StateError),
    /// A run folder that cannot be used.
    #[error(transparent)]
    Run(#[from] RunError),
    /// An answer that cannot be put into words for machines.
    #[error("an answer cannot be written as JSON: {0}")]
    Unwritable(#[from] serde_json::Error),
    /// The file system refused.
    #[error("{}: {source}; check the path", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl ProductError {
    /// A refusal of an option.
    pub fn option(option: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Option {
            option: option.into(),
            reason: reason.into(),
        }
    }

    /// For `map_err`: a reader's error, which says where.
    pub fn input(cause: impl Into<Cause>) -> Self {
        Self::Input(cause.into())
    }

    /// What was read does not fit.
    pub fn unfit(place: impl std::fmt::Display, reason: impl std::fmt::Display) -> Self {
        Self::Unfit {
            place: place.to_string(),
            reason: reason.to_string(),
        }
    }

    /// For `map_err`: what the system said about a file.
    pub fn io(path: &Path) -> impl Fn(io::Error) -> Self + '_ {
        |source| Self::Io {
            path: path.to_owned(),
            source,
        }
    }
}
