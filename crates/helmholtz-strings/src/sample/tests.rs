use super::super::automaton::Automaton;
use super::super::parameters::COUNT;
use super::*;
use std::collections::HashMap;

#[test]
fn sample_frequencies_follow_the_probabilities() {
    let mut logits = [0.0; COUNT];
    logits
        .iter_mut()
        .enumerate()
        .for_each(|(i, logit)| *logit = (i as f64).sin());
    let parameters = Parameters::from_logits(&logits);
    let draws = 40_000;
    for text in [r"a?(a|b)*", r"(\d|1)?-?", r"((a?b?)*c?)+", r"(\s|a)+|b*"] {
        let regex = Regex::parse(text).unwrap();
        let automaton = Automaton::compile(&regex, &parameters);
        let mut rng = Stream::at([21, 0, 0, 0]);
        let mut counts: HashMap<Vec<u8>, f64> = HashMap::new();
        for _ in 0..draws {
            let string = sample(&regex, &parameters, &mut rng, 100_000).unwrap();
            *counts.entry(string).or_default() += 1.0;
        }
        for (string, count) in counts.iter().filter(|(_, count)| **count > 100.0) {
            let expected = automaton.log_prob(string).exp();
            let standard_error = (expected * (1.0 - expected) / draws as f64).sqrt();
            let frequency = count / draws as f64;
            assert!(
                (frequency - expected).abs() < 4.0 * standard_error,
                "{text} {string:?}"
            );
        }
    }
}

#[test]
fn draws_that_become_too_long_are_given_up() {
    let parameters = Parameters::uniform();
    let mut rng = Stream::at([22, 0, 0, 0]);
    let regex = Regex::parse("a+").unwrap();
    let draws = 10_000;
    let kept = (0..draws)
        .filter(|_| sample(&regex, &parameters, &mut rng, 2).is_some())
        .count();
    let standard_error = (0.75 * 0.25 / draws as f64).sqrt();
    assert!((kept as f64 / draws as f64 - 0.75).abs() < 4.0 * standard_error);
    assert_eq!(
        sample(&Regex::parse("abc").unwrap(), &parameters, &mut rng, 2),
        None
    );
}

#[test]
fn repeats_of_nothing_end() {
    let mut logits = [0.0; COUNT];
    logits[COUNT - 3] = 1e9;
    logits[COUNT - 2] = -1e9;
    let parameters = Parameters::from_logits(&logits);
    let regex = Regex::parse("(a?)*").unwrap();
    assert_eq!(
        sample(&regex, &parameters, &mut Stream::at([23, 0, 0, 0]), 10),
        None
    );
}
