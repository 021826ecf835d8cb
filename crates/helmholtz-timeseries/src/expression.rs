//! Kernel expressions: the programs of time series (HMWS, equation 11).
//!
//! A kernel is written as `SE*PER1+WN`. Sums and products have no order, so an expression has one
//! canonical writing, with the fewest brackets and its parts sorted: the same kernel is the same program.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A base kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Leaf {
    /// A straight line with Gaussian intercept and slope. The paper has none.
    Line,
    /// White noise.
    White,
    /// A constant.
    Constant,
    /// Squared exponential.
    Smooth,
    /// Periodic, with a period of the given range of [`Leaf::PERIODS`].
    Periodic(Range),
}

/// A range of periods, from short to long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Range {
    First,
    Second,
    Third,
    Fourth,
}

impl Leaf {
    /// The number of ranges of periods.
    pub const PERIODS: usize = 4;
}

/// A symbol. The order is that of canonical writings: of two parts the one comes first whose symbol is
/// less at the first difference, and ending is greater than going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Token {
    /// `(`
    Open,
    /// A base kernel.
    Leaf(Leaf),
    /// `*`
    Times,
    /// `+`
    Plus,
    /// `)`
    Close,
    /// The end.
    End,
}

impl Token {
    /// The number of symbols.
    pub const COUNT: usize = 13;

    /// All of them, in order; a symbol's place is its number.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Open,
        Self::Leaf(Leaf::Line),
        Self::Leaf(Leaf::White),
        Self::Leaf(Leaf::Constant),
        Self::Leaf(Leaf::Smooth),
        Self::Leaf(Leaf::Periodic(Range::First)),
        Self::Leaf(Leaf::Periodic(Range::Second)),
        Self::Leaf(Leaf::Periodic(Range::Third)),
        Self::Leaf(Leaf::Periodic(Range::Fourth)),
        Self::Times,
        Self::Plus,
        Self::Close,
        Self::End,
    ];

    const NAMES: [&str; Self::COUNT] = [
        "(", "LIN", "WN", "C", "SE", "PER1", "PER2", "PER3", "PER4", "*", "+", ")", "",
    ];

    /// Its number.
    pub fn index(self) -> usize {
        Self::ALL.iter().position(|&t| t == self).unwrap_or(0)
    }

    /// How it is written; the end is not.
    pub fn name(self) -> &'static str {
        Self::NAMES[self.index()]
    }
}

/// Symbols that are no kernel.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no kernel: {reason} at symbol {at}; write it like SE*PER1+WN")]
pub struct NotAKernel {
    text: String,
    reason: &'static str,
    at: usize,
}

/// A kernel as a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// A base kernel.
    Leaf(Leaf),
    /// A sum of at least two.
    Sum(Vec<Kernel>),
    /// A product of at least two.
    Product(Vec<Kernel>),
}

impl Kernel {
    /// The symbols, with brackets where they are needed.
    fn tokens(&self) -> Vec<Token> {
        match self {
            Self::Leaf(leaf) => vec![Token::Leaf(*leaf)],
            Self::Sum(terms) => join(terms.iter().map(Self::tokens), Token::Plus),
            Self::Product(factors) => join(factors.iter().map(Self::as_factor), Token::Times),
        }
    }

    fn as_factor(&self) -> Vec<Token> {
        let inner = self.tokens();
        match self {
            Self::Sum(_) => [vec![Token::Open], inner, vec![Token::Close]].concat(),
            _ => inner,
        }
    }

    /// The same kernel with nested sums and nested products joined, and all of them sorted.
    pub fn canonical(self) -> Self {
        let sorted = |mut parts: Vec<Self>, written: fn(&Self) -> Vec<Token>| {
            parts.sort_by_cached_key(|part| {
                let mut key = written(part);
                key.push(Token::End);
                key
            });
            parts
        };
        match self {
            Self::Leaf(_) => self,
            Self::Sum(terms) => {
                let terms = terms.into_iter().map(Self::canonical);
                let flat = terms.flat_map(|t| match t {
                    Self::Sum(inner) => inner,
                    other => vec![other],
                });
                only_or(sorted(flat.collect(), Self::tokens), Self::Sum)
            }
            Self::Product(factors) => {
                let factors = factors.into_iter().map(Self::canonical);
                let flat = factors.flat_map(|f| match f {
                    Self::Product(inner) => inner,
                    other => vec![other],
                });
                only_or(sorted(flat.collect(), Self::as_factor), Self::Product)
            }
        }
    }

    /// The summands, one in a kernel that is no sum.
    pub fn terms(&self) -> &[Self] {
        match self {
            Self::Sum(terms) => terms,
            other => std::slice::from_ref(other),
        }
    }

    /// The base kernels from left to right.
    pub fn leaves(&self) -> Vec<Leaf> {
        match self {
            Self::Leaf(leaf) => vec![*leaf],
            Self::Sum(parts) | Self::Product(parts) => {
                parts.iter().flat_map(Self::leaves).collect()
            }
        }
    }
}

/// The only part, or several made into one kernel.
fn only_or(mut parts: Vec<Kernel>, many: fn(Vec<Kernel>) -> Kernel) -> Kernel {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        last => {
            parts.extend(last);
            many(parts)
        }
    }
}

fn join(parts: impl Iterator<Item = Vec<Token>>, between: Token) -> Vec<Token> {
    let parts: Vec<Vec<Token>> = parts.collect();
    parts.join(&between)
}

/// A program: the symbols of a kernel. Those that prior and guide write under a grammar are canonical; a
/// grammar without a mask also writes what is no kernel.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Expression(Box<[Token]>);

impl Expression {
    /// From symbols, whether or not they are a kernel.
    pub fn from_tokens(tokens: &[Token]) -> Self {
        Self(tokens.into())
    }

    /// The symbols, without the end.
    pub fn tokens(&self) -> &[Token] {
        &self.0
    }

    /// The tree.
    ///
    /// # Errors
    /// When the symbols are no kernel, or nested too deeply.
    pub fn kernel(&self) -> Result<Kernel, NotAKernel> {
        let mut reader = Reader {
            tokens: &self.0,
            at: 0,
        };
        let kernel = reader.sum(0);
        let read = kernel.and_then(|k| match reader.next() {
            None => Ok(k),
            Some(_) => Err("an operator or the end is expected"),
        });
        read.map_err(|reason| NotAKernel {
            text: self.to_string(),
            reason,
            at: reader.at + 1,
        })
    }
}

impl From<Kernel> for Expression {
    /// The canonical writing.
    fn from(kernel: Kernel) -> Self {
        Self(kernel.canonical().tokens().into())
    }
}

/// The deepest nesting of brackets, which keeps hostile text off the stack.
const DEEPEST: usize = 64;

/// A recursive descent over symbols.
struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
}

impl Reader<'_> {
    fn next(&self) -> Option<Token> {
        self.tokens.get(self.at).copied()
    }

    fn takes(&mut self, token: Token) -> bool {
        let taken = self.next() == Some(token);
        self.at += usize::from(taken);
        taken
    }

    fn sum(&mut self, depth: usize) -> Result<Kernel, &'static str> {
        let mut terms = vec![self.product(depth)?];
        while self.takes(Token::Plus) {
            terms.push(self.product(depth)?);
        }
        Ok(only_or(terms, Kernel::Sum))
    }

    fn product(&mut self, depth: usize) -> Result<Kernel, &'static str> {
        let mut factors = vec![self.factor(depth)?];
        while self.takes(Token::Times) {
            factors.push(self.factor(depth)?);
        }
        Ok(only_or(factors, Kernel::Product))
    }

    fn factor(&mut self, depth: usize) -> Result<Kernel, &'static str> {
        match self.next() {
            Some(Token::Leaf(leaf)) => {
                self.at += 1;
                Ok(Kernel::Leaf(leaf))
            }
            Some(Token::Open) if depth == DEEPEST => Err("brackets are nested too deeply"),
            Some(Token::Open) => {
                self.at += 1;
                let inner = self.sum(depth + 1)?;
                match self.takes(Token::Close) {
                    true => Ok(inner),
                    false => Err("`)` is expected"),
                }
            }
            _ => Err("a base kernel or `(` is expected"),
        }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|t| f.write_str(t.name()))
    }
}

impl From<Expression> for String {
    fn from(expression: Expression) -> Self {
        expression.to_string()
    }
}

impl TryFrom<String> for Expression {
    type Error = NotAKernel;

    /// Reads symbols; those that are no kernel are read too, as a grammar without a mask writes them.
    fn try_from(text: String) -> Result<Self, NotAKernel> {
        let (mut rest, mut tokens) = (text.as_str(), vec![]);
        while !rest.is_empty() {
            let known = Token::ALL.iter().find(|t| {
                let name = t.name();
                !name.is_empty() && rest.starts_with(name)
            });
            let Some(&token) = known else {
                let (reason, at) = (
                    "a base kernel, `*`, `+`, `(` or `)` is expected",
                    tokens.len() + 1,
                );
                return Err(NotAKernel { text, reason, at });
            };
            rest = &rest[token.name().len()..];
            tokens.push(token);
        }
        Ok(Self::from_tokens(&tokens))
    }
}

impl FromStr for Expression {
    type Err = NotAKernel;

    /// Reads a kernel as people write it, with spaces, `×` or brackets too many, and makes it canonical.
    fn from_str(text: &str) -> Result<Self, NotAKernel> {
        let plain: String = text.split_whitespace().collect();
        let read = Self::try_from(plain.replace('×', "*"))?;
        Ok(read.kernel()?.into())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Any tree, canonical or not.
    pub(crate) fn trees() -> impl Strategy<Value = Kernel> {
        let leaf = (1usize..9).prop_map(|i| match Token::ALL[i] {
            Token::Leaf(leaf) => Kernel::Leaf(leaf),
            _ => Kernel::Leaf(Leaf::White),
        });
        leaf.prop_recursive(4, 20, 4, |inner| {
            let parts = prop::collection::vec(inner, 2..4);
            prop_oneof![
                parts.clone().prop_map(Kernel::Sum),
                parts.prop_map(Kernel::Product)
            ]
        })
    }

    proptest! {
        #[test]
        fn writing_and_reading_agree(kernel in trees()) {
            let expression = Expression::from(kernel.clone());
            prop_assert_eq!(expression.kernel().unwrap(), kernel.canonical());
            let text = expression.to_string();
            prop_assert_eq!(text.parse::<Expression>().unwrap(), expression.clone());
            prop_assert_eq!(Expression::try_from(text).unwrap(), expression);
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[(+*)A-Z1-4 ×é]{0,40}") {
            if let Ok(expression) = text.parse::<Expression>() {
                prop_assert!(expression.kernel().is_ok());
            }
        }

        #[test]
        fn order_and_brackets_do_not_matter(a in trees(), b in trees(), c in trees()) {
            let left = Kernel::Sum(vec![Kernel::Sum(vec![a.clone(), b.clone()]), c.clone()]);
            let right = Kernel::Sum(vec![c.clone(), Kernel::Sum(vec![b.clone(), a.clone()])]);
            prop_assert_eq!(Expression::from(left), Expression::from(right));
            let left = Kernel::Product(vec![Kernel::Product(vec![a.clone(), b.clone()]), c.clone()]);
            let right = Kernel::Product(vec![c, Kernel::Product(vec![b, a])]);
            prop_assert_eq!(Expression::from(left), Expression::from(right));
        }
    }

    #[test]
    fn a_part_that_ends_comes_after_one_that_goes_on() {
        let canonical = |text: &str| text.parse::<Expression>().unwrap().to_string();
        assert_eq!(canonical("SE + SE × PER1 + WN"), "WN+SE*PER1+SE");
        assert_eq!(canonical("PER2*(SE+C)"), "(C+SE)*PER2");
        assert_eq!(canonical("((SE))"), "SE");
    }

    #[test]
    fn mistakes_are_named() {
        for (text, part) in [
            ("", "expected at symbol 1"),
            ("SE+", "expected at symbol 3"),
            ("SE SE", "end is expected"),
            ("(SE", "`)` is expected"),
            ("PER5", "expected"),
        ] {
            let error = text.parse::<Expression>().unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
        let deep = "(".repeat(100_000);
        assert!(deep.parse::<Expression>().is_err());
    }
}
