//! Probabilistic regexes as programs: the tree, and the one token sequence that stands for it.
//!
//! A [`Regex`] is what the prior and the guide write and what a memory compares, so equality must be
//! cheap and must not see brackets that change nothing: a program *is* its token sequence with
//! minimal brackets. Reading `(a)|((b)c)` and reading `a|bc` give the same `Regex`. What is kept
//! apart is what has different probabilities: `(a|b)|c` weighs its branches differently from
//! `a|b|c` when the learned probability of the left branch is not one half.
//!
//! Cloning is cheap (shared storage); serialisation is the text form.

use super::alphabet::Class;
use super::syntax::{MAX_DEPTH, Problem, SyntaxError, tokens_of_text, tree_of_tokens};
use super::token::Token;
pub use super::tree::Node;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A program: a probabilistic regex.
///
/// ```
/// use helmholtz_strings::program::Regex;
/// let phone = Regex::parse(r"((\d\d\d)-)?\d+")?;
/// assert_eq!(phone.to_string(), r"(\d\d\d-)?\d+");
/// assert_eq!(phone.tokens().len(), 9);
/// assert!(Regex::parse("a**").is_err());
/// # Ok::<(), helmholtz_strings::syntax::SyntaxError>(())
/// ```
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Regex(Arc<Program>);

struct Program {
    tokens: Vec<Token>,
    node: Node,
}

impl Regex {
    /// Reads the text form (see [`syntax`](super::syntax)).
    ///
    /// # Errors
    /// Where the text is not a program, why, and what to do; positions are counted in characters.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        let (tokens, positions): (Vec<Token>, Vec<usize>) =
            tokens_of_text(text)?.into_iter().unzip();
        let in_characters = |error: SyntaxError| {
            let position = positions.get(error.position).copied();
            SyntaxError {
                position: position.unwrap_or_else(|| text.chars().count()),
                ..error
            }
        };
        Self::from_tokens(&tokens).map_err(in_characters)
    }

    /// Reads a token sequence, without the end token. Brackets need not be minimal.
    ///
    /// # Errors
    /// Where the tokens are not a program, why, and what to do; positions are counted in tokens.
    pub fn from_tokens(tokens: &[Token]) -> Result<Self, SyntaxError> {
        Ok(Self::from_canonical(tree_of_tokens(tokens)?))
    }

    /// Builds the program of any tree, also one with nested or one-item sequences.
    ///
    /// # Errors
    /// An empty sequence, a literal that is no character, too many tokens, or too deep a tree.
    pub fn from_node(node: &Node) -> Result<Self, SyntaxError> {
        // A tree is at most three nodes deep per level of nesting: operator, sequence, `|`.
        check(node, 3 * MAX_DEPTH).map_err(|problem| SyntaxError {
            position: 0,
            found: "the tree".into(),
            problem,
        })?;
        let mut tokens = Vec::new();
        write(node, &mut tokens);
        Self::from_tokens(&tokens)
    }

    fn from_canonical(node: Node) -> Self {
        let mut tokens = Vec::new();
        write(&node, &mut tokens);
        Self(Arc::new(Program { tokens, node }))
    }

    /// The tokens with minimal brackets, without the end token.
    pub fn tokens(&self) -> &[Token] {
        &self.0.tokens
    }

    /// The tree.
    pub fn node(&self) -> &Node {
        &self.0.node
    }
}

/// The program that generates one member of a class.
impl From<Class> for Regex {
    fn from(class: Class) -> Self {
        Self::from_canonical(Node::Class(class))
    }
}

/// Refuses trees that cannot be written or walked.
fn check(node: &Node, depth: usize) -> Result<(), Problem> {
    let depth = depth.checked_sub(1).ok_or(Problem::TooDeep)?;
    match node {
        Node::Literal(character) => Token::literal(*character)
            .map(|_| ())
            .ok_or(Problem::NoSuchCharacter),
        Node::Class(_) => Ok(()),
        Node::Star(body) | Node::Plus(body) | Node::Maybe(body) => check(body, depth),
        Node::Either(left, right) => check(left, depth).and_then(|()| check(right, depth)),
        Node::Sequence(items) if items.is_empty() => Err(Problem::Empty),
        Node::Sequence(items) => items.iter().try_for_each(|item| check(item, depth)),
    }
}

/// Writes a tree with the fewest brackets that read back as the same tree.
fn write(node: &Node, out: &mut Vec<Token>) {
    match node {
        Node::Literal(character) => out.extend(Token::literal(*character)),
        Node::Class(class) => out.push(Token::class(*class)),
        Node::Star(body) => write_repeat(body, Token::STAR, out),
        Node::Plus(body) => write_repeat(body, Token::PLUS, out),
        Node::Maybe(body) => write_repeat(body, Token::MAYBE, out),
        Node::Either(left, right) => {
            write_part(left, matches!(**left, Node::Either(..)), out);
            out.push(Token::OR);
            write(right, out);
        }
        Node::Sequence(items) => {
            for item in items {
                write_part(item, matches!(item, Node::Either(..)), out);
            }
        }
    }
}

fn write_repeat(body: &Node, operator: Token, out: &mut Vec<Token>) {
    write_part(
        body,
        !matches!(body, Node::Literal(_) | Node::Class(_)),
        out,
    );
    out.push(operator);
}

fn write_part(node: &Node, bracketed: bool, out: &mut Vec<Token>) {
    if bracketed {
        out.push(Token::OPEN);
    }
    write(node, out);
    if bracketed {
        out.push(Token::CLOSE);
    }
}

impl PartialEq for Regex {
    fn eq(&self, other: &Self) -> bool {
        self.tokens() == other.tokens()
    }
}

impl Eq for Regex {}

impl Hash for Regex {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.tokens().hash(state);
    }
}

impl PartialOrd for Regex {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Regex {
    fn cmp(&self, other: &Self) -> Ordering {
        self.tokens().cmp(other.tokens())
    }
}

impl fmt::Display for Regex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tokens()
            .iter()
            .try_for_each(|token| write!(f, "{token}"))
    }
}

impl fmt::Debug for Regex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Regex({self})")
    }
}

impl TryFrom<String> for Regex {
    type Error = SyntaxError;

    fn try_from(text: String) -> Result<Self, SyntaxError> {
        Self::parse(&text)
    }
}

impl std::str::FromStr for Regex {
    type Err = SyntaxError;

    fn from_str(text: &str) -> Result<Self, SyntaxError> {
        Self::parse(text)
    }
}

impl From<Regex> for String {
    fn from(regex: Regex) -> Self {
        regex.to_string()
    }
}

#[cfg(test)]
pub(super) mod tests;
