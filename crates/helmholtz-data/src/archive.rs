//! ZIP archives and gzipped files, read within bounds.

use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use zip::ZipArchive;
use zip::result::ZipError;

use super::files::{Entry, InFile, Unread, at};

/// What is wrong with an archive.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// A file of it could not be read, or there is too much of it.
    #[error(transparent)]
    Unread(#[from] Unread),
    /// A damaged archive.
    #[error("not a readable ZIP archive ({0}); download it again, or pack it with `zip`")]
    Zip(String),
    /// A file of an archive that says it is elsewhere.
    #[error("it would lie outside of the archive's folder; do not trust this archive")]
    Outside,
}

/// A ZIP archive with files of some kinds, which are read one by one.
pub struct Archive<'a> {
    path: PathBuf,
    zip: ZipArchive<Cursor<&'a [u8]>>,
    files: Vec<String>,
}

impl<'a> Archive<'a> {
    /// The archive of that path with files whose names end in one of `kinds`.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn open(
        path: &Path,
        bytes: &'a [u8],
        kinds: &[&str],
    ) -> Result<Self, InFile<ArchiveError>> {
        let refuse = |e: ZipError| at(path)(ArchiveError::Zip(e.to_string()));
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(refuse)?;
        let names = zip.file_names().map(|name| Ok(name?.into_owned()));
        let mut files = names.collect::<Result<Vec<String>, _>>().map_err(refuse)?;
        files.retain(|name| is_meant(name, kinds));
        files.sort();
        Ok(Self {
            path: path.to_owned(),
            zip,
            files,
        })
    }

    /// Its files, in the order of names, without those that systems hide in archives.
    pub fn files(&self) -> &[String] {
        &self.files
    }

    /// One of its files, by its name.
    ///
    /// # Errors
    /// When the archive is damaged, or the file says that it is elsewhere or has more than `most` bytes.
    pub fn read(&mut self, name: &str, most: u64) -> Result<Entry, InFile<ArchiveError>> {
        let refuse = |e: ZipError| ArchiveError::Zip(e.to_string());
        let entry = self.zip.by_name(name);
        let entry = entry.map_err(|e| at(&self.path)(refuse(e)))?;
        let file = self.path.join(name);
        let inside = at(&file);
        let within = entry
            .enclosed_name()
            .ok_or_else(|| inside(ArchiveError::Outside))?;
        let mut bytes = vec![];
        let read = entry.take(most + 1).read_to_end(&mut bytes);
        read.map_err(|e| inside(ArchiveError::Zip(e.to_string())))?;
        if bytes.len() as u64 > most {
            return Err(inside(Unread::TooLarge(most).into()));
        }
        Ok(Entry {
            file,
            within,
            bytes,
        })
    }
}

/// Whether a file of an archive is of these kinds and somebody put it there: systems add hidden ones of their own.
fn is_meant(name: &str, kinds: &[&str]) -> bool {
    let hidden = |part: &str| part.starts_with('.') && part != ".." || part == "__MACOSX";
    let lower = name.to_ascii_lowercase();
    let known = kinds.iter().any(|k| lower.ends_with(&format!(".{k}")));
    known && !name.split('/').any(hidden)
}

/// The content of a file that may be gzipped.
///
/// # Errors
/// When it is damaged, or holds more than `most` bytes.
pub fn unpacked(bytes: &[u8], most: u64) -> Result<Vec<u8>, Unread> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes.to_vec());
    }
    let mut content = vec![];
    let reader = MultiGzDecoder::new(bytes);
    reader.take(most + 1).read_to_end(&mut content)?;
    match content.len() as u64 > most {
        true => Err(Unread::TooLarge(most)),
        false => Ok(content),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(vec![]));
        for (name, bytes) in entries {
            let options = SimpleFileOptions::default();
            writer.start_file(*name, options).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn files_of_an_archive_are_read_in_order_without_hidden_ones() {
        let bytes = archive(&[
            ("set/b/2.PNG", b"two"),
            ("set/a/1.png", b"one"),
            ("set/readme.txt", b"hello"),
            ("__MACOSX/set/a/._1.png", b""),
            ("set/.hidden/3.png", b""),
        ]);
        let mut archive = Archive::open(Path::new("x.zip"), &bytes, &["png"]).unwrap();
        assert_eq!(archive.files(), ["set/a/1.png", "set/b/2.PNG"]);
        let entry = archive.read("set/b/2.PNG", 3).unwrap();
        assert_eq!(
            (&entry.bytes[..], entry.name()),
            (&b"two"[..], "set/b/2".into())
        );
        assert_eq!(entry.folders(), ["set", "b"]);
        assert_eq!(entry.file, Path::new("x.zip/set/b/2.PNG"));
    }

    #[test]
    fn hostile_archives_are_refused_by_name() {
        let path = Path::new("x.zip");
        let refused = |bytes: &[u8]| {
            let read = Archive::open(path, bytes, &["png"])
                .and_then(|mut archive| archive.read(&archive.files()[0].clone(), 10));
            read.unwrap_err().to_string()
        };
        let good = archive(&[("a/b.png", b"picture")]);
        assert!(refused(&good[..30]).starts_with("x.zip: not a readable ZIP"));
        let outside = refused(&archive(&[("../../a.png", b"")]));
        assert!(outside.contains("a.png: it would lie outside"), "{outside}");
        let bomb = refused(&archive(&[("a.png", &[0; 11])]));
        assert!(bomb.starts_with("x.zip/a.png: it has over"), "{bomb}");
    }

    #[test]
    fn gzipped_files_are_unpacked_within_bounds() {
        let mut writer = GzEncoder::new(vec![], Compression::default());
        writer.write_all(b"content").unwrap();
        let packed = writer.finish().unwrap();
        assert_eq!(unpacked(&packed, 7).unwrap(), b"content");
        assert_eq!(unpacked(b"content", 7).unwrap(), b"content");
        let refused = |bytes: &[u8], most| unpacked(bytes, most).unwrap_err();
        assert!(matches!(refused(&packed, 6), Unread::TooLarge(6)));
        assert!(matches!(refused(&packed[..12], 7), Unread::Unreadable(_)));
    }
}
