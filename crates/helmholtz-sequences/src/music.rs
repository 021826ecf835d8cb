//! Piano rolls: songs as lists of steps, and steps as lists of the notes that sound.
//!
//! A file is JSON, perhaps gzipped: an object with the lists `train`, `valid` and `test`, or one list of songs. A note is
//! a number from 0 (the lowest A of a piano) to 87.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use serde::Deserialize;

use helmholtz_core::filter::Sequence;

/// The keys of a piano.
pub const NOTES: usize = 88;
/// The most bytes that a file may have, uncompressed.
const LARGEST: u64 = 256 << 20;

/// The most lists in it, which are songs and steps: a step takes 352 bytes however few notes it has.
const MOST_LISTS: usize = 1 << 20;

/// Songs as they are learned from and judged by.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Songs {
    /// To learn from.
    pub train: Vec<Sequence>,
    /// To decide when to stop.
    pub valid: Vec<Sequence>,
    /// To be judged by.
    pub test: Vec<Sequence>,
}

/// Why a file holds no songs.
#[derive(Debug, thiserror::Error)]
pub enum MusicError {
    /// The file could not be read.
    #[error("it cannot be read ({0}); check the path")]
    Unreadable(#[from] io::Error),
    /// There is too much of it.
    #[error("it has over {} MiB uncompressed; split it", LARGEST >> 20)]
    TooLarge,
    /// There are too many songs or steps.
    #[error("it has over {MOST_LISTS} songs and steps; split it")]
    TooMany,
    /// It is something else.
    #[error(
        "line {line}, column {column}: {fault}; write songs as lists of steps, and steps as lists of notes"
    )]
    Malformed {
        /// The line, from 1.
        line: usize,
        /// The byte in it, from 1.
        column: usize,
        /// What was found or expected.
        fault: String,
    },
    /// A song has no step.
    #[error("song {song} of `{part}` is empty; leave it out")]
    EmptySong {
        /// Which list.
        part: &'static str,
        /// The song, from 1.
        song: usize,
    },
    /// A note is not on the piano.
    #[error(
        "song {song} of `{part}`, step {step}: there is no note {note}; notes are 0 to 87, MIDI numbers less 21"
    )]
    NoSuchNote {
        /// Which list.
        part: &'static str,
        /// The song, from 1.
        song: usize,
        /// The step, from 1.
        step: usize,
        /// The number that stands there.
        note: i64,
    },
    /// There is nothing to learn from.
    #[error("there is no song in `train`")]
    NoSongs,
}

type Roll = Vec<Vec<i64>>;

#[derive(Deserialize)]
struct Parts {
    train: Vec<Roll>,
    #[serde(default)]
    valid: Vec<Roll>,
    #[serde(default)]
    test: Vec<Roll>,
}

impl Songs {
    /// The songs of a file.
    ///
    /// # Errors
    /// When it cannot be read, or holds something else; the song and the step are named.
    pub fn read(path: &Path) -> Result<Self, MusicError> {
        Self::read_from(File::open(path)?)
    }

    /// The songs of a stream.
    ///
    /// # Errors
    /// As [`Songs::read`].
    pub fn read_from(mut from: impl Read) -> Result<Self, MusicError> {
        let mut magic = [0; 2];
        let known = read_up_to(&mut from, &mut magic)?;
        let whole = io::Cursor::new(magic[..known].to_vec()).chain(from);
        let text = match magic {
            [0x1f, 0x8b] => limited(MultiGzDecoder::new(whole))?,
            _ => limited(whole)?,
        };
        Self::parse(&text)
    }

    fn parse(text: &[u8]) -> Result<Self, MusicError> {
        if text.iter().filter(|&&b| b == b'[').count() > MOST_LISTS {
            return Err(MusicError::TooMany);
        }
        let first = text.iter().find(|b| !b.is_ascii_whitespace());
        let parts = match first {
            Some(b'[') => serde_json::from_slice(text).map(|train| Parts {
                train,
                valid: vec![],
                test: vec![],
            }),
            _ => serde_json::from_slice(text),
        };
        let parts = parts.map_err(|e| MusicError::Malformed {
            line: e.line(),
            column: e.column(),
            fault: fault(&e),
        })?;
        if parts.train.is_empty() {
            return Err(MusicError::NoSongs);
        }
        Ok(Self {
            train: songs("train", &parts.train)?,
            valid: songs("valid", &parts.valid)?,
            test: songs("test", &parts.test)?,
        })
    }
}

/// What is wrong, without the place, which is told anyway.
fn fault(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ")
        .map_or(text.clone(), |(fault, _)| fault.to_owned())
}

fn read_up_to(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut known = 0;
    while known < buffer.len() {
        match from.read(&mut buffer[known..]) {
            Ok(0) => break,
            Ok(n) => known += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(known)
}

/// All of a stream that is not too large.
fn limited(from: impl Read) -> Result<Vec<u8>, MusicError> {
    let mut text = vec![];
    from.take(LARGEST + 1).read_to_end(&mut text)?;
    match text.len() as u64 > LARGEST {
        true => Err(MusicError::TooLarge),
        false => Ok(text),
    }
}

fn songs(part: &'static str, rolls: &[Roll]) -> Result<Vec<Sequence>, MusicError> {
    let each = rolls.iter().zip(1..);
    each.map(|(roll, song)| sequence(part, song, roll))
        .collect()
}

fn sequence(part: &'static str, song: usize, roll: &Roll) -> Result<Sequence, MusicError> {
    let row = |(notes, step): (&Vec<i64>, usize)| {
        let mut row = vec![0.0; NOTES];
        for &note in notes {
            let place = usize::try_from(note).ok().and_then(|n| row.get_mut(n));
            *place.ok_or(MusicError::NoSuchNote {
                part,
                song,
                step,
                note,
            })? = 1.0;
        }
        Ok(row)
    };
    let rows: Result<Vec<Vec<f32>>, MusicError> = roll.iter().zip(1..).map(row).collect();
    let sequence = Sequence::try_from(rows?).ok().filter(|s| !s.is_empty());
    sequence.ok_or(MusicError::EmptySong { part, song })
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn read(text: &str) -> Result<Songs, MusicError> {
        Songs::read_from(text.as_bytes())
    }

    #[test]
    fn songs_are_counted_before_they_are_held() {
        let many = |n: usize| format!("[{}]", vec!["[[1]]"; n].join(","));
        assert!(read(&many(1000)).is_ok());
        let refused = read(&many(MOST_LISTS / 2)).unwrap_err().to_string();
        assert!(
            refused.contains("over 1048576 songs and steps"),
            "{refused}"
        );
    }

    #[test]
    fn songs_come_as_they_stand() {
        let songs =
            read(r#"{"train": [[[0, 87], []], [[3]]], "test": [[[5]]], "name": "x"}"#).unwrap();
        assert_eq!(
            (songs.train.len(), songs.valid.len(), songs.test.len()),
            (2, 0, 1)
        );
        let first = &songs.train[0];
        assert_eq!((first.len(), first.width()), (2, NOTES));
        assert_eq!(
            (first.row(0)[0], first.row(0)[87], first.row(0)[1]),
            (1.0, 1.0, 0.0)
        );
        assert!(first.row(1).iter().all(|&v| v == 0.0));
        let list = read(" [[[1], [2]]]").unwrap();
        assert_eq!((list.train.len(), list.test.len()), (1, 0));
    }

    #[test]
    fn gzipped_songs_are_the_same() {
        let text = br#"{"train": [[[1], [2, 3]]]}"#;
        let mut packed = GzEncoder::new(vec![], Compression::default());
        packed.write_all(text).unwrap();
        let packed = packed.finish().unwrap();
        let plain = Songs::read_from(&text[..]).unwrap();
        assert_eq!(Songs::read_from(&packed[..]).unwrap(), plain);
        let torn = Songs::read_from(&packed[..packed.len() - 6]).unwrap_err();
        assert!(matches!(torn, MusicError::Unreadable(_)), "{torn}");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let refused = |text| read(text).unwrap_err().to_string();
        let note = refused(r#"{"train": [[[1]], [[2], [88]]]}"#);
        assert!(
            note.contains("song 2 of `train`, step 2: there is no note 88"),
            "{note}"
        );
        assert!(refused("[[[-1]]]").contains("no note -1"));
        assert!(refused(r#"{"train": [[[1]], []]}"#).contains("song 2 of `train` is empty"));
        assert!(refused(r#"{"train": []}"#).contains("no song"));
        for text in [
            "",
            "{",
            "[1, 2]",
            "[[[1.5]]]",
            "[[\"a\"]]",
            r#"{"test": []}"#,
            "\u{0}",
            "[[[1]]] x",
        ] {
            let error = read(text).unwrap_err();
            assert!(
                matches!(error, MusicError::Malformed { .. }),
                "{text}: {error}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = Songs::read_from(&bytes[..]);
        }
    }
}
