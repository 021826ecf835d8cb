//! What writes programs of a language, given numbers about each observation.

use helmholtz_nn::tensor::{Device, Tensor};
use helmholtz_nn::{Linear, Module, TokenLstm};

use super::{Language, Pen, Script};
use crate::guide::Proposal;
use helmholtz_math::random::Stream;

/// q(z | numbers about x): a long short-term memory that writes programs symbol by symbol, and gets the numbers at
/// every step.
#[derive(Clone, Debug, Module)]
pub struct Conditional<L: Language> {
    writer: TokenLstm,
    /// The observation's part of what the writer reads.
    context: Linear,
    output: Linear,
    #[module(skip)]
    language: L,
}

impl<L: Language> Conditional<L> {
    /// One with random weights that is told `about` numbers and has a state of `hidden`.
    pub fn new(
        language: L,
        about: usize,
        hidden: usize,
        rng: &mut Stream,
        device: &Device,
    ) -> Self {
        Self {
            writer: TokenLstm::new(L::SYMBOLS, hidden, rng, device),
            context: Linear::new(about, 4 * hidden, rng, device),
            output: Linear::new(hidden, L::SYMBOLS, rng, device),
            language,
        }
    }

    /// From numbers about observations, `[observations, about]`, to what the writer reads of each,
    /// `[observations * symbols, 4 hidden]`.
    pub fn tables(&self, about: Tensor<2>) -> Tensor<2> {
        self.writer.table_with(self.context.forward(about))
    }

    /// Draws program i for observation `of[i]`, from stream i.
    pub fn sample(
        &self,
        tables: &Tensor<2>,
        of: &[usize],
        rngs: &mut [Stream],
    ) -> Vec<Proposal<L::Program>> {
        Pen::new(self.writer.weights_with(tables), &self.output).write(&self.language, of, rngs)
    }

    /// The log-probability of each program, given its observation, `[programs]`. One outside the language gets that of
    /// its stand-in: the prior forbids it.
    pub fn log_prob(&self, tables: &Tensor<2>, of: &[usize], programs: &[L::Program]) -> Tensor<1> {
        let script = Script::new(programs, of, &self.language);
        let (forest, tables) = (script.forest.clone(), tables.clone());
        let states = self
            .writer
            .forward_with(forest, &script.read, tables, &script.groups);
        script.log_prob(self.output.forward(states))
    }
}
