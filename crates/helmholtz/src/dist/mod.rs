//! Distributions over rows of numbers, as operations with gradients.

mod bernoulli;
mod discretised;
mod head;
mod nade;
mod normal;

pub use bernoulli::bernoulli_log_prob;
pub use discretised::discretised_log_prob;
pub(crate) use head::{GaussianHead, LOG_VARIANCE};
pub(crate) use nade::{Joint, Nade};
pub use normal::Normal;
