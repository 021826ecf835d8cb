use super::super::covariance::Layout;
use super::super::covariance::tests::{assert_slopes, compiled};
use super::super::window::Windows;
use super::*;
use helmholtz_math::random::Stream;

const DIAGONAL: Diagonal = Diagonal {
    noise: 0.02,
    jitter: 1e-3,
};

fn raw(width: usize, rng: &mut Stream) -> Vec<f64> {
    (0..width).map(|_| rng.normal()).collect()
}

const KERNELS: [&str; 6] = [
    "WN",
    "SE+WN",
    "SE*PER2+C",
    "PER3+PER1+WN+LIN",
    "LIN+WN",
    "(SE+C)*PER2+LIN",
];

#[test]
fn the_fast_way_agrees_with_cholesky() {
    let mut rng = Stream::at([5, 0, 0, 0]);
    let series = Series::even((0..48).map(|_| rng.normal()).collect()).unwrap();
    let uneven = series.as_uneven();
    for text in KERNELS {
        let covariance = compiled(text, &Windows::wide(), Layout::Used);
        for _ in 0..10 {
            let raw = raw(covariance.width, &mut rng);
            let (fast, dense) = [&series, &uneven]
                .map(|series| {
                    Likelihood {
                        series,
                        diagonal: DIAGONAL,
                    }
                    .gradient(&covariance, &raw)
                })
                .into();
            assert!(
                (fast.0 - dense.0).abs() < 1e-8 * (1.0 + dense.0.abs()),
                "{text}: {} {}",
                fast.0,
                dense.0
            );
            for (a, b) in fast.1.iter().zip(&dense.1) {
                assert!((a - b).abs() < 1e-7 * (1.0 + b.abs()), "{text}: {a} {b}");
            }
        }
    }
}

#[test]
fn gradients_agree_with_finite_differences() {
    let mut rng = Stream::at([6, 0, 0, 0]);
    let even = Series::even((0..30).map(|_| rng.normal()).collect()).unwrap();
    let mut times = even.times().to_vec();
    times[3] += 0.02;
    let uneven = Series::at(even.values().to_vec(), times).unwrap();
    for series in [even, uneven] {
        let likelihood = Likelihood {
            series: &series,
            diagonal: DIAGONAL,
        };
        for text in KERNELS {
            let covariance = compiled(text, &Windows::wide(), Layout::Used);
            let raw = raw(covariance.width, &mut rng);
            let (value, gradient) = likelihood.gradient(&covariance, &raw);
            assert!((value - likelihood.value(&covariance, &raw)).abs() < 1e-9 * value.abs());
            let at = |raw: &[f64]| likelihood.value(&covariance, raw);
            assert_slopes(at, &raw, &gradient, 2e-4, text);
        }
    }
}

#[test]
fn white_noise_has_the_density_of_independent_normals() {
    let values: Vec<f64> = (0..20).map(|k| f64::from(k % 3)).collect();
    let series = Series::even(values.clone()).unwrap();
    let covariance = compiled("WN", &Windows::narrow(0.02), Layout::Used);
    let variance = DIAGONAL.of(0.5);
    let each = values
        .iter()
        .map(|x| -0.5 * (LN_TAU + variance.ln() + x * x / variance));
    let value = Likelihood {
        series: &series,
        diagonal: DIAGONAL,
    }
    .value(&covariance, &[0.0]);
    assert!((value - each.sum::<f64>()).abs() < 1e-10);
}

#[test]
fn draws_have_the_covariance_of_the_kernel() {
    let covariance = compiled("SE+LIN", &Windows::wide(), Layout::Used);
    let raw = [0.5, 0.2, -0.4];
    let values = covariance.values(&raw);
    let (n, draws) = (6, 20_000);
    for times in [None, Some(vec![-2.0, -1.0, 0.0, 0.1, 1.0, 2.0])] {
        let series = match times {
            None => Series::even(vec![0.0; n]).unwrap(),
            Some(times) => Series::at(vec![0.0; n], times).unwrap(),
        };
        let likelihood = Likelihood {
            series: &series,
            diagonal: DIAGONAL,
        };
        let mut rng = Stream::at([7, 0, 0, 0]);
        let mut products = vec![];
        for _ in 0..draws {
            let noise: Vec<f64> = (0..n + 2).map(|_| rng.normal()).collect();
            let x = likelihood.draw(&covariance, &raw, &noise).unwrap();
            products.push(x[0] * x[4]);
        }
        let mean = products.iter().sum::<f64>() / f64::from(draws);
        let spread = products.iter().map(|p| (p - mean).powi(2)).sum::<f64>() / f64::from(draws);
        let distance = series.times()[4] - series.times()[0];
        let line = series.line();
        let lines: f64 = line.iter().map(|u| u[0] * u[4]).sum::<f64>() * covariance.line(&values);
        let want = covariance.at(&values, &[distance])[0] + lines;
        assert!(
            (mean - want).abs() < 4.0 * (spread / f64::from(draws)).sqrt(),
            "{mean} {want}"
        );
    }
}
