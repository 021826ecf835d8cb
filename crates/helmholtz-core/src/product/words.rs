//! Numbers, shares and names the way people read them.

pub use helmholtz_math::words::{closest, is_hidden};

/// A probability by its logarithm, however small: `0.2500`, `3.1e-14`, `0`.
pub fn probability(log_prob: f64) -> String {
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
pub fn percent(share: f64) -> String {
    match share * 100.0 {
        p if p < 0.5 => "<1%".to_owned(),
        p if p >= 99.5 && share < 1.0 => ">99%".to_owned(),
        p => format!("{p:.0}%"),
    }
}

/// A string so that its extent can be seen: in quotes if it is empty or has blanks that would not show. Control
/// characters are escaped.
pub fn visible(text: &str) -> String {
    let hidden = text.is_empty()
        || text.starts_with(' ')
        || text.ends_with(' ')
        || text.contains("  ")
        || text
            .chars()
            .any(|c| c.is_control() || is_hidden(c) || c.is_whitespace() && c != ' ');
    match hidden {
        true => format!("{text:?}"),
        false => text.to_owned(),
    }
}

/// The most characters of something that stands in a column.
pub const WIDEST: usize = 60;

/// As much of a text as `most` characters hold, with dots where some are missing.
pub fn shortened(text: &str, most: usize) -> String {
    match text.chars().nth(most) {
        None => text.to_owned(),
        Some(_) => {
            let begun = text.chars().take(most.saturating_sub(3));
            begun.chain("...".chars()).collect()
        }
    }
}

/// Items two spaces apart, as many on a line as fit into `width` characters, but at least one.
pub fn wrap(items: &[String], width: usize) -> Vec<String> {
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

/// A series as a line of blocks.
pub fn spark(values: &[f64]) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let every = values.len().div_ceil(100).max(1);
    let block = |x: &f64| {
        let share = (x - low) / (high - low).max(f64::MIN_POSITIVE);
        BLOCKS[((share * 8.0) as usize).min(7)]
    };
    values.iter().step_by(every).map(block).collect()
}

/// Two rows of cells as one line of characters.
pub fn half_blocks(rows: &[String]) -> String {
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

/// What stands behind a program whose weight may be wrong.
pub fn mark(doubt: Option<&str>) -> &'static str {
    match doubt {
        Some(_) => "  (approximate)",
        None => "",
    }
}

/// A number of few digits, as wide as JSON has them: 0.1 stays 0.1.
pub fn widened(x: f32) -> f64 {
    // The shortest text that reads as this number; text of a float is one.
    x.to_string().parse().unwrap_or(f64::from(x))
}

/// A name without what does not belong in that of a file.
pub fn file_name(name: &str) -> String {
    let fits = |c: char| match c.is_alphanumeric() || "-_.".contains(c) {
        true => c,
        false => '-',
    };
    name.chars().map(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ["a b", " a", "", "a\tb", "a\u{a0}"].map(visible),
            ["a b", "\" a\"", "\"\"", "\"a\\tb\"", "\"a\\u{a0}\""]
        );
    }

    #[test]
    fn long_texts_are_cut() {
        assert_eq!(
            ["abc", "abcd", "ab\u{e4}\u{e4}\u{e4}"].map(|text| shortened(text, 4)),
            ["abc", "abcd", "a..."]
        );
        assert_eq!(shortened("abcd", 2), "...");
    }

    #[test]
    fn lines_are_filled_and_long_items_stand_alone() {
        let items = ["aa", "bb", "a long one", "c"].map(String::from);
        assert_eq!(wrap(&items, 7), ["aa  bb", "a long one", "c"]);
    }

    #[test]
    fn sparks_rise_from_the_least_to_the_greatest() {
        assert_eq!(spark(&[0.0, 1.0, 2.0]), "▁▅█");
        assert_eq!(spark(&[5.0, 5.0]).chars().count(), 2);
    }
}
