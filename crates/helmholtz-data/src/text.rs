//! A byte stream turned into checked text, the ground all readers stand on.
//!
//! Below it, gzip is unpacked ([`plain`]) and bytes become characters ([`Decoded`]). [`Text`] makes every line end (`\r\n`,
//! `\r`) a plain `\n`, and stops at a NUL and at a record that grows beyond the limit. So each reader above sees the same
//! clean text and none repeats these checks. It works in chunks of 64 KiB and is itself a [`BufRead`], hence our errors
//! travel inside `io::Error` where other crates read through it.

use std::io::{self, BufRead, Read};

use super::decode::Decoded;
use super::unpack::plain;
use super::{DataError, Problem, ReadOptions};

/// The bytes read at a time.
pub(super) const CHUNK: usize = 64 << 10;

/// Checked text over a byte stream.
pub(super) struct Text<'a> {
    input: Decoded<'a>,
    name: String,
    /// Characters not yet checked.
    raw: String,
    /// Checked text, handed out up to `given`.
    ready: Vec<u8>,
    given: usize,
    ended: bool,
    /// Where checking has got to.
    line: u64,
    after_return: bool,
    /// Where the first bytes stand that are not of the encoding.
    fault: Option<u64>,
    /// The record being read: the line it starts on, and a lower bound on its bytes so far.
    record_line: u64,
    record_bytes: usize,
    max_record_bytes: usize,
}

impl<'a> Text<'a> {
    /// The text of a stream; `name` stands for it in errors.
    pub(super) fn open(
        input: impl Read + 'a,
        name: &str,
        options: &ReadOptions,
    ) -> Result<Self, DataError> {
        let input = Decoded::new(plain(input, name)?, options.encoding.as_deref());
        Ok(Self {
            input: input.map_err(|problem| problem.in_file(name))?,
            name: name.into(),
            raw: String::new(),
            ready: Vec::new(),
            given: 0,
            ended: false,
            line: 1,
            after_return: false,
            fault: None,
            record_line: 0,
            record_bytes: 0,
            max_record_bytes: options.limits.max_record_bytes,
        })
    }

    /// The text that comes next, up to a chunk, and whether it is all that is left.
    pub(super) fn head(&mut self) -> Result<(&str, bool), DataError> {
        if let Err(problem) = self.fill_buf() {
            return Err(self.error(problem));
        }
        // Chunks end where characters do.
        let head = std::str::from_utf8(&self.ready[self.given..]).unwrap_or_default();
        Ok((head, self.ended))
    }

    /// What was guessed so far of the encoding, in sentences.
    pub(super) fn remarks(&self) -> Vec<String> {
        self.input.remarks(self.fault)
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
        while self.ready.is_empty() && !self.ended {
            self.raw.clear();
            let chunk = self.input.next(&mut self.raw);
            let chunk = chunk.map_err(|problem| self.error(problem))?;
            self.ended = chunk.ended;
            if let Some(place) = chunk.fault {
                self.accept(0, place)?;
                self.fault = Some(self.line);
            }
            self.accept(chunk.fault.unwrap_or(0), self.raw.len())?;
        }
        Ok(())
    }

    /// Moves a part of `raw` to `ready`, with plain line ends.
    fn accept(&mut self, from: usize, to: usize) -> Result<(), DataError> {
        for &byte in &self.raw.as_bytes()[from..to] {
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
        Ok(())
    }

    /// The error for a record beyond the limit.
    fn too_long(&self) -> DataError {
        Problem::RecordTooLong(self.max_record_bytes).on_line(&self.name, self.record_line)
    }
}

impl BufRead for Text<'_> {
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

impl Read for Text<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}
