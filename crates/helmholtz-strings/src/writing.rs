//! Regexes as a language that networks write.

use std::sync::OnceLock;

use super::grammar::{Grammar, State};
use super::program::Regex;
use super::token::{Kind, Token};
use helmholtz_core::program::Language;
use helmholtz_nn::Masks;

/// The number that a token is to a network.
fn number(token: Token) -> u8 {
    token.into()
}

/// `.*`, under which every string has positive probability.
pub(super) fn support() -> Regex {
    let any = super::alphabet::Class::Any;
    let star = super::program::Node::Star(Box::new(super::program::Node::Class(any)));
    Regex::from_node(&star).unwrap_or_else(|_| any.into())
}

impl Language for Grammar {
    type Program = Regex;
    type State = State;

    const SYMBOLS: usize = Token::COUNT;
    const END: u8 = Token::COUNT as u8 - 1;

    fn start(&self) -> State {
        Grammar::start(*self)
    }

    fn push(&self, state: &mut State, symbol: u8) {
        if let Some(token) = Token::from_index(symbol.into()) {
            state.push(token);
        }
    }

    fn mask(&self, state: &State) -> u16 {
        state.allowed().bits().into()
    }

    /// Every mask as a row over the vocabulary: one per set of kinds.
    fn all_masks(&self) -> Masks {
        static MASKS: OnceLock<Masks> = OnceLock::new();
        let all = MASKS.get_or_init(|| {
            Masks::new(1 << Kind::ALL.len(), Token::COUNT, |mask, token| {
                let kind = Kind::ALL.iter().position(|k| k.tokens().contains(&token));
                kind.is_some_and(|k| mask >> k & 1 == 1)
            })
        });
        all.clone()
    }

    fn symbols(&self, program: &Regex) -> Option<Vec<u8>> {
        let symbols = program.tokens().iter().map(|&t| number(t));
        self.accepts(program).then(|| symbols.collect())
    }

    fn program(&self, symbols: &[u8]) -> Option<Regex> {
        let tokens = symbols.iter().map(|&s| Token::from_index(s.into()));
        Regex::from_tokens(&tokens.collect::<Option<Vec<_>>>()?).ok()
    }

    fn stand_in(&self) -> Regex {
        support()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_follow_the_kinds() {
        let masks = Grammar::new(60).unwrap().all_masks();
        let atoms = masks.row(1);
        assert_eq!(atoms.iter().sum::<f32>(), 102.0);
        let all = masks.row(0b11_1111);
        assert_eq!(all.iter().sum::<f32>(), Token::COUNT as f32);
    }

    #[test]
    fn the_support_program_is_any_star() {
        assert_eq!(support().to_string(), ".*");
        assert_eq!(Grammar::END, number(Token::END));
    }
}
