//! Rules of one-dimensional automata: what a cell becomes, given a few cells of the column before.

use serde::{Deserialize, Serialize};

/// The number of cells of the previous column that decide a cell, itself in the middle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Neighbours {
    /// Elementary automata, of 256 rules.
    #[default]
    Three,
    /// Automata of 2^32 rules.
    Five,
}

impl Neighbours {
    /// All choices.
    pub const ALL: [Self; 2] = [Self::Three, Self::Five];

    /// The number itself.
    pub fn count(self) -> usize {
        match self {
            Self::Three => 3,
            Self::Five => 5,
        }
    }

    /// The number of different neighbourhoods, which is that of a rule's bits.
    pub fn bits(self) -> usize {
        1 << self.count()
    }

    /// The bits that a rule may have set.
    fn mask(self) -> u32 {
        u32::MAX >> (32 - self.bits())
    }
}

impl From<Neighbours> for u8 {
    fn from(neighbours: Neighbours) -> Self {
        neighbours.count() as u8
    }
}

impl TryFrom<u8> for Neighbours {
    type Error = NotARule;

    fn try_from(count: u8) -> Result<Self, NotARule> {
        let known = Self::ALL.into_iter().find(|n| u8::from(*n) == count);
        known.ok_or(NotARule::Neighbours(count))
    }
}

/// A rule: the next state for each neighbourhood.
///
/// A neighbourhood is numbered by its cells as binary digits, the top cell first; bit i of the rule is
/// what follows neighbourhood i. With three neighbours the bits are Wolfram's number, top being left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Rule {
    neighbours: Neighbours,
    bits: u32,
}

/// A rule as it stands in a file, not yet checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    neighbours: Neighbours,
    bits: u32,
}

impl Rule {
    /// The rule with those bits.
    ///
    /// # Errors
    /// When there are more bits than neighbourhoods.
    pub fn new(neighbours: Neighbours, bits: u32) -> Result<Self, NotARule> {
        match bits & !neighbours.mask() {
            0 => Ok(Self { neighbours, bits }),
            _ => Err(NotARule::Bits(bits)),
        }
    }

    /// The rule with the lowest of those bits, as many as it has neighbourhoods.
    pub fn truncated(neighbours: Neighbours, bits: u32) -> Self {
        let bits = bits & neighbours.mask();
        Self { neighbours, bits }
    }

    /// How many cells it looks at.
    pub fn neighbours(self) -> Neighbours {
        self.neighbours
    }

    /// Its bits.
    pub fn bits(self) -> u32 {
        self.bits
    }

    /// What follows neighbourhood `i`; false from [`Neighbours::bits`] on.
    pub fn bit(self, i: usize) -> bool {
        i < self.neighbours.bits() && self.bits >> i & 1 == 1
    }

    /// The rule that differs in bit `i`; the same rule from [`Neighbours::bits`] on.
    #[must_use]
    pub fn flipped(self, i: usize) -> Self {
        let bit = if i < 32 { 1 << i } else { 0 };
        Self::truncated(self.neighbours, self.bits ^ bit)
    }

    /// Wolfram's number, which rules of three neighbours have.
    pub fn wolfram(self) -> Option<u8> {
        match self.neighbours {
            Neighbours::Three => Some(self.bits as u8),
            Neighbours::Five => None,
        }
    }
}

impl TryFrom<Written> for Rule {
    type Error = NotARule;

    fn try_from(written: Written) -> Result<Self, NotARule> {
        Self::new(written.neighbours, written.bits)
    }
}

impl std::fmt::Display for Rule {
    /// `rule 110`, or with five neighbours `rule 0x1a2b3c4d`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.wolfram() {
            Some(number) => write!(f, "rule {number}"),
            None => write!(f, "rule {:#010x}", self.bits),
        }
    }
}

/// Why something is no rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotARule {
    /// A number of neighbours that there are no rules for.
    #[error("neighbours: {0}; choose 3 or 5")]
    Neighbours(u8),
    /// Bits for neighbourhoods that there are not.
    #[error("rule {0}: with 3 neighbours rules are numbered from 0 to 255")]
    Bits(u32),
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_rule_has_the_name_that_people_know() {
        let name = |n, bits| Rule::new(n, bits).unwrap().to_string();
        assert_eq!(name(Neighbours::Three, 110), "rule 110");
        assert_eq!(name(Neighbours::Five, 0x0a2b_3c4d), "rule 0x0a2b3c4d");
    }

    #[test]
    fn what_is_read_is_checked() {
        let rule = Rule::new(Neighbours::Three, 30).unwrap();
        let text = r#"{"neighbours":3,"bits":30}"#;
        assert_eq!(serde_json::to_string(&rule).unwrap(), text);
        assert_eq!(serde_json::from_str::<Rule>(text).unwrap(), rule);
        for (text, why) in [
            (r#"{"neighbours":3,"bits":256}"#, "0 to 255"),
            (r#"{"neighbours":4,"bits":1}"#, "choose 3 or 5"),
            (r#"{"neighbours":5,"bits":4294967296}"#, "u32"),
        ] {
            let error = serde_json::from_str::<Rule>(text).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    proptest! {
        #[test]
        fn a_flip_changes_one_bit_and_flips_back(bits: u32, five: bool, i in 0usize..40) {
            let neighbours = Neighbours::ALL[usize::from(five)];
            let rule = Rule::truncated(neighbours, bits);
            let changed = (0..32).filter(|&j| rule.flipped(i).bit(j) != rule.bit(j));
            let expected: Vec<usize> = if i < neighbours.bits() { vec![i] } else { vec![] };
            prop_assert_eq!(changed.collect::<Vec<_>>(), expected);
            prop_assert_eq!(rule.flipped(i).flipped(i), rule);
        }
    }
}
