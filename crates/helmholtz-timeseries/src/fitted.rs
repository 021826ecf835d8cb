//! Kernels found for a series, with draws of their parameters: a weighted posterior.

use rayon::prelude::*;

use super::forecast::{Posterior, Prediction};
use super::guide::SeriesGuide;
use super::mixture::Mixture;
use super::model::SeriesModel;
use super::options::ExplainOptions;
use super::read::NamedSeries;
use super::scale::Scale;
use super::search::{self, Found};
use super::standard::{ExplainError, Standard};
use super::weigh::Draw;
use helmholtz_core::search::Agreement;
use helmholtz_math::laplace::{Weighted, doubtful};
use helmholtz_math::{logsumexp, softmax};

/// Kernels found for a series, with draws of their parameters.
pub(super) struct Fitted<'a> {
    pub(super) model: &'a SeriesModel,
    pub(super) standard: Standard,
    pub(super) found: Vec<Found>,
    pub(super) agreement: Agreement,
    /// The posterior probability of the scale among those that were tried.
    pub(super) scale_probability: f64,
    /// The doubts about the kernels of the other scale, with the weights that these have among all.
    others: Vec<Weighted>,
}

impl<'a> Fitted<'a> {
    /// Searches on the scale that is asked for, or else on every one that the values have, and keeps the more
    /// probable; beforehand all are equally probable.
    pub(super) fn new(
        model: &'a SeriesModel,
        guide: &SeriesGuide,
        named: &NamedSeries,
        options: &ExplainOptions,
    ) -> Result<Self, ExplainError> {
        let on = |scale| Self::on(scale, model, guide, named, options);
        let (values, log) = (&named.values, Scale::Log);
        match options.scale {
            Some(scale) if !scale.takes(values) => Err(ExplainError::NotPositive),
            Some(scale) => on(scale),
            None if log.takes(values) && log.differs(values) => {
                match rayon::join(|| on(Scale::Linear), || on(log)) {
                    (Ok(linear), Ok(log)) => Ok(Self::more_probable(linear, log, values)),
                    // One that cannot be had is no reason to refuse the other.
                    (linear, log) => linear.or(log),
                }
            }
            None => on(Scale::Linear),
        }
    }

    fn more_probable(one: Self, other: Self, values: &[f64]) -> Self {
        let evidences = [one.log_evidence(values), other.log_evidence(values)];
        let probabilities = softmax(&evidences);
        let (mut kept, rival, [probability, rest]) = match probabilities[1] > probabilities[0] {
            true => (other, one, [probabilities[1], probabilities[0]]),
            false => (one, other, [probabilities[0], probabilities[1]]),
        };
        kept.scale_probability = probability;
        kept.others = rival.doubts(rest);
        kept
    }

    /// log p(x) of the user's values, summed over the kernels found.
    fn log_evidence(&self, values: &[f64]) -> f64 {
        let slopes = values.iter().map(|v| self.standard.log_slope(*v));
        logsumexp(&self.log_joints()) + slopes.sum::<f64>()
    }

    /// Of every kernel, log p(z_d, x).
    pub(super) fn log_joints(&self) -> Vec<f64> {
        self.found.iter().map(|f| f.log_joint).collect()
    }

    /// The doubts about the kernels, whose weights sum to `total`.
    fn doubts(&self, total: f64) -> Vec<Weighted> {
        let weights = softmax(&self.log_joints());
        let each = self.found.iter().zip(weights);
        each.map(|(f, weight)| (f.note.doubt, total * weight))
            .collect()
    }

    /// Why kernels, scale and forecast may be wrong; `None` where what is in doubt has no weight.
    pub(super) fn approximate(&self) -> Option<String> {
        let all = [self.doubts(self.scale_probability), self.others.clone()].concat();
        doubtful("kernels", &all)
    }

    /// Searches on one scale.
    fn on(
        scale: Scale,
        model: &'a SeriesModel,
        guide: &SeriesGuide,
        named: &NamedSeries,
        options: &ExplainOptions,
    ) -> Result<Self, ExplainError> {
        let standard = Standard::new(named, scale)?;
        let mut effort = options.search.clone();
        // Few that are told are no reason to know few: weights are shares of what was found.
        effort.budget.members = effort.budget.members.max(options.programs);
        let posterior = search::run(model, guide, &standard.series, &effort);
        let (found, agreement) = (posterior.members, posterior.agreement);
        if found.is_empty() {
            return Err(ExplainError::Nothing);
        }
        Ok(Self {
            model,
            standard,
            found,
            agreement,
            scale_probability: 1.0,
            others: vec![],
        })
    }
}

/// Draws that weigh less than this share of the heaviest are left out of predictions.
const NEGLIGIBLE: f64 = 1e-3;
/// The most draws in a prediction: each costs a factorisation.
const MOST_DRAWS: usize = 48;

/// The heaviest draws with their kernels and weights, which sum to 1.
pub(super) fn heaviest<'a>(kernels: &'a [Found]) -> Vec<(f64, &'a Found, &'a Draw)> {
    let of = |kernel: &'a Found| kernel.note.draws.iter().map(move |draw| (kernel, draw));
    let mut all: Vec<(&Found, &Draw)> = kernels.iter().flat_map(of).collect();
    all.sort_by(|a, b| b.1.log_weight.total_cmp(&a.1.log_weight));
    let most = all.first().map_or(f64::NEG_INFINITY, |(_, d)| d.log_weight);
    all.retain(|(_, draw)| draw.log_weight > most + NEGLIGIBLE.ln());
    all.truncate(MOST_DRAWS);
    let weights: Vec<f64> = all.iter().map(|(_, d)| d.log_weight).collect();
    let each = softmax(&weights).into_iter().zip(all);
    each.map(|(weight, (kernel, draw))| (weight, kernel, draw))
        .collect()
}

impl Fitted<'_> {
    /// What is recorded at some times, with a part for each draw.
    pub(super) fn predict(&self, times: &[f64]) -> Vec<Mixture<'_>> {
        let predictions: Vec<(f64, Prediction)> = heaviest(&self.found)
            .into_par_iter()
            .filter_map(|(weight, kernel, draw)| {
                let covariance = &kernel.note.covariance;
                let diagonal = self.model.setting().diagonal;
                let series = &self.standard.series;
                let posterior = Posterior::new(covariance, &draw.raw, series, diagonal)?;
                Some((weight, posterior.predict(times)))
            })
            .collect();
        let mixture = |i: usize| {
            let each = predictions.iter();
            let parts = each.map(|(w, p)| (*w, p.mean[i], p.variance[i].sqrt()));
            Mixture {
                standard: &self.standard,
                parts: parts.collect(),
            }
        };
        (0..times.len()).map(mixture).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::search::{SearchOptions, quick};
    use super::super::training::SeriesDomain;
    use super::super::{Config, SeriesGuide};
    use super::*;
    use helmholtz_core::domain::Domain;
    use helmholtz_math::laplace::Doubt;
    use helmholtz_math::random::Stream;

    fn networks() -> (SeriesModel, SeriesGuide) {
        let config = Config {
            hidden: 8,
            ..Config::default()
        };
        SeriesDomain::networks(&config).unwrap()
    }

    /// A wave with noise around 20.
    fn named() -> NamedSeries {
        let mut rng = Stream::at([7, 2, 0, 0]);
        let wave = |k: f64| 20.0 + 4.0 * (std::f64::consts::TAU * k / 9.0).sin();
        NamedSeries {
            name: "s".into(),
            times: (0..48).map(f64::from).collect(),
            values: (0..48).map(|k| wave(k.into()) + rng.normal()).collect(),
            unit: "years".into(),
            missing: 0,
        }
    }

    fn options(steps: usize) -> ExplainOptions {
        ExplainOptions {
            programs: 4,
            search: SearchOptions {
                steps,
                draws: 8,
                ..quick(3)
            },
            ..ExplainOptions::default()
        }
    }

    #[test]
    fn a_search_that_stops_early_says_that_it_has() {
        let (model, guide) = networks();
        let said = |steps| {
            let on = Fitted::on(Scale::Linear, &model, &guide, &named(), &options(steps));
            on.unwrap().approximate()
        };
        assert_eq!(said(12), None);
        let early = said(0).unwrap();
        assert!(early.contains("a climb that has not converged"), "{early}");
    }

    /// The probability of the scale rests on the evidence of both.
    #[test]
    fn a_doubt_about_the_other_scale_is_told_too() {
        let ((model, guide), named) = (networks(), named());
        let on = |scale| Fitted::on(scale, &model, &guide, &named, &options(12)).unwrap();
        let both = |doubt: Doubt| {
            let (linear, mut log) = (on(Scale::Linear), on(Scale::Log));
            log.found.iter_mut().for_each(|f| f.note.doubt = doubt);
            Fitted::more_probable(linear, log, &named.values)
        };
        assert_eq!(both(Doubt::default()).approximate(), None);
        let damped = both(Doubt {
            damped: true,
            ..Doubt::default()
        });
        let share = match damped.standard.scale {
            Scale::Linear => 1.0 - damped.scale_probability,
            Scale::Log => damped.scale_probability,
        };
        let said = damped.approximate().unwrap();
        let told: f64 = said.split('%').next().unwrap().parse().unwrap();
        assert!((told - 100.0 * share).abs() <= 0.5, "{said} {share}");
    }
}
