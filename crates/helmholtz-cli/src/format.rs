//! Numbers, times and strings the way people read and write them.

use std::time::Duration;

/// A character that separates cells: itself, or the word `tab`.
pub(crate) fn parse_delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        _ if text == "tab" || text == "\\t" => Ok(b'\t'),
        [byte] if byte.is_ascii() && !b"\"\n\r".contains(byte) => Ok(*byte),
        _ => Err("one ASCII character such as `|`, or the word tab".into()),
    }
}

/// Reads `90s`, `5m`, `1h30m`: whole numbers with units, the larger unit first.
pub(crate) fn parse_time(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no time; write 90s, 5m, 1h or 1h30m");
    let (mut seconds, mut rest) = (0u64, text);
    for (unit, size) in [('h', 3600), ('m', 60), ('s', 1)] {
        if let Some((number, after)) = rest.split_once(unit) {
            let number: u64 = number.parse().map_err(|_| wrong())?;
            let part = number.checked_mul(size).ok_or_else(wrong)?;
            seconds = seconds.checked_add(part).ok_or_else(wrong)?;
            rest = after;
        }
    }
    let said = !text.is_empty() && rest.is_empty();
    said.then(|| Duration::from_secs(seconds)).ok_or_else(wrong)
}

/// A time to go: `45s`, `2m 05s`, `1h 02m`.
pub(crate) fn time(seconds: f64) -> String {
    let s = seconds.max(0.0).round() as u64;
    match s {
        0..60 => format!("{s}s"),
        60..3600 => format!("{}m {:02}s", s / 60, s % 60),
        _ => format!("{}h {:02}m", s / 3600, s / 60 % 60),
    }
}

/// A probability by its logarithm, however small: `0.25`, `3.1e-14`, `0`.
pub(crate) fn probability(log_prob: f64) -> String {
    if log_prob == f64::NEG_INFINITY {
        return "0".to_owned();
    }
    if log_prob.exp() >= 1e-3 {
        return format!("{:.4}", log_prob.exp());
    }
    let log10 = log_prob / std::f64::consts::LN_10;
    // Rounding the mantissa may carry: 9.96e-5 is 1.0e-4.
    let (mut mantissa, mut exponent) = (10f64.powf(log10 - log10.floor()), log10.floor());
    if mantissa >= 9.95 {
        (mantissa, exponent) = (1.0, exponent + 1.0);
    }
    format!("{mantissa:.1}e{exponent:.0}")
}

/// A share in percent that is never rounded to all or nothing.
pub(crate) fn percent(share: f64) -> String {
    match share * 100.0 {
        p if p < 0.5 => "<1%".to_owned(),
        p if p >= 99.5 && share < 1.0 => ">99%".to_owned(),
        p => format!("{p:.0}%"),
    }
}

/// A string so that its extent can be seen: in quotes if it is empty or has blanks that would not show.
pub(crate) fn visible(text: &str) -> String {
    let hidden = text.is_empty()
        || text.starts_with(' ')
        || text.ends_with(' ')
        || text.contains("  ")
        || text.chars().any(char::is_control);
    if hidden {
        format!("{text:?}")
    } else {
        text.to_owned()
    }
}

/// Items two spaces apart, as many on a line as fit into `width` characters, but at least one.
pub(crate) fn wrap(items: &[String], width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for item in items {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 2 + item.chars().count() <= width => {
                line.push_str("  ");
                line.push_str(item);
            }
            _ => lines.push(item.clone()),
        }
    }
    lines
}

/// Two rows of cells as one line of characters.
pub(crate) fn half_blocks(rows: &[String]) -> String {
    let row = |i: usize| rows.get(i).map_or("", String::as_str).bytes();
    let line: String = row(0)
        .zip(row(1).chain(std::iter::repeat(b'.')))
        .map(|(upper, lower)| match (upper == b'#', lower == b'#') {
            (true, true) => '█',
            (true, false) => '▀',
            (false, true) => '▄',
            (false, false) => ' ',
        })
        .collect();
    line.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_they_are_said() {
        for (text, seconds) in [("90s", 90), ("5m", 300), ("1h", 3600), ("1h30m", 5400)] {
            assert_eq!(parse_time(text), Ok(Duration::from_secs(seconds)));
        }
        for text in [
            "",
            "5",
            "m",
            "5m1h",
            "-5s",
            "1.5h",
            "5 m",
            "99999999999999999999h",
        ] {
            assert!(parse_time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_to_go_are_short() {
        let said: Vec<String> = [4.4, 125.0, 3725.0].map(time).into();
        assert_eq!(said, ["4s", "2m 05s", "1h 02m"]);
    }

    #[test]
    fn small_probabilities_keep_their_size() {
        let log = |p: f64| p.ln();
        assert_eq!(probability(log(0.25)), "0.2500");
        assert_eq!(probability(log(3.14e-14)), "3.1e-14");
        assert_eq!(probability(log(9.97e-5)), "1.0e-4");
        assert_eq!(probability(-1e4), "1.1e-4343");
        assert_eq!(probability(f64::NEG_INFINITY), "0");
    }

    #[test]
    fn no_share_is_rounded_to_certainty() {
        assert_eq!(
            [0.0, 0.004, 0.126, 0.999, 1.0].map(percent),
            ["<1%", "<1%", "13%", ">99%", "100%"]
        );
    }

    #[test]
    fn blanks_that_would_not_show_are_quoted() {
        assert_eq!(
            ["a b", " a", "", "a\tb"].map(visible),
            ["a b", "\" a\"", "\"\"", "\"a\\tb\""]
        );
    }

    #[test]
    fn lines_are_filled_and_long_items_stand_alone() {
        let items = ["aa", "bb", "a long one", "c"].map(String::from);
        assert_eq!(wrap(&items, 7), ["aa  bb", "a long one", "c"]);
    }
}
