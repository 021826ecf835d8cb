//! Time of the likelihood of an automaton's image, of counting an image, and of drawing one.

use criterion::{Criterion, criterion_group, criterion_main};
use helmholtz::domain::automata::training::generate;
use helmholtz::domain::automata::{Counts, Neighbours, exact, sample_image};
use helmholtz::random::Stream;
use std::hint::black_box;

/// The noise of the images.
const NOISE: f64 = 0.02;

fn images(criterion: &mut Criterion) {
    for neighbours in Neighbours::ALL {
        let name = |what: &str| format!("{} neighbours: {what}", neighbours.count());
        let Some((rule, image)) = generate(1, neighbours, NOISE, 1).pop() else {
            return;
        };
        let counts = Counts::of(&image, neighbours);
        criterion.bench_function(&name("misses of a rule"), |bencher| {
            bencher.iter(|| black_box(&counts).misses(black_box(rule)));
        });
        criterion.bench_function(&name("evidence of all rules"), |bencher| {
            bencher.iter(|| exact::log_evidence(black_box(&counts), black_box(NOISE)));
        });
        criterion.bench_function(&name("count an image"), |bencher| {
            bencher.iter(|| Counts::of(black_box(&image), neighbours));
        });
        let mut rng = Stream::at([1, 0, 0, 0]);
        criterion.bench_function(&name("draw an image"), |bencher| {
            bencher.iter(|| sample_image(black_box(rule), NOISE, &mut rng));
        });
    }
}

criterion_group!(benches, images);
criterion_main!(benches);
