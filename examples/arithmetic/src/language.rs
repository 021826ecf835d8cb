//! What there is to explain, and by what: sequences of integers, and expressions in their index.

use std::fmt::{self, Display};

use helmholtz::program::{Grammar, Production, Tree};
use serde::{Deserialize, Serialize};

/// A sequence: its first element has index 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sequence(pub Vec<i64>);

impl Sequence {
    /// Integers between commas or spaces.
    pub fn parse(line: &str) -> Result<Self, String> {
        let words = line.split(|c: char| c == ',' || c.is_whitespace());
        let words = words.filter(|word| !word.is_empty());
        let number = |word: &str| {
            word.parse()
                .map_err(|e| format!("`{word}` is no integer ({e})"))
        };
        let numbers: Vec<i64> = words.map(number).collect::<Result<_, _>>()?;
        match numbers.is_empty() {
            true => Err("no number".into()),
            false => Ok(Self(numbers)),
        }
    }
}

impl Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<String> = self.0.iter().map(i64::to_string).collect();
        f.write_str(&words.join(" "))
    }
}

/// Expressions in the index n.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arithmetic {}

const TWO: &[&str] = &["number", "number"];

impl Grammar for Arithmetic {
    const PROGRAM: &'static str = "number";
    const PRODUCTIONS: &'static [Production] = &[
        Production::leaf("n", "number"),
        Production::leaf("1", "number"),
        Production::leaf("2", "number"),
        Production::leaf("3", "number"),
        Production::leaf("5", "number"),
        Production::leaf("10", "number"),
        Production::new("+", "number", TWO),
        Production::new("-", "number", TWO),
        Production::new("*", "number", TWO),
        Production::new("^", "number", TWO),
    ];
}

/// The value at an index; none where it overflows.
pub fn value(program: &Tree<Arithmetic>, n: i64) -> Option<i64> {
    program.fold(
        |production, parts: &[Option<i64>]| match (production.name, parts) {
            ("n", _) => Some(n),
            ("+", &[Some(a), Some(b)]) => a.checked_add(b),
            ("-", &[Some(a), Some(b)]) => a.checked_sub(b),
            ("*", &[Some(a), Some(b)]) => a.checked_mul(b),
            ("^", &[Some(a), Some(b)]) => a.checked_pow(b.try_into().ok()?),
            (digits, _) => digits.parse().ok(),
        },
    )
}
