//! Dates and times as a pattern of pieces, such as `dd/mm/yyyy`.

use helmholtz_math::random::Stream;

use super::OTHER_YEARS;

/// Years from 1800 to 2099, or those of two digits: so many, at most.
pub(super) const MOST_YEARS: f64 = 300.0;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    Mark(char),
    Year4,
    Year2,
    /// In digits, two of them if this is so.
    Month(bool),
    /// In words, the whole of them if this is so.
    Named(bool),
    Day(bool),
    Hour(bool),
    /// Of twelve.
    HalfDay(bool),
    /// Minutes, or seconds.
    Sixty,
    AmPm,
}

/// A way to write dates or times.
pub(super) struct Pattern(Vec<Piece>);

/// What was read by a pattern.
pub(super) struct Read {
    pub(super) length: usize,
    pub(super) year: Option<u16>,
    /// Of years how many there are.
    years: f64,
    /// ln of the probability of the rest, given the year.
    log_rest: f64,
}

impl Read {
    /// ln of the probability of what was read, with the usual years.
    pub(super) fn log_prob(&self, usual: Option<(u16, u16)>) -> f64 {
        let year = match (self.year, usual) {
            (None, _) => 0.0,
            (Some(_), None) => -self.years.ln(),
            (Some(year), Some((first, last))) => {
                let usual = (first..=last).contains(&year);
                let within = f64::from(last - first + 1).recip() * f64::from(u8::from(usual));
                ((1.0 - OTHER_YEARS) * within + OTHER_YEARS / self.years).ln()
            }
        };
        year + self.log_rest
    }
}

/// How pieces are written in the name of a pattern, longer ones first.
const WRITTEN: [(&str, Piece); 15] = [
    ("yyyy", Piece::Year4),
    ("yy", Piece::Year2),
    ("month", Piece::Named(true)),
    ("mon", Piece::Named(false)),
    ("mm", Piece::Month(true)),
    ("m", Piece::Month(false)),
    ("dd", Piece::Day(true)),
    ("d", Piece::Day(false)),
    ("HH", Piece::Hour(true)),
    ("H", Piece::Hour(false)),
    ("hh", Piece::HalfDay(true)),
    ("h", Piece::HalfDay(false)),
    ("MM", Piece::Sixty),
    ("SS", Piece::Sixty),
    ("AM", Piece::AmPm),
];

impl Pattern {
    /// The pattern of that name.
    pub(super) fn of(mut text: &str) -> Self {
        let mut pieces = vec![];
        while let Some(first) = text.chars().next() {
            let written = WRITTEN.iter().find(|(name, _)| text.starts_with(name));
            let (length, piece) = match written {
                Some((name, piece)) => (name.len(), *piece),
                None => (first.len_utf8(), Piece::Mark(first)),
            };
            pieces.push(piece);
            text = &text[length..];
        }
        Self(pieces)
    }

    pub(super) fn has_years(&self) -> bool {
        let year = |p: &Piece| matches!(p, Piece::Year4 | Piece::Year2);
        self.0.iter().any(year)
    }

    /// What a text begins with, if that fits. A date is as likely as any other of its year, a time as any other of the day.
    pub(super) fn read(&self, text: &[char]) -> Option<Read> {
        let (mut at, mut log) = (0, 0.0);
        let (mut year, mut month, mut day, mut years) = (None, None, None, 1.0);
        for piece in &self.0 {
            let rest = text.get(at..)?;
            let (length, value) = piece.read(rest)?;
            at += length;
            match piece {
                Piece::Year4 | Piece::Year2 => {
                    years = if *piece == Piece::Year4 {
                        MOST_YEARS
                    } else {
                        100.0
                    };
                    year = Some(value);
                }
                Piece::Month(_) | Piece::Named(_) => month = Some(value),
                Piece::Day(_) => day = Some(value),
                Piece::Hour(_) => log -= 24f64.ln(),
                Piece::HalfDay(_) => log -= 12f64.ln(),
                Piece::Sixty => log -= 60f64.ln(),
                Piece::AmPm => log -= 4f64.ln(),
                Piece::Mark(_) => {}
            }
        }
        log += match (month, day) {
            (Some(month), Some(day)) => {
                // Of years of two digits the century is not known; it matters for a day in a hundred years.
                let leap = year.is_none_or(is_leap);
                (day <= days(month, leap)).then_some(())?;
                -(if leap { 366f64 } else { 365.0 }).ln()
            }
            (Some(_), None) => -12f64.ln(),
            _ => 0.0,
        };
        Some(Read {
            length: at,
            year,
            years,
            log_rest: log,
        })
    }

    /// One of what it describes, of any of some years.
    pub(super) fn sample(&self, years: Option<(u16, u16)>, stream: &mut Stream) -> String {
        let mut between =
            |least: u16, most: u16| least + stream.below(usize::from(most - least) + 1) as u16;
        let (first, last) = years.unwrap_or((2000, 2029));
        let (year, month) = (between(first, last), between(1, 12));
        let day = between(1, days(month, is_leap(year)));
        let mut text = String::new();
        for piece in &self.0 {
            text += &match piece {
                Piece::Mark(mark) => mark.to_string(),
                Piece::Year4 => format!("{year:04}"),
                Piece::Year2 => format!("{:02}", year % 100),
                Piece::Month(true) => format!("{month:02}"),
                Piece::Month(false) => month.to_string(),
                Piece::Named(whole) => {
                    let name = MONTHS[usize::from(month) - 1];
                    if *whole { name } else { &name[..3] }.to_owned()
                }
                Piece::Day(true) => format!("{day:02}"),
                Piece::Day(false) => day.to_string(),
                Piece::Hour(true) => format!("{:02}", between(0, 23)),
                Piece::Hour(false) => between(0, 23).to_string(),
                Piece::HalfDay(true) => format!("{:02}", between(1, 12)),
                Piece::HalfDay(false) => between(1, 12).to_string(),
                Piece::Sixty => format!("{:02}", between(0, 59)),
                Piece::AmPm => ["AM", "PM"][usize::from(between(0, 1))].to_owned(),
            };
        }
        text
    }

    /// For engines of regular expressions.
    pub(super) fn regex(&self) -> String {
        self.0.iter().map(|piece| piece.regex()).collect()
    }
}

fn is_leap(year: u16) -> bool {
    // Of two digits it is taken for one of this century.
    let century = year.is_multiple_of(100) && !year.is_multiple_of(400);
    year.is_multiple_of(4) && !century
}

fn days(month: u16, leap: bool) -> u16 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u16::from(leap),
        _ => 31,
    }
}

/// A number of two digits, or if it need not be `full` of one without a zero in front.
fn number(text: &[char], full: bool, range: std::ops::RangeInclusive<u16>) -> Option<(usize, u16)> {
    let digit = |k: usize| text.get(k)?.to_digit(10).map(|d| d as u16);
    let first = digit(0)?;
    let read = match digit(1) {
        Some(second) if full || first > 0 => (2, 10 * first + second),
        _ if full => return None,
        _ => (1, first),
    };
    range.contains(&read.1).then_some(read)
}

impl Piece {
    /// What a text begins with: its length, and its value if it has one.
    fn read(self, text: &[char]) -> Option<(usize, u16)> {
        match self {
            Self::Mark(mark) => (text.first() == Some(&mark)).then_some((1, 0)),
            Self::Year4 => {
                let (century, year) = (
                    number(text, true, 18..=20)?.1,
                    number(&text[2..], true, 0..=99)?.1,
                );
                Some((4, 100 * century + year))
            }
            Self::Year2 => number(text, true, 0..=99),
            Self::Month(full) => number(text, full, 1..=12),
            Self::Day(full) => number(text, full, 1..=31),
            Self::Hour(full) => number(text, full, 0..=23),
            Self::HalfDay(full) => number(text, full, 1..=12),
            Self::Sixty => number(text, true, 0..=59),
            Self::Named(whole) => {
                let length = |name: &str| if whole { name.len() } else { 3 };
                let named = |name: &&str| {
                    let own = name[..length(name)].chars();
                    own.eq(text.iter().take(length(name)).copied())
                };
                let place = MONTHS.iter().position(named)?;
                Some((length(MONTHS[place]), place as u16 + 1))
            }
            Self::AmPm => {
                let two: String = text.iter().take(2).collect();
                ["AM", "PM", "am", "pm"].contains(&&*two).then_some((2, 0))
            }
        }
    }

    fn regex(self) -> String {
        let two =
            |full: bool, padded: &str, plain: &str| if full { padded.into() } else { plain.into() };
        match self {
            Self::Mark('.') => r"\.".into(),
            Self::Mark(mark) => mark.into(),
            Self::Year4 => "(?:18|19|20)[0-9]{2}".into(),
            Self::Year2 => "[0-9]{2}".into(),
            Self::Month(full) => two(full, "(?:0[1-9]|1[0-2])", "(?:1[0-2]|[1-9])"),
            Self::Day(full) => two(
                full,
                "(?:0[1-9]|[12][0-9]|3[01])",
                "(?:[12][0-9]|3[01]|[1-9])",
            ),
            Self::Hour(full) => two(full, "(?:[01][0-9]|2[0-3])", "(?:1[0-9]|2[0-3]|[0-9])"),
            Self::HalfDay(full) => two(full, "(?:0[1-9]|1[0-2])", "(?:1[0-2]|[1-9])"),
            Self::Sixty => "[0-5][0-9]".into(),
            Self::AmPm => "(?:AM|PM|am|pm)".into(),
            Self::Named(whole) => {
                let each = MONTHS.map(|name| if whole { name } else { &name[..3] });
                format!("(?:{})", each.join("|"))
            }
        }
    }
}
