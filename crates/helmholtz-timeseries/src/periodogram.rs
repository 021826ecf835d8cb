//! Which periods a series may have.

use super::series::Series;

/// Frequencies looked at per turn over the whole series.
const OVERSAMPLING: usize = 4;
/// The most values looked at: the cost is quadratic.
const MOST: usize = 512;

/// The periods at the highest peaks of the periodogram, highest first, of the series without its line.
pub(super) fn peaks(series: &Series) -> Vec<f64> {
    let values = without_line(&series.on_grid(series.len().min(MOST)));
    let n = values.len();
    let span = series.times()[series.len() - 1] - series.times()[0];
    let step = span / (n - 1) as f64;
    // From one turn over the series to one in two steps.
    let frequency = |i: usize| (OVERSAMPLING + i) as f64 / (OVERSAMPLING as f64 * span);
    let count = (OVERSAMPLING * (n - 1) / 2).saturating_sub(OVERSAMPLING) + 1;
    let power: Vec<f64> = (0..count)
        .map(|i| power(&values, frequency(i) * step))
        .collect();
    let highest = |&i: &usize| {
        let left = i.checked_sub(1).map_or(0.0, |j| power[j]);
        let right = power.get(i + 1).copied().unwrap_or(0.0);
        power[i] >= left && power[i] > right
    };
    let mut found: Vec<usize> = (0..count).filter(highest).collect();
    found.sort_by(|&a, &b| power[b].total_cmp(&power[a]));
    found.into_iter().map(|i| 1.0 / frequency(i)).collect()
}

/// The squared length of the sum of values turned by `turns` each.
fn power(values: &[f64], turns: f64) -> f64 {
    let (sin, cos) = (std::f64::consts::TAU * turns).sin_cos();
    let (mut re, mut im) = (0.0, 0.0);
    let (mut c, mut s) = (1.0, 0.0);
    for v in values {
        re += v * c;
        im += v * s;
        (c, s) = (c * cos - s * sin, s * cos + c * sin);
    }
    re * re + im * im
}

/// Values minus the straight line of least squares.
fn without_line(values: &[f64]) -> Vec<f64> {
    let n = values.len() as f64;
    let centre = (n - 1.0) / 2.0;
    let mean = values.iter().sum::<f64>() / n;
    let (mut rise, mut spread) = (0.0, 0.0);
    for (k, v) in values.iter().enumerate() {
        let t = k as f64 - centre;
        rise += t * (v - mean);
        spread += t * t;
    }
    let slope = if spread > 0.0 { rise / spread } else { 0.0 };
    let each = values.iter().enumerate();
    each.map(|(k, v)| v - mean - slope * (k as f64 - centre))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_waves_on_a_line_give_their_periods() {
        let wave = |t: f64, period: f64| (std::f64::consts::TAU * t / period).sin();
        let at = |k: usize| 4.0 * k as f64 / 199.0;
        let value = |k: usize| 3.0 * at(k) + wave(at(k), 0.5) + 0.6 * wave(at(k), 0.13);
        let series = Series::even((0..200).map(value).collect()).unwrap();
        let found = peaks(&series);
        assert!(
            (found[0] - 0.5).abs() < 0.02 && (found[1] - 0.13).abs() < 0.005,
            "{found:?}"
        );
    }

    #[test]
    fn short_and_constant_series_have_none_or_any() {
        for values in [vec![1.0, 1.0], vec![2.0; 50], vec![0.0, 1.0, 0.0]] {
            let found = peaks(&Series::even(values).unwrap());
            assert!(found.iter().all(|p| p.is_finite() && *p > 0.0));
        }
    }
}
