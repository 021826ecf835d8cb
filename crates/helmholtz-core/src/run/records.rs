//! The records of observations in a run folder: a file that grows by what a save has changed.
//!
//! It is called by the step that it begins with, and holds records in the pieces of [`crate::train::records`]. A checkpoint
//! goes with the pieces up to its step of the newest file that does not begin after it, and has the digest of their records.
//! When most of a file is of the past, the next save begins another with all that counts; the old one stays as long as a
//! checkpoint goes with it.

use std::collections::BTreeMap;
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::error::RunError;
use super::folder::RunFolder;
use crate::disk::Writer;
use crate::files::{open, stream_whole, sync_folder};
use crate::train::records::{Mark, Pieces, read, write};

const EXTENSION: &str = "records";
type Changed = BTreeMap<u64, Vec<u8>>;

/// Records that are written as they change.
#[derive(Debug)]
pub(super) struct Records {
    run: RunFolder,
    /// A file is left behind when it has this many bytes more than twice those that count.
    slack: u64,
    /// The newest record of each observation.
    marks: BTreeMap<u64, Mark>,
    /// Of all of these.
    sums: Sums,
    /// The file, and how many bytes of it are whole.
    current: Option<(PathBuf, u64)>,
}

/// What is known of the records that count without reading them.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    bytes: u64,
    digest: u64,
}

impl Sums {
    /// The same after a record has changed.
    fn with(self, item: u64, old: Option<&Mark>, new: Mark) -> Self {
        let (gone, left) = old.map_or((0, 0), |old| (old.extent(), old.share(item)));
        Self {
            bytes: self.bytes - gone + new.extent(),
            digest: self.digest.wrapping_sub(left).wrapping_add(new.share(item)),
        }
    }
}

impl RunFolder {
    /// Files of records: the step that each begins with, newest first.
    fn record_files(&self) -> Result<Vec<(u64, PathBuf)>, RunError> {
        super::checkpoints::numbered(&self.records_path(), "from", EXTENSION)
    }

    /// The file that a checkpoint after `step` steps goes with.
    fn record_file(&self, step: u64) -> Result<Option<PathBuf>, RunError> {
        let mut files = self.record_files()?.into_iter();
        Ok(files.find(|file| file.0 <= step).map(|file| file.1))
    }

    /// The records after `step` steps.
    pub(super) fn records(&self, step: u64) -> Result<BTreeMap<u64, Vec<u8>>, RunError> {
        let mut found = BTreeMap::new();
        if let Some(path) = self.record_file(step)? {
            scan(&path, step, |item, record| {
                found.insert(item, record.to_vec());
            })?;
        }
        Ok(found)
    }
}

/// Reads a file up to the pieces of a step, and tells how far that is.
fn scan(path: &Path, step: u64, each: impl FnMut(u64, &[u8])) -> Result<u64, RunError> {
    let file = open(path).map_err(RunError::io(path))?;
    read(&mut BufReader::new(file), step, each).map_err(RunError::io(path))
}

impl Records {
    /// Those after `step` steps. What is of later ones is removed: it belongs to a course that was given up.
    pub(super) fn open(run: &RunFolder, step: u64, slack: u64) -> Result<Self, RunError> {
        let disk = run.disk();
        for (_, path) in run.record_files()?.into_iter().take_while(|f| f.0 > step) {
            disk.remove(&path).map_err(RunError::io(&path))?;
        }
        let (mut marks, mut sums) = (BTreeMap::new(), Sums::default());
        let current = match run.record_file(step)? {
            Some(path) => {
                let whole = scan(&path, step, |item, record| {
                    let mark = Mark::of(record);
                    sums = sums.with(item, marks.insert(item, mark).as_ref(), mark);
                })?;
                Some((path, whole))
            }
            None => None,
        };
        Ok(Self {
            run: run.clone(),
            slack,
            marks,
            sums,
            current,
        })
    }

    /// Whether there are none yet, so that all have to be given.
    pub(super) fn is_empty(&self) -> bool {
        self.current.is_none()
    }

    /// Writes those that have changed, and gives the digest of all. Nothing counts until there is a checkpoint of this step.
    pub(super) fn save(&mut self, step: u64, changed: &Changed) -> Result<Option<u64>, RunError> {
        if changed.is_empty() && self.is_empty() {
            return Ok(None);
        }
        let marks = changed
            .iter()
            .map(|(item, record)| (*item, Mark::of(record)));
        let marks: Vec<(u64, Mark)> = marks.collect();
        let (mut sums, mut added) = (self.sums, 0);
        for (item, mark) in &marks {
            sums = sums.with(*item, self.marks.get(item), *mark);
            added += mark.extent();
        }
        self.current = Some(match &self.current {
            Some((path, whole)) if whole + added <= 2 * sums.bytes + self.slack => {
                let added = self.append(path, *whole, step, changed);
                (path.clone(), whole + added.map_err(RunError::io(path))?)
            }
            _ => self.begin(step, changed)?,
        });
        self.sums = sums;
        self.marks.extend(marks);
        Ok(Some(self.sums.digest))
    }

    /// Appends after what is whole; a save that failed may have left something there.
    fn append(&self, path: &Path, whole: u64, step: u64, changed: &Changed) -> io::Result<u64> {
        let mut file = self.run.disk().append_to(path)?;
        self.run.disk().truncate(&file, whole)?;
        let mut to = Writer {
            disk: &**self.run.disk(),
            file: &mut file,
        };
        let added = write(&mut to, step, pairs(changed))?;
        self.run.disk().sync(&file)?;
        Ok(added)
    }

    /// Begins a file with all that counts.
    fn begin(&self, step: u64, changed: &Changed) -> Result<(PathBuf, u64), RunError> {
        let folder = self.run.records_path();
        let made = self.run.disk().create_folder(&folder);
        made.map_err(RunError::io(&folder))?;
        let path = folder.join(format!("from-{step:08}.{EXTENSION}"));
        let mut length = 0;
        let done = stream_whole(&**self.run.disk(), &path, |to| {
            let mut pieces = Pieces::of(to, step);
            self.copy(&mut pieces, changed)?;
            for (item, record) in pairs(changed) {
                pieces.push(item, record)?;
            }
            length = pieces.end()?;
            Ok(())
        });
        done.map_err(RunError::io(&path))?;
        sync_folder(self.run.path());
        Ok((path, length))
    }

    /// Copies the records that count and have not changed.
    fn copy(&self, to: &mut Pieces<'_>, changed: &Changed) -> io::Result<()> {
        let Some((path, whole)) = &self.current else {
            return Ok(());
        };
        let mut done = Ok(());
        let mut from = BufReader::new(open(path)?).take(*whole);
        let found = read(&mut from, u64::MAX, |item, record| {
            let counts = self.marks.get(&item) == Some(&Mark::of(record));
            if done.is_ok() && counts && !changed.contains_key(&item) {
                done = to.push(item, record);
            }
        })?;
        match found == *whole {
            true => done,
            false => Err(io::Error::new(ErrorKind::InvalidData, "it is damaged")),
        }
    }

    /// From now on nothing counts that was written: all is to be given anew.
    pub(super) fn forget(&mut self) {
        (self.current, self.sums) = (None, Sums::default());
        self.marks.clear();
    }

    /// Removes the files that go with no checkpoint after at least `oldest` steps.
    pub(super) fn prune(&self, oldest: u64) -> Result<(), RunError> {
        let needed = self.run.record_file(oldest)?;
        let files = self.run.record_files()?.into_iter();
        let old = files.filter(|(first, path)| *first <= oldest && Some(path) != needed.as_ref());
        for (_, path) in old {
            match self.run.disk().remove(&path) {
                Err(e) if e.kind() == ErrorKind::NotFound => {}
                done => done.map_err(RunError::io(&path))?,
            }
        }
        Ok(())
    }
}

fn pairs(records: &Changed) -> impl Iterator<Item = (u64, &[u8])> {
    records.iter().map(|(item, record)| (*item, &record[..]))
}
