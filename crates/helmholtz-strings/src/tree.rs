//! The tree of a program.

use super::alphabet::Class;

/// The tree of a program.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// One character, by its index in the alphabet.
    Literal(u8),
    /// One member of a class.
    Class(Class),
    /// `E*`: continue with the repeat probability, zero times or more.
    Star(Box<Node>),
    /// `E+`: once, then as `E*`.
    Plus(Box<Node>),
    /// `E?`: present with the probability of `?`.
    Maybe(Box<Node>),
    /// `E|F`: the left one with the probability of `|`.
    Either(Box<Node>, Box<Node>),
    /// One after the other; at least two items in a program's own tree, none of them a sequence.
    Sequence(Vec<Node>),
}
