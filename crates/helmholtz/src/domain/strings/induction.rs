//! Programs read off the strings themselves: proposals that need no network.
//!
//! Most columns are a few *shapes*: the strings of one shape are the same sequence of runs of digits,
//! letters and symbols. Each large shape is written as a program, in several degrees of generality, and
//! the programs of the largest shapes are joined, with what they share written once. A search ranks
//! these among the guide's proposals by their exact joints, so none of them needs to be good; they are
//! there so that a plain column never depends on the luck of a draw.

use std::collections::BTreeMap;

use super::alphabet::Class;
use super::grammar::Grammar;
use super::program::{Node, Regex};

/// Shapes that are written as programs, most frequent first.
const MOST_SHAPES: usize = 5;
/// A run whose length varies by at most this is written with `?`, as one that varies more is with `+`.
const MOST_OPTIONAL: usize = 2;

/// The programs that the shapes of some strings suggest, each once, in a fixed order.
pub(super) fn induce<'a>(
    strings: impl Iterator<Item = &'a [u8]> + Clone,
    grammar: Grammar,
) -> Vec<Regex> {
    let mut programs = Vec::new();
    for cut in Cut::ALL {
        let shapes = shapes(strings.clone(), cut);
        for style in [Style::Fixed, Style::Classes, Style::Loose] {
            let written: Vec<Vec<Node>> = shapes.iter().map(|s| write(s, style)).collect();
            programs.extend(written.iter().cloned());
            programs.extend(joined(&written));
        }
    }
    let mut programs: Vec<Regex> = programs
        .into_iter()
        .filter_map(|items| Regex::from_node(&Node::Sequence(items)).ok())
        .filter(|program| grammar.accepts(program))
        .collect();
    programs.sort_unstable();
    programs.dedup();
    programs
}

/// How strings are cut into runs.
#[derive(Clone, Copy)]
struct Cut {
    /// Letters and digits are one kind of character instead of three.
    words: bool,
    /// `a,b,c` is a list: one item, repeated with its separator.
    lists: bool,
}

impl Cut {
    const ALL: [Self; 4] = [
        Self::new(false, false),
        Self::new(false, true),
        Self::new(true, false),
        Self::new(true, true),
    ];

    const fn new(words: bool, lists: bool) -> Self {
        Self { words, lists }
    }

    fn kind(self, character: u8) -> Kind {
        let classes: &[Class] = if self.words {
            &[Class::Word]
        } else {
            &[Class::Digit, Class::Lower, Class::Upper]
        };
        let class = classes.iter().find(|c| c.contains(character));
        class.map_or(Kind::Symbol(character), |&c| Kind::Class(c))
    }

    /// The parts of a string, each with its texts: one of a run, several of a list.
    fn apply(self, string: &[u8]) -> Vec<(Part, Vec<&[u8]>)> {
        let runs: Vec<&[u8]> = string
            .chunk_by(|&a, &b| self.kind(a) == self.kind(b))
            .collect();
        let mut parts = Vec::new();
        let mut at = 0;
        while at < runs.len() {
            let list = self.lists.then(|| self.list(&runs[at..])).flatten();
            let (part, texts, used) = list.unwrap_or_else(|| {
                let kind = self.kind(runs[at][0]);
                (Part::Run(kind), vec![runs[at]], 1)
            });
            parts.push((part, texts));
            at += used;
        }
        parts
    }

    /// The list at the start of some runs: its part, its items, and the number of runs it takes.
    fn list<'a>(self, runs: &[&'a [u8]]) -> Option<(Part, Vec<&'a [u8]>, usize)> {
        let symbol = |run: &&[u8]| matches!(self.kind(run[0]), Kind::Symbol(_));
        let Kind::Class(item) = self.kind(runs.first()?[0]) else {
            return None;
        };
        let width = runs[1..].iter().take_while(|run| symbol(run)).count();
        let separator = &runs[1..=width];
        let rest = runs[1..].chunks_exact(width + 1);
        let items: Vec<&[u8]> = rest
            .take_while(|next| {
                next[..width] == *separator && self.kind(next[width][0]) == Kind::Class(item)
            })
            .map(|next| next[width])
            .collect();
        if width == 0 || items.is_empty() {
            return None;
        }
        let used = 1 + items.len() * (width + 1);
        let texts = std::iter::once(runs[0]).chain(items).collect();
        Some((Part::List(item, separator.concat()), texts, used))
    }
}

/// What a run consists of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Class(Class),
    Symbol(u8),
}

/// A part of a shape.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Run(Kind),
    /// Items of a class with a separator between them.
    List(Class, Vec<u8>),
}

/// The texts that stand at each part of a shape.
type Shape<'a> = Vec<(Part, Vec<&'a [u8]>)>;

/// The most frequent shapes of some strings, most frequent first.
fn shapes<'a>(strings: impl Iterator<Item = &'a [u8]>, cut: Cut) -> Vec<Shape<'a>> {
    let mut groups: BTreeMap<Vec<Part>, (usize, Vec<Vec<&'a [u8]>>)> = BTreeMap::new();
    for string in strings.filter(|s| !s.is_empty()) {
        let (parts, texts): (Vec<Part>, Vec<_>) = cut.apply(string).into_iter().unzip();
        let empty = || (0, vec![vec![]; parts.len()]);
        let group = groups.entry(parts.clone()).or_insert_with(empty);
        group.0 += 1;
        group
            .1
            .iter_mut()
            .zip(texts)
            .for_each(|(to, from)| to.extend(from));
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
    groups.truncate(MOST_SHAPES);
    let shape = |(parts, (_, texts)): (Vec<Part>, (usize, Vec<_>))| parts.into_iter().zip(texts);
    groups.into_iter().map(|g| shape(g).collect()).collect()
}

/// How general a program is.
#[derive(Clone, Copy, PartialEq)]
enum Style {
    /// A character that is always the same is written as itself.
    Fixed,
    /// A run that is always the same is written as itself, any other as its class.
    Classes,
    /// Every run is its class, any number of times.
    Loose,
}

fn write(shape: &Shape, style: Style) -> Vec<Node> {
    let part = |(part, texts): &(Part, Vec<&[u8]>)| match part {
        Part::Run(Kind::Symbol(character)) => symbol(*character, texts),
        Part::Run(Kind::Class(class)) => run(*class, texts, style),
        Part::List(class, separator) => list(*class, separator, texts, style),
    };
    shape.iter().flat_map(part).collect()
}

fn symbol(character: u8, texts: &[&[u8]]) -> Vec<Node> {
    let (least, most) = lengths(texts);
    match least == most {
        true => vec![Node::Literal(character); least],
        false => vec![Node::Plus(Box::new(Node::Literal(character)))],
    }
}

fn run(class: Class, texts: &[&[u8]], style: Style) -> Vec<Node> {
    let (least, most) = lengths(texts);
    let atom = Node::Class(narrowest(class, texts));
    let constant = texts.len() > 1 && texts.iter().all(|t| t == &texts[0]);
    match style {
        Style::Fixed | Style::Classes if constant => {
            texts[0].iter().map(|&c| Node::Literal(c)).collect()
        }
        Style::Fixed if least == most => (0..least).map(|i| place(i, texts, &atom)).collect(),
        Style::Fixed | Style::Classes if most - least <= MOST_OPTIONAL => {
            let optional = Node::Maybe(Box::new(atom.clone()));
            [vec![atom; least], vec![optional; most - least]].concat()
        }
        _ if most == 1 => vec![atom],
        _ => vec![Node::Plus(Box::new(atom))],
    }
}

/// The character at a place, if it is always the same.
fn place(i: usize, texts: &[&[u8]], atom: &Node) -> Node {
    let character = texts[0][i];
    match texts.iter().all(|t| t[i] == character) {
        true => Node::Literal(character),
        false => atom.clone(),
    }
}

fn list(class: Class, separator: &[u8], texts: &[&[u8]], style: Style) -> Vec<Node> {
    let item = run(class, texts, style);
    let separator = separator.iter().map(|&c| Node::Literal(c));
    let next = Node::Sequence(separator.chain(item.iter().cloned()).collect());
    [item, vec![Node::Plus(Box::new(next))]].concat()
}

fn lengths(texts: &[&[u8]]) -> (usize, usize) {
    let each = || texts.iter().map(|t| t.len());
    (each().min().unwrap_or(0), each().max().unwrap_or(0))
}

/// The smallest class that holds every character of the texts, at most `class`.
fn narrowest(class: Class, texts: &[&[u8]]) -> Class {
    let holds = |c: &Class| texts.iter().all(|t| t.iter().all(|&x| c.contains(x)));
    [Class::Digit, Class::Lower, Class::Upper]
        .into_iter()
        .find(holds)
        .unwrap_or(class)
}

/// The union of the first two, three, ... programs: as alternatives, and with what they share written once.
fn joined(programs: &[Vec<Node>]) -> Vec<Vec<Node>> {
    let Some((first, rest)) = programs.split_first() else {
        return vec![];
    };
    let mut unions = Vec::new();
    let mut merged = first.clone();
    for (i, next) in rest.iter().enumerate() {
        merged = merge(&merged, next);
        unions.push(merged.clone());
        let all = programs[..=i + 1]
            .iter()
            .rev()
            .map(|p| Node::Sequence(p.clone()));
        let either = all.reduce(|right, left| Node::Either(Box::new(left), Box::new(right)));
        unions.extend(either.map(|e| vec![e]));
    }
    unions
}

/// Both programs in one: the common beginning, either middle, the common end.
fn merge(a: &[Node], b: &[Node]) -> Vec<Node> {
    let start = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a_rest, b_rest) = (&a[start..], &b[start..]);
    let both_backwards = a_rest.iter().rev().zip(b_rest.iter().rev());
    let end = both_backwards.take_while(|(x, y)| x == y).count();
    let (x, y) = (&a_rest[..a_rest.len() - end], &b_rest[..b_rest.len() - end]);
    let middle = match (x, y) {
        ([], []) => vec![],
        ([], more) | (more, []) => vec![optional(more)],
        _ => {
            let branch = |items: &[Node]| Box::new(Node::Sequence(items.to_vec()));
            vec![Node::Either(branch(x), branch(y))]
        }
    };
    [&a[..start], &middle, &a_rest[a_rest.len() - end..]].concat()
}

fn optional(items: &[Node]) -> Node {
    match items {
        [Node::Plus(body)] => Node::Star(body.clone()),
        [star @ (Node::Star(_) | Node::Maybe(_))] => star.clone(),
        _ => Node::Maybe(Box::new(Node::Sequence(items.to_vec()))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::alphabet::encode;
    use super::super::automaton::Automaton;
    use super::super::parameters::Parameters;
    use super::*;
    use proptest::prelude::*;

    fn grammar() -> Grammar {
        Grammar::new(30).unwrap()
    }

    fn induced(strings: &[&str]) -> Vec<String> {
        let strings: Vec<Vec<u8>> = strings.iter().map(|s| encode(s).unwrap()).collect();
        let programs = induce(strings.iter().map(Vec::as_slice), grammar());
        programs.iter().map(ToString::to_string).collect()
    }

    fn assert_among(program: &str, strings: &[&str]) {
        let found = induced(strings);
        assert!(
            found.iter().any(|p| p == program),
            "{program} is not in {found:#?}"
        );
    }

    #[test]
    fn one_shape_gives_programs_from_the_literal_to_the_general() {
        let codes = ["PO-39753", "PO-31187", "PO-30264"];
        for program in [r"PO-3\d\d\d\d", r"PO-\d\d\d\d\d", r"\u+-\d+", r"\w+-\d+"] {
            assert_among(program, &codes);
        }
        assert_among(r"\d\d?/\d\d/20\d\d", &["1/16/2011", "12/16/2020"]);
    }

    #[test]
    fn shapes_are_joined_and_share_what_is_equal() {
        assert_among(r"20\d\d(/\d\d)?", &["2000", "2011", "2002/03", "2012/14"]);
        assert_among(r"\d+|\u\l+ \u\l+", &["132", "19", "37", "5", "Steve Brown"]);
        assert_among(r"-?\d\d\d\d", &["-2827", "2708", "3940", "5157"]);
    }

    #[test]
    fn lists_are_found_with_their_separator() {
        assert_among(r"\u\u(,\u\u)*", &["TX", "NC,NY", "LA,AL,NM"]);
        assert_among(r"\l+(, \l+)+", &["red, blue", "green, teal, black"]);
    }

    #[test]
    fn empty_strings_and_no_strings_suggest_nothing() {
        assert!(induced(&[]).is_empty());
        assert!(induced(&["", ""]).is_empty());
    }

    proptest! {
        #[test]
        fn the_union_of_few_shapes_explains_every_string(
            strings in prop::collection::vec("[aB7,-]{1,4}", 1..=MOST_SHAPES)
        ) {
            let strings: Vec<Vec<u8>> = strings.iter().map(|s| encode(s).unwrap()).collect();
            let roomy = Grammar::new(128).unwrap();
            let programs = induce(strings.iter().map(Vec::as_slice), roomy);
            let explains = |p: &Regex| {
                let automaton = Automaton::compile(p, &Parameters::uniform());
                strings.iter().filter(|s| automaton.log_prob(s).is_finite()).count()
            };
            prop_assert!(programs.iter().all(|p| explains(p) > 0));
            prop_assert!(programs.iter().any(|p| explains(p) == strings.len()));
            let mut backwards = strings.clone();
            backwards.reverse();
            prop_assert_eq!(programs, induce(backwards.iter().map(Vec::as_slice), roomy));
        }
    }
}
