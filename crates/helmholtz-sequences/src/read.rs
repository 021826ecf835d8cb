//! Recordings from files and folders.
//!
//! A folder is searched with all that is in it, in the order of names. What lies under a folder named `train`, `valid` or
//! `test` is of that part, as in the layout of TIMIT; everything else is to be learned from.

use std::path::{Path, PathBuf};

use super::audio::{self, AudioError};
use super::config::Grid;
use super::mat::{self, MatError};
use super::midi::{self, MidiError};
use super::music::{MusicError, NOTES, Songs};
use super::recording::{Part, Recording, Sound};
use helmholtz_core::filter::Sequence;
use helmholtz_data::files::{Unread, find, read_whole};
use helmholtz_data::{Cells, DataError, ReadOptions, read_cells_from};

/// The most bytes that a file may have.
const LARGEST: u64 = 256 << 20;

/// Why there are no recordings.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A file is not what it should be.
    #[error("{}: {fault}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: Fault,
    },
    /// A table could not be read; the error names it.
    #[error(transparent)]
    Table(#[from] DataError),
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// It could not be read, or there is too much of it.
    #[error(transparent)]
    Unread(#[from] Unread),
    /// A folder with nothing in it that is known.
    #[error("there is no {0} file in this folder")]
    Nothing(&'static str),
    /// No list of songs.
    #[error(transparent)]
    Music(#[from] MusicError),
    /// No MIDI file.
    #[error(transparent)]
    Midi(#[from] MidiError),
    /// No MATLAB file of songs.
    #[error(transparent)]
    Mat(#[from] MatError),
    /// No sound.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// A song of a MATLAB file is no piano roll.
    #[error("song {song} of `{variable}`: {reason}; write matrices of {NOTES} columns of 0 and 1")]
    Roll {
        /// The variable.
        variable: String,
        /// The song, from 1.
        song: usize,
        /// What is wrong.
        reason: String,
    },
    /// There is nothing in it.
    #[error("it is shorter than one step; a step is {0} samples")]
    TooShort(usize),
    /// There is no step.
    #[error("there is no note in it")]
    Silent,
    /// What a step must not be.
    #[error("{0}")]
    Step(String),
}

/// What tells a sequence of a table apart, and its rows.
type Stream = (String, Vec<Vec<f32>>);

/// What reads one file.
type Reader = fn(&[u8], &str, &Grid) -> Result<Vec<Recording>, Fault>;

/// Piano rolls as JSON (gzipped or not), MIDI or MATLAB files, or a folder of them.
///
/// # Errors
/// When a file cannot be read or holds something else.
pub fn music(path: &Path, grid: &Grid) -> Result<Vec<Recording>, ReadError> {
    let kinds = ["mid", "midi", "json", "gz", "mat"];
    files(path, ("music", &kinds), grid, rolls)
}

/// Sound as WAV or NIST SPHERE files, or a folder of them, cut into steps; what is left at the end is dropped.
///
/// # Errors
/// When a file cannot be read or holds something else.
pub fn speech(path: &Path, grid: &Grid) -> Result<Vec<Recording>, ReadError> {
    files(path, ("sound", &["wav", "sph", "nist"]), grid, sound)
}

/// Streams of numbers from tables, a row per step, or a folder of them. A column `sequence` tells several in one
/// table apart, and a column `t` is left out.
///
/// # Errors
/// When a table cannot be read, or a cell is no number.
pub fn numbers(path: &Path) -> Result<Vec<Recording>, ReadError> {
    let mut recordings = vec![];
    for (file, part) in listed(path, ("CSV", &["csv", "tsv", "tab", "txt"]))? {
        let bytes = bytes(&file)?;
        let name = file.display().to_string();
        let cells = read_cells_from(&bytes[..], &name, &ReadOptions::default())?;
        let streams = streams(&cells)?;
        let several = streams.len() > 1;
        for (id, rows) in streams {
            let steps = Sequence::try_from(rows).map_err(|reason| ReadError::File {
                path: file.clone(),
                fault: Fault::Step(reason),
            })?;
            let stem = stem(&file);
            recordings.push(Recording {
                name: if several {
                    format!("{stem} {id}")
                } else {
                    stem
                },
                part,
                sound: None,
                steps,
            });
        }
    }
    Ok(recordings)
}

/// The rows of each sequence of a table, by what tells them apart.
fn streams(cells: &Cells) -> Result<Vec<Stream>, DataError> {
    let (id, time) = (cells.column("sequence"), cells.column("t"));
    let kept = |i: &usize| Some(*i) != id && Some(*i) != time;
    let columns: Vec<usize> = (0..cells.names.len()).filter(kept).collect();
    let mut found: Vec<Stream> = vec![];
    for (i, row) in cells.rows.iter().enumerate() {
        let own = id.and_then(|id| row.get(id)).cloned().unwrap_or_default();
        let numbers = columns.iter().map(|&c| Ok(cells.number(i, c)? as f32));
        let numbers = numbers.collect::<Result<Vec<f32>, DataError>>()?;
        match found.last_mut() {
            Some((id, rows)) if *id == own => rows.push(numbers),
            _ => found.push((own, vec![numbers])),
        }
    }
    Ok(found)
}

/// Reads each file of a folder, or the one that the path names.
fn files(
    path: &Path,
    kinds: (&'static str, &[&str]),
    grid: &Grid,
    read: Reader,
) -> Result<Vec<Recording>, ReadError> {
    let mut recordings = vec![];
    for (file, part) in listed(path, kinds)? {
        let bytes = bytes(&file)?;
        let mut found = read(&bytes, &stem(&file), grid).map_err(|fault| ReadError::File {
            path: file.clone(),
            fault,
        })?;
        if part != Part::Train {
            found.iter_mut().for_each(|r| r.part = part);
        }
        recordings.extend(found);
    }
    Ok(recordings)
}

/// The file's name without what comes after the first dot.
fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.split('.').next().unwrap_or_default().to_owned()
}

fn bytes(path: &Path) -> Result<Vec<u8>, ReadError> {
    read_whole(path, LARGEST).map_err(|e| at(path)(e.into()))
}

fn at(path: &Path) -> impl Fn(Fault) -> ReadError + '_ {
    |fault| ReadError::File {
        path: path.to_owned(),
        fault,
    }
}

/// The files that a path stands for, with their parts.
fn listed(
    path: &Path,
    (what, kinds): (&'static str, &[&str]),
) -> Result<Vec<(PathBuf, Part)>, ReadError> {
    if !path.is_dir() {
        return Ok(vec![(path.to_owned(), Part::Train)]);
    }
    let found = find(path, kinds).map_err(|e| at(path)(e.into()))?;
    match found.is_empty() {
        true => Err(at(path)(Fault::Nothing(what))),
        false => Ok(found
            .into_iter()
            .map(|f| (f.clone(), part(path, &f)))
            .collect()),
    }
}

/// The part of a file by the folders that it is in, the innermost that says so.
fn part(root: &Path, file: &Path) -> Part {
    let within = file.strip_prefix(root).ok().and_then(Path::parent);
    let folders = within.into_iter().flat_map(Path::iter);
    let mut known = folders
        .rev()
        .filter_map(|name| named(&name.to_string_lossy().to_ascii_lowercase()));
    known.next().unwrap_or(Part::Train)
}

/// The part that a name stands for.
fn named(name: &str) -> Option<Part> {
    match name {
        "train" | "traindata" => Some(Part::Train),
        "valid" | "validation" | "validdata" => Some(Part::Valid),
        "test" | "testdata" => Some(Part::Test),
        _ => None,
    }
}

/// Piano rolls, whatever the format.
fn rolls(bytes: &[u8], name: &str, grid: &Grid) -> Result<Vec<Recording>, Fault> {
    if bytes.starts_with(b"MThd") {
        let notes = midi::read(bytes, grid.steps_per_beat)?;
        let steps = roll(notes.iter().map(|n| n.iter().map(|&n| usize::from(n))));
        let steps = Sequence::try_from(steps).ok().filter(|s| !s.is_empty());
        let steps = steps.ok_or(Fault::Silent)?;
        return Ok(vec![recording(name.into(), Part::Train, steps)]);
    }
    if bytes.starts_with(b"MATLAB") {
        return matlab(bytes);
    }
    let Songs { train, valid, test } = Songs::read_from(bytes)?;
    let parts = [
        (Part::Train, train),
        (Part::Valid, valid),
        (Part::Test, test),
    ];
    let songs = parts.into_iter().flat_map(|(part, songs)| {
        let each = songs.into_iter().enumerate();
        each.map(move |(i, steps)| recording(format!("{name} {}", i + 1), part, steps))
    });
    Ok(songs.collect())
}

fn recording(name: String, part: Part, steps: Sequence) -> Recording {
    Recording {
        name,
        part,
        sound: None,
        steps,
    }
}

/// Rows of zeros and ones from the notes of each step, which are all on the piano.
fn roll<N: Iterator<Item = usize>>(steps: impl Iterator<Item = N>) -> Vec<Vec<f32>> {
    let row = |notes: N| {
        let mut row = vec![0.0; NOTES];
        for note in notes {
            if let Some(key) = row.get_mut(note) {
                *key = 1.0;
            }
        }
        row
    };
    steps.map(row).collect()
}

/// The songs of the variables `traindata`, `validdata` and `testdata`.
fn matlab(bytes: &[u8]) -> Result<Vec<Recording>, Fault> {
    let mut recordings = vec![];
    for (variable, songs) in mat::read(bytes)? {
        let Some(part) = named(&variable) else {
            continue;
        };
        for (song, matrix) in songs.iter().enumerate() {
            let refuse = |reason: String| Fault::Roll {
                variable: variable.clone(),
                song: song + 1,
                reason,
            };
            if matrix.columns != NOTES || matrix.rows == 0 {
                return Err(refuse(format!(
                    "{} x {} numbers",
                    matrix.rows, matrix.columns
                )));
            }
            let rows = matrix.values.chunks(NOTES);
            let rows = rows.map(|row| row.iter().map(|&x| x as f32).collect());
            let steps = Sequence::try_from(rows.collect::<Vec<_>>()).map_err(refuse)?;
            if !steps.is_binary() {
                return Err(refuse("numbers besides 0 and 1".into()));
            }
            recordings.push(recording(format!("{part:?} {}", song + 1), part, steps));
        }
    }
    match recordings.is_empty() {
        true => Err(Fault::Step(
            "there is no variable traindata, validdata or testdata; write cell arrays of these names".into(),
        )),
        false => Ok(recordings),
    }
}

/// A sound, cut into steps.
fn sound(bytes: &[u8], name: &str, grid: &Grid) -> Result<Vec<Recording>, Fault> {
    let audio = audio::read(bytes)?;
    let steps = Sequence::of_numbers(audio.samples, grid.frame).map_err(Fault::Step)?;
    if steps.is_empty() {
        return Err(Fault::TooShort(grid.frame));
    }
    Ok(vec![Recording {
        sound: Some(Sound {
            rate: audio.rate,
            resolution: audio.resolution,
        }),
        ..recording(name.into(), Part::Train, steps)
    }])
}

#[cfg(test)]
mod tests;
