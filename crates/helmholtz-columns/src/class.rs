//! Named sets of characters, each uniform over a fixed repertoire.
//!
//! A class is what it is whatever the column: frequencies fitted to a column would count its values twice, once for the
//! frequencies and once by them. So a character of a class of m members costs ln m nats. A class that has members beyond ASCII
//! gives ASCII a share that is as fixed, uniform within: a name with one accent is mostly plain, and a class of a million would
//! make it as costly as noise.

use std::fmt;
use std::sync::LazyLock;

use regex_syntax::hir::{Class as Members, HirKind};

/// A named set of characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Class(u8);

/// How classes are written, which is how the engines of regular expressions read them. A narrower one stands before those that
/// hold it.
const WRITTEN: [&str; 28] = [
    "[0-9]",
    "[a-z]",
    "[A-Z]",
    "[0-9a-f]",
    "[0-9A-F]",
    "[A-Za-z]",
    "[0-9a-z]",
    "[0-9A-Z]",
    "[0-9A-Za-z]",
    r"[\-0-9A-Z_a-z]",
    "[!-~]",
    "[ -~]",
    r"\p{Hebrew}",
    r"\p{Thai}",
    r"\p{Hiragana}",
    r"\p{Katakana}",
    r"\p{Devanagari}",
    r"\p{Greek}",
    r"\p{Cyrillic}",
    r"\p{Arabic}",
    r"\p{Latin}",
    r"\p{Hangul}",
    r"\p{Han}",
    r"\p{Lu}",
    r"\p{Ll}",
    r"\p{L}",
    r"[\p{L}\p{N}]",
    r"(?s:.)",
];

impl Class {
    /// The digits of ASCII.
    pub const DIGIT: Self = Self(0);
    /// The lower-case letters of ASCII.
    pub const LOWER: Self = Self(1);
    /// The upper-case letters of ASCII.
    pub const UPPER: Self = Self(2);
    /// Hexadecimal digits in lower case.
    pub const HEX: Self = Self(3);
    /// Hexadecimal digits in upper case.
    pub const UPPER_HEX: Self = Self(4);
    /// Letters of ASCII.
    pub const LETTER: Self = Self(5);
    /// Letters and digits of ASCII.
    pub const WORD: Self = Self(8);
    /// What ASCII prints and is not blank.
    pub const VISIBLE: Self = Self(10);
    /// What ASCII prints.
    pub const PRINTABLE: Self = Self(11);
    /// Letters of Latin scripts.
    pub const LATIN: Self = Self(20);
    /// Any upper-case letter.
    pub const UPPERCASE: Self = Self(23);
    /// Any lower-case letter.
    pub const LOWERCASE: Self = Self(24);
    /// Any letter.
    pub const ALPHABETIC: Self = Self(25);
    /// Any letter or number.
    pub const ALPHANUMERIC: Self = Self(26);
    /// Every character.
    pub const ANY: Self = Self(27);

    /// All classes, narrower ones before those that hold them.
    pub fn all() -> impl DoubleEndedIterator<Item = Self> {
        (0..WRITTEN.len() as u8).map(Self)
    }

    /// Its place among all.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// Whether a character is a member.
    pub fn has(self, character: char) -> bool {
        TABLES[self.index()].has(character)
    }

    /// The log-probability of a character, in nats; -inf of one that is no member.
    pub fn log_prob(self, character: char) -> f64 {
        match self.has(character) {
            true if self == Self::ANY => any(character),
            true => TABLES[self.index()].log_one(character),
            false => f64::NEG_INFINITY,
        }
    }

    /// ln of one over the number of members beyond ASCII; -inf of a character that is none of them.
    pub(crate) fn log_beyond(self, character: char) -> f64 {
        let table = &TABLES[self.index()];
        match !character.is_ascii() && table.has(character) {
            true => -f64::from(table.size - table.ascii.count_ones()).ln(),
            false => f64::NEG_INFINITY,
        }
    }

    /// The number of members.
    pub fn size(self) -> u32 {
        TABLES[self.index()].size
    }

    /// Whether all members of another class are members.
    pub fn holds(self, other: Self) -> bool {
        let own = &TABLES[self.index()].ranges;
        let inside = |(first, last): &(char, char)| {
            let after = own.partition_point(|range| range.0 <= *first);
            after > 0 && *last <= own[after - 1].1
        };
        TABLES[other.index()].ranges.iter().all(inside)
    }

    /// The class that is written so.
    pub fn written(text: &str) -> Option<Self> {
        Self::all().find(|class| WRITTEN[class.index()] == text)
    }

    /// The members, in order.
    pub fn members(self) -> impl Iterator<Item = char> {
        let ranges = TABLES[self.index()].ranges.iter();
        ranges.flat_map(|(first, last)| *first..=*last)
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(WRITTEN[self.index()])
    }
}

impl fmt::Debug for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// The share of what ASCII prints under [`Class::ANY`], and of the rest of the first plane of Unicode.
const SHARES: [f64; 2] = [0.95, 0.04];
/// Characters that ASCII prints, others below 2^16, and those beyond.
const SIZES: [f64; 3] = [95.0, 63_393.0, 1_048_576.0];

fn any(character: char) -> f64 {
    let [ascii, plane] = SHARES;
    let (share, size) = match character {
        ' '..='~' => (ascii, SIZES[0]),
        '\0'..='\u{ffff}' => (plane, SIZES[1]),
        _ => (1.0 - ascii - plane, SIZES[2]),
    };
    (share / size).ln()
}

/// What is known of a class.
struct Table {
    /// Of the members that are ASCII, the bit of each.
    ascii: u128,
    /// Of all members, in order and apart.
    ranges: Vec<(char, char)>,
    size: u32,
    /// ln of the probability of each, of those in ASCII and of others.
    log_one: [f64; 2],
}

/// The share of ASCII in a class that has members in it and beyond.
const ASCII: f64 = 0.9;

static TABLES: LazyLock<Vec<Table>> = LazyLock::new(|| {
    WRITTEN
        .iter()
        .map(|text| Table::of(&ranges(text)))
        .collect()
});

/// The members of what is written, in the words of the crate that knows Unicode.
fn ranges(text: &str) -> Vec<(char, char)> {
    let parsed = regex_syntax::parse(text).map(|hir| hir.into_kind());
    match parsed {
        Ok(HirKind::Class(Members::Unicode(members))) => {
            let each = members.iter();
            each.map(|range| (range.start(), range.end())).collect()
        }
        // Every name is in a test.
        _ => vec![],
    }
}

impl Table {
    fn of(ranges: &[(char, char)]) -> Self {
        let members = |(first, last): &(char, char)| (*first..=*last).size_hint().0 as u32;
        let size = ranges.iter().map(members).sum();
        let inside = |c: u8| {
            let c = char::from(c);
            ranges
                .iter()
                .any(|(first, last)| (*first..=*last).contains(&c))
        };
        let ascii = (0..128).filter(|c| inside(*c)).map(|c| 1 << c).sum();
        Self {
            ascii,
            ranges: ranges.to_vec(),
            size,
            log_one: shared(ascii.count_ones(), size),
        }
    }

    fn log_one(&self, character: char) -> f64 {
        self.log_one[usize::from(!character.is_ascii())]
    }

    fn has(&self, character: char) -> bool {
        let code = u32::from(character);
        if code < 128 {
            return self.ascii >> code & 1 == 1;
        }
        let after = self
            .ranges
            .partition_point(|(first, _)| *first <= character);
        after > 0 && character <= self.ranges[after - 1].1
    }
}

/// ln of the probability of a member in ASCII and of another, by how many there are.
fn shared(ascii: u32, size: u32) -> [f64; 2] {
    let beyond = size - ascii;
    let share = match (ascii, beyond) {
        (0, _) => 0.0,
        (_, 0) => 1.0,
        _ => ASCII,
    };
    [(share, ascii), (1.0 - share, beyond)].map(|(share, n)| (share / f64::from(n.max(1))).ln())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_is_what_engines_take_it_for() {
        let odd = "aZ09 _-~\t\n\u{0}éßЖжΩω中ひカ한عאกक٣Ⅷ\u{301}\u{e000}😀\u{10ffff}";
        for class in Class::all() {
            let engine = regex::Regex::new(&format!("^{class}$")).unwrap();
            for c in odd.chars() {
                let text = c.to_string();
                assert_eq!(class.has(c), engine.is_match(&text), "{class} {c:?}");
            }
            assert!(class.size() > 1, "{class}");
            assert_eq!(class.members().count(), class.size() as usize, "{class}");
            assert_eq!(Class::written(&class.to_string()), Some(class));
        }
    }

    #[test]
    fn classes_hold_each_other() {
        for (a, b) in Class::all().flat_map(|a| Class::all().map(move |b| (a, b))) {
            let all = b.members().all(|c| a.has(c));
            assert_eq!(a.holds(b), all, "{a} {b}");
        }
    }

    #[test]
    fn probabilities_sum_to_one() {
        for class in Class::all() {
            let sum: f64 = class.members().map(|c| class.log_prob(c).exp()).sum();
            assert!((sum - 1.0).abs() < 1e-9, "{class}: {sum}");
        }
    }

    #[test]
    fn constants_are_what_they_are_called() {
        let named = [
            (Class::DIGIT, "[0-9]"),
            (Class::LOWER, "[a-z]"),
            (Class::UPPER, "[A-Z]"),
            (Class::HEX, "[0-9a-f]"),
            (Class::UPPER_HEX, "[0-9A-F]"),
            (Class::LETTER, "[A-Za-z]"),
            (Class::WORD, "[0-9A-Za-z]"),
            (Class::VISIBLE, "[!-~]"),
            (Class::PRINTABLE, "[ -~]"),
            (Class::UPPERCASE, r"\p{Lu}"),
            (Class::LOWERCASE, r"\p{Ll}"),
            (Class::ALPHABETIC, r"\p{L}"),
            (Class::ANY, "(?s:.)"),
        ];
        assert!(named.iter().all(|(class, text)| class.to_string() == *text));
    }
}
