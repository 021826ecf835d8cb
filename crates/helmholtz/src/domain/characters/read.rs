//! Images from files: PNG, IDX, ZIP archives, and folders.
//!
//! A PNG may be of any size and colour. It is made gray, and its ground is what most of its edge has, black or white;
//! what is darker or lighter by half is ink. A picture that is not square is padded with ground. Then it is scaled to
//! the model's size by areas, and a pixel is ink if three tenths of its area are, since thin lines lose when they are
//! made smaller; in a picture that has that size already, half.
//!
//! In folders and archives the folder of a file names its class. Where that is in another folder, as in Omniglot
//! (`Greek/character07/0424_11.png`), the outer one is the class and the inner one what is drawn.

use std::io::{Cursor, Read};
use std::path::{Component, Path};

use flate2::read::MultiGzDecoder;
use zip::ZipArchive;

use super::image::{Drawn, Image};
use crate::files::{Unread, find, read_whole};
use crate::picture::{Gray, PictureError, decode};

/// The most bytes of a file, and of what a compressed one holds.
const LARGEST: u64 = 256 << 20;
/// The most bytes of a picture in an archive.
const LARGEST_PICTURE: u64 = 16 << 20;
/// The most pixels of a picture in either direction.
const WIDEST: u32 = 4096;
/// The most pixels of all images together, as the model sees them.
const MOST_PIXELS: usize = 1 << 29;

/// Why there are no images.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {fault}")]
pub struct ReadError {
    /// The file, and the one in it.
    pub file: String,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a file of images.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// It could not be read, or there is too much of it.
    #[error(transparent)]
    Unread(#[from] Unread),
    /// It is no picture that can be read.
    #[error(transparent)]
    Picture(#[from] PictureError),
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
    /// A damaged archive.
    #[error("not a readable ZIP archive ({0}); download or pack it again")]
    Zip(String),
    /// A file of an archive that says it is elsewhere.
    #[error("it would lie outside of the archive's folder; do not trust this archive")]
    Outside,
    /// A damaged IDX file.
    #[error("not a readable IDX file: {0}; download it again")]
    Idx(String),
}

/// The images of a file or folder, `size` pixels in either direction, in the order of names.
///
/// # Errors
/// When something cannot be read, is no image, or is blank.
pub fn read(path: &Path, size: usize) -> Result<Vec<Drawn>, ReadError> {
    let mut images = Images {
        size,
        found: vec![],
    };
    if !path.is_dir() {
        images.file(path)?;
        return Ok(images.found);
    }
    let files = find(path, &["png"]).map_err(|e| at(path)(e.into()))?;
    for file in &files {
        let bytes = read_whole(file, LARGEST_PICTURE).map_err(|e| at(file)(e.into()))?;
        let within = file.strip_prefix(path).unwrap_or(file);
        let png = images.png(&bytes, &parents(within)).map_err(at(file));
        png?;
    }
    match images.found.is_empty() {
        true => Err(at(path)(Fault::Nothing)),
        false => Ok(images.found),
    }
}

fn at(path: &Path) -> impl Fn(Fault) -> ReadError + use<> {
    let file = path.display().to_string();
    move |fault| ReadError {
        file: file.clone(),
        fault,
    }
}

/// The folders that a file is in.
fn parents(file: &Path) -> Vec<String> {
    let folder = file.parent().into_iter().flat_map(Path::components);
    let names = folder.filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
        _ => None,
    });
    names.collect()
}

/// Images found so far.
struct Images {
    size: usize,
    found: Vec<Drawn>,
}

impl Images {
    fn file(&mut self, path: &Path) -> Result<(), ReadError> {
        let bytes = read_whole(path, LARGEST).map_err(|e| at(path)(e.into()))?;
        match &bytes[..] {
            [b'P', b'K', ..] => self.zip(&bytes, path),
            [0x89, b'P', ..] => self.png(&bytes, &[]).map_err(at(path)),
            [0x1f, 0x8b, ..] | [0, 0, 8, 3, ..] => {
                let labels = labels(path)?;
                unpacked(&bytes)
                    .and_then(|bytes| self.idx(&bytes, &labels))
                    .map_err(at(path))
            }
            _ => Err(at(path)(Fault::Unknown)),
        }
    }

    fn push(&mut self, image: Image, label: Option<String>, name: String) -> Result<(), Fault> {
        if image.is_blank() {
            return Err(Fault::Blank);
        }
        if (self.found.len() + 1) * self.size * self.size > MOST_PIXELS {
            return Err(Fault::TooMany(self.size));
        }
        self.found.push(Drawn { image, label, name });
        Ok(())
    }

    fn png(&mut self, bytes: &[u8], folders: &[String]) -> Result<(), Fault> {
        let wanted = format!("at most {WIDEST} in either direction");
        let fits = |w: u32, h: u32| w.max(h) <= WIDEST && w.min(h) > 0;
        let gray = decode(bytes, fits, &wanted)?;
        let (label, name) = match folders {
            [] => (None, String::new()),
            [label] => (Some(label.clone()), String::new()),
            [.., label, name] => (Some(label.clone()), name.clone()),
        };
        self.push(fitted(&gray, self.size), label, name)
    }

    /// All pictures of an archive, in the order of their names. A folder that all are in is not looked at.
    fn zip(&mut self, bytes: &[u8], path: &Path) -> Result<(), ReadError> {
        let refuse = |e: zip::result::ZipError| at(path)(Fault::Zip(e.to_string()));
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(refuse)?;
        let names = archive.file_names().map(|name| Ok(name?.into_owned()));
        let mut names = names.collect::<Result<Vec<String>, _>>().map_err(refuse)?;
        names.retain(|name| name.to_ascii_lowercase().ends_with(".png"));
        names.sort();
        let first = names.first().map(|n| parents(Path::new(n)));
        let shared = first.and_then(|folders| folders.first().cloned());
        let all = |name: &String| parents(Path::new(name)).first() == shared.as_ref();
        let skipped = usize::from(shared.is_some() && names.iter().all(all));
        for name in &names {
            let inside = at(&path.join(name));
            let entry = archive.by_name(name).map_err(refuse)?;
            let place = entry
                .enclosed_name()
                .ok_or_else(|| inside(Fault::Outside))?;
            let mut bytes = vec![];
            let read = entry.take(LARGEST_PICTURE + 1).read_to_end(&mut bytes);
            read.map_err(|e| inside(Fault::Zip(e.to_string())))?;
            if bytes.len() as u64 > LARGEST_PICTURE {
                return Err(inside(Unread::TooLarge(LARGEST_PICTURE).into()));
            }
            let folders = parents(&place);
            self.png(&bytes, &folders[skipped.min(folders.len())..])
                .map_err(inside)?;
        }
        match names.is_empty() {
            true => Err(at(path)(Fault::Nothing)),
            false => Ok(()),
        }
    }

    /// Images as MNIST has them: ink is bright.
    fn idx(&mut self, bytes: &[u8], labels: &[u8]) -> Result<(), Fault> {
        let [count, height, width] = header(bytes, 3)?;
        let pixels = height.checked_mul(width).filter(|&p| p > 0);
        let pixels = pixels.ok_or_else(|| Fault::Idx("images without pixels".into()))?;
        let given = &bytes[16..];
        if count.checked_mul(pixels) != Some(given.len()) {
            let reason = format!(
                "{count} images of {height} x {width} in {} bytes",
                given.len()
            );
            return Err(Fault::Idx(reason));
        }
        if !labels.is_empty() && labels.len() != count {
            let reason = format!("{count} images and {} labels", labels.len());
            return Err(Fault::Idx(reason));
        }
        for (i, levels) in given.chunks_exact(pixels).enumerate() {
            let gray = Gray {
                width,
                height,
                levels: levels.iter().map(|l| u8::MAX - l).collect(),
            };
            let label = labels.get(i).map(u8::to_string);
            self.push(fitted(&gray, self.size), label, String::new())?;
        }
        Ok(())
    }
}

/// The numbers of an IDX header of that many dimensions.
fn header<const N: usize>(bytes: &[u8], dimensions: u8) -> Result<[usize; N], Fault> {
    let (magic, rest) = bytes.split_at(bytes.len().min(4));
    let sizes = rest.as_chunks::<4>().0;
    if magic != [0, 0, 8, dimensions] || sizes.len() < N {
        return Err(Fault::Idx("it does not begin as such a file does".into()));
    }
    Ok(std::array::from_fn(|i| {
        u32::from_be_bytes(sizes[i]) as usize
    }))
}

/// The labels beside a file of images, named as MNIST's are; none where there is no such file.
fn labels(images: &Path) -> Result<Vec<u8>, ReadError> {
    let name = images.file_name().unwrap_or_default().to_string_lossy();
    let path = images.with_file_name(name.replace("images-idx3", "labels-idx1"));
    if path == images || !path.is_file() {
        return Ok(vec![]);
    }
    let read = || {
        let bytes = unpacked(&read_whole(&path, LARGEST)?)?;
        let [count] = header(&bytes, 1)?;
        match bytes.len() - 8 == count {
            true => Ok(bytes[8..].to_vec()),
            false => Err(Fault::Idx(format!(
                "{count} labels in {} bytes",
                bytes.len() - 8
            ))),
        }
    };
    read().map_err(at(&path))
}

/// The content of a file that may be gzipped.
fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes.to_vec());
    }
    let mut content = vec![];
    let reader = MultiGzDecoder::new(bytes);
    let read = reader.take(LARGEST + 1).read_to_end(&mut content);
    read.map_err(Unread::Unreadable)?;
    match content.len() as u64 > LARGEST {
        true => Err(Unread::TooLarge(LARGEST).into()),
        false => Ok(content),
    }
}

/// The share of a pixel's area that is ink from which on it is ink, where a picture is made smaller.
const THIN: f64 = 0.3;

/// A picture as an image of `size` pixels in either direction; see the head of this file.
fn fitted(gray: &Gray, size: usize) -> Image {
    let ink = ink(gray);
    let side = gray.width.max(gray.height);
    let (left, top) = ((side - gray.width) / 2, (side - gray.height) / 2);
    let covered = |row: usize, column: usize| {
        let inside =
            (top..top + gray.height).contains(&row) && (left..left + gray.width).contains(&column);
        inside && ink[(row - top) * gray.width + column - left]
    };
    let least = if side > size { THIN } else { 0.5 };
    let pixel = |i: usize| {
        let (rows, columns) = (part(i / size, side, size), part(i % size, side, size));
        let share = rows.iter().flat_map(|&(row, height)| {
            let inked = columns.iter().filter(move |c| covered(row, c.0));
            inked.map(move |c| height * c.1)
        });
        let area = (side as f64 / size as f64).powi(2);
        u8::from(share.sum::<f64>() >= least * area)
    };
    Image::of(size, (0..size * size).map(pixel).collect())
}

/// Which of `side` rows lie in row i of `size`, and how much of each.
fn part(i: usize, side: usize, size: usize) -> Vec<(usize, f64)> {
    let place = |i: usize| (i * side) as f64 / size as f64;
    let (from, to) = (place(i), place(i + 1));
    let each = from.floor() as usize..(to.ceil() as usize).min(side);
    each.map(|row| (row, to.min(row as f64 + 1.0) - from.max(row as f64)))
        .collect()
}

/// Which pixels are ink: those on the other side of half from most of the edge.
fn ink(gray: &Gray) -> Vec<bool> {
    let dark = |&level: &u8| level < 128;
    let (w, h) = (gray.width, gray.height);
    let on_edge = |i: &usize| [0, h - 1].contains(&(i / w)) || [0, w - 1].contains(&(i % w));
    let edge: Vec<usize> = (0..w * h).filter(on_edge).collect();
    let darks = edge.iter().filter(|&&i| dark(&gray.levels[i])).count();
    let ground = 2 * darks > edge.len();
    gray.levels.iter().map(|l| dark(l) != ground).collect()
}

#[cfg(test)]
mod tests;
