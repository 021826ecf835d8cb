//! Words in a picture.

use helmholtz_math::words::is_hidden;

/// The width of a character at the size of a document's text, about.
const CHARACTER: f64 = 7.0;

/// Which part of a text lies at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Its beginning.
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

/// A text that begins at a place.
pub fn label(place: (f64, f64), words: &str) -> String {
    text(place, Anchor::Start, words)
}

/// A text at a place, on its base line.
pub fn text((x, y): (f64, f64), anchor: Anchor, words: &str) -> String {
    let anchor = match anchor {
        Anchor::Start => "",
        Anchor::Middle => " text-anchor=\"middle\"",
        Anchor::End => " text-anchor=\"end\"",
    };
    let words = escape(words);
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\"{anchor}>{words}</text>\n")
}

/// Words as they stand in SVG and HTML, between tags or quotes. Characters that no such file may have, and those that turn
/// the direction of text, become `U+FFFD`.
pub fn escape(words: &str) -> String {
    let mut escaped = String::with_capacity(words.len());
    for c in words.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => escaped.push(c),
            c if is_hidden(c) || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// The room that words take, about.
pub fn text_width(words: &str) -> f64 {
    words.chars().count() as f64 * CHARACTER
}

/// As much of some words as there is room for, with `…` where some are missing.
pub fn fitted(words: &str, room: f64) -> String {
    if text_width(words) <= room {
        return words.to_owned();
    }
    let most = (room / CHARACTER).max(1.0) as usize - 1;
    words.chars().take(most).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_escaped() {
        assert_eq!(
            label((1.0, 2.0), "a<b & \"c\">\u{0}"),
            "<text x=\"1.0\" y=\"2.0\">a&lt;b &amp; &quot;c&quot;&gt;\u{fffd}</text>\n"
        );
        let middle = text((0.0, 0.0), Anchor::Middle, "x");
        assert!(middle.contains("text-anchor=\"middle\""));
    }

    #[test]
    fn long_words_are_cut() {
        assert_eq!(fitted("number", 6.0 * CHARACTER), "number");
        assert_eq!(fitted("numbers", 6.0 * CHARACTER), "numbe…");
        assert_eq!(fitted("numbers", -1.0), "…");
    }
}
