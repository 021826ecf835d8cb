//! The discrete part of a scene: which blocks stand on each other in which cell.
//!
//! There is no padding and nothing that is not drawn: different programs are different scenes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use helmholtz_math::error::SettingError;
use helmholtz_math::random::Stream;

/// The most kinds of blocks: each is a letter.
pub const MOST_KINDS: usize = 26;
/// The most blocks on top of each other.
pub const MOST_HIGH: usize = 8;
/// The most cells in either direction.
pub const MOST_CELLS: usize = 4;

/// Stacks of blocks, cell by cell: those of the front row from left to right, then those behind it. A block is the number
/// of its kind, and a stack begins with the lowest.
///
/// As text, kinds are letters: `ab - c -` is a block b on a block a in the first cell, and a block c in the third.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Stacks(pub Vec<Vec<u8>>);

/// A text that says nothing of stacks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no scene; a scene is stacks such as `ab - c -`: letters from a to z, or - for an empty cell"
)]
pub struct NotAScene(String);

impl fmt::Display for Stacks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, stack) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(" ")?;
            }
            if stack.is_empty() {
                f.write_str("-")?;
            }
            stack
                .iter()
                .try_for_each(|&kind| write!(f, "{}", letter(kind)))?;
        }
        Ok(())
    }
}

/// The letter of a kind.
pub fn letter(kind: u8) -> char {
    char::from(b'a' + kind.min(MOST_KINDS as u8 - 1))
}

impl FromStr for Stacks {
    type Err = NotAScene;

    fn from_str(text: &str) -> Result<Self, NotAScene> {
        let refuse = || NotAScene(text.chars().take(80).collect());
        let kind = |c: char| match c {
            'a'..='z' => Ok(c as u8 - b'a'),
            _ => Err(refuse()),
        };
        let stack = |word: &str| match word {
            "-" => Ok(vec![]),
            word => word.chars().map(kind).collect(),
        };
        let stacks: Vec<Vec<u8>> = text
            .split_whitespace()
            .map(stack)
            .collect::<Result<_, _>>()?;
        let fits =
            stacks.len() <= MOST_CELLS * MOST_CELLS && stacks.iter().all(|s| s.len() <= MOST_HIGH);
        if stacks.is_empty() || !fits {
            return Err(refuse());
        }
        Ok(Self(stacks))
    }
}

impl TryFrom<String> for Stacks {
    type Error = NotAScene;

    fn try_from(text: String) -> Result<Self, NotAScene> {
        text.parse()
    }
}

impl From<Stacks> for String {
    fn from(stacks: Stacks) -> Self {
        stacks.to_string()
    }
}

impl Stacks {
    /// The number of blocks.
    pub fn blocks(&self) -> usize {
        self.0.iter().map(Vec::len).sum()
    }

    /// The kind of every block, with its cell and its place in the stack.
    pub fn each(&self) -> impl Iterator<Item = (usize, usize, u8)> {
        let stacks = self.0.iter().enumerate();
        stacks.flat_map(|(cell, stack)| {
            let blocks = stack.iter().enumerate();
            blocks.map(move |(place, &kind)| (cell, place, kind))
        })
    }
}

/// Which scenes there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Cells from the front to the back.
    pub rows: usize,
    /// Cells from left to right.
    pub columns: usize,
    /// The most blocks in a cell.
    pub height: usize,
    /// Kinds of blocks.
    pub kinds: usize,
}

impl Plan {
    /// Refuses what is out of range.
    ///
    /// # Errors
    /// Names the first number that is.
    pub fn check(&self) -> Result<(), SettingError> {
        let each = [
            ("rows", self.rows, MOST_CELLS),
            ("columns", self.columns, MOST_CELLS),
            ("height", self.height, MOST_HIGH),
            ("kinds", self.kinds, MOST_KINDS),
        ];
        for (name, value, most) in each {
            helmholtz_core::algorithm::learning::in_range(name, value, most)?;
        }
        Ok(())
    }

    /// The number of cells.
    pub fn cells(&self) -> usize {
        self.rows * self.columns
    }

    /// Whether a scene is one of these.
    pub fn accepts(&self, stacks: &Stacks) -> bool {
        let fits = |stack: &Vec<u8>| {
            stack.len() <= self.height && stack.iter().all(|&k| usize::from(k) < self.kinds)
        };
        stacks.0.len() == self.cells() && stacks.0.iter().all(fits)
    }

    /// A stack of any height, all heights and kinds being equally probable.
    pub(super) fn any_stack(&self, rng: &mut Stream) -> Vec<u8> {
        let height = rng.below(self.height + 1);
        (0..height).map(|_| self.any_kind(rng)).collect()
    }

    fn any_kind(&self, rng: &mut Stream) -> u8 {
        rng.below(self.kinds) as u8
    }

    /// A scene that differs in a block, in two, or in a stack; `None` where the attempt gave the same.
    pub(super) fn edit(&self, stacks: &Stacks, rng: &mut Stream) -> Option<Stacks> {
        let mut edited = stacks.clone();
        let cell = rng.below(self.cells());
        match rng.below(6) {
            0 => self.replace(&mut edited.0[cell], rng),
            1 => self.insert(&mut edited.0[cell], rng),
            2 => remove(&mut edited.0[cell], rng),
            3 => swap_blocks(&mut edited.0[cell], rng),
            4 => edited.0.swap(cell, rng.below(self.cells())),
            _ => edited.0[cell] = self.any_stack(rng),
        }
        (edited != *stacks && self.accepts(&edited)).then_some(edited)
    }

    fn replace(&self, stack: &mut [u8], rng: &mut Stream) {
        if let Some(block) = any(stack.len(), rng) {
            stack[block] = self.any_kind(rng);
        }
    }

    fn insert(&self, stack: &mut Vec<u8>, rng: &mut Stream) {
        stack.insert(rng.below(stack.len() + 1), self.any_kind(rng));
    }
}

/// One of so many, if there are any.
fn any(count: usize, rng: &mut Stream) -> Option<usize> {
    (count > 0).then(|| rng.below(count))
}

fn remove(stack: &mut Vec<u8>, rng: &mut Stream) {
    if let Some(block) = any(stack.len(), rng) {
        stack.remove(block);
    }
}

fn swap_blocks(stack: &mut [u8], rng: &mut Stream) {
    if let Some((a, b)) = any(stack.len(), rng).zip(any(stack.len(), rng)) {
        stack.swap(a, b);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    const PLAN: Plan = Plan {
        rows: 1,
        columns: 2,
        height: 2,
        kinds: 2,
    };

    proptest! {
        #[test]
        fn scenes_are_read_as_they_are_written(
            stacks in prop::collection::vec(prop::collection::vec(0..26u8, 0..=MOST_HIGH), 1..=16)
        ) {
            let stacks = Stacks(stacks);
            prop_assert_eq!(stacks.to_string().parse::<Stacks>(), Ok(stacks));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,40}") {
            if let Ok(stacks) = text.parse::<Stacks>() {
                prop_assert_eq!(stacks.to_string().parse::<Stacks>(), Ok(stacks));
            }
        }
    }

    #[test]
    fn what_is_no_scene_is_refused() {
        for text in ["", "A -", "a,b", "abcabcabc", &"- ".repeat(17)] {
            assert!(text.parse::<Stacks>().is_err(), "{text}");
        }
        assert!(!PLAN.accepts(&"abb -".parse().unwrap()));
        assert!(!PLAN.accepts(&"c -".parse().unwrap()));
        assert!(!PLAN.accepts(&"a - -".parse().unwrap()));
        assert!(PLAN.accepts(&"ab -".parse().unwrap()));
    }

    #[test]
    fn edits_lead_from_any_scene_to_any_other() {
        let mut met: BTreeSet<String> = BTreeSet::from(["- -".into()]);
        let mut rng = Stream::at([1, 2, 3, 4]);
        let mut here: Stacks = "- -".parse().unwrap();
        for _ in 0..3_000 {
            if let Some(next) = PLAN.edit(&here, &mut rng) {
                assert!(PLAN.accepts(&next) && next != here);
                here = next;
                met.insert(here.to_string());
            }
        }
        // Two cells of 1 + 2 + 4 stacks.
        assert_eq!(met.len(), 49);
    }
}
