//! Which parts may end in several places of a value, as far as a character tells.

use std::rc::Rc;

use super::ranges::{Ranges, may_miss};
use super::{Atom, Dialect, Name, Part, is_exact, named};

/// A part with what follows it in view.
pub(super) struct Node<'a> {
    pub(super) part: &'a Part,
    pub(super) least: usize,
    /// No value is longer than a part without a largest number.
    pub(super) most: usize,
    /// Whether what follows may begin with a character that the part could go on with.
    pub(super) is_open: bool,
    /// Steps wherever it may end: all parts are tried that may be missing, and one more.
    pub(super) tried: usize,
    /// Steps for each character that it passes, at most.
    pub(super) each: usize,
    pub(super) barrier: Option<Barrier>,
    pub(super) what: What<'a>,
}

/// What a part is made of.
pub(super) enum What<'a> {
    Character,
    Words(Ends),
    Group {
        /// The parts before another time; before all that may follow if that is not told apart.
        again: Vec<Node<'a>>,
        /// The parts before what follows the group.
        last: Option<Vec<Node<'a>>>,
    },
}

/// Something needed that an open part cannot go on with. Only ends that are near it can be right.
#[derive(Clone, Copy)]
pub(super) struct Barrier {
    /// How many parts later it stands.
    pub(super) parts: usize,
    /// How many ends can be right.
    pub(super) ends: usize,
}

impl Node<'_> {
    /// Whether a way through it that is divided nowhere but before what follows comes to each place once.
    pub(super) fn ends_once(&self) -> bool {
        match &self.what {
            What::Group { last, .. } => last.as_ref().is_some_and(|last| {
                let open = last.iter().filter(|node| node.is_open);
                open.count() <= 1 && last.iter().all(|n| matches!(n.what, What::Character))
            }),
            _ => false,
        }
    }
}

/// What is known of words.
pub(super) struct Ends {
    /// Lengths of words that one text may begin with; the smallest only where the next character tells which it is.
    pub(super) ends: Vec<usize>,
    /// Characters that are compared, at most.
    pub(super) compared: usize,
}

/// Longer than any value that is thought of.
const NO_END: usize = 1 << 16;
/// Parts among which a barrier is looked for.
const NEAR: usize = 64;
/// Groups in groups for which the end is told apart.
const DEPTH: usize = 3;

/// The parts of a format.
pub(super) fn nodes(parts: &[Part], dialect: Dialect) -> Vec<Node<'_>> {
    Look { dialect, depth: 0 }.parts(parts, &Rc::default())
}

/// How parts are looked at.
#[derive(Clone, Copy)]
struct Look {
    dialect: Dialect,
    depth: usize,
}

impl Look {
    /// Parts before what may begin with some characters.
    fn parts<'a>(self, parts: &'a [Part], after: &Rc<Ranges>) -> Vec<Node<'a>> {
        let mut follow = after.clone();
        let mut tried = 1;
        let mut nodes = vec![];
        for (i, part) in parts.iter().enumerate().rev() {
            let first = Ranges::first(&part.atom);
            let one = weight(&first, self.dialect);
            let mut node = self.node(part, &first, &follow, tried);
            node.barrier = barrier(&node, &first, &parts[i + 1..]);
            nodes.push(node);
            (follow, tried) = match may_miss(part) {
                // Most that may be missing begin with what others may begin with.
                true if follow.holds(&first) => (follow, tried + one),
                true => (Rc::new(follow.or(&first)), tried + one),
                false => (Rc::new(first.into_owned()), one),
            };
        }
        nodes.reverse();
        nodes
    }

    /// The parts of a group before another time of it, and before what follows it.
    fn group<'a>(
        self,
        parts: &'a [Part],
        is_again: bool,
        first: &Ranges,
        follow: &Rc<Ranges>,
    ) -> (Vec<Node<'a>>, Option<Vec<Node<'a>>>) {
        let deeper = Self {
            depth: self.depth + 1,
            ..self
        };
        if !is_again {
            return (deeper.parts(parts, follow), None);
        }
        if self.depth >= DEPTH {
            return (deeper.parts(parts, &Rc::new(follow.or(first))), None);
        }
        let again = deeper.parts(parts, &Rc::new(first.clone()));
        (again, Some(deeper.parts(parts, follow)))
    }

    fn node<'a>(
        self,
        part: &'a Part,
        first: &Ranges,
        follow: &Rc<Ranges>,
        tried: usize,
    ) -> Node<'a> {
        let is_again = part.count.most.is_none_or(|most| most > 1);
        let (what, own) = match &part.atom {
            Atom::Words(words) => {
                let words = match is_again {
                    true => Ends::of(words, &follow.or(first)),
                    false => Ends::of(words, follow),
                };
                let compared = words.compared;
                (What::Words(words), compared)
            }
            Atom::Named(name) => {
                let words = match is_again {
                    true => Ends::of_name(*name, &follow.or(first)),
                    false => Ends::of_name(*name, follow),
                };
                let compared = words.compared;
                (What::Words(words), compared)
            }
            Atom::Group(parts) => {
                let (again, last) = self.group(parts, is_again, first, follow);
                let each = again.iter().map(|node| node.each).max();
                (What::Group { again, last }, each.unwrap_or(0))
            }
            _ => (What::Character, weight(first, self.dialect)),
        };
        Node {
            part,
            least: usize::from(part.count.least),
            most: part.count.most.map_or(NO_END, usize::from),
            is_open: !is_exact(part) && first.meets(follow),
            tried,
            each: own + tried,
            barrier: None,
            what,
        }
    }
}

/// The next part that is needed and begins with none of the characters of an open one, if what stands between is short.
fn barrier(node: &Node<'_>, own: &Ranges, rest: &[Part]) -> Option<Barrier> {
    if !node.is_open || !matches!(node.what, What::Character) {
        return None;
    }
    let mut ends = 1;
    for (i, part) in rest.iter().take(NEAR).enumerate() {
        if !may_miss(part) && !Ranges::first(&part.atom).meets(own) {
            return Some(Barrier { parts: i + 1, ends });
        }
        ends += longest(part)?;
    }
    None
}

/// Characters of a part, at most.
fn longest(part: &Part) -> Option<usize> {
    let once = match &part.atom {
        Atom::Words(words) => words.iter().map(String::len).max()?,
        Atom::Named(name) => named::lengths(*name).1,
        Atom::Group(parts) => parts.iter().map(longest).sum::<Option<usize>>()?,
        _ => 1,
    };
    once.checked_mul(usize::from(part.count.most?))
}

/// Steps to see whether a character is one of some. Python looks through all ranges beyond the first plane.
fn weight(ranges: &Ranges, dialect: Dialect) -> usize {
    let beyond = ranges.0.iter().filter(|range| range.1 > '\u{ffff}').count();
    match dialect {
        Dialect::Python => 1 + beyond / 5,
        _ => 1,
    }
}

impl Ends {
    /// Of a date or an address, which is not long.
    fn of_name(name: Name, follow: &Ranges) -> Self {
        let (least, most) = named::lengths(name);
        let last = match named::alphabet(name).meets(follow) {
            true => most,
            false => least,
        };
        Self {
            ends: (least..=last).collect(),
            compared: name.regex().len(),
        }
    }

    fn of(words: &[String], follow: &Ranges) -> Self {
        let mut words: Vec<Vec<char>> = words.iter().map(|w| w.chars().collect()).collect();
        words.sort_unstable();
        let least = words.iter().map(Vec::len).min().unwrap_or(0);
        let longest = words.iter().map(Vec::len).max().unwrap_or(0);
        let shared = words.windows(2).map(|pair| shared(&pair[0], &pair[1]));
        Self {
            compared: words.len() + longest + shared.sum::<usize>(),
            ends: (least..least + several(&words, follow)).collect(),
        }
    }
}

/// Characters that two words have in common at the beginning.
fn shared(a: &[char], b: &[char]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

/// How many of some words in order a text may begin with so that each could go on.
fn several(words: &[Vec<char>], follow: &Ranges) -> usize {
    let (mut chain, mut most): (Vec<&Vec<char>>, usize) = (vec![], 1);
    for word in words {
        while chain.last().is_some_and(|before| !word.starts_with(before)) {
            chain.pop();
        }
        let goes_on = |before: &&&Vec<char>| word.get(before.len()).is_some_and(|c| follow.has(*c));
        most = most.max(1 + chain.iter().filter(goes_on).count());
        chain.push(word);
    }
    most
}
