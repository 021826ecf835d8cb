//! How a series is explained.

use super::scale::Scale;
use super::search::SearchOptions;
use super::training::SeriesDomain;
use helmholtz_core::search::{Confidence, Tried};

/// How to explain.
#[derive(Clone, Debug)]
pub struct ExplainOptions {
    /// Kernels that are told.
    pub programs: usize,
    /// Values forecast; a fifth of the series if not given.
    pub horizon: Option<usize>,
    /// The probability that a forecast value is below its interval, and above.
    pub tail: f64,
    /// The scale; the more probable one if not given.
    pub scale: Option<Scale>,
    /// The search.
    pub search: SearchOptions,
    /// How far it is trusted.
    pub confidence: &'static Confidence,
}

impl Default for ExplainOptions {
    fn default() -> Self {
        Self {
            programs: 20,
            horizon: None,
            tail: 0.05,
            scale: None,
            search: SearchOptions::default(),
            confidence: SeriesDomain::confidence(),
        }
    }
}
