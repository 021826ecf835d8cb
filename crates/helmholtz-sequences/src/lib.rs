//! Sequences with a latent per step: music, speech, and any stream of numbers (AVF, section 4).
//!
//! The models are deep state-space models, [`Srnn`] and [`Vrnn`]; each can be filtered by the iterative network that
//! serves all models ([`helmholtz_core::filter::IterativeNet`]), or by the network that it was published with
//! ([`Direct`]).

pub mod audio;
pub mod builtin;
pub mod config;
mod direct;
pub mod drawing;
pub mod evaluate;
pub mod explain;
mod follow;
pub mod lines;
pub mod mat;
pub mod medium;
pub mod midi;
pub mod music;
pub mod networks;
mod output;
mod product;
pub mod read;
pub mod recording;
mod recurrent;
mod samples;
mod sphere;
mod srnn;
mod synth;
pub mod training;
mod vrnn;

pub use config::{Config, Grid, InferenceKind, ModelKind, Scaling, Validation};
pub use direct::Direct;
pub use follow::{Expected, Follow, Followed};
pub use medium::{Medium, Music, Numbers, Speech};
pub use networks::{SequenceFilter, SequenceNetworks};
pub use output::{Expectation, Observable, Output};
pub use recording::{Part, Recording, Sound, hold_out, of_part};
pub use recurrent::RecurrentState;
pub use srnn::{Srnn, SrnnSizes, SrnnState};
pub use training::{MusicDomain, SequenceLearner, Sequences, SpeechDomain, StreamDomain};
pub use vrnn::{Vrnn, VrnnSizes};

#[cfg(test)]
mod tests;
