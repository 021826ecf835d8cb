//! A table in a line a column: what a column is, how it is written, and what does not belong.

use crate::explain::{Explanation, Surprise};
use helmholtz_core::product::text::{faint, plain, strong};
use helmholtz_core::product::words::{percent, shortened, visible};
use helmholtz_core::product::{Answer, Text};
use helmholtz_data::Column;

/// The most characters that a name, and a regular expression, are given room for.
const NAME: usize = 24;
const FORMAT: usize = 30;
/// Values that do not belong that are shown; `--details` shows more, and JSON all.
const SHOWN: usize = 3;
/// An enumeration has at most so many values, which come as often on average.
const FEW: usize = 20;
const OFTEN: u64 = 4;
/// A column is numbers, or dates, where so large a share of its values are.
const MOSTLY: f64 = 0.8;

/// What a column is, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Nothing,
    Constant,
    Number,
    Date,
    Enumeration,
    Identifier,
    Format,
}

impl Type {
    fn of(column: Option<&Column>, explanation: &Explanation) -> Self {
        let Some(column) = column.filter(|_| !explanation.is_nothing()) else {
            return Self::Nothing;
        };
        let values: u64 = column.counts.iter().sum();
        let mostly = |is: fn(&str) -> bool| {
            let each = column.values.iter().zip(&column.counts);
            let fit: u64 = each.filter(|(v, _)| is(v.trim())).map(|(_, n)| n).sum();
            fit as f64 >= MOSTLY * values as f64
        };
        match column.values.len() {
            1 => Self::Constant,
            _ if mostly(is_date) => Self::Date,
            _ if mostly(is_number) => Self::Number,
            n if n <= FEW && values >= OFTEN * n as u64 => Self::Enumeration,
            n if n as u64 == values => Self::Identifier,
            _ => Self::Format,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Nothing => "unread",
            Self::Constant => "constant",
            Self::Number => "number",
            Self::Date => "date",
            Self::Enumeration => "enumeration",
            Self::Identifier => "identifier",
            Self::Format => "format",
        }
    }
}

/// A number without leading zeros, which codes have.
fn is_number(value: &str) -> bool {
    let digits = value.trim_start_matches(['-', '+']);
    let coded = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    !coded && digits.starts_with(|c: char| c.is_ascii_digit()) && value.parse::<f64>().is_ok()
}

/// Three groups of digits, one of which is a year and the others a month and a day, perhaps with a time behind them.
fn is_date(value: &str) -> bool {
    let date = value.split(['T', ' ']).next().unwrap_or_default();
    let groups: Vec<&str> = date.split(['-', '/', '.']).collect();
    let number = |group: &&str| group.parse::<u32>().ok().filter(|_| group.len() <= 4);
    let numbers: Option<Vec<u32>> = groups.iter().map(number).collect();
    match (numbers.as_deref(), &groups[..]) {
        (Some(&[_, a, b]), [year, ..]) if year.len() == 4 => is_day_of_month(a, b),
        (Some(&[a, b, _]), [.., year]) if year.len() == 4 => is_day_of_month(a, b),
        _ => false,
    }
}

fn is_day_of_month(a: u32, b: u32) -> bool {
    let (month, day) = (a.min(b), a.max(b));
    (1..=12).contains(&month) && (1..=31).contains(&day)
}

/// How a table's columns are laid out.
pub(super) struct Overview {
    width: usize,
    begun: bool,
}

impl Overview {
    /// Of columns of these names.
    pub(super) fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let widths = names.map(|name| visible(name).chars().count().min(NAME));
        Self {
            width: widths.max().unwrap_or(0).max("column".len()),
            begun: false,
        }
    }

    /// An answer in one line, with a heading before the first.
    pub(super) fn line(&mut self, answer: Answer, brief: &Brief) -> Answer {
        let mut text = Text::default();
        let width = self.width;
        if !self.begun {
            let heading = format!(
                "{:width$}  {:11}  {:>5}  {:>7}  {:>6}  {:FORMAT$}  does not belong",
                "column", "type", "fits", "missing", "weight", "format"
            );
            text.line([faint(heading)]);
        }
        self.begun = true;
        let told = |share: Option<f64>| share.map(percent).unwrap_or_default();
        // A format of little weight is one of many that would do.
        let (fits, weight) = (told(brief.fits), told(brief.weight));
        let name = shortened(&visible(&brief.name), NAME);
        text.line([
            strong(padded(&name, width)),
            plain(format!(
                "  {:11}  {fits:>5}  {:>7}  {weight:>6}  ",
                brief.kind, brief.empty
            )),
            plain(padded(&shortened(&brief.format, FORMAT), FORMAT)),
            plain(format!("  {}", foreign(&brief.foreign))),
        ]);
        // Empty cells stand in the line; what else is left out has lines of its own.
        text.brief = Some(usize::from(brief.empty > 0));
        answer.with_text(text)
    }
}

/// A column in a line.
pub(super) struct Brief {
    pub(super) name: String,
    /// What it is.
    pub(super) kind: &'static str,
    /// The share of the values that belong, of all that are not empty.
    pub(super) fits: Option<f64>,
    /// Empty cells.
    pub(super) empty: u64,
    /// The weight of the best program.
    pub(super) weight: Option<f64>,
    /// The best program.
    pub(super) format: String,
    /// What does not belong.
    pub(super) foreign: Vec<Surprise>,
}

impl Brief {
    /// Of an explanation in the language of the paper.
    pub(super) fn of_the_paper(column: Option<&Column>, explanation: &Explanation) -> Self {
        let best = explanation.programs.first();
        Self {
            name: explanation.name.clone(),
            kind: Type::of(column, explanation).name(),
            fits: best.map(|_| share(explanation)),
            empty: explanation.left_out.skipped.empty,
            weight: best.map(|b| b.weight),
            format: best.map(|b| b.regex.clone()).unwrap_or_default(),
            foreign: explanation.outliers.clone(),
        }
    }
}

/// The share of the values that were read and belong, of all that are not empty.
fn share(explanation: &Explanation) -> f64 {
    let foreign: u64 = explanation.outliers.iter().map(|o| o.count).sum();
    let left_out = &explanation.left_out;
    let all = explanation.values + left_out.rows.saturating_sub(left_out.skipped.empty);
    explanation.values.saturating_sub(foreign) as f64 / all.max(1) as f64
}

/// `tbd (line 66), n/a (3 times, first in line 11), and 4 more`.
fn foreign(outliers: &[Surprise]) -> String {
    let one = |outlier: &Surprise| {
        let value = visible(&outlier.value);
        match (outlier.line, outlier.count) {
            (None, 1) => value,
            (None, n) => format!("{value} ({n} times)"),
            (Some(line), 1) => format!("{value} (line {line})"),
            (Some(line), n) => format!("{value} ({n} times, first in line {line})"),
        }
    };
    let more = outliers.len().saturating_sub(SHOWN);
    let more = (more > 0).then(|| format!("and {more} more"));
    let each: Vec<String> = outliers.iter().take(SHOWN).map(one).chain(more).collect();
    each.join(", ")
}

fn padded(text: &str, width: usize) -> String {
    format!("{text:width$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_dates_are_told_from_codes() {
        for number in ["0", "7", "-3.5", "0.25", "1e6", "+12"] {
            assert!(is_number(number), "{number}");
        }
        for other in ["", "007", "1,5", "inf", "NaN", ".", "12 EUR", "2026-03-01"] {
            assert!(!is_number(other), "{other}");
        }
        for date in [
            "2026-03-01",
            "1/3/2026",
            "31.12.2025",
            "2026-03-01T10:00",
            "2026-03-01 10:00",
        ] {
            assert!(is_date(date), "{date}");
        }
        for other in [
            "",
            "2026-13-32",
            "555-1234",
            "1.2.3",
            "20260301",
            "2026-03",
            "192.168.0.1",
        ] {
            assert!(!is_date(other), "{other}");
        }
    }

    #[test]
    fn values_that_were_left_out_do_not_fit() {
        let mut explanation = Explanation::nothing("c");
        explanation.values = 6;
        explanation.left_out.rows = 10;
        explanation.left_out.skipped.empty = 8;
        assert_eq!(share(&explanation), 0.75);
    }

    #[test]
    fn what_is_too_long_ends_in_dots() {
        assert_eq!(shortened("abcdef", 6), "abcdef");
        assert_eq!(shortened("abcdefg", 6), "abc...");
    }
}
