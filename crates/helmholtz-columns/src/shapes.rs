//! Shapes of texts: what kinds of characters follow each other, at five levels from fine to coarse; and what two shapes have in
//! common.
//!
//! A shape is a loose format, such as digits, a hyphen, digits. Texts of one shape are candidates for one format, whose parts are
//! then fitted to them ([`Format::fitted`]).

mod listed;
mod naming;

pub(crate) use naming::Naming;

use super::class::Class;
use super::format::{Atom, Count, Format, Part};
use super::names::Name;

/// A kind of characters that stand together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    /// This character, which is neither letter nor digit.
    Mark(char),
    /// Members of a class.
    Class(Class),
    /// What has a name.
    Named(Name),
}

/// Something of a shape.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Item {
    /// Characters of a kind.
    Run(Kind),
    /// Runs that may be missing, and if `again` may stand several times.
    Maybe {
        /// The runs.
        runs: Vec<Kind>,
        /// Whether they may stand more than once.
        again: bool,
    },
}

/// A loose format.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Shape(pub(crate) Vec<Item>);

/// The number of levels.
pub(crate) const LEVELS: usize = 5;
/// A shape of more runs than this is that of any text.
const LONGEST: usize = 64;

/// The kind of a character at a level.
fn kind_of(character: char, level: usize) -> Kind {
    let letter = match character {
        '0'..='9' => Some(Class::DIGIT),
        c if Class::UPPERCASE.has(c) => Some(Class::UPPERCASE),
        c if Class::LOWERCASE.has(c) => Some(Class::LOWERCASE),
        c if Class::ALPHABETIC.has(c) => Some(Class::ALPHABETIC),
        _ => None,
    };
    match (level, letter) {
        (0, Some(class)) => Kind::Class(class),
        (1, Some(Class::DIGIT)) => Kind::Class(Class::DIGIT),
        (1, Some(_)) if character.is_ascii() => Kind::Class(Class::LETTER),
        (2, Some(_)) if character.is_ascii() => Kind::Class(Class::WORD),
        (1 | 2, Some(_)) => Kind::Class(Class::ALPHABETIC),
        (3, _) if ('!'..='~').contains(&character) => Kind::Class(Class::VISIBLE),
        (4, _) => match (' '..='~').contains(&character) {
            true => Kind::Class(Class::PRINTABLE),
            false => Kind::Class(Class::ANY),
        },
        (3, Some(_)) => Kind::Class(Class::ALPHABETIC),
        _ => Kind::Mark(character),
    }
}

impl Shape {
    /// The shape of a text at a level.
    pub(crate) fn of(text: &[char], level: usize) -> Self {
        Self(folded(&Self::kinds(text, level)))
    }

    /// The same where nothing that is repeated is written once.
    pub(crate) fn unfolded(text: &[char], level: usize) -> Self {
        Self(
            Self::kinds(text, level)
                .into_iter()
                .map(Item::Run)
                .collect(),
        )
    }

    fn kinds(text: &[char], level: usize) -> Vec<Kind> {
        let mut kinds: Vec<Kind> = text.iter().map(|c| kind_of(*c, level)).collect();
        kinds.dedup();
        if level > 0 {
            kinds = joined(kinds, level > 1);
        }
        if kinds.len() > LONGEST {
            kinds = vec![Kind::Class(Class::ANY)];
        }
        kinds
    }

    /// The loose format.
    pub(crate) fn format(&self) -> Format {
        Format(self.0.iter().map(Item::part).collect())
    }

    /// All runs, whether they have to be there or not.
    fn runs(&self) -> impl Iterator<Item = Kind> {
        self.0.iter().flat_map(|item| match item {
            Item::Run(kind) => vec![*kind],
            Item::Maybe { runs, .. } => runs.clone(),
        })
    }
}

/// Kinds of letters beside each other as one that holds both, so that a name with an accent is one run; and digits, too, if
/// these are `joined`.
fn joined(kinds: Vec<Kind>, digits: bool) -> Vec<Kind> {
    let joins = |kind: Kind| matches!(kind, Kind::Class(class) if digits || class != Class::DIGIT);
    let mut all: Vec<Kind> = vec![];
    for kind in kinds {
        match all.last_mut() {
            Some(last) if joins(*last) && joins(kind) => *last = wider(*last, kind),
            _ => all.push(kind),
        }
    }
    all
}

/// A kind that holds two.
fn wider(a: Kind, b: Kind) -> Kind {
    let has = |class: &Class, kind: Kind| match kind {
        Kind::Mark(character) => class.has(character),
        // Letters of any script.
        Kind::Named(name) if name.is_word() => *class >= Class::ALPHABETIC,
        Kind::Named(name) if name.is_phrase() => *class == Class::ANY,
        // Others are of what ASCII prints, some with blanks.
        Kind::Named(_) => [Class::PRINTABLE, Class::ANY].contains(class),
        Kind::Class(inner) => class.holds(inner),
    };
    if a == b {
        return a;
    }
    // Words of any two kinds are what a phrase has.
    if let (Kind::Named(one), Kind::Named(other)) = (a, b)
        && one.is_of_words()
        && other.is_of_words()
        && let Some(phrase) = Name::phrases().next()
    {
        return Kind::Named(phrase);
    }
    let both = |class: &Class| has(class, a) && has(class, b);
    Kind::Class(Class::all().find(both).unwrap_or(Class::ANY))
}

/// Runs with what is repeated written once: `x, x, x` is x and any number of `, x`.
fn folded(kinds: &[Kind]) -> Vec<Item> {
    let mut items: Vec<Item> = vec![];
    let mut at = 0;
    while at < kinds.len() {
        let longest = (kinds.len() - at) / 2;
        let unit = (2..=longest.min(6)).find(|n| kinds[at..at + n] == kinds[at + n..at + 2 * n]);
        // What is repeated begins with what stands between.
        let Some(n) = unit.filter(|_| matches!(kinds[at], Kind::Mark(_))) else {
            items.push(Item::Run(kinds[at]));
            at += 1;
            continue;
        };
        let runs = kinds[at..at + n].to_vec();
        while kinds[at..].starts_with(&runs) {
            at += n;
        }
        items.push(Item::Maybe { runs, again: true });
    }
    items
}

impl Item {
    fn part(&self) -> Part {
        match self {
            Self::Run(kind) => kind.part(),
            Self::Maybe { runs, again } => Part {
                atom: Atom::Group(runs.iter().map(|kind| kind.part()).collect()),
                count: if *again { Count::from(0) } else { Count::MAYBE },
            },
        }
    }
}

impl Kind {
    fn part(self) -> Part {
        let atom = match self {
            Self::Mark(character) => Atom::Literal(character),
            Self::Class(class) => Atom::Class(class),
            Self::Named(name) => return Part::once(Atom::Named(name)),
        };
        Part {
            atom,
            count: Count::from(1),
        }
    }
}

/// Shapes that hold two, finer ones first.
pub(crate) fn common(a: &Shape, b: &Shape) -> Vec<Shape> {
    let (a, b) = if a.0.len() <= b.0.len() {
        (&a.0, &b.0)
    } else {
        (&b.0, &a.0)
    };
    let begin = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let end = a[begin..].iter().rev().zip(b[begin..].iter().rev());
    let end = end.take_while(|(x, y)| x == y).count();
    let (short, long) = (&a[begin..a.len() - end], &b[begin..b.len() - end]);
    let within = |middle: Vec<Item>| {
        let all = b[..begin].iter().cloned().chain(middle);
        Shape(all.chain(b[b.len() - end..].iter().cloned()).collect())
    };
    let mut found = vec![];
    if short.is_empty() {
        found.extend(inserted(long).map(within));
    }
    let runs = |items: &[Item]| Shape(items.to_vec()).runs().collect::<Vec<Kind>>();
    if !short.is_empty() {
        // Where they differ, one run holds what both have.
        let both = runs(short).into_iter().chain(runs(long)).reduce(wider);
        found.extend(both.map(|kind| within(vec![Item::Run(kind)])));
        if short.len() == long.len() {
            let each = short.iter().zip(long).map(|(x, y)| match (x, y) {
                (Item::Run(x), Item::Run(y)) => Some(Item::Run(wider(*x, *y))),
                (x, y) => (x == y).then(|| x.clone()),
            });
            found.extend(each.collect::<Option<Vec<Item>>>().map(within));
        }
        // Both may be missing.
        let maybe = [short, long].map(inserted);
        if let [Some(first), Some(second)] = maybe {
            found.push(within([first, second].concat()));
        }
    }
    found
}

/// Items that may be missing; none where there are such among them already.
fn inserted(items: &[Item]) -> Option<Vec<Item>> {
    let runs: Option<Vec<Kind>> = items
        .iter()
        .map(|item| match item {
            Item::Run(kind) => Some(*kind),
            Item::Maybe { .. } => None,
        })
        .collect();
    match (runs, items) {
        (_, [Item::Maybe { .. }]) => Some(items.to_vec()),
        (Some(runs), _) => Some(match folded(&runs).as_slice() {
            [Item::Maybe { runs, again }] => vec![Item::Maybe {
                runs: runs.clone(),
                again: *again,
            }],
            _ => vec![Item::Maybe { runs, again: false }],
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str, level: usize) -> String {
        let text: Vec<char> = text.chars().collect();
        let format = Shape::of(&text, level).format();
        assert!(format.accepts(&text), "{format}");
        format.to_string()
    }

    #[test]
    fn levels_go_from_fine_to_coarse() {
        let text = "Ab-12 é";
        let all = [
            r"\p{Lu}+\p{Ll}+-+[0-9]+ +\p{Ll}+",
            r"[A-Za-z]+-+[0-9]+ +\p{L}+",
            r"[0-9A-Za-z]+-+[0-9A-Za-z]+ +\p{L}+",
            r"[!-~]+ +\p{L}+",
            r"(?s:.)+",
        ];
        for (level, expected) in all.iter().enumerate() {
            assert_eq!(shape(text, level), *expected);
        }
        assert_eq!(all.len(), LEVELS);
        assert_eq!(shape("plain text", 4), "[ -~]+");
    }

    #[test]
    fn what_is_repeated_is_written_once() {
        assert_eq!(shape("1,2,3,4", 0), "[0-9]+(?:,+[0-9]+)*");
        assert_eq!(shape("10.0.0.1", 0), r"[0-9]+(?:\.+[0-9]+)*");
        assert_eq!(shape("", 0), "");
    }

    #[test]
    fn shapes_have_something_in_common() {
        let of = |text: &str| Shape::of(&text.chars().collect::<Vec<_>>(), 0);
        let written = |a: &str, b: &str| -> Vec<String> {
            let all = common(&of(a), &of(b));
            for (shape, text) in all.iter().flat_map(|s| [(s, a), (s, b)]) {
                let text: Vec<char> = text.chars().collect();
                assert!(shape.format().accepts(&text), "{}", shape.format());
            }
            all.iter().map(|s| s.format().to_string()).collect()
        };
        assert_eq!(written("12345", "12345-6789"), [r"[0-9]+(?:-+[0-9]+)?"]);
        assert_eq!(written("1", "1,2,3"), ["[0-9]+(?:,+[0-9]+)*"]);
        assert_eq!(written("AB-1", "12-1")[0], r"[\p{L}\p{N}]+-+[0-9]+");
        assert!(written("x-1", "x/1").iter().any(|s| s.contains("[!-~]+")));
    }
}
