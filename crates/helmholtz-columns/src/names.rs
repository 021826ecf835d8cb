//! Sub-programs that columns share: dates, times, addresses. Each has a name, and a probability of its own.
//!
//! A date is not ten characters: there are 365 in a year, and the thirteenth month is none. So a name costs less than the parts that
//! it is made of, and refuses what they would let through. Which years a column speaks of is fitted to it, softly:
//! a tenth is kept for all others, since columns grow.

mod pattern;

use std::fmt;
use std::sync::LazyLock;

use self::pattern::{Pattern, Read};
use helmholtz_math::random::Stream;

use super::class::Class;
use super::density::through;
use super::format::{Atom, Count, Format, Part};

/// A named sub-program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    index: u8,
    /// The first and the last year that are usual, where there are years.
    years: Option<(u16, u16)>,
}

/// What is known of a name.
struct Known {
    label: &'static str,
    law: Law,
    /// What may stand right behind it, if not everything that is neither letter nor digit.
    before: Option<char>,
}

enum Law {
    Pattern(Pattern),
    Formats(Vec<Format>),
    Ipv4,
    Ipv6,
}

/// The most characters of a name that is no pattern.
const LONGEST: usize = 255;

/// The chance of a year that a column did not speak of.
pub(crate) const OTHER_YEARS: f64 = 0.1;

/// Calendars and clocks, as [`Pattern::of`] reads them.
const PATTERNS: [&str; 34] = [
    "yyyy-mm-dd",
    "yyyy/mm/dd",
    "yyyy.mm.dd",
    "yyyymmdd",
    "dd/mm/yyyy",
    "mm/dd/yyyy",
    "dd.mm.yyyy",
    "dd-mm-yyyy",
    "mm-dd-yyyy",
    "d/m/yyyy",
    "m/d/yyyy",
    "d.m.yyyy",
    "dd/mm/yy",
    "mm/dd/yy",
    "dd.mm.yy",
    "m/d/yy",
    "d/m/yy",
    "mon dd, yyyy",
    "mon d, yyyy",
    "month d, yyyy",
    "dd mon yyyy",
    "d mon yyyy",
    "d month yyyy",
    "dd-mon-yyyy",
    "dd-mon-yy",
    "yyyy-mm",
    "HH:MM:SS",
    "HH:MM",
    "H:MM",
    "hh:MM AM",
    "h:MM AM",
    "h:MM:SS AM",
    "dd/mon/yyyy",
    "mon dd yyyy",
];

static KNOWN: LazyLock<Vec<Known>> = LazyLock::new(|| {
    let law = |label, law, before| Known { label, law, before };
    let patterns = PATTERNS
        .iter()
        .map(|text| law(text, Law::Pattern(Pattern::of(text)), None));
    let others = [
        law("uuid", Law::Formats(uuid()), None),
        law("local part", Law::Formats(vec![local_part()]), Some('@')),
        law("domain", Law::Formats(vec![domain()]), None),
        law("IPv4", Law::Ipv4, None),
        law("IPv6", Law::Ipv6, None),
    ];
    patterns.chain(others).collect()
});

fn class(class: Class, count: Count) -> Part {
    Part {
        atom: Atom::Class(class),
        count,
    }
}

fn set(characters: impl Iterator<Item = char>, count: Count) -> Part {
    let mut all: Vec<char> = characters.collect();
    all.sort_unstable();
    Part {
        atom: Atom::Set(all),
        count,
    }
}

fn literal(character: char) -> Part {
    Part::once(Atom::Literal(character))
}

fn uuid() -> Vec<Format> {
    let of = |digit: Class| {
        let groups = [8, 4, 4, 4, 12].map(|n| class(digit, Count::exactly(n)));
        let parts = groups.into_iter().flat_map(|group| [literal('-'), group]);
        Format(parts.skip(1).collect())
    };
    vec![of(Class::HEX), of(Class::UPPER_HEX)]
}

fn local_part() -> Format {
    let characters = Class::WORD.members().chain("-._+'".chars());
    Format(vec![set(characters, Count::from(1))])
}

fn domain() -> Format {
    let label = || set(Class::WORD.members().chain(['-']), Count::from(1));
    let more = Part {
        atom: Atom::Group(vec![literal('.'), label()]),
        count: Count::from(0),
    };
    let top = class(Class::LETTER, Count::from(2));
    Format(vec![label(), more, literal('.'), top])
}

impl Name {
    /// All names.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..KNOWN.len() as u8).map(|index| Self { index, years: None })
    }

    /// The one of that label.
    pub fn labelled(label: &str) -> Option<Self> {
        Self::all().find(|name| name.label() == label)
    }

    /// Whether a text is one, the whole of it.
    pub fn is(self, text: &[char]) -> bool {
        let ends = self.ends(text, 0);
        ends.iter().any(|(end, _)| *end == text.len())
    }

    /// What it is called: dates and times by the letters of their parts.
    pub fn label(self) -> &'static str {
        self.known().label
    }

    /// The usual years, where it is of dates and these are known.
    pub fn years(self) -> Option<(u16, u16)> {
        self.years
    }

    fn known(self) -> &'static Known {
        &KNOWN[usize::from(self.index) % KNOWN.len()]
    }

    /// ln of how likely it is chosen, with its years.
    pub(crate) fn log_prior(self) -> f64 {
        let years = match self.years {
            Some(_) => 2.0 * pattern::MOST_YEARS.ln(),
            None => 0.0,
        };
        let choice = match self.has_years() {
            true => 2f64.ln(),
            false => 0.0,
        };
        -(KNOWN.len() as f64).ln() - years - choice
    }

    /// Whether it is of days or times.
    pub fn is_of_calendar(self) -> bool {
        matches!(&self.known().law, Law::Pattern(_))
    }

    /// Whether it has a year.
    pub fn has_years(self) -> bool {
        matches!(&self.known().law, Law::Pattern(pattern) if pattern.has_years())
    }

    /// Where it may end that begins at a place of a text, with log-probabilities, in order.
    pub(crate) fn ends(self, text: &[char], start: usize) -> Vec<(usize, f64)> {
        match &self.known().law {
            Law::Pattern(pattern) => {
                let read = pattern.read(&text[start..]);
                let at = |read: Read| (start + read.length, read.log_prob(self.years));
                read.map(at).into_iter().collect()
            }
            Law::Formats(formats) => {
                // Longer ones are none, and long texts are not read to their end at every place.
                let text = &text[..text.len().min(start + LONGEST)];
                let each = -(formats.len() as f64).ln();
                // No two of them generate the same text.
                let ends = formats
                    .iter()
                    .flat_map(|f| through(&f.0, text, vec![(start, each)]));
                ends.collect()
            }
            Law::Ipv4 => ipv4(&text[start..])
                .map(|(n, log)| (start + n, log))
                .into_iter()
                .collect(),
            Law::Ipv6 => ipv6(&text[start..])
                .map(|(n, log)| (start + n, log))
                .into_iter()
                .collect(),
        }
    }

    /// The longest stretch of a text from a place on that it is, if what stands beside it lets it be one.
    pub(crate) fn longest(self, text: &[char], start: usize) -> Option<usize> {
        let before = start.checked_sub(1).map(|k| text[k]);
        if before.is_some_and(|c| self.goes_on(c, text[start])) {
            return None;
        }
        let end = self.ends(text, start).last()?.0;
        let next = text.get(end).copied();
        let stops = next.is_none_or(|c| end == start || !self.goes_on(text[end - 1], c));
        let beside = match (self.label(), self.known().before) {
            (_, Some(before)) => next == Some(before),
            ("yyyy-mm", _) => next != Some('-'),
            ("domain", _) => before.is_some_and(|c| "@/".contains(c)),
            _ => true,
        };
        (stops && beside).then_some(end)
    }

    /// Whether two characters beside each other are of one word.
    fn goes_on(self, a: char, b: char) -> bool {
        match self.known().law {
            Law::Pattern(_) | Law::Ipv4 => {
                a.is_ascii_digit() && b.is_ascii_digit() || a.is_alphabetic() && b.is_alphabetic()
            }
            _ => a.is_alphanumeric() && b.is_alphanumeric(),
        }
    }

    /// The same with the years of some dates.
    pub(crate) fn fitted(self, spans: &[&[char]]) -> Self {
        let Law::Pattern(pattern) = &self.known().law else {
            return self;
        };
        let years = spans.iter().filter_map(|span| pattern.read(span)?.year);
        let range = years.fold(None, |range: Option<(u16, u16)>, year| {
            let (first, last) = range.unwrap_or((year, year));
            Some((first.min(year), last.max(year)))
        });
        Self {
            years: range,
            ..self
        }
    }

    /// One of what it is, where it is of days or times: any day of its usual years is as likely.
    pub(crate) fn sample(self, stream: &mut Stream) -> Option<String> {
        match &self.known().law {
            Law::Pattern(pattern) => Some(pattern.sample(self.years, stream)),
            _ => None,
        }
    }

    /// A regular expression for what it is. It cannot count days: it lets the 31st of every month through.
    pub fn regex(self) -> String {
        match &self.known().law {
            Law::Pattern(pattern) => pattern.regex(),
            Law::Formats(formats) => {
                let each: Vec<String> = formats.iter().map(Format::to_string).collect();
                format!("(?:{})", each.join("|"))
            }
            Law::Ipv4 => {
                let byte = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
                format!(r"{byte}(?:\.{byte}){{3}}")
            }
            Law::Ipv6 => {
                let group = "[0-9A-Fa-f]{1,4}";
                let some = format!("(?:{group}(?::{group}){{0,6}})?");
                format!("(?:{group}(?::{group}){{7}}|{some}::{some})")
            }
        }
    }
}

/// Four numbers below 256, without zeros in front, each as likely.
fn ipv4(text: &[char]) -> Option<(usize, f64)> {
    let mut at = 0;
    for k in 0..4 {
        if k > 0 {
            (text.get(at) == Some(&'.')).then_some(())?;
            at += 1;
        }
        let digits = text[at..].iter().take(3).take_while(|c| c.is_ascii_digit());
        let digits: String = digits.collect();
        let number: u16 = digits.parse().ok()?;
        (number < 256 && (digits.len() == 1 || !digits.starts_with('0'))).then_some(())?;
        at += digits.len();
    }
    Some((at, -4.0 * 256f64.ln()))
}

/// How often a group of an address is written with zeros in front.
const ZEROS: f64 = 0.05;

/// Groups of 16 bits: eight, or fewer with `::` in their midst. Both ways are as likely, so are all ways to have fewer, and whether
/// letters are upper-case. A group is written without zeros in front, mostly.
fn ipv6(text: &[char]) -> Option<(usize, f64)> {
    let is = |c: &&char| c.is_ascii_hexdigit() || **c == ':';
    let end = text.iter().take(40).take_while(is).count();
    let written: String = text[..end].iter().collect();
    let written = written.trim_end_matches(|c| c == ':' && !written.ends_with("::"));
    let (upper, lower) = (
        |c: char| c.is_ascii_uppercase(),
        |c: char| c.is_ascii_lowercase(),
    );
    let mixed = written.contains(upper) && written.contains(lower);
    written
        .parse::<std::net::Ipv6Addr>()
        .ok()
        .filter(|_| !mixed)?;
    let groups = written.split(':').filter(|g| !g.is_empty());
    let digits = |group: &str| match group.starts_with('0') && group.len() > 1 {
        true => ZEROS.ln() - 3f64.ln() - 16f64.ln() * (group.len() - 1) as f64,
        false => (1.0 - ZEROS).ln() - 65536f64.ln(),
    };
    // Of k groups before and m behind there are 36 pairs with k + m at most 7.
    let ways = if written.contains("::") {
        36f64.ln()
    } else {
        0.0
    };
    let all = groups.map(digits).sum::<f64>() - ways - 2.0 * 2f64.ln();
    Some((written.len(), all))
}

/// The name that parts spell as `<label>`, character by character, and how many parts that is.
pub(crate) fn spelled(parts: &[Part]) -> Option<(Name, usize)> {
    let is = |part: &Part, c: char| part.atom == Atom::Literal(c);
    let spells = |name: &Name| {
        let length = name.label().chars().count() + 2;
        let (last, others) = parts.get(..length)?.split_last()?;
        let text = std::iter::once('<').chain(name.label().chars());
        let mut each = others.iter().zip(text);
        let same = each.all(|(part, c)| is(part, c) && part.count == Count::ONCE);
        (same && is(last, '>')).then_some((*name, length))
    };
    parts.first().filter(|part| is(part, '<'))?;
    Name::all().find_map(|name| spells(&name))
}

/// `<yyyy-mm-dd>`.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.label())
    }
}

#[cfg(test)]
mod tests;
