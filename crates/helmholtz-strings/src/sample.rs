//! Strings drawn from a program.
//!
//! By recursive descent over the tree, head by head: deliberately not from the automaton, so that
//! sample frequencies are evidence about the likelihood.

use super::alphabet::Class;
use super::parameters::{Operator, Parameters};
use super::program::{Node, Regex};
use helmholtz_math::random::Stream;

/// Operator choices after which a draw is given up: repeats of nothing must end, too.
const MAX_CHOICES: usize = 1 << 16;

/// Draws a string (indices of characters) of at most `max_length` characters.
///
/// `None` when the draw became too long: what remains is the program's distribution conditioned on
/// the length, and the caller can count what was rejected.
pub fn sample(
    regex: &Regex,
    parameters: &Parameters,
    rng: &mut Stream,
    max_length: usize,
) -> Option<Vec<u8>> {
    let string = Vec::with_capacity(max_length.min(64));
    let mut sampler = Sampler {
        parameters,
        rng,
        string,
        max_length,
        choices: 0,
    };
    sampler.visit(regex.node())?;
    Some(sampler.string)
}

struct Sampler<'a> {
    parameters: &'a Parameters,
    rng: &'a mut Stream,
    string: Vec<u8>,
    max_length: usize,
    choices: usize,
}

impl Sampler<'_> {
    /// Appends what a node generates; `None` to give up.
    fn visit(&mut self, node: &Node) -> Option<()> {
        match node {
            Node::Literal(character) => self.emit(*character),
            Node::Class(class) => self.member(*class),
            Node::Star(body) => self.repeat(body),
            Node::Plus(body) => {
                self.visit(body)?;
                self.repeat(body)
            }
            Node::Maybe(body) => match self.choose(Operator::Maybe)? {
                true => self.visit(body),
                false => Some(()),
            },
            Node::Either(left, right) => match self.choose(Operator::Either)? {
                true => self.visit(left),
                false => self.visit(right),
            },
            Node::Sequence(items) => items.iter().try_for_each(|item| self.visit(item)),
        }
    }

    fn repeat(&mut self, body: &Node) -> Option<()> {
        while self.choose(Operator::Repeat)? {
            self.visit(body)?;
        }
        Some(())
    }

    fn choose(&mut self, operator: Operator) -> Option<bool> {
        self.choices += 1;
        let [probability, _] = self.parameters.operator(operator);
        (self.choices <= MAX_CHOICES).then(|| self.rng.uniform() < probability)
    }

    fn member(&mut self, class: Class) -> Option<()> {
        let character = self.rng.categorical(self.parameters.emissions(class))?;
        self.emit(character as u8)
    }

    fn emit(&mut self, character: u8) -> Option<()> {
        self.string.push(character);
        (self.string.len() <= self.max_length).then_some(())
    }
}

#[cfg(test)]
mod tests;
