//! A prior that learns to write programs of a language.

use helmholtz_nn::tensor::Device;
use helmholtz_nn::{Linear, Module, Param, Reading, TokenLstm, host, uniform_parameter};

use super::{Language, Pen, Script};
use crate::model::LogProb;
use helmholtz_math::random::Stream;

/// Programs that share their beginnings when they are scored: all could, but work is parallel over groups.
const SHARD: usize = 64;

/// p(z): a long short-term memory that writes programs symbol by symbol.
#[derive(Clone, Debug, Module)]
pub struct Prior<L: Language> {
    lstm: TokenLstm,
    start_hidden: Param<2>,
    start_cell: Param<2>,
    output: Linear,
    #[module(skip)]
    language: L,
}

impl<L: Language> Prior<L> {
    /// One with random weights and a state of `hidden` numbers.
    pub fn new(language: L, hidden: usize, rng: &mut Stream, device: &Device) -> Self {
        Self {
            lstm: TokenLstm::new(L::SYMBOLS, hidden, rng, device),
            start_hidden: uniform_parameter(1, hidden, 0.0, rng, device),
            start_cell: uniform_parameter(1, hidden, 0.0, rng, device),
            output: Linear::new(hidden, L::SYMBOLS, rng, device),
            language,
        }
    }

    /// The language.
    pub fn language(&self) -> &L {
        &self.language
    }

    /// log p(z) of each program; -inf for one outside the language.
    pub fn log_prob(&self, programs: &[L::Program]) -> LogProb {
        let groups: Vec<usize> = (0..programs.len()).map(|i| i / SHARD).collect();
        let script = Script::new(programs, &groups, &self.language);
        let exact = script.exact();
        let starts = vec![0; script.groups.len()];
        let reading = Reading {
            forest: script.forest.clone(),
            tokens: script.read.clone(),
            start_hidden: starts.clone(),
            start_cell: starts,
        };
        let (hidden, cell) = (self.start_hidden.val(), self.start_cell.val());
        let states = self.lstm.forward(reading, hidden, cell);
        LogProb {
            tensor: script.log_prob(self.output.forward(states)),
            exact,
        }
    }

    /// Draws z ~ p(z), one per stream.
    pub fn sample(&self, rngs: &mut [Stream]) -> Vec<L::Program> {
        let start = [&self.start_hidden, &self.start_cell].map(|state| host(&state.val()));
        let [hidden, cell] = start;
        let pen = Pen::new(self.lstm.weights(), &self.output).starting(hidden, cell);
        let written = pen.write(&self.language, &vec![0; rngs.len()], rngs);
        written.into_iter().map(|(program, _)| program).collect()
    }
}
