//! A run is a folder.
//!
//! ```text
//! config.toml      every setting, resolved: the domain, the version of this format, the domain's table
//! data.jsonl       the observations as they are used, unless the settings say where they are read from again
//! metrics.jsonl    a line per step: the bound and what else the learner reports
//! checkpoints/     step-00001000.safetensors: all that the next step depends on; the last few are kept
//! records/         from-00001000.records: what is kept of single observations, such as memories, as it changes
//! run.json         when it was started, how far it is, why it stopped
//! ```
//!
//! It is all there is to know about a run: what resumes, evaluates or plots it takes the folder and, where the data were not
//! copied, the files that they are read from; others than those it began with are refused. Every file is written whole
//! ([`Recorder`] explains the exceptions, metrics and records, which grow), and whoever writes holds the [`Lock`]; reading needs neither a lock nor the right to write.
//!
//! The module knows learners and no domain: settings and observations are anything that serialises.
//!
//! ```
//! use helmholtz_core::run::RunFolder;
//! use std::collections::BTreeMap;
//!
//! let folder = tempfile::tempdir()?;
//! let settings = BTreeMap::from([("rate", 0.1)]);
//! let (run, lock) = RunFolder::create(&folder.path().join("first"), "means", &settings, &[1.0, 2.5])?;
//! // Who writes holds the lock; who reads needs the path alone.
//! assert_eq!(RunFolder::open(run.path())?.data::<f64>()?, [1.0, 2.5]);
//! assert!(RunFolder::open(run.path())?.lock().is_err());
//! drop(lock);
//! assert!(run.lock().is_ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod checkpoints;
mod data;
mod error;
#[cfg(test)]
mod faults;
mod folder;
mod metrics;
mod recorder;
mod records;
mod summary;

pub use checkpoints::{Found, Refused};
pub use data::{Origin, is_larger};
pub use error::RunError;
pub use folder::{Lock, RunFolder};
pub use metrics::Metric;
pub use recorder::{Cadence, Recorder};
pub use summary::Summary;
