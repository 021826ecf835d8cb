//! The tools every generator is made of.
//!
//! Drawing has two levels. A generator is called once per concept: it settles what all the cells of
//! one column share (the prefix, the number of digits, the spelling of dates) and returns a
//! [`Column`]. The column is called once per string and draws what varies from cell to cell. A
//! [`Kit`] serves both, so that a generator is a line or two of each and nothing else.

use super::lexicon;
use helmholtz_math::random::Stream;

/// One concept: draws another cell of the same spreadsheet column at every call.
pub(super) type Column = Box<dyn Fn(&mut Kit) -> String>;

/// Settles the parameters of a concept and returns its column.
pub(super) type Generator = fn(&mut Kit) -> Column;

/// Lists generators under their own function names.
macro_rules! named {
    ($($generator:ident),* $(,)?) => { &[$((stringify!($generator), $generator)),*] };
}
pub(super) use named;

/// A stream of random numbers with the vocabulary of spreadsheet cells.
pub(super) struct Kit(Stream);

impl Kit {
    pub(super) fn new(stream: Stream) -> Self {
        Self(stream)
    }

    /// An integer in `low..=high`.
    pub(super) fn int(&mut self, low: i64, high: i64) -> i64 {
        low + self.0.below((high - low + 1) as usize) as i64
    }

    /// An integer in `low..=high`, all magnitudes alike: counts in real tables are roughly
    /// log-uniform (Benford's law), not uniform. `low` must be positive.
    pub(super) fn magnitude(&mut self, low: i64, high: i64) -> i64 {
        let log = self.real((low as f64).ln(), (high as f64 + 1.0).ln());
        (log.exp() as i64).clamp(low, high)
    }

    /// A number in `low..high`.
    pub(super) fn real(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.0.uniform()
    }

    /// A number in `low..high`, written with so many decimal places.
    pub(super) fn decimal(&mut self, low: f64, high: f64, places: usize) -> String {
        let text = format!("{:.places$}", self.real(low, high));
        let is_negative_zero = text.starts_with('-') && !text.contains(|c| matches!(c, '1'..='9'));
        if is_negative_zero {
            text[1..].to_string()
        } else {
            text
        }
    }

    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.0.uniform() < probability
    }

    /// One of the items, which must not be empty.
    pub(super) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.0.below(items.len())]
    }

    /// One entry of a list of the [`lexicon`].
    pub(super) fn one(&mut self, list: &'static str) -> &'static str {
        let items: Vec<_> = lexicon::entries(list).collect();
        self.pick(&items)
    }

    /// Up to `n` different entries of a list, in random order: those that this column knows of.
    pub(super) fn some(&mut self, list: &'static str, n: usize) -> Vec<&'static str> {
        let mut items: Vec<_> = lexicon::entries(list).collect();
        self.0.shuffle(&mut items);
        items.truncate(n);
        items
    }

    /// `n` letters of an ASCII alphabet.
    pub(super) fn letters(&mut self, alphabet: &str, n: usize) -> String {
        (0..n)
            .map(|_| char::from(self.pick(alphabet.as_bytes())))
            .collect()
    }

    pub(super) fn digits(&mut self, n: usize) -> String {
        self.letters("0123456789", n)
    }

    pub(super) fn upper(&mut self, n: usize) -> String {
        self.letters("ABCDEFGHIJKLMNOPQRSTUVWXYZ", n)
    }

    pub(super) fn lower(&mut self, n: usize) -> String {
        self.upper(n).to_lowercase()
    }

    pub(super) fn hex(&mut self, n: usize) -> String {
        self.letters("0123456789abcdef", n)
    }

    /// Fills a mask: `#` a digit, `%` a digit but zero, `@` a capital, `?` a small letter,
    /// `*` a digit or capital; anything else stands for itself.
    pub(super) fn fill(&mut self, mask: &str) -> String {
        mask.chars().map(|c| self.fill_one(c)).collect()
    }

    fn fill_one(&mut self, mask: char) -> String {
        match mask {
            '#' => self.digits(1),
            '%' => self.letters("123456789", 1),
            '@' => self.upper(1),
            '?' => self.lower(1),
            '*' => self.letters("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", 1),
            literal => literal.to_string(),
        }
    }

    /// The column whose cells all fill the same one of `masks`.
    pub(super) fn masked(&mut self, masks: &[&'static str]) -> Column {
        let mask = self.pick(masks);
        Box::new(move |k| k.fill(mask))
    }

    /// A categorical column: a dozen entries of the list, spelled in one of the ways people spell
    /// categories.
    pub(super) fn category(&mut self, list: &'static str) -> Column {
        let items = self.some(list, 14);
        let spell: fn(&str) -> String =
            self.pick(&[as_is, as_is, as_is, as_is, upper, lower, snake, stem]);
        Box::new(move |k| spell(k.pick(&items)))
    }

    /// A column of entries as they stand in the list, for codes that have one spelling only.
    pub(super) fn codes(&mut self, list: &'static str) -> Column {
        let items = self.some(list, 24);
        Box::new(move |k| k.pick(&items).to_string())
    }
}

fn as_is(text: &str) -> String {
    text.to_string()
}

fn upper(text: &str) -> String {
    text.to_uppercase()
}

fn lower(text: &str) -> String {
    text.to_lowercase()
}

fn snake(text: &str) -> String {
    lower(text).replace([' ', '-', '/'], "_")
}

/// `Badger` as `BAD`: the three-letter code that field sheets make of anything.
fn stem(text: &str) -> String {
    text.chars()
        .filter(char::is_ascii_alphabetic)
        .take(3)
        .collect::<String>()
        .to_uppercase()
}

/// `text` with its first letter in upper case.
pub(super) fn capital(text: &str) -> String {
    let (first, rest) = text.split_at(text.len().min(1));
    first.to_uppercase() + rest
}

/// `1234567` in groups of three: `1,234,567`.
pub(super) fn grouped(number: i64, separator: &str) -> String {
    let digits = number.unsigned_abs().to_string();
    let groups: Vec<_> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(String::from_utf8_lossy)
        .collect();
    let sign = if number < 0 { "-" } else { "" };
    format!("{sign}{}", groups.join(separator))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kit() -> Kit {
        Kit::new(Stream::at([11, 0, 0, 0]))
    }

    #[test]
    fn integers_reach_both_ends_of_their_range() {
        let mut k = kit();
        let drawn: Vec<_> = (0..400).map(|_| k.int(-2, 2)).collect();
        assert_eq!(
            (drawn.iter().min(), drawn.iter().max()),
            (Some(&-2), Some(&2))
        );
    }

    #[test]
    fn magnitudes_are_equally_likely() {
        let (mut k, n) = (kit(), 10_000);
        let small = (0..n).filter(|_| k.magnitude(1, 9_999) < 100).count() as f64;
        let standard_error = (0.25 / f64::from(n)).sqrt();
        assert!((small / f64::from(n) - 0.5).abs() < 4.0 * standard_error);
    }

    #[test]
    fn masks_keep_their_literals_and_fill_the_rest() {
        let cell = kit().fill("A-#%@?*.");
        let bytes = cell.as_bytes();
        assert!(cell.starts_with("A-") && cell.ends_with('.') && cell.len() == 8);
        assert!(bytes[2].is_ascii_digit() && matches!(bytes[3], b'1'..=b'9'));
        assert!(bytes[4].is_ascii_uppercase() && bytes[5].is_ascii_lowercase());
        assert!(bytes[6].is_ascii_digit() || bytes[6].is_ascii_uppercase());
    }

    #[test]
    fn digits_are_grouped_from_the_right() {
        let groups = [7, 123, 1_000, -1_234_567].map(|n| grouped(n, ","));
        assert_eq!(groups, ["7", "123", "1,000", "-1,234,567"]);
    }

    #[test]
    fn categories_are_spelled_as_people_spell_them() {
        assert_eq!(snake("Semi-detached house"), "semi_detached_house");
        assert_eq!(stem("St. Gallen"), "STG");
        assert_eq!(capital("mill"), "Mill");
        assert_eq!(capital(""), "");
    }

    #[test]
    fn zero_has_no_sign() {
        let mut k = kit();
        assert!((0..200).all(|_| k.decimal(-0.2, 0.2, 0) == "0"));
    }
}
