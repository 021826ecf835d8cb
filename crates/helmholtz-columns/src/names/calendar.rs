//! Days, and which of them a column speaks of: a stretch of them, every day or those that are alike, such as ends of months.

/// A date: its year, its month and its day.
pub type Date = (u16, u16, u16);

/// Days, or months, of so many years. Years of two digits are taken for those of this century.
#[derive(Clone, Copy)]
pub(super) struct Calendar {
    pub(super) first: u16,
    pub(super) years: u16,
    pub(super) by_days: bool,
}

impl Calendar {
    /// How many places are before a year.
    pub(super) fn before(self, year: u16) -> u32 {
        let leap = |year: u16| u32::from((year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400);
        let years = u32::from(year - self.first);
        match self.by_days {
            true => 365 * years + leap(year) - leap(self.first),
            false => 12 * years,
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
    fn alike_before(self, which: Which, place: u32) -> u32 {
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
    fn alike(self, which: Which, (first, last): Span) -> u32 {
        self.alike_before(which, last + 1) - self.alike_before(which, first)
    }

    /// The day of the week of a place, from Monday on: that of 1 January 1800 is Wednesday, and that of 2000 Saturday.
    fn weekday(self, place: u32) -> u32 {
        let first = if self.first == 1800 { 2 } else { 5 };
        (place + first) % 7
    }

    fn is(self, which: Which, place: u32, (_, month, day): Date, leap: bool) -> bool {
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
    fn has(self, which: Which, date: Date) -> bool {
        self.is(which, self.place(date), date, is_leap(date.0))
    }
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

/// Days that are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Which {
    /// All of them.
    Every,
    /// Monday to Friday.
    Working,
    /// Of each week the same, from Monday on.
    Weekly(u8),
    /// The first of a period of so many months.
    Starts(u8),
    /// The last of a period of so many months.
    Ends(u8),
}

/// Months of a period: a month, a quarter, a year.
const PERIODS: [(u8, &str, f64); 3] = [
    (1, "months", 0.02),
    (3, "quarters", 0.005),
    (12, "years", 0.005),
];
/// How likely a column is of working days, and of one day a week.
const WORKING: f64 = 0.05;
const WEEKLY: f64 = 0.03;
const WEEK: [&str; 7] = [
    "Mondays",
    "Tuesdays",
    "Wednesdays",
    "Thursdays",
    "Fridays",
    "Saturdays",
    "Sundays",
];

impl Which {
    /// All kinds of days.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        std::iter::once(Self::Every).chain(Self::special())
    }

    /// All but the first, every day.
    fn special() -> impl Iterator<Item = Self> {
        let weekly = (0..7).map(Self::Weekly);
        let periods = PERIODS.into_iter();
        let periods = periods.flat_map(|(n, ..)| [Self::Starts(n), Self::Ends(n)]);
        std::iter::once(Self::Working).chain(weekly).chain(periods)
    }

    /// How likely a column is of these days.
    fn chance(self) -> f64 {
        let of = |months: u8| PERIODS.iter().find(|p| p.0 == months).map_or(0.0, |p| p.2);
        match self {
            Self::Every => 1.0 - Self::special().map(Self::chance).sum::<f64>(),
            Self::Working => WORKING,
            Self::Weekly(_) => WEEKLY / 7.0,
            Self::Starts(n) | Self::Ends(n) => of(n),
        }
    }

    /// In words; none of every day.
    pub fn told(self) -> Option<String> {
        let of = |months: u8| PERIODS.iter().find(|p| p.0 == months).map_or("", |p| p.1);
        match self {
            Self::Every => None,
            Self::Working => Some("Mondays to Fridays".into()),
            Self::Weekly(day) => WEEK.get(usize::from(day)).map(|day| (*day).to_owned()),
            Self::Starts(n) => Some(format!("first days of {}", of(n))),
            Self::Ends(n) => Some(format!("last days of {}", of(n))),
        }
    }
}

/// What days a column speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Days {
    pub(super) stretch: Span,
    pub(super) which: Which,
    /// Days of that kind in the stretch, and in a wider one.
    counts: (u32, u32),
}

/// How often a date is of the usual stretch, of that with as much again before and behind it, and any of the calendar: columns grow.
const USUAL: [f64; 3] = [0.8, 0.15, 0.05];
/// So many places are before and behind a stretch that is shorter.
const MARGIN: u32 = 31;
/// Days are of a kind if so large a share of them is.
const MOSTLY: f64 = 0.9;
/// One day of so many may be far from the others, such as 1900-01-01 for one that nobody knows: if without it the stretch has less
/// than one part in so many.
const FAR: (usize, u32) = (50, 4);

impl Days {
    fn new(calendar: Calendar, stretch: Span, which: Which) -> Self {
        let wide = wider(calendar, stretch);
        Self {
            stretch,
            which,
            counts: (calendar.alike(which, stretch), calendar.alike(which, wide)),
        }
    }

    /// Of a kind between two dates of a calendar, if there are such.
    pub(super) fn between(
        calendar: Calendar,
        (first, last): (Date, Date),
        which: Which,
    ) -> Option<Self> {
        let is_date = |(year, month, day): Date| {
            (calendar.first..calendar.first + calendar.years).contains(&year)
                && (1..=12).contains(&month)
                && (1..=days(month, is_leap(year))).contains(&day)
        };
        if !is_date(first) || !is_date(last) || first > last {
            return None;
        }
        let days = Self::new(
            calendar,
            (calendar.place(first), calendar.place(last)),
            which,
        );
        (days.counts.0 > 0).then_some(days)
    }

    /// The first and the last date of the stretch.
    pub(super) fn dates(self, calendar: Calendar) -> (Date, Date) {
        (calendar.date(self.stretch.0), calendar.date(self.stretch.1))
    }

    /// What some dates may be of, all dates of each.
    pub(super) fn fitted(calendar: Calendar, dates: &[Date]) -> Vec<Self> {
        let mut places: Vec<u32> = dates.iter().map(|date| calendar.place(*date)).collect();
        places.sort_unstable();
        let (Some(first), Some(last)) = (places.first(), places.last()) else {
            return vec![];
        };
        let stretches = [Some((*first, *last)), without_far(&places)];
        let special = Which::special().filter(|which| {
            let own = dates.iter().filter(|date| calendar.has(*which, **date));
            calendar.by_days && own.count() as f64 >= MOSTLY * dates.len() as f64
        });
        let which: Vec<Which> = std::iter::once(Which::Every).chain(special).collect();
        let stretches = stretches.into_iter().flatten();
        let both = stretches.flat_map(|stretch| [stretch, whole_years(calendar, stretch)]);
        both.flat_map(|stretch| which.iter().map(move |w| Self::new(calendar, stretch, *w)))
            .filter(|days| days.counts.0 > 0)
            .collect()
    }

    /// ln of how likely a column is of these: a stretch of whole years, or of any days.
    pub(super) fn log_prior(self, calendar: Calendar) -> f64 {
        let choices = match whole_years(calendar, self.stretch) == self.stretch {
            true => u32::from(calendar.years),
            false => calendar.places(),
        };
        -2.0 * f64::from(choices).ln() - 2f64.ln() + self.which.chance().ln()
    }

    /// The probability of a date: it is as likely as others of its kind and stretch.
    pub(super) fn chance(self, calendar: Calendar, date: Date) -> f64 {
        let place = calendar.place(date);
        let within = |(first, last): Span| (first..=last).contains(&place);
        let alike = calendar.is(self.which, place, date, is_leap(date.0));
        let shares = [
            (alike && within(self.stretch), self.counts.0),
            (
                alike && within(wider(calendar, self.stretch)),
                self.counts.1,
            ),
            (true, calendar.places()),
        ];
        let each = USUAL.iter().zip(shares).filter(|(_, (is, _))| *is);
        each.map(|(share, (_, count))| share / f64::from(count))
            .sum()
    }

    /// Whether a date is of the stretch.
    pub(super) fn holds(self, calendar: Calendar, date: Date) -> bool {
        let (first, last) = self.stretch;
        (first..=last).contains(&calendar.place(date))
    }

    /// The date that is drawn by a way to draw from a range.
    pub(super) fn drawn(self, calendar: Calendar, mut below: impl FnMut(u32) -> u32) -> Date {
        // The day before which there are so many of its kind.
        let nth = calendar.alike_before(self.which, self.stretch.0) + below(self.counts.0);
        let (mut low, mut high) = self.stretch;
        while low < high {
            let middle = low + (high - low) / 2;
            match calendar.alike_before(self.which, middle + 1) > nth {
                true => high = middle,
                false => low = middle + 1,
            }
        }
        calendar.date(low)
    }
}

fn wider(calendar: Calendar, (first, last): Span) -> Span {
    let margin = (last - first + 1).max(MARGIN);
    let end = calendar.places() - 1;
    (first.saturating_sub(margin), (last + margin).min(end))
}

/// The whole years of a stretch.
fn whole_years(calendar: Calendar, (first, last): Span) -> Span {
    let (first, last) = (calendar.date(first).0, calendar.date(last).0);
    (calendar.before(first), calendar.before(last + 1) - 1)
}

/// The stretch of some places, in order, without the few that are far from all others, if there are such.
fn without_far(places: &[u32]) -> Option<Span> {
    let few = (places.len() / FAR.0).max(1);
    let shortest = |kept: usize| {
        let spans = places.windows(kept);
        let spans = spans.map(|kept| (kept[0], kept[kept.len() - 1]));
        spans.min_by_key(|(first, last)| last - first)
    };
    // As few as can be: there must be more others than are left out.
    let kept = (1..=few).filter_map(|far| places.len().checked_sub(far).filter(|n| *n > far));
    let all = places.last()? - places.first()? + 1;
    let is_short = |(first, last): &Span| (last - first + 1) * FAR.1 < all;
    kept.filter_map(shortest).find(is_short)
}

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

    #[test]
    fn chances_of_days_and_of_their_kinds_sum_to_one() {
        let kinds = Which::all();
        assert!((kinds.map(Which::chance).sum::<f64>() - 1.0).abs() < 1e-12);
        for which in [Which::Working, Which::Ends(3), Which::Weekly(2)] {
            let days = Days::new(CENTURY, (700, 2900), which);
            let all = (0..CENTURY.places()).map(|p| days.chance(CENTURY, CENTURY.date(p)));
            assert!((all.sum::<f64>() - 1.0).abs() < 1e-9, "{which:?}");
        }
    }

    #[test]
    fn drawn_days_are_of_their_kind() {
        for which in Which::special() {
            let days = Days::new(CENTURY, (100, 2000), which);
            for k in 0..days.counts.0 {
                let date = days.drawn(CENTURY, |n| k.min(n - 1));
                assert!(CENTURY.has(which, date) && days.holds(CENTURY, date));
            }
        }
    }

    #[test]
    fn a_day_far_from_all_others_makes_no_stretch() {
        let mut places: Vec<u32> = (0..60).map(|k| 45_000 + 3 * k).collect();
        assert_eq!(without_far(&places), None);
        places.insert(0, 3);
        assert_eq!(without_far(&places), Some((45_000, 45_177)));
        assert_eq!(without_far(&[1]), None);
        // No more than have to be are left out.
        let mut many: Vec<u32> = (0..200).map(|k| 45_000 + 3 * k).collect();
        many.splice(0..0, [3, 9]);
        assert_eq!(without_far(&many), Some((45_000, 45_597)));
    }
}
