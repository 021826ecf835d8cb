//! Years, months, quarters, seasons: spans of time, and how long things took.

use super::dates::{Moment, moments, years};
use super::kit::{Column, Generator, Kit, named};
use super::lexicon::{MONTHS, WEEKDAYS};
use super::numbers::ordinal;

pub(super) const GENERATORS: &[(&str, Generator)] = named![
    year,
    recent_year,
    uncertain_year,
    year_span,
    decade,
    century,
    year_month,
    month_year,
    month_name,
    day_month,
    quarter,
    week,
    season_year,
    fiscal_year,
    academic_year,
    study_visit,
    hours_minutes,
    counted_time,
    day_of_week,
    geologic_age,
];

/// `1987`
fn year(k: &mut Kit) -> Column {
    let first = k.pick(&[1500, 1700, 1800, 1850, 1900, 1950]);
    Box::new(move |k| k.int(first, 2025).to_string())
}

/// `2014`, `2014.0`
fn recent_year(k: &mut Kit) -> Column {
    let (prefix, suffix) = k.pick(&[
        ("", ""),
        ("", ".0"),
        ("X", ""),
        ("FY", ""),
        ("", "*"),
        ("'", ""),
    ]);
    let first = k.int(1975, 2008);
    Box::new(move |k| format!("{prefix}{}{suffix}", k.int(first, first + 17)))
}

/// `c. 1650`, `before 1900`
fn uncertain_year(k: &mut Kit) -> Column {
    let first = k.pick(&[1000, 1400, 1600, 1800]);
    Box::new(move |k| {
        format!(
            "{}{}",
            k.pick(&["c. ", "c. ", "before ", "after ", ""]),
            k.int(first, 1950)
        )
    })
}

/// `1996-2003`
fn year_span(k: &mut Kit) -> Column {
    let (dash, brackets) = (k.pick(&["-", "-", "/", " to "]), k.chance(0.2));
    Box::new(move |k| {
        let first = k.int(1900, 2010);
        let span = format!("{first}{dash}{}", first + k.magnitude(1, 15));
        if brackets { format!("({span})") } else { span }
    })
}

/// `1980s`
fn decade(k: &mut Kit) -> Column {
    let era = k.pick(&["", "", "the ", "early ", "late "]);
    Box::new(move |k| format!("{era}{}0s", k.int(175, 202)))
}

/// `19th century`
fn century(k: &mut Kit) -> Column {
    let word = k.pick(&[" century", " c.", " cent. AD", "th c. BC"]);
    Box::new(move |k| format!("{}{word}", ordinal(k.int(1, 20))))
}

/// `2013-06`
fn year_month(k: &mut Kit) -> Column {
    moments(k, &["%Y-%m", "%Y-%m", "%Y/%m", "%YM%m", "%n/%Y", "%m.%y"])
}

/// `Jun-13`
fn month_year(k: &mut Kit) -> Column {
    moments(k, &["%b-%y", "%b %Y", "%B %Y", "%Y %b", "%b'%y"])
}

/// `June`
fn month_name(k: &mut Kit) -> Column {
    k.category(MONTHS)
}

/// `14 Jun`
fn day_month(k: &mut Kit) -> Column {
    moments(k, &["%e %b", "%b %e", "%d-%b", "%d/%m", "%n/%e", "%m-%d"])
}

/// `2013-Q2`
fn quarter(k: &mut Kit) -> Column {
    let years = (k.int(1985, 2005), k.int(2010, 2025));
    let format = k.pick(&["%Y-Q%q", "Q%q %Y", "%YQ%q", "Q%q/%y", "%Y.%q", "Qtr %q %Y"]);
    Box::new(move |k| Moment::draw(k, years).show(format))
}

/// `2013-W24`
fn week(k: &mut Kit) -> Column {
    let years = years(k);
    let format = k.pick(&["%Y-W", "%Yw", "W", "wk ", "KW ", "week_"]);
    Box::new(move |k| format!("{}{:02}", Moment::draw(k, years).show(format), k.int(1, 52)))
}

/// `Spring 2013`
fn season_year(k: &mut Kit) -> Column {
    let seasons = k.pick(&[
        "Spring, Summer, Autumn, Winter",
        "Fall, Spring",
        "wet, dry",
        "Sp, Su, Fa, Wi",
    ]);
    let (first, gap) = (k.int(1990, 2014), k.pick(&[" ", " ", "_", "-"]));
    Box::new(move |k| format!("{}{gap}{}", k.one(seasons), k.int(first, first + 10)))
}

/// `FY2013`
fn fiscal_year(k: &mut Kit) -> Column {
    let (label, gap) = (
        k.pick(&["FY", "FY", "CY", "AY", "H1", "1H"]),
        k.pick(&["", " ", "-"]),
    );
    let (first, modulus) = (k.int(1995, 2010), k.pick(&[100, 10_000]));
    Box::new(move |k| format!("{label}{gap}{:02}", k.int(first, first + 15) % modulus))
}

/// `2013/14`
fn academic_year(k: &mut Kit) -> Column {
    let (slash, first) = (k.pick(&["/", "/", "-", "-20"]), k.int(2000, 2009));
    Box::new(move |k| {
        let year = k.int(first, first + 15);
        format!("{year}{slash}{:02}", (year + 1) % 100)
    })
}

/// `Day 14`
fn study_visit(k: &mut Kit) -> Column {
    let unit = k.pick(&[
        "Day ", "Visit ", "Month ", "Cycle ", "T", "DAY", "Hour ", "t+",
    ]);
    let step = k.pick(&[1, 1, 2, 3, 7]);
    Box::new(move |k| {
        if k.chance(0.1) {
            "Baseline".to_string()
        } else {
            format!("{unit}{}", step * k.int(1, 16))
        }
    })
}

/// `2h 5m`
fn hours_minutes(k: &mut Kit) -> Column {
    let (hour, minute) = k.pick(&[
        ("h ", "m"),
        ("h", "m"),
        (" hr ", " min"),
        ("m ", "s"),
        ("d ", "h"),
    ]);
    let longest = k.int(1, 12);
    Box::new(move |k| format!("{}{hour}{}{minute}", k.int(0, longest), k.int(0, 59)))
}

/// `3 days`, `1 day`
fn counted_time(k: &mut Kit) -> Column {
    let unit = k.pick(&["day", "week", "month", "year", "hour", "min"]);
    let (top, tail) = (k.magnitude(14, 90), k.pick(&["", "", "", " ago", " old"]));
    Box::new(move |k| {
        let n = k.magnitude(1, top);
        format!("{n} {unit}{}{tail}", if n == 1 { "" } else { "s" })
    })
}

/// `Mon AM`
fn day_of_week(k: &mut Kit) -> Column {
    let (short, part) = (
        k.chance(0.6),
        k.pick(&["AM, PM", "morning, evening", "1, 2, 3", "a, b"]),
    );
    Box::new(move |k| {
        let day = k.one(WEEKDAYS);
        format!("{} {}", if short { &day[..3] } else { day }, k.one(part))
    })
}

/// `12.4 ka`
fn geologic_age(k: &mut Kit) -> Column {
    let (unit, top) = (
        k.pick(&[" ka", " Ma", " BP", " kyr", " Mya"]),
        k.pick(&[10.0, 100.0, 500.0]),
    );
    Box::new(move |k| format!("{}{unit}", k.decimal(0.1, top, 1)))
}
