//! Programs of a grammar: trees of productions.

use std::fmt::{self, Display};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::grammar::{Grammar, Production};

/// A program: its productions in prefix order, each with what it takes behind it.
///
/// Its text, by which it is also stored, has parentheses around a production that takes something: `(+ n 1)`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tree<G> {
    symbols: Vec<u8>,
    grammar: PhantomData<fn() -> G>,
}

/// A text that is no program of the grammar.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no program of this grammar: {reason}")]
pub struct NotATree {
    /// The text.
    pub text: String,
    /// Why.
    pub reason: String,
}

impl<G: Grammar> Tree<G> {
    /// The program of some symbols, if they are one.
    pub fn from_symbols(symbols: Vec<u8>) -> Option<Self> {
        whole::<G>(&symbols).then(|| Self::of(symbols))
    }

    /// The program of symbols that were written by the rules.
    pub(super) fn of(symbols: Vec<u8>) -> Self {
        debug_assert!(whole::<G>(&symbols));
        Self {
            symbols,
            grammar: PhantomData,
        }
    }

    /// The numbers of its productions in prefix order; there is always one.
    pub fn symbols(&self) -> &[u8] {
        &self.symbols
    }

    /// What a function makes of the whole: it is given each production with what it made of the parts, from the leaves
    /// up.
    pub fn fold<T>(&self, mut f: impl FnMut(&'static Production, &[T]) -> T) -> T {
        let production = |&symbol: &u8| &G::PRODUCTIONS[usize::from(symbol)];
        let mut made: Vec<T> = vec![];
        for production in self.symbols[1..].iter().rev().map(production) {
            let parts = made.len() - production.takes.len()..;
            let parts: Vec<T> = made.drain(parts).rev().collect();
            made.push(f(production, &parts));
        }
        made.reverse();
        f(production(&self.symbols[0]), &made)
    }

    /// Where the part that begins at a symbol ends.
    pub(super) fn end(&self, begin: usize) -> usize {
        let (mut open, mut at) = (1, begin);
        while open > 0 {
            open += G::PRODUCTIONS[usize::from(self.symbols[at])].takes.len();
            (open, at) = (open - 1, at + 1);
        }
        at
    }
}

/// Whether symbols are one program and nothing behind it.
fn whole<G: Grammar>(symbols: &[u8]) -> bool {
    let mut open = vec![G::PROGRAM];
    for &symbol in symbols {
        let production = G::PRODUCTIONS.get(usize::from(symbol));
        let fits = production.filter(|p| open.pop() == Some(p.makes));
        let Some(production) = fits else {
            return false;
        };
        open.extend(production.takes.iter().rev());
    }
    open.is_empty()
}

impl<G: Grammar> Display for Tree<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.fold(|production, parts: &[String]| match parts {
            [] => production.name.to_owned(),
            parts => format!("({} {})", production.name, parts.join(" ")),
        });
        f.write_str(&text)
    }
}

impl<G: Grammar> FromStr for Tree<G> {
    type Err = NotATree;

    fn from_str(text: &str) -> Result<Self, NotATree> {
        let refuse = |reason: String| NotATree {
            text: text.to_owned(),
            reason,
        };
        let number = |name: &str| {
            let found = G::PRODUCTIONS.iter().position(|p| p.name == name);
            found
                .map(|i| i as u8)
                .ok_or_else(|| refuse(format!("there is no `{name}`")))
        };
        let between = |c: char| c.is_whitespace() || c == '(' || c == ')';
        let names = text.split(between).filter(|name| !name.is_empty());
        let symbols: Vec<u8> = names.map(number).collect::<Result<_, _>>()?;
        let tree = Self::from_symbols(symbols);
        let tree =
            tree.ok_or_else(|| refuse("a part is missing, too much, or of another kind".into()))?;
        // How many parts a production takes is known, so parentheses add nothing; they must be right all the same.
        let (written, meant) = (without_spaces(text), without_spaces(&tree.to_string()));
        match written == meant {
            true => Ok(tree),
            false => Err(refuse(format!("was `{tree}` meant?"))),
        }
    }
}

fn without_spaces(text: &str) -> String {
    text.split_whitespace().collect()
}

impl<G: Grammar> Serialize for Tree<G> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, G: Grammar> Deserialize<'de> for Tree<G> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
