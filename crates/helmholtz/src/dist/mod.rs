//! Distributions over rows of numbers, as operations with gradients.

mod bernoulli;
mod discretised;
mod normal;

pub use bernoulli::bernoulli_log_prob;
pub use discretised::discretised_log_prob;
pub use normal::Normal;
