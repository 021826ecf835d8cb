//! Dates, times of day and time stamps.
//!
//! A column keeps one format and a window of years; most generators are a choice of formats for the
//! same [`Moment`].

use super::kit::{Column, Generator, Kit, named};
use super::lexicon::{MONTHS, WEEKDAYS, entries};

pub(super) const GENERATORS: &[(&str, Generator)] = named![
    iso_date,
    slash_date,
    dotted_date,
    named_month_date,
    american_long_date,
    compact_date,
    iso_datetime,
    utc_datetime,
    zoned_datetime,
    datetime,
    slash_datetime,
    fraction_datetime,
    log_stamp,
    unix_seconds,
    clock,
    clock_12h,
    clock_seconds,
    stopwatch,
    signed_offset,
    opening_hours,
];

/// A moment with all the fields that a format can ask for.
pub(super) struct Moment {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
}

impl Moment {
    pub(super) fn draw(k: &mut Kit, (first, last): (i64, i64)) -> Self {
        Self {
            year: k.int(first, last),
            month: k.int(1, 12),
            day: k.int(1, 28),
            hour: k.int(0, 23),
            minute: k.int(0, 59),
            second: k.int(0, 59),
        }
    }

    /// Fills a format of `strftime` fields, `%Y-%m-%d`; `%e`, `%n` and `%l` are the day, the month
    /// and the hour of twelve without padding.
    pub(super) fn show(&self, format: &str) -> String {
        let mut parts = format.split('%');
        let start = parts.next().unwrap_or_default().to_string();
        parts.fold(start, |text, part| {
            let (field, literal) = part.split_at(part.len().min(1));
            text + &self.field(field) + literal
        })
    }

    fn field(&self, name: &str) -> String {
        let month = entries(MONTHS)
            .nth(self.month as usize - 1)
            .unwrap_or_default();
        match name {
            "Y" => self.year.to_string(),
            "y" => format!("{:02}", self.year % 100),
            "m" => format!("{:02}", self.month),
            "n" => self.month.to_string(),
            "B" => month.to_string(),
            "b" => month.chars().take(3).collect(),
            "d" => format!("{:02}", self.day),
            "e" => self.day.to_string(),
            "q" => ((self.month + 2) / 3).to_string(),
            "H" => format!("{:02}", self.hour),
            "l" => ((self.hour + 11) % 12 + 1).to_string(),
            "p" => if self.hour < 12 { "AM" } else { "PM" }.to_string(),
            "M" => format!("{:02}", self.minute),
            "S" => format!("{:02}", self.second),
            _ => String::new(),
        }
    }
}

/// The window of years that a table is about.
pub(super) fn years(k: &mut Kit) -> (i64, i64) {
    let span = k.magnitude(1, 40);
    let last = 2026 - k.magnitude(1, 100);
    (last - span, last)
}

/// The column whose cells are moments in the same one of `formats`.
pub(super) fn moments(k: &mut Kit, formats: &[&'static str]) -> Column {
    let (format, years) = (k.pick(formats), years(k));
    Box::new(move |k| Moment::draw(k, years).show(format))
}

/// `2013-06-14`
fn iso_date(k: &mut Kit) -> Column {
    moments(k, &["%Y-%m-%d"])
}

/// `6/14/2013`
fn slash_date(k: &mut Kit) -> Column {
    moments(
        k,
        &[
            "%n/%e/%Y", "%n/%e/%y", "%m/%d/%Y", "%d/%m/%Y", "%e/%n/%y", "%Y/%m/%d",
        ],
    )
}

/// `14.06.2013`
fn dotted_date(k: &mut Kit) -> Column {
    moments(k, &["%d.%m.%Y", "%e.%n.%Y", "%d.%m.%y", "%d-%m-%Y"])
}

/// `14-Jun-13`
fn named_month_date(k: &mut Kit) -> Column {
    moments(
        k,
        &["%e-%b-%y", "%d-%b-%Y", "%d %b %Y", "%e %B %Y", "%d%b%Y"],
    )
}

/// `Jun 14, 2013`
fn american_long_date(k: &mut Kit) -> Column {
    moments(k, &["%b %e, %Y", "%B %e, %Y", "%b. %e, %Y", "%b %d %Y"])
}

/// `20130614`
fn compact_date(k: &mut Kit) -> Column {
    moments(k, &["%Y%m%d", "%y%m%d", "%Y%m%d_%H%M", "%Y%m"])
}

/// `2013-06-14T09:30`
fn iso_datetime(k: &mut Kit) -> Column {
    moments(
        k,
        &[
            "%Y-%m-%dT%H:%M",
            "%Y-%m-%dT%H:%M:%S",
            "%Y-%m-%dT%H:00:00",
            "%Y-%m-%dT%H:30",
        ],
    )
}

/// `2013-06-14T09:30:12Z`
fn utc_datetime(k: &mut Kit) -> Column {
    moments(
        k,
        &[
            "%Y-%m-%dT%H:%M:%SZ",
            "%Y-%m-%d %H:%M:%S UTC",
            "%Y%m%dT%H%M%SZ",
        ],
    )
}

/// `2013-06-14T09:30:00+02:00`
fn zoned_datetime(k: &mut Kit) -> Column {
    moments(
        k,
        &[
            "%Y-%m-%dT%H:%M:%S+02:00",
            "%Y-%m-%dT%H:%M-05:00",
            "%Y-%m-%d %H:%M:00+00",
        ],
    )
}

/// `2013-06-14 09:30`
fn datetime(k: &mut Kit) -> Column {
    moments(
        k,
        &[
            "%Y-%m-%d %H:%M",
            "%Y-%m-%d %H:%M:%S",
            "%Y-%m-%d %H:00:00",
            "%Y-%m-%d 00:00:00",
        ],
    )
}

/// `6/14/2013 9:30 AM`
fn slash_datetime(k: &mut Kit) -> Column {
    moments(
        k,
        &[
            "%n/%e/%Y %l:%M %p",
            "%n/%e/%Y %H:%M",
            "%d/%m/%Y %H:%M:%S",
            "%d.%m.%Y, %H:%M",
        ],
    )
}

/// `2013-06-14T09:30:12.047Z`
fn fraction_datetime(k: &mut Kit) -> Column {
    let (whole, places) = (
        moments(k, &["%Y-%m-%dT%H:%M:%S", "%H:%M:%S"]),
        k.pick(&[1, 3, 3]),
    );
    Box::new(move |k| format!("{}.{}Z", whole(k), k.digits(places)))
}

/// `Fri Jun 14 09:30:12`
fn log_stamp(k: &mut Kit) -> Column {
    let moment = moments(k, &["%b %e %H:%M:%S", "%e %b %Y %H:%M", "%b %d %H:%M"]);
    Box::new(move |k| format!("{} {}", &k.one(WEEKDAYS)[..3], moment(k)))
}

/// `1371202212`
fn unix_seconds(k: &mut Kit) -> Column {
    let (start, unit) = (k.int(9, 17), k.pick(&["", "", "000", ".0"]));
    Box::new(move |k| format!("{}{unit}", start * 100_000_000 + k.int(0, 99_999_999)))
}

/// `9:05`
fn clock(k: &mut Kit) -> Column {
    moments(k, &["%H:%M", "%H:%M", "%l:%M", "%H.%M", "%H%M", "%Hh%M"])
}

/// `9:05 AM`
fn clock_12h(k: &mut Kit) -> Column {
    moments(k, &["%l:%M %p", "%l:%M%p", "%l:00 %p", "%l:30 %p", "%l %p"])
}

/// `09:05:41`
fn clock_seconds(k: &mut Kit) -> Column {
    moments(k, &["%H:%M:%S", "%l:%M:%S %p", "%H:%M:00"])
}

/// `1:52.37`
fn stopwatch(k: &mut Kit) -> Column {
    let (minutes, places) = (k.int(1, 59), k.int(1, 3) as usize);
    Box::new(move |k| {
        format!(
            "{}:{}{}",
            k.int(0, minutes),
            k.int(0, 5),
            k.decimal(0.0, 9.9, places)
        )
    })
}

/// `+01:30`
fn signed_offset(k: &mut Kit) -> Column {
    let prefix = k.pick(&["", "", "UTC", "GMT"]);
    Box::new(move |k| {
        format!(
            "{prefix}{}{:02}:{}",
            k.pick(&["+", "-"]),
            k.int(0, 12),
            k.one("00, 00, 15, 30, 45")
        )
    })
}

/// `9:00-17:30`
fn opening_hours(k: &mut Kit) -> Column {
    let (dash, until) = (k.pick(&["-", " - ", " to "]), k.int(14, 20));
    Box::new(move |k| {
        let minutes = k.pick(&["00", "00", "30"]);
        format!("{}:{minutes}{dash}{}:00", k.int(6, 12), k.int(until, 23))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_fill_every_field() {
        let moment = Moment {
            year: 2009,
            month: 6,
            day: 4,
            hour: 0,
            minute: 7,
            second: 9,
        };
        assert_eq!(moment.show("%Y-%m-%dT%H:%M:%SZ"), "2009-06-04T00:07:09Z");
        assert_eq!(moment.show("%n/%e/%y %l:%M %p"), "6/4/09 12:07 AM");
        assert_eq!(moment.show("%b %B Q%q"), "Jun June Q2");
    }
}
