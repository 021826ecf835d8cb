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

use std::io::{Cursor, Read};
use std::path::{Component, Path, PathBuf};

use flate2::read::MultiGzDecoder;
use zip::ZipArchive;

use super::image::{Drawn, Image};
use helmholtz_data::files::{InFile, Unread, at, find, read_whole, stem};
use helmholtz_data::picture::{Gray, PictureError, decode, part};

/// The most bytes of a file, and of what a compressed one holds.
const LARGEST: u64 = 256 << 20;
/// The most bytes of a picture in an archive.
const LARGEST_PICTURE: u64 = 16 << 20;
/// The most pixels of a picture in either direction.
const WIDEST: u32 = 4096;
/// The most pixels of all images together, as the model sees them.
const MOST_PIXELS: usize = 1 << 29;

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
    /// A damaged archive.
    #[error("not a readable ZIP archive ({0}); download it again, or pack it with `zip`")]
    Zip(String),
    /// A file of an archive that says it is elsewhere.
    #[error("it would lie outside of the archive's folder; do not trust this archive")]
    Outside,
    /// A damaged IDX file.
    #[error("not a readable IDX file: {0}; download it again")]
    Idx(String),
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

/// The folders that a file is in.
fn parents(file: &Path) -> Vec<String> {
    let folder = file.parent().into_iter().flat_map(Path::components);
    let names = folder.filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
        _ => None,
    });
    names.collect()
}

impl Images {
    fn folder(&mut self, path: &Path, ours: &[&str]) -> Result<(), ReadError> {
        let files = find(path, &["png"]).map_err(|e| at(path)(e.into()))?;
        let meant = |file: &&PathBuf| !ours.iter().any(|end| file.to_string_lossy().ends_with(end));
        for file in files.iter().filter(meant) {
            let bytes = read_whole(file, LARGEST_PICTURE).map_err(|e| at(file)(e.into()))?;
            let within = file.strip_prefix(path).unwrap_or(file);
            let name = within.with_extension("").display().to_string();
            self.png(&bytes, &parents(within), name).map_err(at(file))?;
        }
        Ok(())
    }
    fn file(&mut self, path: &Path) -> Result<(), ReadError> {
        let bytes = read_whole(path, LARGEST).map_err(|e| at(path)(e.into()))?;
        match &bytes[..] {
            [b'P', b'K', ..] => self.zip(&bytes, path),
            [0x89, b'P', ..] => self.png(&bytes, &[], stem(path)).map_err(at(path)),
            [] => Err(at(path)(Fault::Empty)),
            [0x1f, 0x8b, ..] | [0, 0, 8, 3, ..] => {
                let labels = labels(path)?;
                unpacked(&bytes)
                    .and_then(|bytes| self.idx(&bytes, &labels))
                    .map_err(at(path))
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

    /// All pictures of an archive, in the order of their names. A folder that all are in is not looked at.
    fn zip(&mut self, bytes: &[u8], path: &Path) -> Result<(), ReadError> {
        let refuse = |e: zip::result::ZipError| at(path)(Fault::Zip(e.to_string()));
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(refuse)?;
        let names = archive.file_names().map(|name| Ok(name?.into_owned()));
        let mut names = names.collect::<Result<Vec<String>, _>>().map_err(refuse)?;
        names.retain(|name| is_picture(name));
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
            let name = place.with_extension("").display().to_string();
            self.png(&bytes, &folders[skipped.min(folders.len())..], name)
                .map_err(inside)?;
        }
        Ok(())
    }

    /// Images as MNIST has them: ink is bright.
    fn idx(&mut self, bytes: &[u8], labels: &[u8]) -> Result<(), Fault> {
        let [count, height, width] = header(bytes, 3)?;
        let wide = height.max(width) > WIDEST as usize;
        if count == 0 || height == 0 || width == 0 || wide {
            let reason = format!("{count} images of {height} x {width} pixels");
            return Err(Fault::Idx(reason));
        }
        let pixels = height * width;
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
            self.push(&gray, (label, String::new()), format!("image {}", i + 1))?;
        }
        Ok(())
    }
}

/// Whether a file of an archive is a picture that somebody put there: systems add hidden ones of their own.
fn is_picture(name: &str) -> bool {
    let hidden = |part: &str| part.starts_with('.') && part != ".." || part == "__MACOSX";
    name.to_ascii_lowercase().ends_with(".png") && !name.split('/').any(hidden)
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

/// The share of a pixel's area that is ink from which on it is ink, where a picture is made smaller and its lines are not
/// so thin that most of what they touch has less.
const THIN: f64 = 0.3;

/// A picture as an image of `size` pixels in either direction; see the head of this file.
fn fitted(gray: &Gray, size: usize) -> Image {
    let own = ink(gray);
    let side = gray.width.max(gray.height);
    let (left, top) = ((side - gray.width) / 2, (side - gray.height) / 2);
    let covered = |row: usize, column: usize| {
        let inside =
            (top..top + gray.height).contains(&row) && (left..left + gray.width).contains(&column);
        inside && own[(row - top) * gray.width + column - left]
    };
    let share = |i: usize| -> f64 {
        let (rows, columns) = (part(i / size, side, size), part(i % size, side, size));
        let inked = rows.iter().flat_map(|&(row, height)| {
            let inked = columns.iter().filter(move |c| covered(row, c.0));
            inked.map(move |c| height * c.1)
        });
        inked.sum::<f64>() / (side as f64 / size as f64).powi(2)
    };
    let shares: Vec<f64> = (0..size * size).map(share).collect();
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
