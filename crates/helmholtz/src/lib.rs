//! helmholtz
pub mod algorithm;
pub mod data;
pub mod domain;
pub mod error;
pub mod estimator;
pub mod guide;
pub mod memory;
pub mod model;
pub mod nn;
pub mod random;
pub mod train;
