//! The ready verbs on the smallest domain: sums that explain sequences of numbers.

use std::ops::ControlFlow;
use std::path::Path;

use helmholtz_nn::training_device;
use serde_json::{Map, Value, json};

use super::*;
use crate::domain::Domain;
use crate::product::{Answer, Nothing, Outcome, Source};
use crate::program::{
    Grammar, Production, ProgramGuide, Semantics, SequenceEncoder, Tree, TreeModel, Written,
};
use crate::train::WakeSleep;
use helmholtz_math::error::SettingError;
use helmholtz_math::random::Stream;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Sums {}

impl Grammar for Sums {
    const PROGRAM: &'static str = "number";
    const PRODUCTIONS: &'static [Production] = &[
        Production::leaf("n", "number"),
        Production::leaf("1", "number"),
        Production::new("+", "number", &["number", "number"]),
    ];
}

fn value(program: &Tree<Sums>, n: i64) -> i64 {
    program.fold(|production, parts: &[i64]| match production.name {
        "n" => n,
        "1" => 1,
        _ => parts.iter().sum(),
    })
}

#[derive(Clone, Debug)]
struct Exactly;

impl Semantics for Exactly {
    type Grammar = Sums;
    type Observation = Vec<i64>;

    fn log_likelihood(&self, program: &Tree<Sums>, x: &Vec<i64>) -> f64 {
        let mut both = x.iter().zip(1..);
        match both.all(|(x, n)| *x == value(program, n)) {
            true => 0.0,
            false => f64::NEG_INFINITY,
        }
    }

    /// Programs of more than two symbols are none.
    fn run(&self, program: &Tree<Sums>, _: &mut Stream) -> Option<Vec<i64>> {
        (program.symbols().len() < 3).then(|| (1..=3).map(|n| value(program, n)).collect())
    }
}

enum Toy {}

type ToyGuide = ProgramGuide<SequenceEncoder<Vec<i64>, 1>, Written<Sums>>;

impl Domain for Toy {
    const NAME: &'static str = "toy";
    type Config = Config;
    type Datum = Vec<i64>;
    type Networks = (TreeModel<Exactly>, ToyGuide);
    type Learner = WakeSleep<TreeModel<Exactly>, ToyGuide>;

    fn networks(config: &Config) -> Result<Self::Networks, SettingError> {
        let (device, rng) = (training_device(), &mut Stream::at([3, 0, 0, 0]));
        let language = Written::new(config.most_symbols)?;
        let rows = |x: &Vec<i64>| x.iter().map(|&x| [x as f32]).collect();
        let encoder = SequenceEncoder::new(8, rows, rng, &device);
        let model = TreeModel::new(Exactly, language.clone(), 8, rng, &device);
        Ok((model, ProgramGuide::new(encoder, language, 8, rng, &device)))
    }

    fn learner(config: &Config, data: &[Vec<i64>]) -> Result<Self::Learner, SettingError> {
        let networks = Self::networks(config)?;
        WakeSleep::with_settings(networks, data.to_vec(), &config.learning, config.phases()?)
    }
}

impl Product for Toy {
    const ABOUT: &'static str = "Numbers, explained by sums";
    const OBSERVATIONS: &'static str = "sequences";
    type Reading = Nothing;

    fn read(input: &Input, _: &Nothing, _: &Config) -> Result<Read<Vec<i64>>, ProductError> {
        read_lines(input, |file| parsed(&std::fs::read_to_string(file)?))
    }

    fn builtin(_: &Config) -> Read<Vec<i64>> {
        Read::whole(vec![vec![1, 2, 3]], &Input::default())
    }

    fn shipped() -> Result<crate::product::Loaded<Self>, ProductError> {
        crate::product::Loaded::untrained(Config::default())
    }

    fn verbs() -> Vec<Verb<Self>> {
        verbs()
    }
}

/// Digits, a sequence a line.
fn parsed(text: &str) -> Result<Lines<Vec<i64>>, Cause> {
    let (mut values, mut refused) = (vec![], vec![]);
    for (line, number) in text.lines().zip(1..) {
        let digits = line.chars().map(|c| c.to_digit(10).map(i64::from));
        match digits.collect::<Option<Vec<i64>>>() {
            Some(sequence) => values.push(sequence),
            None => refused.push((number, format!("`{line}` is no number"))),
        }
    }
    Ok((values, refused))
}

impl Ready for Toy {
    type Model = TreeModel<Exactly>;
    type Guide = ToyGuide;

    fn name(observation: &Vec<i64>) -> String {
        observation.iter().map(i64::to_string).collect()
    }
}

/// What a verb answers about files of a folder, and how it ends; the sink has enough after `most`.
fn ask(verb: &str, files: &[&str], options: &Value, most: usize) -> (Vec<Answer>, Outcome) {
    let folder = tempfile::tempdir().unwrap();
    let write = |(i, text): (usize, &&str)| {
        let path = folder.path().join(format!("{i}.txt"));
        std::fs::write(&path, text).unwrap();
        path
    };
    let input = Input::files(files.iter().enumerate().map(write));
    let options: Map<String, Value> = options.as_object().unwrap().clone();
    let verb = Toy::verbs()
        .into_iter()
        .find(|v| v.role.name == verb)
        .unwrap();
    let mut answers = vec![];
    let mut sink = |answer| {
        answers.push(answer);
        match answers.len() == most {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    };
    let outcome = verb
        .run(&Source::Shipped, &input, options, &mut sink)
        .unwrap();
    (answers, outcome)
}

#[test]
fn an_observation_is_explained_and_one_that_cannot_be_is_doubted() {
    let (answers, outcome) = ask("explain", &["123\n99\n"], &json!({"visits": 20}), 9);
    assert_eq!(answers[0].name, "123");
    assert_eq!(answers[0].data["programs"][0]["program"], "n");
    assert!(answers[0].doubts.is_empty(), "{:?}", answers[0].doubts);
    assert_eq!(
        answers[1].doubts,
        ["no program was found that can have generated this"]
    );
    assert_eq!(outcome.input.read, Some(2));
    let (_, stopped) = ask("explain", &["234\n123\n"], &json!({"visits": 1}), 1);
    assert_eq!(stopped.input.read, Some(1));
}

#[test]
fn lines_that_say_nothing_are_told_with_their_file() {
    let (answers, outcome) = ask(
        "explain",
        &["x\n123\n", "1\n2y\n"],
        &json!({"visits": 1}),
        9,
    );
    assert_eq!(outcome.input.rows, Some(4));
    let told = &answers[0].left_out;
    assert_eq!(told, &outcome.input.left_out);
    assert!(
        told[0].what.ends_with("0.txt") && told[0].rows == [1],
        "{told:?}"
    );
    assert!(
        told[1].what.ends_with("1.txt") && told[1].reason.contains("`2y`"),
        "{told:?}"
    );
    assert!(Path::new(&outcome.input.files[0]).ends_with("0.txt"));
}

#[test]
fn programs_are_drawn_with_and_without_samples() {
    let (answers, _) = ask("sample", &[], &json!({"programs": 20, "samples": 2}), 99);
    let failed = answers.iter().filter(|a| !a.doubts.is_empty()).count();
    let fits = |a: &&Answer| a.data["samples"].as_array().unwrap().len() == 2;
    assert_eq!(
        (answers.len(), answers.iter().filter(fits).count()),
        (20, 20 - failed)
    );
    let (bare, _) = ask("sample", &[], &json!({"programs": 20, "samples": 0}), 99);
    let programs = |answers: &[Answer]| -> Vec<Value> {
        answers.iter().map(|a| a.data["program"].clone()).collect()
    };
    assert_eq!(programs(&bare), programs(&answers));
    assert!(
        bare[0].data["program"]
            .as_str()
            .is_some_and(|p| !p.is_empty())
    );
}

#[test]
fn a_bound_is_told_where_there_is_one() {
    let of = |text: &str| {
        ask("evaluate", &[text], &json!({"particles": 200}), 9)
            .0
            .remove(0)
    };
    let two = of("123\n234\n");
    assert!(two.data["log_evidence"].as_f64().unwrap() < 0.0);
    assert!(two.data["standard_error"].is_number());
    assert!(of("123\n").data["standard_error"].is_null());
    let none = of("99\n");
    assert_eq!(
        (&none.data["unexplained"], &none.data["log_evidence"]),
        (&json!(1), &Value::Null)
    );
    assert_eq!(none.doubts.len(), 1);
}
