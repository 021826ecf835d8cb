//! The guide as a whole: normalisation, and agreement of writing with scoring.

use super::*;
use crate::Sizes;
use crate::alphabet::encode;
use crate::model::tests::programs_of_two_tokens;
use helmholtz_nn::host;
use helmholtz_nn::training_device;

fn small(max_tokens: usize) -> StringGuide {
    let sizes = Sizes {
        prior: 8,
        guide: 12,
        width: 10,
    };
    let config = Config {
        max_tokens,
        sizes,
        ..Config::default()
    };
    StringGuide::new(&config, &training_device()).unwrap()
}

fn strings(texts: &[&str]) -> Strings {
    Strings::new(texts.iter().map(|s| encode(s).unwrap()))
}

#[test]
fn the_guide_sums_to_one_over_all_programs_of_a_small_limit() {
    let guide = small(2).valid();
    let x = strings(&["a-1", "b", ""]);
    let encoding = guide.encode(&[&x]);
    let programs = programs_of_two_tokens();
    let log_q = host(&guide.log_prob(&encoding, &vec![0; programs.len()], &programs));
    let total: f64 = log_q.iter().map(|&l| f64::from(l).exp()).sum();
    assert!((total - 1.0).abs() < 1e-4, "{total}");
}

#[test]
fn what_is_written_is_scored_alike() {
    let guide = small(20).valid();
    let (a, b) = (
        strings(&["2020-01-02", "1999-12-31"]),
        strings(&["x", "yy", "zzz"]),
    );
    let encoding = guide.encode(&[&a, &b]);
    let of: Vec<usize> = (0..60).map(|i| i % 2).collect();
    let mut rngs: Vec<Stream> = (0..60).map(|i| Stream::at([1, i, 0, 0])).collect();
    let proposals = guide.sample(&encoding, &of, &mut rngs);
    let (programs, log_q): (Vec<Regex>, Vec<f64>) = proposals.into_iter().unzip();
    let again = host(&guide.log_prob(&encoding, &of, &programs));
    for (a, b) in log_q.iter().zip(again) {
        assert!(
            (a - f64::from(b)).abs() < 1e-3 * (1.0 + a.abs()),
            "{a} against {b}"
        );
    }
}

#[test]
fn a_program_does_not_depend_on_the_batch_it_is_written_in() {
    let guide = small(12).valid();
    let x = strings(&["ab", "cd"]);
    let encoding = guide.encode(&[&x]);
    let draw = |ids: &[u64]| -> Vec<Regex> {
        let mut rngs: Vec<Stream> = ids.iter().map(|&i| Stream::at([7, i, 0, 0])).collect();
        let of = vec![0; ids.len()];
        guide
            .sample(&encoding, &of, &mut rngs)
            .into_iter()
            .map(|p| p.0)
            .collect()
    };
    let together = draw(&[1, 2, 3, 4, 5]);
    let apart: Vec<Regex> = (1..=5).flat_map(|i| draw(&[i])).collect();
    assert_eq!(together, apart);
}

#[test]
fn the_order_of_the_strings_does_not_matter() {
    let guide = small(20).valid();
    let program = Regex::parse("\\d+-(\\u|x)*").unwrap();
    let log_q = |texts: &[&str]| {
        let x = strings(texts);
        let encoding = guide.encode(&[&x]);
        host(&guide.log_prob(&encoding, &[0], std::slice::from_ref(&program)))[0]
    };
    assert!((log_q(&["12-A", "7-", "33-xx"]) - log_q(&["33-xx", "12-A", "7-"])).abs() < 1e-5);
}

#[test]
fn detached_encodings_give_the_same_numbers_without_a_graph() {
    let guide = small(20);
    let x = strings(&["12-A", "7-"]);
    let program = [Regex::parse("\\d+.*").unwrap()];
    let attached = guide.encode(&[&x]);
    let with = guide.log_prob(&attached, &[0], &program);
    let without = guide
        .valid()
        .log_prob(&StringGuide::detach(&attached), &[0], &program);
    assert_eq!(host(&with), host(&without));
    assert!(with.is_autodiff() && !without.is_autodiff());
}
