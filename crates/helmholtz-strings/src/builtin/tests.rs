use std::collections::HashSet;

use super::*;

fn cells(concepts: &[Concept]) -> impl Iterator<Item = &String> {
    concepts
        .iter()
        .flat_map(|concept| concept.train.iter().chain(&concept.test))
}

#[test]
fn the_default_draws_every_generator_twice() {
    let names: HashSet<_> = generators().iter().map(|(name, _)| *name).collect();
    assert!(names.len() >= 150);
    assert_eq!(
        names.len(),
        generators().len(),
        "two generators share a name"
    );
    assert_eq!(DEFAULT_COUNT, 2 * names.len());

    let concepts = concepts(0, DEFAULT_COUNT);
    let drawn: HashSet<_> = concepts
        .iter()
        .map(|concept| concept.source.as_str())
        .collect();
    assert!(
        names
            .iter()
            .all(|name| drawn.contains(format!("builtin:{name}").as_str()))
    );
}

#[test]
fn concept_names_are_unique() {
    let concepts = concepts(0, DEFAULT_COUNT);
    let names: HashSet<_> = concepts.iter().map(|concept| &concept.name).collect();
    assert_eq!(names.len(), concepts.len());
}

#[test]
fn cells_are_short_distinct_and_within_the_alphabet() {
    for seed in 0..20 {
        for concept in concepts(seed, DEFAULT_COUNT) {
            let all: Vec<_> = concept.train.iter().chain(&concept.test).collect();
            let distinct: HashSet<_> = all.iter().collect();
            assert_eq!(distinct.len(), all.len(), "repeated cells in {concept:?}");
            let legal = |c: char| c == '\t' || (' '..='~').contains(&c);
            assert!(
                all.iter().all(|cell| (1..=LONGEST).contains(&cell.len())),
                "{concept:?}"
            );
            assert!(
                all.iter().all(|cell| cell.chars().all(legal)),
                "{concept:?}"
            );
        }
    }
}

#[test]
fn all_concepts_can_be_trained_on_and_nearly_all_have_ten_cells() {
    for seed in 0..20 {
        let concepts = concepts(seed, DEFAULT_COUNT);
        assert!(concepts.iter().all(|concept| concept.train.len() == HALF));
        assert!(concepts.iter().all(|concept| !concept.test.is_empty()));
        let full = concepts
            .iter()
            .filter(|concept| concept.test.len() == HALF)
            .count();
        assert!(
            full * 100 >= concepts.len() * 95,
            "only {full} of {} are full",
            concepts.len()
        );
    }
}

#[test]
fn the_seed_decides_everything() {
    assert_eq!(concepts(3, 50), concepts(3, 50));
    assert_ne!(concepts(3, 50), concepts(4, 50));
}

#[test]
fn a_smaller_count_is_the_beginning_of_a_larger_one() {
    assert_eq!(concepts(5, 400)[..30], concepts(5, 30)[..]);
}

#[test]
fn two_draws_from_one_generator_hardly_ever_agree() {
    let concepts = concepts(0, DEFAULT_COUNT);
    let (first, second) = concepts.split_at(DEFAULT_COUNT / 2);
    let same = first
        .iter()
        .zip(second)
        .filter(|(a, b)| a.train == b.train)
        .count();
    assert_eq!(same, 0);
}

#[test]
fn most_printable_characters_occur() {
    let concepts = concepts(0, DEFAULT_COUNT);
    let seen: HashSet<_> = cells(&concepts).flat_map(|cell| cell.chars()).collect();
    assert!(seen.len() >= 90, "only {} characters occur", seen.len());
}

#[test]
fn lengths_are_those_of_spreadsheet_cells() {
    let concepts = concepts(0, DEFAULT_COUNT);
    let mut lengths: Vec<_> = cells(&concepts).map(String::len).collect();
    lengths.sort_unstable();
    let quantile = |q: f64| lengths[(q * lengths.len() as f64) as usize];
    assert!(
        (5..=9).contains(&quantile(0.5)),
        "median length {}",
        quantile(0.5)
    );
    assert!(quantile(0.05) <= 2 && quantile(0.97) <= 24);
}
