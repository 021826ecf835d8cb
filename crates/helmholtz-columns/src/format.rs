//! Programs for columns: formats, which are sequences of parts with counts.
//!
//! A format is a regular expression of a plain kind: it has no nested choice but among words, and a count on every part. What it
//! generates it generates in few ways, so its likelihood is exact and cheap, and no engine of regular expressions can be made
//! to try many. A column has one or several of them, each with a share of its rows.

use std::fmt;

use super::class::Class;
use super::names::Name;

/// What a part is made of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Atom {
    /// This character.
    Literal(char),
    /// A member of a class.
    Class(Class),
    /// One of some characters, in order, each once.
    Set(Vec<char>),
    /// One of some words, in order, each once, none of them empty.
    Words(Vec<String>),
    /// Parts one after the other, at least one.
    Group(Vec<Part>),
    /// A sub-program that columns share.
    Named(Name),
}

/// How often: every number from `least` to `most` is as likely; without `most` each further time has the chance
/// [`Count::ONWARD`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Count {
    /// The smallest number.
    pub least: u16,
    /// The largest; `None` if there is none.
    pub most: Option<u16>,
}

/// Something that stands a number of times.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Part {
    /// What.
    pub atom: Atom,
    /// How often.
    pub count: Count,
}

/// Parts one after the other; the empty format generates the empty text.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Format(pub Vec<Part>);

/// The formats of a column.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Program(pub Vec<Format>);

impl Count {
    /// Just once.
    pub const ONCE: Self = Self::exactly(1);
    /// Once or not at all.
    pub const MAYBE: Self = Self::between(0, 1);
    /// The chance of another time where there is no largest number: eight more are expected.
    pub const ONWARD: f64 = 8.0 / 9.0;

    /// This number.
    pub const fn exactly(n: u16) -> Self {
        Self::between(n, n)
    }

    /// From one number to another.
    pub const fn between(least: u16, most: u16) -> Self {
        Self {
            least,
            most: Some(most),
        }
    }

    /// This number or more.
    pub const fn from(least: u16) -> Self {
        Self { least, most: None }
    }

    /// ln of the probability of a number; -inf of one that cannot be.
    pub fn log_prob(self, n: usize) -> f64 {
        let least = usize::from(self.least);
        match self.most {
            _ if n < least => f64::NEG_INFINITY,
            None => (1.0 - Self::ONWARD).ln() + (n - least) as f64 * Self::ONWARD.ln(),
            Some(most) if n > usize::from(most) => f64::NEG_INFINITY,
            Some(most) => -f64::from(most - self.least + 1).ln(),
        }
    }
}

impl Part {
    /// Something once.
    pub fn once(atom: Atom) -> Self {
        Self {
            atom,
            count: Count::ONCE,
        }
    }
}

impl Format {
    /// Text that stands for itself.
    pub fn literal(text: &str) -> Self {
        Self(text.chars().map(|c| Part::once(Atom::Literal(c))).collect())
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.least, self.most) {
            (1, Some(1)) => Ok(()),
            (0, Some(1)) => f.write_str("?"),
            (0, None) => f.write_str("*"),
            (1, None) => f.write_str("+"),
            (n, None) => write!(f, "{{{n},}}"),
            (n, Some(m)) if n == m => write!(f, "{{{n}}}"),
            (n, Some(m)) => write!(f, "{{{n},{m}}}"),
        }
    }
}

/// What engines read otherwise than as itself, and within brackets.
const SPECIAL: &str = r"\.+*?()|[]{}^$";
const SPECIAL_INSIDE: &str = r"\[]^-&~";

/// A character as engines read it, with what they would read otherwise.
fn write_character(f: &mut fmt::Formatter<'_>, character: char, special: &str) -> fmt::Result {
    match character {
        '\n' => f.write_str(r"\n"),
        '\r' => f.write_str(r"\r"),
        '\t' => f.write_str(r"\t"),
        c if special.contains(c) => write!(f, r"\{c}"),
        c if c.is_control() => write!(f, r"\x{{{:x}}}", u32::from(c)),
        c => write!(f, "{c}"),
    }
}

fn write_text(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    text.chars()
        .try_for_each(|c| write_character(f, c, SPECIAL))
}

impl fmt::Display for Atom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(character) => write_character(f, *character, SPECIAL),
            Self::Class(class) => write!(f, "{class}"),
            Self::Set(characters) => {
                f.write_str("[")?;
                let mut each = characters.iter();
                each.try_for_each(|c| write_character(f, *c, SPECIAL_INSIDE))?;
                f.write_str("]")
            }
            Self::Words(words) => {
                f.write_str("(?:")?;
                for (i, word) in words.iter().enumerate() {
                    f.write_str(if i == 0 { "" } else { "|" })?;
                    write_text(f, word)?;
                }
                f.write_str(")")
            }
            Self::Group(parts) => {
                f.write_str("(?:")?;
                parts.iter().try_for_each(|part| part.fmt(f))?;
                f.write_str(")")
            }
            Self::Named(name) if f.alternate() => write!(f, "{name}"),
            Self::Named(name) => write!(f, "(?:{})", name.regex()),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.atom.fmt(f)?;
        self.count.fmt(f)
    }
}

/// As engines of regular expressions read it, without anchors; by `{:#}` with the names of sub-programs.
impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| part.fmt(f))
    }
}

/// Its formats with `|` between them.
impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, format) in self.0.iter().enumerate() {
            f.write_str(if i == 0 { "" } else { "|" })?;
            format.fmt(f)?;
        }
        Ok(())
    }
}
