//! Writing programs token by token: what prior and guide share.
//!
//! A network that writes is given the token before (`End` at the start) and scores the next; the grammar
//! masks what may not come. Teacher forcing ([`Script`]) scores given programs, all steps at once;
//! [`write`] draws new ones, step by step. Both compute once what programs with a common beginning share.

use std::collections::HashMap;
use std::sync::OnceLock;

use burn::tensor::Tensor;

use super::grammar::{Grammar, State};
use super::program::Regex;
use super::token::{Kind, Token};
use crate::nn::{ChoiceKernel, Forest, Masks, Packed, Shared, apply1, draw, masked_softmax};
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
    /// One tree of steps per group of programs; a step per token, and one for `End`.
    pub(super) forest: Forest,
    /// The group of each tree.
    pub(super) groups: Vec<usize>,
    /// The token before each step of the forest.
    pub(super) read: Vec<u8>,
    mask: Vec<u8>,
    /// The steps of each program.
    paths: Packed,
    nodes: Vec<usize>,
    written: Vec<u8>,
    /// Per program, whether the grammar allows it; one that it does not has probability zero.
    allowed: Vec<bool>,
}

impl Script {
    /// The script of some programs; those of a group share their beginnings. A program outside the grammar
    /// is replaced by `.*` in the batch and marked.
    pub(super) fn new(programs: &[Regex], groups: &[usize], grammar: Grammar) -> Self {
        let stand_in = [super::alphabet::Class::Any.into(), Token::STAR];
        let allowed: Vec<bool> = programs.iter().map(|p| grammar.accepts(p)).collect();
        let tokens: Vec<&[Token]> = programs
            .iter()
            .zip(&allowed)
            .map(|(p, &allowed)| if allowed { p.tokens() } else { &stand_in })
            .collect();
        let read = |t: &&[Token]| -> Vec<u8> {
            let own = t.iter().map(|&t| byte(t));
            [byte(Token::END)].into_iter().chain(own).collect()
        };
        let shared = Shared::new(groups, &tokens.iter().map(read).collect::<Vec<_>>());
        let (mut written, mut mask) = (vec![], vec![0; shared.tokens.len()]);
        for (i, tokens) in tokens.iter().enumerate() {
            written.extend(tokens.iter().map(|&t| byte(t)));
            written.push(byte(Token::END));
            let nodes = &shared.nodes[shared.paths.range(i)];
            for (&node, allowed) in nodes.iter().zip(grammar.masks(tokens)) {
                mask[node] = allowed.bits();
            }
        }
        Self {
            forest: shared.forest,
            groups: shared.groups,
            read: shared.tokens,
            mask,
            paths: shared.paths,
            nodes: shared.nodes,
            written,
            allowed,
        }
    }

    /// Per program, 0 where the grammar allows it and -inf where it does not.
    pub(super) fn exact(&self) -> Vec<f64> {
        let value = |&allowed: &bool| if allowed { 0.0 } else { f64::NEG_INFINITY };
        self.allowed.iter().map(value).collect()
    }

    /// The log-probability of each program, `[programs]`, from the logits of every step of the forest,
    /// `[steps, 109]`.
    pub(super) fn log_prob(self, logits: Tensor<2>) -> Tensor<1> {
        let kernel = ChoiceKernel {
            paths: self.paths,
            nodes: self.nodes,
            chosen: self.written,
            mask: self.mask,
            masks: masks().clone(),
        };
        apply1(kernel, logits.into_dispatch())
    }
}

/// A network in the course of writing several programs; those that are equal so far share a row.
pub(super) trait Writer {
    /// Reads one token per row and returns the logits of the next, `[rows, 109]`.
    fn read(&mut self, tokens: &[u8]) -> Vec<f32>;

    /// Goes on with the given rows in the given order: several times with one from which programs part,
    /// not at all with one whose programs are finished.
    fn select(&mut self, rows: &[usize]);
}

/// Draws a program per stream, with its log-probability. Program `i` starts from row `rows[i]`.
pub(super) fn write(
    mut writer: impl Writer,
    grammar: Grammar,
    rows: &[usize],
    rngs: &mut [Stream],
) -> Vec<(Regex, f64)> {
    let mut drafts: Vec<Draft> = rows.iter().map(|&r| Draft::new(grammar, r)).collect();
    let mut tokens = vec![byte(Token::END); rows.iter().max().map_or(0, |r| r + 1)];
    while !tokens.is_empty() {
        let logits = writer.read(&tokens);
        let mut choices: Vec<Option<Choice>> = tokens.iter().map(|_| None).collect();
        let active = drafts.iter_mut().zip(rngs.iter_mut());
        for (draft, rng) in active.filter(|(d, _)| !d.finished) {
            let logits = &logits[draft.row * Token::COUNT..][..Token::COUNT];
            let choice =
                choices[draft.row].get_or_insert_with(|| Choice::new(logits, &draft.state));
            draft.extend(choice, rng);
        }
        let from;
        (from, tokens) = part(&mut drafts);
        writer.select(&from);
    }
    drafts.into_iter().map(Draft::finish).collect()
}

/// Gives each program under way the row of those that are equal to it so far. Returns, per new row, the
/// row that it comes from and the token that was written.
fn part(drafts: &mut [Draft]) -> (Vec<usize>, Vec<u8>) {
    let (mut from, mut tokens) = (vec![], vec![]);
    let mut rows: HashMap<(usize, u8), usize> = HashMap::new();
    for draft in drafts.iter_mut().filter(|d| !d.finished) {
        let (row, token) = (draft.row, draft.last());
        draft.row = *rows.entry((row, token)).or_insert_with(|| {
            from.push(row);
            tokens.push(token);
            tokens.len() - 1
        });
    }
    (from, tokens)
}

/// The next token's distribution, after one beginning.
struct Choice {
    probabilities: Vec<f32>,
    /// Log-probabilities up to the constant `total`.
    logits: Vec<f32>,
    total: f32,
}

impl Choice {
    fn new(logits: &[f32], state: &State) -> Self {
        let mut probabilities = logits.to_vec();
        let mask = masks().row(state.allowed().bits());
        Self {
            total: masked_softmax(&mut probabilities, mask),
            probabilities,
            logits: logits.to_vec(),
        }
    }
}

/// A program under way.
struct Draft {
    /// Its row of the network.
    row: usize,
    tokens: Vec<Token>,
    state: State,
    log_prob: f64,
    finished: bool,
}

impl Draft {
    fn new(grammar: Grammar, row: usize) -> Self {
        Self {
            row,
            tokens: vec![],
            state: grammar.start(),
            log_prob: 0.0,
            finished: false,
        }
    }

    fn last(&self) -> u8 {
        byte(self.tokens.last().copied().unwrap_or(Token::END))
    }

    /// Draws the next token.
    fn extend(&mut self, choice: &Choice, rng: &mut Stream) {
        if !choice.total.is_finite() {
            // Weights so large that the network overflows: give up instead of writing for ever.
            self.log_prob = f64::NEG_INFINITY;
            self.finished = true;
            return;
        }
        let chosen = draw(&choice.probabilities, rng);
        self.log_prob += f64::from(choice.logits[chosen] - choice.total);
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
