//! Pictures as PNG files: reading them as gray levels, within limits, and writing them.

use std::io::Cursor;
use std::path::Path;

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
    pub(crate) fn in_file(path: &Path, reason: impl ToString) -> Self {
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
pub(crate) fn decode(
    bytes: &[u8],
    fits: impl Fn(u32, u32) -> bool,
    wanted: &str,
    ground: u8,
) -> Result<Gray, PictureError> {
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
    let mut pixels = vec![0; width * height * samples];
    reader.next_frame(&mut pixels).map_err(refuse)?;
    let pixels = pixels.chunks_exact(samples);
    let levels = pixels.map(|pixel| brightness(pixel, ground)).collect();
    Ok(Gray {
        width,
        height,
        levels,
    })
}

/// The memory that reading a picture may take besides its pixels, in bytes.
const MEMORY: usize = 16 << 20;

/// The mean of the colours of a pixel on a ground.
fn brightness(pixel: &[u8], ground: u8) -> u8 {
    let (colours, alpha) = match pixel.len() {
        2 | 4 => pixel.split_at(pixel.len() - 1),
        _ => (pixel, &[u8::MAX][..]),
    };
    let sum: u32 = colours.iter().map(|&c| u32::from(c)).sum();
    let alpha = u32::from(alpha[0]);
    let mean = sum / colours.len() as u32;
    ((mean * alpha + u32::from(ground) * (255 - alpha)) / 255) as u8
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
    let refuse = |reason: String| PictureError::Write {
        width,
        height,
        reason,
    };
    if Some(gray.len()) != width.checked_mul(height) {
        return Err(refuse(format!("{} gray levels", gray.len())));
    }
    let size = |n: usize| n.checked_mul(scale).and_then(|n| u32::try_from(n).ok());
    let sizes = size(width).zip(size(height));
    let (wide, high) = sizes.ok_or_else(|| refuse(format!("too large at scale {scale}")))?;
    encode(wide, high, &enlarged(gray, width, scale)).map_err(|e| refuse(e.to_string()))
}

fn encode(width: u32, height: u32, gray: &[u8]) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = vec![];
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(gray)?;
    writer.finish()?;
    Ok(bytes)
}

/// Every pixel repeated `scale` times in both directions.
fn enlarged(gray: &[u8], width: usize, scale: usize) -> Vec<u8> {
    let rows = gray.chunks_exact(width.max(1));
    let wide = rows.map(|row| row.iter().flat_map(|&g| std::iter::repeat_n(g, scale)));
    wide.flat_map(|row| row.collect::<Vec<_>>().repeat(scale))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_written_is_refused() {
        assert!(write_png(2, 2, &[0; 3], 1).is_err());
        assert!(write_png(0, 0, &[], 1).is_err());
        assert!(write_png(2, 2, &[0; 4], usize::MAX).is_err());
    }

    #[test]
    fn gray_levels_are_read_back() {
        let levels = [0, 10, 200, 255, 128, 7];
        let gray = decode(
            &write_png(3, 2, &levels, 1).unwrap(),
            |w, h| (w, h) == (3, 2),
            "",
            255,
        )
        .unwrap();
        assert_eq!(
            (gray.width, gray.height, &gray.levels[..]),
            (3, 2, &levels[..])
        );
    }

    #[test]
    fn pixels_become_squares() {
        assert_eq!(
            enlarged(&[1, 2, 3, 4], 2, 2),
            [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4]
        );
    }
}
