//! What a likelihood has to know of an image: how often each neighbourhood was followed by what.

use serde::{Deserialize, Serialize};

use super::image::{Image, SIZE, neighbourhood};
use super::rule::{Neighbours, Rule};

/// The cells of an image that have a column before them.
pub const CELLS: usize = (SIZE - 1) * SIZE;

/// The most neighbourhoods there are.
const MOST: usize = 32;

/// How often each neighbourhood was followed by 0 and by 1, in one image.
///
/// Given the first column these counts are sufficient: p(x | z) depends on nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Counts {
    neighbours: Neighbours,
    zeros: [u16; MOST],
    ones: [u16; MOST],
}

/// Counts as they stand in a file, not yet checked.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    neighbours: Neighbours,
    zeros: Vec<u16>,
    ones: Vec<u16>,
}

impl Counts {
    /// Of an image, for rules of that many neighbours. All rows of a column are counted at once.
    pub fn of(image: &Image, neighbours: Neighbours) -> Self {
        let (mut zeros, mut ones) = ([0; MOST], [0; MOST]);
        for pair in image.columns().windows(2) {
            let rows = rows_of(pair[0], neighbours);
            for i in 0..neighbours.bits() {
                ones[i] += (rows[i] & pair[1]).count_ones() as u16;
                zeros[i] += (rows[i] & !pair[1]).count_ones() as u16;
            }
        }
        Self {
            neighbours,
            zeros,
            ones,
        }
    }

    /// The rules that these counts are for.
    pub fn neighbours(&self) -> Neighbours {
        self.neighbours
    }

    /// How often each neighbourhood was followed by 0, and by 1.
    pub fn outcomes(&self) -> impl Iterator<Item = (u16, u16)> {
        let both = self.zeros.into_iter().zip(self.ones);
        both.take(self.neighbours.bits())
    }

    /// The number of cells, of [`CELLS`], that are not what the rule says. The rule must have the
    /// neighbours of the counts.
    pub fn misses(&self, rule: Rule) -> u32 {
        let both = self.zeros.iter().zip(&self.ones).enumerate();
        let missed = both.map(|(i, (&zeros, &ones))| match rule.bits() >> i & 1 {
            1 => u32::from(zeros),
            _ => u32::from(ones),
        });
        missed.sum()
    }
}

/// For each neighbourhood, the rows that have it: the column split by one neighbour after the other.
fn rows_of(column: u64, neighbours: Neighbours) -> [u64; MOST] {
    let mut rows = [u64::MAX; MOST];
    let mut parts = 1;
    for cell in neighbourhood(column, neighbours) {
        for i in (0..parts).rev() {
            let whole = rows[i];
            (rows[2 * i], rows[2 * i + 1]) = (whole & !cell, whole & cell);
        }
        parts *= 2;
    }
    rows
}

/// Why numbers are no counts of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCounts {
    /// Not one count per neighbourhood and outcome.
    #[error("counts of {found} neighbourhoods where there are {expected}")]
    Length {
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// The counts do not add up.
    #[error("counts of {0} cells where an image has {CELLS}")]
    Sum(u64),
}

impl TryFrom<Written> for Counts {
    type Error = NotCounts;

    fn try_from(written: Written) -> Result<Self, NotCounts> {
        let expected = written.neighbours.bits();
        let padded = |counts: &[u16]| match counts.len() == expected {
            true => Ok(std::array::from_fn(|i| counts.get(i).copied().unwrap_or(0))),
            false => Err(NotCounts::Length {
                found: counts.len(),
                expected,
            }),
        };
        let (zeros, ones): ([u16; MOST], [u16; MOST]) =
            (padded(&written.zeros)?, padded(&written.ones)?);
        let cells = zeros.iter().chain(&ones).map(|&n| u64::from(n)).sum();
        match cells == CELLS as u64 {
            true => Ok(Self {
                neighbours: written.neighbours,
                zeros,
                ones,
            }),
            false => Err(NotCounts::Sum(cells)),
        }
    }
}

impl From<Counts> for Written {
    fn from(counts: Counts) -> Self {
        let (zeros, ones) = counts.outcomes().unzip();
        Self {
            neighbours: counts.neighbours,
            zeros,
            ones,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::image::coins;
    use super::*;
    use helmholtz_math::random::Stream;
    use proptest::prelude::*;

    fn noise(seed: u64) -> Image {
        let mut rng = Stream::at([6, seed, 0, 0]);
        Image::new(std::array::from_fn(|_| coins(&mut rng)))
    }

    proptest! {
        #[test]
        fn misses_are_the_cells_that_a_rule_does_not_predict(seed: u64, bits: u32, five: bool) {
            let neighbours = Neighbours::ALL[usize::from(five)];
            let (image, rule) = (noise(seed), Rule::truncated(neighbours, bits));
            let pairs = image.columns().windows(2);
            let wrong = pairs.map(|p| (Image::next_column(rule, p[0]) ^ p[1]).count_ones());
            let counts = Counts::of(&image, neighbours);
            prop_assert_eq!(counts.misses(rule), wrong.sum::<u32>());
            let cells: usize = counts.outcomes().map(|(a, b)| usize::from(a + b)).sum();
            prop_assert_eq!(cells, CELLS);
        }

        #[test]
        fn every_bit_of_a_rule_counts_by_itself(seed: u64, bits: u32, i in 0usize..32) {
            let counts = Counts::of(&noise(seed), Neighbours::Five);
            let rule = Rule::truncated(Neighbours::Five, bits & !(1 << i));
            let (zeros, ones) = counts.outcomes().nth(i).unwrap();
            let more = i64::from(counts.misses(rule.flipped(i))) - i64::from(counts.misses(rule));
            prop_assert_eq!(more, i64::from(zeros) - i64::from(ones));
        }
    }

    #[test]
    fn an_image_without_noise_has_no_misses() {
        let rule = Rule::new(Neighbours::Five, 0x1a2b_3c4d).unwrap();
        let mut rng = Stream::at([6, 0, 1, 0]);
        let image = Image::run(rule, coins(&mut rng), 0.0, &mut rng);
        assert_eq!(Counts::of(&image, Neighbours::Five).misses(rule), 0);
    }

    #[test]
    fn what_is_read_is_checked() {
        let counts = Counts::of(&noise(1), Neighbours::Three);
        let text = serde_json::to_string(&counts).unwrap();
        assert_eq!(serde_json::from_str::<Counts>(&text).unwrap(), counts);
        let error = |text: &str| {
            serde_json::from_str::<Counts>(text)
                .unwrap_err()
                .to_string()
        };
        let short = r#"{"neighbours":3,"zeros":[4032],"ones":[0,0,0,0,0,0,0,0]}"#;
        assert!(error(short).contains("counts of 1 neighbourhoods where there are 8"));
        let many = r#"{"neighbours":3,"zeros":[65535,1,0,0,0,0,0,0],"ones":[0,0,0,0,0,0,0,0]}"#;
        assert!(error(many).contains("counts of 65536 cells where an image has 4032"));
    }
}
