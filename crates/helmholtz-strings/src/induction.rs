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
/// Among more strings than this, a shape that only one of them has is an exception, not a shape.
const FEW_STRINGS: usize = 10;
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
        let unions = unions(&shapes);
        for style in [Style::Fixed, Style::Classes, Style::Loose] {
            let each: Vec<Vec<Node>> = shapes.iter().map(|s| write(s, style)).collect();
            programs.extend(alternatives(&each));
            programs.extend(each);
            programs.extend(unions.iter().map(|u| write(u, style)));
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

    /// The shape of a string.
    fn apply(self, string: &[u8]) -> Shape<'_> {
        let runs: Vec<&[u8]> = string
            .chunk_by(|&a, &b| self.kind(a) == self.kind(b))
            .collect();
        let mut shape = Vec::new();
        let mut at = 0;
        while at < runs.len() {
            let kind = self.kind(runs[at][0]);
            match self.list(&runs[at..]) {
                Some((more, texts, used)) => {
                    shape.push(Element::Part(Part::Run(kind), texts.clone()));
                    shape.push(Element::Part(more, texts));
                    at += used;
                }
                None => {
                    shape.push(Element::Part(Part::Run(kind), vec![runs[at]]));
                    at += 1;
                }
            }
        }
        shape
    }

    /// The list at the start of some runs, if there is one and lists are looked for: what follows its
    /// first item, all items, and the number of runs it takes.
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
        if !self.lists || width == 0 || items.is_empty() {
            return None;
        }
        let used = 1 + items.len() * (width + 1);
        let texts = std::iter::once(runs[0]).chain(items).collect();
        Some((Part::More(item, separator.concat()), texts, used))
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
    /// Further items of a list, each after a separator.
    More(Class, Vec<u8>),
}

/// A part with the texts that stand there, or what only some strings have.
#[derive(Clone)]
enum Element<'a> {
    Part(Part, Vec<&'a [u8]>),
    Optional(Vec<Element<'a>>),
    Either(Vec<Element<'a>>, Vec<Element<'a>>),
}

type Shape<'a> = Vec<Element<'a>>;

impl<'a> Element<'a> {
    fn part(&self) -> Option<&Part> {
        match self {
            Self::Part(part, _) => Some(part),
            _ => None,
        }
    }

    fn is_like(&self, other: &Self) -> bool {
        self.part().is_some() && self.part() == other.part()
    }

    /// Adds the texts of an element of the same part.
    fn absorb(&mut self, other: &Self) {
        if let (Self::Part(_, texts), Self::Part(_, more)) = (self, other) {
            texts.extend(more);
        }
    }
}

/// Two elements of one part, with the texts of both.
fn pooled<'a>((a, b): (&Element<'a>, &Element<'a>)) -> Element<'a> {
    let mut both = a.clone();
    both.absorb(b);
    both
}

/// The most frequent shapes of some strings, most frequent first.
fn shapes<'a>(strings: impl Iterator<Item = &'a [u8]>, cut: Cut) -> Vec<Shape<'a>> {
    let mut groups: BTreeMap<Vec<Part>, (usize, Shape<'a>)> = BTreeMap::new();
    for string in strings.filter(|s| !s.is_empty()) {
        let shape = cut.apply(string);
        let parts = shape.iter().filter_map(Element::part).cloned().collect();
        groups
            .entry(parts)
            .and_modify(|(count, known)| {
                *count += 1;
                known.iter_mut().zip(&shape).for_each(|(k, s)| k.absorb(s));
            })
            .or_insert((1, shape));
    }
    let mut groups: Vec<(usize, Shape)> = groups.into_values().collect();
    let strings: usize = groups.iter().map(|(count, _)| count).sum();
    groups.retain(|(count, _)| *count > 1 || strings <= FEW_STRINGS);
    groups.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    groups.truncate(MOST_SHAPES);
    groups.into_iter().map(|(_, shape)| shape).collect()
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

fn write(shape: &[Element], style: Style) -> Vec<Node> {
    let sequence = |elements: &[Element]| Box::new(Node::Sequence(write(elements, style)));
    let element = |element: &Element| match element {
        Element::Part(Part::Run(Kind::Symbol(character)), texts) => symbol(*character, texts),
        Element::Part(Part::Run(Kind::Class(class)), texts) => run(*class, texts, style),
        Element::Part(Part::More(class, separator), texts) => {
            let separator = separator.iter().map(|&c| Node::Literal(c));
            let next = separator.chain(run(*class, texts, style)).collect();
            vec![Node::Plus(Box::new(Node::Sequence(next)))]
        }
        Element::Optional(elements) => vec![optional(write(elements, style))],
        Element::Either(left, right) => vec![Node::Either(sequence(left), sequence(right))],
    };
    shape.iter().flat_map(element).collect()
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

/// The first two, three, ... programs as alternatives.
fn alternatives(programs: &[Vec<Node>]) -> Vec<Vec<Node>> {
    let sequences = |n: usize| programs[..n].iter().map(|p| Node::Sequence(p.clone()));
    let either = |right, left| Node::Either(Box::new(left), Box::new(right));
    (2..=programs.len())
        .filter_map(|n| Some(vec![sequences(n).rev().reduce(either)?]))
        .collect()
}

/// The first two, three, ... shapes in one, with what they share written once.
fn unions<'a>(shapes: &[Shape<'a>]) -> Vec<Shape<'a>> {
    let Some((first, rest)) = shapes.split_first() else {
        return vec![];
    };
    let mut union = first.clone();
    rest.iter()
        .map(|next| {
            union = merge(&union, next);
            union.clone()
        })
        .collect()
}

/// Both shapes in one: the common beginning, either middle, the common end.
fn merge<'a>(a: &[Element<'a>], b: &[Element<'a>]) -> Shape<'a> {
    let (start, end) = shared(a, b);
    let (a_end, b_end) = (a.len() - end, b.len() - end);
    let beginning = a.iter().zip(b).take(start).map(pooled);
    let middle = either(&a[start..a_end], &b[start..b_end]);
    let ending = a[a_end..].iter().zip(&b[b_end..]).map(pooled);
    beginning.chain(middle).chain(ending).collect()
}

/// How many elements two shapes share at the start, and how many of the others at the end.
fn shared(a: &[Element], b: &[Element]) -> (usize, usize) {
    let alike = |(x, y): &(&Element, &Element)| x.is_like(y);
    let start = a.iter().zip(b).take_while(alike).count();
    let (a, b) = (a[start..].iter().rev(), b[start..].iter().rev());
    (start, a.zip(b).take_while(alike).count())
}

/// Either of two shapes, as one element; what is already optional, or one of several, takes the other in.
fn either<'a>(x: &[Element<'a>], y: &[Element<'a>]) -> Option<Element<'a>> {
    let overlap = |of: &[Element], with: &[Element]| shared(of, with) != (0, 0);
    match (x, y) {
        ([], []) => None,
        ([], [Element::Optional(all)]) | ([Element::Optional(all)], []) => {
            Some(Element::Optional(all.clone()))
        }
        ([], all) | (all, []) => Some(Element::Optional(all.to_vec())),
        ([Element::Optional(all)], more) | (more, [Element::Optional(all)]) => {
            Some(Element::Optional(merge(all, more)))
        }
        ([Element::Either(l, r)], more) if overlap(l, more) => {
            Some(Element::Either(merge(l, more), r.clone()))
        }
        ([Element::Either(l, r)], more) if overlap(r, more) => {
            Some(Element::Either(l.clone(), merge(r, more)))
        }
        (x, y) => Some(Element::Either(x.to_vec(), y.to_vec())),
    }
}

/// Some nodes that need not be there; a repetition needs no bracket of its own for that.
fn optional(mut nodes: Vec<Node>) -> Node {
    match nodes.pop() {
        Some(Node::Plus(body)) if nodes.is_empty() => Node::Star(body),
        Some(node @ (Node::Star(_) | Node::Maybe(_))) if nodes.is_empty() => node,
        last => {
            nodes.extend(last);
            Node::Maybe(Box::new(Node::Sequence(nodes)))
        }
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
        for program in [r"PO-3\d\d\d\d", r"PO-\d\d\d\d\d", r"\u+-\d+", r"\w+(-\w+)+"] {
            assert_among(program, &codes);
        }
        assert_among(r"\d\d?/\d\d/20\d\d", &["1/16/2011", "12/25/2020"]);
    }

    #[test]
    fn shapes_are_joined_and_share_what_is_equal() {
        assert_among(r"20\d\d(/\d\d)?", &["2000", "2011", "2002/03", "2012/14"]);
        assert_among(r"\d+|\u\l+ \u\l+", &["132", "19", "37", "5", "Steve Brown"]);
        assert_among(r"-?\d\d\d\d", &["-2827", "2708", "3940", "5157"]);
        let sizes = ["1-2", "3-4", "5-6/a", "7-8/b", "1-2_3", "4-5_6"];
        assert_among(r"\d-\d(/\l|_\d)?", &sizes);
        let optional_twice = ["a1", "b2", "a1x", "b2y", "a1x-", "b2y-"];
        assert_among(r"\l\d(\l-?)?", &optional_twice);
    }

    #[test]
    fn an_exception_among_many_strings_is_no_shape() {
        let mut strings: Vec<String> = (10..20).map(|i| i.to_string()).collect();
        strings.push("none".into());
        let strings: Vec<&str> = strings.iter().map(String::as_str).collect();
        assert!(induced(&strings).iter().all(|p| !p.contains('n')));
        assert_among("1\\d|none", &strings[5..]);
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
            let parameters = Parameters::uniform();
            let explains = |p: &Regex| {
                let automaton = Automaton::compile(p, &parameters);
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
