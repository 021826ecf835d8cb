//! Time per (program, string) pair of the exact string likelihood.
//!
//! Each measurement goes once through all pairs, so divide by their number (printed in the name).
//! The pairs are those of the reference table where it is present, and a list of our own otherwise.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use helmholtz::domain::strings::alphabet::encode;
use helmholtz::domain::strings::automaton::Automaton;
use helmholtz::domain::strings::grammar::Grammar;
use helmholtz::domain::strings::likelihood::Scratch;
use helmholtz::domain::strings::parameters::{COUNT, Parameters};
use helmholtz::domain::strings::program::Regex;
use std::hint::black_box;

const TABLE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../shared/data/regex_likelihood_oracle.tsv"
);

const OWN_PAIRS: [(&str, &str); 8] = [
    (r"\u\u-\d\d\d\d", "AB-1234"),
    (r"\d\d/\d\d/\d+", "24/12/1999"),
    (r"(\l+\.)?\l+@\l+\.\l\l\l?", "jo.doe@mail.org"),
    (r"$\d+(,\d\d\d)*", "$12,345,678"),
    (r"(\u|\d)+-?.*", "X9Y8-none"),
    (r"((\u*\d?)*-)*", "ABC1-D2-"),
    (r".*.*.*", "anything at all"),
    (r"-?\d+\.\d\d?", "-17.25"),
];

/// A program and the string to score.
type Pair = (Regex, Vec<u8>);

fn pair(regex: &str, string: &str) -> Option<Pair> {
    Some((Regex::parse(regex).ok()?, encode(string).ok()?))
}

fn pairs() -> Vec<Pair> {
    let Ok(table) = std::fs::read_to_string(TABLE) else {
        return OWN_PAIRS
            .iter()
            .filter_map(|(regex, string)| pair(regex, string))
            .collect();
    };
    let read = |line: &str| {
        let mut columns = line.split('\t');
        let (regex, string) = (columns.next()?, columns.next()?);
        pair(regex, &serde_json::from_str::<String>(string).ok()?)
    };
    table.lines().skip(1).filter_map(read).collect()
}

fn likelihood(criterion: &mut Criterion) {
    let (pairs, parameters) = (pairs(), Parameters::uniform());
    let (mut scratch, mut gradient) = (Scratch::default(), [0.0; COUNT]);
    let mut group = criterion.benchmark_group(format!("{} pairs", pairs.len()));
    let compiled: Vec<_> = pairs
        .iter()
        .map(|(regex, _)| Automaton::compile(regex, &parameters))
        .collect();
    group.bench_function("value", |bencher| {
        bencher.iter(|| {
            let each = compiled.iter().zip(&pairs);
            each.map(|(a, (_, s))| a.log_prob_with(black_box(s), &mut scratch))
                .sum::<f64>()
        });
    });
    let compiled: Vec<_> = pairs
        .iter()
        .map(|(regex, _)| Automaton::differentiable(regex, &parameters))
        .collect();
    group.bench_function("value and gradient", |bencher| {
        bencher.iter(|| {
            for (automaton, (_, string)) in compiled.iter().zip(&pairs) {
                let string = black_box(string);
                automaton.log_prob_gradient_with(string, &mut gradient, &mut scratch);
            }
        });
    });
    group.bench_function("compile, value and gradient", |bencher| {
        bencher.iter(|| {
            for (regex, string) in &pairs {
                let automaton = Automaton::differentiable(black_box(regex), &parameters);
                automaton.log_prob_gradient_with(string, &mut gradient, &mut scratch);
            }
        });
    });
    group.bench_function("compile and value", |bencher| {
        bencher.iter(|| {
            let each = pairs.iter();
            each.map(|(r, s)| {
                Automaton::compile(black_box(r), &parameters).log_prob_with(s, &mut scratch)
            })
            .sum::<f64>()
        });
    });
    group.finish();
}

fn reading_and_masking(criterion: &mut Criterion) {
    let pairs = pairs();
    let texts: Vec<String> = pairs.iter().map(|(regex, _)| regex.to_string()).collect();
    let tokens: usize = pairs.iter().map(|(regex, _)| regex.tokens().len()).sum();
    let Ok(grammar) = Grammar::new(30) else {
        return;
    };
    criterion.bench_function(&format!("parse {} programs", texts.len()), |bencher| {
        bencher.iter_batched(
            || texts.clone(),
            |texts| {
                texts
                    .iter()
                    .map(|text| Regex::parse(text))
                    .collect::<Vec<_>>()
            },
            BatchSize::SmallInput,
        );
    });
    criterion.bench_function(&format!("mask {tokens} tokens"), |bencher| {
        bencher.iter(|| {
            pairs
                .iter()
                .filter(|(regex, _)| grammar.accepts(regex))
                .count()
        });
    });
}

criterion_group!(benches, likelihood, reading_and_masking);
criterion_main!(benches);
