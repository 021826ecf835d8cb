//! The generative model of string concepts: a network writes a regex, the regex generates the strings.

use helmholtz_nn::tensor::Device;
use helmholtz_nn::{Module, Param};
use rayon::prelude::*;

use super::automaton::Automaton;
use super::config::Config;
use super::data::Strings;
use super::edit::edit;
use super::grammar::Grammar;
use super::handcrafted::sample_program;
use super::likelihood::Scratch;
use super::parameters::{COUNT, Parameters};
use super::program::Regex;
use super::sample::sample;
use super::writing::support;
use helmholtz_core::domain::Settings as _;
use helmholtz_core::model::{Edits, HandWritten, Latent, LogProb, Model, ModelExt as _, Rows};
use helmholtz_core::program::Prior;
use helmholtz_math::error::SettingError;
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use helmholtz_nn::{host, matrix};

/// The model: a learned prior over regexes, and the symbolic likelihood with its learned parameters.
#[derive(Clone, Debug, Module)]
pub struct StringModel {
    prior: Prior<Grammar>,
    /// `[1, 225]`: the logits of [`Parameters`].
    likelihood: Param<2>,
    strings: usize,
    max_length: usize,
}

impl StringModel {
    /// A model with random weights drawn by the configuration's seed.
    ///
    /// # Errors
    /// When a setting is out of range.
    pub fn new(config: &Config, device: &Device) -> Result<Self, SettingError> {
        config.check()?;
        let mut rng = Stream::at([config.learning.seed, 0, 0, Purpose::ModelWeights.tag()]);
        let mut logits = vec![0.0; COUNT];
        for (logit, p) in logits[COUNT - 3..].iter_mut().zip(config.operators) {
            *logit = (p / (1.0 - p)).ln() as f32;
        }
        Ok(Self {
            prior: Prior::new(config.grammar()?, config.sizes.prior, &mut rng, device),
            likelihood: Param::from_tensor(matrix(logits, 1, COUNT, device)),
            strings: config.strings,
            max_length: config.max_length,
        })
    }

    /// The programs that the model can write.
    pub fn grammar(&self) -> Grammar {
        *self.prior.language()
    }

    /// The most characters of a string that the model is about.
    pub fn max_length(&self) -> usize {
        self.max_length
    }

    /// The likelihood's probabilities.
    pub fn parameters(&self) -> Parameters {
        let logits = host(&self.likelihood.val());
        let logits: [f32; COUNT] = std::array::from_fn(|i| logits[i]);
        Parameters::from_logits(&logits)
    }

    /// A program in our notation, if it is one of this model.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(&self, text: &str) -> Result<Regex, String> {
        let program = Regex::parse(text).map_err(|e| e.to_string())?;
        match self.is_admissible(&program) {
            true => Ok(program),
            false => Err(format!(
                "`{text}` is no program of the model: it is too long or too deep"
            )),
        }
    }

    /// log p(z) of each program: a plain number, outside any graph.
    pub fn log_priors(&self, programs: &[Regex]) -> Vec<f64> {
        if programs.is_empty() {
            return vec![];
        }
        self.valid().prior.log_prob(programs).values()
    }

    /// `count` strings from p(x | z); fewer where the program's strings tend to be too long.
    pub fn sample_strings(&self, program: &Regex, count: usize, rng: &mut Stream) -> Vec<Vec<u8>> {
        let parameters = self.parameters();
        let attempts = 4 * count;
        (0..attempts)
            .filter_map(|_| sample(program, &parameters, rng, self.max_length))
            .take(count)
            .collect()
    }

    /// Values, and the Jacobian by the 225 logits when it will be used.
    fn score_strings(&self, rows: &Rows<'_, Self>, jacobian: bool) -> (Vec<f64>, Vec<f32>) {
        let parameters = self.parameters();
        let scored: Vec<(f64, Vec<f32>)> = rows
            .programs
            .par_iter()
            .zip(rows.of)
            .map(|(program, &o)| {
                let strings = rows.observations[o];
                if jacobian {
                    differentiate(program, strings, &parameters)
                } else {
                    (log_prob(program, strings, &parameters), vec![])
                }
            })
            .collect();
        let (values, slopes): (Vec<f64>, Vec<Vec<f32>>) = scored.into_iter().unzip();
        (values, slopes.concat())
    }
}

/// log p(X | z), the sum over the strings.
pub(super) fn log_prob(program: &Regex, strings: &Strings, parameters: &Parameters) -> f64 {
    let automaton = Automaton::compile(program, parameters);
    let mut scratch = Scratch::default();
    let mut total = 0.0;
    for string in strings.iter() {
        total += automaton.log_prob_with(string, &mut scratch);
        if total == f64::NEG_INFINITY {
            break;
        }
    }
    total
}

/// log p(X | z) and its gradient by the logits; a zero gradient where X is impossible.
fn differentiate(program: &Regex, strings: &Strings, parameters: &Parameters) -> (f64, Vec<f32>) {
    let automaton = Automaton::differentiable(program, parameters);
    let (mut scratch, mut gradient) = (Scratch::default(), [0.0; COUNT]);
    let one = |string| automaton.log_prob_gradient_with(string, &mut gradient, &mut scratch);
    let total: f64 = strings.iter().map(one).sum();
    let slope = |g: f64| if total.is_finite() { g as f32 } else { 0.0 };
    (total, gradient.map(slope).to_vec())
}

impl Model for StringModel {
    type Observation = Strings;
    type Discrete = Regex;

    fn log_prior(&self, rows: &Rows<'_, Self>) -> LogProb {
        self.prior.log_prob(rows.programs)
    }

    fn log_likelihood(&self, rows: &Rows<'_, Self>) -> LogProb {
        let inputs = self.likelihood.val();
        let (values, jacobian) = self.score_strings(rows, inputs.is_autodiff());
        LogProb::symbolic(values, inputs, jacobian)
    }

    fn sample_latent(&self, rngs: &mut [Stream]) -> Vec<Latent<Regex>> {
        let programs = self.prior.sample(rngs).into_iter();
        programs.map(|program| (program, vec![])).collect()
    }

    fn sample_observation(
        &self,
        latents: &[Latent<Regex>],
        rngs: &mut [Stream],
    ) -> Vec<Option<Strings>> {
        let parameters = self.parameters();
        let draw = |program: &Regex, rng: &mut Stream| -> Option<Strings> {
            let strings: Option<Vec<Vec<u8>>> = (0..self.strings)
                .map(|_| sample(program, &parameters, rng, self.max_length))
                .collect();
            strings.map(Strings::new)
        };
        latents
            .par_iter()
            .zip(rngs)
            .map(|((program, _), rng)| draw(program, rng))
            .collect()
    }

    fn support(&self) -> Option<Regex> {
        Some(support())
    }

    fn edits(&self) -> Option<&dyn Edits<Self>> {
        Some(self)
    }

    fn hand_written(&self) -> Option<&dyn HandWritten<Self>> {
        Some(self)
    }
}

impl Edits<StringModel> for StringModel {
    fn edit(&self, program: &Regex, strings: &Strings, rng: &mut Stream) -> Option<Regex> {
        edit(program, self.grammar(), rng, &strings.characters())
    }
}

impl HandWritten<StringModel> for StringModel {
    fn sample(&self, rngs: &mut [Stream]) -> Vec<Latent<Regex>> {
        let most = self.grammar().max_tokens();
        rngs.iter_mut()
            .map(|rng| (sample_program(rng, most), vec![]))
            .collect()
    }
}

#[cfg(test)]
pub(super) mod tests;
