//! Files and folders, read within bounds.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

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
pub fn at<F>(path: &Path) -> impl Fn(F) -> InFile<F> + use<F> {
    let file = path.display().to_string();
    move |fault| InFile {
        file: file.clone(),
        fault,
    }
}

/// What a file is called, without its ending.
pub fn stem(path: &Path) -> String {
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
pub fn read_whole(path: &Path, most: u64) -> Result<Vec<u8>, Unread> {
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
pub fn find(folder: &Path, kinds: &[&str]) -> Result<Vec<PathBuf>, Unread> {
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
