//! The metrics file: one JSON object per step, appended.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::error::RunError;
use crate::disk::Disk;
use crate::files;
use crate::train::Report;

/// A line of the metrics file.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Metric {
    /// The number of steps done.
    pub step: u64,
    /// Seconds of training so far, resumptions included: the only number that differs between two runs
    /// of the same settings.
    pub seconds: f64,
    /// The bound in nats per observation; `None` in steps that have none.
    pub bound: Option<f64>,
    /// The learner's other numbers.
    #[serde(flatten)]
    pub numbers: BTreeMap<String, Option<f64>>,
}

/// The same when it is written; numbers that are not finite become null.
#[derive(Serialize)]
struct Line<'a> {
    step: u64,
    seconds: f64,
    #[serde(flatten)]
    report: &'a Report,
}

/// The metrics file, open at its end.
#[derive(Debug)]
pub(super) struct Log {
    disk: Arc<dyn Disk>,
    file: File,
    path: PathBuf,
    /// The seconds of the last line that was there before.
    pub(super) seconds: f64,
}

impl Log {
    /// Opens the file after the line of `step`; what follows it is cut off.
    pub(super) fn open(disk: Arc<dyn Disk>, path: PathBuf, step: u64) -> Result<Self, RunError> {
        let (kept, seconds) = extent(&read_bytes(&path)?, step);
        let file = disk.append_to(&path).map_err(RunError::io(&path))?;
        disk.truncate(&file, kept).map_err(RunError::io(&path))?;
        Ok(Self {
            disk,
            file,
            path,
            seconds,
        })
    }

    /// Appends a line, in one piece: a reader that follows the file sees whole lines.
    pub(super) fn push(
        &mut self,
        step: u64,
        seconds: f64,
        report: &Report,
    ) -> Result<(), RunError> {
        let line = Line {
            step,
            seconds: (seconds * 1e3).round() / 1e3,
            report,
        };
        let mut bytes =
            serde_json::to_vec(&line).map_err(|e| RunError::io(&self.path)(e.into()))?;
        bytes.push(b'\n');
        let done = self.disk.write(&mut self.file, &bytes);
        done.map_err(RunError::io(&self.path))
    }

    /// Makes sure that the disk has it.
    pub(super) fn sync(&self) -> Result<(), RunError> {
        self.disk.sync(&self.file).map_err(RunError::io(&self.path))
    }
}

/// All lines of the file; a last one without its end is left out.
pub(super) fn read(path: &Path) -> Result<Vec<Metric>, RunError> {
    let bytes = read_bytes(path)?;
    let parse = |(i, line): (usize, &[u8])| {
        let broken = |e| format!("not a measurement ({e}); remove the line");
        serde_json::from_slice(line).map_err(|e| RunError::malformed(path, Some(i + 1), broken(e)))
    };
    whole_lines(&bytes).enumerate().map(parse).collect()
}

/// The bytes up to the end of the line of `step`, and the seconds there.
fn extent(bytes: &[u8], step: u64) -> (u64, f64) {
    let (mut kept, mut seconds) = (0, 0.0);
    for line in whole_lines(bytes) {
        match serde_json::from_slice::<Metric>(line) {
            Ok(metric) if metric.step <= step => seconds = metric.seconds,
            _ => break,
        }
        kept += line.len() as u64;
    }
    (kept, seconds)
}

fn whole_lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes
        .split_inclusive(|&b| b == b'\n')
        .filter(|line| line.ends_with(b"\n"))
}

/// The content of the file; nothing if it is not there yet.
fn read_bytes(path: &Path) -> Result<Vec<u8>, RunError> {
    match files::read(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(vec![]),
        read => read.map_err(RunError::io(path)),
    }
}
