//! A byte stream turned into checked text, the ground all readers stand on.
//!
//! [`Text`] drops a byte order mark, makes every line end (`\r\n`, `\r`) a plain `\n`, and stops at a NUL
//! byte, at bytes that are not UTF-8, and at a record that grows beyond the limit. So each reader above
//! sees the same clean text and none repeats these checks. It works in chunks of 64 KiB and is itself
//! a [`BufRead`], hence our errors travel inside `io::Error` where other crates read through it.

use std::io::{self, BufRead, Read};

use super::{DataError, Problem};

/// The bytes read at a time.
const CHUNK: usize = 64 << 10;

/// Checked text over a byte stream.
pub(super) struct Text<R> {
    input: R,
    name: String,
    /// Bytes not yet checked; between refills at most the three of a character cut by the chunk's end.
    raw: Vec<u8>,
    /// Checked text, handed out up to `given`.
    ready: Vec<u8>,
    given: usize,
    /// Where checking has got to: the line, and the byte of the stream at which `raw` starts.
    line: u64,
    offset: u64,
    after_return: bool,
    /// The record being read: the line it starts on, and a lower bound on its bytes so far.
    record_line: u64,
    record_bytes: usize,
    max_record_bytes: usize,
}

impl<R: Read> Text<R> {
    /// The text of a stream; `name` stands for it in errors.
    pub(super) fn new(input: R, name: &str, max_record_bytes: usize) -> Self {
        Self {
            input,
            name: name.into(),
            raw: Vec::new(),
            ready: Vec::new(),
            given: 0,
            line: 1,
            offset: 0,
            after_return: false,
            record_line: 0,
            record_bytes: 0,
            max_record_bytes,
        }
    }

    /// Says that a new record starts on this line, and so may again be as long as the limit.
    pub(super) fn begin_record(&mut self, line: u64) {
        self.record_line = line;
        self.record_bytes = 0;
    }

    /// Reads one line, without its end, into the buffer; returns its number, or `None` after the last.
    pub(super) fn next_line(&mut self, buffer: &mut String) -> Result<Option<u64>, DataError> {
        buffer.clear();
        self.begin_record(self.record_line + 1);
        let read = self
            .read_line(buffer)
            .map_err(|problem| self.error(problem))?;
        if buffer.ends_with('\n') {
            buffer.pop();
        }
        Ok((read > 0).then_some(self.record_line))
    }

    /// The typed error for an I/O error that came through this text.
    pub(super) fn error(&self, problem: io::Error) -> DataError {
        DataError::reading(&self.name, self.line, problem)
    }

    /// Reads and checks the next chunk. Nothing is ready afterwards only at the end of the stream.
    fn refill(&mut self) -> Result<(), DataError> {
        self.ready.clear();
        self.given = 0;
        let read = self
            .input
            .by_ref()
            .take(CHUNK as u64)
            .read_to_end(&mut self.raw);
        let ended = read.map_err(|problem| self.error(problem))? < CHUNK;
        if self.offset == 0 && self.raw.starts_with("\u{feff}".as_bytes()) {
            self.raw.drain(..3);
            self.offset = 3;
        }
        let (valid, sound) = match std::str::from_utf8(&self.raw) {
            Ok(text) => (text.len(), true),
            Err(fault) => (fault.valid_up_to(), fault.error_len().is_none() && !ended),
        };
        self.accept(valid)?;
        if sound { Ok(()) } else { Err(self.not_utf8()) }
    }

    /// Moves valid UTF-8 from `raw` to `ready`, with plain line ends.
    fn accept(&mut self, valid: usize) -> Result<(), DataError> {
        for &byte in &self.raw[..valid] {
            match byte {
                0 => return Err(Problem::NulByte.on_line(&self.name, self.line)),
                b'\n' if self.after_return => {} // the second half of a `\r\n`
                b'\r' | b'\n' => {
                    self.ready.push(b'\n');
                    self.line += 1;
                }
                _ => self.ready.push(byte),
            }
            self.after_return = byte == b'\r';
        }
        self.raw.drain(..valid);
        self.offset += valid as u64;
        Ok(())
    }

    /// The error for the bytes at the start of `raw`, with a guess at what they are.
    fn not_utf8(&self) -> DataError {
        let utf16 = self.offset == 0 && matches!(self.raw[..], [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
        let encoding = if utf16 { "UTF-16" } else { "WINDOWS-1252" };
        Problem::NotUtf8 {
            offset: self.offset,
            encoding,
        }
        .on_line(&self.name, self.line)
    }

    /// The error for a record beyond the limit.
    fn too_long(&self) -> DataError {
        Problem::RecordTooLong(self.max_record_bytes).on_line(&self.name, self.record_line)
    }
}

impl<R: Read> BufRead for Text<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.given == self.ready.len() {
            if self.record_bytes > self.max_record_bytes {
                return Err(io::Error::other(self.too_long()));
            }
            self.refill().map_err(io::Error::other)?;
            self.record_bytes += self.ready.len();
        }
        Ok(&self.ready[self.given..])
    }

    fn consume(&mut self, amount: usize) {
        self.given += amount;
    }
}

impl<R: Read> Read for Text<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}
