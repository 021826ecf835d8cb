use std::fs;
use std::io::{Cursor, Write};
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use helmholtz_data::picture::write_png;

/// A black cross on white, `size` pixels in either direction.
fn cross(size: usize) -> Vec<u8> {
    let level = |i: usize| match i / size == size / 2 || i % size == size / 2 {
        true => 0,
        false => 255,
    };
    (0..size * size).map(level).collect()
}

fn png(size: usize) -> Vec<u8> {
    write_png(size, size, &cross(size), 1).unwrap()
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn write(folder: &tempfile::TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, bytes).unwrap();
    path
}

fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(vec![]));
    for (name, bytes) in entries {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn idx(sizes: &[u32], content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, sizes.len() as u8];
    sizes.iter().for_each(|s| bytes.extend(s.to_be_bytes()));
    bytes.extend(content);
    bytes
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut writer = GzEncoder::new(vec![], Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn found_in(path: &Path) -> Vec<Drawn> {
    read(path, 9, &[]).unwrap().images
}

fn refused(path: &Path) -> String {
    read(path, 9, &[]).unwrap_err().to_string()
}

#[test]
fn a_picture_of_the_right_size_is_itself_in_any_colours() {
    let dir = folder();
    let levels = cross(9);
    let dark = write(&dir, "dark.png", &write_png(9, 9, &levels, 1).unwrap());
    let inverted: Vec<u8> = levels.iter().map(|l| 255 - l).collect();
    let light = write(&dir, "light.png", &write_png(9, 9, &inverted, 1).unwrap());
    let faint: Vec<u8> = levels
        .iter()
        .map(|&l| if l == 0 { 100 } else { 160 })
        .collect();
    let faint = write(&dir, "faint.png", &write_png(9, 9, &faint, 1).unwrap());
    for path in [dark, light, faint] {
        let image = &found_in(&path)[0].image;
        let expected: Vec<u8> = levels.iter().map(|&l| u8::from(l == 0)).collect();
        assert_eq!(image.ink(), expected);
    }
}

#[test]
fn pictures_are_scaled_by_areas_and_padded_to_squares() {
    let dir = folder();
    let path = write(&dir, "large.png", &write_png(9, 9, &cross(9), 4).unwrap());
    assert_eq!(
        found_in(&path)[0].image,
        found_in(&write(&dir, "small.png", &png(9)))[0].image
    );
    // Lines that are thinner than three tenths of a pixel are seen all the same.
    let thin: Vec<u8> = (0..900 * 900)
        .map(|i| if i / 900 == 450 { 0 } else { 255 })
        .collect();
    let path = write(&dir, "thin.png", &write_png(900, 900, &thin, 1).unwrap());
    assert_eq!(found_in(&path)[0].image.rows()[4], "#########");
    // A bar of 12 by 4 pixels, of which the middle ones are ink.
    let bar: Vec<u8> = (0..48)
        .map(|i| {
            if (12..36).contains(&i) && i % 12 > 0 && i % 12 < 11 {
                0
            } else {
                255
            }
        })
        .collect();
    let path = write(&dir, "bar.png", &write_png(12, 4, &bar, 1).unwrap());
    let image = &read(&path, 12, &[]).unwrap().images[0].image;
    let rows = image.rows();
    assert_eq!(
        (&rows[4][..], &rows[5][..]),
        ("............", ".##########.")
    );
    assert_eq!(
        (
            image.size(),
            rows.iter().filter(|r| r.contains('#')).count()
        ),
        (12, 2)
    );
}

#[test]
fn folders_and_archives_name_classes() {
    let dir = folder();
    write(&dir, "Greek/character01/a.png", &png(9));
    write(&dir, "Greek/character02/b.png", &png(18));
    write(&dir, "Latin/c.PNG", &png(9));
    write(&dir, "d.png", &png(9));
    write(&dir, "notes.txt", b"no image");
    let read_classes = |path: &Path| -> Vec<(Option<String>, String)> {
        let images = found_in(path).into_iter();
        images.map(|i| (i.label, i.name)).collect()
    };
    let label = |l: &str, n: &str| (Some(l.to_owned()), n.to_owned());
    let found = read_classes(dir.path());
    assert_eq!(
        found,
        [
            label("Greek", "character01"),
            label("Greek", "character02"),
            label("Latin", ""),
            (None, String::new())
        ]
    );
    let image = png(9);
    let entries = [
        ("set/Latin/character02/y.png", &image[..]),
        ("set/Greek/character01/x.png", &image),
        ("set/readme.txt", b"hello"),
        ("__MACOSX/set/Greek/character01/._x.png", b"no picture"),
        ("set/.hidden/z.png", b"no picture"),
    ];
    let path = write(&dir, "set.zip", &archive(&entries));
    assert_eq!(
        read_classes(&path),
        [label("Greek", "character01"), label("Latin", "character02")]
    );
}

#[test]
fn digits_are_read_with_their_labels() {
    let dir = folder();
    let levels: Vec<u8> = cross(9).iter().map(|l| 255 - l).collect();
    let images = idx(&[2, 9, 9], &[&levels[..], &levels].concat());
    let path = write(&dir, "t-images-idx3-ubyte.gz", &gzipped(&images));
    let found = found_in(&path);
    assert_eq!((found.len(), found[0].label.as_deref()), (2, None));
    assert_eq!(
        found[0].image,
        found_in(&write(&dir, "a.png", &png(9)))[0].image
    );
    write(
        &dir,
        "t-labels-idx1-ubyte.gz",
        &gzipped(&idx(&[2], &[7, 0])),
    );
    let labels: Vec<_> = found_in(&path).into_iter().map(|i| i.label).collect();
    assert_eq!(labels, [Some("7".to_owned()), Some("0".to_owned())]);
    write(
        &dir,
        "t-labels-idx1-ubyte.gz",
        &gzipped(&idx(&[3], &[7, 0, 1])),
    );
    assert!(refused(&path).contains("2 images and 3 labels"));
    write(&dir, "t-labels-idx1-ubyte.gz", &gzipped(&idx(&[2], &[7])));
    assert!(refused(&path).contains("2 labels in 1 bytes"));
}

#[test]
fn blank_pictures_among_others_are_left_out_and_counted() {
    let dir = folder();
    let blank = write_png(9, 9, &[255; 81], 1).unwrap();
    write(&dir, "a/1.png", &png(9));
    write(&dir, "a/2.png", &blank);
    write(&dir, "a/1-ours.png", &png(9));
    let read = read(dir.path(), 9, &["-ours.png"]).unwrap();
    assert_eq!(
        (read.images.len(), read.blank, &read.names[..]),
        (1, 1, &["a/1".to_owned()][..])
    );
}

#[test]
fn ink_is_what_differs_from_its_ground() {
    let dir = folder();
    let expected: Vec<u8> = cross(9).iter().map(|&l| u8::from(l == 0)).collect();
    let colour = |ink: [u8; 4], ground: [u8; 4]| {
        let mut bytes = vec![];
        let mut encoder = png::Encoder::new(&mut bytes, 9, 9);
        encoder.set_color(png::ColorType::Rgba);
        let pixels: Vec<u8> = expected
            .iter()
            .flat_map(|&i| if i > 0 { ink } else { ground })
            .collect();
        encoder
            .write_header()
            .unwrap()
            .write_image_data(&pixels)
            .unwrap();
        bytes
    };
    let (white, clear) = ([255; 4], [255, 255, 255, 0]);
    for (ink, ground) in [
        (white, clear),
        ([255, 255, 0, 255], white),
        ([200, 0, 0, 255], [0, 40, 0, 255]),
        ([40, 40, 40, 255], [0, 0, 0, 255]),
        ([0, 0, 0, 128], clear),
    ] {
        let path = write(&dir, "colour.png", &colour(ink, ground));
        assert_eq!(
            found_in(&path)[0].image.ink(),
            expected,
            "{ink:?} {ground:?}"
        );
    }
}

#[test]
fn what_is_wrong_is_named() {
    let dir = folder();
    let file = |name: &str, bytes: &[u8]| refused(&write(&dir, name, bytes));
    assert!(file("empty.png", b"").contains("the file is empty"));
    assert!(file("text.png", b"hello").contains("neither PNG"));
    assert!(file("torn.png", &png(9)[..40]).contains("not a readable PNG"));
    let blank = write_png(9, 9, &[255; 81], 1).unwrap();
    assert!(file("blank.png", &blank).contains("the page is blank"));
    let wide = write_png(5000, 1, &[0; 5000], 1).unwrap();
    assert!(file("wide.png", &wide).contains("5000 x 1"));
    assert!(file("none.zip", &archive(&[("readme.txt", b"no image")])).contains("no .png file"));
    assert!(
        file("torn.zip", &archive(&[("a/b.png", &png(9))])[..60]).contains("not a readable ZIP")
    );
    let outside = archive(&[("../../a.png", &png(9))]);
    assert!(file("outside.zip", &outside).contains("outside of the archive's folder"));
    let bomb = vec![0; LARGEST as usize + 2];
    assert!(file("bomb.zip", &archive(&[("a.png", &bomb)])).contains("over 16 MiB"));
    assert!(file("lie.idx", &idx(&[u32::MAX, 28, 28], &[1; 100])).contains("not a readable IDX"));
    assert!(file("zero.idx", &idx(&[1, 0, 28], &[])).contains("1 images of 0 x 28"));
    assert!(file("none.idx", &idx(&[0, 28, 28], &[])).contains("0 images of 28 x 28"));
    assert!(file("wide.idx", &idx(&[1, 1, 9999], &[1; 9999])).contains("1 x 9999"));
    assert!(file("blank.idx", &idx(&[1, 9, 9], &[0; 81])).contains("the page is blank"));
    assert!(file("short.idx", &[0, 0, 8, 3, 1]).contains("does not begin"));
    assert!(file("torn.gz", &gzipped(&idx(&[1, 9, 9], &[1; 81]))[..20]).contains("cannot be read"));
    let empty = folder();
    assert!(refused(empty.path()).contains("no .png file"));
    assert!(refused(Path::new("/no/such/file.png")).contains("check the path"));
}

proptest! {
    #[test]
    fn damaged_files_are_refused_or_read(at in 0usize..4000, value: u8, cut in 0usize..4000, which in 0usize..4) {
        let image = png(9);
        let mut bytes = match which {
            0 => png(9),
            1 => archive(&[("set/a/b.png", &image), ("set/a/c.png", &image)]),
            2 => idx(&[2, 9, 9], &[200; 162]),
            _ => gzipped(&idx(&[2, 9, 9], &[200; 162])),
        };
        let length = bytes.len();
        bytes[at % length] = value;
        bytes.truncate(length.min(1 + cut));
        let dir = folder();
        let _ = read(&write(&dir, "file", &bytes), 9, &[]);
    }
}

/// Headers say how large pictures are: what would take long to unpack is not begun.
#[test]
fn pictures_are_counted_before_they_are_unpacked() {
    let dir = folder();
    let mut huge = png(9)[..24].to_vec();
    huge[16..20].copy_from_slice(&4096u32.to_be_bytes());
    huge[20..24].copy_from_slice(&4096u32.to_be_bytes());
    let names: Vec<String> = (0..40).map(|i| format!("{i}.png")).collect();
    let entries: Vec<(&str, &[u8])> = names.iter().map(|n| (&n[..], &huge[..])).collect();
    let many = write(&dir, "many.zip", &archive(&entries));
    assert!(refused(&many).contains("512 million pixels"));
    let few = write(&dir, "few.zip", &archive(&entries[..2]));
    assert!(refused(&few).contains("not a readable PNG"));
    let tiny = idx(&[7_000_000, 1, 1], &vec![0; 7_000_000]);
    let tiny = write(&dir, "tiny.idx", &tiny);
    assert!(refused(&tiny).contains("images of this size; choose some"));
}
