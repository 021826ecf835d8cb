//! Dates and times as a pattern of pieces, such as `dd/mm/yyyy`.

use helmholtz_math::random::Stream;

use super::calendar::{Calendar, Date, Days, days, is_leap};

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
    /// Of what has a year its date.
    pub(super) date: Option<Date>,
    /// ln of the probability of the rest, given the date.
    log_rest: f64,
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

    /// Its calendar, if it has years.
    pub(super) fn calendar(&self) -> Option<Calendar> {
        let has = |piece: fn(&Piece) -> bool| self.0.iter().any(piece);
        let (first, years) = match has(|p| *p == Piece::Year4) {
            true => (1800, 300),
            false if has(|p| *p == Piece::Year2) => (2000, 100),
            false => return None,
        };
        Some(Calendar {
            first,
            years,
            by_days: self.has_days(),
        })
    }

    /// Whether it may begin with a character.
    pub(super) fn may_begin(&self, character: char) -> bool {
        match self.0.first() {
            Some(Piece::Mark(mark)) => *mark == character,
            Some(Piece::Named(_) | Piece::AmPm) => character.is_ascii_alphabetic(),
            _ => character.is_ascii_digit(),
        }
    }

    pub(super) fn has_days(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Day(_)))
    }

    pub(super) fn has_years(&self) -> bool {
        self.calendar().is_some()
    }

    /// ln of how likely some days of its calendar are.
    pub(super) fn log_prior(&self, usual: Days) -> f64 {
        self.calendar().map_or(0.0, |all| usual.log_prior(all))
    }

    /// What days some dates may be of.
    pub(super) fn fitted(&self, dates: &[Date]) -> Vec<Days> {
        self.calendar()
            .map_or(vec![], |calendar| Days::fitted(calendar, dates))
    }

    /// Whether a date is one of the usual stretch.
    pub(super) fn holds(&self, usual: Days, date: Date) -> bool {
        self.calendar().is_some_and(|all| usual.holds(all, date))
    }

    /// ln of the probability of what was read, with the usual days.
    pub(super) fn log_prob(&self, read: &Read, usual: Option<Days>) -> f64 {
        let date = match (self.calendar(), read.date) {
            (Some(calendar), Some(date)) => match usual {
                Some(usual) => usual.chance(calendar, date).ln(),
                None => -f64::from(calendar.places()).ln(),
            },
            _ => 0.0,
        };
        date + read.log_rest
    }

    /// What a text begins with, if that fits. A date is as likely as others, a time as any other of the day.
    pub(super) fn read(&self, text: &[char]) -> Option<Read> {
        let (mut at, mut log) = (0, 0.0);
        let (mut year, mut month, mut day) = (None, None, None);
        for piece in &self.0 {
            let rest = text.get(at..)?;
            let (length, value) = piece.read(rest)?;
            at += length;
            match piece {
                Piece::Year4 => year = Some(value),
                Piece::Year2 => year = Some(2000 + value),
                Piece::Month(_) | Piece::Named(_) => month = Some(value),
                Piece::Day(_) => day = Some(value),
                Piece::Hour(_) => log -= 24f64.ln(),
                Piece::HalfDay(_) => log -= 12f64.ln(),
                Piece::Sixty => log -= 60f64.ln(),
                Piece::AmPm => log -= 4f64.ln(),
                Piece::Mark(_) => {}
            }
        }
        let date = year.map(|year| (year, month.unwrap_or(1), day.unwrap_or(1)));
        if date.is_some_and(|(year, month, day)| day > days(month, is_leap(year))) {
            return None;
        }
        Some(Read {
            length: at,
            date,
            log_rest: log,
        })
    }

    /// One of what it describes, of its usual days.
    pub(super) fn sample(&self, usual: Option<Days>, stream: &mut Stream) -> String {
        let mut below = |count: u32| stream.below(count as usize) as u32;
        let date = self.calendar().map(|calendar| match usual {
            Some(days) => days.drawn(calendar, &mut below),
            None => {
                let first = calendar.place((2000, 1, 1));
                calendar.date(first + below(calendar.place((2030, 1, 1)) - first))
            }
        });
        let (year, month, day) = date.unwrap_or((2000, 1, 1));
        let mut between = |least: u16, most: u16| least + below(u32::from(most - least) + 1) as u16;
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
