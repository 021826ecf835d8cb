//! Fantasies to look at: what the model believes before it sees any data.
//!
//! Programs drawn from the learned prior, each with strings drawn from it, as in the paper's Table 2:
//! the shortest way to see whether training has found structure or only frequent characters.

use serde::Serialize;

use super::alphabet::decode;
use super::model::StringModel;
use super::program::Regex;
use helmholtz_core::model::Model;
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;

/// A program that the model dreamt up, and strings that it generates.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fantasy {
    /// The program, in this library's syntax.
    pub regex: String,
    /// The same for other regex engines.
    pub export: String,
    /// log p(z), in nats.
    pub log_prior: f64,
    /// Strings from p(x | z); fewer than asked for where they tend to be too long.
    pub samples: Vec<String>,
}

/// Draws `count` programs from p(z), each with `strings` strings. The first programs of a larger count
/// are those of a smaller one.
pub fn fantasies(model: &StringModel, count: usize, strings: usize, seed: u64) -> Vec<Fantasy> {
    let stream = |i: usize, purpose| Stream::at([seed, i as u64, 0, purpose]);
    let mut rngs: Vec<Stream> = (0..count)
        .map(|i| stream(i, Purpose::Fantasy.tag()))
        .collect();
    let programs: Vec<Regex> = model
        .sample_latent(&mut rngs)
        .into_iter()
        .map(|z| z.0)
        .collect();
    let log_priors = model.log_priors(&programs);
    let describe = |(i, (program, log_prior)): (usize, (&Regex, f64))| {
        let drawn = model.sample_strings(
            program,
            strings,
            &mut stream(i, Purpose::FantasyObservation.tag()),
        );
        Fantasy {
            regex: program.to_string(),
            export: program.export(),
            log_prior,
            samples: drawn.iter().map(|s| decode(s)).collect(),
        }
    };
    programs
        .iter()
        .zip(log_priors)
        .enumerate()
        .map(describe)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alphabet::encode;
    use crate::automaton::Automaton;
    use crate::{Config, Sizes};
    use helmholtz_nn::training_device;

    #[test]
    fn fantasies_are_possible_under_their_own_program_and_do_not_depend_on_the_count() {
        let sizes = Sizes {
            prior: 8,
            guide: 8,
            width: 8,
        };
        let config = Config {
            sizes,
            ..Config::default()
        };
        let model = StringModel::new(&config, &training_device()).unwrap();
        let drawn = fantasies(&model, 6, 3, 1);
        assert_eq!(drawn[..2], fantasies(&model, 2, 3, 1));
        let parameters = model.parameters();
        for fantasy in drawn {
            assert!(fantasy.log_prior.is_finite() && fantasy.log_prior < 0.0);
            let program = Regex::parse(&fantasy.regex).unwrap();
            let automaton = Automaton::compile(&program, &parameters);
            for sample in &fantasy.samples {
                assert!(automaton.log_prob(&encode(sample).unwrap()).is_finite());
            }
        }
    }
}
