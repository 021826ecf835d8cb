//! Bytes turned into characters, chunk by chunk.
//!
//! Text is UTF-8 unless it says otherwise (a byte order mark), a user does, or its bytes do. Bytes that are not UTF-8 are
//! read as Windows-1252, which is a guess and is told: all of them where no UTF-8 was seen, and one by one in text that
//! otherwise is UTF-8. What is not of an encoding that was named becomes U+FFFD and is counted.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, WINDOWS_1252};

use super::text::CHUNK;
use super::unpack::Plain;
use super::{Problem, encoding};

/// What stands for bytes that are no character.
const UNKNOWN: char = '\u{fffd}';

/// A stream of characters.
pub(super) struct Decoded<'a> {
    input: Box<dyn Read + 'a>,
    /// Bytes not yet decoded; between chunks at most the three of a character cut by the chunk's end.
    raw: Vec<u8>,
    mode: Mode,
    /// What was guessed.
    guess: Option<Guess>,
    /// Whether characters of several bytes were seen.
    utf8: bool,
    /// How many bytes, or places, are not of the encoding.
    faults: u64,
}

enum Mode {
    Utf8,
    Other(Decoder),
}

/// What was guessed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Guess {
    Utf16,
    Latin,
    Mixed,
}

/// What is known of a chunk.
pub(super) struct Chunk {
    /// Where the first character of the stream stands that is not of its encoding, in bytes, if it is in this chunk.
    pub(super) fault: Option<usize>,
    /// Whether it is the last.
    pub(super) ended: bool,
}

impl<'a> Decoded<'a> {
    /// The characters of a stream, in an encoding that was asked for or in the one that it seems to be in.
    pub(super) fn new(plain: Plain<'a>, asked: Option<&str>) -> Result<Self, Problem> {
        let mark = Encoding::for_bom(&plain.head).map(|(encoding, _)| encoding);
        let mark = mark.filter(|encoding| *encoding != encoding_rs::UTF_8);
        let bare = encoding::utf16(&plain.head).filter(|_| mark.is_none() && asked.is_none());
        let asked = asked.map(|name| encoding::asked(name, &plain.head));
        let other = asked.transpose()?.or(mark).or(bare);
        let utf8 = plain.head.starts_with("\u{feff}".as_bytes());
        let (mut plain, guess) = (plain, bare.map(|_| Guess::Utf16));
        if utf8 && other.is_none() {
            plain.head.drain(..3);
        }
        Ok(Self {
            input: plain.whole(),
            raw: vec![],
            mode: other.map_or(Mode::Utf8, |e| Mode::Other(e.new_decoder())),
            guess,
            utf8,
            faults: 0,
        })
    }

    /// Appends the next characters, which may be none although more follow.
    pub(super) fn next(&mut self, to: &mut String) -> io::Result<Chunk> {
        let mut input = self.input.by_ref().take(CHUNK as u64);
        let ended = input.read_to_end(&mut self.raw)? < CHUNK;
        let fault = match self.mode {
            Mode::Utf8 => self.utf8(to, ended)?,
            Mode::Other(_) => self.other(to, ended),
        };
        Ok(Chunk { fault, ended })
    }

    /// UTF-8, and bytes that are not, a guess each.
    fn utf8(&mut self, to: &mut String, ended: bool) -> io::Result<Option<usize>> {
        let mut raw = std::mem::take(&mut self.raw);
        let sound = std::str::from_utf8(&raw);
        let good = sound.map_or_else(|fault| fault.valid_up_to(), str::len);
        let cut = sound.is_err_and(|fault| fault.error_len().is_none()) && !ended;
        let mixed = good < raw.len() && !cut && self.guess(&raw)? == Guess::Mixed;
        let used = match mixed {
            true => self.mixed(&raw, to, ended),
            false => {
                to.push_str(std::str::from_utf8(&raw[..good]).unwrap_or_default());
                self.utf8 |= !raw[..good].is_ascii();
                (good, None)
            }
        };
        let fault = match self.mode {
            Mode::Utf8 => used.1,
            Mode::Other(_) => Some(to.len()),
        };
        raw.drain(..used.0);
        self.raw = raw;
        if let Mode::Other(_) = self.mode {
            self.other(to, ended);
        }
        Ok(fault)
    }

    /// UTF-8 with other bytes in it: how many bytes were read, and where the first of those stands.
    fn mixed(&mut self, raw: &[u8], to: &mut String, ended: bool) -> (usize, Option<usize>) {
        let (mut used, mut fault) = (0, None);
        for part in raw.utf8_chunks() {
            to.push_str(part.valid());
            used += part.valid().len();
            let bad = part.invalid();
            if bad.is_empty() || (!ended && used + bad.len() == raw.len() && is_cut(bad)) {
                break;
            }
            fault = fault.or((self.faults == 0).then_some(to.len()));
            to.push_str(&WINDOWS_1252.decode_without_bom_handling(bad).0);
            self.faults += bad.len() as u64;
            used += bad.len();
        }
        (used, fault)
    }

    /// What text is whose first bytes that are not UTF-8 are in this chunk.
    fn guess(&mut self, raw: &[u8]) -> io::Result<Guess> {
        if let Some(guess) = self.guess {
            return Ok(guess);
        }
        if encoding::is_binary(raw) {
            return Err(io::Error::other(Problem::NotText {
                what: "something binary",
                remedy: "name a file of text, or the encoding of this one",
            }));
        }
        let (mut good, mut bad) = (0, 0);
        for part in raw.utf8_chunks() {
            good += part.valid().chars().filter(|c| !c.is_ascii()).count();
            bad += usize::from(!part.invalid().is_empty());
        }
        let guess = match self.utf8 || good > 0 && good >= bad {
            true => Guess::Mixed,
            false => Guess::Latin,
        };
        if guess == Guess::Latin {
            self.mode = Mode::Other(WINDOWS_1252.new_decoder_without_bom_handling());
        }
        self.guess = Some(guess);
        Ok(guess)
    }

    /// Any other encoding.
    fn other(&mut self, to: &mut String, ended: bool) -> Option<usize> {
        let Mode::Other(decoder) = &mut self.mode else {
            return None;
        };
        let (mut from, mut fault) = (0, None);
        loop {
            let rest = &self.raw[from..];
            to.reserve(decoder.max_utf8_buffer_length(rest.len()).unwrap_or(CHUNK));
            let (result, read) = decoder.decode_to_string_without_replacement(rest, to, ended);
            from += read;
            match result {
                DecoderResult::InputEmpty => break,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => {
                    fault = fault.or((self.faults == 0).then_some(to.len()));
                    self.faults += 1;
                    to.push(UNKNOWN);
                }
            }
        }
        self.raw.clear();
        fault
    }

    /// The encoding that is not UTF-8, if it is another.
    fn name(&self) -> &'static str {
        match &self.mode {
            Mode::Utf8 => "UTF-8",
            Mode::Other(decoder) => decoder.encoding().name(),
        }
    }

    /// What was guessed and what could not be read, in sentences; the first of it stands on that line.
    pub(super) fn remarks(&self, line: Option<u64>) -> Vec<String> {
        let at = line.map_or(String::new(), |line| format!(" (the first on line {line})"));
        let (count, name) = (self.faults, self.name());
        let guess = self.guess.map(|guess| match guess {
            Guess::Utf16 => {
                format!("without a byte order mark, the text was read as {name}, a guess")
            }
            Guess::Latin => {
                format!("the bytes are not UTF-8{at} and were read as Windows-1252, a guess")
            }
            Guess::Mixed => {
                format!("bytes that are not UTF-8 were read as Windows-1252, a guess: {count}{at}")
            }
        });
        let guess = guess.map(|said| said + "; `--encoding` names another encoding");
        let lost = self.guess.is_none_or(|guess| guess == Guess::Utf16) && count > 0;
        let lost = lost.then(|| format!("bytes that are not {name} became U+FFFD: {count}{at}"));
        guess.into_iter().chain(lost).collect()
    }
}

/// Whether bytes are the beginning of a character.
fn is_cut(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|fault| fault.error_len().is_none())
}
