//! Files that go with answers: none takes the place of another, unless that is asked for.

use std::collections::HashSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use helmholtz::files::{write_new, write_whole};
use helmholtz::product::Attachment;

/// Who writes the files of a call.
pub(crate) struct Keeper {
    /// Whether files that exist are overwritten.
    force: bool,
    /// Where the files really are that are read.
    inputs: Vec<PathBuf>,
    written: HashSet<PathBuf>,
}

impl Keeper {
    /// `inputs` are not overwritten, whatever is asked for.
    pub(crate) fn new(force: bool, inputs: &[PathBuf]) -> Self {
        Self {
            force,
            inputs: inputs.iter().flat_map(|i| i.canonicalize()).collect(),
            written: HashSet::new(),
        }
    }

    /// Writes a file. What has the name of one of the same call gets a number: two inputs may differ in their folders alone.
    pub(crate) fn keep(&mut self, file: &mut Attachment) -> Result<()> {
        file.path = self.free(&file.path);
        let path = file.path.display();
        // The same question again has the same answer.
        if is(&file.path, &file.bytes) {
            self.written.insert(file.path.clone());
            return Ok(());
        }
        let real = file.path.canonicalize();
        if real.is_ok_and(|p| self.inputs.contains(&p)) {
            bail!("{path}: it is named as what to read; choose another name");
        }
        if std::fs::symlink_metadata(&file.path).is_ok_and(|f| !f.is_file()) {
            bail!("{path}: a link or a folder is not overwritten; choose another name");
        }
        let done = match self.force {
            true => write_whole(&file.path, &file.bytes),
            false => write_new(&file.path, &file.bytes),
        };
        match done {
            Err(e) if e.kind() == ErrorKind::AlreadyExists && !self.force => {
                bail!("{path}: exists already; choose another name, or overwrite it with --force")
            }
            done => done.with_context(|| format!("{path}: cannot be written; check the path"))?,
        }
        self.written.insert(file.path.clone());
        Ok(())
    }

    /// The first of `a-b.png`, `a-2-b.png`, `a-3-b.png` that this call has not written: readers know what is ours by how its
    /// name ends.
    fn free(&self, path: &Path) -> PathBuf {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let (before, after) = stem.split_at(stem.rfind('-').unwrap_or(stem.len()));
        let kind = path
            .extension()
            .map(|e| format!(".{}", e.to_string_lossy()));
        let kind = kind.unwrap_or_default();
        let numbered = (2..).map(|n| path.with_file_name(format!("{before}-{n}{after}{kind}")));
        let mut names = std::iter::once(path.to_owned()).chain(numbered);
        let free = names.find(|name| !self.written.contains(name));
        free.unwrap_or_else(|| path.to_owned())
    }
}

/// Whether a file, and no link to one, holds just this.
fn is(path: &Path, bytes: &[u8]) -> bool {
    let found = std::fs::symlink_metadata(path);
    let as_long = found.is_ok_and(|f| f.is_file() && f.len() == bytes.len() as u64);
    as_long && std::fs::read(path).is_ok_and(|there| there == bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_numbered_within_a_call_and_kept_across_calls() {
        let folder = tempfile::tempdir().unwrap();
        let keep = |force: bool, (first, count): (u8, usize)| -> Vec<String> {
            let mut keeper = Keeper::new(force, &[]);
            let each = (0..count).map(|i| {
                let mut file = Attachment {
                    what: "picture",
                    path: folder.path().join("a-strokes.png"),
                    bytes: vec![first + i as u8],
                };
                match keeper.keep(&mut file) {
                    Ok(()) => file
                        .path
                        .file_name()
                        .unwrap()
                        .to_string_lossy()
                        .into_owned(),
                    Err(error) => error.to_string(),
                }
            });
            each.collect()
        };
        assert_eq!(
            keep(false, (0, 3)),
            ["a-strokes.png", "a-2-strokes.png", "a-3-strokes.png"]
        );
        assert_eq!(keep(false, (0, 2)), ["a-strokes.png", "a-2-strokes.png"]);
        assert!(keep(false, (9, 1))[0].contains("exists already"));
        assert_eq!(keep(true, (7, 2)), ["a-strokes.png", "a-2-strokes.png"]);
    }
}
