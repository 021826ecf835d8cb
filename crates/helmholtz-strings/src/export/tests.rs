use super::super::alphabet::{CHARACTERS, decode};
use super::super::automaton::Automaton;
use super::super::parameters::Parameters;
use super::super::program::tests::programs;
use super::super::sample::sample;
use super::*;
use helmholtz_math::random::Stream;
use proptest::prelude::*;

fn exported(text: &str) -> String {
    Regex::parse(text).unwrap().export()
}

/// Strings near a program's own: samples, samples with one change, and random ones.
fn candidates(regex: &Regex, parameters: &Parameters, seed: u64) -> Vec<Vec<u8>> {
    let mut rng = Stream::at([seed, 0, 0, 0]);
    let mut strings = vec![vec![]];
    for _ in 0..20 {
        let length = rng.below(4);
        strings.push((0..length).map(|_| rng.below(CHARACTERS) as u8).collect());
        let Some(string) = sample(regex, parameters, &mut rng, 30) else {
            continue;
        };
        let mut mutated = string.clone();
        match rng.below(3) {
            0 => mutated.push(rng.below(CHARACTERS) as u8),
            1 => drop(mutated.pop()),
            _ if mutated.is_empty() => {}
            _ => {
                let at = rng.below(mutated.len());
                mutated[at] = rng.below(CHARACTERS) as u8;
            }
        }
        strings.extend([string, mutated]);
    }
    strings
}

proptest! {
    #[test]
    fn the_export_matches_exactly_the_strings_with_nonzero_probability(
        regex in programs(),
        seed: u64,
    ) {
        let parameters = Parameters::uniform();
        let automaton = Automaton::compile(&regex, &parameters);
        let engine = regex::Regex::new(&regex.export()).unwrap();
        for string in candidates(&regex, &parameters, seed) {
            let possible = automaton.log_prob(&string) > f64::NEG_INFINITY;
            let text = decode(&string);
            prop_assert_eq!(engine.is_match(&text), possible, "{:?} on {:?}", &regex, text);
        }
    }

    #[test]
    fn every_character_exports_as_itself(index in 0..CHARACTERS as u8) {
        let regex = Regex::from_node(&Node::Literal(index)).unwrap();
        let engine = regex::Regex::new(&regex.export()).unwrap();
        for other in 0..CHARACTERS as u8 {
            prop_assert_eq!(engine.is_match(&decode(&[other])), other == index);
        }
    }
}

#[test]
fn exports_are_what_a_reader_would_write() {
    assert_eq!(exported(r"\u\d\d"), "^[A-Z][0-9][0-9]$");
    assert_eq!(exported(r"\d\d\d\d+"), "^[0-9]{4,}$");
    assert_eq!(exported("a|b|cd"), "^(?:a|b|cd)$");
    assert_eq!(exported("(a|b)|c"), "^(?:a|b|c)$");
    assert_eq!(exported(r"(ab)*\.$"), r"^(?:ab)*\.\$$");
    assert_eq!(exported(r"((a*)*)*\t"), r"^a*\t$");
    assert_eq!(exported(r"(a|b)(a|b)(a|b)"), "^(?:a|b){3}$");
    assert_eq!(exported(r"\d?\d\d?x*xx?(ab)?ab"), "^[0-9]{1,3}x+(?:ab)?ab$");
}
