//! Single numbers, in the many ways spreadsheets write them.

use super::kit::{Column, Generator, Kit, grouped, named};

pub(super) const GENERATORS: &[(&str, Generator)] = named![
    count,
    small_count,
    padded_count,
    large_count,
    signed_count,
    grouped_count,
    round_count,
    float_count,
    gappy_count,
    census_count,
    decimal,
    trimmed_decimal,
    signed_decimal,
    long_decimal,
    bare_decimal,
    comma_decimal,
    explicit_sign,
    scientific,
    probability,
    percent,
    percent_change,
    fraction,
    mixed_fraction,
    ordinals,
    multiple,
    rating,
    suffixed_count,
];

/// `1st`, `22nd`, `13th`
pub(super) fn ordinal(n: i64) -> String {
    let suffix = match (n % 10, n % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{n}{suffix}")
}

/// `4.50` as `4.5`, `4.00` as `4`
pub(super) fn trimmed(number: &str) -> String {
    number
        .trim_end_matches('0')
        .trim_end_matches('.')
        .to_string()
}

/// A ten to the power of `low..=high`.
pub(super) fn power(k: &mut Kit, low: u32, high: u32) -> i64 {
    10_i64.pow(k.int(low.into(), high.into()) as u32)
}

/// `3461`
fn count(k: &mut Kit) -> Column {
    let top = power(k, 2, 6);
    Box::new(move |k| k.magnitude(1, top).to_string())
}

/// `17`
fn small_count(k: &mut Kit) -> Column {
    let (low, width) = (k.pick(&[0, 0, 1, 10, 100]), k.magnitude(12, 90));
    Box::new(move |k| k.int(low, low + width).to_string())
}

/// `0042`
fn padded_count(k: &mut Kit) -> Column {
    let width = k.int(2, 6) as usize;
    let top = 10_i64.pow(width as u32 - 1) * 5;
    Box::new(move |k| format!("{:0width$}", k.magnitude(1, top)))
}

/// `28716430`
fn large_count(k: &mut Kit) -> Column {
    let low = power(k, 4, 8);
    Box::new(move |k| k.magnitude(low, low * 900).to_string())
}

/// `-213`
fn signed_count(k: &mut Kit) -> Column {
    let (top, negative) = (power(k, 2, 5), k.real(0.2, 0.9));
    Box::new(move |k| {
        format!(
            "{}{}",
            if k.chance(negative) { "-" } else { "" },
            k.magnitude(1, top)
        )
    })
}

/// `1,234,567`
fn grouped_count(k: &mut Kit) -> Column {
    let (separator, top) = (k.pick(&[",", ",", ",", " ", " ", ".", "'"]), power(k, 4, 9));
    Box::new(move |k| grouped(k.magnitude(100, top), separator))
}

/// `450000`
fn round_count(k: &mut Kit) -> Column {
    let (unit, top) = (power(k, 1, 5), k.magnitude(12, 400));
    Box::new(move |k| (unit * k.magnitude(1, top)).to_string())
}

/// `12.0`
fn float_count(k: &mut Kit) -> Column {
    let (top, zeros) = (power(k, 2, 5), k.pick(&[".0", ".0", ".00"]));
    Box::new(move |k| format!("{}{zeros}", k.magnitude(1, top)))
}

/// `12.0`, `nan`: what reading and writing a table again makes of whole numbers with gaps.
fn gappy_count(k: &mut Kit) -> Column {
    let (top, gap) = (
        power(k, 2, 5),
        k.pick(&["nan", "NaN", "NA", "None", "-", ".", "N/A", "-999"]),
    );
    let zero = k.pick(&["", ".0"]);
    Box::new(move |k| {
        if k.chance(0.2) {
            gap.to_string()
        } else {
            format!("{}{zero}", k.magnitude(1, top))
        }
    })
}

/// `12 450`, `< 100`, `-`: official statistics hide what is small.
fn census_count(k: &mut Kit) -> Column {
    let (separator, top) = (k.pick(&[",", " ", ""]), power(k, 4, 7));
    let hidden = k.pick(&["< 100", "-", "..", "x", "*"]);
    Box::new(move |k| {
        if k.chance(0.1) {
            hidden.to_string()
        } else {
            grouped(k.magnitude(100, top), separator)
        }
    })
}

/// `3.14`
fn decimal(k: &mut Kit) -> Column {
    let (top, places) = (
        k.pick(&[1.0, 5.0, 10.0, 40.0, 100.0, 1000.0]),
        k.int(2, 4) as usize,
    );
    let low = k.pick(&[0.0, 0.0, 0.5, 0.8]) * top;
    Box::new(move |k| k.decimal(low, top, places))
}

/// `4.5`, `4.52`
pub(super) fn trimmed_decimal(k: &mut Kit) -> Column {
    let (top, places) = (k.pick(&[1.0, 3.0, 10.0, 60.0, 300.0]), k.int(1, 3) as usize);
    Box::new(move |k| {
        let digits = k.int(1, places as i64) as usize;
        let text = k.decimal(0.1, top, digits);
        trimmed(&text)
    })
}

/// `-0.5423`
fn signed_decimal(k: &mut Kit) -> Column {
    let (size, places) = (k.pick(&[1.0, 2.0, 10.0, 90.0, 500.0]), k.int(2, 5) as usize);
    Box::new(move |k| k.decimal(-size, size, places))
}

/// `0.48137226`
fn long_decimal(k: &mut Kit) -> Column {
    let (low, high) = k.pick(&[
        (0.0, 1.0),
        (-1.0, 1.0),
        (0.0, 30.0),
        (-9.0, 0.0),
        (50.0, 500.0),
    ]);
    let places = k.int(6, 14) as usize;
    Box::new(move |k| k.decimal(low, high, places))
}

/// `.275`
fn bare_decimal(k: &mut Kit) -> Column {
    let places = k.int(2, 4) as usize;
    Box::new(move |k| format!(".{}", k.digits(places)))
}

/// `12,5`
fn comma_decimal(k: &mut Kit) -> Column {
    let (top, places) = (k.pick(&[5.0, 20.0, 100.0, 1000.0]), k.int(1, 3) as usize);
    Box::new(move |k| k.decimal(0.0, top, places).replace('.', ","))
}

/// `+3`, `-2`
fn explicit_sign(k: &mut Kit) -> Column {
    let (top, places) = (k.pick(&[15.0, 40.0, 300.0]), k.pick(&[0, 0, 1, 2]));
    Box::new(move |k| format!("{}{}", k.pick(&["+", "-"]), k.decimal(0.5, top, places)))
}

/// `1.3e-05`
fn scientific(k: &mut Kit) -> Column {
    let (places, e) = (
        k.int(1, 4) as usize,
        k.pick(&["e-0", "E-0", "e-", "e+0", "E+0", "e", "x10^"]),
    );
    Box::new(move |k| format!("{}{e}{}", k.decimal(1.0, 9.9, places), k.int(3, 9)))
}

/// `0.034`
fn probability(k: &mut Kit) -> Column {
    let places = k.int(2, 4) as usize;
    Box::new(move |k| {
        let bound = k.pick(&[1.0, 0.2, 0.05]);
        k.decimal(0.0, bound, places)
    })
}

/// `45.2%`
fn percent(k: &mut Kit) -> Column {
    let (sign, places) = (
        k.pick(&["%", "%", "%", " %", " pct"]),
        k.pick(&[0, 1, 1, 2]),
    );
    let top = k.pick(&[20.0, 100.0, 100.0]);
    Box::new(move |k| format!("{}{sign}", k.decimal(0.0, top, places)))
}

/// `+3.2%`
fn percent_change(k: &mut Kit) -> Column {
    let (plus, places, top) = (
        k.pick(&["+", ""]),
        k.int(1, 2) as usize,
        k.pick(&[9.0, 60.0]),
    );
    Box::new(move |k| format!("{}{}%", k.pick(&[plus, "-"]), k.decimal(0.0, top, places)))
}

/// `3/8`
fn fraction(k: &mut Kit) -> Column {
    let denominator = k.int(4, 60);
    let fixed = k.chance(0.4) && denominator >= 12;
    Box::new(move |k| {
        let bottom = if fixed {
            denominator
        } else {
            k.int(2, denominator)
        };
        format!("{}/{bottom}", k.int(1, bottom))
    })
}

/// `1 1/2`
fn mixed_fraction(k: &mut Kit) -> Column {
    let (gap, unit) = (
        k.pick(&[" ", " ", "-"]),
        k.pick(&["", "\"", " in", " cups"]),
    );
    Box::new(move |k| {
        format!(
            "{}{gap}{}{unit}",
            k.int(1, 12),
            k.one("1/2, 1/4, 3/4, 1/8, 3/8, 5/8, 7/8, 1/3, 2/3")
        )
    })
}

/// `22nd`
fn ordinals(k: &mut Kit) -> Column {
    let (prefix, suffix) = k.pick(&[
        ("", ""),
        ("", ""),
        ("T-", ""),
        ("", " place"),
        ("", " percentile"),
    ]);
    let top = k.magnitude(12, 99);
    Box::new(move |k| format!("{prefix}{}{suffix}", ordinal(k.int(1, top))))
}

/// `1.5x`
fn multiple(k: &mut Kit) -> Column {
    let (places, x) = (
        k.pick(&[0, 1, 2]),
        k.pick(&["x", "x", "X", " times", "-fold", " sigma"]),
    );
    Box::new(move |k| format!("{}{x}", k.decimal(1.0, 30.0, places)))
}

/// `4.5`, `4.5 stars`
fn rating(k: &mut Kit) -> Column {
    let (step, unit) = (
        k.pick(&[0.5, 0.1, 0.25]),
        k.pick(&["", "", " stars", "*", "/5"]),
    );
    let places = if step == 0.25 { 2 } else { 1 };
    Box::new(move |k| {
        format!(
            "{:.places$}{unit}",
            k.int(0, (5.0 / step) as i64) as f64 * step
        )
    })
}

/// `135`, `135b`, `120*`: numbers that somebody annotated
fn suffixed_count(k: &mut Kit) -> Column {
    let (marks, top) = (
        k.pick(&["a, b", "*, **", "A, B, C", "r, e", "(2), (3)", "?, !"]),
        power(k, 2, 4),
    );
    Box::new(move |k| {
        let number = k.int(1, top);
        if k.chance(0.35) {
            format!("{number}{}", k.one(marks))
        } else {
            number.to_string()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinals_know_the_teens() {
        let names = [1, 2, 3, 4, 11, 12, 13, 21, 112].map(ordinal);
        assert_eq!(names.join(" "), "1st 2nd 3rd 4th 11th 12th 13th 21st 112th");
    }

    #[test]
    fn trimming_leaves_significant_digits() {
        assert_eq!(["4.50", "4.00", "0.25"].map(trimmed), ["4.5", "4", "0.25"]);
    }
}
