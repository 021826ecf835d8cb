//! Time series, explained by the kernel of a Gaussian process (HMWS, section 4.1).
//!
//! A program is a kernel expression, `SE*PER1+WN`; its parameters are continuous latents. Every kernel of
//! the grammar is stationary, so that on an even grid a likelihood costs O(n^2) (`toeplitz`).

mod covariance;
mod dense;
pub mod expression;
pub mod grammar;
mod likelihood;
pub mod series;
mod toeplitz;
pub mod window;
