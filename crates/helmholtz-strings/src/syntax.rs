//! Reading programs: text to tokens, and tokens to a tree.
//!
//! Precedence is the standard one: postfix operators bind tightest, then concatenation, then `|`,
//! which is binary and nests to the right (`a|b|c` is `a|(b|c)`). Only the eight characters with a
//! meaning are escaped (`\* \+ \? \| \( \) \. \\`, and `\t` for a tab); `[`, `$`, `^` and the rest
//! stand for themselves. Operators do not stack: `a**` is refused, because a reader cannot tell what
//! it is for.
//!
//! Input may come from anywhere, so length and nesting are bounded ([`MAX_TOKENS`], [`MAX_DEPTH`]):
//! the reader is recursive, and so is everything that walks a tree later.

use super::alphabet::{Class, index_of};
use super::token::{Kind, Token};
use super::tree::Node;

/// The longest program that can be read, in tokens.
pub const MAX_TOKENS: usize = 512;

/// The deepest nesting that can be read: brackets and right-hand sides of `|` each count one.
pub const MAX_DEPTH: usize = 128;

/// Why a text or a token sequence is not a program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("position {position}, at {found}: {problem}")]
pub struct SyntaxError {
    /// Where: in characters from 0 for a text, in tokens from 0 for a token sequence.
    pub position: usize,
    /// What stands there.
    pub found: String,
    /// What is wrong with it, and what to do.
    pub problem: Problem,
}

/// What can be wrong with a program, and what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Neither printable ASCII nor a tab.
    #[error("not in the alphabet (printable ASCII and tab); replace it, or use `.`")]
    OutsideAlphabet,
    /// A backslash before a character that needs none.
    #[error(
        r"unknown escape; write `\\` for a backslash, `\t` for a tab, and escape only * + ? | ( ) . \"
    )]
    UnknownEscape,
    /// Nothing between brackets, beside a `|`, or at all.
    #[error("nothing to generate here; write an item, or use `?` for something optional")]
    Empty,
    /// An operator with nothing before it.
    #[error(r"this operator has nothing to apply to; put an item before it, or escape it with `\`")]
    Dangling,
    /// An operator after an operator.
    #[error("this operator follows another one; drop one of them, or bracket the item: `(a*)?`")]
    Stacked,
    /// `(` without `)`.
    #[error(r"a bracket is never closed; add `)`, or write `\(` for the character")]
    Unclosed,
    /// `)` without `(`.
    #[error(r"a bracket was never opened; drop it, or write `\)` for the character")]
    Unopened,
    /// The end token inside a program.
    #[error("the end token is no part of a program; drop it and what follows")]
    EndInside,
    /// A literal whose index is no character.
    #[error("a literal's index is below 96; use the alphabet's `encode`")]
    NoSuchCharacter,
    /// More than [`MAX_TOKENS`] tokens.
    #[error("longer than 512 tokens; split the program")]
    TooLong,
    /// Nested more than [`MAX_DEPTH`] levels deep.
    #[error("nested more than 128 levels deep; remove brackets or alternatives")]
    TooDeep,
}

/// Reads text into tokens.
///
/// # Errors
/// A character outside the alphabet, an unknown escape, or too many tokens.
pub(super) fn tokens_of_text(text: &str) -> Result<Vec<(Token, usize)>, SyntaxError> {
    let mut characters = text.chars().enumerate();
    let mut tokens = Vec::new();
    while let Some((position, character)) = characters.next() {
        let fail = |found: String, problem| SyntaxError {
            position,
            found,
            problem,
        };
        let token = if character == '\\' {
            let escaped = characters.next().map(|(_, c)| c);
            escape(escaped).ok_or_else(|| {
                fail(
                    format!("`\\{}`", escaped.map_or(String::new(), String::from)),
                    Problem::UnknownEscape,
                )
            })?
        } else {
            plain(character)
                .ok_or_else(|| fail(format!("{character:?}"), Problem::OutsideAlphabet))?
        };
        if tokens.len() == MAX_TOKENS {
            return Err(fail(format!("`{token}`"), Problem::TooLong));
        }
        tokens.push((token, position));
    }
    Ok(tokens)
}

fn plain(character: char) -> Option<Token> {
    match character {
        '.' => Some(Token::class(Class::Any)),
        '*' => Some(Token::STAR),
        '+' => Some(Token::PLUS),
        '?' => Some(Token::MAYBE),
        '|' => Some(Token::OR),
        '(' => Some(Token::OPEN),
        ')' => Some(Token::CLOSE),
        other => index_of(other).and_then(Token::literal),
    }
}

fn escape(character: Option<char>) -> Option<Token> {
    match character? {
        'd' => Some(Token::class(Class::Digit)),
        's' => Some(Token::class(Class::Space)),
        'w' => Some(Token::class(Class::Word)),
        'l' => Some(Token::class(Class::Lower)),
        'u' => Some(Token::class(Class::Upper)),
        't' => index_of('\t').and_then(Token::literal),
        c @ ('*' | '+' | '?' | '|' | '(' | ')' | '.' | '\\') => {
            index_of(c).and_then(Token::literal)
        }
        _ => None,
    }
}

/// Reads tokens into a tree: sequences flattened, brackets that change nothing dropped.
///
/// # Errors
/// The first token that cannot be read; positions are counted in tokens.
pub(super) fn tree_of_tokens(tokens: &[Token]) -> Result<Node, SyntaxError> {
    let mut reader = Reader { tokens, at: 0 };
    if tokens.len() > MAX_TOKENS {
        reader.at = MAX_TOKENS;
        return Err(reader.fail(Problem::TooLong));
    }
    let node = reader.either(0)?;
    match reader.peek() {
        None => Ok(node),
        Some(Kind::Close) => Err(reader.fail(Problem::Unopened)),
        Some(_) => Err(reader.fail(Problem::EndInside)),
    }
}

/// A recursive-descent reader with one level of functions per level of precedence.
struct Reader<'t> {
    tokens: &'t [Token],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<Kind> {
        self.tokens.get(self.at).map(|token| token.kind())
    }

    fn fail(&self, problem: Problem) -> SyntaxError {
        let found = self.tokens.get(self.at);
        let found = found.map_or("the end".to_owned(), |token| format!("`{token}`"));
        SyntaxError {
            position: self.at,
            found,
            problem,
        }
    }

    fn either(&mut self, depth: usize) -> Result<Node, SyntaxError> {
        if depth > MAX_DEPTH {
            return Err(self.fail(Problem::TooDeep));
        }
        let left = self.sequence(depth)?;
        if self.peek() != Some(Kind::Or) {
            return Ok(left);
        }
        self.at += 1;
        let right = self.either(depth + 1)?;
        Ok(Node::Either(Box::new(left), Box::new(right)))
    }

    fn sequence(&mut self, depth: usize) -> Result<Node, SyntaxError> {
        let mut items = Vec::new();
        while let Some(Kind::Atom | Kind::Postfix | Kind::Open) = self.peek() {
            match self.item(depth)? {
                Node::Sequence(inner) => items.extend(inner),
                item => items.push(item),
            }
        }
        match items.pop() {
            None => Err(self.fail(Problem::Empty)),
            Some(only) if items.is_empty() => Ok(only),
            Some(last) => {
                items.push(last);
                Ok(Node::Sequence(items))
            }
        }
    }

    fn item(&mut self, depth: usize) -> Result<Node, SyntaxError> {
        let core = self.core(depth)?;
        let operator: fn(Box<Node>) -> Node = match self.tokens.get(self.at) {
            Some(&Token::STAR) => Node::Star,
            Some(&Token::PLUS) => Node::Plus,
            Some(&Token::MAYBE) => Node::Maybe,
            _ => return Ok(core),
        };
        self.at += 1;
        if self.peek() == Some(Kind::Postfix) {
            return Err(self.fail(Problem::Stacked));
        }
        Ok(operator(Box::new(core)))
    }

    fn core(&mut self, depth: usize) -> Result<Node, SyntaxError> {
        let Some(token) = self.tokens.get(self.at) else {
            return Err(self.fail(Problem::Empty));
        };
        if let Some(character) = token.as_literal() {
            self.at += 1;
            Ok(Node::Literal(character))
        } else if let Some(class) = token.as_class() {
            self.at += 1;
            Ok(Node::Class(class))
        } else if token.kind() == Kind::Open {
            self.group(depth)
        } else {
            Err(self.fail(Problem::Dangling))
        }
    }

    fn group(&mut self, depth: usize) -> Result<Node, SyntaxError> {
        let opened = self.at;
        self.at += 1;
        let body = self.either(depth + 1)?;
        match self.peek() {
            Some(Kind::Close) => {
                self.at += 1;
                Ok(body)
            }
            Some(_) => Err(self.fail(Problem::EndInside)),
            None => {
                self.at = opened;
                Err(self.fail(Problem::Unclosed))
            }
        }
    }
}
