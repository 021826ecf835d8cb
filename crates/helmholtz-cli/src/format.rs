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

/// Reads `500M`, `8G`: bytes in thousands, millions and so on.
pub(crate) fn parse_size(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is no size; write 500M or 8G");
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let power = match &text[number.len()..] {
        "" | "B" => 0,
        "K" | "k" | "KB" | "kB" => 1,
        "M" | "MB" => 2,
        "G" | "GB" => 3,
        "T" | "TB" => 4,
        _ => return Err(wrong()),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    number.checked_mul(1000u64.pow(power)).ok_or_else(wrong)
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
        ];
        for (text, bytes) in sizes {
            assert_eq!(parse_size(text), Ok(bytes));
        }
        for text in ["", "G", "1.5G", "-1", "8X", "9é", "99999999999999T"] {
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
