//! Formats as text: they are written as regular expressions and read from such, as far as these are formats.

use std::str::FromStr;

use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::{self, Ast, ClassSet, ClassSetItem, RepetitionKind, RepetitionRange};
use thiserror::Error;

use super::class::Class;
use super::format::{Atom, Count, Format, Part, Program};
use super::names::{Name, longest_label};

/// A text that is no format of ours.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{text}`, at character {position}: {reason}")]
pub struct NotAFormat {
    /// What was read.
    pub text: String,
    /// Where, in characters from 1.
    pub position: usize,
    /// Why, and what to do.
    pub reason: String,
}

/// Characters of a text that is read, and parts of a format.
const MOST: usize = 1 << 16;
/// Times that a part stands.
const MOST_TIMES: u32 = 4096;

impl FromStr for Format {
    type Err = NotAFormat;

    fn from_str(text: &str) -> Result<Self, NotAFormat> {
        let ast = parsed(text)?;
        format(&ast).map_err(|problem| problem.of(text))
    }
}

impl FromStr for Program {
    type Err = NotAFormat;

    /// Formats between bars.
    fn from_str(text: &str) -> Result<Self, NotAFormat> {
        let ast = parsed(text)?;
        let formats = match &ast {
            Ast::Alternation(all) => all.asts.iter().map(format).collect(),
            one => match (format(one), ungrouped(one)) {
                // Brackets around all formats say nothing.
                (Err(_), Ast::Alternation(all)) => all.asts.iter().map(format).collect(),
                (format, _) => format.map(|f| vec![f]),
            },
        };
        formats.map(Self).map_err(|problem| problem.of(text))
    }
}

/// What is wrong, and after how many bytes.
struct Problem {
    byte: usize,
    reason: String,
}

impl Problem {
    fn at(ast: &Ast, reason: &str) -> Self {
        Self {
            byte: ast.span().start.offset,
            reason: reason.to_owned(),
        }
    }

    fn of(self, text: &str) -> NotAFormat {
        let before = text.get(..self.byte).unwrap_or(text);
        NotAFormat {
            text: text.to_owned(),
            position: before.chars().count() + 1,
            reason: self.reason,
        }
    }
}

fn parsed(text: &str) -> Result<Ast, NotAFormat> {
    let refused = |byte, reason: &str| {
        let reason = reason.to_owned();
        Problem { byte, reason }.of(text)
    };
    if text.chars().count() > MOST {
        return Err(refused(0, "over 65536 characters; write a shorter one"));
    }
    // Deep nesting is refused by the parser.
    let parsed = Parser::new().parse(text);
    parsed.map_err(|e| {
        refused(
            e.span().start.offset,
            &format!("{}; see the book", e.kind()),
        )
    })
}

/// What stands in brackets that only hold together.
fn ungrouped(ast: &Ast) -> &Ast {
    match ast {
        Ast::Group(group) => ungrouped(&group.ast),
        other => other,
    }
}

fn format(ast: &Ast) -> Result<Format, Problem> {
    let mut parts = vec![];
    match ast {
        Ast::Empty(_) => {}
        Ast::Concat(all) => {
            let mut pieces = &all.asts[..];
            while let Some((first, rest)) = pieces.split_first() {
                match named(pieces)? {
                    Some((part, length)) => {
                        parts.push(part);
                        pieces = &pieces[length..];
                    }
                    None => {
                        push(first, &mut parts)?;
                        pieces = rest;
                    }
                }
            }
        }
        one => push(one, &mut parts)?,
    }
    Ok(Format(parts))
}

/// The name that pieces spell as `<label>`, plainly, and how many pieces that is. A count behind it is about all of it.
fn named(pieces: &[Ast]) -> Result<Option<(Part, usize)>, Problem> {
    let plain = |ast: &Ast| match ast {
        Ast::Literal(one) if one.kind == ast::LiteralKind::Verbatim => Some(one.c),
        Ast::Dot(_) => Some('.'),
        Ast::Repetition(repetition) => match &*repetition.ast {
            Ast::Literal(one) if one.c == '>' => Some('>'),
            _ => None,
        },
        _ => None,
    };
    if pieces.first().and_then(plain) != Some('<') {
        return Ok(None);
    }
    let inside = pieces[1..].iter().take(longest_label()).map_while(plain);
    let text: String = inside.take_while(|c| *c != '>').collect();
    let length = text.chars().count() + 2;
    let last = pieces
        .get(length - 1)
        .filter(|last| plain(last) == Some('>'));
    let (Some(name), Some(last)) = (Name::written(&text), last) else {
        return Ok(None);
    };
    let count = match last {
        Ast::Repetition(repetition) => count(last, &repetition.op.kind)?,
        _ => Count::ONCE,
    };
    let atom = Atom::Named(name);
    Ok(Some((Part { atom, count }, length)))
}

/// What a text writes as `<...>` and is no name, so that it stands for its characters: of letters, digits and what dates have.
///
/// ```
/// assert_eq!(helmholtz_columns::syntax::unknown_names("<yyyy-mm-dd> <wrod>"), ["<wrod>"]);
/// ```
pub fn unknown_names(text: &str) -> Vec<String> {
    let names = text.match_indices('<').filter_map(|(at, _)| {
        let (inside, _) = text[at + 1..].split_once('>')?;
        let like_one = |c: char| c.is_alphanumeric() || " -/.,:".contains(c);
        // An escaped one, or the name of a group.
        let before = &text[..at];
        let slashes = before.len() - before.trim_end_matches('\\').len();
        let escaped = slashes % 2 == 1 || before.ends_with("(?") || before.ends_with("(?P");
        let unknown = Name::written(inside).is_none();
        (!escaped && unknown && !inside.is_empty() && inside.chars().all(like_one))
            .then(|| format!("<{inside}>"))
    });
    names.collect()
}

/// Adds what a piece of a regular expression stands for.
fn push(ast: &Ast, parts: &mut Vec<Part>) -> Result<(), Problem> {
    match ast {
        Ast::Group(group) if !matches!(*group.ast, Ast::Alternation(_)) => {
            parts.extend(format(&group.ast)?.0);
        }
        // A format is about the whole of a text.
        Ast::Assertion(a)
            if matches!(
                a.kind,
                ast::AssertionKind::StartLine
                    | ast::AssertionKind::EndLine
                    | ast::AssertionKind::StartText
                    | ast::AssertionKind::EndText
            ) => {}
        Ast::Repetition(repetition) => {
            if let Ast::Repetition(_) = *repetition.ast {
                let reason = "a count follows a count; put brackets around what stands so often";
                return Err(Problem::at(ast, reason));
            }
            let count = count(ast, &repetition.op.kind)?;
            let atom = atom(&repetition.ast)?;
            parts.push(Part { atom, count });
        }
        other => parts.push(Part::once(atom(other)?)),
    }
    Ok(())
}

fn count(ast: &Ast, kind: &RepetitionKind) -> Result<Count, Problem> {
    let (least, most) = match kind {
        RepetitionKind::ZeroOrOne => (0, Some(1)),
        RepetitionKind::ZeroOrMore => (0, None),
        RepetitionKind::OneOrMore => (1, None),
        RepetitionKind::Range(RepetitionRange::Exactly(n)) => (*n, Some(*n)),
        RepetitionKind::Range(RepetitionRange::AtLeast(n)) => (*n, None),
        RepetitionKind::Range(RepetitionRange::Bounded(n, m)) => (*n, Some(*m)),
    };
    if least.max(most.unwrap_or(0)) > MOST_TIMES {
        return Err(Problem::at(ast, "over 4096 times; write a smaller number"));
    }
    Ok(Count {
        usual: None,
        least: least as u16,
        most: most.map(|m| m as u16),
    })
}

fn atom(ast: &Ast) -> Result<Atom, Problem> {
    match ast {
        Ast::Literal(literal) => Ok(Atom::Literal(literal.c)),
        Ast::Dot(_) => Ok(Atom::Class(Class::ANY)),
        Ast::Group(group) => grouped(ast, &group.ast),
        Ast::ClassBracketed(_) | Ast::ClassUnicode(_) | Ast::ClassPerl(_) => class(ast),
        Ast::Repetition(_) => {
            let mut inside = vec![];
            push(ast, &mut inside)?;
            group(ast, inside)
        }
        Ast::Alternation(_) => grouped(ast, ast),
        _ => Err(Problem::at(
            ast,
            "formats have no assertions and no flags; leave it out",
        )),
    }
}

/// What stands in brackets: words, or parts.
fn grouped(ast: &Ast, inside: &Ast) -> Result<Atom, Problem> {
    if let Ast::Flags(_) = inside {
        return Err(Problem::at(ast, "formats have no flags; leave them out"));
    }
    // `(?s:.)` is how every character is written.
    if let Ast::Dot(_) = inside {
        return Ok(Atom::Class(Class::ANY));
    }
    let Ast::Alternation(all) = inside else {
        return group(ast, format(inside)?.0);
    };
    let words: Option<Vec<String>> = all.asts.iter().map(word).collect();
    let mut words = words.filter(|words| words.iter().all(|w| !w.is_empty()));
    if let Some(words) = &mut words {
        let is_name = |word: &&String| {
            let label = word.strip_prefix('<').and_then(|w| w.strip_suffix('>'));
            label.is_some_and(|label| Name::labelled(label).is_some())
        };
        if let Some(name) = words.iter().find(is_name) {
            let reason =
                format!("{name} is no word; write a format for each, with `|` between them");
            return Err(Problem::at(ast, &reason));
        }
        words.sort();
        words.dedup();
    }
    words.map(Atom::Words).ok_or_else(|| {
        let reason = "a choice within a format is one of words; write a format for each, with `|` between them";
        Problem::at(ast, reason)
    })
}

/// Parts that are repeated together. What may be empty cannot be: it could be repeated for ever.
fn group(ast: &Ast, parts: Vec<Part>) -> Result<Atom, Problem> {
    match may_be_empty(&parts) {
        false => Ok(Atom::Group(parts)),
        true => Err(Problem::at(
            ast,
            "what is repeated may be empty; make one of its parts needed",
        )),
    }
}

/// Whether some parts generate the empty text.
pub(crate) fn may_be_empty(parts: &[Part]) -> bool {
    parts.iter().all(|part| part.count.least == 0)
}

fn word(ast: &Ast) -> Option<String> {
    match ast {
        Ast::Literal(literal) => Some(literal.c.to_string()),
        Ast::Concat(all) => all.asts.iter().map(word).collect(),
        _ => None,
    }
}

/// A class of ours, or a set of characters.
fn class(ast: &Ast) -> Result<Atom, Problem> {
    let text = match ast {
        Ast::ClassPerl(perl) if perl.kind == ast::ClassPerlKind::Digit && !perl.negated => {
            return Ok(Atom::Class(Class::DIGIT));
        }
        Ast::ClassUnicode(_) | Ast::ClassBracketed(_) => ast.to_string(),
        _ => String::new(),
    };
    if let Some(class) = Class::written(&text) {
        return Ok(Atom::Class(class));
    }
    let mut characters = match ast {
        Ast::ClassBracketed(bracketed) if !bracketed.negated => match &bracketed.kind {
            ClassSet::Item(item) => characters(item),
            ClassSet::BinaryOp(_) => None,
        },
        _ => None,
    };
    if let Some(characters) = &mut characters {
        characters.sort_unstable();
        characters.dedup();
    }
    match characters {
        Some(characters) if characters.len() == 1 => Ok(Atom::Literal(characters[0])),
        Some(characters) => Ok(Atom::Set(characters)),
        None => {
            let known: Vec<String> = Class::all().map(|c| c.to_string()).collect();
            let reason = format!(
                "not a class of ours; write characters in brackets, or one of {}",
                known.join(" ")
            );
            Err(Problem::at(ast, &reason))
        }
    }
}

/// Characters of a set, of which there may be this many.
const MOST_IN_SET: u32 = 256;

/// The characters that are listed, if they are few.
fn characters(item: &ClassSetItem) -> Option<Vec<char>> {
    match item {
        ClassSetItem::Literal(literal) => Some(vec![literal.c]),
        ClassSetItem::Range(range) => {
            let (first, last) = (range.start.c, range.end.c);
            let count = u32::from(last).checked_sub(u32::from(first))?;
            (count < MOST_IN_SET).then(|| (first..=last).collect())
        }
        ClassSetItem::Union(all) => {
            let each: Option<Vec<Vec<char>>> = all.items.iter().map(characters).collect();
            each.map(|each| each.concat())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{formats, texts};
    use proptest::prelude::*;

    proptest! {
        /// What is written is read as what generates the same, and engines accept what it generates.
        #[test]
        fn a_format_comes_back(format in formats(), text in texts()) {
            let written = format.to_string();
            let read: Format = written.parse().unwrap();
            // Brackets that hold nothing together go.
            let again: Format = read.to_string().parse().unwrap();
            prop_assert_eq!(&again, &read);
            let (one, other) = (format.log_prob(&text), read.log_prob(&text));
            prop_assert!(one == other || (one - other).abs() < 1e-12, "{}", written);
            let engine = regex::Regex::new(&format!("^(?:{written})$")).unwrap();
            let text: String = text.iter().collect();
            prop_assert_eq!(engine.is_match(&text), one > f64::NEG_INFINITY, "{} {}", written, text);
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,40}") {
            let _ = text.parse::<Program>();
        }

        #[test]
        fn a_text_is_a_format_of_itself(text in any::<Vec<char>>()) {
            let format = Format(text.iter().map(|c| Part::once(Atom::Literal(*c))).collect());
            let read: Format = format.to_string().parse().unwrap();
            prop_assert_eq!(&read, &format);
            prop_assert!(read.accepts(&text));
        }
    }

    #[test]
    fn escaped_punctuation_means_itself() {
        let dollar: Format = r"^\$\d+\.\d{2}$".parse().unwrap();
        assert!(dollar.accepts(&"$12.50".chars().collect::<Vec<_>>()));
        assert_eq!(dollar.to_string(), r"\$[0-9]+\.[0-9]{2}");
    }

    #[test]
    fn what_is_no_format_is_refused_with_its_place() {
        for (text, position, part) in [
            (r"a(b|c*)", 2, "one of words"),
            (r"ab(?i)c", 3, "flags"),
            (r"x\bz", 2, "assertions"),
            ("é[", 2, "unclosed"),
            (r"[^a]", 1, "not a class"),
            (r"(a*)*", 1, "may be empty"),
            ("a{5000}", 1, "4096"),
        ] {
            let error = text.parse::<Format>().unwrap_err();
            assert!(error.reason.contains(part), "{error}");
            assert_eq!(error.position, position, "{error}");
        }
    }

    #[test]
    fn formats_stand_between_bars() {
        let program: Program = r"[0-9]{5}|(?:INFO|WARN) x".parse().unwrap();
        assert_eq!(program.0.len(), 2);
        assert_eq!(program.to_string(), r"[0-9]{5}|(?:INFO|WARN) x");
        // A choice of words is one format; one of anything else is several, in brackets or not.
        for (text, formats) in [("(?:a|b)", 1), ("a|b", 2), ("([0-9]|[a-z]+)", 2)] {
            assert_eq!(text.parse::<Program>().unwrap().0.len(), formats, "{text}");
        }
    }

    #[test]
    fn names_are_read_as_they_are_told() {
        let read = |text: &str| text.parse::<Format>().unwrap();
        let told = "<yyyy-mm-dd>(?:T<HH:MM>)?-<IPv4>?";
        assert_eq!(format!("{:#}", read(told)), told);
        let literal = Format::literal("<HH:MM>");
        assert_eq!(literal.to_string(), "[<]HH:MM>");
        assert_eq!(read("[<]HH:MM>+").to_string(), "[<]HH:MM>+");
        assert!(read("[<]HH:MM>").accepts(&"<HH:MM>".chars().collect::<Vec<_>>()));
        assert_eq!(read("<br>").to_string(), "<br>");
    }

    #[test]
    fn all_names_are_read_as_they_are_told() {
        for name in Name::all() {
            let format = Format(vec![
                Part::once(Atom::Named(name)),
                Part::once(Atom::Literal('.')),
            ]);
            assert_eq!(
                format!("{format:#}").parse::<Format>().unwrap(),
                format,
                "{name}"
            );
        }
        for text in [
            "<yyyy-mm-dd from 2024-05-03 to 2025-02-25>",
            "<d.m.yyyy from 1999-12-31 to 2000-01-31, last days of months>?",
            "<mm/dd/yy from 2019-01-01 to 2023-12-31, Mondays to Fridays>",
            "<yyyy-mm from 2024-05 to 2025-02>",
        ] {
            let format: Format = text.parse().unwrap();
            assert_eq!(format!("{format:+#}"), text);
            let again: Format = format!("{format:+#}").parse().unwrap();
            assert_eq!(again, format);
            assert!(!matches!(format.0[0].atom, Atom::Literal(_)));
        }
        for text in [
            "<yyyy-mm-dd from 2024-05-03 to 2023-02-25>",
            "<yyyy-mm-dd from 2024-02-30 to 2025-02-25>",
            "<yyyy-mm-dd from 2024-05-03 to 2024-05-04, Mondays>",
            "<HH:MM from 2024-05-03 to 2024-05-04>",
        ] {
            assert!(matches!(
                text.parse::<Format>().unwrap().0[0].atom,
                Atom::Literal(_)
            ));
            assert_eq!(unknown_names(text), [text]);
        }
    }

    #[test]
    fn what_looks_like_a_name_and_is_none_is_told() {
        assert_eq!(
            unknown_names("<foo>|<yyyy-mm-dd> <Wrod>"),
            ["<foo>", "<Wrod>"]
        );
        assert!(unknown_names(r"\<foo> a<b <[a-z]+> (?<bar>x)(?P<baz>y)").is_empty());
        let refused = "x(?:<Word>|n/a)".parse::<Format>().unwrap_err();
        assert!(refused.reason.starts_with("<Word> is no word"), "{refused}");
    }
}
