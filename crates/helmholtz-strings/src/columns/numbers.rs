//! Columns of numbers: their range, how they are written, and what their writing lost.

use serde::Serialize;

/// A column is of numbers where so large a share of its rows are.
const MOSTLY: f64 = 0.8;
/// What may stand before a number, or behind it.
const UNITS: [char; 6] = ['$', '€', '£', '¥', '%', '°'];
/// So many digits are before the point of a number that was shortened, such as `1.23E+15`, and should have been a code.
const SHORTENED: i32 = 9;

/// Numbers of a column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Numbers {
    /// Rows that are numbers.
    pub rows: u64,
    /// The smallest.
    pub least: f64,
    /// The largest.
    pub most: f64,
    /// Whether all are whole.
    pub whole: bool,
    /// Digits behind the decimal mark, at least and at most.
    pub decimals: (usize, usize),
    /// The decimal mark, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decimal_mark: Option<char>,
    /// What stands between thousands, where something does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thousands_mark: Option<char>,
    /// What stands beside all numbers, such as `€`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<char>,
    /// Rows below zero.
    pub negative: u64,
    /// Rows in scientific notation.
    pub scientific: u64,
    /// Those of them that were probably codes and lost digits, such as `1.23E+15`.
    pub lost_digits: u64,
    /// Whether marks could be of decimals or of thousands: 1.234 is one and a bit, or over a thousand.
    pub ambiguous: bool,
}

/// A number that was read.
struct Read {
    value: f64,
    decimals: usize,
    grouped: bool,
    scientific: bool,
    lost: bool,
    unit: Option<char>,
}

/// A way to write numbers: the decimal mark, and what stands between thousands.
type Marks = (char, char);

const WAYS: [Marks; 6] = [
    ('.', ','),
    (',', '.'),
    ('.', '\''),
    (',', ' '),
    (',', '\u{a0}'),
    (',', '\u{202f}'),
];

impl Numbers {
    /// Of values with their rows, if most are numbers and none looks like a code, such as 007.
    pub fn of<'v>(values: impl Iterator<Item = (&'v str, u64)> + Clone) -> Option<Self> {
        let all: u64 = values.clone().map(|v| v.1).sum();
        let by = |marks: &Marks| {
            let read = values
                .clone()
                .filter_map(|(v, n)| Some((read(v, *marks)?, n)));
            let read: Vec<(Read, u64)> = read.collect();
            (read.iter().map(|r| r.1).sum::<u64>(), read, *marks)
        };
        let mut ways = WAYS.iter().map(by);
        let first = ways.next()?;
        let best = ways.fold(first, |a, b| if b.0 > a.0 { b } else { a });
        let mostly = best.0 > 0 && best.0 as f64 >= MOSTLY * all as f64;
        if !mostly || values.clone().any(|(v, _)| is_coded(v)) {
            return None;
        }
        let ambiguous = is_ambiguous(&best.1, values.clone().map(|v| v.0));
        Some(Self {
            ambiguous,
            ..Self::summed(&best.1, best.2)
        })
    }

    /// Whether a value is a number that is written like these, and not farther off than these are from each other.
    pub fn has_like(&self, value: &str) -> bool {
        let span = self.most - self.least;
        let near = self.least - span..=self.most + span;
        let (least, most) = self.decimals;
        read(value, self.marks()).is_some_and(|r| {
            let alike =
                (least..=most).contains(&r.decimals) && !r.scientific && r.unit == self.unit;
            let below = r.value < 0.0 && self.negative == 0;
            let is_long = r.value.abs() >= 1000.0;
            let grouped = r.grouped == (is_long && self.thousands_mark.is_some());
            alike && grouped && !below && !is_coded(value) && near.contains(&r.value)
        })
    }

    /// These and others that are like them, with their rows.
    #[must_use]
    pub fn with<'v>(self, more: impl Iterator<Item = (&'v str, u64)>) -> Self {
        let marks = self.marks();
        let more = more.filter_map(|(value, n)| Some((read(value, marks)?, n)));
        more.fold(self, |all, (r, n)| Self {
            rows: all.rows + n,
            least: all.least.min(r.value),
            most: all.most.max(r.value),
            negative: all.negative + if r.value < 0.0 { n } else { 0 },
            whole: all.whole && r.value.fract() == 0.0,
            ..all
        })
    }

    /// As they are written; what is not there is as in the language of programs.
    fn marks(&self) -> Marks {
        let decimal = self.decimal_mark.unwrap_or(match self.thousands_mark {
            Some('.') => ',',
            _ => '.',
        });
        let other = if decimal == '.' { ',' } else { '.' };
        (decimal, self.thousands_mark.unwrap_or(other))
    }

    fn summed(read: &[(Read, u64)], (decimal, thousands): Marks) -> Self {
        let rows = |is: &dyn Fn(&Read) -> bool| -> u64 {
            read.iter().filter(|(r, _)| is(r)).map(|(_, n)| n).sum()
        };
        let values = read.iter().map(|(r, _)| r.value);
        let decimals = read
            .iter()
            .filter(|(r, _)| !r.scientific)
            .map(|(r, _)| r.decimals);
        let unit = read.first().and_then(|(r, _)| r.unit);
        Self {
            rows: rows(&|_| true),
            least: values.clone().fold(f64::INFINITY, f64::min),
            most: values.clone().fold(f64::NEG_INFINITY, f64::max),
            whole: values.clone().all(|x| x.fract() == 0.0),
            decimals: (
                decimals.clone().min().unwrap_or(0),
                decimals.max().unwrap_or(0),
            ),
            decimal_mark: (rows(&|r| r.decimals > 0) > 0).then_some(decimal),
            thousands_mark: (rows(&|r| r.grouped) > 0).then_some(thousands),
            unit: unit.filter(|unit| read.iter().all(|(r, _)| r.unit == Some(*unit))),
            negative: rows(&|r| r.value < 0.0),
            scientific: rows(&|r| r.scientific),
            lost_digits: rows(&|r| r.lost),
            ambiguous: false,
        }
    }
}

/// Whether a value is digits with zeros in front.
fn is_coded(value: &str) -> bool {
    let digits = value.trim();
    digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Whether all marks stand before three digits, once each, so that nobody knows what they are.
fn is_ambiguous<'v>(read: &[(Read, u64)], mut values: impl Iterator<Item = &'v str>) -> bool {
    let marked = read.iter().any(|(r, _)| r.decimals > 0 || r.grouped);
    marked
        && values.all(|value| {
            let groups: Vec<&str> = value.trim().split(['.', ',']).collect();
            match groups[..] {
                [_] => true,
                [whole, rest] => rest.len() == 3 && whole.len() <= 3 && whole != "0",
                _ => false,
            }
        })
}

/// A number as it is written with some marks; the thousands of all of it are grouped, or none.
fn read(text: &str, (decimal, thousands): Marks) -> Option<Read> {
    let text = text.trim();
    let (text, unit) = without_unit(text);
    let (sign, digits) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.parse::<i32>().ok()?)),
        None => (digits, None),
    };
    let (whole, fraction) = mantissa.split_once(decimal).unwrap_or((mantissa, ""));
    let grouped = whole.contains(thousands);
    let plain: String = whole.chars().filter(|c| *c != thousands).collect();
    let is_number = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit());
    let all =
        is_number(&plain) && is_number(fraction) && !(plain.is_empty() && fraction.is_empty());
    if !all || grouped && !groups_of_three(whole, thousands) {
        return None;
    }
    let value: f64 = format!("0{plain}.{fraction}0e{}", exponent.unwrap_or(0))
        .parse()
        .ok()?;
    // What a number of the machine cannot hold, such as 12e45678, is a code.
    if !value.is_finite() {
        return None;
    }
    Some(Read {
        value: sign * value,
        decimals: fraction.len(),
        grouped,
        scientific: exponent.is_some(),
        lost: exponent.is_some_and(|e| e >= SHORTENED && e > fraction.len() as i32),
        unit,
    })
}

/// A text without the unit before or behind it.
fn without_unit(text: &str) -> (&str, Option<char>) {
    let is_unit = |c: &char| UNITS.contains(c);
    let before = text.chars().next().filter(is_unit);
    let behind = text.chars().next_back().filter(is_unit);
    let text = text.trim_matches(|c| before == Some(c) || behind == Some(c));
    (text.trim(), before.or(behind))
}

fn groups_of_three(whole: &str, mark: char) -> bool {
    let mut groups = whole.split(mark);
    let first = groups.next().map_or(0, str::len);
    (1..=3).contains(&first) && groups.all(|group| group.len() == 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(values: &[&str]) -> Option<Numbers> {
        Numbers::of(values.iter().map(|v| (*v, 1)))
    }

    #[test]
    fn numbers_are_told_by_how_they_are_written() {
        let plain = numbers(&["1", "-2.5", "30"]).unwrap();
        assert_eq!((plain.least, plain.most, plain.negative), (-2.5, 30.0, 1));
        assert_eq!((plain.decimals, plain.whole), ((0, 1), false));
        let german = numbers(&["1.234,50", "7,25", "12.345.678,00"]).unwrap();
        assert_eq!((german.least, german.most), (7.25, 12_345_678.0));
        assert_eq!(german.thousands_mark, Some('.'));
        let money = numbers(&["€ 12.50", "€ 1,200.00"]).unwrap();
        assert_eq!((money.unit, money.most), (Some('€'), 1200.0));
        assert_eq!(numbers(&["12%", "7%"]).unwrap().unit, Some('%'));
    }

    #[test]
    fn codes_and_words_are_no_numbers() {
        for other in [
            &["007", "012"][..],
            &["a", "b", "1"],
            &["1,2,3"],
            &["", "-"],
            &["1.2.3"],
        ] {
            assert_eq!(numbers(other), None, "{other:?}");
        }
    }

    #[test]
    fn numbers_near_the_others_are_like_them() {
        let prices = numbers(&["4.50", "1.25", "9.99"]).unwrap();
        assert!(prices.has_like("10.05") && prices.has_like("0.50"));
        for odd in ["10.5", "-1.00", "99.00", "4,50", "$4.50", "1e2", "n/a"] {
            assert!(!prices.has_like(odd), "{odd}");
        }
        let more = prices.with([("10.05", 2)].into_iter());
        assert_eq!((more.most, more.rows), (10.05, 5));
        let grouped = numbers(&["1,200", "15,300", "998"]).unwrap();
        assert!(grouped.has_like("2,000") && !grouped.has_like("2000"));
    }

    #[test]
    fn lost_digits_and_unclear_marks_are_told() {
        let ids = numbers(&["1.23457E+11", "9.87E+15", "12"]).unwrap();
        assert_eq!((ids.scientific, ids.lost_digits), (2, 2));
        assert_eq!(numbers(&["1.5e3", "2e-4"]).unwrap().lost_digits, 0);
        assert!(numbers(&["1.234", "12.345"]).unwrap().ambiguous);
        assert!(!numbers(&["1.234", "12.34"]).unwrap().ambiguous);
        assert!(!numbers(&["1.234", "0.345"]).unwrap().ambiguous);
    }
}
