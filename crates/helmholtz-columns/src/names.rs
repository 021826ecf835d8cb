//! Sub-programs that columns share: dates, times, addresses, words. Each has a name, and a probability of its own.
//!
//! A date is not ten characters: there are 365 in a year, and the thirteenth month is none. So a name costs less than the parts that
//! it is made of, and refuses what they would let through. Which days a column speaks of is fitted to it, softly:
//! a fifth is kept for others, since columns grow.

mod addresses;
mod calendar;
mod days;
mod letters;
mod money;
mod net;
mod pattern;
mod which;
mod words;
mod written;

use std::sync::LazyLock;

pub use self::calendar::Date;
use self::days::Days;
pub use self::days::Standing;
use self::pattern::{PIVOT, Pattern};
pub use self::which::Which;
use self::words::Words;
pub(crate) use self::written::{longest_label, spelled};
use helmholtz_math::random::Stream;

use super::class::Class;
use super::density::{plus, through};
use super::format::Format;

/// A named sub-program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    index: u8,
    /// The days of its calendar that are usual, where it has years.
    usual: Option<Days>,
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
    Format(Format),
    Local,
    Domain,
    Ipv4,
    /// A number of these.
    Byte,
    Ipv6,
    Words(Words),
    /// Whole numbers with this between thousands.
    Grouped(char),
    Version,
    Currency,
    Base64,
}

/// The most characters of a name.
pub(crate) const LONGEST: usize = 255;

/// Calendars and clocks, as [`Pattern::of`] reads them.
const PATTERNS: [&str; 46] = [
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
    "month yyyy",
    "mon yyyy",
    "mon-yy",
    "mm/yyyy",
    "yyyy-Qq",
    "yyyyQq",
    "Qq yyyy",
    "yyyy-Www",
    "d. Monat yyyy",
    "d mois yyyy",
    "d mese yyyy",
    "d maand yyyy",
];

static KNOWN: LazyLock<Vec<Known>> = LazyLock::new(|| {
    let law = |label, law, before| Known { label, law, before };
    let patterns = PATTERNS
        .iter()
        .map(|text| law(text, Law::Pattern(Pattern::of(text)), None));
    let others = [
        law("uuid4", Law::Format(addresses::drawn(Class::HEX)), None),
        law(
            "UUID4",
            Law::Format(addresses::drawn(Class::UPPER_HEX)),
            None,
        ),
        law("uuid", Law::Format(addresses::uuid(Class::HEX)), None),
        law("UUID", Law::Format(addresses::uuid(Class::UPPER_HEX)), None),
        law("local part", Law::Local, Some('@')),
        law("domain", Law::Domain, None),
        law("IPv4", Law::Ipv4, None),
        law("0-255", Law::Byte, None),
        law("IPv6", Law::Ipv6, None),
        law("word", Law::Words(Words::Lower), None),
        law("Word", Law::Words(Words::Capital), None),
        law("WORD", Law::Words(Words::Upper), None),
        law("words", Law::Words(Words::Phrase), None),
        law("Words", Law::Words(Words::Title), None),
        law("1,234", Law::Grouped(','), None),
        law("1.234", Law::Grouped('.'), None),
        law("1'234", Law::Grouped('\''), None),
        law("1’234", Law::Grouped('’'), None),
        law("1 234", Law::Grouped(' '), None),
        law("1 234 no-break", Law::Grouped('\u{a0}'), None),
        law("1 234 narrow", Law::Grouped('\u{202f}'), None),
        law("version", Law::Version, None),
        law("currency", Law::Currency, None),
        law("base64", Law::Base64, None),
    ];
    patterns.chain(others).collect()
});

/// How often names are used, in proportion, in the best programs of built-in columns, in which others are rare: with so much added
/// to all that these have one.
const OFTEN: [(&str, f64); 10] = [
    ("word", 25.0),
    ("Word", 24.0),
    ("words", 6.0),
    ("Words", 5.0),
    ("yyyy-mm-dd", 4.0),
    ("1,234", 3.0),
    ("HH:MM", 3.0),
    ("dd.mm.yyyy", 2.0),
    ("HH:MM:SS", 2.0),
    ("currency", 2.0),
];

/// ln of how often each name is used.
static SHARES: LazyLock<Vec<f64>> = LazyLock::new(|| {
    let often = |known: &Known| {
        let listed = OFTEN.iter().find(|(label, _)| *label == known.label);
        listed.map_or(1.0, |(_, times)| *times)
    };
    let all: f64 = KNOWN.iter().map(often).sum();
    let share = |known: &Known| (often(known) / all).ln();
    KNOWN.iter().map(share).collect()
});

impl Name {
    /// All names.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..KNOWN.len() as u8).map(|index| Self { index, usual: None })
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

    fn known(self) -> &'static Known {
        &KNOWN[usize::from(self.index) % KNOWN.len()]
    }

    /// ln of how likely it is chosen, with its usual days.
    pub(crate) fn log_prior(self) -> f64 {
        let usual = match (&self.known().law, self.usual) {
            (Law::Pattern(pattern), Some(days)) => pattern.log_prior(days),
            _ => 0.0,
        };
        let choice = match self.has_years() {
            true => 2f64.ln(),
            false => 0.0,
        };
        SHARES[usize::from(self.index) % KNOWN.len()] + usual - choice
    }

    /// Whether it is of days or times.
    pub fn is_of_calendar(self) -> bool {
        matches!(&self.known().law, Law::Pattern(_))
    }

    /// Whether it is an address of four numbers.
    pub(crate) fn is_ipv4(self) -> bool {
        matches!(&self.known().law, Law::Ipv4)
    }

    /// Whether it is what stands before the @ of an address.
    pub(crate) fn is_local_part(self) -> bool {
        matches!(&self.known().law, Law::Local)
    }

    /// Whether it is of one word.
    pub fn is_word(self) -> bool {
        matches!(&self.known().law, Law::Words(words) if !words.are_several())
    }

    /// Whether it is of words, one or several.
    pub fn is_of_words(self) -> bool {
        matches!(&self.known().law, Law::Words(_))
    }

    /// Whether it is of several words.
    pub fn is_phrase(self) -> bool {
        self.is_of_words() && !self.is_word()
    }

    /// Those of several words.
    pub fn phrases() -> impl Iterator<Item = Self> {
        Self::all().filter(|name| name.is_phrase())
    }

    /// Whether it has a year.
    pub fn has_years(self) -> bool {
        matches!(&self.known().law, Law::Pattern(pattern) if pattern.has_years())
    }

    /// Whether it has a day of the month.
    pub fn has_days(self) -> bool {
        matches!(&self.known().law, Law::Pattern(pattern) if pattern.has_days())
    }

    /// Where it may end that begins at a place of a text, with log-probabilities, in order.
    pub(crate) fn ends(self, text: &[char], start: usize) -> Vec<(usize, f64)> {
        // Longer ones are none, and long texts are not read to their end at every place.
        let rest = &text[start..text.len().min(start + LONGEST)];
        let ends = match &self.known().law {
            Law::Pattern(pattern) => {
                let read = pattern.read(rest);
                let at = read.map(|read| (read.length, pattern.log_prob(&read, self.usual)));
                at.into_iter().collect()
            }
            Law::Format(format) => through(&format.0, rest, vec![(0, 0.0)]),
            Law::Local => net::LOCAL.ends(rest),
            Law::Domain => net::domain(rest),
            Law::Words(words) => words.ends(rest),
            Law::Ipv4 => addresses::ipv4(rest).into_iter().collect(),
            Law::Byte => addresses::byte(rest).into_iter().collect(),
            Law::Ipv6 => addresses::ipv6(rest).into_iter().collect(),
            Law::Grouped(mark) => money::grouped(*mark, rest),
            Law::Version => net::version(rest),
            Law::Currency => money::currency(rest).into_iter().collect(),
            Law::Base64 => addresses::base64(rest),
        };
        let at = |(length, log)| (start + length, log);
        ends.into_iter().map(at).collect()
    }

    /// Where something may end that begins at a place and is all but one of days or times, or of addresses of numbers: its numbers
    /// are too large, or are not written with as many digits; or it is one edit from a UUID.
    pub(crate) fn erred(self, text: &[char], start: usize) -> Vec<(usize, f64)> {
        let shape = match &self.known().law {
            Law::Pattern(_) => self.label(),
            Law::Ipv4 => "ddd.ddd.ddd.ddd",
            Law::Byte => "ddd",
            Law::Format(format) => return erred(format, text, start),
            _ => return vec![],
        };
        let read = addresses::numbers(shape, &text[start..]);
        let read = read.map(|(length, log)| (start + length, log));
        read.into_iter().collect()
    }

    /// ln of the probability of a text as words, whatever way they are written.
    pub(crate) fn log_phrase(text: &[char]) -> f64 {
        let whole = |name: Self| {
            let ends = name.ends(text, 0);
            let whole = ends.last().filter(|(end, _)| *end == text.len());
            whole.map_or(f64::NEG_INFINITY, |(_, log)| *log)
        };
        let each = Self::phrases().map(whole);
        each.fold(f64::NEG_INFINITY, plus) - (Self::phrases().count() as f64).ln()
    }

    /// The longest stretch of a text from a place on that it is, if what stands beside it lets it be one.
    pub(crate) fn longest(self, text: &[char], start: usize) -> Option<usize> {
        let before = start.checked_sub(1).map(|k| text[k]);
        let first = *text.get(start)?;
        if !self.may_begin(first) || before.is_some_and(|c| self.goes_on(c, first)) {
            return None;
        }
        let next = |end: usize| text.get(end).copied();
        let stops = |end: usize| next(end).is_none_or(|c| !self.goes_on(text[end - 1], c));
        let mut ends = self.ends(text, start).into_iter().map(|(end, _)| end);
        // A phrase may end at any of its words, anything else is as long as can be.
        let end = match self.is_phrase() {
            true => ends.rfind(|end| stops(*end))?,
            false => ends.next_back().filter(|end| stops(*end))?,
        };
        let beside = match (self.label(), self.known().before) {
            (_, Some(before)) => next(end) == Some(before),
            ("yyyy-mm", _) => next(end) != Some('-'),
            ("mm/yyyy", _) => before != Some('/'),
            ("domain", _) => before.is_some_and(|c| "@/".contains(c)),
            ("base64", _) => end - start >= addresses::BASE64,
            ("0-255", _) => addresses::is_of_ipv4(text, start),
            // More than three numbers are an address, or a section.
            ("version", _) => next(end) != Some('.') && before != Some('.'),
            _ => self.may_stand_behind(before),
        };
        beside.then_some(end)
    }

    /// Whether it may begin with a character, as far as is seen at once.
    fn may_begin(self, character: char) -> bool {
        match &self.known().law {
            Law::Pattern(pattern) => pattern.may_begin(character),
            Law::Format(_) => character.is_ascii_hexdigit(),
            Law::Ipv4 | Law::Byte | Law::Grouped(_) | Law::Version => character.is_ascii_digit(),
            Law::Ipv6 => character.is_ascii_hexdigit() || character == ':',
            Law::Currency => character.is_ascii_uppercase(),
            Law::Words(_) => character.is_alphabetic(),
            Law::Local | Law::Domain | Law::Base64 => true,
        }
    }

    /// Whether a stretch of a text that it is shows that it is: a number below 1,000 has no mark, and letters and digits may be
    /// anything.
    pub(crate) fn shows_in(self, text: &[char]) -> bool {
        match self.known().law {
            Law::Grouped(mark) => text.contains(&mark),
            Law::Base64 => text.iter().any(|c| "+/=".contains(*c)),
            _ => true,
        }
    }

    /// Whether it may stand behind a character, as far as more than letters and digits matter: numbers behind a colon are of a
    /// time, and behind a mark they are decimals.
    fn may_stand_behind(self, before: Option<char>) -> bool {
        let is_marked = before.is_some_and(|c| ":.,".contains(c));
        !is_marked || !matches!(self.known().law, Law::Grouped(_))
    }

    /// Whether two characters beside each other are of one word.
    fn goes_on(self, a: char, b: char) -> bool {
        match self.known().law {
            Law::Pattern(_) | Law::Ipv4 | Law::Byte | Law::Grouped(_) | Law::Version => {
                a.is_ascii_digit() && b.is_ascii_digit() || a.is_alphabetic() && b.is_alphabetic()
            }
            _ => a.is_alphanumeric() && b.is_alphanumeric(),
        }
    }

    /// The same with what days some dates may be of.
    pub(crate) fn fitted(self, spans: &[&[char]]) -> Vec<Self> {
        let Law::Pattern(pattern) = &self.known().law else {
            return vec![];
        };
        let dates = spans.iter().filter_map(|span| pattern.read(span)?.date);
        let each = pattern.fitted(&dates.collect::<Vec<_>>()).into_iter();
        each.map(|days| Self {
            usual: Some(days),
            ..self
        })
        .collect()
    }

    /// The first and the last year that two digits are taken for, where it has such.
    pub fn century(self) -> Option<(u16, u16)> {
        match &self.known().law {
            Law::Pattern(pattern) if pattern.has_short_years() => Some((PIVOT, PIVOT + 99)),
            _ => None,
        }
    }

    /// The same with day and month the other way round, where both are in digits.
    pub fn turned(self) -> Option<Self> {
        let turned = |c| match c {
            'd' => 'm',
            'm' => 'd',
            c => c,
        };
        let label: String = self.label().chars().map(turned).collect();
        Self::labelled(&label).filter(|other| other.has_days() && other.index != self.index)
    }

    /// The date of a text that is one, and how it lies to the usual days.
    pub(crate) fn date(self, text: &[char]) -> Option<(Date, Standing)> {
        let Law::Pattern(pattern) = &self.known().law else {
            return None;
        };
        let date = pattern.read(text)?.date?;
        let standing = |usual| pattern.standing(usual, date);
        Some((date, self.usual.map_or(Standing::Usual, standing)))
    }

    /// Which days are usual, where it has years and its days stand for themselves.
    pub fn which(self) -> Option<Which> {
        match &self.known().law {
            Law::Pattern(pattern) if pattern.has_periods() => None,
            _ => self.usual.map(|usual| usual.which),
        }
    }

    /// One of what it is, where it is of days, times or words: any of its usual days is as likely.
    pub fn sample(self, stream: &mut Stream) -> Option<String> {
        match &self.known().law {
            Law::Pattern(pattern) => Some(pattern.sample(self.usual, stream)),
            Law::Words(words) => Some(words.sample(stream)),
            _ => None,
        }
    }

    /// A regular expression for what it is. It cannot count days: it lets the 31st of every month through.
    pub fn regex(self) -> String {
        match &self.known().law {
            Law::Pattern(pattern) => pattern.regex(),
            Law::Format(format) => format.to_string(),
            Law::Ipv4 => format!(r"{BYTE}(?:\.{BYTE}){{3}}", BYTE = addresses::BYTE_REGEX),
            Law::Byte => addresses::BYTE_REGEX.into(),
            Law::Ipv6 => {
                let group = "[0-9A-Fa-f]{1,4}";
                let some = format!("(?:{group}(?::{group}){{0,6}})?");
                format!("(?:{group}(?::{group}){{7}}|{some}::{some})")
            }
            Law::Local => addresses::local_part().to_string(),
            Law::Domain => addresses::domain().to_string(),
            Law::Words(words) => words.regex(),
            Law::Grouped(mark) => money::regex(*mark),
            Law::Version => net::VERSION.into(),
            Law::Base64 => addresses::BASE64_REGEX.into(),
            Law::Currency => format!("(?:{})", money::currencies().collect::<Vec<_>>().join("|")),
        }
    }
}

/// Where one edit of what a format generates may end that begins at a place.
fn erred(format: &Format, text: &[char], start: usize) -> Vec<(usize, f64)> {
    let rest = &text[start..text.len().min(start + LONGEST)];
    let edits = (0..=rest.len()).map(|length| (start + length, format.edited(&rest[..length])));
    edits.filter(|(_, log)| log.is_finite()).collect()
}

#[cfg(test)]
mod tests;
