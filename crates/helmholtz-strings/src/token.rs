//! The 109 tokens that programs are written in.
//!
//! Tokens are atoms: the literal `*` and the operator `*` are different tokens, so a network that
//! writes programs never has to learn escapes. They are numbered so that each [`Kind`] is one
//! contiguous range: literals 0..96 (the character's own index), classes 96..102, the postfix
//! operators, then `|`, `(`, `)` and the end. What the grammar allows depends on the kind alone,
//! so a mask over 109 tokens is a mask over six ranges.

use super::alphabet::{CHARACTERS, Class, TAB, character_of};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Range;

/// One token of a program.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Token(u8);

/// A token number that no token has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no token: tokens are numbered from 0 to 108")]
pub struct NoSuchToken(pub u8);

/// What a token does, which is all that the grammar cares about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A literal or a class: generates one character.
    Atom,
    /// `*`, `+` or `?`, applying to the item before it.
    Postfix,
    /// `|`.
    Or,
    /// `(`.
    Open,
    /// `)`.
    Close,
    /// The end of the program.
    End,
}

impl Kind {
    /// All kinds, in the order of their tokens.
    pub const ALL: [Self; 6] = [
        Self::Atom,
        Self::Postfix,
        Self::Or,
        Self::Open,
        Self::Close,
        Self::End,
    ];

    /// The indices of this kind's tokens.
    pub const fn tokens(self) -> Range<usize> {
        match self {
            Self::Atom => 0..102,
            Self::Postfix => 102..105,
            Self::Or => 105..106,
            Self::Open => 106..107,
            Self::Close => 107..108,
            Self::End => 108..109,
        }
    }
}

impl Token {
    /// The number of tokens.
    pub const COUNT: usize = 109;
    /// `*`: repeat, zero times or more.
    pub const STAR: Self = Self(102);
    /// `+`: repeat, once or more.
    pub const PLUS: Self = Self(103);
    /// `?`: at most once.
    pub const MAYBE: Self = Self(104);
    /// `|`: either side.
    pub const OR: Self = Self(105);
    /// `(`.
    pub const OPEN: Self = Self(106);
    /// `)`.
    pub const CLOSE: Self = Self(107);
    /// The end of the program. Never part of a [`Regex`](super::program::Regex)'s tokens.
    pub const END: Self = Self(108);

    /// The token that generates the character with this index.
    pub const fn literal(character: u8) -> Option<Self> {
        if (character as usize) < CHARACTERS {
            Some(Self(character))
        } else {
            None
        }
    }

    /// The token that generates a member of a class.
    pub const fn class(class: Class) -> Self {
        Self(CHARACTERS as u8 + class as u8)
    }

    /// The token with this index.
    pub fn from_index(index: usize) -> Option<Self> {
        (index < Self::COUNT).then_some(Self(index as u8))
    }

    /// This token's index, below [`Token::COUNT`].
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// What this token does.
    pub const fn kind(self) -> Kind {
        match self.0 {
            0..102 => Kind::Atom,
            102..105 => Kind::Postfix,
            105 => Kind::Or,
            106 => Kind::Open,
            107 => Kind::Close,
            _ => Kind::End,
        }
    }

    /// The character this token generates, if it is a literal.
    pub fn as_literal(self) -> Option<u8> {
        (self.index() < CHARACTERS).then_some(self.0)
    }

    /// The class this token names, if it does.
    pub fn as_class(self) -> Option<Class> {
        Class::ALL
            .get(self.index().checked_sub(CHARACTERS)?)
            .copied()
    }
}

impl TryFrom<u8> for Token {
    type Error = NoSuchToken;

    fn try_from(index: u8) -> Result<Self, NoSuchToken> {
        Self::from_index(index.into()).ok_or(NoSuchToken(index))
    }
}

impl From<Token> for u8 {
    fn from(token: Token) -> u8 {
        token.0
    }
}

impl From<Class> for Token {
    fn from(class: Class) -> Self {
        Self::class(class)
    }
}

/// The text form: literals that would be read as something else are escaped by a backslash.
impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const OTHERS: [&str; 13] = [
            ".", r"\d", r"\s", r"\w", r"\l", r"\u", "*", "+", "?", "|", "(", ")", "<end>",
        ];
        match self.as_literal() {
            None => f.write_str(OTHERS[self.index() - CHARACTERS]),
            Some(TAB) => f.write_str(r"\t"),
            Some(index) => match character_of(index) {
                c @ ('*' | '+' | '?' | '|' | '(' | ')' | '.' | '\\') => write!(f, "\\{c}"),
                c => write!(f, "{c}"),
            },
        }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{self}`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> impl Iterator<Item = Token> {
        (0..Token::COUNT).filter_map(Token::from_index)
    }

    #[test]
    fn each_kind_is_its_range() {
        assert_eq!(all().count(), Token::COUNT);
        for token in all() {
            let kinds: Vec<Kind> = Kind::ALL
                .into_iter()
                .filter(|k| k.tokens().contains(&token.index()))
                .collect();
            assert_eq!(kinds, [token.kind()]);
        }
        assert_eq!(Token::from_index(Token::COUNT), None);
    }

    #[test]
    fn atoms_are_literals_or_classes() {
        for token in all() {
            let atom = token.as_literal().is_some() || token.as_class().is_some();
            assert_eq!(atom, token.kind() == Kind::Atom);
        }
        for class in Class::ALL {
            assert_eq!(Token::class(class).as_class(), Some(class));
        }
        assert_eq!(Token::literal(96), None);
    }

    #[test]
    fn no_two_tokens_print_alike() {
        let texts: std::collections::HashSet<String> = all().map(|t| t.to_string()).collect();
        assert_eq!(texts.len(), Token::COUNT);
    }

    #[test]
    fn serde_refuses_numbers_that_are_no_token() {
        assert_eq!(serde_json::from_str::<Token>("102").unwrap(), Token::STAR);
        assert!(serde_json::from_str::<Token>("109").is_err());
    }
}
