//! Numbers, times and strings the way people read and write them.

use std::time::Duration;

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

/// Reads `500M`, `1.5G`, `8GiB`: bytes in thousands, millions and so on, or in powers of 1,024.
pub(crate) fn parse_size(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is no size; write 500M, 1.5G or 8GiB");
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text[number.len()..].to_ascii_lowercase();
    let (prefix, base) = match unit.strip_suffix("ib") {
        Some(prefix) => (prefix, 1024.0_f64),
        None => (unit.strip_suffix('b').unwrap_or(&unit), 1000.0),
    };
    let power = ["", "k", "m", "g", "t"].iter().position(|p| *p == prefix);
    let power = power.filter(|power| *power > 0 || base == 1000.0);
    let plain = number.chars().all(|c| c.is_ascii_digit() || c == '.');
    let number: f64 = number.parse().ok().filter(|_| plain).ok_or_else(wrong)?;
    let bytes = number * base.powi(power.ok_or_else(wrong)? as i32);
    (bytes < u64::MAX as f64)
        .then_some(bytes.round() as u64)
        .ok_or_else(wrong)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_they_are_said() {
        for (text, seconds) in [("90s", 90), ("5m", 300), ("1h", 3600), ("1h30m", 5400)] {
            assert_eq!(parse_time(text), Ok(Duration::from_secs(seconds)));
        }
        let sizes = [
            ("12", 12),
            ("3K", 3000),
            ("500M", 500_000_000),
            ("8G", 8_000_000_000),
            ("1.5gb", 1_500_000_000),
            ("1GiB", 1 << 30),
            ("2m", 2_000_000),
        ];
        for (text, bytes) in sizes {
            assert_eq!(parse_size(text), Ok(bytes));
        }
        for text in [
            "",
            "G",
            ".",
            "1.5.5G",
            "-1",
            "8X",
            "8i",
            "8ib",
            "1e3",
            "inf",
            "9é",
            "99999999999999T",
        ] {
            assert!(parse_size(text).is_err(), "{text}");
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
}
