//! Training: one loop for everything that learns.
//!
//! A [`Learner`] turns a batch of observations into a parameter update; [`WakeSleep`] over a model and a
//! guide is one. The [`Trainer`] owns what every learner needs alike: the order of the data, when to
//! stop and why, and observers that report, checkpoint or validate. It knows no model and no domain.

mod checkpoint;
mod draw;
mod filter_settings;
mod filtering;
mod learner;
mod memoised;
mod pair;
mod propose;
mod remember;
mod repeats;
mod selection;
mod step;
mod surrogate;
mod tally;
mod trainer;
mod visit;
mod wake_sleep;

pub(crate) use checkpoint::decode;
pub use checkpoint::{CheckpointError, load, save};
pub use filter_settings::FilterSettings;
pub use filtering::Filtering;
pub use learner::{Learner, Report, State};
pub use trainer::{Control, Limits, Observer, StopReason, Trainer};
pub use visit::{Effort, Found, visit};
pub use wake_sleep::{Phase, WakeSleep};
