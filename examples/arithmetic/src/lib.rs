//! A domain of its own: arithmetic expressions that explain sequences of integers.

pub mod language;
pub mod model;

use helmholtz::data::{ReadOptions, parse_lines};
use helmholtz::domain::Domain;
use helmholtz::error::SettingError;
use helmholtz::nn::training_device;
use helmholtz::product::ready::{self, Config, Ready, read_lines};
use helmholtz::product::{Input, Nothing, Product, ProductError, Read, Verb};
use helmholtz::program::{ProgramGuide, SequenceEncoder, Tree, TreeModel, Written};
use helmholtz::random::Stream;
use helmholtz::train::WakeSleep;

use language::{Arithmetic, Sequence, value};
use model::{Evaluation, ExpressionGuide, Expressions, features};

/// Sequences of integers, explained by expressions.
pub enum Sequences {}

impl Domain for Sequences {
    const NAME: &'static str = "integers";

    type Config = Config;
    type Datum = Sequence;
    type Networks = (Expressions, ExpressionGuide);
    type Learner = WakeSleep<Expressions, ExpressionGuide>;

    fn networks(config: &Config) -> Result<Self::Networks, SettingError> {
        let (device, hidden) = (training_device(), config.hidden);
        let language = Written::new(config.most_symbols)?;
        let rng = &mut Stream::at([config.learning.seed, 0, 0, 0]);
        let model = TreeModel::new(Evaluation, language.clone(), hidden, rng, &device);
        let encoder = SequenceEncoder::new(hidden, features, rng, &device);
        Ok((
            model,
            ProgramGuide::new(encoder, language, hidden, rng, &device),
        ))
    }

    fn learner(config: &Config, data: &[Sequence]) -> Result<Self::Learner, SettingError> {
        let networks = Self::networks(config)?;
        WakeSleep::with_settings(networks, data.to_vec(), &config.learning, config.phases()?)
    }
}

impl Product for Sequences {
    const ABOUT: &'static str = "Sequences of integers, explained by arithmetic expressions";
    const OBSERVATIONS: &'static str = "sequences";

    type Reading = Nothing;

    fn read(input: &Input, _: &Nothing, _: &Config) -> Result<Read<Sequence>, ProductError> {
        let options = ReadOptions {
            until: input.until,
            ..ReadOptions::default()
        };
        read_lines(input, |file| {
            let parsed = parse_lines(file, &options, Sequence::parse)?;
            Ok((parsed.values, parsed.refused))
        })
    }

    /// Polynomials and powers.
    fn builtin(_: &Config) -> Read<Sequence> {
        let programs = [
            "n",
            "(* 2 n)",
            "(+ n 3)",
            "(- (* 2 n) 1)",
            "(* n n)",
            "(^ 2 n)",
            "(* 5 n)",
            "(- 10 n)",
        ];
        let run = |text: &&str| {
            let program: Tree<Arithmetic> = text.parse().ok()?;
            (1..=8)
                .map(|n| value(&program, n))
                .collect::<Option<_>>()
                .map(Sequence)
        };
        Read::whole(programs.iter().filter_map(run).collect(), &Input::default())
    }

    fn verbs() -> Vec<Verb<Self>> {
        ready::verbs()
    }
}

impl Ready for Sequences {
    type Model = Expressions;
    type Guide = ExpressionGuide;

    fn name(sequence: &Sequence) -> String {
        sequence.to_string()
    }

    /// What comes next, and what does not belong.
    fn note(program: &Tree<Arithmetic>, sequence: &Sequence) -> String {
        let next = value(program, sequence.0.len() as i64 + 1);
        let mut note = next.map_or_else(|| "nothing next".into(), |x| format!("next {x}"));
        for (x, n) in sequence.0.iter().zip(1..) {
            if let Some(expected) = value(program, n).filter(|e| e != x) {
                note += &format!(", {expected} instead of {x}");
            }
        }
        note
    }
}
