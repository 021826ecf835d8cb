//! Dates and times as a pattern of pieces, such as `dd/mm/yyyy`.

use helmholtz_math::random::Stream;

/// A stretch of a calendar, by places in it: the first, and the last.
pub(super) type Span = (u32, u32);

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
    /// Of what has a year its place in the calendar, and how many places there are.
    pub(super) place: Option<(u32, u32)>,
    /// ln of the probability of the rest, given the place.
    log_rest: f64,
}

/// How often a date is of the usual stretch, of that with as much again before and behind it, and any of the calendar: columns grow.
const USUAL: [f64; 3] = [0.8, 0.15, 0.05];
/// So many places are before and behind a stretch that is shorter.
const MARGIN: u32 = 31;

impl Read {
    /// ln of the probability of what was read, with the usual stretch: places are as likely as others of it.
    pub(super) fn log_prob(&self, usual: Option<Span>) -> f64 {
        let place = match (self.place, usual) {
            (None, _) => 0.0,
            (Some((_, all)), None) => -f64::from(all).ln(),
            (Some((place, all)), Some((first, last))) => {
                let margin = (last - first + 1).max(MARGIN);
                let wide = (first.saturating_sub(margin), (last + margin).min(all - 1));
                let spans = [(first, last), wide, (0, all - 1)];
                let within = spans.map(|(first, last)| match (first..=last).contains(&place) {
                    true => f64::from(last - first + 1).recip(),
                    false => 0.0,
                });
                let shares = USUAL.iter().zip(within);
                shares
                    .map(|(share, within)| share * within)
                    .sum::<f64>()
                    .ln()
            }
        };
        place + self.log_rest
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

    /// Its calendar, if it has years.
    fn calendar(&self) -> Option<Calendar> {
        let has = |piece: fn(&Piece) -> bool| self.0.iter().any(piece);
        let (first, years) = match has(|p| *p == Piece::Year4) {
            true => (1800, 300),
            false if has(|p| *p == Piece::Year2) => (2000, 100),
            false => return None,
        };
        let by_days = has(|p| matches!(p, Piece::Day(_)));
        Some(Calendar {
            first,
            years,
            by_days,
        })
    }

    pub(super) fn has_years(&self) -> bool {
        self.calendar().is_some()
    }

    /// The whole years of a stretch of its calendar.
    pub(super) fn whole_years(&self, (first, last): Span) -> Option<Span> {
        let calendar = self.calendar()?;
        let (first, last) = (calendar.date(first).0, calendar.date(last).0);
        Some((calendar.before(first), calendar.before(last + 1) - 1))
    }

    /// ln of how likely a stretch of its calendar is: of whole years, or of any days.
    pub(super) fn log_prior(&self, span: Span) -> f64 {
        let Some(calendar) = self.calendar() else {
            return 0.0;
        };
        let choices = match self.whole_years(span) == Some(span) {
            true => u32::from(calendar.years),
            false => calendar.places(),
        };
        -2.0 * f64::from(choices).ln() - 2f64.ln()
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
        let date = (year, month.unwrap_or(1), day.unwrap_or(1));
        let place = match (date, self.calendar()) {
            ((Some(year), month, day), Some(calendar)) => {
                (day <= days(month, is_leap(year))).then_some(())?;
                Some((calendar.place(year, month, day), calendar.places()))
            }
            _ => None,
        };
        Some(Read {
            length: at,
            place,
            log_rest: log,
        })
    }

    /// One of what it describes, of some stretch of its calendar.
    pub(super) fn sample(&self, usual: Option<Span>, stream: &mut Stream) -> String {
        let mut between =
            |least: u32, most: u32| least + stream.below((most - least) as usize + 1) as u32;
        let date = self.calendar().map(|calendar| {
            let some = (calendar.place(2000, 1, 1), calendar.place(2029, 12, 28));
            let (first, last) = usual.unwrap_or(some);
            calendar.date(between(first, last))
        });
        let (year, month, day) = date.unwrap_or((2000, 1, 1));
        let mut between = |least: u16, most: u16| between(least.into(), most.into()) as u16;
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

/// Days, or months, of so many years. Years of two digits are taken for those of this century.
#[derive(Clone, Copy)]
struct Calendar {
    first: u16,
    years: u16,
    by_days: bool,
}

impl Calendar {
    /// How many places are before a year.
    fn before(self, year: u16) -> u32 {
        let leap = |year: u16| u32::from((year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400);
        let years = u32::from(year - self.first);
        match self.by_days {
            true => 365 * years + leap(year) - leap(self.first),
            false => 12 * years,
        }
    }

    fn places(self) -> u32 {
        self.before(self.first + self.years)
    }

    fn place(self, year: u16, month: u16, day: u16) -> u32 {
        let months = (1..month).map(|month| u32::from(days(month, is_leap(year))));
        let within = match self.by_days {
            true => months.sum::<u32>() + u32::from(day) - 1,
            false => u32::from(month) - 1,
        };
        self.before(year) + within
    }

    /// The year, the month and the day of a place.
    fn date(self, place: u32) -> (u16, u16, u16) {
        let years = self.first..self.first + self.years;
        let year = years.rev().find(|year| self.before(*year) <= place);
        let year = year.unwrap_or(self.first);
        let month = (1..=12)
            .rev()
            .find(|month| self.place(year, *month, 1) <= place);
        let month = month.unwrap_or(1);
        let day = place - self.place(year, month, 1) + 1;
        (year, month, day as u16)
    }
}

fn is_leap(year: u16) -> bool {
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
