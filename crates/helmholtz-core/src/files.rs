//! Files that are either whole or not there.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::disk::{Disk, Real, Writer};

/// Bytes that are written at once.
const BUFFER: usize = 1 << 18;

/// How the names of temporary files begin and end.
const TEMPORARY: (&str, &str) = (".helmholtz-", ".part");

/// Whether a name is that of a temporary file, which a process that was killed has left.
pub(crate) fn is_temporary(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with(TEMPORARY.0) && name.ends_with(TEMPORARY.1)
}

/// Removes the temporary files of a folder that nobody else writes in.
pub(crate) fn sweep(folder: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| is_temporary(&entry.file_name())) {
        // One that stays does no harm.
        let _ = fs::remove_file(entry.path());
    }
}

/// Writes a file under a temporary name beside `path`, syncs it and renames it: whoever reads `path`
/// sees the old content or the new, even after a crash. On failure nothing is left behind.
///
/// # Errors
/// When the folder cannot be written, the disk is full, or there is something by this name that is no file. A link is none,
/// wherever it leads.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    stream_whole(&Real, path, |to| to.write_all(bytes))
}

/// The same of what a function writes, bit by bit, on any [`Disk`].
///
/// # Errors
/// As [`write_whole`], or the function's.
pub(crate) fn stream_whole(
    disk: &dyn Disk,
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    refuse_what_is_no_file(path)?;
    let name = |file: NamedTempFile| {
        let temporary = file.into_temp_path().keep().map_err(|e| e.error)?;
        disk.rename(&temporary, path).inspect_err(|_| {
            // One that stays is swept later.
            let _ = fs::remove_file(&temporary);
        })
    };
    written(disk, path, content, name)
}

/// Opens a file to read it. What is none, such as a pipe that nobody writes to, is an error and no wait.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    match fs::metadata(path)?.is_file() {
        true => File::open(path),
        false => Err(io::Error::other("it is no file")),
    }
}

/// All bytes of a file, as [`open`].
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = vec![];
    open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Links and folders are not written to, wherever they lead.
pub(crate) fn refuse_what_is_no_file(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path).is_ok_and(|found| !found.is_file()) {
        true => {
            let reason = "there is something by this name that is no file";
            Err(io::Error::new(io::ErrorKind::AlreadyExists, reason))
        }
        false => Ok(()),
    }
}

/// The same where nothing is by that name; whoever comes first keeps it.
///
/// # Errors
/// As [`write_whole`]; of kind [`io::ErrorKind::AlreadyExists`] when there is something.
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = |file: NamedTempFile| file.persist_noclobber(path).map(drop).map_err(|e| e.error);
    written(&Real, path, |to| to.write_all(bytes), name)
}

/// Writes and syncs a temporary file, and gives it a name that lasts.
fn written(
    disk: &dyn Disk,
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    name: impl FnOnce(NamedTempFile) -> io::Result<()>,
) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    if !folder.is_dir() {
        let reason = "there is no such folder to write in";
        return Err(io::Error::new(io::ErrorKind::NotFound, reason));
    }
    let mut builder = tempfile::Builder::new();
    let builder = builder.prefix(TEMPORARY.0).suffix(TEMPORARY.1);
    // The name of a temporary file says nothing to whoever asked for another.
    let unnamed = |e: io::Error| io::Error::from(e.kind());
    let file = disk.temporary(readable_by_others(builder), folder);
    let mut file: NamedTempFile = file.map_err(unnamed)?;
    let writer = Writer {
        disk,
        file: file.as_file_mut(),
    };
    let mut buffered = BufWriter::with_capacity(BUFFER, writer);
    content(&mut buffered)?;
    buffered.flush()?;
    drop(buffered);
    disk.sync(file.as_file())?;
    name(file)?;
    sync_folder(folder);
    Ok(())
}

/// A rename is durable once its folder is synced; not every file system lets one do that.
pub(crate) fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

/// Temporary files are private by default; what is renamed into a folder of results should have the mode
/// of any new file there.
#[cfg(unix)]
fn readable_by_others<'a, 'p, 's>(
    builder: &'a mut tempfile::Builder<'p, 's>,
) -> &'a mut tempfile::Builder<'p, 's> {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(std::fs::Permissions::from_mode(0o666)) // less the process's mask
}

#[cfg(not(unix))]
fn readable_by_others<'a, 'p, 's>(
    builder: &'a mut tempfile::Builder<'p, 's>,
) -> &'a mut tempfile::Builder<'p, 's> {
    builder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_does_not_replace_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write_new(&path, b"first").unwrap();
        let kind = write_new(&path, b"second").unwrap_err().kind();
        assert_eq!(kind, io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"first");
        write_whole(&path, b"third").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"third");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let [theirs, link] = ["theirs", "link"].map(|name| folder.path().join(name));
        fs::write(&theirs, b"theirs").unwrap();
        std::os::unix::fs::symlink(&theirs, &link).unwrap();
        for write in [write_whole, write_new] {
            let kind = write(&link, b"ours").unwrap_err().kind();
            assert_eq!(kind, io::ErrorKind::AlreadyExists);
        }
        assert_eq!(fs::read(&theirs).unwrap(), b"theirs");
    }
}
