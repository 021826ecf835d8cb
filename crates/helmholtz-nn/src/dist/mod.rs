//! Distributions over rows of numbers, as operations with gradients.

mod bernoulli;
mod discretised;
mod head;
mod nade;
mod normal;

pub use bernoulli::bernoulli_log_prob;
pub use discretised::discretised_log_prob;
pub use head::{GaussianHead, LOG_VARIANCE};
pub use nade::{Joint, Nade};
pub use normal::Normal;
