//! Writing programs token by token: what prior and guide share.
//!
//! A network that writes is given the token before (`End` at the start) and scores the next; the grammar
//! masks what may not come. Teacher forcing ([`Script`]) scores given programs, all steps at once;
//! [`write`] draws new ones, step by step.

use std::sync::OnceLock;

use burn::tensor::Tensor;

use super::grammar::{Grammar, State};
use super::program::Regex;
use super::token::{Kind, Token};
use crate::nn::{ChoiceKernel, Masks, Packed, apply1, draw, masked_softmax};
use crate::random::Stream;

/// The byte that a token is to a network.
fn byte(token: Token) -> u8 {
    token.into()
}

/// Every mask as a row over the vocabulary: one per set of kinds.
fn masks() -> &'static Masks {
    static MASKS: OnceLock<Masks> = OnceLock::new();
    MASKS.get_or_init(|| {
        Masks::new(1 << Kind::ALL.len(), Token::COUNT, |mask, token| {
            let kind = Kind::ALL.iter().position(|k| k.tokens().contains(&token));
            kind.is_some_and(|k| mask >> k & 1 == 1)
        })
    })
}

/// Given programs as a network reads and writes them.
pub(super) struct Script {
    /// The steps of each program: its tokens and `End`.
    pub(super) packed: Packed,
    /// The token before each step.
    pub(super) read: Vec<u8>,
    written: Vec<u8>,
    mask: Vec<u8>,
    /// Per program, whether the grammar allows it; one that it does not has probability zero.
    allowed: Vec<bool>,
}

impl Script {
    /// The script of some programs. A program outside the grammar is replaced by `.*` in the batch and
    /// marked.
    pub(super) fn new(programs: &[Regex], grammar: Grammar) -> Self {
        let support = [super::alphabet::Class::Any.into(), Token::STAR];
        let allowed: Vec<bool> = programs.iter().map(|p| grammar.accepts(p)).collect();
        let tokens = |i: usize| {
            if allowed[i] {
                programs[i].tokens()
            } else {
                &support[..]
            }
        };
        let packed = Packed::new((0..programs.len()).map(|i| tokens(i).len() + 1));
        let (mut read, mut written, mut mask) = (vec![], vec![], vec![]);
        for i in 0..programs.len() {
            let own = || tokens(i).iter().map(|&t| byte(t));
            read.push(byte(Token::END));
            read.extend(own());
            written.extend(own());
            written.push(byte(Token::END));
            mask.extend(grammar.masks(tokens(i)).iter().map(|m| m.bits()));
        }
        Self {
            packed,
            read,
            written,
            mask,
            allowed,
        }
    }

    /// Per program, 0 where the grammar allows it and -inf where it does not.
    pub(super) fn exact(&self) -> Vec<f64> {
        let value = |&allowed: &bool| if allowed { 0.0 } else { f64::NEG_INFINITY };
        self.allowed.iter().map(value).collect()
    }

    /// The log-probability of each program, `[programs]`, from the logits of every step, `[steps, 109]`.
    pub(super) fn log_prob(self, logits: Tensor<2>) -> Tensor<1> {
        let kernel = ChoiceKernel {
            packed: self.packed,
            chosen: self.written,
            mask: self.mask,
            masks: masks().clone(),
        };
        apply1(kernel, logits.into_dispatch())
    }
}

/// A network in the course of writing several programs.
pub(super) trait Writer {
    /// Reads one token per program under way and returns the logits of the next, `[programs, 109]`.
    fn read(&mut self, tokens: &[u8]) -> Vec<f32>;

    /// Forgets the programs that are finished: those where `keep` is false.
    fn retain(&mut self, keep: &[bool]);
}

/// Draws a program per stream, with its log-probability.
pub(super) fn write(
    mut writer: impl Writer,
    grammar: Grammar,
    rngs: &mut [Stream],
) -> Vec<(Regex, f64)> {
    let mut drafts: Vec<Draft> = rngs.iter().map(|_| Draft::new(grammar)).collect();
    let mut active: Vec<usize> = (0..drafts.len()).collect();
    while !active.is_empty() {
        let tokens: Vec<u8> = active.iter().map(|&i| drafts[i].last()).collect();
        let mut logits = writer.read(&tokens);
        for (&i, row) in active.iter().zip(logits.chunks_exact_mut(Token::COUNT)) {
            drafts[i].extend(row, &mut rngs[i]);
        }
        let keep: Vec<bool> = active.iter().map(|&i| !drafts[i].finished).collect();
        if keep.contains(&false) {
            writer.retain(&keep);
            active.retain(|&i| !drafts[i].finished);
        }
    }
    drafts.into_iter().map(Draft::finish).collect()
}

/// A program under way.
struct Draft {
    tokens: Vec<Token>,
    state: State,
    log_prob: f64,
    finished: bool,
}

impl Draft {
    fn new(grammar: Grammar) -> Self {
        Self {
            tokens: vec![],
            state: grammar.start(),
            log_prob: 0.0,
            finished: false,
        }
    }

    fn last(&self) -> u8 {
        byte(self.tokens.last().copied().unwrap_or(Token::END))
    }

    /// Draws the next token from masked logits.
    fn extend(&mut self, logits: &mut [f32], rng: &mut Stream) {
        let raw = logits.to_vec();
        let total = masked_softmax(logits, masks().row(self.state.allowed().bits()));
        if !total.is_finite() {
            // Weights so large that the network overflows: give up instead of writing for ever.
            self.log_prob = f64::NEG_INFINITY;
            self.finished = true;
            return;
        }
        let chosen = draw(logits, rng);
        self.log_prob += f64::from(raw[chosen] - total);
        match Token::from_index(chosen).filter(|&t| t != Token::END) {
            Some(token) => {
                self.state.push(token);
                self.tokens.push(token);
            }
            None => self.finished = true,
        }
    }

    /// The mask admits programs only, so reading back cannot fail; if it did, `.*` of probability zero
    /// would stand in.
    fn finish(self) -> (Regex, f64) {
        match Regex::from_tokens(&self.tokens) {
            Ok(program) => (program, self.log_prob),
            Err(_) => (support(), f64::NEG_INFINITY),
        }
    }
}

/// `.*`, under which every string has positive probability.
pub(super) fn support() -> Regex {
    let any = super::alphabet::Class::Any;
    let star = super::program::Node::Star(Box::new(super::program::Node::Class(any)));
    Regex::from_node(&star).unwrap_or_else(|_| any.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_follow_the_kinds() {
        let atoms = masks().row(1);
        assert_eq!(atoms.iter().sum::<f32>(), 102.0);
        let all = masks().row(0b11_1111);
        assert_eq!(all.iter().sum::<f32>(), Token::COUNT as f32);
    }

    #[test]
    fn the_support_program_is_any_star() {
        assert_eq!(support().to_string(), ".*");
    }
}
