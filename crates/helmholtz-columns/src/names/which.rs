//! Days that are alike, such as ends of months.

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
    pub(super) fn special() -> impl Iterator<Item = Self> {
        let weekly = (0..7).map(Self::Weekly);
        let periods = PERIODS.into_iter();
        let periods = periods.flat_map(|(n, ..)| [Self::Starts(n), Self::Ends(n)]);
        std::iter::once(Self::Working).chain(weekly).chain(periods)
    }

    /// How likely a column is of these days.
    pub(super) fn chance(self) -> f64 {
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
