//! The objects of a JSON file, one at a time: its lines, or the elements of the array that it is.

use std::io::BufRead;

use super::error::excerpt;
use super::text::Text;
use super::{DataError, Problem};

/// The objects of a text.
pub(super) struct Elements<'a> {
    text: Text<'a>,
    name: String,
    /// Where it has got to in an array; lines are counted by the text.
    array: Option<Array>,
}

/// How far an array was read.
struct Array {
    line: u64,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Before,
    First,
    Between,
    After,
}

impl<'a> Elements<'a> {
    pub(super) fn new(mut text: Text<'a>, name: &str) -> Result<Self, DataError> {
        let array = text.head()?.0.trim_start().starts_with('[');
        let (line, state) = (1, State::Before);
        Ok(Self {
            text,
            name: name.into(),
            array: array.then_some(Array { line, state }),
        })
    }

    /// Reads the next object into the buffer and returns the line it starts on, or `None` after the last.
    pub(super) fn next(&mut self, buffer: &mut String) -> Result<Option<u64>, DataError> {
        let Some(array) = self.array.as_mut() else {
            loop {
                let line = self.text.next_line(buffer)?;
                if line.is_none() || !buffer.trim().is_empty() {
                    return Ok(line);
                }
            }
        };
        let name = &self.name;
        array.next(&mut self.text, buffer, name)
    }

    /// Whether each object is a line.
    pub(super) fn are_lines(&self) -> bool {
        self.array.is_none()
    }

    /// What was guessed of the text, in sentences.
    pub(super) fn remarks(&self) -> Vec<String> {
        self.text.remarks()
    }
}

impl Array {
    /// As [`Elements::next`].
    fn next(
        &mut self,
        text: &mut Text,
        buffer: &mut String,
        name: &str,
    ) -> Result<Option<u64>, DataError> {
        text.begin_record(self.line);
        loop {
            let byte = self.peek(text)?;
            let state = match (self.state, byte) {
                (_, Some(b' ' | b'\t' | b'\n')) => self.state,
                (State::Before, Some(b'[')) => State::First,
                (State::First | State::Between, Some(b']')) => State::After,
                (State::Between, Some(b',')) => {
                    self.step(text, b',');
                    self.blanks(text)?;
                    return self.element(text, buffer, name).map(Some);
                }
                (State::First, Some(byte)) if byte != b',' => {
                    return self.element(text, buffer, name).map(Some);
                }
                (State::After, None) => return Ok(None),
                (_, None) => return Err(self.bad(name, "the array is not closed")),
                (State::After, _) => return Err(self.bad(name, "something follows the array")),
                _ => return Err(self.bad(name, "expected `,` or `]`")),
            };
            self.state = state;
            self.step(text, byte.unwrap_or_default());
        }
    }

    /// Reads an element up to what ends it.
    fn element(
        &mut self,
        text: &mut Text,
        buffer: &mut String,
        name: &str,
    ) -> Result<u64, DataError> {
        let (start, mut bytes) = (self.line, vec![]);
        text.begin_record(start);
        let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
        while let Some(byte) = self.peek(text)? {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                _ if quoted => {}
                b'[' | b'{' => depth += 1,
                b',' | b']' if depth == 0 => break,
                b']' | b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            bytes.push(byte);
            self.step(text, byte);
        }
        // The text is UTF-8, and what ends an element is no part of a character.
        buffer.clear();
        buffer.push_str(String::from_utf8_lossy(&bytes).trim_end());
        if buffer.is_empty() {
            return Err(self.bad(name, "expected an object"));
        }
        self.state = State::Between;
        Ok(start)
    }

    fn blanks(&mut self, text: &mut Text) -> Result<(), DataError> {
        while let Some(byte @ (b' ' | b'\t' | b'\n')) = self.peek(text)? {
            self.step(text, byte);
        }
        Ok(())
    }

    fn peek(&self, text: &mut Text) -> Result<Option<u8>, DataError> {
        match text.fill_buf() {
            Ok(ready) => Ok(ready.first().copied()),
            Err(problem) => Err(text.error(problem)),
        }
    }

    /// Goes on behind a byte.
    fn step(&mut self, text: &mut Text, byte: u8) {
        text.consume(1);
        self.line += u64::from(byte == b'\n');
    }

    fn bad(&self, name: &str, fault: &str) -> DataError {
        let (column, fault) = (1, excerpt(fault));
        Problem::BadJson { column, fault }.on_line(name, self.line)
    }
}
