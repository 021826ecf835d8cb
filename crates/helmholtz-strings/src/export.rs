//! Programs in the dialect of Rust, PCRE and Python, to be used outside.
//!
//! The export is anchored and means the same set of strings: those with a nonzero probability. The
//! classes are spelled out, because `\l` and `\u` do not exist elsewhere, and because `\w`, `\s` and
//! `.` are different sets there. Neighbours that repeat one item become a count, `\d\d?\d?` to
//! `[0-9]{1,3}`, and alternatives that another one includes are left out: what a reader would have
//! written, and what makes most synonyms look alike. Probabilities have no place in that dialect and are
//! lost; two programs with equal exports accept the same strings.
//!
//! In Python and PCRE, `$` also matches before a final line break: use `fullmatch`, or `\Z` and
//! `\z`, where a string may end in one.

use super::alphabet::{Class, TAB, character_of};
use super::program::{Node, Regex};
use super::simplify::simplified;

/// Equal items from this number on are written as a count.
const SHORTEST_COUNT: usize = 3;

impl Regex {
    /// The anchored regular expression that matches exactly the strings this program generates.
    ///
    /// ```
    /// use helmholtz_strings::program::Regex;
    /// let code = Regex::parse(r"\u\u\u-?(\d|\l)+")?;
    /// assert_eq!(code.export(), "^[A-Z]{3}-?(?:[0-9]|[a-z])+$");
    /// # Ok::<(), helmholtz_strings::syntax::SyntaxError>(())
    /// ```
    pub fn export(&self) -> String {
        let (node, mut out) = (simplified(self.node()), String::from("^"));
        // Anchors bind like concatenation: tighter than `|`.
        write_part(&node, matches!(node, Node::Either(..)), &mut out);
        out.push('$');
        out
    }
}

fn write(node: &Node, out: &mut String) {
    match node {
        Node::Literal(character) => write_literal(*character, out),
        Node::Class(class) => out.push_str(spelled_out(*class)),
        Node::Star(_) | Node::Plus(_) | Node::Maybe(_) => Run::of(node).write(out),
        Node::Either(left, right) => {
            write(left, out);
            out.push('|');
            write(right, out);
        }
        Node::Sequence(items) => {
            for run in items.chunk_by(|a, b| Run::of(a).item == Run::of(b).item) {
                run.iter()
                    .map(Run::of)
                    .fold(None, Run::then)
                    .into_iter()
                    .for_each(|r| r.write(out));
            }
        }
    }
}

/// An item, so many times: what neighbours with one item and different operators come to together,
/// since X{a,b}X{c,d} and X{a+c,b+d} are the same set.
struct Run<'a> {
    item: &'a Node,
    least: usize,
    /// None for any number.
    most: Option<usize>,
}

impl<'a> Run<'a> {
    fn of(node: &'a Node) -> Self {
        let (item, least, most) = match node {
            Node::Star(body) => (&**body, 0, None),
            Node::Plus(body) => (&**body, 1, None),
            Node::Maybe(body) => (&**body, 0, Some(1)),
            _ => (node, 1, Some(1)),
        };
        Self { item, least, most }
    }

    /// The run after another one of the same item.
    fn then(before: Option<Self>, next: Self) -> Option<Self> {
        Some(match before {
            None => next,
            Some(before) => Self {
                item: next.item,
                least: before.least + next.least,
                most: before.most.zip(next.most).map(|(a, b)| a + b),
            },
        })
    }

    fn write(&self, out: &mut String) {
        let (least, operator) = match (self.least, self.most) {
            (0, None) => (1, "*".to_owned()),
            (1, None) => (1, "+".to_owned()),
            (0, Some(1)) => (1, "?".to_owned()),
            (least, None) => (1, format!("{{{least},}}")),
            (least, Some(most)) if least < most => (1, format!("{{{least},{most}}}")),
            (least, _) if least >= SHORTEST_COUNT => (1, format!("{{{least}}}")),
            (least, _) => (least, String::new()),
        };
        let bracketed = match self.item {
            Node::Literal(_) | Node::Class(_) => false,
            Node::Sequence(_) => !operator.is_empty(),
            _ => true,
        };
        for _ in 0..least {
            write_part(self.item, bracketed, out);
        }
        out.push_str(&operator);
    }
}

fn write_part(node: &Node, bracketed: bool, out: &mut String) {
    if bracketed {
        out.push_str("(?:");
    }
    write(node, out);
    if bracketed {
        out.push(')');
    }
}

fn spelled_out(class: Class) -> &'static str {
    match class {
        Class::Any => r"[\t -~]",
        Class::Digit => "[0-9]",
        Class::Space => r"[\t ]",
        Class::Word => "[0-9A-Za-z]",
        Class::Lower => "[a-z]",
        Class::Upper => "[A-Z]",
    }
}

fn write_literal(index: u8, out: &mut String) {
    if index == TAB {
        out.push_str(r"\t");
        return;
    }
    let character = character_of(index);
    if r"\.+*?()|[]{}^$".contains(character) {
        out.push('\\');
    }
    out.push(character);
}

#[cfg(test)]
mod tests;
