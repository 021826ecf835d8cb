//! Time of the exact evaluation of a mixture: all partitions of many sets of points.

use criterion::{Criterion, criterion_group, criterion_main};
use helmholtz::domain::mixture::exact::Enumeration;
use helmholtz::domain::mixture::training::{BUILTIN_SETS, TRUE_VARIANCE, generate};
use std::hint::black_box;

fn enumeration(criterion: &mut Criterion) {
    let (all, sets) = (
        Enumeration::new(7),
        generate(BUILTIN_SETS, 7, TRUE_VARIANCE, 0),
    );
    let sigma = [0.05, 0.01, 0.03];
    criterion.bench_function("evidence of 100 sets by 877 partitions", |bencher| {
        bencher.iter(|| all.negative_log_likelihood(black_box(&sets), black_box(sigma)));
    });
}

criterion_group!(benches, enumeration);
criterion_main!(benches);
