//! Numeric cores: infinities, NaN, numbers without normal form, duplicates and extremes come in; what comes out is a number
//! where one was promised, and no panic.

use helmholtz::domain::Domain;
use helmholtz::domain::characters::{CharacterDomain, Strokes};
use helmholtz::domain::mixture::exact::Enumeration;
use helmholtz::domain::mixture::{Covariance, Points};
use helmholtz::domain::strings::alphabet::encode;
use helmholtz::domain::strings::automaton::Automaton;
use helmholtz::domain::strings::parameters::Parameters;
use helmholtz::domain::strings::program::Regex;
use helmholtz::domain::timeseries::read::NamedSeries;
use helmholtz::domain::timeseries::standard::standardised;
use helmholtz::filter::LinearGaussian;
use helmholtz_math::dense::Factor;
use helmholtz_math::toeplitz::levinson;
use helmholtz_math::{logsumexp, softmax};

/// At most so many numbers.
const MOST: usize = 64;

/// Eight bytes a number, as they are.
fn numbers(bytes: &[u8]) -> Vec<f64> {
    let each = bytes.as_chunks::<8>().0.iter().take(MOST);
    each.map(|b| f64::from_le_bytes(*b)).collect()
}

/// A program in the first line, strings in the others. A probability is none above 1, and no NaN.
pub(super) fn column_likelihood(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let mut lines = text.lines();
    let Some(Ok(program)) = lines.next().map(str::parse::<Regex>) else {
        return;
    };
    let parameters = Parameters::uniform();
    let automaton = Automaton::compile(&program, &parameters);
    for line in lines.take(MOST) {
        if let Ok(string) = encode(line) {
            let log_prob = automaton.log_prob(&string);
            assert!(log_prob <= 1e-9, "{program}: {line}: {log_prob}");
        }
    }
}

/// Where a matrix is accepted, its determinant is a number.
pub(super) fn toeplitz(bytes: &[u8]) {
    let all = numbers(bytes);
    let (lags, side) = all.split_at(all.len() / 2);
    let side = &side[..lags.len()];
    if lags.is_empty() {
        return;
    }
    for solve in [false, true] {
        if let Ok(solved) = levinson(lags, &[side], solve) {
            assert!(solved.log_determinant.is_finite(), "{lags:?}");
        }
    }
}

pub(super) fn dense(bytes: &[u8]) {
    let all = numbers(bytes);
    let n = (all.len() as f64).sqrt() as usize;
    let Some(factor) = Factor::new(n, |i, j| all[i * n + j]) else {
        return;
    };
    let side = &all[..n];
    assert_eq!(factor.whiten(side).len(), n);
    assert_eq!(factor.solve(side).len(), n);
    assert!(!factor.log_determinant().is_nan());
}

/// Weights of what is finite or minus infinity sum to one.
pub(super) fn weights(bytes: &[u8]) {
    let all = numbers(bytes);
    let _ = (logsumexp(&all), softmax(&all));
    let logs: Vec<f64> = all.into_iter().filter(|x| *x < f64::INFINITY).collect();
    if logs.iter().any(|x| x.is_finite()) {
        let sum: f64 = softmax(&logs).iter().sum();
        assert!((sum - 1.0).abs() < 1e-9, "{logs:?}: {sum}");
        assert!(logsumexp(&logs).is_finite() || logs.iter().any(|x| x.abs() > 1e300));
    }
}

/// Posteriors over partitions of up to five points are normalised, where all joints are numbers.
pub(super) fn clusters(bytes: &[u8]) {
    let all = numbers(bytes);
    let points: Vec<[f64; 2]> = all.as_chunks::<2>().0.iter().take(5).copied().collect();
    let Ok(points) = Points::try_from(points) else {
        return;
    };
    let covariance = Covariance::new([1.0, 0.0, 1.0]);
    let enumeration = Enumeration::new(points.points().len());
    let sum: f64 = enumeration.posterior(&points, &covariance).iter().sum();
    assert!((sum - 1.0).abs() < 1e-9, "{points:?}: {sum}");
}

/// What is standardised has mean 0 and variance 1, as far as values that differ in their last digits allow.
pub(super) fn standard(bytes: &[u8]) {
    let values = numbers(bytes);
    let named = NamedSeries {
        name: "x".into(),
        times: (0..values.len()).map(|i| i as f64).collect(),
        values,
        unit: String::new(),
        missing: 0,
    };
    if let Ok(series) = standardised(&named) {
        let n = series.len() as f64;
        let mean = series.values().iter().sum::<f64>() / n;
        let variance = series.values().iter().map(|x| x * x).sum::<f64>() / n;
        assert!(
            mean.abs() < 1e-3 && (variance - 1.0).abs() < 1e-3,
            "{named:?}"
        );
    }
}

/// A free energy is a number or infinite, whatever is observed.
pub(super) fn kalman(bytes: &[u8]) {
    let [a, q, r, observed @ ..] = &numbers(bytes)[..] else {
        return;
    };
    let Ok(model) = LinearGaussian::scalar(*a, *q, *r) else {
        return;
    };
    let mut prior = model.first();
    for x in observed.iter().filter(|x| x.is_finite()) {
        let (posterior, energy) = model.condition(&prior, &[*x]);
        assert!(!energy.reconstruction.is_nan(), "{a} {q} {r} {x}");
        prior = model.next(&posterior);
    }
}

/// Strokes are drawn as probabilities.
pub(super) fn ink(bytes: &[u8]) {
    let strokes = std::str::from_utf8(bytes)
        .ok()
        .and_then(|t| t.parse::<Strokes>().ok());
    let Some(strokes) = strokes else {
        return;
    };
    let Ok((model, _)) = CharacterDomain::networks(&CharacterDomain::defaults()) else {
        return;
    };
    let drawn = model.renderer().probabilities(&strokes.0);
    assert!(drawn.iter().all(|p| (0.0..=1.0).contains(p)));
}
