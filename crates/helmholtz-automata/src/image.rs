//! Images that an automaton draws column by column, as one word per column.

use super::rule::{Neighbours, Rule};
use helmholtz_math::random::Stream;

/// The number of columns, and of rows.
pub const SIZE: usize = 64;

/// A binary image of [`SIZE`] columns. Bit r of a column is row r, the top row being row 0; a 1 is ink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    columns: [u64; SIZE],
}

impl Image {
    /// The image of those columns, left to right.
    pub fn new(columns: [u64; SIZE]) -> Self {
        Self { columns }
    }

    /// The columns, left to right.
    pub fn columns(&self) -> &[u64; SIZE] {
        &self.columns
    }

    /// The rows as text, `#` for ink.
    pub fn rows(&self) -> Vec<String> {
        let cell = |x, y| if self.ink(x, y) { '#' } else { ' ' };
        let row = |y| (0..SIZE).map(|x| cell(x, y)).collect();
        (0..SIZE).map(row).collect()
    }

    /// Whether there is ink at column `x` and row `y`, both below [`SIZE`].
    pub fn ink(&self, x: usize, y: usize) -> bool {
        self.columns[x] >> y & 1 == 1
    }

    /// The column that follows without noise, all rows at once: a tree of choices between the rule's bits,
    /// halved by one neighbour at a time.
    pub fn next_column(rule: Rule, column: u64) -> u64 {
        let mut follows: [u64; 32] = std::array::from_fn(|i| u64::from(rule.bit(i)).wrapping_neg());
        let mut left = rule.neighbours().bits();
        for cell in neighbourhood(column, rule.neighbours()).rev() {
            left /= 2;
            for i in 0..left {
                follows[i] = (follows[2 * i] & !cell) | (follows[2 * i + 1] & cell);
            }
        }
        follows[0]
    }

    /// The [`SIZE`] columns after `column` by a rule, each cell flipped with probability `noise`.
    pub fn go_on(rule: Rule, column: u64, noise: f64, rng: &mut Stream) -> [u64; SIZE] {
        let (mut flips, mut column) = (Flips::new(noise, rng), column);
        std::array::from_fn(|_| {
            column = Self::next_column(rule, column) ^ flips.column();
            column
        })
    }

    /// The image that begins with `first` and goes on by a rule, each further cell flipped with
    /// probability `noise`.
    pub fn run(rule: Rule, first: u64, noise: f64, rng: &mut Stream) -> Self {
        let mut columns = Self::go_on(rule, first, noise, rng);
        columns.rotate_right(1);
        columns[0] = first;
        Self { columns }
    }
}

/// For each neighbour, the top one first, its state at every row. Rows wrap around.
pub(super) fn neighbourhood(
    column: u64,
    neighbours: Neighbours,
) -> impl DoubleEndedIterator<Item = u64> {
    let count = neighbours.count() as u32;
    // The cell above row r is bit r - 1: it comes to bit r by a rotation to the left.
    let top = column.rotate_left(count / 2);
    (0..count).map(move |k| top.rotate_right(k))
}

/// A column of fair coins.
pub(super) fn coins(rng: &mut Stream) -> u64 {
    let mut half = || (rng.uniform() * 4_294_967_296.0) as u64;
    half() << 32 | half()
}

/// Cells that are flipped, by the gaps between them: at 2% noise a random number decides 50 cells.
struct Flips<'a> {
    rng: &'a mut Stream,
    noise: f64,
    /// Cells before the next flip.
    gap: usize,
}

impl<'a> Flips<'a> {
    fn new(noise: f64, rng: &'a mut Stream) -> Self {
        let mut flips = Self { rng, noise, gap: 0 };
        flips.gap = flips.draw();
        flips
    }

    /// A geometric number: P(gap >= g) = (1 - noise)^g.
    fn draw(&mut self) -> usize {
        if self.noise <= 0.0 {
            return usize::MAX;
        }
        ((1.0 - self.rng.uniform()).ln() / (-self.noise).ln_1p()) as usize
    }

    fn column(&mut self) -> u64 {
        let mut flipped = 0;
        while self.gap < SIZE {
            flipped |= 1 << self.gap;
            self.gap = self.draw().saturating_add(self.gap + 1);
        }
        self.gap -= SIZE;
        flipped
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The same cell by cell, from the definition.
    fn next_cell(rule: Rule, column: u64, row: usize) -> bool {
        let d = rule.neighbours().count();
        let index = (0..d).fold(0, |index, k| {
            let cell = column >> ((row + SIZE + k - d / 2) % SIZE) & 1;
            index * 2 + cell as usize
        });
        rule.bit(index)
    }

    proptest! {
        #[test]
        fn a_column_follows_cell_by_cell(bits: u32, five: bool, column: u64) {
            let rule = Rule::truncated(Neighbours::ALL[usize::from(five)], bits);
            let next = Image::next_column(rule, column);
            for row in 0..SIZE {
                prop_assert_eq!(next >> row & 1 == 1, next_cell(rule, column, row));
            }
        }
    }

    #[test]
    fn rule_110_goes_as_in_the_books() {
        // Row 0 is on the left: a single cell grows to the left, that is, upwards.
        let rule = Rule::new(Neighbours::Three, 110).unwrap();
        let mut column = 1 << 32;
        let mut rows = vec![];
        for _ in 0..5 {
            rows.push(column >> 28 & 0b11111);
            column = Image::next_column(rule, column);
        }
        assert_eq!(rows, [0b10000, 0b11000, 0b11100, 0b10110, 0b11111]);
    }

    #[test]
    fn noise_flips_each_cell_with_its_probability() {
        let (rule, noise) = (Rule::new(Neighbours::Three, 0).unwrap(), 0.02);
        let (images, mut rng) = (100, Stream::at([4, 0, 0, 0]));
        let mut ink = [0u32; SIZE];
        for _ in 0..images {
            let image = Image::run(rule, 0, noise, &mut rng);
            let rest = &image.columns()[1..];
            for (row, ink) in ink.iter_mut().enumerate() {
                *ink += rest.iter().filter(|c| *c >> row & 1 == 1).count() as u32;
            }
        }
        let per_row = f64::from(images) * (SIZE - 1) as f64;
        let standard_error = (noise * (1.0 - noise) / per_row).sqrt();
        for count in ink {
            assert!((f64::from(count) / per_row - noise).abs() < 4.0 * standard_error);
        }
    }

    #[test]
    fn noise_at_its_ends_is_none_and_all() {
        let rule = Rule::new(Neighbours::Five, 0).unwrap();
        let mut rng = Stream::at([4, 1, 0, 0]);
        let mut rest = |noise| Image::run(rule, 7, noise, &mut rng).columns()[1..].to_vec();
        assert_eq!(rest(0.0), [0; SIZE - 1]);
        assert_eq!(rest(1.0), [u64::MAX; SIZE - 1]);
    }

    #[test]
    fn coins_are_fair() {
        let (n, mut rng) = (2000, Stream::at([4, 2, 0, 0]));
        let mut ones = [0u32; SIZE];
        for _ in 0..n {
            let coins = coins(&mut rng);
            (0..SIZE).for_each(|i| ones[i] += (coins >> i & 1) as u32);
        }
        let standard_error = (f64::from(n) / 4.0).sqrt();
        let fair = |ones: u32| (f64::from(ones) - f64::from(n) / 2.0).abs() < 4.0 * standard_error;
        assert!(ones.into_iter().all(fair));
    }
}
