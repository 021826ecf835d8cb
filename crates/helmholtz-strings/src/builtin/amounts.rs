//! Money, ranges and statistics: numbers that come in pairs or with a sign of their own.

use super::kit::{Column, Generator, Kit, grouped, named};
use super::lexicon::CURRENCIES;
use super::numbers::{power, trimmed};

pub(super) const GENERATORS: &[(&str, Generator)] = named![
    p_value,
    dollars,
    currency_amount,
    accounting,
    short_money,
    ratio,
    number_range,
    round_range,
    age_band,
    money_band,
    tenure_band,
    bound,
    interval,
    estimate,
    mean_sd,
    statistic,
    tuple,
    number_list,
    out_of,
    count_and_percent,
    odds,
    tolerance,
];

/// `<0.001`, `0.034`
fn p_value(k: &mut Kit) -> Column {
    let (equal, less) = k.pick(&[
        ("", "<"),
        ("", "< "),
        ("p = ", "p < "),
        ("p=", "p<"),
        ("P=", "P<"),
    ]);
    Box::new(move |k| {
        if k.chance(0.15) {
            format!("{less}{}", k.pick(&["0.001", "0.01", "0.0001"]))
        } else {
            format!("{equal}{}", k.decimal(0.001, 0.2, 3))
        }
    })
}

/// `$1,250,000`
fn dollars(k: &mut Kit) -> Column {
    let (sign, top) = (k.pick(&["$", "$", "$ ", "US$", "-$"]), power(k, 3, 8));
    let cents = k.chance(0.3);
    Box::new(move |k| {
        let cents = if cents {
            format!(".{}", k.digits(2))
        } else {
            String::new()
        };
        format!(
            "{sign}{}{cents}",
            grouped(k.magnitude(top / 1000, top), ",")
        )
    })
}

/// `12.50 EUR`
fn currency_amount(k: &mut Kit) -> Column {
    let (code, first) = (k.one(CURRENCIES), k.chance(0.5));
    let (top, places) = (k.pick(&[50.0, 500.0, 20_000.0]), k.pick(&[0, 2, 2]));
    Box::new(move |k| {
        let amount = k.decimal(1.0, top, places);
        if first {
            format!("{code} {amount}")
        } else {
            format!("{amount} {code}")
        }
    })
}

/// `(1,250)`, `860`
fn accounting(k: &mut Kit) -> Column {
    let (top, separator) = (power(k, 3, 7), k.pick(&[",", ""]));
    Box::new(move |k| {
        let amount = grouped(k.magnitude(10, top), separator);
        if k.chance(0.4) {
            format!("({amount})")
        } else {
            amount
        }
    })
}

/// `$1.2M`
fn short_money(k: &mut Kit) -> Column {
    let (sign, unit) = (
        k.pick(&["$", "$", "", "EUR "]),
        k.pick(&["M", "k", "K", "bn", " million", "B"]),
    );
    let (places, top) = (k.pick(&[0, 1, 1]), k.pick(&[20.0, 100.0, 900.0]));
    Box::new(move |k| format!("{sign}{}{unit}", k.decimal(1.0, top, places)))
}

/// `3:1`
fn ratio(k: &mut Kit) -> Column {
    let (colon, top) = (k.pick(&[":", ":", " : ", " to "]), k.int(5, 60));
    Box::new(move |k| format!("{}{colon}{}", k.int(1, top), k.int(1, 9)))
}

/// `12-17`
fn number_range(k: &mut Kit) -> Column {
    let (dash, top) = (
        k.pick(&["-", "-", " - ", "..", " to ", ":"]),
        power(k, 2, 4),
    );
    Box::new(move |k| {
        let low = k.int(0, top);
        format!("{low}{dash}{}", low + k.magnitude(1, top / 4))
    })
}

/// `1000-1999`
fn round_range(k: &mut Kit) -> Column {
    let (step, dash) = (
        k.pick(&[5, 10, 25, 50, 100, 500, 1000]),
        k.pick(&["-", "-", " - ", " to "]),
    );
    let overlap = k.pick(&[0, 1]);
    Box::new(move |k| {
        let low = step * k.int(0, 18);
        format!("{low}{dash}{}", low + step - overlap)
    })
}

/// `25-34`, `65+`
fn age_band(k: &mut Kit) -> Column {
    let (step, unit) = (k.pick(&[5, 5, 10]), k.pick(&["", "", " years", "y"]));
    let (dash, open) = (
        k.pick(&["-", "-", " to ", "_"]),
        k.pick(&["+", "+", " and over", " plus"]),
    );
    Box::new(move |k| match k.int(0, 90 / step) * step {
        low if low >= 85 => format!("{low}{open}"),
        low => format!("{low}{dash}{}{unit}", low + step - 1),
    })
}

/// `$20k-$30k`
fn money_band(k: &mut Kit) -> Column {
    let (sign, unit) = (
        k.pick(&["$", "$", "", "EUR "]),
        k.pick(&["k", ",000", "K", "M"]),
    );
    let step = k.pick(&[5, 10, 25]);
    Box::new(move |k| match step * k.int(0, 14) {
        0 => format!("under {sign}{step}{unit}"),
        low => format!("{sign}{low}{unit}-{sign}{}{unit}", low + step),
    })
}

/// `< 1 year`, `3 years`, `10+ years`
fn tenure_band(k: &mut Kit) -> Column {
    let (unit, top) = (
        k.pick(&["year", "month", "week", "yr", "bedroom"]),
        k.int(9, 12),
    );
    Box::new(move |k| match k.int(0, top) {
        0 => format!("< 1 {unit}"),
        1 => format!("1 {unit}"),
        n if n == top => format!("{n}+ {unit}s"),
        n => format!("{n} {unit}s"),
    })
}

/// `<5`, `>=10`
fn bound(k: &mut Kit) -> Column {
    let (less, more) = k.pick(&[
        ("<", ">"),
        ("< ", "> "),
        ("<=", ">="),
        ("up to ", "over "),
        ("<", ">="),
    ]);
    let step = k.pick(&["", "", "0", "00", ".5", "%"]);
    Box::new(move |k| format!("{}{}{step}", k.pick(&[less, more]), k.int(1, 20)))
}

/// `(0.5,1]`
fn interval(k: &mut Kit) -> Column {
    let (open, close) = k.pick(&[("(", "]"), ("[", ")"), ("[", "]"), ("(", ")")]);
    let (comma, step) = (
        k.pick(&[",", ", ", ";"]),
        k.pick(&[0.1, 0.25, 1.0, 5.0, 20.0, 1000.0]),
    );
    Box::new(move |k| {
        let low = k.int(0, 15) as f64;
        let [low, high] = [low, low + 1.0].map(|n| trimmed(&format!("{:.2}", n * step)));
        format!("{open}{low}{comma}{high}{close}")
    })
}

/// `1.24 (0.98-1.57)`
fn estimate(k: &mut Kit) -> Column {
    let (open, dash, close) = k.pick(&[
        (" (", "-", ")"),
        (" [", ", ", "]"),
        (" (", " to ", ")"),
        (" (", "; ", ")"),
    ]);
    let places = k.int(1, 2) as usize;
    Box::new(move |k| {
        let (middle, half) = (k.real(0.5, 4.0), k.real(0.1, 0.5));
        let [low, high] = [middle - half, middle + half * 1.3];
        format!("{middle:.places$}{open}{low:.places$}{dash}{high:.places$}{close}")
    })
}

/// `12.3 +/- 2.1`
fn mean_sd(k: &mut Kit) -> Column {
    let (before, after) = k.pick(&[(" +/- ", ""), (" (", ")"), ("+-", ""), (" (SD ", ")")]);
    let top = k.pick(&[5.0, 40.0, 200.0]);
    Box::new(move |k| {
        format!(
            "{}{before}{}{after}",
            k.decimal(0.5, top, 1),
            k.decimal(0.1, top / 5.0, 1)
        )
    })
}

/// `t(23) = 2.14`
fn statistic(k: &mut Kit) -> Column {
    let name = k.pick(&["r = ", "z = ", "d = ", "r=", "beta = ", "OR="]);
    let freedom = k.chance(0.4);
    Box::new(move |k| {
        if freedom {
            format!("t({}) = {}", k.int(8, 120), k.decimal(-3.5, 3.5, 2))
        } else {
            format!("{name}{}", k.decimal(-0.9, 0.9, 2))
        }
    })
}

/// `(3, 7)`
fn tuple(k: &mut Kit) -> Column {
    let (open, close) = k.pick(&[("(", ")"), ("[", "]"), ("<", ">"), ("{", "}"), ("", "")]);
    let (comma, n, top) = (k.pick(&[", ", ","]), k.int(2, 3), k.magnitude(5, 500));
    Box::new(move |k| {
        let cells: Vec<_> = (0..n).map(|_| k.int(0, top).to_string()).collect();
        format!("{open}{}{close}", cells.join(comma))
    })
}

/// `1;2;5`: the boxes somebody ticked
fn number_list(k: &mut Kit) -> Column {
    let (comma, top) = (
        k.pick(&[",", ", ", ";", "; ", "|", " ", " & ", "+"]),
        k.int(5, 90),
    );
    Box::new(move |k| {
        let length = k.pick(&[1, 2, 2, 3, 4]);
        let mut items: Vec<_> = (0..length).map(|_| k.int(1, top)).collect();
        items.sort_unstable();
        items
            .iter()
            .map(i64::to_string)
            .collect::<Vec<_>>()
            .join(comma)
    })
}

/// `7/10`
fn out_of(k: &mut Kit) -> Column {
    let (of, total) = (
        k.pick(&["/", "/", " of ", " / ", " out of "]),
        k.pick(&[10, 12, 20, 50, 100]),
    );
    Box::new(move |k| format!("{}{of}{total}", k.int(0, total)))
}

/// `45 (12%)`
fn count_and_percent(k: &mut Kit) -> Column {
    let (open, close, places) = k.pick(&[
        (" (", "%)", 0),
        (" (", ")", 1),
        (" [", "%]", 1),
        ("; ", "%", 0),
    ]);
    Box::new(move |k| {
        format!(
            "{}{open}{}{close}",
            k.magnitude(1, 900),
            k.decimal(0.5, 99.0, places)
        )
    })
}

/// `7/2`, `+150`
fn odds(k: &mut Kit) -> Column {
    let american = k.chance(0.5);
    Box::new(move |k| {
        if american {
            format!("{}{}", k.pick(&["+", "-"]), 5 * k.int(20, 180))
        } else {
            format!("{}/{}", k.magnitude(1, 100), k.pick(&[1, 1, 2, 4, 5]))
        }
    })
}

/// `+-0.05`
fn tolerance(k: &mut Kit) -> Column {
    let (sign, unit) = (
        k.pick(&["+-", "+/-", "~", "~", ">", "ca. "]),
        k.pick(&["", "%", " mm", "m"]),
    );
    let top = k.pick(&[1.0, 10.0, 100.0]);
    Box::new(move |k| {
        let text = k.decimal(0.01, top, 2);
        format!("{sign}{}{unit}", trimmed(&text))
    })
}
