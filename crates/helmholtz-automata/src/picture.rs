//! Images as PNG files.

use std::path::Path;

use super::image::{Image, SIZE};
use helmholtz_data::files::read_whole;
use helmholtz_data::picture::decode;
pub use helmholtz_data::picture::{PictureError, write_png};

/// The most bytes of a file that are read: far more than 64 x 64 pixels of any depth.
const MOST_BYTES: u64 = 1 << 20;

/// How far a pixel may be from black or white, of 255.
const TOLERANCE: u8 = 32;

/// Reads an image from a PNG file; see [`read_png`].
///
/// # Errors
/// When the file cannot be read, or holds no such image.
pub fn read_png_file(path: &Path) -> Result<Image, PictureError> {
    let bytes = read_whole(path, MOST_BYTES).map_err(|e| PictureError::in_file(path, e))?;
    read_png(&bytes).map_err(|e| PictureError::in_file(path, e))
}

/// Reads an image from a PNG of 64 x 64 pixels, of any colour type. Black is ink, white is none; what is
/// transparent shows white.
///
/// # Errors
/// When the bytes are no PNG, the size differs, or a pixel is neither nearly black nor nearly white.
pub fn read_png(bytes: &[u8]) -> Result<Image, PictureError> {
    let gray = decode(
        bytes,
        |w, h| (w, h) == (SIZE as u32, SIZE as u32),
        "64 x 64",
        u8::MAX,
    )?;
    let mut columns = [0; SIZE];
    for (i, brightness) in gray.levels.into_iter().enumerate() {
        let (x, y) = (i % SIZE, i / SIZE);
        if (TOLERANCE + 1..u8::MAX - TOLERANCE).contains(&brightness) {
            return Err(PictureError::NotBinary { x, y, brightness });
        }
        columns[x] |= u64::from(brightness <= TOLERANCE) << y;
    }
    Ok(Image::new(columns))
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
    use helmholtz_data::picture::write_colours;
    use helmholtz_math::random::Stream;
    use proptest::prelude::*;

    fn noise(seed: u64) -> Image {
        let mut rng = Stream::at([12, seed, 0, 0]);
        Image::new(std::array::from_fn(|_| coins(&mut rng)))
    }

    #[test]
    fn an_image_is_read_in_gray_and_in_colours() {
        let image = noise(1);
        let gray = gray_levels(&image);
        let nearly: Vec<u8> = gray.iter().map(|&g| g.abs_diff(TOLERANCE)).collect();
        let colours: Vec<u8> = gray.iter().flat_map(|&g| [g; 3]).collect();
        for bytes in [
            write_png(64, 64, &gray, 1).unwrap(),
            write_png(64, 64, &nearly, 1).unwrap(),
            write_colours((64, 64), &colours, 1).unwrap(),
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
        let wanted = "64 x 64".to_owned();
        let error = PictureError::Size {
            width,
            height,
            wanted,
        };
        assert_eq!(read_png(&large), Err(error));
        let whole = write_png(64, 64, &gray, 1).unwrap();
        for bytes in [&b"GIF89a"[..], &[], &whole[..whole.len() / 2]] {
            assert!(matches!(read_png(bytes), Err(PictureError::Png(_))));
        }
        let missing = read_png_file(Path::new("/no/such/file.png")).unwrap_err();
        assert!(missing.to_string().starts_with("/no/such/file.png: "));
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
