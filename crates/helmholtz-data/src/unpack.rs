//! What lies below the text: bytes that gzip may have packed.

use std::io::{Cursor, Read};
use std::path::Path;

use super::text::CHUNK;
use super::{DataError, extension, kinds};

/// A stream of bytes that are text, as far as its beginning tells, and that beginning.
pub(super) struct Plain<'a> {
    pub(super) head: Vec<u8>,
    pub(super) input: Box<dyn Read + 'a>,
}

/// The stream, unpacked where gzip packed it, whatever it is called.
///
/// Nothing is held but the beginning, so that what unpacks to gigabytes costs time and no memory.
pub(super) fn plain<'a>(input: impl Read + 'a, name: &str) -> Result<Plain<'a>, DataError> {
    let plain = begun(Box::new(input), name)?;
    #[cfg(feature = "compressed")]
    let plain = match plain.head.starts_with(&[0x1f, 0x8b]) {
        true => begun(Box::new(packed::Unpacked::new(plain.whole())), name)?,
        false => plain,
    };
    match kinds::refused(&plain.head, &extension(Path::new(name))) {
        Some(problem) => Err(problem.in_file(name)),
        None => Ok(plain),
    }
}

/// A stream whose beginning has been looked at.
fn begun<'a>(mut input: Box<dyn Read + 'a>, name: &str) -> Result<Plain<'a>, DataError> {
    let mut head = vec![];
    let read = input.by_ref().take(CHUNK as u64).read_to_end(&mut head);
    read.map_err(|problem| DataError::reading(name, 1, problem))?;
    Ok(Plain { head, input })
}

impl<'a> Plain<'a> {
    /// The stream from its first byte.
    pub(super) fn whole(self) -> Box<dyn Read + 'a> {
        Box::new(Cursor::new(self.head).chain(self.input))
    }
}

#[cfg(feature = "compressed")]
mod packed {
    use std::io::{self, ErrorKind, Read};

    use flate2::read::MultiGzDecoder;

    use crate::Problem;

    /// What gzip packed; damage is told as such, and not as a fault of the disk.
    pub(super) struct Unpacked<R>(MultiGzDecoder<R>);

    impl<R: Read> Unpacked<R> {
        pub(super) fn new(input: R) -> Self {
            Self(MultiGzDecoder::new(input))
        }
    }

    impl<R: Read> Read for Unpacked<R> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.read(buffer).map_err(|problem| match problem.kind() {
                ErrorKind::UnexpectedEof => {
                    io::Error::other(Problem::DamagedGzip("it ends too early"))
                }
                ErrorKind::InvalidData | ErrorKind::InvalidInput => {
                    io::Error::other(Problem::DamagedGzip("its data are corrupt"))
                }
                _ => problem,
            })
        }
    }
}
