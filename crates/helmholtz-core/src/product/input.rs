//! Files that are asked about, and a first look at them.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use super::answer::{Account, LeftOut};

/// What is asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Input {
    /// Files and folders; `-` is standard input.
    pub files: Vec<PathBuf>,
    /// Words, for verbs that take them.
    pub words: Vec<String>,
    /// When reading standard input ends at the latest, and the search of an answer.
    pub until: Option<Instant>,
    /// How many answers are to come.
    pub extent: Extent,
}

/// How many answers are to come, for whoever shows how far it is while they are given; 0 while that is not known.
#[derive(Clone, Debug, Default)]
pub struct Extent(Arc<AtomicU64>);

impl Extent {
    /// So many more are to come.
    pub fn expect(&self, count: usize) {
        self.0.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// How many there are to be.
    pub fn expected(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What is asked does not depend on it.
impl PartialEq for Extent {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Extent {}

impl Input {
    /// Some files.
    pub fn files(files: impl IntoIterator<Item = impl Into<PathBuf>>) -> Self {
        Self {
            files: files.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }

    /// The names of the files.
    pub fn names(&self) -> Vec<String> {
        let name = |f: &PathBuf| f.display().to_string();
        self.files.iter().map(name).collect()
    }
}

impl Input {
    /// What tells a file from the others, from wherever they are looked at: its whole path without the folders that all are
    /// in.
    pub fn told_apart(&self, file: &Path) -> String {
        // A path that cannot be made whole, such as an empty one, is none of a file.
        let whole = |file: &Path| std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        let folder = |file: &PathBuf| -> Vec<OsString> {
            let file = whole(file);
            let parts = file.parent().into_iter().flat_map(Path::components);
            parts.map(|part| part.as_os_str().to_owned()).collect()
        };
        let shared = self.files.iter().map(folder).reduce(|mut all, one| {
            let same = all.iter().zip(&one).take_while(|(a, b)| a == b);
            let same = same.count();
            all.truncate(same);
            all
        });
        let file = whole(file);
        let rest = file.components().skip(shared.map_or(0, |all| all.len()));
        rest.collect::<PathBuf>().display().to_string()
    }
}

/// How likely a file is one of a domain: the most likely one is taken, and none where two are as likely.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likely {
    /// It can be read, as much else can.
    Possible,
    /// It looks like it.
    Probable,
    /// It says so itself.
    Certain,
}

/// What can be known of a file at once: its name and its first bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Glimpse {
    /// The extension, in lower case.
    pub extension: String,
    /// Whether it is a folder; the rest is then of its first file.
    pub folder: bool,
    /// The first bytes.
    pub bytes: Vec<u8>,
}

/// Bytes that are looked at.
const GLIMPSED: u64 = 1 << 16;

impl Glimpse {
    /// A look at a file, or at the first file of a folder by its name. `None` where it cannot be opened.
    pub fn of(path: &Path) -> Option<Self> {
        if path.is_dir() {
            let entries = std::fs::read_dir(path).ok()?.flatten();
            let mut files: Vec<PathBuf> =
                entries.map(|e| e.path()).filter(|p| p.is_file()).collect();
            files.sort();
            return Some(Self {
                folder: true,
                ..Self::of(files.first()?)?
            });
        }
        let mut bytes = vec![];
        let file = File::open(path).ok()?;
        file.take(GLIMPSED).read_to_end(&mut bytes).ok()?;
        Some(Self {
            extension: extension(path),
            folder: false,
            bytes,
        })
    }

    /// The lines that are whole, as far as they are text.
    pub fn lines(&self) -> Vec<&str> {
        let end = self.bytes.iter().rposition(|b| *b == b'\n');
        let whole = match self.bytes.len() as u64 == GLIMPSED {
            true => &self.bytes[..end.unwrap_or(0)],
            false => &self.bytes,
        };
        std::str::from_utf8(whole)
            .map(|t| t.lines().collect())
            .unwrap_or_default()
    }
}

/// The extension of a path in lower case, empty if there is none.
pub fn extension(path: &Path) -> String {
    let extension = path.extension().unwrap_or_default();
    extension.to_string_lossy().to_ascii_lowercase()
}

/// Things of several files, each with a name by which it can be told from the others.
#[derive(Clone, Debug)]
pub struct Named<T> {
    /// The names.
    pub names: Vec<String>,
    /// The things.
    pub items: Vec<T>,
    /// Where they are from, and what was left out.
    pub account: Account,
}

impl Input {
    /// What each file holds. One of several that is there and cannot be read is left out and told.
    ///
    /// # Errors
    /// The reader's: that of a file that is not there, or of the first where no file can be read.
    pub fn each<T, E: std::fmt::Display>(
        &self,
        read: impl FnMut(&Path) -> Result<T, E>,
    ) -> Result<(Vec<T>, Vec<LeftOut>), E> {
        each_of(self.files.iter(), read)
    }

    /// Reads all files. Those whose names end in one of `ours` were written by this program, and are left out unless
    /// nothing else is named.
    ///
    /// # Errors
    /// The reader's.
    pub fn several<T, E: std::fmt::Display>(
        &self,
        ours: &[&str],
        read: impl FnMut(&Path) -> Result<(Vec<String>, Vec<T>), E>,
    ) -> Result<Named<T>, E> {
        let own = |file: &&PathBuf| ours.iter().any(|end| file.to_string_lossy().ends_with(end));
        let others = self.files.iter().filter(|file| !own(file)).count();
        let files = self.files.iter().filter(|file| others == 0 || !own(file));
        let (read, unread) = each_of(files, read)?;
        let (names, items): (Vec<Vec<String>>, Vec<Vec<T>>) = read.into_iter().unzip();
        let (mut names, items) = (
            names.concat(),
            items.into_iter().flatten().collect::<Vec<T>>(),
        );
        distinguish(&mut names);
        let mut account = Account::whole(self, items.len());
        account.left_out = unread;
        if others > 0 && others < self.files.len() {
            let count = (self.files.len() - others) as u64;
            let reason = "pictures that this program drew";
            account
                .left_out
                .push(LeftOut::new("of the files", count, reason));
        }
        Ok(Named {
            names,
            items,
            account,
        })
    }
}

fn each_of<'a, T, E: std::fmt::Display>(
    files: impl Iterator<Item = &'a PathBuf>,
    mut read: impl FnMut(&Path) -> Result<T, E>,
) -> Result<(Vec<T>, Vec<LeftOut>), E> {
    let (mut all, mut left_out, mut first) = (vec![], vec![], None);
    for file in files {
        match read(file) {
            Ok(one) => all.push(one),
            // A name that was typed wrong is not left out: whoever typed it has to know.
            Err(error) if !file.exists() && file != Path::new("-") => return Err(error),
            Err(error) => {
                left_out.push(LeftOut::new("of the files", 1, error.to_string()));
                first.get_or_insert(error);
            }
        }
    }
    match first {
        Some(error) if all.is_empty() => Err(error),
        _ => Ok((all, left_out)),
    }
}

/// Numbers names that came before.
fn distinguish(names: &mut [String]) {
    let mut seen = HashSet::new();
    for name in names {
        let mut numbered = name.clone();
        for number in 2.. {
            if seen.insert(numbered.clone()) {
                break;
            }
            numbered = format!("{name} {number}");
        }
        *name = numbered;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_came_before_are_numbered() {
        let mut names = ["a", "b", "a", "a", "a 2"].map(str::to_owned);
        distinguish(&mut names);
        assert_eq!(names, ["a", "b", "a 2", "a 3", "a 2 2"]);
    }

    #[test]
    fn files_are_told_apart_alike_from_anywhere() {
        let names = |files: &[&str]| -> Vec<String> {
            let input = Input::files(files);
            input.files.iter().map(|f| input.told_apart(f)).collect()
        };
        assert_eq!(names(&["a.csv"]), ["a.csv"]);
        assert_eq!(names(&["/x/y/a.csv"]), ["a.csv"]);
        assert_eq!(names(&["x/a.csv", "y/a.csv"]), ["x/a.csv", "y/a.csv"]);
        assert_eq!(names(&["/z/x/a.csv", "/z/y/a.csv"]), ["x/a.csv", "y/a.csv"]);
        assert_eq!(names(&["b.csv", "x/a.csv"]), ["b.csv", "x/a.csv"]);
        assert_eq!(names(&["/z/b.csv", "/z/x/a.csv"]), ["b.csv", "x/a.csv"]);
        assert_eq!(names(&["./b.csv", "x/a.csv"]), ["b.csv", "x/a.csv"]);
        let here = std::env::current_dir().unwrap().join("a.csv");
        assert_eq!(
            names(&[here.to_str().unwrap(), "b.csv"]),
            ["a.csv", "b.csv"]
        );
    }

    #[test]
    fn things_of_several_files_are_joined_without_our_own() {
        let of = |files: &[&str]| {
            let one = |path: &Path| Ok::<_, String>((vec![path.display().to_string()], vec![()]));
            Input::files(files).several(&["-ours.png"], one).unwrap()
        };
        let found = of(&["a.png", "a-ours.png", "b.png"]);
        assert_eq!(found.names, ["a.png", "b.png"]);
        assert_eq!(found.account.left_out[0].count, 1);
        assert_eq!(of(&["a-ours.png"]).names, ["a-ours.png"]);
    }

    #[test]
    fn one_bad_file_of_several_is_left_out_and_the_only_one_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        for name in ["a", "b", "bad-1", "bad-2"] {
            std::fs::write(file(name), name).unwrap();
        }
        let read = |path: &Path| match std::fs::read_to_string(path) {
            Ok(text) if text.starts_with("bad") => Err(format!("{text} is no picture")),
            other => other.map_err(|e| e.to_string()),
        };
        let of = |names: &[&str]| Input::files(names.iter().map(|n| file(n))).each(read);
        let (found, left_out) = of(&["a", "bad-1", "b", "bad-2"]).unwrap();
        assert_eq!(found, ["a", "b"]);
        let reasons = left_out.iter().map(|l| &*l.reason);
        assert!(reasons.eq(["bad-1 is no picture", "bad-2 is no picture"]));
        assert_eq!(
            of(&["bad-1", "bad-2"]),
            Err("bad-1 is no picture".to_owned())
        );
        assert!(of(&["a", "c"]).unwrap_err().contains("No such file"));
        assert_eq!(of(&[]), Ok((vec![], vec![])));
    }
}
