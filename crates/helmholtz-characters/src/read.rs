//! Images from files: PNG, IDX, ZIP archives, and folders.
//!
//! A PNG may be of any size and colour. It is made gray, and its ground is what most of its edge has;
//! what differs from that by half of the greatest difference is ink. A picture that is not square is padded with ground. Then it is scaled to
//! the model's size by areas, and a pixel is ink if three tenths of its area are, since thin lines lose when they are
//! made smaller (or less, where lines are so thin that most pixels which they touch have less); in a picture that has that
//! size already, half.
//!
//! In folders and archives the folder of a file names its class. Where that is in another folder, as in Omniglot
//! (`Greek/character07/0424_11.png`), the outer one is the class and the inner one what is drawn.

use std::path::Path;

use super::image::{Drawn, Image};
use helmholtz_data::archive::{Archive, ArchiveError};
use helmholtz_data::files::{Entry, Folder, InFile, Unread, at, folders, read_whole, stem};
use helmholtz_data::idx::{Bounds, Idx, IdxError};
use helmholtz_data::picture::{Gray, KINDS, LARGEST, PictureError, WIDEST, decode, scaled};

/// What is read of a file at most, and of what a compressed one holds.
const BOUNDS: Bounds = Bounds {
    most: 256 << 20,
    widest: WIDEST,
};
/// The most pixels of all images together, as the model sees them.
const MOST_PIXELS: usize = 1 << 29;
/// The most pixels of all pictures together, as they are in files: some seconds of unpacking.
const MOST_UNPACKED: u64 = 1 << 29;

/// Why there are no images.
pub type ReadError = InFile<Fault>;

/// What is wrong with a file of images.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// It could not be read, or there is too much of it.
    #[error(transparent)]
    Unread(#[from] Unread),
    /// It is no picture that can be read.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// There is nothing in it.
    #[error("the file is empty; check that whatever wrote it has finished")]
    Empty,
    /// It is none of what can be read.
    #[error("neither PNG, ZIP nor IDX; save pictures as PNG")]
    Unknown,
    /// There are no pictures.
    #[error("there is no .png file in it")]
    Nothing,
    /// There is no ink.
    #[error("the page is blank: there is nothing to explain")]
    Blank,
    /// More images than can be held.
    #[error("more than {} images of this size; choose some", MOST_PIXELS / (.0 * .0))]
    TooMany(usize),
    /// More pixels than are unpacked.
    #[error("with it there are over {} million pixels; choose some pictures, or make them smaller", MOST_UNPACKED >> 20)]
    TooLarge,
    /// A damaged archive, or one that is not to be trusted.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// A damaged IDX file.
    #[error(transparent)]
    Idx(#[from] IdxError),
}

/// Images as they were read.
#[derive(Debug, Default)]
pub struct Images {
    /// The images.
    pub images: Vec<Drawn>,
    /// What each is called: its path within a folder or an archive, or its number in a file.
    pub names: Vec<String>,
    /// How many were left out because there is no ink in them.
    pub blank: usize,
    size: usize,
    /// Pixels of the pictures that were looked at.
    unpacked: u64,
}

/// The images of a file or folder, `size` pixels in either direction, in the order of names. Of several, blank ones are
/// left out. Pictures whose names end in one of `ours` are not meant by a folder.
///
/// # Errors
/// When something cannot be read or is no image, or all are blank.
pub fn read(path: &Path, size: usize, ours: &[&str]) -> Result<Images, ReadError> {
    let mut images = Images {
        size,
        ..Images::default()
    };
    match path.is_dir() {
        true => images.folder(path, ours)?,
        false => images.file(path)?,
    }
    match (images.images.is_empty(), images.blank) {
        (false, _) => Ok(images),
        (true, 0) => Err(at(path)(Fault::Nothing)),
        (true, _) => Err(at(path)(Fault::Blank)),
    }
}

impl Images {
    fn folder(&mut self, path: &Path, ours: &[&str]) -> Result<(), ReadError> {
        let folder = Folder::open(path, &KINDS, ours).map_err(InFile::widen)?;
        for file in folder.files() {
            let entry = folder.read(file, LARGEST).map_err(InFile::widen)?;
            self.entry(&entry, 0)?;
        }
        Ok(())
    }

    fn file(&mut self, path: &Path) -> Result<(), ReadError> {
        let bytes = read_whole(path, BOUNDS.most).map_err(|e| at(path)(e.into()))?;
        match &bytes[..] {
            [b'P', b'K', ..] => self.archive(path, &bytes),
            [0x89, b'P', ..] => self.png(&bytes, &[], stem(path)).map_err(at(path)),
            [] => Err(at(path)(Fault::Empty)),
            [0x1f, 0x8b, ..] | [0, 0, 8, 3, ..] => {
                let found = Idx::read(path, &bytes, BOUNDS).map_err(InFile::widen)?;
                self.idx(&found).map_err(at(path))
            }
            _ => Err(at(path)(Fault::Unknown)),
        }
    }

    fn push(
        &mut self,
        gray: &Gray,
        drawn: (Option<String>, String),
        name: String,
    ) -> Result<(), Fault> {
        let image = fitted(gray, self.size);
        if image.is_blank() {
            self.blank += 1;
            return Ok(());
        }
        if (self.images.len() + 1) * self.size * self.size > MOST_PIXELS {
            return Err(Fault::TooMany(self.size));
        }
        let (label, character) = drawn;
        self.images.push(Drawn {
            image,
            label,
            name: character,
        });
        self.names.push(name);
        Ok(())
    }

    fn png(&mut self, bytes: &[u8], folders: &[String], name: String) -> Result<(), Fault> {
        let wanted = format!("at most {WIDEST} in either direction");
        let fits = |w: u32, h: u32| w.max(h) <= WIDEST && w.min(h) > 0;
        self.unpacked += pixels(bytes);
        if self.unpacked > MOST_UNPACKED {
            return Err(Fault::TooLarge);
        }
        let on = |ground| decode(bytes, fits, &wanted, ground);
        // White ink on nothing is seen on black.
        let gray = match on(u8::MAX)? {
            gray if gray.levels.iter().all(|&level| level == u8::MAX) => on(0)?,
            gray => gray,
        };
        let drawn = match folders {
            [] => (None, String::new()),
            [label] => (Some(label.clone()), String::new()),
            [.., label, name] => (Some(label.clone()), name.clone()),
        };
        self.push(&gray, drawn, name)
    }

    /// A picture of a folder or an archive, of which the outermost folders are `skipped`.
    fn entry(&mut self, entry: &Entry, skipped: usize) -> Result<(), ReadError> {
        let folders = entry.folders();
        let folders = &folders[skipped.min(folders.len())..];
        self.png(&entry.bytes, folders, entry.name())
            .map_err(at(&entry.file))
    }

    /// All pictures of an archive, in the order of their names. A folder that all are in is not looked at.
    fn archive(&mut self, path: &Path, bytes: &[u8]) -> Result<(), ReadError> {
        let mut archive = Archive::open(path, bytes, &KINDS).map_err(InFile::widen)?;
        let names = archive.files().to_vec();
        let outermost = |name: &String| folders(Path::new(name)).into_iter().next();
        let shared = names.first().and_then(outermost);
        let all = names.iter().all(|name| outermost(name) == shared);
        let mut unpacked = 0;
        for name in &names {
            unpacked += pixels(&archive.read(name, LARGEST).map_err(InFile::widen)?.bytes);
            if unpacked > MOST_UNPACKED {
                return Err(at(path)(Fault::TooLarge));
            }
        }
        for name in &names {
            let entry = archive.read(name, LARGEST).map_err(InFile::widen)?;
            self.entry(&entry, usize::from(shared.is_some() && all))?;
        }
        Ok(())
    }

    /// Images as MNIST has them: ink is bright.
    fn idx(&mut self, found: &Idx) -> Result<(), Fault> {
        if found.count() * self.size * self.size > MOST_PIXELS {
            return Err(Fault::TooMany(self.size));
        }
        for (i, (levels, label)) in found.images().enumerate() {
            let gray = Gray {
                width: found.width,
                height: found.height,
                levels: levels.iter().map(|l| u8::MAX - l).collect(),
            };
            let label = label.map(|l| l.to_string());
            self.push(&gray, (label, String::new()), format!("image {}", i + 1))?;
        }
        Ok(())
    }
}

/// How many pixels a PNG says that it has; 0 where it says nothing.
fn pixels(png: &[u8]) -> u64 {
    let number = |at: usize| png.get(at..at + 4).and_then(|b| b.try_into().ok());
    let [width, height] = [16, 20].map(|at| number(at).map_or(0, u32::from_be_bytes));
    u64::from(width) * u64::from(height)
}

/// The share of a pixel's area that is ink from which on it is ink, where a picture is made smaller and its lines are not
/// so thin that most of what they touch has less.
const THIN: f64 = 0.3;

/// A picture as an image of `size` pixels in either direction; see the head of this file.
fn fitted(gray: &Gray, size: usize) -> Image {
    let own = ink(gray);
    let side = gray.width.max(gray.height);
    let (left, top) = ((side - gray.width) / 2, (side - gray.height) / 2);
    let covered = |row: usize, column: usize| -> bool {
        let inside =
            (top..top + gray.height).contains(&row) && (left..left + gray.width).contains(&column);
        inside && own[(row - top) * gray.width + column - left]
    };
    let shares = scaled(side, size, |row, column| covered(row, column).into());
    let least = match side > size {
        true => THIN
            .min(0.45 * upper_quartile(&shares))
            .max(f64::MIN_POSITIVE),
        false => 0.5,
    };
    let ink = shares.iter().map(|&share| u8::from(share >= least));
    Image::of(size, ink.collect())
}

/// What three quarters of the shares that are not zero are at most.
fn upper_quartile(shares: &[f64]) -> f64 {
    let mut inked: Vec<f64> = shares.iter().copied().filter(|&s| s > 0.0).collect();
    inked.sort_by(f64::total_cmp);
    inked.get(inked.len() * 3 / 4).copied().unwrap_or(0.0)
}

/// The least difference in brightness, of 255, by which ink is told from its ground.
const FAINTEST: u8 = 24;

/// Which pixels are ink: those that differ from the ground, which most of the edge is, by half of what the most different
/// one does.
fn ink(gray: &Gray) -> Vec<bool> {
    let (w, h) = (gray.width, gray.height);
    let on_edge = |i: &usize| [0, h - 1].contains(&(i / w)) || [0, w - 1].contains(&(i % w));
    let edge = (0..w * h).filter(on_edge);
    let mut edge: Vec<u8> = edge.map(|i| gray.levels[i]).collect();
    edge.sort_unstable();
    let ground = edge.get(edge.len() / 2).copied().unwrap_or(u8::MAX);
    let most = gray
        .levels
        .iter()
        .map(|l| l.abs_diff(ground))
        .max()
        .unwrap_or(0);
    let is_ink = |&level: &u8| most >= FAINTEST && level.abs_diff(ground) > most / 2;
    gray.levels.iter().map(is_ink).collect()
}

#[cfg(test)]
mod tests;
