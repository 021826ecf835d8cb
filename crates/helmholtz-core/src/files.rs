//! Files that are either whole or not there.

use std::io::{self, Write};
use std::path::Path;

/// Writes a file under a temporary name beside `path`, syncs it and renames it: whoever reads `path`
/// sees the old content or the new, even after a crash. On failure nothing is left behind.
///
/// # Errors
/// When the folder cannot be written or the disk is full.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A link means what it leads to; a device must not be replaced by a file.
    let target = path.canonicalize();
    let path = target.as_deref().unwrap_or(path);
    if path.exists() && !path.is_file() {
        let reason = "there is something by this name that is no file";
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, reason));
    }
    let folder = path
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut file = readable_by_others(&mut tempfile::Builder::new()).tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    // The rename itself is durable once the folder is synced; not every file system lets one do that.
    if let Ok(folder) = std::fs::File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
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
