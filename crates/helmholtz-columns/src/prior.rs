//! log p(program): what a program costs to write down, in nats.
//!
//! It is a law over programs, part by part. Formats go on with chances that are given here, and so do parts, counts, words and
//! the members of sets. The chances are the smoothed shares in the best programs of built-in columns of 15 and of 50 rows, found
//! twice, with what was learned the first time (`columns_builtin` counts them).

use libm::lgamma;

use super::class::Class;
use super::density::plus;
use super::format::{Atom, Count, Format, Part, Program};
use super::names::Name;

/// The chance of one format more.
const MORE_FORMATS: f64 = 0.54;
/// The chance of one part more.
const MORE_PARTS: f64 = 0.81;
/// The chance of one word, or one member of a set, more.
const MORE_WORDS: f64 = 0.8;

/// How likely a part is a literal, a class, a set, words, a group, or a name.
const ATOMS: [f64; 6] = [0.52, 0.32, 0.06, 0.03, 0.045, 0.025];
/// How likely a part stands once, at most once, a number of times, between two numbers, once or more, any number of times, or a
/// number of times or more.
const COUNTS: [f64; 7] = [0.68, 0.055, 0.105, 0.115, 0.03, 0.005, 0.01];

/// How likely one of several numbers is usual.
const USUAL: f64 = 0.1;

/// How often classes are used, in proportion, in their order.
const CLASSES: [f64; 28] = [
    75.0, 29.0, 26.0, 2.5, 2.0, 1.5, 1.5, 2.5, 1.5, 1.5, 3.0, 2.0, 0.2, 0.2, 0.2, 0.2, 0.2, 0.3,
    0.3, 0.3, 0.4, 0.3, 0.4, 1.0, 1.0, 1.5, 1.0, 2.0,
];

/// ln of the chance of a number from 1: 1 / (n (n + 1)).
fn number(n: f64) -> f64 {
    -(n.ln() + (n + 1.0).ln())
}

/// ln of the chance of so many that go on with a chance, of at least one.
fn several(n: usize, more: f64) -> f64 {
    (n.max(1) - 1) as f64 * more.ln() + (1.0 - more).ln()
}

impl Program {
    /// log p(program), in nats.
    pub fn log_prior(&self) -> f64 {
        of_formats(self.0.iter().map(Format::log_prior))
    }
}

/// log p(program) by that of each of its formats.
pub(crate) fn of_formats(log_priors: impl ExactSizeIterator<Item = f64>) -> f64 {
    several(log_priors.len() + 1, MORE_FORMATS) + log_priors.sum::<f64>()
}

impl Format {
    /// log p(format), in nats.
    pub fn log_prior(&self) -> f64 {
        let blank = |part: Option<&Part>| {
            part.is_some_and(|p| matches!(p.atom, Atom::Literal(c) if c.is_whitespace()))
        };
        let blanks = [blank(self.0.first()), blank(self.0.last())];
        let ends = blanks.map(|is| if is { BLANK.ln() } else { 0.0 });
        parts(&self.0) + ends.iter().sum::<f64>()
    }
}

/// How likely a blank that nobody sees is meant to begin or to end a format, beside what stands there otherwise.
const BLANK: f64 = 0.02;

fn parts(parts: &[Part]) -> f64 {
    let each: f64 = parts.iter().map(Part::log_prior).sum();
    several(parts.len() + 1, MORE_PARTS) + each
}

impl Part {
    /// log p(part), in nats.
    pub fn log_prior(&self) -> f64 {
        self.atom.log_prior() + self.count.log_prior()
    }
}

impl Count {
    /// log p(count), in nats.
    pub fn log_prior(self) -> f64 {
        let least = f64::from(self.least);
        // Which number is usual, where it is one.
        let usual = match (self.usual, self.most) {
            (None, Some(most)) if most > self.least => (1.0 - USUAL).ln(),
            (Some(_), Some(most)) => {
                USUAL.ln() - (f64::from(most) - f64::from(self.least) + 1.0).ln()
            }
            _ => 0.0,
        };
        let (kind, rest) = match (self.least, self.most) {
            (1, Some(1)) => (0, 0.0),
            (0, Some(1)) => (1, 0.0),
            (n, Some(m)) if n == m => (2, number(least + 1.0)),
            (n, Some(m)) => (3, number(least + 1.0) + number(f64::from(m - n))),
            (1, None) => (4, 0.0),
            (0, None) => (5, 0.0),
            (_, None) => (6, number(least)),
        };
        COUNTS[kind].ln() + rest + usual
    }
}

impl Atom {
    /// log p(atom), in nats.
    pub fn log_prior(&self) -> f64 {
        let (kind, rest) = match self {
            Self::Literal(character) => (0, Class::ANY.log_prob(*character)),
            Self::Class(class) => (1, class.log_prior()),
            Self::Set(characters) => (2, set(characters)),
            Self::Words(words) => (3, self::words(words)),
            Self::Group(inside) => (4, parts(inside)),
            Self::Named(name) => (5, name.log_prior()),
        };
        ATOMS[kind].ln() + rest
    }
}

impl Class {
    fn log_prior(self) -> f64 {
        (CLASSES[self.index()] / CLASSES.iter().sum::<f64>()).ln()
    }
}

/// The narrowest class that has all of some characters.
pub(crate) fn narrowest(characters: impl Iterator<Item = char> + Clone) -> Class {
    let fits = |class: &Class| characters.clone().all(|c| class.has(c));
    Class::all().find(fits).unwrap_or(Class::ANY)
}

/// A class, how many of its members, and which.
fn set(characters: &[char]) -> f64 {
    let class = narrowest(characters.iter().copied());
    let (all, some) = (f64::from(class.size()), characters.len() as f64);
    let ways = lgamma(all + 1.0) - lgamma(some + 1.0) - lgamma(all - some + 1.0);
    class.log_prior() + several(characters.len(), MORE_WORDS) - ways
}

/// ln of the chance of a word as people use words.
fn phrase(word: &str) -> f64 {
    let text: Vec<char> = word.chars().collect();
    Name::log_phrase(&text)
}

/// How many words, and which: as codes or as people use words, both as likely.
fn words(words: &[String]) -> f64 {
    let either = plus(codes(words), spoken(words)) - 2f64.ln();
    several(words.len(), MORE_WORDS) + either
}

/// Words as people use words, in no order.
fn spoken(words: &[String]) -> f64 {
    let orders = lgamma(words.len() as f64 + 1.0);
    let all = words.iter().try_fold(orders, |sum, word| {
        let next = sum + phrase(word);
        next.is_finite().then_some(next)
    });
    all.unwrap_or(f64::NEG_INFINITY)
}

/// How long words are, their classes, which are mostly the same, and their characters; in no order.
fn codes(words: &[String]) -> f64 {
    let length = |word: &String| word.chars().count() as u16;
    let lengths = words.iter().map(length);
    let (least, most) = (lengths.clone().min(), lengths.max());
    let lengths = Count::between(least.unwrap_or(0), most.unwrap_or(0));
    let mut of_class = [0.0; CLASSES.len()];
    let mut all = lengths.log_prior();
    for word in words {
        let class = narrowest(word.chars());
        of_class[class.index()] += 1.0;
        all += word.chars().map(|c| class.log_prob(c)).sum::<f64>();
        all += lengths.log_prob(word.chars().count());
    }
    let classes = CLASSES.iter().sum::<f64>();
    let rising =
        |(weight, n): (&f64, &f64)| lgamma(weight / classes + n) - lgamma(weight / classes);
    // An urn of classes, of concentration 1, costs as much as there are orders, which are no matter.
    all + CLASSES.iter().zip(&of_class).map(rising).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chances_sum_to_one() {
        for all in [&ATOMS[..], &COUNTS] {
            assert!((all.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
        let classes: f64 = Class::all().map(|c| c.log_prior().exp()).sum();
        assert!((classes - 1.0).abs() < 1e-12);
        let numbers: f64 = (1..100_000).map(|n| number(f64::from(n)).exp()).sum();
        assert!((numbers - 1.0).abs() < 1e-4);
        let counts = |most: u16| -> f64 {
            let bounded = (0..most).flat_map(|n| (n..most).map(move |m| Count::between(n, m)));
            let open = (0..most).map(Count::from);
            bounded.chain(open).map(|c| c.log_prior().exp()).sum()
        };
        // Some counts that are written as others, such as {1}, are never meant.
        assert!(counts(300) > 0.85 && counts(300) < 1.0, "{}", counts(300));
    }

    #[test]
    fn what_says_more_costs_more() {
        let cost = |text: &str| -text.parse::<Program>().unwrap().log_prior();
        assert!(cost("[0-9]{5}") < cost("[0-9]{5}-[0-9]{4}"));
        assert!(cost("[0-9]{5}") < cost("[0-9]{4,5}"));
        assert!(cost("[0-9a-f]{36}") < cost("[0-9a-f][0-9a-f][0-9a-f]"));
        assert!(cost("[ACGT]{400}") < cost("ACGTACGT"));
        assert!(cost("a|b") > cost("[ab]"));
    }
}
