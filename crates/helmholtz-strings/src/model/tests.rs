//! The model as a whole: normalisation, sampling, gradients.

use super::*;
use crate::alphabet::encode;
use crate::token::{Kind, Token};
use helmholtz_nn::training_device;

fn small(max_tokens: usize) -> StringModel {
    let sizes = crate::Sizes {
        prior: 8,
        guide: 8,
        width: 8,
    };
    let config = Config {
        max_tokens,
        sizes,
        ..Config::default()
    };
    StringModel::new(&config, &training_device()).unwrap()
}

/// Every program of at most two tokens over the whole vocabulary.
pub(crate) fn programs_of_two_tokens() -> Vec<Regex> {
    let atoms = || Kind::Atom.tokens().filter_map(Token::from_index);
    let second = || atoms().chain(Kind::Postfix.tokens().filter_map(Token::from_index));
    let one = atoms().map(|a| vec![a]);
    let two = atoms().flat_map(|a| second().map(move |b| vec![a, b]));
    one.chain(two)
        .map(|tokens| Regex::from_tokens(&tokens).unwrap())
        .collect()
}

#[test]
fn the_prior_sums_to_one_over_all_programs_of_a_small_limit() {
    let programs = programs_of_two_tokens();
    let total: f64 = small(2).log_priors(&programs).iter().map(|l| l.exp()).sum();
    assert!((total - 1.0).abs() < 1e-4, "{total}");
}

#[test]
fn programs_outside_the_grammar_have_probability_zero() {
    let model = small(3);
    let outside = ["abcd", "((a*)*)*"].map(|r| Regex::parse(r).unwrap());
    assert_eq!(model.log_priors(&outside), [f64::NEG_INFINITY; 2]);
}

#[test]
fn sampled_programs_follow_the_prior() {
    let model = small(2);
    let n = 5000;
    let mut rngs: Vec<Stream> = (0..n).map(|i| Stream::at([3, i, 0, 0])).collect();
    let drawn = model.valid().sample_latent(&mut rngs);
    let atom = Regex::parse("\\d").unwrap();
    let p = model.log_priors(std::slice::from_ref(&atom))[0].exp();
    let share = drawn.iter().filter(|z| z.0 == atom).count() as f64 / n as f64;
    let standard_error = (p * (1.0 - p) / n as f64).sqrt();
    assert!(
        (share - p).abs() < 4.0 * standard_error,
        "{share} against {p}"
    );
}

#[test]
fn the_likelihood_gradient_reaches_the_logits() {
    let model = small(20);
    let observations = [Strings::new(["A1", "B22"].map(|s| encode(s).unwrap()))];
    let programs = ["\\u\\d+", "x"].map(|r| Regex::parse(r).unwrap());
    let observed = [&observations[0]];
    let rows = Rows::new(&observed, &[0, 0], &programs);
    let log_prob = model.log_likelihood(&rows);
    let values = log_prob.values();
    // Two capitals, three digits, one continuation and two stops at probability one half.
    let by_hand = -2.0 * 26f64.ln() - 3.0 * 10f64.ln() - 3.0 * 2f64.ln();
    assert!((values[0] - by_hand).abs() < 1e-6 && values[1] == f64::NEG_INFINITY);
    let gradients = log_prob.tensor.sum().backward();
    let slope = host(&model.likelihood.val().grad(&gradients).unwrap());
    // d/d logit: one continuation less half of three decisions.
    assert!((slope[COUNT - 3] - (1.0 - 1.5)).abs() < 1e-5);
}

#[test]
fn fantasies_that_are_too_long_are_dropped() {
    let config = Config {
        max_length: 1,
        ..Config::default()
    };
    let model = StringModel::new(&config, &training_device())
        .unwrap()
        .valid();
    let latents = [
        (Regex::parse("ab").unwrap(), vec![]),
        (Regex::parse("a").unwrap(), vec![]),
    ];
    let mut rngs = [Stream::at([1; 4]), Stream::at([2; 4])];
    let drawn = model.sample_observation(&latents, &mut rngs);
    assert!(drawn[0].is_none() && drawn[1].as_ref().is_some_and(|x| x.len() == config.strings));
}
