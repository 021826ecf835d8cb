//! Trials of the search for programs of columns.

use std::sync::LazyLock;

use helmholtz_nn::Module;

use super::StringDomain;
use super::alphabet::encode;
use super::config::Config;
use super::data::Concept;
use super::explain::{ExplainOptions, Values, searched};
use super::guide::StringGuide;
use super::model::StringModel;
use helmholtz_core::model::Model;
use helmholtz_core::search::{Confidence, Trial, Tried, compared, known};
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;

/// Fitted by `helmholtz reproduce calibration-strings`.
static CONFIDENCE: LazyLock<Confidence> =
    LazyLock::new(|| Confidence::read(include_str!("confidence.json")));

/// The fewest and the most strings of a column that is drawn.
const FEWEST: usize = 5;
const MOST: usize = 100;

type Pair = (StringModel, StringGuide);

/// Distinct strings in a fixed order, if there are enough to explain.
fn values(model: &StringModel, mut strings: Vec<Vec<u8>>) -> Option<Values> {
    strings.sort_unstable();
    strings.dedup();
    let contamination = ExplainOptions::default().contamination;
    (strings.len() > 1).then(|| Values::new(strings, &model.parameters(), contamination))
}

impl Tried for StringDomain {
    fn drawn(_: &Config, (model, guide): &Pair, number: u64) -> Option<Trial> {
        let (model, guide) = (model.valid(), guide.valid());
        let mut rngs = [Stream::at([0, number, 0, Purpose::Fantasy.tag()])];
        let (program, _) = model.sample_latent(&mut rngs).pop()?;
        let [mut rng] = rngs;
        let count = FEWEST + rng.below(MOST - FEWEST + 1);
        let values = values(&model, model.sample_strings(&program, count, &mut rng))?;
        let (parameters, options) = (model.parameters(), ExplainOptions::default());
        let networks = (&model, &guide);
        searched(
            networks,
            &values,
            &parameters,
            &options,
            |column, budget| known(column, budget, program),
        )
    }

    fn recorded(_: &Config, (model, guide): &Pair, concept: &Concept) -> Option<Trial> {
        let (model, guide) = (model.valid(), guide.valid());
        let all = concept.train.iter().chain(&concept.test);
        let values = values(&model, all.filter_map(|s| encode(s).ok()).collect())?;
        let (parameters, options) = (model.parameters(), ExplainOptions::default());
        let networks = (&model, &guide);
        searched(
            networks,
            &values,
            &parameters,
            &options,
            |column, budget| compared(column, budget),
        )
    }

    fn confidence() -> &'static Confidence {
        &CONFIDENCE
    }
}
