//! Programs in the dialect of Rust, PCRE and Python, to be used outside.
//!
//! The export is anchored and means the same set of strings: those with a nonzero probability. The
//! classes are spelled out, because `\l` and `\u` do not exist elsewhere, and because `\w`, `\s` and
//! `.` are different sets there. Runs of three or more equal atoms become counts, which is what a
//! reader would have written. Probabilities have no place in that dialect and are lost; two
//! programs with equal exports accept the same strings.
//!
//! In Python and PCRE, `$` also matches before a final line break: use `fullmatch`, or `\Z` and
//! `\z`, where a string may end in one.

use super::alphabet::{Class, TAB, character_of};
use super::program::{Node, Regex};

/// Runs of equal atoms from this length on are written as a count.
const SHORTEST_COUNT: usize = 3;

impl Regex {
    /// The anchored regular expression that matches exactly the strings this program generates.
    ///
    /// ```
    /// use helmholtz::domain::strings::program::Regex;
    /// let code = Regex::parse(r"\u\u\u-?(\d|\l)+")?;
    /// assert_eq!(code.export(), "^[A-Z]{3}-?(?:[0-9]|[a-z])+$");
    /// # Ok::<(), helmholtz::domain::strings::syntax::SyntaxError>(())
    /// ```
    pub fn export(&self) -> String {
        let mut out = String::from("^");
        // Anchors bind like concatenation: tighter than `|`.
        write_part(
            self.node(),
            matches!(self.node(), Node::Either(..)),
            &mut out,
        );
        out.push('$');
        out
    }
}

fn write(node: &Node, out: &mut String) {
    match node {
        Node::Literal(character) => write_literal(*character, out),
        Node::Class(class) => out.push_str(spelled_out(*class)),
        Node::Star(body) => write_repeat(body, '*', out),
        Node::Plus(body) => write_repeat(body, '+', out),
        Node::Maybe(body) => write_repeat(body, '?', out),
        Node::Either(left, right) => {
            write(left, out);
            out.push('|');
            write(right, out);
        }
        Node::Sequence(items) => items
            .chunk_by(same_atom)
            .for_each(|run| write_run(run, out)),
    }
}

fn same_atom(a: &Node, b: &Node) -> bool {
    matches!(a, Node::Literal(_) | Node::Class(_)) && a == b
}

fn write_run(run: &[Node], out: &mut String) {
    if run.len() >= SHORTEST_COUNT {
        write(&run[0], out);
        out.push_str(&format!("{{{}}}", run.len()));
    } else {
        for item in run {
            write_part(item, matches!(item, Node::Either(..)), out);
        }
    }
}

fn write_repeat(body: &Node, operator: char, out: &mut String) {
    write_part(
        body,
        !matches!(body, Node::Literal(_) | Node::Class(_)),
        out,
    );
    out.push(operator);
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
