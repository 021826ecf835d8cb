//! Which days a column speaks of: a stretch of them, every day or those that are alike.

use super::calendar::{Calendar, Date, Span, days, is_leap};
use super::which::Which;

/// What days a column speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Days {
    pub(super) stretch: Span,
    pub(super) which: Which,
    /// Whether others are rarer than usual.
    pub(super) firm: bool,
    /// Days of that kind in the stretch, and in a wider one.
    counts: (u32, u32),
}

/// How often a date is of the usual stretch, of that with as much again before and behind it, and any of the calendar: columns grow.
const USUAL: [f64; 3] = [0.8, 0.15, 0.05];
/// The same of a stretch that is firm.
const FIRM: [f64; 3] = [0.98, 0.015, 0.005];
/// So many places are before and behind a stretch that is shorter.
const MARGIN: u32 = 31;
/// Most columns begin in one of these years.
const RECENT: std::ops::Range<u16> = 2000..2030;
const RECENTLY: f64 = 0.7;
/// Days are of a kind if so large a share of them is.
const MOSTLY: f64 = 0.9;
/// Of so many days one may be far from the others, such as 1900-01-01 for one that nobody knows; and so many of few.
const FAR: (usize, usize) = (20, 3);

/// How a date lies to the days that its column speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// One of them, or a day that may come next.
    Usual,
    /// Not of their kind, such as a Sunday among working days.
    Exception,
    /// Farther from them than half of the time that they span, and than a month.
    Far,
}

impl Days {
    fn new(calendar: Calendar, stretch: Span, which: Which, firm: bool) -> Self {
        let wide = wider(calendar, stretch);
        Self {
            stretch,
            which,
            firm,
            counts: (calendar.alike(which, stretch), calendar.alike(which, wide)),
        }
    }

    /// Of a kind between two dates of a calendar, if there are such.
    pub(super) fn between(
        calendar: Calendar,
        (first, last): (Date, Date),
        which: Which,
        firm: bool,
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
            firm,
        );
        (days.counts.0 > 0).then_some(days)
    }

    /// The first and the last date of the stretch.
    pub(super) fn dates(self, calendar: Calendar) -> (Date, Date) {
        (calendar.date(self.stretch.0), calendar.date(self.stretch.1))
    }

    /// What some dates may be of: of each kind that most of them are, stretches with all that are, or all but a few far ones.
    pub(super) fn fitted(calendar: Calendar, dates: &[Date]) -> Vec<Self> {
        let all = Which::all().flat_map(|which| {
            let own = dates.iter().filter(|date| calendar.has(which, **date));
            let mut places: Vec<u32> = own.map(|date| calendar.place(*date)).collect();
            places.sort_unstable();
            let is_apt = which == Which::Every
                || calendar.by_days && places.len() as f64 >= MOSTLY * dates.len() as f64;
            let stretches = if is_apt { stretches(&places) } else { vec![] };
            let both = stretches.into_iter();
            let both = both.flat_map(|stretch| [stretch, whole_years(calendar, stretch)]);
            both.flat_map(move |stretch| {
                [false, true].map(|firm| Self::new(calendar, stretch, which, firm))
            })
        });
        all.filter(|days| days.counts.0 > 0).collect()
    }

    /// ln of how likely a column is of these: a stretch of whole years, or of any days. It mostly begins in recent years, and
    /// is as likely of some length as of ten times that.
    pub(super) fn log_prior(self, calendar: Calendar) -> f64 {
        let (first, last) = self.stretch;
        let by_years = whole_years(calendar, self.stretch) == self.stretch;
        let units = |from: u16, to: u16| match by_years {
            true => u32::from(to - from),
            false => calendar.before(to) - calendar.before(from),
        };
        let (begin, end) = (calendar.date(first).0, calendar.date(last).0);
        let length = match by_years {
            true => units(begin, end + 1),
            false => last - first + 1,
        };
        let all = units(calendar.first, calendar.first + calendar.years);
        let recent = units(RECENT.start, RECENT.end);
        let (share, choices) = match RECENT.contains(&begin) {
            true => (RECENTLY, recent),
            false => (1.0 - RECENTLY, all - recent),
        };
        let begins = share.ln() - f64::from(choices).ln();
        // The harmonic number of all lengths, Euler's constant with its logarithm.
        let lengths = f64::from(all).ln() + 0.5772;
        begins - f64::from(length).ln() - lengths.ln() - 4f64.ln() + self.which.chance().ln()
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
        let usual = if self.firm { FIRM } else { USUAL };
        let each = usual.iter().zip(shares).filter(|(_, (is, _))| *is);
        each.map(|(share, (_, count))| share / f64::from(count))
            .sum()
    }

    /// How a date lies to these.
    pub(super) fn standing(self, calendar: Calendar, date: Date) -> Standing {
        let place = calendar.place(date);
        match calendar.is(self.which, place, date, is_leap(date.0)) {
            _ if is_far(self.stretch, place) => Standing::Far,
            true => Standing::Usual,
            false => Standing::Exception,
        }
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

/// Stretches of some places, in order: of all of them, and without a few that are far from all others, if there are such.
fn stretches(places: &[u32]) -> Vec<Span> {
    let (Some(first), Some(last)) = (places.first(), places.last()) else {
        return vec![];
    };
    let few = (places.len() / FAR.0).max(FAR.1);
    // There must be more others than are left out.
    let few = few.min(places.len().saturating_sub(1) / 2);
    let without = |far: usize| {
        let kept = places.windows(places.len() - far);
        let spans = kept.map(|kept| (kept[0], kept[kept.len() - 1]));
        let shortest = spans.min_by_key(|(first, last)| last - first)?;
        let outside = places.iter().filter(|place| is_far(shortest, **place));
        (outside.count() == far).then_some(shortest)
    };
    let shorter = (1..=few).filter_map(without);
    std::iter::once((*first, *last)).chain(shorter).collect()
}

/// Whether a place is far from a stretch.
fn is_far((first, last): Span, place: u32) -> bool {
    let beyond = first.saturating_sub(place) + place.saturating_sub(last);
    beyond > MARGIN.max((last - first) / 2)
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
    fn chances_of_days_and_of_their_kinds_sum_to_one() {
        let kinds = Which::all();
        assert!((kinds.map(Which::chance).sum::<f64>() - 1.0).abs() < 1e-12);
        for which in [Which::Working, Which::Ends(3), Which::Weekly(2)] {
            let days = Days::new(CENTURY, (700, 2900), which, false);
            let all = (0..CENTURY.places()).map(|p| days.chance(CENTURY, CENTURY.date(p)));
            assert!((all.sum::<f64>() - 1.0).abs() < 1e-9, "{which:?}");
        }
    }

    #[test]
    fn drawn_days_are_of_their_kind() {
        for which in Which::special() {
            let days = Days::new(CENTURY, (100, 2000), which, true);
            for k in 0..days.counts.0 {
                let date = days.drawn(CENTURY, |n| k.min(n - 1));
                assert!(CENTURY.has(which, date));
                assert!((100..=2000).contains(&CENTURY.place(date)));
            }
        }
    }

    #[test]
    fn all_stretches_have_a_probability() {
        let few = Calendar {
            first: 1999,
            years: 32,
            by_days: false,
        };
        let all = few.places();
        let spans = (0..all).flat_map(|first| (first..2 * all).map(move |last| (first, last)));
        // Those that would go on beyond the calendar are none, and have what is left.
        let within = spans.filter(|(_, last)| *last < all);
        let days = |span| [false, true].map(|firm| Days::new(few, span, Which::Every, firm));
        let each = within.flat_map(days).map(|days| days.log_prior(few).exp());
        let sum: f64 = each.sum();
        assert!(
            (0.5..=1.0).contains(&(sum / Which::Every.chance())),
            "{sum}"
        );
    }

    #[test]
    fn days_far_from_all_others_make_no_stretch() {
        let near: Vec<u32> = (0..60).map(|k| 45_000 + 3 * k).collect();
        let with = |far: &[u32]| {
            let mut places = [far, &near].concat();
            places.sort_unstable();
            stretches(&places)
        };
        let all = |places: &[u32]| (places[0], places[places.len() - 1]);
        assert_eq!(with(&[]), [all(&near)]);
        for far in [&[3][..], &[3, 9], &[3, 60_000]] {
            assert_eq!(with(far).last(), Some(&all(&near)), "{far:?}");
        }
        assert_eq!(stretches(&[1]), [(1, 1)]);
        assert_eq!(stretches(&[1, 9_000]), [(1, 9_000)]);
        // The next days are not far, and nor are those of the next month.
        assert_eq!(with(&[45_190, 45_250]).len(), 1);
    }

    #[test]
    fn days_lie_to_the_usual_ones() {
        let dates: Vec<Date> = (0..60).map(|k| CENTURY.date(7 * k)).collect();
        let odd = [CENTURY.date(9_999), CENTURY.date(73)];
        let all = Days::fitted(CENTURY, &[&dates[..], &odd].concat());
        let weekly = all.iter().rfind(|days| days.which != Which::Every);
        let standing = |place: u32| weekly.unwrap().standing(CENTURY, CENTURY.date(place));
        assert_eq!(standing(14), Standing::Usual);
        assert_eq!(standing(7 * 61), Standing::Usual);
        assert_eq!(standing(73), Standing::Exception);
        assert_eq!(standing(9_999), Standing::Far);
    }
}
