//! A series explained: kernels with their weights, in words, its parts, and what comes next.

use serde::Serialize;

use super::fitted::Fitted;
use super::forecast::Posterior;
use super::guide::SeriesGuide;
use super::model::SeriesModel;
pub use super::options::ExplainOptions;
use super::read::NamedSeries;
use super::scale::Scale;
use super::search::Found;
use super::standard::{ExplainError, Standard};
use super::words::{Units, sentences};
use helmholtz_core::search::Trust;
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use helmholtz_math::softmax;

/// A kernel that explains a series.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Program {
    /// The kernel.
    pub expression: String,
    /// Its posterior probability; what may not have been found has the rest.
    pub weight: f64,
    /// log p(x | z_d), of the standardised values.
    pub log_marginal: f64,
    /// Where its raw parameters are most probable.
    pub parameters: Vec<f64>,
    /// Why its weight may be wrong: what draws of its parameters come from is a Gaussian that does not fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approximate: Option<String>,
}

/// What is expected at a time, in the user's units.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Moment {
    /// The time.
    pub t: f64,
    /// The expectation.
    pub mean: f64,
    /// As likely too small as too large.
    pub median: f64,
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
    /// Its part of the expectation, at the series' times and then at those of the forecast; on the scale of logarithms
    /// its exponential is a factor.
    pub values: Vec<f64>,
}

/// A series explained.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// The name of the series.
    pub name: String,
    /// What kernels and components add up to.
    pub scale: Scale,
    /// The posterior probability of that scale; 1 where no other was tried.
    pub scale_probability: f64,
    /// Why the answer may be wrong, where programs that have weight are in doubt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approximate: Option<String>,
    /// How far the kernels are to be trusted, by the search on that scale.
    #[serde(flatten)]
    pub trust: Trust,
    /// Kernels, the most probable first.
    pub programs: Vec<Program>,
    /// What comes next, all kernels taken into account.
    pub forecast: Vec<Moment>,
    /// One way it may go on: the means are alike, a recorded series is not.
    pub sample: Vec<f64>,
    /// The summands of the best kernel; with `level` they add up to the series, and later to the expectation, on the
    /// scale.
    pub components: Vec<Component>,
    /// The mean of the series on the scale, which is no component.
    pub level: f64,
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
        standard, found, ..
    } = &fitted;
    let trust = Trust::of(fitted.agreement, options.confidence);
    let mut programs = programs(&fitted);
    programs.iter_mut().for_each(|p| p.weight *= trust.found());
    programs.truncate(options.programs);
    let horizon = options.horizon.unwrap_or(standard.series.len().div_ceil(5));
    let future = standard.future(horizon);
    let times = [standard.series.times(), &future].concat();
    let best = &found[0];
    Ok(Explanation {
        name: named.name.clone(),
        scale: standard.scale,
        scale_probability: fitted.scale_probability,
        approximate: fitted.approximate(),
        trust,
        forecast: moments(&fitted, &future, options.tail),
        sample: sample(model, standard, best, horizon, options.search.budget.seed),
        components: components(model, standard, best, &times, named),
        programs,
        level: standard.mean,
    })
}

/// The kernels with their posterior probabilities, the most probable first.
fn programs(fitted: &Fitted<'_>) -> Vec<Program> {
    let weights = softmax(&fitted.log_joints());
    let each = fitted.found.iter().zip(weights);
    each.map(|(f, weight)| Program {
        expression: f.draft.program.to_string(),
        weight,
        log_marginal: f.log_joint - f.note.log_prior,
        parameters: f.note.gaussian.mean().to_vec(),
        approximate: f.note.doubt.said(),
    })
    .collect()
}

/// Expectation and interval of what is recorded at some times, in the user's units.
fn moments(fitted: &Fitted<'_>, times: &[f64], tail: f64) -> Vec<Moment> {
    let each = fitted.predict(times).into_iter().zip(times);
    each.map(|(mixture, &time)| Moment {
        t: fitted.standard.time(time),
        mean: mixture.mean(),
        median: mixture.quantile(0.5),
        lower: mixture.quantile(tail),
        upper: mixture.quantile(1.0 - tail),
    })
    .collect()
}

/// A series that may follow, from the best kernel at its most probable parameters.
fn sample(
    model: &SeriesModel,
    standard: &Standard,
    best: &Found,
    horizon: usize,
    seed: u64,
) -> Vec<f64> {
    let mut rng = Stream::at([seed, 0, 0, Purpose::Future.tag()]);
    let noise: Vec<f64> = (0..horizon).map(|_| rng.normal()).collect();
    let (raw, diagonal) = (best.note.gaussian.mean(), model.setting().diagonal);
    let drawn = Posterior::new(&best.note.covariance, raw, &standard.series, diagonal)
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
    let raw = best.note.gaussian.mean();
    let posterior = Posterior::new(
        &best.note.covariance,
        raw,
        &standard.series,
        model.setting().diagonal,
    );
    let (Some(posterior), Ok(kernel)) = (posterior, best.draft.program.kernel()) else {
        return vec![];
    };
    let parts = posterior.components(times);
    // The line, where there is one, is the last.
    let rise = |part: &Vec<f64>| (part[1] - part[0]) / (times[1] - times[0]);
    let units = Units {
        time: standard.unit,
        name: &named.unit,
        scale: standard.scale,
        deviation: standard.deviation,
        rise: parts.last().map_or(0.0, rise),
    };
    let values = best.note.covariance.values(raw);
    let said = sentences(&kernel, &best.note.covariance, &values, units);
    let both = parts.into_iter().zip(said);
    both.map(|(part, description)| Component {
        values: part.iter().map(|x| x * standard.deviation).collect(),
        description,
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::super::search::SearchOptions;
    use super::super::training::SeriesDomain;
    use super::*;
    use helmholtz_core::domain::Domain;

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
        explained_on(None, values)
    }

    fn explained_on(scale: Option<Scale>, values: Vec<f64>) -> Result<Explanation, ExplainError> {
        let config = Config {
            hidden: 8,
            ..Config::default()
        };
        let (model, guide) = SeriesDomain::networks(&config).unwrap();
        let options = ExplainOptions {
            programs: 4,
            horizon: Some(12),
            scale,
            search: SearchOptions {
                draws: 8,
                ..crate::search::quick(8)
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
        assert!(weights + found.trust.not_found < 1.0 + 1e-9 && weights > 0.0);
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

    /// Swings that grow with the level are swings of the logarithm.
    #[test]
    fn growth_by_a_share_is_explained_in_logarithms() {
        let mut rng = Stream::at([5, 2, 0, 0]);
        let wave = |k: f64| (4.0 + 0.02 * k + 0.3 * (std::f64::consts::TAU * k / 12.0).sin()).exp();
        let values: Vec<f64> = (0..96)
            .map(|k| wave(f64::from(k)) * (0.03 * rng.normal()).exp())
            .collect();
        let found = explained(values.clone()).unwrap();
        assert_eq!(found.scale, Scale::Log);
        assert!(
            found.scale_probability > 0.99,
            "{}",
            found.scale_probability
        );
        for (i, moment) in found.forecast.iter().enumerate() {
            let ratio = moment.median / wave(96.0 + i as f64);
            assert!((0.8..1.25).contains(&ratio), "{i}: {ratio}");
            assert!(moment.lower < moment.median && moment.median < moment.upper);
            assert!(moment.mean > moment.median, "lognormals are skewed");
        }
        let product = |i: usize| -> f64 {
            let sum: f64 = found.components.iter().map(|c| c.values[i]).sum();
            (found.level + sum).exp()
        };
        assert!((0..96).all(|i| (0.85..1.15).contains(&(product(i) / wave(i as f64)))));
        let linear = explained_on(Some(Scale::Linear), values.clone()).unwrap();
        assert_eq!(
            (linear.scale, linear.scale_probability),
            (Scale::Linear, 1.0)
        );
        let turned = values.iter().map(|v| 100.0 - v).collect();
        let refused = explained_on(Some(Scale::Log), turned);
        assert_eq!(refused, Err(ExplainError::NotPositive));
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
}
