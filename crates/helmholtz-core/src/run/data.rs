//! The observations of a run: a copy in its folder, a line each, or where they are read from again.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::error::RunError;
use super::folder::RunFolder;
use crate::files::{open, stream_whole};

/// Bytes that are read at once.
const BUFFER: usize = 1 << 18;

/// Where the observations of a run are read from again, because they were not copied.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// Files and folders, by whole paths; none for what comes with the domain.
    pub files: Vec<PathBuf>,
    /// How they are read: options by their names.
    #[serde(default)]
    pub reading: Map<String, Value>,
}

/// A sum of what is written to it, which goes nowhere.
#[derive(Default)]
struct Sum {
    crc: crc32fast::Hasher,
    bytes: u64,
    /// What it refuses to go beyond.
    most: Option<u64>,
}

impl Write for Sum {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.crc.update(bytes);
        self.bytes += bytes.len() as u64;
        match self.most.is_some_and(|most| self.bytes > most) {
            true => Err(io::ErrorKind::FileTooLarge.into()),
            false => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sum {
    fn told(self) -> String {
        format!("{:08x}", self.crc.finalize())
    }
}

/// A line of JSON per observation.
fn lines<D: Serialize>(data: &[D], to: &mut dyn Write) -> io::Result<()> {
    for item in data {
        serde_json::to_writer(&mut *to, item)?;
        to.write_all(b"\n")?;
    }
    Ok(())
}

/// Whether a copy of some observations would take more than so many bytes.
pub fn is_larger<D: Serialize>(data: &[D], bytes: u64) -> bool {
    let mut sum = Sum {
        most: Some(bytes),
        ..Sum::default()
    };
    lines(data, &mut sum).is_err() && sum.bytes > bytes
}

/// The checksum of a copy.
pub(super) fn of_copy<D: Serialize>(data: &[D]) -> io::Result<String> {
    let mut sum = Sum::default();
    lines(data, &mut sum)?;
    Ok(sum.told())
}

/// The checksum of observations that are not copied. Text would take longer than reading them.
pub(super) fn of_originals<D: Serialize>(data: &[D]) -> io::Result<String> {
    let mut sum = Sum::default();
    for item in data {
        rmp_serde::encode::write_named(&mut sum, item).map_err(io::Error::other)?;
    }
    Ok(sum.told())
}

/// Whether a file has this checksum.
pub(super) fn has(path: &Path, checksum: &str) -> bool {
    let sum_of = |mut file: File| {
        let mut sum = Sum::default();
        io::copy(&mut file, &mut sum).map(|_| sum.told())
    };
    open(path).and_then(sum_of).is_ok_and(|sum| sum == checksum)
}

impl RunFolder {
    /// Writes a copy.
    pub(super) fn copy_data<D: Serialize>(&self, data: &[D]) -> Result<(), RunError> {
        let path = self.data_path();
        stream_whole(&**self.disk(), &path, |to| lines(data, to)).map_err(RunError::io(&path))
    }

    /// Where the observations are read from again; `None` where there is a copy of them.
    ///
    /// # Errors
    /// When the settings cannot be read.
    pub fn origin(&self) -> Result<Option<Origin>, RunError> {
        Ok(self.header()?.origin)
    }

    /// The observations, in order, of a run that has a copy of them.
    ///
    /// # Errors
    /// When there is no copy, it is not what the run began with, or a line of it is no observation.
    pub fn data<D: DeserializeOwned>(&self) -> Result<Vec<D>, RunError> {
        let (path, header) = (self.data_path(), self.header()?);
        if header.origin.is_some() {
            let reason = "there is no copy of the observations; read those that `origin` in config.toml names";
            return Err(RunError::malformed(&path, None, reason));
        }
        let file = open(&path).map_err(RunError::io(&path))?;
        let mut from = Summing {
            from: BufReader::with_capacity(BUFFER, file),
            sum: Sum::default(),
        };
        let (mut line, mut data) = (vec![], vec![]);
        while from.line(&mut line).map_err(RunError::io(&path))? {
            let item = serde_json::from_slice(&line);
            data.push(item.map_err(|e| not_an_observation(&path, data.len() + 1, &e))?);
        }
        match header.data.is_none_or(|sum| sum == from.sum.told()) {
            true => Ok(data),
            false => Err(changed(&path)),
        }
    }

    /// Refuses observations that are not those which the run began with.
    ///
    /// # Errors
    /// When they are others, or the settings cannot be read.
    pub fn verify<D: Serialize>(&self, data: &[D]) -> Result<(), RunError> {
        let found = of_originals(data).map_err(RunError::io(self.path()))?;
        let header = self.header()?;
        match header.data.is_none_or(|sum| sum == found) {
            true => Ok(()),
            false => {
                let files = header.origin.unwrap_or_default().files;
                let reason = match files.len() {
                    0 | 1 => CHANGED.to_owned(),
                    n => format!("this or one of {} more files: {CHANGED}", n - 1),
                };
                let first = files.first().map_or(self.path(), |f| f);
                Err(RunError::malformed(first, None, reason))
            }
        }
    }
}

/// Lines, summed up as they are read.
struct Summing<R> {
    from: R,
    sum: Sum,
}

impl<R: BufRead> Summing<R> {
    /// The next line; whether there is one.
    fn line(&mut self, line: &mut Vec<u8>) -> io::Result<bool> {
        line.clear();
        self.from.read_until(b'\n', line)?;
        self.sum.write_all(line)?;
        Ok(!line.is_empty())
    }
}

fn not_an_observation(path: &Path, line: usize, error: &serde_json::Error) -> RunError {
    let reason = format!("not an observation of this domain ({error}); restore the file");
    RunError::malformed(path, Some(line), reason)
}

/// What is said of other observations. Another version of the program may read them otherwise.
const CHANGED: &str =
    "not the data that the run began with, or not read as then; restore the file, or train anew";

fn changed(path: &Path) -> RunError {
    RunError::malformed(path, None, CHANGED)
}
