//! Pictures of scenes from files: a PNG, a folder of them, or `.jsonl` with a scene in every line, as run folders keep
//! them, which may say what pictures show.
//!
//! A picture has to be square, with blocks on white. One of another size than the model's is scaled to it by areas.

use std::path::Path;

use super::config::Config;
use super::image::Image;
use super::scene::{Scene, Truth};
use helmholtz_data::files::{Folder, InFile, Unread, at, read_whole, stem};
use helmholtz_data::picture::{
    Colours, KINDS, LARGEST, PictureError, WIDEST, decode_colours, scaled,
};

/// The most bytes of scenes in lines.
const LARGEST_LINES: u64 = 256 << 20;
/// The most pixels of all pictures together, as the model sees them.
const MOST_PIXELS: usize = 1 << 28;

/// Why there are no pictures.
pub type ReadError = InFile<Fault>;

/// What is wrong with a picture.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// It could not be read, or there is too much of it.
    #[error(transparent)]
    Unread(#[from] Unread),
    /// It is no picture that can be read.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// A line is no scene.
    #[error(
        "line {line} is no scene: {reason}; write one like those in the data.jsonl of a run of scenes"
    )]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// There are no pictures.
    #[error("there is no picture in it; name a .png file, a folder that holds some, or .jsonl")]
    Nothing,
    /// More pictures than can be held.
    #[error("more than {} pictures of this size; choose some", MOST_PIXELS / (.0 * .0))]
    TooMany(usize),
}

/// Scenes as they were read.
#[derive(Debug, Default)]
pub struct Scenes {
    /// The scenes.
    pub scenes: Vec<Scene>,
    /// What each is called: its path within a folder.
    pub names: Vec<String>,
}

/// The pictures of a file or folder, in the order of names. Those whose names end in one of `ours` are not meant by a
/// folder.
///
/// # Errors
/// When something cannot be read or is no picture.
pub fn read(path: &Path, config: &Config, ours: &[&str]) -> Result<Scenes, ReadError> {
    if !path.is_dir() {
        let bytes = read_whole(path, LARGEST_LINES).map_err(|e| at(path)(e.into()))?;
        return file(&bytes, path, config.size).map_err(at(path));
    }
    let mut found = Scenes::default();
    let folder = Folder::open(path, &KINDS, ours).map_err(InFile::widen)?;
    for file in folder.files() {
        if (found.scenes.len() + 1) * config.size * config.size > MOST_PIXELS {
            return Err(at(path)(Fault::TooMany(config.size)));
        }
        let entry = folder.read(file, LARGEST).map_err(InFile::widen)?;
        let image = picture(&entry.bytes, config.size).map_err(at(file))?;
        found.scenes.push(Scene { image, truth: None });
        found.names.push(entry.name());
    }
    match found.scenes.is_empty() {
        true => Err(at(path)(Fault::Nothing)),
        false => Ok(found),
    }
}

/// What a parser says, without where: a line is told of already.
fn complaint(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&place).unwrap_or(&text).to_owned()
}

/// Scenes as run folders keep them, a line each.
fn lines(bytes: &[u8], path: &Path, size: usize) -> Result<Scenes, Fault> {
    let mut found = Scenes::default();
    let stem = stem(path);
    let lines = bytes.split(|&b| b == b'\n').enumerate();
    for (i, line) in lines.filter(|(_, line)| !line.trim_ascii().is_empty()) {
        let refuse = |reason: String| Fault::Line {
            line: i + 1,
            reason,
        };
        let mut scene: Scene = serde_json::from_slice(line).map_err(|e| refuse(complaint(&e)))?;
        let own = scene.image.size();
        if (found.scenes.len() + 1) * size * size > MOST_PIXELS {
            return Err(Fault::TooMany(size));
        }
        if own != size {
            let colours = Colours {
                width: own,
                height: own,
                levels: scene.image.levels(),
            };
            scene.image = image(&colours, size)?;
        }
        if let Some(reason) = scene.truth.as_ref().and_then(Truth::fault) {
            return Err(refuse(reason));
        }
        let kinds = |scene: &Scene| scene.truth.as_ref().map(|truth| truth.kinds.clone());
        let known = found.scenes.iter().find_map(kinds);
        if known.zip(kinds(&scene)).is_some_and(|(a, b)| a != b) {
            return Err(refuse(
                "its blocks are of other kinds than those before".into(),
            ));
        }
        found.scenes.push(scene);
        found.names.push(format!("{stem} {}", i + 1));
    }
    match found.scenes.is_empty() {
        true => Err(Fault::Nothing),
        false => Ok(found),
    }
}

/// A picture, or scenes in lines: by how the file is called, or begins.
fn file(bytes: &[u8], path: &Path, size: usize) -> Result<Scenes, Fault> {
    let named = path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("jsonl"));
    if named || bytes.trim_ascii_start().first() == Some(&b'{') {
        return lines(bytes, path, size);
    }
    if bytes.len() as u64 > LARGEST {
        return Err(Unread::TooLarge(LARGEST).into());
    }
    let image = picture(bytes, size)?;
    Ok(Scenes {
        scenes: vec![Scene { image, truth: None }],
        names: vec![stem(path)],
    })
}

fn picture(bytes: &[u8], size: usize) -> Result<Image, Fault> {
    let fits = |w: u32, h: u32| w == h && (1..=WIDEST).contains(&w);
    let wanted = format!("a square of at most {WIDEST} x {WIDEST}");
    let colours = decode_colours(bytes, fits, &wanted)?;
    image(&colours, size)
}

fn image(colours: &Colours, size: usize) -> Result<Image, Fault> {
    let refuse = || PictureError::Png("it is not square".into());
    Ok(Image::new(size, &fitted(colours, size)).ok_or_else(refuse)?)
}

/// A square picture scaled to `size` pixels in either direction: every pixel is the mean of what lies in its area.
fn fitted(colours: &Colours, size: usize) -> Vec<u8> {
    let side = colours.width;
    if side == size {
        return colours.levels.clone();
    }
    let levels = [0, 1, 2].map(|colour| {
        let level = |row, column| f64::from(colours.levels[3 * (row * side + column) + colour]);
        scaled(side, size, level)
    });
    let pixel = |i: usize| levels.each_ref().map(|colour| colour[i].round() as u8);
    (0..size * size).flat_map(pixel).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::builtin::{Arrangement, generate};
    use super::*;
    use helmholtz_data::picture::write_colours;

    #[test]
    fn pictures_are_scaled_by_areas() {
        let levels: Vec<u8> = (0..4 * 4).flat_map(|i| [16 * (i as u8), 255, 0]).collect();
        let colours = Colours {
            width: 4,
            height: 4,
            levels,
        };
        // The first four of two rows: 0, 1, 4, 5.
        assert_eq!(fitted(&colours, 2)[..3], [40, 255, 0]);
        assert_eq!(fitted(&colours, 4), colours.levels);
        let larger = fitted(&colours, 8);
        assert_eq!((larger[0], larger[3], larger[6]), (0, 0, 16));
    }

    #[test]
    fn a_folder_is_read_in_the_order_of_names_without_our_pictures() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, level: u8| {
            let bytes = write_colours((40, 40), &[level; 4800], 1).unwrap();
            std::fs::write(folder.path().join(name), bytes).unwrap();
        };
        write("b.png", 1);
        write("a.png", 2);
        write("a-parses.png", 3);
        let config = Config {
            size: 32,
            ..Config::default()
        };
        let found = read(folder.path(), &config, &["-parses.png"]).unwrap();
        assert_eq!(found.names, ["a", "b"]);
        assert_eq!(found.scenes[0].image.levels()[0], 2);
        let one = read(
            &folder.path().join("a-parses.png"),
            &config,
            &["-parses.png"],
        )
        .unwrap();
        assert_eq!(one.names, ["a-parses"]);
    }

    #[test]
    fn what_is_no_picture_of_a_scene_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::default();
        let refused = |path: &Path| read(path, &config, &[]).unwrap_err().to_string();
        assert!(refused(folder.path()).contains("there is no picture in it"));
        assert!(refused(&folder.path().join("none.png")).contains("cannot be read"));
        let wide = folder.path().join("wide.png");
        std::fs::write(&wide, write_colours((3, 2), &[0; 18], 1).unwrap()).unwrap();
        let message = refused(&wide);
        assert!(message.contains("3 x 2 pixels where a square"), "{message}");
    }

    #[test]
    fn scenes_in_lines_are_read_with_what_they_show() {
        let config = Config {
            size: 32,
            ..Config::default()
        };
        let scenes = generate(&config, Arrangement::Paper, 2, 1);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("scenes.jsonl");
        let text = scenes
            .iter()
            .map(|s| serde_json::to_string(s).unwrap() + "\n\n");
        std::fs::write(&file, text.collect::<String>()).unwrap();
        let found = read(&file, &config, &[]).unwrap();
        assert_eq!(found.scenes, scenes);
        let other = Config { size: 40, ..config };
        assert_eq!(read(&file, &other, &[]).unwrap().scenes[0].image.size(), 40);
        let mut wrong = scenes[0].clone();
        wrong.truth.as_mut().unwrap().positions.push(0.0);
        std::fs::write(&file, serde_json::to_string(&wrong).unwrap()).unwrap();
        let message = read(&file, &other, &[]).unwrap_err().to_string();
        assert!(message.contains("line 1 is no scene: "), "{message}");
        // Blocks that reach a thousand million million pixels far, or of nothing.
        for edge in [1e12, 1e300, 0.0, -1.0] {
            let mut hostile = scenes.clone();
            hostile[0].truth.as_mut().unwrap().kinds[0].extent[0] = edge;
            std::fs::write(&file, serde_json::to_string(&hostile[0]).unwrap()).unwrap();
            let message = read(&file, &other, &[]).unwrap_err().to_string();
            assert!(message.contains("edges are from 0.01 to 2"), "{message}");
        }
        let mut others = scenes[1].clone();
        others.truth.as_mut().unwrap().kinds.reverse();
        let text = [&scenes[0], &others].map(|s| serde_json::to_string(s).unwrap() + "\n");
        std::fs::write(&file, text.concat()).unwrap();
        let message = read(&file, &other, &[]).unwrap_err().to_string();
        assert!(
            message.contains("line 2 is no scene: its blocks are of other kinds"),
            "{message}"
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 0usize..200) {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("x.png");
            let config = Config { size: 32, ..Config::default() };
            std::fs::write(&file, &bytes).unwrap();
            prop_assert!(read(&file, &config, &[]).is_err());
            // A good picture with a byte changed.
            let mut good = write_colours((4, 4), &[7; 48], 1).unwrap();
            let place = cut % good.len();
            good[place] ^= bytes.first().copied().unwrap_or(1);
            std::fs::write(&file, &good).unwrap();
            let _ = read(&file, &config, &[]);
        }
    }
}
