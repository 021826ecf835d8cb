//! Programs for columns: formats, which are sequences of parts with counts.
//!
//! A format is a regular expression of a plain kind: it has no nested choice but among words, and a count on every part. What it
//! generates it generates in few ways, so its likelihood is exact and cheap, and no engine of regular expressions can be made
//! to try many. A column has one or several of them, each with a share of its rows.

use std::fmt;

use super::class::Class;
use super::names::{Name, spelled};

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

/// How often: every number from `least` to `most` is as likely, unless one of them is usual; without `most` the times beyond
/// `least` are of one of three geometric laws ([`Count::ONWARD`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Count {
    /// The smallest number.
    pub least: u16,
    /// The largest; `None` if there is none.
    pub most: Option<u16>,
    /// Among several numbers the one that is usual, in [`Count::USUAL`] of all cases, if there is such.
    pub usual: Option<u16>,
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
    /// Where there is no largest number: laws by their weights, and the chance that each has of another time.
    ///
    /// Words are short, and some texts are long: no single chance would do for both.
    pub const ONWARD: [(f64, f64); 3] = [(0.5, 0.6), (0.3, 0.9), (0.2, 0.99)];
    /// How often the usual number is meant.
    pub const USUAL: f64 = 0.95;

    /// This number.
    pub const fn exactly(n: u16) -> Self {
        Self::between(n, n)
    }

    /// From one number to another.
    pub const fn between(least: u16, most: u16) -> Self {
        Self {
            least,
            most: Some(most),
            usual: None,
        }
    }

    /// From one number to another, one of which is usual.
    pub const fn usually(usual: u16, least: u16, most: u16) -> Self {
        Self {
            usual: Some(usual),
            ..Self::between(least, most)
        }
    }

    /// This number or more.
    pub const fn from(least: u16) -> Self {
        Self {
            least,
            most: None,
            usual: None,
        }
    }

    /// ln of the probability of a number; -inf of one that cannot be.
    pub fn log_prob(self, n: usize) -> f64 {
        let least = usize::from(self.least);
        match self.most {
            _ if n < least => f64::NEG_INFINITY,
            None => {
                let each = Self::ONWARD.map(|(weight, onward)| {
                    weight * (1.0 - onward) * onward.powi((n - least).min(1 << 20) as i32)
                });
                each.iter().sum::<f64>().ln()
            }
            Some(most) if n > usize::from(most) => f64::NEG_INFINITY,
            Some(_) => {
                let (other, usual) = self.logs();
                match self.usual.map(usize::from) == Some(n) {
                    true => usual,
                    false => other,
                }
            }
        }
    }

    /// ln of the probability of any number in the range, and of the usual one.
    pub(crate) fn logs(self) -> (f64, f64) {
        let most = self.most.unwrap_or(self.least);
        let each = (f64::from(most) - f64::from(self.least) + 1.0).recip();
        match self.usual {
            None => (each.ln(), each.ln()),
            Some(_) => {
                let rest = (1.0 - Self::USUAL) * each;
                (rest.ln(), (Self::USUAL + rest).ln())
            }
        }
    }
}

impl Format {
    /// The fewest and the most characters of its texts, as far as its parts say: what has a name may be of any length.
    pub(crate) fn lengths(&self) -> (usize, usize) {
        lengths(&self.0)
    }
}

fn lengths(parts: &[Part]) -> (usize, usize) {
    let of = |part: &Part| {
        let one = match &part.atom {
            Atom::Words(words) => {
                let each = || words.iter().map(|word| word.chars().count());
                (each().min().unwrap_or(0), each().max().unwrap_or(0))
            }
            Atom::Group(inside) => lengths(inside),
            Atom::Named(_) => (1, usize::MAX),
            _ => (1, 1),
        };
        let most = part.count.most.map_or(usize::MAX, usize::from);
        let least = one.0.saturating_mul(usize::from(part.count.least));
        (least, one.1.saturating_mul(most))
    };
    let each = parts.iter().map(of);
    each.fold((0, 0), |all, own| {
        (all.0.saturating_add(own.0), all.1.saturating_add(own.1))
    })
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

impl Program {
    /// The same with like parts beside each other as one, where how often each stands is fixed.
    pub(crate) fn plainest(&self) -> Self {
        let merged = |format: &Format| {
            let mut all: Vec<Part> = vec![];
            for part in &format.0 {
                let fixed = |count: Count| (count.most == Some(count.least)).then_some(count.least);
                let sum = all.last().filter(|last| last.atom == part.atom);
                let sum = sum.and_then(|last| fixed(last.count)?.checked_add(fixed(part.count)?));
                let literal = matches!(part.atom, Atom::Literal(_));
                match (all.last_mut(), sum.filter(|_| !literal)) {
                    (Some(last), Some(sum)) => last.count = Count::exactly(sum),
                    _ => all.push(part.clone()),
                }
            }
            Format(all)
        };
        Self(self.0.iter().map(merged).collect())
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
        c if is_unseen(c) => write!(f, r"\x{{{:x}}}", u32::from(c)),
        c => write!(f, "{c}"),
    }
}

/// Whether nobody sees a character by itself: blanks beyond the usual one, marks on others, and what no font has.
fn is_unseen(character: char) -> bool {
    let is_escaped = character.escape_debug().count() > 1;
    is_escaped && (character.is_control() || !character.is_ascii())
}

fn write_text(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    text.chars()
        .try_for_each(|c| write_character(f, c, SPECIAL))
}

/// Parts, of which text that looks like a name does not.
fn write_parts(f: &mut fmt::Formatter<'_>, parts: &[Part]) -> fmt::Result {
    for (i, part) in parts.iter().enumerate() {
        match spelled(&parts[i..]) {
            Some(_) => f.write_str("[<]")?,
            None => fmt::Display::fmt(part, f)?,
        }
    }
    Ok(())
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
                write_parts(f, parts)?;
                f.write_str(")")
            }
            Self::Named(name) if f.alternate() => name.fmt(f),
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

/// As engines of regular expressions read it, without anchors; by `{:#}` with the names of sub-programs, and by `{:+#}` with the
/// days that these speak of: so it is read again as it was.
impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_parts(f, &self.0)
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
