//! Files that are either whole or not there.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

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

/// The most files of a folder, and how deep it may be.
const MOST_FILES: usize = 100_000;
const DEEPEST: usize = 8;

/// Why files cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// The operating system could not, for this reason.
    #[error("it cannot be read ({0}); check the path")]
    Unreadable(#[from] io::Error),
    /// A file with more bytes than this.
    #[error("it has over {} MiB; split it", .0 >> 20)]
    TooLarge(u64),
    /// A folder with too much in it.
    #[error("over {MOST_FILES} files, or folders more than {DEEPEST} deep; choose some")]
    TooMany,
}

/// What is wrong with a file, and which.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {fault}")]
pub struct InFile<F> {
    /// The file, and where it is an archive the one in it.
    pub file: String,
    /// What is wrong with it.
    pub fault: F,
}

/// Says of a fault in which file it is.
pub(crate) fn at<F>(path: &Path) -> impl Fn(F) -> InFile<F> + use<F> {
    let file = path.display().to_string();
    move |fault| InFile {
        file: file.clone(),
        fault,
    }
}

/// What a file is called, without its ending.
pub(crate) fn stem(path: &Path) -> String {
    match path == Path::new("-") {
        true => "stdin".into(),
        false => path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
    }
}

/// The bytes of a file, or of standard input for `-`.
///
/// # Errors
/// When it cannot be read, or has more than `most` bytes.
pub(crate) fn read_whole(path: &Path, most: u64) -> Result<Vec<u8>, Unread> {
    let mut bytes = vec![];
    let from: Box<dyn Read> = match path == Path::new("-") {
        true => Box::new(io::stdin()),
        false => Box::new(File::open(path)?),
    };
    from.take(most + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > most {
        true => Err(Unread::TooLarge(most)),
        false => Ok(bytes),
    }
}

/// The files of a folder, and of the folders in it, whose names end in one of `kinds`: in the order of names, without
/// those that begin with a dot.
///
/// # Errors
/// When a folder cannot be read, or there is too much.
pub(crate) fn find(folder: &Path, kinds: &[&str]) -> Result<Vec<PathBuf>, Unread> {
    let mut found = vec![];
    walk(folder, 0, kinds, &mut found)?;
    Ok(found)
}

fn walk(
    folder: &Path,
    depth: usize,
    kinds: &[&str],
    found: &mut Vec<PathBuf>,
) -> Result<(), Unread> {
    let entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let mut entries = entries.collect::<io::Result<Vec<PathBuf>>>()?;
    entries.sort();
    for entry in entries {
        let name = entry.file_name().unwrap_or_default().to_string_lossy();
        let name = name.to_ascii_lowercase();
        let known = kinds.iter().any(|k| name.ends_with(&format!(".{k}")));
        if found.len() == MOST_FILES || depth == DEEPEST {
            return Err(Unread::TooMany);
        }
        if name.starts_with('.') {
            continue;
        } else if entry.is_dir() {
            walk(&entry, depth + 1, kinds, found)?;
        } else if known {
            found.push(entry);
        }
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
