//! Trials of the search for kernels.

use std::sync::LazyLock;

use helmholtz_nn::Module;

use super::config::Config;
use super::guide::SeriesGuide;
use super::model::SeriesModel;
use super::search::{SearchOptions, Searched};
use super::series::Series;
use super::training::SeriesDomain;
use helmholtz_core::search::{Confidence, Trial, Tried, compared, known, made};

/// Fitted by `helmholtz reproduce calibration-series`.
static CONFIDENCE: LazyLock<Confidence> =
    LazyLock::new(|| Confidence::read(include_str!("confidence.json")));

type Pair = (SeriesModel, SeriesGuide);

impl Tried for SeriesDomain {
    fn drawn(_: &Config, (model, guide): &Pair, number: u64) -> Option<Trial> {
        let (model, guide) = (model.valid(), guide.valid());
        let (kernel, series) = made(&model, number)?;
        let options = SearchOptions::default();
        let searched = Searched::new((&model, &guide), &series, &options);
        known(&searched, &options.budget, kernel)
    }

    fn recorded(_: &Config, (model, guide): &Pair, series: &Series) -> Option<Trial> {
        let (model, guide) = (model.valid(), guide.valid());
        let options = SearchOptions::default();
        let searched = Searched::new((&model, &guide), series, &options);
        compared(&searched, &options.budget)
    }

    fn confidence() -> &'static Confidence {
        &CONFIDENCE
    }
}
