//! A series explained: kernels with their weights, in words, its parts, and what comes next.

use burn::module::Module;
use rayon::prelude::*;
use serde::Serialize;

use super::forecast::{Posterior, Prediction};
use super::guide::SeriesGuide;
use super::model::SeriesModel;
use super::read::NamedSeries;
use super::search::{Found, Search, SearchOptions};
use super::series::{NotASeries, SPAN, Series};
use super::words::{Units, sentences};
use crate::estimator::{logsumexp, softmax};
use crate::model::{Model, Rows};
use crate::nn::matrix;
use crate::random::Stream;

/// How to explain.
#[derive(Clone, Copy, Debug)]
pub struct ExplainOptions {
    /// Kernels that are kept.
    pub programs: usize,
    /// Values forecast; a fifth of the series if not given.
    pub horizon: Option<usize>,
    /// Draws of the parameters of each kernel.
    pub draws: usize,
    /// The probability that a forecast value is below its interval, and above.
    pub tail: f64,
    /// The search.
    pub search: SearchOptions,
}

impl Default for ExplainOptions {
    fn default() -> Self {
        Self {
            programs: 8,
            horizon: None,
            draws: 32,
            tail: 0.05,
            search: SearchOptions::default(),
        }
    }
}

/// A kernel that explains a series.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Program {
    /// The kernel.
    pub expression: String,
    /// Its posterior probability among those found.
    pub weight: f64,
    /// log p(x | z_d), of the standardised values.
    pub log_marginal: f64,
    /// Where its raw parameters are most probable.
    pub parameters: Vec<f64>,
}

/// What is expected at a time, in the user's units.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Moment {
    /// The time.
    pub t: f64,
    /// The expectation.
    pub mean: f64,
    /// Below this with the probability of the tail.
    pub lower: f64,
    /// Above this with the same probability.
    pub upper: f64,
}

/// A summand of the best kernel.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Component {
    /// What it is, in words.
    pub description: String,
    /// Its part of the expectation, at the series' times and then at those of the forecast.
    pub values: Vec<f64>,
}

/// A series explained.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// The name of the series.
    pub name: String,
    /// Kernels, the most probable first.
    pub programs: Vec<Program>,
    /// What comes next, all kernels taken into account.
    pub forecast: Vec<Moment>,
    /// One way it may go on: the means are alike, a recorded series is not.
    pub sample: Vec<f64>,
    /// The summands of the best kernel; with `level` they add up to the series, and later to the expectation.
    pub components: Vec<Component>,
    /// The mean of the series, which is no component.
    pub level: f64,
}

/// Why a series cannot be explained.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ExplainError {
    /// It is none after standardisation.
    #[error(transparent)]
    Series(#[from] NotASeries),
    /// All values are equal.
    #[error("every value is {0:?}: there is nothing to explain")]
    Constant(f64),
    /// No kernel could be fitted.
    #[error("no kernel has a likelihood; are the values of very different sizes?")]
    Nothing,
    /// More values than a covariance matrix is made of.
    #[error("{len} values; at most {most} can be explained at once: thin them, or cut a part out")]
    TooLong {
        /// How many there are.
        len: usize,
        /// How many there may be.
        most: usize,
    },
}

/// The longest series that is explained.
pub const MOST_VALUES: usize = 4096;

/// A series in units of the model, and the way back.
pub(super) struct Standard {
    pub(super) series: Series,
    pub(super) mean: f64,
    pub(super) scale: f64,
    /// The user's time at model time 0, and per unit.
    origin: f64,
    unit: f64,
}

impl Standard {
    fn new(named: &NamedSeries) -> Result<Self, ExplainError> {
        let n = named.values.len();
        if n > MOST_VALUES {
            return Err(ExplainError::TooLong {
                len: n,
                most: MOST_VALUES,
            });
        }
        if n < 2 {
            return Err(NotASeries::TooShort(n).into());
        }
        // In units of the largest, no square is too large or too small to be a number.
        let size = named.values.iter().fold(0.0f64, |m, x| m.max(x.abs()));
        let unit = if size > 0.0 { size } else { 1.0 };
        let own = || named.values.iter().map(|x| x / unit);
        let mean = own().sum::<f64>() / n as f64;
        let scale = (own().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64).sqrt();
        if scale <= 1e-12 {
            return Err(ExplainError::Constant(named.values[0]));
        }
        let values = own().map(|x| (x - mean) / scale).collect();
        let (mean, scale) = (mean * unit, scale * unit);
        let (first, last) = (named.times[0], named.times[n - 1]);
        let (origin, unit) = (0.5 * (first + last), (last - first) / SPAN);
        let times = named.times.iter().map(|t| (t - origin) / unit).collect();
        Ok(Self {
            series: Series::at(values, times)?,
            mean,
            scale,
            origin,
            unit,
        })
    }

    fn value(&self, standard: f64) -> f64 {
        self.mean + self.scale * standard
    }

    fn time(&self, model: f64) -> f64 {
        self.origin + self.unit * model
    }

    /// The times after the last, at the usual step.
    pub(super) fn future(&self, horizon: usize) -> Vec<f64> {
        let times = self.series.times();
        let mut steps: Vec<f64> = times.windows(2).map(|w| w[1] - w[0]).collect();
        steps.sort_by(f64::total_cmp);
        let step = steps[steps.len() / 2];
        let last = times[times.len() - 1];
        (1..=horizon).map(|k| last + k as f64 * step).collect()
    }
}

/// A series in units of the model: values of mean 0 and variance 1, times from -2 to 2.
///
/// # Errors
/// When it is too short, too long or constant.
pub fn standardised(named: &NamedSeries) -> Result<Series, ExplainError> {
    Ok(Standard::new(named)?.series)
}

/// The purpose of the streams that draw parameters.
const DRAWS: u64 = 0x757;

/// A kernel's parameters, drawn, with the log of the weight that each draw has among all.
pub(super) struct Draw {
    pub(super) program: usize,
    pub(super) raw: Vec<f64>,
    log_weight: f64,
}

/// Kernels found for a series, with draws of their parameters.
pub(super) struct Fitted<'a> {
    pub(super) model: &'a SeriesModel,
    pub(super) standard: Standard,
    pub(super) found: Vec<Found>,
    pub(super) draws: Vec<Draw>,
}

impl<'a> Fitted<'a> {
    /// Searches, and draws parameters.
    pub(super) fn new(
        model: &'a SeriesModel,
        guide: &SeriesGuide,
        named: &NamedSeries,
        options: &ExplainOptions,
    ) -> Result<Self, ExplainError> {
        let standard = Standard::new(named)?;
        let search = Search {
            model,
            guide,
            series: &standard.series,
            options: &options.search,
        };
        let found = search.run(options.programs);
        if found.is_empty() {
            return Err(ExplainError::Nothing);
        }
        let draws = draw_parameters(model, &standard.series, &found, options);
        Ok(Self {
            model,
            standard,
            found,
            draws,
        })
    }
}

/// Explains a series.
///
/// # Errors
/// When it is too short, too long or constant.
pub fn explain(
    model: &SeriesModel,
    guide: &SeriesGuide,
    named: &NamedSeries,
    options: &ExplainOptions,
) -> Result<Explanation, ExplainError> {
    let fitted = Fitted::new(model, guide, named, options)?;
    let Fitted {
        standard,
        found,
        draws,
        ..
    } = &fitted;
    let programs = programs(found, draws, options.draws);
    let order = best_first(&programs);
    let horizon = options.horizon.unwrap_or(standard.series.len().div_ceil(5));
    let future = standard.future(horizon);
    let times = [standard.series.times(), &future].concat();
    let best = &found[order[0]];
    Ok(Explanation {
        name: named.name.clone(),
        forecast: fitted.moments(&future, options.tail),
        sample: sample(model, standard, best, horizon, options.search.seed),
        components: components(model, standard, best, &times, named),
        programs: order.into_iter().map(|i| programs[i].clone()).collect(),
        level: standard.mean,
    })
}

/// Draws of every kernel's parameters from its Gaussian, weighted by what they should have been drawn from.
fn draw_parameters(
    model: &SeriesModel,
    series: &Series,
    found: &[Found],
    options: &ExplainOptions,
) -> Vec<Draw> {
    let widest = found.iter().map(|f| f.covariance.width).max().unwrap_or(0);
    let (mut draws, mut rows, mut densities) = (vec![], vec![], vec![]);
    for (program, f) in found.iter().enumerate() {
        for k in 0..options.draws {
            let address = [options.search.seed, program as u64, k as u64, DRAWS];
            let mut rng = Stream::at(address);
            let noise: Vec<f64> = (0..f.covariance.width).map(|_| rng.normal()).collect();
            let raw: Vec<f32> = f.gaussian.draw(&noise).iter().map(|&c| c as f32).collect();
            rows.extend(&raw);
            rows.extend(std::iter::repeat_n(0.0, widest - raw.len()));
            let raw: Vec<f64> = raw.into_iter().map(f64::from).collect();
            densities.push(f.gaussian.log_density(&raw));
            draws.push(Draw {
                program,
                raw,
                log_weight: 0.0,
            });
        }
    }
    let model = model.valid();
    let programs: Vec<_> = found.iter().map(|f| f.program.clone()).collect();
    let (observations, of) = ([series], vec![0; programs.len()]);
    let continuous = matrix(rows, draws.len(), widest, &model.devices()[0]);
    let rows = Rows::new(&observations, &of, &programs)
        .with_samples(options.draws, (widest > 0).then_some(continuous));
    let joint = model.log_joint(&rows).values();
    for ((draw, joint), density) in draws.iter_mut().zip(joint).zip(densities) {
        let weight = joint - density;
        draw.log_weight = if weight.is_nan() {
            f64::NEG_INFINITY
        } else {
            weight
        };
    }
    draws
}

/// The kernels with their posterior probabilities.
fn programs(found: &[Found], draws: &[Draw], count: usize) -> Vec<Program> {
    let log_count = (count as f64).ln();
    let log_joint: Vec<f64> = draws
        .chunks(count)
        .map(|own| {
            let weights: Vec<f64> = own.iter().map(|d| d.log_weight).collect();
            logsumexp(&weights) - log_count
        })
        .collect();
    let weights = softmax(&log_joint);
    let each = found.iter().zip(weights).zip(log_joint);
    each.map(|((f, weight), log_joint)| Program {
        expression: f.program.to_string(),
        weight,
        log_marginal: log_joint - f.log_prior,
        parameters: f.gaussian.mean().to_vec(),
    })
    .collect()
}

fn best_first(programs: &[Program]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..programs.len()).collect();
    order.sort_by(|&a, &b| programs[b].weight.total_cmp(&programs[a].weight));
    order
}

/// Draws that weigh less than this share of the heaviest are left out of predictions.
const NEGLIGIBLE: f64 = 1e-3;
/// The most draws in a prediction: each costs a factorisation.
const MOST_DRAWS: usize = 48;

/// A normal distribution of a mixture: its weight, mean and standard deviation.
pub(super) type Normal = (f64, f64, f64);

/// The heaviest draws with their weights, which sum to 1.
pub(super) fn heaviest(draws: &[Draw]) -> Vec<(f64, &Draw)> {
    let log_weights: Vec<f64> = draws.iter().map(|d| d.log_weight).collect();
    let most = log_weights
        .iter()
        .copied()
        .fold(f64::NEG_INFINITY, f64::max);
    let kept = draws
        .iter()
        .filter(|d| d.log_weight > most + NEGLIGIBLE.ln());
    let mut kept: Vec<&Draw> = kept.collect();
    kept.sort_by(|a, b| b.log_weight.total_cmp(&a.log_weight));
    kept.truncate(MOST_DRAWS);
    let kept_weights: Vec<f64> = kept.iter().map(|d| d.log_weight).collect();
    softmax(&kept_weights).into_iter().zip(kept).collect()
}

impl Fitted<'_> {
    /// What is recorded at some times: a mixture of normals, (weight, mean, standard deviation) for each draw.
    pub(super) fn predict(&self, times: &[f64]) -> Vec<Vec<Normal>> {
        let predictions: Vec<(f64, Prediction)> = heaviest(&self.draws)
            .into_par_iter()
            .filter_map(|(weight, draw)| {
                let covariance = &self.found[draw.program].covariance;
                let diagonal = self.model.setting.diagonal;
                let series = &self.standard.series;
                let posterior = Posterior::new(covariance, &draw.raw, series, diagonal)?;
                Some((weight, posterior.predict(times)))
            })
            .collect();
        let part = |i: usize| {
            let each = predictions.iter();
            each.map(|(w, p)| (*w, p.mean[i], p.variance[i].sqrt()))
                .collect()
        };
        (0..times.len()).map(part).collect()
    }

    /// Expectation and interval of what is recorded at some times, in the user's units.
    fn moments(&self, times: &[f64], tail: f64) -> Vec<Moment> {
        let standard = &self.standard;
        let each = self.predict(times).into_iter().zip(times);
        each.map(|(parts, &time)| Moment {
            t: standard.time(time),
            mean: standard.value(parts.iter().map(|(w, mean, _)| w * mean).sum()),
            lower: standard.value(quantile(&parts, tail)),
            upper: standard.value(quantile(&parts, 1.0 - tail)),
        })
        .collect()
    }
}

/// The quantile of a mixture of normals (weight, mean, standard deviation), by bisection.
pub(super) fn quantile(parts: &[Normal], probability: f64) -> f64 {
    let far = |sign: f64| {
        let ends = parts
            .iter()
            .map(|(_, mean, sd)| sign * (mean + sign * 10.0 * sd));
        sign * ends.fold(f64::NEG_INFINITY, f64::max)
    };
    let (mut low, mut high) = (far(-1.0), far(1.0));
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        let below: f64 = parts
            .iter()
            .map(|(w, mean, sd)| w * normal_cdf((middle - mean) / sd.max(1e-12)))
            .sum();
        if below < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// The standard normal distribution function.
pub(super) fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

/// The purpose of the streams that draw futures.
const FUTURE: u64 = 0x758;

/// A series that may follow, from the best kernel at its most probable parameters.
fn sample(
    model: &SeriesModel,
    standard: &Standard,
    best: &Found,
    horizon: usize,
    seed: u64,
) -> Vec<f64> {
    let mut rng = Stream::at([seed, 0, 0, FUTURE]);
    let noise: Vec<f64> = (0..horizon).map(|_| rng.normal()).collect();
    let (raw, diagonal) = (best.gaussian.mean(), model.setting.diagonal);
    let drawn = Posterior::new(&best.covariance, raw, &standard.series, diagonal)
        .and_then(|posterior| posterior.draw(&standard.future(horizon), &noise));
    drawn
        .unwrap_or_default()
        .iter()
        .map(|x| standard.value(*x))
        .collect()
}

/// The summands of the best kernel.
fn components(
    model: &SeriesModel,
    standard: &Standard,
    best: &Found,
    times: &[f64],
    named: &NamedSeries,
) -> Vec<Component> {
    let raw = best.gaussian.mean();
    let posterior = Posterior::new(
        &best.covariance,
        raw,
        &standard.series,
        model.setting.diagonal,
    );
    let (Some(posterior), Ok(kernel)) = (posterior, best.program.kernel()) else {
        return vec![];
    };
    let units = Units {
        time: standard.unit,
        name: &named.unit,
        scale: standard.scale,
    };
    let values = best.covariance.values(raw);
    let said = sentences(&kernel, &best.covariance, &values, units);
    let parts = posterior.components(times).into_iter().zip(said);
    parts
        .map(|(part, description)| Component {
            values: part.iter().map(|x| x * standard.scale).collect(),
            description,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::super::training::SeriesDomain;
    use super::*;
    use crate::domain::Domain;

    fn named(values: Vec<f64>) -> NamedSeries {
        NamedSeries {
            name: "s".into(),
            times: (0..values.len()).map(|k| 2000.0 + k as f64).collect(),
            values,
            unit: "years".into(),
            missing: 0,
        }
    }

    fn explained(values: Vec<f64>) -> Result<Explanation, ExplainError> {
        let config = Config {
            hidden: 8,
            ..Config::default()
        };
        let (model, guide) = SeriesDomain::networks(&config).unwrap();
        let options = ExplainOptions {
            programs: 4,
            horizon: Some(12),
            draws: 8,
            search: SearchOptions {
                rounds: 4,
                ..SearchOptions::default()
            },
            ..ExplainOptions::default()
        };
        explain(&model, &guide, &named(values), &options)
    }

    #[test]
    fn a_rising_wave_goes_on_rising_and_waving() {
        let mut rng = Stream::at([4, 2, 0, 0]);
        let wave = |k: f64| 100.0 + 0.5 * k + 8.0 * (std::f64::consts::TAU * k / 12.0).sin();
        let values = (0..96).map(|k| wave(f64::from(k)) + 0.5 * rng.normal());
        let found = explained(values.collect()).unwrap();
        assert!(
            found.programs[0].expression.contains("PER"),
            "{:?}",
            found.programs
        );
        let weights: f64 = found.programs.iter().map(|p| p.weight).sum();
        assert!((weights - 1.0).abs() < 1e-9);
        let mut inside = 0;
        for (i, moment) in found.forecast.iter().enumerate() {
            let truth = wave(96.0 + i as f64);
            assert!((moment.t - 2096.0 - i as f64).abs() < 1e-6);
            assert!(
                (moment.mean - truth).abs() < 4.0,
                "{i}: {} {truth}",
                moment.mean
            );
            inside += u32::from(moment.lower < truth && truth < moment.upper);
        }
        assert!(inside >= 9, "{inside} of 12 inside");
        for i in 0..96 {
            let sum: f64 = found.components.iter().map(|c| c.values[i]).sum();
            let fit = found.level + sum;
            assert!((fit - wave(i as f64)).abs() < 2.0, "{i}: {fit}");
        }
        let said = found
            .components
            .iter()
            .any(|c| c.description.contains("repeats every 12 years"));
        assert!(
            said,
            "{:?}",
            found
                .components
                .iter()
                .map(|c| &c.description)
                .collect::<Vec<_>>()
        );
        assert_eq!(found.sample.len(), 12);
    }

    #[test]
    fn what_cannot_be_explained_is_refused() {
        assert_eq!(explained(vec![3.0; 9]), Err(ExplainError::Constant(3.0)));
        assert_eq!(explained(vec![0.0; 9]), Err(ExplainError::Constant(0.0)));
        for size in [1e300, 1e-300] {
            let found = explained([1.0, 3.0, 2.0, 5.0].map(|x| x * size).to_vec()).unwrap();
            assert!(
                found
                    .forecast
                    .iter()
                    .all(|m| m.lower < m.mean && m.mean < m.upper)
            );
        }
        let error = explained(vec![1.0]).unwrap_err();
        assert!(error.to_string().contains("at least 2"), "{error}");
        let long = explained((0..5000).map(f64::from).collect()).unwrap_err();
        assert!(long.to_string().contains("thin"), "{long}");
    }

    #[test]
    fn quantiles_of_a_mixture_are_where_its_mass_is() {
        let one = [(1.0, 2.0, 3.0)];
        assert!((quantile(&one, 0.5) - 2.0).abs() < 1e-6);
        assert!((quantile(&one, 0.975) - (2.0 + 3.0 * 1.959_964)).abs() < 1e-4);
        let two = [(0.5, -10.0, 1.0), (0.5, 10.0, 1.0)];
        assert!((quantile(&two, 0.25) + 10.0).abs() < 1e-6);
    }
}
