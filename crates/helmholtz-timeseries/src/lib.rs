//! Time series, explained by the kernel of a Gaussian process (HMWS, section 4.1).
//!
//! A program is a kernel expression, `SE*PER1+WN`; its parameters are continuous latents. Every kernel of
//! the grammar is stationary, so that on an even grid a likelihood costs O(n^2) (`toeplitz`).

pub mod config;
mod covariance;
mod dates;
pub mod drawing;
mod edit;
mod elementary;
pub mod evaluate;
pub mod explain;
pub mod expression;
mod fit;
mod fitted;
mod forecast;
pub mod grammar;
mod guide;
pub mod handcrafted;
mod inherit;
pub mod likelihood;
mod mixture;
mod model;
mod normals;
mod options;
mod page;
mod parameters;
mod periodogram;
mod pretrained;
mod product;
mod ranges;
pub mod read;
pub mod scale;
pub mod score;
mod search;
pub mod series;
pub mod standard;
pub mod training;
mod trial;
mod weigh;
pub mod window;
mod words;

pub use config::{Config, Layout};
pub use expression::Expression;
pub use guide::{Encoding, SeriesGuide};
pub use model::SeriesModel;
pub use pretrained::pretrained;
pub use product::SeriesReading;
pub use search::SearchOptions;
pub use series::Series;
pub use training::SeriesDomain;

#[cfg(test)]
mod tests;
