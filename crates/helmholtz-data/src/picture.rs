//! Pictures as PNG files: reading them within limits, as gray levels or colours, scaling and writing them.
//!
//! Folders of pictures are [`Folder`]s of files that end in [`KINDS`].
//!
//! [`Folder`]: super::files::Folder

mod scale;

use std::io::Cursor;
use std::path::Path;

pub use scale::scaled;

/// How the names of pictures' files end.
pub const KINDS: [&str; 1] = ["png"];
/// The most bytes of a picture's file.
pub const LARGEST: u64 = 16 << 20;
/// The most pixels of a picture in either direction.
pub const WIDEST: u32 = 4096;

/// How bright every pixel is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gray {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Row by row from the upper left, from 0 for black to 255.
    pub levels: Vec<u8>,
}

/// The colour of every pixel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Colours {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Red, green and blue of each pixel, row by row from the upper left, from 0 to 255.
    pub levels: Vec<u8>,
}

/// Why a picture cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// The file cannot be read, or holds no such image.
    #[error("{path}: {reason}")]
    File {
        /// Where it should be.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// The bytes are no PNG, or a damaged one.
    #[error("not a readable PNG ({0}); save the picture as PNG and try again")]
    Png(String),
    /// The picture has another size.
    #[error("the picture is {width} x {height} pixels where {wanted} are wanted; crop or scale it")]
    Size {
        /// Its width in pixels.
        width: u32,
        /// Its height in pixels.
        height: u32,
        /// What is wanted, in words.
        wanted: String,
    },
    /// A pixel is neither black nor white.
    #[error(
        "pixel ({x}, {y}) has brightness {brightness} of 255, neither black nor white; reduce the picture to these two"
    )]
    NotBinary {
        /// Its column, from 0 at the left.
        x: usize,
        /// Its row, from 0 at the top.
        y: usize,
        /// How bright it is, from 0 for black to 255.
        brightness: u8,
    },
    /// A picture that cannot be written.
    #[error("cannot write a picture of {width} x {height} pixels: {reason}")]
    Write {
        /// Its width in pixels.
        width: usize,
        /// Its height in pixels.
        height: usize,
        /// What is wrong with it.
        reason: String,
    },
}

impl PictureError {
    /// What is wrong with a file.
    pub fn in_file(path: &Path, reason: impl ToString) -> Self {
        Self::File {
            path: path.display().to_string(),
            reason: reason.to_string(),
        }
    }
}

/// The gray levels of a PNG of any colour type, whose size `fits`; otherwise `wanted` says in words what would. What is
/// transparent shows `ground`.
///
/// # Errors
/// When the bytes are no PNG, or of another size. The size is checked before anything of that size is allocated.
pub fn decode(
    bytes: &[u8],
    fits: impl Fn(u32, u32) -> bool,
    wanted: &str,
    ground: u8,
) -> Result<Gray, PictureError> {
    let found = pixels(bytes, fits, wanted)?;
    let level = |pixel: &[u8]| {
        let [r, g, b] = colour(pixel, ground).map(u32::from);
        ((r + g + b) / 3) as u8
    };
    Ok(Gray {
        width: found.width,
        height: found.height,
        levels: found.each().map(level).collect(),
    })
}

/// The same in colours, with what is transparent as white.
///
/// # Errors
/// Like [`decode`].
pub fn decode_colours(
    bytes: &[u8],
    fits: impl Fn(u32, u32) -> bool,
    wanted: &str,
) -> Result<Colours, PictureError> {
    let found = pixels(bytes, fits, wanted)?;
    Ok(Colours {
        width: found.width,
        height: found.height,
        levels: found.each().flat_map(|p| colour(p, u8::MAX)).collect(),
    })
}

/// The pixels of a PNG, of any colour type.
struct Pixels {
    width: usize,
    height: usize,
    /// Numbers per pixel, from one to four.
    samples: usize,
    numbers: Vec<u8>,
}

impl Pixels {
    fn each(&self) -> impl Iterator<Item = &[u8]> {
        self.numbers.chunks_exact(self.samples)
    }
}

fn pixels(
    bytes: &[u8],
    fits: impl Fn(u32, u32) -> bool,
    wanted: &str,
) -> Result<Pixels, PictureError> {
    let refuse = |e: png::DecodingError| PictureError::Png(e.to_string());
    let mut decoder =
        png::Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: MEMORY });
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let (width, height) = decoder.read_header_info().map_err(refuse)?.size();
    if !fits(width, height) {
        let wanted = wanted.to_owned();
        return Err(PictureError::Size {
            width,
            height,
            wanted,
        });
    }
    let (width, height) = (width as usize, height as usize);
    let mut reader = decoder.read_info().map_err(refuse)?;
    let samples = reader.output_color_type().0.samples();
    let mut numbers = vec![0; width * height * samples];
    reader.next_frame(&mut numbers).map_err(refuse)?;
    Ok(Pixels {
        width,
        height,
        samples,
        numbers,
    })
}

/// The memory that reading a picture may take besides its pixels, in bytes.
const MEMORY: usize = 16 << 20;

/// Red, green and blue of a pixel on a gray ground.
fn colour(pixel: &[u8], ground: u8) -> [u8; 3] {
    let (colours, alpha) = match pixel {
        [gray] => ([*gray; 3], u8::MAX),
        [gray, alpha] => ([*gray; 3], *alpha),
        [r, g, b] => ([*r, *g, *b], u8::MAX),
        [r, g, b, alpha, ..] => ([*r, *g, *b], *alpha),
        [] => ([ground; 3], u8::MAX),
    };
    let (alpha, ground) = (u32::from(alpha), u32::from(ground));
    colours.map(|c| ((u32::from(c) * alpha + ground * (255 - alpha)) / 255) as u8)
}

/// A PNG of gray levels, row by row, each pixel enlarged to a square of `scale` x `scale`.
///
/// # Errors
/// When there are not `width * height` levels, or the picture would be empty or too large to write.
pub fn write_png(
    width: usize,
    height: usize,
    gray: &[u8],
    scale: usize,
) -> Result<Vec<u8>, PictureError> {
    write((width, height), gray, scale, png::ColorType::Grayscale)
}

/// The same of red, green and blue of each pixel.
///
/// # Errors
/// Like [`write_png`].
pub fn write_colours(
    (width, height): (usize, usize),
    levels: &[u8],
    scale: usize,
) -> Result<Vec<u8>, PictureError> {
    write((width, height), levels, scale, png::ColorType::Rgb)
}

fn write(
    (width, height): (usize, usize),
    levels: &[u8],
    scale: usize,
    colours: png::ColorType,
) -> Result<Vec<u8>, PictureError> {
    let refuse = |reason: String| PictureError::Write {
        width,
        height,
        reason,
    };
    let samples = colours.samples();
    let numbers = width
        .checked_mul(height)
        .and_then(|n| n.checked_mul(samples));
    if Some(levels.len()) != numbers {
        return Err(refuse(format!("{} levels", levels.len())));
    }
    let size = |n: usize| n.checked_mul(scale).and_then(|n| u32::try_from(n).ok());
    let sizes = size(width).zip(size(height));
    let (wide, high) = sizes.ok_or_else(|| refuse(format!("too large at scale {scale}")))?;
    let enlarged = enlarged(levels, (width, samples), scale);
    encode((wide, high), colours, &enlarged).map_err(|e| refuse(e.to_string()))
}

fn encode(
    (width, height): (u32, u32),
    colours: png::ColorType,
    levels: &[u8],
) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = vec![];
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(colours);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(levels)?;
    writer.finish()?;
    Ok(bytes)
}

/// Every pixel repeated `scale` times in both directions.
fn enlarged(levels: &[u8], (width, samples): (usize, usize), scale: usize) -> Vec<u8> {
    let rows = levels.chunks_exact((width * samples).max(1));
    let wide = rows.map(|row| {
        let pixels = row.chunks_exact(samples);
        pixels.flat_map(|p| p.repeat(scale)).collect::<Vec<u8>>()
    });
    wide.flat_map(|row| row.repeat(scale)).collect()
}

#[cfg(test)]
mod tests;
