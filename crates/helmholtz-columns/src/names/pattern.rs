//! Dates and times as a pattern of pieces, such as `dd/mm/yyyy`.

use helmholtz_math::random::Stream;

use super::calendar::{Calendar, Date, days, is_leap};
use super::days::{Days, Standing};

/// Months as languages name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Months {
    English,
    /// The first three letters.
    Short,
    German,
    French,
    Italian,
    Dutch,
}

impl Months {
    fn names(self) -> impl Iterator<Item = &'static str> {
        let all = match self {
            Self::English | Self::Short => {
                "January February March April May June July August September October November December"
            }
            Self::German => {
                "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"
            }
            Self::French => {
                "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
            }
            Self::Italian => {
                "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"
            }
            Self::Dutch => {
                "januari februari maart april mei juni juli augustus september oktober november december"
            }
        };
        let length = if self == Self::Short { 3 } else { usize::MAX };
        all.split(' ')
            .map(move |name| &name[..length.min(name.len())])
    }

    /// The one that a text begins with: its length, and its number.
    fn read(self, text: &[char]) -> Option<(usize, u16)> {
        let begins = |(_, name): &(u16, &str)| {
            let mut rest = text.iter().copied();
            name.chars().all(|c| rest.next() == Some(c))
        };
        let (month, name) = (1..).zip(self.names()).find(begins)?;
        Some((name.chars().count(), month))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    Mark(char),
    Year4,
    Year2,
    /// In digits, two of them if this is so.
    Month(bool),
    Named(Months),
    /// Of three months.
    Quarter,
    /// From Monday to Sunday, of the year that has its Thursday (ISO 8601).
    Week,
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
const WRITTEN: [(&str, Piece); 21] = [
    ("yyyy", Piece::Year4),
    ("yy", Piece::Year2),
    ("month", Piece::Named(Months::English)),
    ("mon", Piece::Named(Months::Short)),
    ("Monat", Piece::Named(Months::German)),
    ("mois", Piece::Named(Months::French)),
    ("mese", Piece::Named(Months::Italian)),
    ("maand", Piece::Named(Months::Dutch)),
    ("ww", Piece::Week),
    ("q", Piece::Quarter),
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
        let (first, years) = match self.0.contains(&Piece::Year4) {
            true => (1800, 300),
            false if self.has_short_years() => (PIVOT, 100),
            false => return None,
        };
        Some(Calendar {
            first,
            years,
            by_days: self.has_days(),
        })
    }

    /// Whether it has years of two digits.
    pub(super) fn has_short_years(&self) -> bool {
        self.0.contains(&Piece::Year2)
    }

    /// Whether it may begin with a character.
    pub(super) fn may_begin(&self, character: char) -> bool {
        match self.0.first() {
            Some(Piece::Mark(mark)) => *mark == character,
            Some(Piece::Named(_) | Piece::AmPm) => character.is_alphabetic(),
            _ => character.is_ascii_digit(),
        }
    }

    pub(super) fn has_days(&self) -> bool {
        let is_day = |piece: &Piece| matches!(piece, Piece::Day(_) | Piece::Week | Piece::Quarter);
        self.0.iter().any(is_day)
    }

    /// Whether its days stand for weeks, or quarters.
    pub(super) fn has_periods(&self) -> bool {
        self.0.contains(&Piece::Week) || self.0.contains(&Piece::Quarter)
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

    /// How a date lies to the usual ones.
    pub(super) fn standing(&self, usual: Days, date: Date) -> Standing {
        let standing = |all| usual.standing(all, date);
        self.calendar().map_or(Standing::Usual, standing)
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
        let (mut year, mut month, mut day, mut week) = (None, None, None, None);
        for piece in &self.0 {
            let rest = text.get(at..)?;
            let (length, value) = piece.read(rest)?;
            at += length;
            match piece {
                Piece::Year4 => year = Some(value),
                Piece::Year2 => year = Some(of_two_digits(value)),
                Piece::Month(_) | Piece::Named(_) => month = Some(value),
                Piece::Day(_) => day = Some(value),
                Piece::Quarter => month = Some(3 * value - 2),
                Piece::Week => week = Some(value),
                Piece::Hour(_) => log -= 24f64.ln(),
                Piece::HalfDay(_) => log -= 12f64.ln(),
                Piece::Sixty => log -= 60f64.ln(),
                Piece::AmPm => log -= 4f64.ln(),
                Piece::Mark(_) => {}
            }
        }
        let date = match (year, week) {
            (Some(year), Some(week)) => Some(self.calendar()?.monday(year, week)?),
            (year, _) => year.map(|year| (year, month.unwrap_or(1), day.unwrap_or(1))),
        };
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
        let (mut year, month, day) = date.unwrap_or((2000, 1, 1));
        let mut week = 1;
        if let Some(calendar) = self.calendar().filter(|_| self.0.contains(&Piece::Week)) {
            (year, week) = calendar.week((year, month, day));
        }
        let mut between = |least: u16, most: u16| least + below(u32::from(most - least) + 1) as u16;
        let mut text = String::new();
        for piece in &self.0 {
            text += &match piece {
                Piece::Mark(mark) => mark.to_string(),
                Piece::Year4 => format!("{year:04}"),
                Piece::Year2 => format!("{:02}", year % 100),
                Piece::Month(true) => format!("{month:02}"),
                Piece::Month(false) => month.to_string(),
                Piece::Named(months) => {
                    let name = months.names().nth(usize::from(month) - 1);
                    name.unwrap_or_default().to_owned()
                }
                Piece::Quarter => month.div_ceil(3).to_string(),
                Piece::Week => format!("{week:02}"),
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

/// The first year of those that two digits stand for, as spreadsheets read them.
pub(super) const PIVOT: u16 = 1930;

/// The year that two digits are taken for.
fn of_two_digits(value: u16) -> u16 {
    PIVOT + (value + 100 - PIVOT % 100) % 100
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
            Self::Named(months) => months.read(text),
            Self::Quarter => {
                let digit = text.first()?.to_digit(10)?;
                (1..=4).contains(&digit).then_some((1, digit as u16))
            }
            Self::Week => number(text, true, 1..=53),
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
            Self::Named(months) => format!("(?:{})", months.names().collect::<Vec<_>>().join("|")),
            Self::Quarter => "[1-4]".into(),
            Self::Week => "(?:0[1-9]|[1-4][0-9]|5[0-3])".into(),
        }
    }
}
