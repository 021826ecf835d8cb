//! How well a model predicts data that it has not seen.

use std::fmt::{self, Display};

use helmholtz_nn::Module;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Ready;
use crate::evidence::importance;
use crate::product::{Answer, Call, Options, Outcome, ProductError, Read, Sink};

/// Options of evaluating.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, bound(deserialize = "R: Options"))]
pub(super) struct Evaluate<R: Options> {
    #[serde(flatten)]
    reading: R,
    /// Importance samples per observation: the more, the tighter the bound
    #[schemars(range(min = 1, max = 100_000))]
    particles: usize,
    /// The seed of the samples
    seed: u64,
}

impl<R: Options> Default for Evaluate<R> {
    fn default() -> Self {
        Self {
            reading: R::default(),
            particles: 100,
            seed: 1,
        }
    }
}

/// How well a model predicts data that it has not seen.
#[derive(Debug, PartialEq, Serialize)]
struct Measured {
    /// Observations.
    observations: usize,
    /// Those that no draw of the guide explains; the mean is of the others.
    unexplained: usize,
    /// Importance samples per observation.
    particles: usize,
    /// The mean of the bounds of log p(x), nats per observation; where there is one.
    log_evidence: Option<f64>,
    /// Its standard error over observations, where there are two.
    standard_error: Option<f64>,
}

impl Measured {
    fn new(bounds: &[f64], particles: usize) -> Self {
        let finite: Vec<f64> = bounds.iter().copied().filter(|b| b.is_finite()).collect();
        let n = finite.len() as f64;
        let mean = finite.iter().sum::<f64>() / n;
        let squares: f64 = finite.iter().map(|b| (b - mean).powi(2)).sum();
        Self {
            observations: bounds.len(),
            unexplained: bounds.len() - finite.len(),
            particles,
            log_evidence: (!finite.is_empty()).then_some(mean),
            standard_error: (finite.len() > 1).then(|| (squares / (n - 1.0) / n).sqrt()),
        }
    }

    fn doubt(&self) -> Option<String> {
        (self.unexplained > 0).then(|| {
            let Self { unexplained, observations, .. } = self;
            format!("{unexplained} of {observations} observations are explained by no draw of the guide, and not counted")
        })
    }
}

impl Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counted = self.observations - self.unexplained;
        writeln!(f, "observations  {counted}")?;
        match (self.log_evidence, self.standard_error) {
            (None, _) => writeln!(f, "log evidence  unknown")?,
            (Some(mean), None) => writeln!(f, "log evidence  at least {mean:.3} nats")?,
            (Some(mean), Some(error)) => writeln!(
                f,
                "log evidence  at least {mean:.3}, standard error {error:.3}, nats per observation"
            )?,
        }
        writeln!(
            f,
            "by            {} importance samples each",
            self.particles
        )
    }
}

pub(super) fn evaluated<D: Ready>(
    call: &Call<'_, D>,
    options: &Evaluate<D::Reading>,
    sink: &mut Sink<'_>,
) -> Result<Outcome, ProductError> {
    let Read {
        observations,
        account,
    } = D::read(call.input, &options.reading, &call.loaded.config)?;
    let (model, guide) = &call.loaded.networks;
    let all: Vec<&D::Datum> = observations.iter().collect();
    let bounds = importance(
        &model.valid(),
        &guide.valid(),
        &all,
        options.particles,
        options.seed,
    );
    let measured = Measured::new(&bounds, options.particles);
    let answer = Answer::measured(&measured)?.with_doubt(measured.doubt().as_deref());
    let _ = sink(answer.covering(&account));
    Ok(Outcome::of(account))
}
