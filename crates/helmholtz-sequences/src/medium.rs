//! Kinds of sequences: where they come from, what they look like as text and in a file, and what they are learned by
//! where nothing else is said.

use std::path::Path;

use super::audio;
use super::builtin;
use super::config::{Config, Grid};
use super::lines::LineFormat;
use super::midi;
use super::output::Output;
use super::read::{self, ReadError};
use super::recording::Recording;
use super::srnn::SrnnSizes;

/// A kind of sequences.
pub trait Medium {
    /// The name on the command line and in run folders.
    const NAME: &'static str;
    /// Older names.
    const ALIASES: &'static [&'static str] = &[];
    /// In a line, what is followed.
    const ABOUT: &'static str;
    /// How the names of files end that are nothing else.
    const FILES: &'static [&'static str] = &[];
    /// What a recording is called, in the plural.
    const RECORDINGS: &'static str;
    /// What a step is as a line of text.
    const LINES: LineFormat;
    /// What a file of this kind is called after the dot.
    const EXTENSION: &'static str;
    /// Whether a file is read line by line as it is.
    const STREAMED: bool = false;

    /// The settings that hold where nothing else is said.
    fn defaults() -> Config;

    /// The recordings of a file or a folder.
    ///
    /// # Errors
    /// When something cannot be read or is something else.
    fn read(path: &Path, grid: &Grid) -> Result<Vec<Recording>, ReadError>;

    /// The recordings that the library makes itself.
    fn builtin(grid: &Grid, seed: u64) -> Vec<Recording>;

    /// A file that holds these steps.
    ///
    /// # Errors
    /// When there are too many of them for the format.
    fn write(steps: &[Vec<f32>], grid: &Grid) -> Result<Vec<u8>, String>;
}

/// Piano rolls.
#[derive(Clone, Copy, Debug)]
pub enum Music {}

/// Sound, cut into steps of many samples.
#[derive(Clone, Copy, Debug)]
pub enum Speech {}

/// Any numbers.
#[derive(Clone, Copy, Debug)]
pub enum Numbers {}

/// Samples a second where nothing is known of it.
const RATE: u32 = 8000;
/// Quarter notes a minute of what is invented.
const TEMPO: u32 = 90;

impl Medium for Music {
    const NAME: &'static str = "music";
    const ABOUT: &'static str = "Piano rolls, followed step by step";
    const FILES: &'static [&'static str] = &["mid", "midi"];
    const RECORDINGS: &'static str = "songs";
    const LINES: LineFormat = LineFormat::Notes;
    const EXTENSION: &'static str = "mid";

    /// Notes that depend on each other: a chord is more than its notes.
    fn defaults() -> Config {
        Config {
            output: Some(Output::Joint { units: 150 }),
            ..Config::default()
        }
    }

    fn read(path: &Path, grid: &Grid) -> Result<Vec<Recording>, ReadError> {
        read::music(path, grid)
    }

    fn builtin(_: &Grid, seed: u64) -> Vec<Recording> {
        builtin::chorales(seed)
    }

    fn write(steps: &[Vec<f32>], grid: &Grid) -> Result<Vec<u8>, String> {
        let notes = |row: &Vec<f32>| {
            (0u8..)
                .zip(row)
                .filter(|(_, x)| **x >= 0.5)
                .map(|(n, _)| n)
                .collect()
        };
        let steps: Vec<Vec<u8>> = steps.iter().map(notes).collect();
        Ok(midi::write(&steps, grid.steps_per_beat, TEMPO))
    }
}

impl Medium for Speech {
    const NAME: &'static str = "speech";
    const ABOUT: &'static str = "Sound, followed step by step";
    const FILES: &'static [&'static str] = &["wav", "wave", "sph"];
    const RECORDINGS: &'static str = "sounds";
    const LINES: LineFormat = LineFormat::Numbers;
    const EXTENSION: &'static str = "wav";

    /// A model that one processor can train; the paper's has twice as many units and clips of forty steps.
    fn defaults() -> Config {
        let mut config = Config::default();
        config.filtering.clip = 20;
        config.srnn = SrnnSizes {
            recurrent: 512,
            latent: 128,
            prior: (256, 2),
            decoder: (512, 2),
        };
        config
    }

    fn read(path: &Path, grid: &Grid) -> Result<Vec<Recording>, ReadError> {
        read::speech(path, grid)
    }

    fn builtin(grid: &Grid, seed: u64) -> Vec<Recording> {
        builtin::vowels((grid.rate.unwrap_or(RATE), grid.frame), seed)
    }

    fn write(steps: &[Vec<f32>], grid: &Grid) -> Result<Vec<u8>, String> {
        let rate = grid.rate.unwrap_or(RATE);
        audio::write(&steps.concat(), rate).map_err(|e| e.to_string())
    }
}

impl Medium for Numbers {
    const NAME: &'static str = "streams";
    const ALIASES: &'static [&'static str] = &["sequence"];
    const ABOUT: &'static str = "Streams of numbers, followed step by step";
    const RECORDINGS: &'static str = "sequences";
    const LINES: LineFormat = LineFormat::Numbers;
    const EXTENSION: &'static str = "csv";
    const STREAMED: bool = true;

    /// Small networks for few numbers.
    fn defaults() -> Config {
        let mut config = Config {
            piece: 200,
            srnn: SrnnSizes {
                recurrent: 64,
                latent: 8,
                prior: (64, 1),
                decoder: (64, 1),
            },
            ..Config::default()
        };
        config.network.width = 128;
        config
    }

    fn read(path: &Path, _: &Grid) -> Result<Vec<Recording>, ReadError> {
        read::numbers(path)
    }

    fn builtin(_: &Grid, seed: u64) -> Vec<Recording> {
        builtin::walks(seed)
    }

    fn write(steps: &[Vec<f32>], _: &Grid) -> Result<Vec<u8>, String> {
        let width = steps.first().map_or(0, Vec::len);
        let line = |cells: Vec<String>| cells.join(",") + "\n";
        let names = line((1..=width).map(|i| format!("x{i}")).collect());
        let rows = steps
            .iter()
            .map(|row| line(row.iter().map(f32::to_string).collect()));
        Ok((names + &rows.collect::<String>()).into_bytes())
    }
}
