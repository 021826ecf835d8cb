//! Images as PNG files.

use std::fs::File;
use std::io::Cursor;
use std::io::Read;
use std::path::Path;

use super::image::{Image, SIZE};

/// The memory that reading a picture may take, in bytes: far more than one of [`SIZE`] x [`SIZE`] needs.
const MEMORY: usize = 1 << 20;

/// How far a pixel may be from black or white, of 255.
const TOLERANCE: u8 = 32;

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
    #[error("the picture is {width} x {height} pixels where 64 x 64 are wanted; crop or scale it")]
    Size {
        /// Its width in pixels.
        width: u32,
        /// Its height in pixels.
        height: u32,
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

/// Reads an image from a PNG file; see [`read_png`].
///
/// # Errors
/// When the file cannot be read, or holds no such image.
pub fn read_png_file(path: &Path) -> Result<Image, PictureError> {
    let in_file = |reason: String| PictureError::File {
        path: path.display().to_string(),
        reason,
    };
    let mut bytes = vec![];
    let file = File::open(path).map_err(|e| in_file(format!("{e}; check the path")))?;
    // What is longer is cut off, and then no readable PNG.
    let read = file.take(MOST_BYTES).read_to_end(&mut bytes);
    read.map_err(|e| in_file(e.to_string()))?;
    read_png(&bytes).map_err(|e| in_file(e.to_string()))
}

/// The most bytes of a file that are read: far more than 64 x 64 pixels of any depth.
const MOST_BYTES: u64 = 1 << 20;

/// Reads an image from a PNG of 64 x 64 pixels, of any colour type. Black is ink, white is none; what is
/// transparent shows white.
///
/// # Errors
/// When the bytes are no PNG, the size differs, or a pixel is neither nearly black nor nearly white.
pub fn read_png(bytes: &[u8]) -> Result<Image, PictureError> {
    let (pixels, samples) = decode(bytes)?;
    let mut columns = [0; SIZE];
    for (i, pixel) in pixels.chunks_exact(samples).enumerate() {
        let (x, y, brightness) = (i % SIZE, i / SIZE, brightness(pixel));
        if (TOLERANCE + 1..u8::MAX - TOLERANCE).contains(&brightness) {
            return Err(PictureError::NotBinary { x, y, brightness });
        }
        columns[x] |= u64::from(brightness <= TOLERANCE) << y;
    }
    Ok(Image::new(columns))
}

/// The pixels of a PNG row by row, and the number of bytes of each.
fn decode(bytes: &[u8]) -> Result<(Vec<u8>, usize), PictureError> {
    let refuse = |e: png::DecodingError| PictureError::Png(e.to_string());
    let limits = png::Limits { bytes: MEMORY };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    // The size is checked before anything of that size is allocated.
    let (width, height) = decoder.read_header_info().map_err(refuse)?.size();
    if (width, height) != (SIZE as u32, SIZE as u32) {
        return Err(PictureError::Size { width, height });
    }
    let mut reader = decoder.read_info().map_err(refuse)?;
    let samples = reader.output_color_type().0.samples();
    let mut pixels = vec![0; SIZE * SIZE * samples];
    reader.next_frame(&mut pixels).map_err(refuse)?;
    Ok((pixels, samples))
}

/// The mean of the colours of a pixel on a white ground.
fn brightness(pixel: &[u8]) -> u8 {
    let (colours, alpha) = match pixel.len() {
        2 | 4 => pixel.split_at(pixel.len() - 1),
        _ => (pixel, &[u8::MAX][..]),
    };
    let sum: u32 = colours.iter().map(|&c| u32::from(c)).sum();
    let alpha = u32::from(alpha[0]);
    let mean = sum / colours.len() as u32;
    ((mean * alpha + 255 * (255 - alpha)) / 255) as u8
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

/// The gray levels of an image, row by row: ink is black.
pub(super) fn gray_levels(image: &Image) -> Vec<u8> {
    let level = |i: usize| match image.ink(i % SIZE, i / SIZE) {
        true => 0,
        false => u8::MAX,
    };
    (0..SIZE * SIZE).map(level).collect()
}

#[cfg(test)]
mod tests {
    use super::super::image::coins;
    use super::*;
    use crate::random::Stream;
    use proptest::prelude::*;

    fn noise(seed: u64) -> Image {
        let mut rng = Stream::at([12, seed, 0, 0]);
        Image::new(std::array::from_fn(|_| coins(&mut rng)))
    }

    fn png_of(color: png::ColorType, depth: png::BitDepth, data: &[u8], size: u32) -> Vec<u8> {
        let mut bytes = vec![];
        let mut encoder = png::Encoder::new(&mut bytes, size, size);
        encoder.set_color(color);
        encoder.set_depth(depth);
        if color == png::ColorType::Indexed {
            encoder.set_palette(vec![255, 255, 255, 0, 0, 0]);
        }
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(data).unwrap();
        writer.finish().unwrap();
        bytes
    }

    #[test]
    fn an_image_is_read_from_every_colour_type() {
        use png::{BitDepth::*, ColorType::*};
        let image = noise(1);
        let gray = gray_levels(&image);
        let map = |f: &dyn Fn(u8) -> Vec<u8>| gray.iter().flat_map(|&g| f(g)).collect::<Vec<u8>>();
        let packed = |ink: bool| -> Vec<u8> {
            let bits = |row: &[u8]| {
                row.iter()
                    .fold(0, |b, &g| b << 1 | u8::from((g == 0) == ink))
            };
            gray.chunks(8).map(bits).collect()
        };
        for bytes in [
            png_of(Grayscale, Eight, &gray, 64),
            png_of(Grayscale, One, &packed(false), 64),
            png_of(Indexed, One, &packed(true), 64),
            png_of(Grayscale, Sixteen, &map(&|g| vec![g, g]), 64),
            png_of(Rgb, Eight, &map(&|g| vec![g, g, g]), 64),
            png_of(Rgba, Eight, &map(&|g| vec![0, 0, 0, 255 - g]), 64),
            png_of(GrayscaleAlpha, Eight, &map(&|g| vec![g, 255]), 64),
        ] {
            assert_eq!(read_png(&bytes).unwrap(), image);
        }
    }

    #[test]
    fn what_is_no_image_is_refused_with_the_place() {
        let mut gray = gray_levels(&noise(2));
        gray[5 * SIZE + 9] = 100;
        let error = read_png(&write_png(64, 64, &gray, 1).unwrap()).unwrap_err();
        let (x, y, brightness) = (9, 5, 100);
        assert_eq!(error, PictureError::NotBinary { x, y, brightness });
        let large = write_png(64, 64, &gray, 2).unwrap();
        let (width, height) = (128, 128);
        assert_eq!(read_png(&large), Err(PictureError::Size { width, height }));
        let whole = write_png(64, 64, &gray, 1).unwrap();
        for bytes in [&b"GIF89a"[..], &[], &whole[..whole.len() / 2]] {
            assert!(matches!(read_png(bytes), Err(PictureError::Png(_))));
        }
        let missing = read_png_file(Path::new("/no/such/file.png")).unwrap_err();
        assert!(missing.to_string().starts_with("/no/such/file.png: "));
    }

    #[test]
    fn what_cannot_be_written_is_refused() {
        assert!(write_png(2, 2, &[0; 3], 1).is_err());
        assert!(write_png(0, 0, &[], 1).is_err());
        assert!(write_png(2, 2, &[0; 4], usize::MAX).is_err());
    }

    #[test]
    fn pixels_become_squares() {
        assert_eq!(
            enlarged(&[1, 2, 3, 4], 2, 2),
            [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4]
        );
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_fail_otherwise(seed: u64, at in 0usize..400, value: u8) {
            let mut bytes = write_png(64, 64, &gray_levels(&noise(seed)), 1).unwrap();
            if let Some(byte) = bytes.get_mut(at) {
                *byte = value;
            }
            let _ = read_png(&bytes);
        }
    }
}
