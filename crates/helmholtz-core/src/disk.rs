//! What is asked of a file system, one method an operation: tests put a double in its place that fails where it is told to.

use std::fmt::Debug;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use crate::files::refuse_what_is_no_file;

/// What writes a file or a folder of a run, locks and the sweeping of what is half-written apart. The default is to do it; errors are the system's.
pub(crate) trait Disk: Debug + Send + Sync {
    /// Makes a folder, and those that it is in.
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    /// Opens a file at its end; it is made if it is not there.
    fn append_to(&self, path: &Path) -> io::Result<File> {
        refuse_what_is_no_file(path)?;
        File::options().append(true).create(true).open(path)
    }

    /// Makes a file of a name that nothing else has.
    fn temporary(
        &self,
        builder: &mut tempfile::Builder<'_, '_>,
        folder: &Path,
    ) -> io::Result<tempfile::NamedTempFile> {
        builder.tempfile_in(folder)
    }

    /// Writes all bytes.
    ///
    /// # Errors
    /// The system's; some may then be written.
    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        file.write_all(bytes)
    }

    /// Waits until the disk has what was written.
    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_all()
    }

    /// Cuts a file off.
    fn truncate(&self, file: &File, length: u64) -> io::Result<()> {
        file.set_len(length)
    }

    /// Gives a file another name; what has that name is replaced.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }
}

/// The file system that is there.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Real;

impl Disk for Real {}

/// Writes to a file by way of a [`Disk`].
pub(crate) struct Writer<'a> {
    pub(crate) disk: &'a dyn Disk,
    pub(crate) file: &'a mut File,
}

impl Write for Writer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.disk.write(self.file, bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
