//! Days and months by their places, counted from the first year of a calendar.

use super::which::Which;

/// A date: its year, its month and its day.
pub type Date = (u16, u16, u16);

/// Days, or months, of so many years.
#[derive(Clone, Copy)]
pub(super) struct Calendar {
    pub(super) first: u16,
    pub(super) years: u16,
    pub(super) by_days: bool,
}

impl Calendar {
    /// How many places are before a year.
    pub(super) fn before(self, year: u16) -> u32 {
        match self.by_days {
            true => days_before(year) - days_before(self.first),
            false => 12 * u32::from(year - self.first),
        }
    }

    pub(super) fn places(self) -> u32 {
        self.before(self.first + self.years)
    }

    pub(super) fn place(self, (year, month, day): Date) -> u32 {
        let months = (1..month).map(|month| u32::from(days(month, is_leap(year))));
        let within = match self.by_days {
            true => months.sum::<u32>() + u32::from(day) - 1,
            false => u32::from(month) - 1,
        };
        self.before(year) + within
    }

    pub(super) fn date(self, place: u32) -> Date {
        let years = self.first..self.first + self.years;
        let year = years.rev().find(|year| self.before(*year) <= place);
        let year = year.unwrap_or(self.first);
        let month = (1..=12)
            .rev()
            .find(|month| self.place((year, *month, 1)) <= place);
        let month = month.unwrap_or(1);
        let day = place - self.place((year, month, 1)) + 1;
        (year, month, day as u16)
    }

    /// How many days of some kind are before a place.
    pub(super) fn alike_before(self, which: Which, place: u32) -> u32 {
        // Periods that begin before the place.
        let begun = |place: u32, months: u8| match place {
            0 => 0,
            _ => {
                let (year, month, _) = self.date(place - 1);
                (12 * u32::from(year - self.first) + u32::from(month) - 1) / u32::from(months) + 1
            }
        };
        // Counted from the Monday before the calendar on, and without those before it.
        let first = self.weekday(0);
        let working = |days: u32| days / 7 * 5 + (days % 7).min(5);
        let weekly = |days: u32, day: u8| (days + 6 - u32::from(day)) / 7;
        match which {
            Which::Every => place,
            Which::Working => working(first + place) - working(first),
            Which::Weekly(day) => weekly(first + place, day) - weekly(first, day),
            Which::Starts(months) => begun(place, months),
            // One ends the day before the next begins.
            Which::Ends(months) => begun(place + 1, months).saturating_sub(1),
        }
    }

    /// How many days of some kind a stretch has.
    pub(super) fn alike(self, which: Which, (first, last): Span) -> u32 {
        self.alike_before(which, last + 1) - self.alike_before(which, first)
    }

    /// The day of the week of a place, from Monday on: 1 January of the year 1 is one.
    fn weekday(self, place: u32) -> u32 {
        (days_before(self.first) + place) % 7
    }

    /// The Monday of a week; weeks are of the year that has their Thursday. None if the year has no such week.
    pub(super) fn monday(self, year: u16, week: u16) -> Option<Date> {
        let fourth = self.place((year, 1, 4));
        let monday = (fourth + 7 * u32::from(week - 1)).checked_sub(self.weekday(fourth))?;
        let date = (monday < self.places()).then(|| self.date(monday))?;
        (self.week(date) == (year, week)).then_some(date)
    }

    /// The year of a day's week, and the number of the week.
    pub(super) fn week(self, date: Date) -> (u16, u16) {
        let place = self.place(date);
        let thursday = (place + 3).saturating_sub(self.weekday(place));
        let (year, _, _) = self.date(thursday.min(self.places() - 1));
        let week = (thursday - self.before(year)) / 7 + 1;
        (year, week as u16)
    }

    pub(super) fn is(self, which: Which, place: u32, (_, month, day): Date, leap: bool) -> bool {
        let months = |n: u8, rest: u16| month % u16::from(n) == rest % u16::from(n);
        match which {
            Which::Every => true,
            Which::Working => self.weekday(place) < 5,
            Which::Weekly(k) => self.weekday(place) == u32::from(k),
            Which::Starts(n) => day == 1 && months(n, 1),
            Which::Ends(n) => day == days(month, leap) && months(n, 0),
        }
    }

    /// Whether a date is of some kind of days.
    pub(super) fn has(self, which: Which, date: Date) -> bool {
        self.is(which, self.place(date), date, is_leap(date.0))
    }
}

/// Days from the year 1 on that are before a year.
fn days_before(year: u16) -> u32 {
    let years = u32::from(year - 1);
    365 * years + years / 4 - years / 100 + years / 400
}

pub(super) fn is_leap(year: u16) -> bool {
    let century = year.is_multiple_of(100) && !year.is_multiple_of(400);
    year.is_multiple_of(4) && !century
}

pub(super) fn days(month: u16, leap: bool) -> u16 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u16::from(leap),
        _ => 31,
    }
}

/// A stretch of a calendar, by places in it: the first, and the last.
pub(super) type Span = (u32, u32);

#[cfg(test)]
mod tests {
    use super::*;

    const CENTURY: Calendar = Calendar {
        first: 2000,
        years: 100,
        by_days: true,
    };

    #[test]
    fn days_of_a_kind_are_counted_as_one_by_one() {
        for calendar in [
            CENTURY,
            Calendar {
                first: 1800,
                years: 300,
                ..CENTURY
            },
        ] {
            for which in Which::all() {
                let mut count = 0;
                for place in 0..3000 {
                    assert_eq!(calendar.alike_before(which, place), count, "{which:?}");
                    count += u32::from(calendar.has(which, calendar.date(place)));
                }
            }
        }
    }

    #[test]
    fn weeks_are_those_of_iso_8601() {
        for (date, week) in [
            ((2024, 12, 30), (2025, 1)),
            ((2021, 1, 3), (2020, 53)),
            ((2023, 1, 1), (2022, 52)),
            ((2026, 12, 1), (2026, 49)),
        ] {
            assert_eq!(CENTURY.week(date), week);
        }
        assert_eq!(CENTURY.monday(2025, 1), Some((2024, 12, 30)));
        assert_eq!(CENTURY.monday(2020, 53), Some((2020, 12, 28)));
        assert_eq!(CENTURY.monday(2021, 53), None);
        for place in (0..3000).chain(36_400..CENTURY.places()) {
            let (year, week) = CENTURY.week(CENTURY.date(place));
            let monday = CENTURY.monday(year, week).map(|date| CENTURY.place(date));
            // The first days of a calendar may be of a week before it.
            let is_first = place < 3;
            assert!(is_first || monday.is_some_and(|m| m <= place && place < m + 7));
        }
    }

    #[test]
    fn days_of_the_week_are_right() {
        // 29 February 2024 was a Thursday, 20 July 1969 a Sunday.
        assert!(CENTURY.has(Which::Weekly(3), (2024, 2, 29)));
        let long = Calendar {
            first: 1800,
            years: 300,
            by_days: true,
        };
        assert!(long.has(Which::Weekly(6), (1969, 7, 20)));
        assert!(!long.has(Which::Working, (1969, 7, 20)));
    }
}
