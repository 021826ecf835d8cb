//! Training: one loop for everything that learns.
//!
//! A [`Learner`] turns a batch of observations into a parameter update; [`WakeSleep`] over a model and a
//! guide is one. The [`Trainer`] owns what every learner needs alike: the order of the data, when to
//! stop and why, and observers that report, checkpoint or validate. It knows no model and no domain.
//!
//! A learner of one's own needs a step and a state that can be saved. This one learns the mean of numbers:
//!
//! ```
//! use helmholtz_core::train::{Learner, Report, State, Trainer};
//! use helmholtz_math::error::StateError;
//!
//! struct Mean { data: Vec<f64>, mean: f64 }
//!
//! impl Learner for Mean {
//!     fn items(&self) -> usize {
//!         self.data.len()
//!     }
//!
//!     fn step(&mut self, items: &[usize], step: u64) -> Report {
//!         let batch: f64 = items.iter().map(|&i| self.data[i]).sum::<f64>() / items.len() as f64;
//!         self.mean += (batch - self.mean) / (step + 1) as f64;
//!         Report { bound: -(batch - self.mean).powi(2), ..Report::default() }
//!     }
//!
//!     fn save(&self) -> Result<State, StateError> {
//!         let mut state = State::default();
//!         state.bytes.insert("mean".into(), self.mean.to_le_bytes().into());
//!         Ok(state)
//!     }
//!
//!     fn load(&mut self, state: &State) -> Result<(), StateError> {
//!         let missing = || StateError::Missing { name: "mean".into() };
//!         let bytes = state.bytes.get("mean").and_then(|b| b[..].try_into().ok());
//!         self.mean = f64::from_le_bytes(bytes.ok_or_else(missing)?);
//!         Ok(())
//!     }
//! }
//!
//! // Two observations a step, every one once in an epoch, in an order that the seed decides.
//! let learner = Mean { data: vec![1.0, 2.0, 3.0, 6.0], mean: 0.0 };
//! let mut trainer = Trainer::new(learner, 1, 2, 0);
//! trainer.advance(2);
//! assert!((trainer.learner.mean - 3.0).abs() < 1e-12);
//! ```
//!
//! The book trains a [`WakeSleep`] in its chapter on a model of one's own, and a [`Filtering`] in that on a state space.

mod beyond;
mod checkpoint;
mod draw;
mod filter_settings;
mod filtering;
mod keeping;
mod learner;
mod memoised;
mod pair;
mod propose;
pub(crate) mod records;
mod remember;
mod repeats;
mod selection;
mod step;
mod surrogate;
mod tally;
mod trainer;
mod wake_sleep;

pub(crate) use checkpoint::{Checkpoint, decode, load_marked, save_without_records};
pub use checkpoint::{CheckpointError, load, save};
pub use filter_settings::FilterSettings;
pub use filtering::Filtering;
pub use learner::{Learner, Report, State};
pub use trainer::{Control, Limits, Observer, StopReason, Trainer};
pub use wake_sleep::{Phase, WakeSleep};
