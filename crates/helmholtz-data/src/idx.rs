//! Images in IDX files, as MNIST has them, with the labels beside them.

use std::path::Path;

use super::archive::unpacked;
use super::files::{InFile, Unread, at, read_whole};

/// What is wrong with an IDX file.
#[derive(Debug, thiserror::Error)]
pub enum IdxError {
    /// It could not be read, or there is too much of it.
    #[error(transparent)]
    Unread(#[from] Unread),
    /// A damaged file.
    #[error("not a readable IDX file: {0}; download it again")]
    Idx(String),
}

/// Images of one size, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idx {
    /// Rows of each.
    pub height: usize,
    /// Pixels in a row.
    pub width: usize,
    levels: Vec<u8>,
    /// One of each image, or none at all.
    labels: Vec<u8>,
}

/// How much is read.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The most bytes of a file, and of what a gzipped one holds.
    pub most: u64,
    /// The most pixels of an image in either direction.
    pub widest: u32,
}

impl Idx {
    /// The number of images.
    pub fn count(&self) -> usize {
        self.levels.len() / (self.height * self.width).max(1)
    }

    /// The images of a file that may be gzipped, with the labels beside it, which are named as MNIST's are.
    ///
    /// # Errors
    /// When it or the labels are damaged or beyond the bounds, or there is not a label for each image.
    pub fn read(path: &Path, bytes: &[u8], bounds: Bounds) -> Result<Self, InFile<IdxError>> {
        let labels = labels(path, bounds.most)?;
        unpacked(bytes, bounds.most)
            .map_err(IdxError::from)
            .and_then(|bytes| Self::new(&bytes, labels, bounds.widest))
            .map_err(at(path))
    }

    fn new(bytes: &[u8], labels: Vec<u8>, widest: u32) -> Result<Self, IdxError> {
        let [count, height, width] = header(bytes, 3)?;
        let wide = height.max(width) > widest as usize;
        if count == 0 || height == 0 || width == 0 || wide {
            let reason = format!("{count} images of {height} x {width} pixels");
            return Err(IdxError::Idx(reason));
        }
        let given = &bytes[16..];
        if count.checked_mul(height * width) != Some(given.len()) {
            let bytes = given.len();
            let reason = format!("{count} images of {height} x {width} in {bytes} bytes");
            return Err(IdxError::Idx(reason));
        }
        if !labels.is_empty() && labels.len() != count {
            let reason = format!("{count} images and {} labels", labels.len());
            return Err(IdxError::Idx(reason));
        }
        Ok(Self {
            height,
            width,
            levels: given.to_vec(),
            labels,
        })
    }

    /// The levels of each image, row by row, with its label where it has one.
    pub fn images(&self) -> impl Iterator<Item = (&[u8], Option<u8>)> {
        let each = self.levels.chunks_exact((self.height * self.width).max(1));
        each.enumerate()
            .map(|(i, levels)| (levels, self.labels.get(i).copied()))
    }
}

/// The numbers of an IDX header of that many dimensions.
fn header<const N: usize>(bytes: &[u8], dimensions: u8) -> Result<[usize; N], IdxError> {
    let (magic, rest) = bytes.split_at(bytes.len().min(4));
    let sizes = rest.as_chunks::<4>().0;
    if magic != [0, 0, 8, dimensions] || sizes.len() < N {
        let reason = "it does not begin as such a file does";
        return Err(IdxError::Idx(reason.into()));
    }
    Ok(std::array::from_fn(|i| {
        u32::from_be_bytes(sizes[i]) as usize
    }))
}

/// The labels beside a file of images; none where there is no such file.
fn labels(images: &Path, most: u64) -> Result<Vec<u8>, InFile<IdxError>> {
    let name = images.file_name().unwrap_or_default().to_string_lossy();
    let path = images.with_file_name(name.replace("images-idx3", "labels-idx1"));
    if path == images || !path.is_file() {
        return Ok(vec![]);
    }
    let read = || {
        let bytes = unpacked(&read_whole(&path, most)?, most)?;
        let [count] = header(&bytes, 1)?;
        let given = bytes.len() - 8;
        match given == count {
            true => Ok(bytes[8..].to_vec()),
            false => Err(IdxError::Idx(format!("{count} labels in {given} bytes"))),
        }
    };
    read().map_err(at(&path))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds {
        most: 100,
        widest: 4,
    };

    fn idx(sizes: &[u32], content: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0, 0, 8, sizes.len() as u8];
        sizes.iter().for_each(|s| bytes.extend(s.to_be_bytes()));
        bytes.extend(content);
        bytes
    }

    #[test]
    fn images_are_read_with_the_labels_beside_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t-images-idx3-ubyte");
        let bytes = idx(&[2, 1, 2], &[1, 2, 3, 4]);
        let found = || Idx::read(&path, &bytes, BOUNDS);
        let alone = found().unwrap();
        let images: Vec<_> = alone.images().collect();
        assert_eq!(images, [(&[1, 2][..], None), (&[3, 4], None)]);
        let beside = folder.path().join("t-labels-idx1-ubyte");
        std::fs::write(&beside, idx(&[2], &[7, 0])).unwrap();
        let labels: Vec<_> = found().unwrap().images().map(|i| i.1).collect();
        assert_eq!(labels, [Some(7), Some(0)]);
        std::fs::write(&beside, idx(&[2], &[7])).unwrap();
        let refused = found().unwrap_err().to_string();
        assert!(refused.contains("labels-idx1-ubyte: "), "{refused}");
        assert!(refused.contains("2 labels in 1 bytes"), "{refused}");
    }

    #[test]
    fn files_that_lie_about_their_size_are_refused() {
        let path = Path::new("x");
        for (sizes, content) in [
            ([u32::MAX, 4, 4], &[1; 16][..]),
            ([1, 0, 4], &[]),
            ([0, 4, 4], &[]),
            ([1, 1, 5], &[1; 5]),
        ] {
            let read = Idx::read(path, &idx(&sizes, content), BOUNDS);
            assert!(matches!(read.unwrap_err().fault, IdxError::Idx(_)));
        }
        assert!(Idx::read(path, &[0, 0, 8, 3, 1], BOUNDS).is_err());
    }
}
