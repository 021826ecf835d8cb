//! A run is a folder.
//!
//! ```text
//! config.toml      every setting, resolved: the domain, the version of this format, the domain's table
//! data.jsonl       the observations as they are used, so that a run never depends on an outside file
//! metrics.jsonl    a line per step: the bound and what else the learner reports
//! checkpoints/     step-00001000.safetensors: all that the next step depends on; the last few are kept
//! run.json         when it was started, how far it is, why it stopped
//! ```
//!
//! It is all there is to know about a run: what resumes, evaluates or plots it takes the folder and
//! nothing else. Every file is written whole ([`Recorder`] explains the one exception, the metrics, which
//! only grow), and whoever writes holds the [`Lock`]; reading needs neither a lock nor the right to write.
//!
//! The module knows learners and no domain: settings and observations are anything that serialises.

mod checkpoints;
mod error;
mod folder;
mod metrics;
mod recorder;
mod summary;

pub use checkpoints::{Found, Refused};
pub use error::RunError;
pub use folder::{Lock, RunFolder};
pub use metrics::Metric;
pub use recorder::{Cadence, Recorder};
pub use summary::Summary;
