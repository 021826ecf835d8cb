//! The one gate through which text goes out: what does something else than to be seen is shown as an escape.

use std::io::{self, Write};

use helmholtz::product::words::is_hidden;

use super::Style;

/// How hidden characters are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Escapes {
    /// As in Rust: `\u{1b}`.
    Words,
    /// The same, but emphasis passes: what is emphasised has been made harmless before.
    Styled,
    /// As JSON has them: `\u001b`. All that JSON does not escape itself stands in its strings.
    Json,
    /// Not at all: cells come back as they were.
    Nothing,
}

impl Escapes {
    /// Appends a text, as it may be shown.
    pub(super) fn push(self, text: &str, shown: &mut String) {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let own = Style::CODES.iter().find(|code| rest.starts_with(**code));
            let taken = match own {
                Some(code) if self == Self::Styled => {
                    shown.push_str(code);
                    code.len()
                }
                _ => {
                    self.push_one(c, shown);
                    c.len_utf8()
                }
            };
            rest = &rest[taken..];
        }
    }

    fn push_one(self, c: char, shown: &mut String) {
        match self {
            Self::Words | Self::Styled if is_hidden(c) => shown.extend(c.escape_default()),
            Self::Json if is_hidden(c) => {
                let units = c.encode_utf16(&mut [0; 2]).to_vec();
                units
                    .iter()
                    .for_each(|u| shown.push_str(&format!("\\u{u:04x}")));
            }
            _ => shown.push(c),
        }
    }
}

/// A writer of text in which nothing is hidden. Bytes that are no UTF-8 are shown as `\xff`.
pub(crate) struct Gate<W: Write> {
    inner: W,
    escapes: Escapes,
    /// The beginning of a character.
    begun: Vec<u8>,
}

impl<W: Write> Gate<W> {
    pub(super) fn new(inner: W, escapes: Escapes) -> Self {
        Self {
            inner,
            escapes,
            begun: vec![],
        }
    }

    /// What of some bytes may be shown; of a character that has only begun the rest may come.
    fn shown(&mut self, bytes: &[u8]) -> String {
        let all = [&std::mem::take(&mut self.begun), bytes].concat();
        let mut shown = String::with_capacity(all.len());
        let mut place = 0;
        for chunk in all.utf8_chunks() {
            self.escapes.push(chunk.valid(), &mut shown);
            place += chunk.valid().len() + chunk.invalid().len();
            let broken = chunk.invalid();
            let may_go_on = std::str::from_utf8(broken).is_err_and(|e| e.error_len().is_none());
            match place == all.len() && may_go_on {
                true => self.begun = broken.to_vec(),
                false => broken
                    .iter()
                    .for_each(|b| shown.push_str(&format!("\\x{b:02x}"))),
            }
        }
        shown
    }
}

impl<W: Write> Write for Gate<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.escapes == Escapes::Nothing {
            return self.inner.write(bytes);
        }
        let shown = self.shown(bytes);
        self.inner.write_all(shown.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(escapes: Escapes, pieces: &[&[u8]]) -> String {
        let mut gate = Gate::new(vec![], escapes);
        pieces
            .iter()
            .for_each(|piece| gate.write_all(piece).unwrap());
        String::from_utf8(gate.inner).unwrap()
    }

    #[test]
    fn what_would_do_something_is_shown() {
        let hostile = "a\x1b]0;title\x07\r\u{9b}2J\u{202e}b\tc\n\u{e4}".as_bytes();
        assert_eq!(
            through(Escapes::Words, &[hostile]),
            "a\\u{1b}]0;title\\u{7}\\r\\u{9b}2J\\u{202e}b\tc\n\u{e4}"
        );
        assert_eq!(
            through(Escapes::Json, &["\"\u{9b}\u{202e}\u{e0041}\"".as_bytes()]),
            "\"\\u009b\\u202e\\udb40\\udc41\""
        );
        assert_eq!(through(Escapes::Nothing, &[hostile]).as_bytes(), hostile);
    }

    #[test]
    fn emphasis_of_our_own_passes() {
        let bold = Style(true).bold("x");
        assert_eq!(through(Escapes::Styled, &[bold.as_bytes()]), bold);
        assert_eq!(through(Escapes::Styled, &[b"\x1b[31mx"]), "\\u{1b}[31mx");
        assert_eq!(through(Escapes::Words, &[b"\x1b[1mx"]), "\\u{1b}[1mx");
    }

    #[test]
    fn characters_come_in_pieces_and_broken_ones_are_shown() {
        assert_eq!(
            through(Escapes::Words, &[b"\xc3", b"\xa4", b"\xe2\x82", b"\xac"]),
            "\u{e4}\u{20ac}"
        );
        assert_eq!(
            through(Escapes::Words, &[b"a\xffb", b"\xe2\x82b"]),
            "a\\xffb\\xe2\\x82b"
        );
    }
}
