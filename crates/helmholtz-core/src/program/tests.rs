//! A grammar's programs: text, sizes, normalised networks, edits.

use std::collections::BTreeSet;

use helmholtz_nn::{Module, training_device};
use proptest::prelude::*;

use super::*;
use crate::model::LogProb;
use helmholtz_math::logsumexp;
use helmholtz_math::random::Stream;

/// Two kinds: numbers, and truths about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Small {}

impl Grammar for Small {
    const PROGRAM: &'static str = "number";
    const PRODUCTIONS: &'static [Production] = &[
        Production::leaf("n", "number"),
        Production::leaf("1", "number"),
        Production::new("+", "number", &["number", "number"]),
        Production::new("if", "number", &["truth", "number", "number"]),
        Production::new("even", "truth", &["number"]),
        Production::new("not", "truth", &["truth"]),
    ];
}

/// A leaf.
const N: Production = Production::leaf("n", "number");

/// A grammar of the given productions, for what is refused.
macro_rules! refused {
    ($program:literal, $($production:expr),*) => {{
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        enum Broken {}
        impl Grammar for Broken {
            const PROGRAM: &'static str = $program;
            const PRODUCTIONS: &'static [Production] = &[$($production),*];
        }
        Written::<Broken>::new(5).unwrap_err().to_string()
    }};
}

fn language(most: usize) -> Written<Small> {
    Written::new(most).unwrap()
}

fn stream(i: u64) -> Stream {
    Stream::at([i, 0, 0, 0])
}

/// All programs of at most `most` symbols, by trying all strings of symbols.
fn all(most: usize) -> Vec<Tree<Small>> {
    let mut strings: Vec<Vec<u8>> = vec![vec![]];
    let mut found = vec![];
    for _ in 0..most {
        let longer = strings
            .iter()
            .flat_map(|s| (0..6).map(move |x| [&s[..], &[x]].concat()));
        strings = longer.collect();
        found.extend(strings.iter().cloned().filter_map(Tree::from_symbols));
    }
    found
}

#[test]
fn a_grammar_that_is_none_is_refused() {
    let cases = [
        (refused!("number", N, N), "two productions are called `n`"),
        (
            refused!("number", Production::leaf("a b", "number")),
            "`a b` is no name",
        ),
        (refused!("truth", N), "no production makes a `truth`"),
        (
            refused!("number", Production::new("+", "number", &["number"])),
            "no production ends a `number`",
        ),
        (
            refused!("pair", N, Production::new("pair", "pair", &["number"; 9])),
            "choose from 10 to 1000 symbols",
        ),
        (
            refused!("number",),
            "0 productions; from 1 to 255 can be written",
        ),
    ];
    for (refusal, expected) in cases {
        assert!(refusal.contains(expected), "{refusal}");
    }
}

#[test]
fn text_is_read_back_and_nothing_else_is() {
    for program in all(6) {
        let text = program.to_string();
        assert_eq!(text.parse(), Ok(program.clone()), "{text}");
        let json = serde_json::to_string(&program).unwrap();
        assert_eq!(serde_json::from_str::<Tree<Small>>(&json).unwrap(), program);
    }
    let refuse = |text: &str| text.parse::<Tree<Small>>().unwrap_err().reason;
    assert_eq!(refuse("m"), "there is no `m`");
    assert_eq!(refuse("+ n 1"), "was `(+ n 1)` meant?");
    assert_eq!(refuse("((+ n 1)"), "was `(+ n 1)` meant?");
    for broken in ["", "(+ n)", "n n", "(even n)", "(+ n (even n))"] {
        assert!(refuse(broken).contains("a part is missing"), "{broken}");
    }
    assert_eq!(
        "( +  n\n1 )".parse::<Tree<Small>>().unwrap().to_string(),
        "(+ n 1)"
    );
}

#[test]
fn a_fold_goes_from_the_leaves_up_and_keeps_the_order() {
    let program: Tree<Small> = "(if (not (even n)) (+ n 1) 1)".parse().unwrap();
    let value = |n: i64| {
        program.fold(|production, parts: &[i64]| match (production.name, parts) {
            ("n", _) => n,
            ("+", [a, b]) => a + b,
            ("if", [truth, a, b]) => {
                if *truth == 1 {
                    *a
                } else {
                    *b
                }
            }
            ("even", [a]) => i64::from(a % 2 == 0),
            ("not", [a]) => 1 - a,
            _ => 1,
        })
    };
    assert_eq!([3, 4].map(value), [4, 1]);
}

/// Sums of exp(log p) over all programs of at most seven symbols, and one of eight.
fn total(log_prob: impl Fn(&[Tree<Small>]) -> LogProb) -> (f64, f64) {
    let known = log_prob(&all(7)).values();
    let long: Tree<Small> = "(+ n (+ n (if (even 1) n 1)))".parse().unwrap();
    (logsumexp(&known), log_prob(&[long]).values()[0])
}

#[test]
fn networks_are_normalised_over_the_programs_that_fit() {
    let (device, language) = (training_device(), language(7));
    let prior = Prior::new(language.clone(), 5, &mut stream(1), &device);
    let (sum, long) = total(|programs| prior.log_prob(programs));
    assert!(sum.abs() < 1e-5, "{sum}");
    assert_eq!(long, f64::NEG_INFINITY);
    let conditional = Conditional::new(language, 2, 5, &mut stream(2), &device);
    let tables = conditional.tables(helmholtz_nn::matrix(
        vec![0.3, -2.0, 1.0, 0.5],
        2,
        2,
        &device,
    ));
    let of = |o: usize| {
        let programs = all(7);
        let log_prob = conditional.log_prob(&tables, &vec![o; programs.len()], &programs);
        LogProb::neural(log_prob).values()
    };
    let (first, second) = (of(0), of(1));
    assert!(logsumexp(&first).abs() < 1e-5 && logsumexp(&second).abs() < 1e-5);
    assert_ne!(first, second);
}

#[test]
fn draws_have_the_probability_that_they_are_told() {
    let (device, language) = (training_device(), language(9));
    let conditional = Conditional::new(language, 1, 4, &mut stream(3), &device).valid();
    let about = helmholtz_nn::matrix(vec![0.5, -1.0, 2.0], 3, 1, &device);
    let tables = conditional.tables(about).inner();
    let of: Vec<usize> = (0..60).map(|i| i % 3).collect();
    let mut rngs: Vec<Stream> = (0..60).map(stream).collect();
    let (programs, told): (Vec<_>, Vec<f64>) = conditional
        .sample(&tables, &of, &mut rngs)
        .into_iter()
        .unzip();
    let scored = LogProb::neural(conditional.log_prob(&tables, &of, &programs)).values();
    for (told, scored) in told.iter().zip(scored) {
        assert!(
            (told - scored).abs() < 1e-4 * (1.0 + told.abs()),
            "{told} {scored}"
        );
    }
}

#[test]
fn edits_reach_what_is_one_part_away() {
    let start: Tree<Small> = "(+ n 1)".parse().unwrap();
    let language = language(7);
    let drawn = (0..4000).filter_map(|i| language.edit(&start, &mut stream(i)));
    let drawn: BTreeSet<String> = drawn.map(|program| program.to_string()).collect();
    assert!(!drawn.contains("(+ n 1)"));
    for expected in [
        "n",
        "1",
        "(+ 1 1)",
        "(+ n n)",
        "(+ n (+ 1 1))",
        "(+ (+ n 1) n)",
        "(+ n (if (even n) 1 n))",
    ] {
        assert!(drawn.contains(expected), "{expected} not in {drawn:?}");
    }
}

proptest! {
    #[test]
    fn random_programs_and_their_edits_are_programs_of_the_size(seed: u64, most in 1usize..40) {
        let language = language(most);
        let mut rng = stream(seed);
        let mut program = language.grow(&mut rng);
        for _ in 0..8 {
            prop_assert!(language.admits(&program));
            let symbols = program.symbols().to_vec();
            prop_assert_eq!(Tree::<Small>::from_symbols(symbols), Some(program.clone()));
            if let Some(edited) = language.edit(&program, &mut rng) {
                prop_assert!(edited != program);
                program = edited;
            }
        }
    }
}

#[test]
fn what_stands_in_is_the_shortest() {
    assert_eq!(language(3).stand_in().to_string(), "n");
    assert_eq!(
        Written::<Small>::new(0).unwrap_err().setting,
        "most_symbols"
    );
}
