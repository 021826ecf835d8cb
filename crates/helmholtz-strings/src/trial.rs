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
use super::program::Regex;
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

/// Strings, if there are enough to explain.
fn values(model: &StringModel, strings: Vec<Vec<u8>>) -> Option<Values> {
    let contamination = ExplainOptions::default().contamination;
    (strings.len() > 1).then(|| Values::new(strings, &model.parameters(), contamination))
}

/// A string as the model of a column has it: of its program, or now and then of another.
fn drawn(model: &StringModel, program: &Regex, rng: &mut Stream) -> Option<Vec<u8>> {
    let foreign = match rng.uniform() < ExplainOptions::default().contamination {
        true => Values::foreign(rng),
        false => None,
    };
    let program = foreign.as_ref().unwrap_or(program);
    model.sample_strings(program, 1, rng).pop()
}

impl Tried for StringDomain {
    fn drawn(_: &Config, (model, guide): &Pair, number: u64) -> Option<Trial> {
        let (model, guide) = (model.valid(), guide.valid());
        let mut rngs = [Stream::at([0, number, 0, Purpose::Fantasy.tag()])];
        let (program, _) = model.sample_latent(&mut rngs).pop()?;
        let [mut rng] = rngs;
        let count = FEWEST + rng.below(MOST - FEWEST + 1);
        let strings = (0..count).filter_map(|_| drawn(&model, &program, &mut rng));
        let values = values(&model, strings.collect())?;
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
        let mut strings: Vec<Vec<u8>> = all.filter_map(|s| encode(s).ok()).collect();
        strings.sort_unstable();
        strings.dedup();
        let values = values(&model, strings)?;
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
