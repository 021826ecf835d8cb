//! Images of characters: black on white, square, with the label of a class where there is one.

use serde::{Deserialize, Serialize};

/// A square image of ink and none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Rows", into = "Rows")]
pub struct Image {
    size: usize,
    /// Row by row from the upper left, 1 for ink.
    ink: Vec<u8>,
}

impl Image {
    /// From its pixels, row by row from the upper left, 1 for ink; `None` where there are not `size * size` of them, or one
    /// is neither 0 nor 1.
    pub fn new(size: usize, ink: Vec<u8>) -> Option<Self> {
        let square = size.checked_mul(size) == Some(ink.len());
        (square && ink.iter().all(|&i| i <= 1)).then_some(Self { size, ink })
    }

    /// From pixels that are known to be so.
    pub(super) fn of(size: usize, ink: Vec<u8>) -> Self {
        debug_assert!(ink.len() == size * size && ink.iter().all(|&i| i <= 1));
        Self { size, ink }
    }

    /// Pixels in either direction.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Whether there is no ink.
    pub fn is_blank(&self) -> bool {
        self.ink.iter().all(|&i| i == 0)
    }

    /// A string per row, `#` for ink and `.` for none.
    pub fn rows(&self) -> Vec<String> {
        let row = |row: &[u8]| row.iter().map(|&i| if i > 0 { '#' } else { '.' }).collect();
        self.ink.chunks(self.size.max(1)).map(row).collect()
    }

    /// A number made of the ink alone (FNV-1a): different images have different ones, but for chance.
    pub(super) fn number(&self) -> u64 {
        const START: u64 = 0xcbf2_9ce4_8422_2325;
        const PRIME: u64 = 0x0100_0000_01b3;
        let mix = |hash: u64, &ink: &u8| (hash ^ u64::from(ink)).wrapping_mul(PRIME);
        self.ink.iter().fold(START, mix)
    }

    /// Every pixel, row by row from the upper left, 1 for ink.
    pub fn ink(&self) -> &[u8] {
        &self.ink
    }
}

/// An image as a run folder keeps it: a string per row, `#` for ink and `.` for none.
#[derive(Serialize, Deserialize)]
struct Rows(Vec<String>);

/// Rows that are no image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an image is as many rows as columns of `#` and `.`")]
pub struct NotAnImage;

impl TryFrom<Rows> for Image {
    type Error = NotAnImage;

    fn try_from(rows: Rows) -> Result<Self, NotAnImage> {
        let pixel = |byte: u8| match byte {
            b'#' => Ok(1),
            b'.' => Ok(0),
            _ => Err(NotAnImage),
        };
        let size = rows.0.len();
        if rows.0.iter().any(|row| row.len() != size) {
            return Err(NotAnImage);
        }
        let ink = rows.0.iter().flat_map(|row| row.bytes()).map(pixel);
        Self::new(size, ink.collect::<Result<_, _>>()?).ok_or(NotAnImage)
    }
}

impl From<Image> for Rows {
    fn from(image: Image) -> Self {
        Self(image.rows())
    }
}

/// An image with what is known of its class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Character {
    /// The image.
    pub image: Image,
    /// The number of its label; `None` where it is not known.
    pub label: Option<u16>,
}

impl Character {
    /// The same as if its label were not known.
    pub(super) fn without_label(&self) -> Self {
        Self {
            image: self.image.clone(),
            label: None,
        }
    }
}

/// An image as it was read: with the name of its class, where it had one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drawn {
    /// The image.
    pub image: Image,
    /// The name of its class, such as an alphabet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What it is an example of within its class, such as a letter: examples of one are not split between training and
    /// test.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
}
