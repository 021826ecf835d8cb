//! Dates of tables, as numbers and back.

use jiff::Span;
use jiff::civil::{Date, DateTime, Time};

/// Dates that are written in another order than year, month and day, such as 8/21/2024.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Order {
    /// Month, day, year.
    MonthFirst,
    /// Day, month, year.
    DayFirst,
}

/// The three numbers of a date that ends with its year.
fn year_last(cell: &str) -> Option<[i16; 3]> {
    let parts: Vec<&str> = cell.split(['/', '.', '-']).collect();
    let [a, b, year] = parts[..] else { return None };
    let short = a.len() <= 2 && b.len() <= 2 && year.len() == 4;
    let number = |text: &str| text.parse::<i16>().ok();
    Some([number(a)?, number(b)?, number(year)?]).filter(|_| short)
}

/// The order that a column of dates is written in: some day of it is above 12 and tells.
fn order(texts: &[&str]) -> Option<Order> {
    let mut dates = texts.iter().filter_map(|cell| year_last(cell));
    dates.find_map(|[a, b, _]| match (a > 12, b > 12) {
        (true, false) => Some(Order::DayFirst),
        (false, true) => Some(Order::MonthFirst),
        _ => None,
    })
}

/// A date with a time of day, if a cell holds one.
fn moment(cell: &str, order: Option<Order>) -> Option<DateTime> {
    if let (Some([a, b, year]), Some(order)) = (year_last(cell), order) {
        let (day, month) = match order {
            Order::DayFirst => (a, b),
            Order::MonthFirst => (b, a),
        };
        let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
        return Some(Date::new(year, month, day).ok()?.at(0, 0, 0, 0));
    }
    let plain = cell.replace('/', "-");
    let day = |text: &str| text.parse::<Date>().ok().map(|d| d.at(0, 0, 0, 0));
    let at = || plain.trim_end_matches('Z').parse::<DateTime>().ok();
    let month = || {
        (plain.len() == 7)
            .then(|| day(&format!("{plain}-01")))
            .flatten()
    };
    // The parser of moments also reads plain days.
    at().or_else(|| day(&plain)).or_else(month)
}

/// Dates as numbers: of years if they differ in nothing else, of months if all are the same day of theirs,
/// else of days.
///
/// # Errors
/// The first row whose text is no date. Among numbers it is the word that is wrong, not the numbers.
pub(super) fn dates(texts: &[&str]) -> Result<(Vec<f64>, &'static str), usize> {
    let order = order(texts);
    let is_number = |cell: &&str| cell.parse::<f64>().is_ok();
    if texts.first().is_some_and(is_number) {
        return Err(texts.iter().position(|c| !is_number(c)).unwrap_or(0));
    }
    let read = texts.iter().enumerate();
    let read = read.map(|(row, cell)| moment(cell, order).ok_or(row));
    let moments: Vec<DateTime> = read.collect::<Result<_, _>>()?;
    let alike = |part: fn(&DateTime) -> i64| {
        let mut each = moments.iter().map(part);
        let first = each.next();
        each.all(|p| Some(p) == first)
    };
    let midnight = |m: &DateTime| {
        i64::from(m.hour()) * 3600 + i64::from(m.minute()) * 60 + i64::from(m.second())
    };
    let same_day = alike(|m| m.day().into()) && moments.iter().all(|m| midnight(m) == 0);
    let months = |m: &DateTime| f64::from(m.year()) * 12.0 + f64::from(m.month()) - 1.0;
    Ok(if same_day && alike(|m| m.month().into()) {
        (
            moments.iter().map(|m| f64::from(m.year())).collect(),
            "years",
        )
    } else if same_day {
        (moments.iter().map(months).collect(), "months")
    } else {
        let days = |m: &DateTime| {
            let since = m.date() - Date::constant(1970, 1, 1);
            f64::from(since.get_days()) + midnight(m) as f64 / 86_400.0
        };
        (moments.iter().map(days).collect(), "days")
    })
}

/// A time in the given unit as a date; `None` where it has no name.
pub(super) fn label(time: f64, unit: &str) -> Option<String> {
    match unit {
        "years" => Some(format!("{time:.0}")),
        "months" => {
            let months = time.round();
            let (year, month) = (months.div_euclid(12.0), months.rem_euclid(12.0) + 1.0);
            Some(format!("{year:04.0}-{month:02.0}"))
        }
        "days" => day(time),
        _ => None,
    }
}

/// Whether a cell looks like a date, whatever the order of its parts.
pub(super) fn is_date(cell: &str) -> bool {
    moment(cell, None).is_some() || year_last(cell).is_some()
}

/// The date of a number of days since 1970, with the time of day where it is not midnight.
fn day(time: f64) -> Option<String> {
    let seconds = (time * 86_400.0).round();
    // Beyond this the calendar has no names.
    if !(-3e11..2.5e11).contains(&seconds) {
        return None;
    }
    let epoch = Date::constant(1970, 1, 1).at(0, 0, 0, 0);
    let moment = epoch
        .checked_add(Span::new().seconds(seconds as i64))
        .ok()?;
    Some(match moment.time() == Time::midnight() {
        true => moment.date().to_string(),
        false => moment.strftime("%Y-%m-%d %H:%M").to_string(),
    })
}
