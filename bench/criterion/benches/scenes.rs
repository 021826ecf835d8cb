//! Time of a scene of six blocks: its squared error, and with the gradient by every number of every block.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use helmholtz::domain::scenes::{Arrangement, Config, Stacks, generate, true_kinds};

fn renderer(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("scenes");
    let config = Config::default();
    let Ok(stacks) = "cb a bc a".parse::<Stacks>() else {
        return;
    };
    let (kinds, positions) = (true_kinds(&config), vec![0.3; 6]);
    let towers = config.ground().towers(&stacks, &kinds, &positions);
    let renderer = config.renderer();
    let image = generate(&config, Arrangement::Paper, 1, 0).remove(0).image;
    group.bench_function("value", |bencher| {
        bencher.iter(|| renderer.error(black_box(&towers), &image));
    });
    group.bench_function("gradient", |bencher| {
        bencher.iter(|| renderer.error_and_gradient(black_box(&towers), &image));
    });
    group.bench_function("picture", |bencher| {
        bencher.iter(|| renderer.picture(black_box(&towers)));
    });
}

criterion_group!(benches, renderer);
criterion_main!(benches);
