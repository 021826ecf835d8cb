//! Time of rendering a program of ten strokes and of its likelihood, with and without the gradient and affine maps.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use helmholtz::domain::Domain;
use helmholtz::domain::characters::{
    Character, CharacterDomain, Config, Program, Stroke, Strokes, characters, generate,
};
use helmholtz::model::{Model, Rows};
use helmholtz::nn::Module;
use helmholtz::random::Stream;
use std::hint::black_box;

/// Programs scored together.
const PROGRAMS: usize = 512;

fn program(rng: &mut Stream) -> Program {
    let stroke = |i: usize| Stroke {
        id: rng.below(64) as u8,
        down: i > 0,
    };
    let strokes = Strokes((0..10).map(stroke).collect());
    Program { label: 0, strokes }
}

fn likelihood(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("characters");
    group.throughput(Throughput::Elements(PROGRAMS as u64));
    let mut rng = Stream::at([1, 0, 0, 0]);
    let programs: Vec<Program> = (0..PROGRAMS).map(|_| program(&mut rng)).collect();
    for maps in [0, 40] {
        let config = Config {
            maps,
            ..Config::default()
        };
        let networks = CharacterDomain::networks(&config);
        let images = characters(&config, &generate(config.size, 0));
        let (Ok((model, _)), Ok(images)) = (networks, images) else {
            return;
        };
        let seen: Vec<&Character> = images.iter().collect();
        let of: Vec<usize> = (0..PROGRAMS).map(|i| i % seen.len()).collect();
        let rows = Rows::new(&seen, &of, &programs);
        for (name, model) in [("value", &model.valid()), ("gradient", &model)] {
            group.bench_function(format!("{name}, {maps} maps"), |bencher| {
                bencher.iter(|| model.log_likelihood(black_box(&rows)).values());
            });
        }
    }
}

criterion_group!(benches, likelihood);
criterion_main!(benches);
