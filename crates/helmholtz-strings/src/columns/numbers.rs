//! Columns of numbers: their range, how they are written, and what their writing lost.

use helmholtz_columns::names::Name;
use serde::Serialize;

/// A column is of numbers where so large a share of its rows are.
const MOSTLY: f64 = 0.8;
/// What may stand before a number, or behind it, beside codes of currencies; longer ones first.
const UNITS: [&str; 33] = [
    "US$", "kWh", "MHz", "GHz", "°C", "°F", "kg", "mg", "km", "cm", "mm", "ml", "ms", "kB", "KB",
    "MB", "GB", "TB", "kW", "Hz", "px", "Kč", "zł", "kr", "$", "€", "£", "¥", "₹", "₽", "₩", "%",
    "°",
];
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
    pub unit: Option<String>,
    /// Rows below zero, with a sign or in brackets.
    pub negative: u64,
    /// Rows in scientific notation.
    pub scientific: u64,
    /// Those of them that were probably codes and lost digits, such as `1.23E+15`: all in that notation are as long.
    pub lost_digits: u64,
    /// One of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost_example: Option<String>,
    /// Whether marks could be of decimals or of thousands: 1.234 is one and a bit, or over a thousand.
    pub ambiguous: bool,
}

/// A number that was read.
struct Read<'v> {
    text: &'v str,
    value: f64,
    decimals: usize,
    grouped: bool,
    scientific: bool,
    lost: bool,
    unit: Option<&'v str>,
}

/// A way to write numbers: the decimal mark, and what stands between thousands.
type Marks = (char, char);

const WAYS: [Marks; 9] = [
    ('.', ','),
    (',', '.'),
    ('.', '\''),
    ('.', '’'),
    ('.', ' '),
    ('.', '\u{202f}'),
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
            let read: Vec<(Read<'_>, u64)> = read.collect();
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
            // What is whole may lack decimals: 100% among 13.3%.
            let decimals = r.decimals == 0 || (least..=most).contains(&r.decimals);
            let alike = decimals && !r.scientific && r.unit == self.unit.as_deref();
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
            decimals: (all.decimals.0.min(r.decimals), all.decimals.1),
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

    fn summed(read: &[(Read<'_>, u64)], (decimal, thousands): Marks) -> Self {
        let rows = |is: &dyn Fn(&Read<'_>) -> bool| -> u64 {
            read.iter().filter(|(r, _)| is(r)).map(|(_, n)| n).sum()
        };
        let values = read.iter().map(|(r, _)| r.value);
        let decimals = read
            .iter()
            .filter(|(r, _)| !r.scientific)
            .map(|(r, _)| r.decimals);
        let unit = read.first().and_then(|(r, _)| r.unit);
        let unit = unit.filter(|unit| read.iter().all(|(r, _)| r.unit == Some(*unit)));
        // Numbers that were measured have other exponents, too.
        let codes = read.iter().all(|(r, _)| r.lost || !r.scientific);
        let lost = read.iter().find(|(r, _)| codes && r.lost);
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
            unit: unit.map(str::to_owned),
            negative: rows(&|r| r.value < 0.0),
            scientific: rows(&|r| r.scientific),
            lost_digits: rows(&|r| codes && r.lost),
            lost_example: lost.map(|(r, _)| r.text.to_owned()),
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
fn is_ambiguous<'v>(read: &[(Read<'_>, u64)], mut values: impl Iterator<Item = &'v str>) -> bool {
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
fn read(text: &str, (decimal, thousands): Marks) -> Option<Read<'_>> {
    let whole_text = text.trim();
    let (bracketed, text) = without_brackets(whole_text);
    let (before, text) = without_sign(text);
    let (text, unit) = without_unit(text);
    let (behind, digits) = without_sign(text);
    // One sign is enough, on either side of a unit.
    let signs = [bracketed, before, behind].into_iter().flatten();
    let sign = signs.clone().product::<f64>();
    if signs.count() > 1 {
        return None;
    }
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
    if !all || grouped && !is_grouped(whole, thousands) {
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
        text: whole_text,
        value: sign * value,
        decimals: fraction.len(),
        grouped,
        scientific: exponent.is_some(),
        lost: exponent.is_some_and(|e| e >= SHORTENED && e > fraction.len() as i32),
        unit,
    })
}

/// A text without brackets around it, in which accounts write what is below zero.
fn without_brackets(text: &str) -> (Option<f64>, &str) {
    let inside = text
        .strip_prefix('(')
        .and_then(|text| text.strip_suffix(')'));
    inside.map_or((None, text), |inside| (Some(-1.0), inside.trim()))
}

/// A text without the sign before it.
fn without_sign(text: &str) -> (Option<f64>, &str) {
    let minus = text
        .strip_prefix(['-', '\u{2212}'])
        .map(|rest| (-1.0, rest));
    let signed = minus.or_else(|| Some((1.0, text.strip_prefix('+')?)));
    signed.map_or((None, text), |(sign, rest)| (Some(sign), rest))
}

/// A text without the unit before or behind it.
fn without_unit(text: &str) -> (&str, Option<&str>) {
    let currencies = Name::labelled("currency");
    let is_currency =
        |code: &str| currencies.is_some_and(|name| name.is(&code.chars().collect::<Vec<_>>()));
    let before = text.get(..3).filter(|code| is_currency(code));
    let before = before.or_else(|| UNITS.into_iter().find(|unit| text.starts_with(unit)));
    if let Some(unit) = before {
        return (text[unit.len()..].trim_start(), Some(unit));
    }
    let behind = text.len().checked_sub(3).and_then(|at| text.get(at..));
    let behind = behind.filter(|code| is_currency(code));
    let behind = behind.or_else(|| UNITS.into_iter().find(|unit| text.ends_with(unit)));
    let without = |unit: &str| text[..text.len() - unit.len()].trim_end();
    behind.map_or((text, None), |unit| (without(unit), Some(unit)))
}

/// Whether digits are in groups of three, or as in India of two but for the last.
fn is_grouped(whole: &str, mark: char) -> bool {
    let groups: Vec<usize> = whole.split(mark).map(str::len).collect();
    let Some((first, rest)) = groups.split_first() else {
        return false;
    };
    let by = |size: usize| {
        let middle = &rest[..rest.len().saturating_sub(1)];
        (1..=size).contains(first) && middle.iter().all(|n| *n == size)
    };
    rest.last() == Some(&3) && (by(3) || by(2))
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
        assert_eq!((money.unit.as_deref(), money.most), (Some("€"), 1200.0));
        for (values, unit, least) in [
            (&["12%", "7%"][..], Some("%"), 7.0),
            (&["CHF 1'651.24", "CHF 20.00"], Some("CHF"), 20.0),
            (&["64.20 EUR", "1.00 EUR"], Some("EUR"), 1.0),
            (&["(1,234.00)", "17.50"], None, -1234.0),
            (&["-$5.00", "$12.00"], Some("$"), -5.0),
            (&["$-5.00", "$12.00"], Some("$"), -5.0),
            (&["1,93,14,015", "6,756"], None, 6756.0),
            (&["20°C", "72°F"], None, 20.0),
            (&["5 kg", "12 kg"], Some("kg"), 5.0),
        ] {
            let told = numbers(values).unwrap();
            assert_eq!(
                (told.unit.as_deref(), told.least),
                (unit, least),
                "{values:?}"
            );
        }
    }

    #[test]
    fn codes_and_words_are_no_numbers() {
        for other in [
            &["007", "012"][..],
            &["a", "b", "1"],
            &["1,2,3"],
            &["", "-"],
            &["1.2.3"],
            &["A1", "A2"],
            &["--5", "(-5)"],
            &["1,23,45", "12,3"],
            &["EUR", "€"],
        ] {
            assert_eq!(numbers(other), None, "{other:?}");
        }
    }

    #[test]
    fn numbers_near_the_others_are_like_them() {
        let prices = numbers(&["4.50", "1.25", "9.99"]).unwrap();
        assert!(prices.has_like("10.05") && prices.has_like("0.50"));
        for odd in [
            "10.5", "-1.00", "99.00", "4,50", "4.5", "$4.50", "1e2", "n/a",
        ] {
            assert!(!prices.has_like(odd), "{odd}");
        }
        assert!(prices.has_like("12"));
        let more = prices.with([("10.05", 2)].into_iter());
        assert_eq!((more.most, more.rows), (10.05, 5));
        let grouped = numbers(&["1,200", "15,300", "998"]).unwrap();
        assert!(grouped.has_like("2,000") && !grouped.has_like("2000"));
    }

    #[test]
    fn lost_digits_and_unclear_marks_are_told() {
        let ids = numbers(&["1.23457E+11", "9.87E+15", "12"]).unwrap();
        assert_eq!((ids.scientific, ids.lost_digits), (2, 2));
        assert_eq!(ids.lost_example.as_deref(), Some("1.23457E+11"));
        for measured in [&["1.5e3", "2e-4"], &["1.554e+12", "8.49e-02"]] {
            assert_eq!(numbers(measured).unwrap().lost_digits, 0);
        }
        assert!(numbers(&["1.234", "12.345"]).unwrap().ambiguous);
        assert!(!numbers(&["1.234", "12.34"]).unwrap().ambiguous);
        assert!(!numbers(&["1.234", "0.345"]).unwrap().ambiguous);
    }
}
