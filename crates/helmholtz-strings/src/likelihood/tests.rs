use super::super::alphabet::encode;
use super::super::program::Regex;
use super::super::sample::sample;
use super::*;
use helmholtz_math::random::Stream;

fn random_logits(seed: u64) -> [f64; COUNT] {
    let mut rng = Stream::at([seed, 0, 0, 0]);
    [0.0; COUNT].map(|zero: f64| zero + rng.normal())
}

fn value(regex: &Regex, logits: &[f64; COUNT], string: &[u8]) -> f64 {
    Automaton::compile(regex, &Parameters::from_logits(logits)).log_prob(string)
}

fn gradient(regex: &Regex, logits: &[f64; COUNT], string: &[u8]) -> (f64, [f64; COUNT]) {
    let mut gradient = [0.0; COUNT];
    let parameters = Parameters::from_logits(logits);
    let automaton = Automaton::differentiable(regex, &parameters);
    let log_prob = automaton.log_prob_gradient(string, &mut gradient);
    (log_prob, gradient)
}

#[test]
fn gradients_are_finite_differences_for_all_225_logits() {
    for (text, string) in [
        (r"\u(,\u)*", "A,B,J,U"),
        (r"((\u|\d)*-?)*", "AB12-C3-99"),
        (r"(\w|\d|.)+\s?", "7A\t"),
        (r"(.?.?\l?)*x", "abcdx"),
        (r"(((a?)*)?)+", "aa"),
        (r"(\u+\d*)+(-.*)?", "AB12CD34-xyz"),
        (r"((a?)*)?", ""),
        (r"(\l|\s|\w)*.*", "so what 1"),
    ] {
        let regex = Regex::parse(text).unwrap();
        let string = encode(string).unwrap();
        let logits = random_logits(11);
        let (log_prob, gradient) = gradient(&regex, &logits, &string);
        assert!((log_prob - value(&regex, &logits, &string)).abs() < 1e-12);
        for i in 0..COUNT {
            let h = 1e-5;
            let at = |step: f64| {
                let mut moved = logits;
                moved[i] += step;
                value(&regex, &moved, &string)
            };
            let difference = (at(h) - at(-h)) / (2.0 * h);
            assert!((gradient[i] - difference).abs() < 1e-8, "{text}, logit {i}");
        }
    }
}

#[test]
fn gradients_are_added_and_impossible_strings_add_nothing() {
    let parameters = Parameters::uniform();
    let regex = Regex::parse(r"\d+").unwrap();
    let automaton = Automaton::differentiable(&regex, &parameters);
    let mut gradient = [1.0; COUNT];
    for impossible in ["", "12a", "a"] {
        let string = encode(impossible).unwrap();
        assert_eq!(
            automaton.log_prob_gradient(&string, &mut gradient),
            f64::NEG_INFINITY
        );
    }
    assert_eq!(gradient, [1.0; COUNT]);
    automaton.log_prob_gradient(&encode("7").unwrap(), &mut gradient);
    // The logit of 7 gains 1 - 1/10; that of `*` loses the probability to continue.
    assert!((gradient[96 + 7] - 1.9).abs() < 1e-12);
    assert!((gradient[OPERATORS] - 0.5).abs() < 1e-12);
}

/// The score has mean zero under the distribution itself: a test of all derivatives at once.
#[test]
fn the_expected_gradient_is_zero() {
    let regex = Regex::parse(r"(\u|\d?)*-(\s\l)?").unwrap();
    let parameters = Parameters::from_logits(&random_logits(5));
    let automaton = Automaton::differentiable(&regex, &parameters);
    let mut rng = Stream::at([6, 0, 0, 0]);
    let (draws, mut scratch) = (20_000, Scratch::default());
    let (mut total, mut squares) = ([0.0; COUNT], [0.0; COUNT]);
    for _ in 0..draws {
        let string = sample(&regex, &parameters, &mut rng, 10_000).unwrap();
        let mut one = [0.0; COUNT];
        automaton.log_prob_gradient_with(&string, &mut one, &mut scratch);
        for i in 0..COUNT {
            total[i] += one[i];
            squares[i] += one[i] * one[i];
        }
    }
    let off = (0..COUNT)
        .filter(|&i| total[i].abs() > 4.0 * squares[i].sqrt())
        .count();
    assert_eq!(off, 0);
}

#[test]
fn scratch_memory_carries_nothing_over() {
    let parameters = Parameters::uniform();
    let mut scratch = Scratch::default();
    for (text, string) in [(".*b.*", "abab"), ("a", "b"), ("(a|b)+", "ab"), (".*", "")] {
        let regex = Regex::parse(text).unwrap();
        let string = encode(string).unwrap();
        let automaton = Automaton::differentiable(&regex, &parameters);
        let (mut reused, mut fresh) = ([0.0; COUNT], [0.0; COUNT]);
        let with = automaton.log_prob_gradient_with(&string, &mut reused, &mut scratch);
        assert_eq!(with, automaton.log_prob_gradient(&string, &mut fresh));
        assert_eq!(with, automaton.log_prob_with(&string, &mut scratch));
        assert_eq!(reused, fresh);
    }
}

#[test]
fn long_strings_do_not_underflow() {
    let n = 100_000;
    let logits = [0.0; COUNT];
    let regex = Regex::parse(r"\d*").unwrap();
    let (log_prob, gradient) = gradient(&regex, &logits, &vec![17; n]);
    let expected = n as f64 * 0.05f64.ln() + 0.5f64.ln();
    assert!((log_prob / expected - 1.0).abs() < 1e-12);
    assert!((gradient[97] / (n as f64 * 0.9) - 1.0).abs() < 1e-9);
    // n continuations at slope 1/2 each, and one stop.
    assert!((gradient[OPERATORS] - (n as f64 - 1.0) / 2.0).abs() < 1e-6);
}

#[test]
fn a_path_that_falls_far_behind_is_still_found() {
    let n = 3000;
    let logits = [0.0; COUNT];
    let regex = Regex::parse(r"a*|.*b").unwrap();
    let mut string = vec![65; n];
    string.push(66);
    let (log_prob, gradient) = gradient(&regex, &logits, &string);
    let expected = 0.5f64.ln() + n as f64 * (0.5f64 / 96.0).ln() + 0.5f64.ln();
    assert!(
        (log_prob / expected - 1.0).abs() < 1e-12,
        "{log_prob} {expected}"
    );
    assert!((gradient[65] / (n as f64 * 95.0 / 96.0) - 1.0).abs() < 1e-9);
    assert!((gradient[COUNT - 1] + 0.5).abs() < 1e-9);
    string.push(65);
    assert_eq!(value(&regex, &logits, &string), f64::NEG_INFINITY);
}

#[test]
fn characters_beyond_the_alphabet_are_impossible() {
    let regex = Regex::parse(".*").unwrap();
    assert_eq!(value(&regex, &[0.0; COUNT], &[65, 96]), f64::NEG_INFINITY);
    assert_eq!(value(&regex, &[0.0; COUNT], &[255]), f64::NEG_INFINITY);
}
