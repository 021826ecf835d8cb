//! Files and folders, read within bounds.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Instant;

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

impl<F> InFile<F> {
    /// The same as a fault of another kind.
    pub fn widen<G: From<F>>(self) -> InFile<G> {
        InFile {
            file: self.file,
            fault: self.fault.into(),
        }
    }
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

/// A file of a folder or of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it is.
    pub file: PathBuf,
    /// The same within the folder or the archive.
    pub within: PathBuf,
    /// What it holds.
    pub bytes: Vec<u8>,
}

impl Entry {
    /// What it is called: its path within the folder or the archive, without its ending.
    pub fn name(&self) -> String {
        self.within.with_extension("").display().to_string()
    }

    /// The folders that it is in, the outermost first.
    pub fn folders(&self) -> Vec<String> {
        folders(&self.within)
    }
}

/// The folders that a file is in, the outermost first.
pub fn folders(file: &Path) -> Vec<String> {
    let folder = file.parent().into_iter().flat_map(Path::components);
    let names = folder.filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
        _ => None,
    });
    names.collect()
}

/// A folder with files of some kinds, which are read one by one.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
    files: Vec<PathBuf>,
}

impl Folder {
    /// The folder of that path. Files whose names end in one of `ours` are not meant: this program wrote them.
    ///
    /// # Errors
    /// Like [`find`].
    pub fn open(path: &Path, kinds: &[&str], ours: &[&str]) -> Result<Self, InFile<Unread>> {
        let mut files = find(path, kinds).map_err(at(path))?;
        files.retain(|file| !ours.iter().any(|end| file.to_string_lossy().ends_with(end)));
        Ok(Self {
            path: path.to_owned(),
            files,
        })
    }

    /// Its files, in the order of names.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// One of its files.
    ///
    /// # Errors
    /// Like [`read_whole`].
    pub fn read(&self, file: &Path, most: u64) -> Result<Entry, InFile<Unread>> {
        Ok(Entry {
            bytes: read_whole(file, most).map_err(at(file))?,
            within: file.strip_prefix(&self.path).unwrap_or(file).to_owned(),
            file: file.to_owned(),
        })
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

/// Standard input, which may end at a time though nobody closes it.
pub struct Stdin {
    /// Chunks from a thread that waits for them, where there is a time.
    timed: Option<(Receiver<io::Result<Vec<u8>>>, Instant)>,
    chunk: Vec<u8>,
    /// How much of the chunk was read.
    read: usize,
}

/// Bytes of a chunk.
const CHUNK: usize = 1 << 16;

impl Stdin {
    /// Standard input, to its end or until then.
    pub fn new(until: Option<Instant>) -> Self {
        Self {
            timed: until.map(|until| (waiting(), until)),
            chunk: vec![],
            read: 0,
        }
    }
}

/// Chunks of standard input from a thread of their own, which ends with the input or with whoever takes them.
fn waiting() -> Receiver<io::Result<Vec<u8>>> {
    let (send, receive) = sync_channel(1);
    std::thread::spawn(move || {
        loop {
            let mut chunk = vec![0; CHUNK];
            let read = io::stdin().read(&mut chunk);
            let last = !matches!(read, Ok(n) if n > 0);
            let read = read.map(|n| {
                chunk.truncate(n);
                chunk
            });
            if send.send(read).is_err() || last {
                break;
            }
        }
    });
    receive
}

impl Read for Stdin {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some((receive, until)) = &self.timed else {
            return io::stdin().read(buffer);
        };
        if self.read == self.chunk.len() {
            let left = until.saturating_duration_since(Instant::now());
            let Ok(chunk) = receive.recv_timeout(left) else {
                return Ok(0);
            };
            (self.chunk, self.read) = (chunk?, 0);
        }
        let rest = &self.chunk[self.read..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.read += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_a_folder_are_named_from_it_without_our_own() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b");
        fs::create_dir_all(&deep).unwrap();
        for name in ["2.PNG", "1.png", "1-ours.png", ".hidden.png", "notes.txt"] {
            fs::write(deep.join(name), name).unwrap();
        }
        let found = Folder::open(folder.path(), &["png"], &["-ours.png"]).unwrap();
        let read = |file: &PathBuf| found.read(file, 5).unwrap();
        let entries: Vec<Entry> = found.files().iter().map(read).collect();
        let names: Vec<String> = entries.iter().map(Entry::name).collect();
        assert_eq!(names, ["a/b/1", "a/b/2"]);
        assert_eq!(entries[0].folders(), ["a", "b"]);
        assert_eq!(entries[0].bytes, b"1.png");
        let large = found.read(&found.files()[0], 4).unwrap_err();
        assert!(matches!(large.fault, Unread::TooLarge(4)), "{large}");
        assert!(large.file.ends_with("1.png"), "{large}");
    }
}
