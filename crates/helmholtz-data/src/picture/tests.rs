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
        enlarged(&[1, 2, 3, 4], (2, 1), 2),
        [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4]
    );
    assert_eq!(enlarged(&[1, 2, 3], (1, 3), 2), [1, 2, 3].repeat(4));
}

#[test]
fn colours_are_read_back() {
    let levels: Vec<u8> = (0..18).map(|i| 14 * i).collect();
    let fits = |w, h| (w, h) == (3, 2);
    let bytes = write_colours((3, 2), &levels, 1).unwrap();
    let colours = decode_colours(&bytes, fits, "").unwrap();
    assert_eq!((colours.width, colours.height), (3, 2));
    assert_eq!(colours.levels, levels);
    let gray = decode(&bytes, fits, "", 255).unwrap();
    assert_eq!(gray.levels[1], (42 + 56 + 70) / 3);
    assert_eq!(colour(&[200, 100, 0, 51], 255), [244, 224, 204]);
}

/// A PNG of that colour type and depth, with white and black in its palette.
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
fn black_and_white_are_read_from_every_colour_type() {
    use png::{BitDepth::*, ColorType::*};
    let gray: Vec<u8> = (0u32..64)
        .map(|i| {
            if (i * i / 7).is_multiple_of(3) {
                0
            } else {
                255
            }
        })
        .collect();
    let map = |f: &dyn Fn(u8) -> Vec<u8>| gray.iter().flat_map(|&g| f(g)).collect::<Vec<u8>>();
    let packed = |black: bool| -> Vec<u8> {
        let bit = |bits: u8, &g: &u8| bits << 1 | u8::from((g == 0) == black);
        gray.chunks(8).map(|row| row.iter().fold(0, bit)).collect()
    };
    for bytes in [
        png_of(Grayscale, Eight, &gray, 8),
        png_of(Grayscale, One, &packed(false), 8),
        png_of(Indexed, One, &packed(true), 8),
        png_of(Grayscale, Sixteen, &map(&|g| vec![g, g]), 8),
        png_of(Rgb, Eight, &map(&|g| vec![g, g, g]), 8),
        png_of(Rgba, Eight, &map(&|g| vec![0, 0, 0, 255 - g]), 8),
        png_of(GrayscaleAlpha, Eight, &map(&|g| vec![g, 255]), 8),
    ] {
        let read = decode(&bytes, |w, h| (w, h) == (8, 8), "", 255).unwrap();
        assert_eq!(read.levels, gray);
    }
}
