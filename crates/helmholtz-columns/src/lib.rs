//! A language for real columns: formats over Unicode with counts, each with a share of a column's rows, and the exact
//! probability of the rows under it.
//!
//! - programs: [`class`], [`format`](mod@format) and [`syntax`];
//! - the probability of a text under a format: [`Format::log_prob`](format::Format::log_prob);
//! - the probability of a column's rows under a program: [`rows`]; that of a program:
//!   [`Program::log_prior`](format::Program::log_prior);
//! - the best programs of a column: [`search`].

mod accident;
pub mod class;
mod density;
pub mod export;
mod fit;
pub mod format;
mod matching;
pub mod names;
mod odd;
pub mod predict;
mod prior;
pub mod rows;
pub mod sample;
pub mod search;
mod shapes;
pub mod syntax;
#[cfg(test)]
mod testing;
mod urn;
mod variants;
