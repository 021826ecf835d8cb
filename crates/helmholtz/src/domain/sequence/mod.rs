//! Sequences with a latent per step: music, speech, and any stream of numbers (AVF, section 4).
//!
//! The models are deep state-space models, [`Srnn`] and [`Vrnn`]; each can be filtered by the iterative network that
//! serves all models ([`crate::filter::IterativeNet`]), or by the network that it was published with
//! ([`Direct`]).

mod direct;
pub mod music;
mod output;
mod recurrent;
mod srnn;
mod vrnn;

pub use direct::Direct;
pub use output::{Expectation, Observable, Output};
pub use recurrent::RecurrentState;
pub use srnn::{Srnn, SrnnSizes, SrnnState};
pub use vrnn::{Vrnn, VrnnSizes};

#[cfg(test)]
mod tests;
