//! The program from end to end: what is typed, what comes out, what stands in the folder afterwards.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests are no tests to the lint"
)]

mod copying;
mod front;
mod hostile;
#[cfg(unix)]
mod kill;
mod kit;
mod project;
#[cfg(unix)]
mod proposer;
mod reading;
mod scenes;
mod sequences;
mod series;
mod training;
mod worlds;
