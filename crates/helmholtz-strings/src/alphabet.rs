//! The 96 characters that strings are made of, and the six classes that programs name them by.
//!
//! Strings are handled as indices, not as text: index 0 to 94 are the printable ASCII characters
//! from space to tilde, and 95 is the tab. An index addresses a row of an embedding, a literal of a
//! program and a cell of an emission table alike, so nothing is looked up in an inner loop.
//!
//! The classes differ from those of standard engines on purpose (they follow the group's string
//! models): `.` is all 96 characters, `\w` has **no underscore**, `\s` is space and tab only, and
//! `\l`, `\u` exist. Within a class, characters are ordered by index.

use std::ops::Range;

/// The number of characters: printable ASCII and the tab.
pub const CHARACTERS: usize = 96;

/// The index of the tab, the only character that is not printable.
pub const TAB: u8 = 95;

/// A character that no program can generate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "character {character:?} at position {position} is outside the alphabet \
     (printable ASCII and tab): replace it, or drop the string"
)]
pub struct OutsideAlphabet {
    /// The offending character.
    pub character: char,
    /// Its place in the text, counted in characters from 0.
    pub position: usize,
}

/// The index of a character, if it is in the alphabet.
pub fn index_of(character: char) -> Option<u8> {
    match character {
        ' '..='~' => Some(character as u8 - b' '),
        '\t' => Some(TAB),
        _ => None,
    }
}

/// The character of an index. Indices beyond the alphabet give the tab.
pub fn character_of(index: u8) -> char {
    if index < TAB {
        char::from(index + b' ')
    } else {
        '\t'
    }
}

/// Turns text into indices.
///
/// ```
/// use helmholtz_strings::alphabet::{decode, encode};
/// assert_eq!(encode("A1 ").unwrap(), [33, 17, 0]);
/// assert_eq!(decode(&[33, 17, 0]), "A1 ");
/// assert_eq!(encode("no\n").unwrap_err().position, 2);
/// ```
///
/// # Errors
/// The first character outside the alphabet, with its position.
pub fn encode(text: &str) -> Result<Vec<u8>, OutsideAlphabet> {
    text.chars()
        .enumerate()
        .map(|(position, character)| {
            index_of(character).ok_or(OutsideAlphabet {
                character,
                position,
            })
        })
        .collect()
}

/// Turns indices back into text.
pub fn decode(string: &[u8]) -> String {
    string.iter().map(|&index| character_of(index)).collect()
}

/// A named set of characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// `.`: all 96 characters.
    Any,
    /// `\d`: the ten digits.
    Digit,
    /// `\s`: space and tab.
    Space,
    /// `\w`: the 62 letters and digits.
    Word,
    /// `\l`: the 26 lower-case letters.
    Lower,
    /// `\u`: the 26 upper-case letters.
    Upper,
}

impl Class {
    /// All classes, in the order of their tokens and of their parameters.
    pub const ALL: [Self; 6] = [
        Self::Any,
        Self::Digit,
        Self::Space,
        Self::Word,
        Self::Lower,
        Self::Upper,
    ];

    const fn ranges(self) -> &'static [Range<u8>] {
        const ALL: Range<u8> = 0..CHARACTERS as u8;
        const SPACE: Range<u8> = 0..1;
        const TABS: Range<u8> = TAB..TAB + 1;
        const DIGITS: Range<u8> = 16..26;
        const UPPER: Range<u8> = 33..59;
        const LOWER: Range<u8> = 65..91;
        match self {
            Self::Any => &[ALL],
            Self::Digit => &[DIGITS],
            Self::Space => &[SPACE, TABS],
            Self::Word => &[DIGITS, UPPER, LOWER],
            Self::Lower => &[LOWER],
            Self::Upper => &[UPPER],
        }
    }

    /// The members' indices, ascending.
    pub fn members(self) -> impl Iterator<Item = u8> {
        self.ranges().iter().cloned().flatten()
    }

    /// The number of members.
    pub const fn size(self) -> usize {
        match self {
            Self::Any => CHARACTERS,
            Self::Digit => 10,
            Self::Space => 2,
            Self::Word => 62,
            Self::Lower | Self::Upper => 26,
        }
    }

    /// Whether the character with this index is a member.
    pub fn contains(self, index: u8) -> bool {
        self.rank(index).is_some()
    }

    /// The place of a character among the members.
    pub fn rank(self, index: u8) -> Option<usize> {
        let mut before = 0;
        for range in self.ranges() {
            if range.contains(&index) {
                return Some(before + usize::from(index - range.start));
            }
            before += range.len();
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_index_is_a_character_and_back() {
        for index in 0..CHARACTERS as u8 {
            assert_eq!(index_of(character_of(index)), Some(index));
        }
        assert_eq!(encode(&decode(&[0, 95, 94])), Ok(vec![0, 95, 94]));
        assert_eq!(index_of('\u{7f}'), None);
        assert_eq!(index_of('\r'), None);
    }

    #[test]
    fn classes_are_what_their_names_say() {
        let is = |class, predicate: fn(char) -> bool| {
            (0..CHARACTERS as u8).all(|i| Class::contains(class, i) == predicate(character_of(i)))
        };
        assert!(is(Class::Any, |_| true));
        assert!(is(Class::Digit, |c| c.is_ascii_digit()));
        assert!(is(Class::Space, |c| c == ' ' || c == '\t'));
        assert!(is(Class::Word, |c| c.is_ascii_alphanumeric()));
        assert!(is(Class::Lower, |c| c.is_ascii_lowercase()));
        assert!(is(Class::Upper, |c| c.is_ascii_uppercase()));
    }

    #[test]
    fn members_ascend_and_know_their_rank() {
        for class in Class::ALL {
            let members: Vec<u8> = class.members().collect();
            assert_eq!(members.len(), class.size());
            assert!(members.is_sorted_by(|a, b| a < b));
            assert!(
                members
                    .iter()
                    .enumerate()
                    .all(|(rank, &m)| class.rank(m) == Some(rank))
            );
        }
    }
}
