//! How good a forecast was, once the values are known.

use serde::Serialize;

use super::explain::ExplainOptions;
use super::fitted::{Fitted, heaviest};
use super::guide::SeriesGuide;
use super::mixture::Mixture;
use super::model::SeriesModel;
use super::read::NamedSeries;
use super::series::Series;
use super::standard::ExplainError;
use helmholtz_math::logsumexp;

/// Proper scores of a forecast, in units of the standard deviation of the values before it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scores {
    /// The continuous ranked probability score, the mean over values; less is better.
    pub crps: f64,
    /// log of the density of a value given those before the forecast, the mean over values, in nats.
    pub log_score: f64,
    /// log of the density of all values together, per value, in nats.
    pub joint_log_score: f64,
    /// The share of values inside the interval.
    pub coverage: f64,
    /// The kernel of the greatest weight.
    pub kernel: String,
}

/// Forecasts as many values as `actual` has, at even steps, and compares.
///
/// # Errors
/// When the series cannot be explained.
pub fn score_forecast(
    model: &SeriesModel,
    guide: &SeriesGuide,
    seen: &NamedSeries,
    actual: &[f64],
    options: &ExplainOptions,
) -> Result<Scores, ExplainError> {
    let fitted = Fitted::new(model, guide, seen, options)?;
    let standard = &fitted.standard;
    let future = standard.future(actual.len());
    let predictions = fitted.predict(&future);
    let mean = |score: &dyn Fn(&Mixture<'_>, f64) -> f64| {
        let each = predictions.iter().zip(actual);
        each.map(|(mixture, x)| score(mixture, *x)).sum::<f64>() / actual.len().max(1) as f64
    };
    let inside = |mixture: &Mixture<'_>, x: f64| {
        let (low, high) = (
            mixture.quantile(options.tail),
            mixture.quantile(1.0 - options.tail),
        );
        f64::from(u8::from(low <= x && x <= high))
    };
    // Scores are told in this unit, whatever the scale.
    let unit = deviation(&seen.values);
    let best = fitted.found.first();
    Ok(Scores {
        crps: mean(&|mixture, x| mixture.crps(x)) / unit,
        log_score: mean(&|mixture, x| mixture.log_density(x)) + unit.ln(),
        joint_log_score: joint(&fitted, &future, actual)? / actual.len().max(1) as f64 + unit.ln(),
        coverage: mean(&inside),
        kernel: best.map_or(String::new(), |f| f.draft.program.to_string()),
    })
}

fn deviation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt()
}

/// log p(actual | seen): per draw a quotient of two likelihoods.
fn joint(fitted: &Fitted<'_>, future: &[f64], actual: &[f64]) -> Result<f64, ExplainError> {
    let seen = &fitted.standard.series;
    let places: Vec<f64> = actual.iter().map(|x| fitted.standard.place(*x)).collect();
    let slopes = actual.iter().map(|x| fitted.standard.log_slope(*x));
    let values = [seen.values(), &places].concat();
    let all = Series::at(values, [seen.times(), future].concat())?;
    let setting = fitted.model.setting();
    let each = heaviest(&fitted.found)
        .into_iter()
        .map(|(weight, kernel, draw)| {
            let value = |series| {
                let likelihood = setting.likelihood(series);
                likelihood.value(&kernel.note.covariance, &draw.raw)
            };
            weight.ln() + value(&all) - value(seen)
        });
    Ok(logsumexp(&each.collect::<Vec<_>>()) + slopes.sum::<f64>())
}

#[cfg(test)]
mod tests {
    use super::super::pretrained;
    use super::*;
    use helmholtz_math::random::Stream;

    #[test]
    fn a_wave_is_forecast_better_than_its_mean() {
        let (_, model, guide) = pretrained().unwrap();
        let mut rng = Stream::at([7, 0, 0, 0]);
        let wave = |k: usize| (std::f64::consts::TAU * k as f64 / 9.0).sin();
        let values: Vec<f64> = (0..72).map(|k| wave(k) + 0.1 * rng.normal()).collect();
        let seen = NamedSeries {
            name: "wave".into(),
            times: (0..60).map(f64::from).collect(),
            values: values[..60].to_vec(),
            unit: String::new(),
            missing: 0,
        };
        let options = ExplainOptions::default();
        let scores = score_forecast(&model, &guide, &seen, &values[60..], &options).unwrap();
        // Noise of 0.1 beside a wave of variance 0.5: a standard deviation of 0.14, and no more to be had.
        let possible = -(0.14f64.ln()) - 0.5 * (1.0 + std::f64::consts::TAU.ln());
        assert!(scores.log_score > possible - 0.5, "{scores:?}");
        assert!(scores.joint_log_score > possible - 0.5, "{scores:?}");
        assert!(scores.crps < 0.15 && scores.coverage > 0.6, "{scores:?}");
    }
}
