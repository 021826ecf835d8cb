//! The likelihood of a Gaussian process on an even grid: value, and value with gradient.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use helmholtz::domain::timeseries::evaluate::log_likelihood;
use helmholtz::domain::timeseries::{Config, Expression, Series};
use helmholtz::random::Stream;

fn series(n: usize) -> Series {
    let mut rng = Stream::at([1, 0, 0, 0]);
    let wave = |k: usize| (std::f64::consts::TAU * k as f64 / 12.0).sin();
    let values = (0..n).map(|k| wave(k) + 0.3 * rng.normal()).collect();
    Series::even(values).unwrap_or_else(|e| unreachable!("{e}"))
}

fn likelihoods(c: &mut Criterion) {
    let config = Config::default();
    for text in ["SE+PER2+WN", "LIN+WN+SE*PER2"] {
        let kernel: Expression = text.parse().unwrap_or_else(|e| unreachable!("{e}"));
        let mut group = c.benchmark_group(text);
        for n in [128, 512, 1024, 2048, 8192] {
            let x = series(n);
            group.sample_size(if n > 1024 { 10 } else { 50 });
            for (name, gradient) in [("value", false), ("gradient", true)] {
                let id = BenchmarkId::new(name, n);
                group.bench_function(id, |b| b.iter(|| log_likelihood(&config, &kernel, &x, gradient)));
            }
        }
        group.finish();
    }
}

criterion_group!(benches, likelihoods);
criterion_main!(benches);
