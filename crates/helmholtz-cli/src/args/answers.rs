//! What answers: questions to a model or a program.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::{Args as Group, ValueEnum, value_parser};

use super::{Reading, Scored};

/// Explain a file by programs
#[derive(Debug, Group)]
#[command(after_help = "\
Examples:
  helmholtz explain strings people.csv
  helmholtz explain strings people.csv --column phone --json
  helmholtz explain mixture points.csv
  helmholtz explain automata picture.png
  helmholtz explain characters drawing.png --samples 10
  helmholtz explain characters page-*.png --json
  helmholtz explain scenes towers.png
  helmholtz explain timeseries sales.csv --horizon 12 --html sales.html
  cut -f3 samples.tsv | helmholtz explain runs/strings-1-mws-mix -")]
pub(crate) struct Explain {
    /// A run folder, or a domain's name for the model that comes with the program
    #[arg(value_name = "RUN")]
    pub(crate) run: PathBuf,

    /// The file, or several of pictures. Strings: .csv, .tsv, .jsonl, or one per line; points: a table with columns x, y
    /// and perhaps set; automata: a PNG of 64 x 64 pixels, or a folder of them; characters: PNG, IDX or ZIP, or a folder of PNG
    /// files; scenes: a square PNG, a folder of them, or .jsonl; time series: a table with a column or a row each. `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) reading: Reading,

    /// Programs to show per column or set of points
    #[arg(long, value_name = "N", help_heading = "Output")]
    pub(crate) programs: Option<usize>,

    /// Fitting strings to show per column; futures to draw of an automaton; variations to draw of a character
    #[arg(long, value_name = "N", help_heading = "Output")]
    pub(crate) samples: Option<usize>,

    /// The seed of the search
    #[arg(
        long,
        value_name = "S",
        help_heading = "Output",
        allow_negative_numbers = true
    )]
    pub(crate) seed: Option<u64>,

    /// Time series: how many values to forecast [default: a fifth of the series]
    #[arg(long, value_name = "H", value_parser = horizon, help_heading = "Output")]
    pub(crate) horizon: Option<usize>,

    /// Time series: explain the values themselves, or their logarithms [default: what is more probable]
    #[arg(long, value_enum, help_heading = "Output")]
    pub(crate) scale: Option<Scale>,

    /// Time series: write the forecast as a table
    #[arg(long, value_name = "CSV", help_heading = "Output")]
    pub(crate) forecast: Option<PathBuf>,

    /// Time series and sequences: write a page with pictures
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) html: Option<PathBuf>,

    /// Write JSON: an array with an object per column, set or image
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
}

impl Explain {
    /// The file, where only one can be explained at a time.
    pub(crate) fn file(&self) -> anyhow::Result<&Path> {
        match &self.files[..] {
            [file] => Ok(file),
            files => bail!(
                "{} files: only pictures are explained several at a time; name one file",
                files.len()
            ),
        }
    }
}

/// What the parts of a time series add up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scale {
    /// The values
    Linear,
    /// Their logarithms
    Log,
}

/// Draw programs from the prior, with strings from each
#[derive(Debug, Group)]
#[command(after_help = "\
Examples:
  helmholtz sample strings -n 20
  helmholtz sample runs/strings-1-mws-mix --seed 7 --json")]
pub(crate) struct Sample {
    /// A run folder, or a domain's name for the model that comes with the program
    #[arg(value_name = "RUN")]
    pub(crate) run: PathBuf,

    /// How many programs
    #[arg(short = 'n', long = "programs", value_name = "N", default_value_t = 10)]
    #[arg(value_parser = value_parser!(u32).range(1..=1_000_000), help_heading = "Output")]
    pub(crate) programs: u32,

    /// Sequences: how many steps to invent [default: 64]
    #[arg(long, value_name = "T", value_parser = value_parser!(u64).range(1..=1_000_000), help_heading = "Output")]
    pub(crate) steps: Option<u64>,

    /// Sequences: write a file, .mid, .wav or .csv, whichever it is that they are. Characters and scenes: write a PNG, or of scenes .jsonl with what they show
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) out: Option<PathBuf>,

    /// Sequences: go on with the first one of this file
    #[arg(long, value_name = "FILE", help_heading = "Data")]
    pub(crate) after: Option<PathBuf>,

    /// Characters: only of this alphabet
    #[arg(long, value_name = "NAME", help_heading = "Output")]
    pub(crate) alphabet: Option<String>,

    /// Strings from each
    #[arg(long, value_name = "N", default_value_t = 5, help_heading = "Output")]
    #[arg(value_parser = value_parser!(u32).range(0..=10_000))]
    pub(crate) samples: u32,

    /// The seed of the draws
    #[arg(long, value_name = "S", default_value_t = 1, help_heading = "Output")]
    #[arg(allow_negative_numbers = true)]
    pub(crate) seed: u64,

    /// Write JSON: an array with an object per program
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
}

/// Measure a model on held-out data
///
/// Of strings: the negative log-likelihood of whole columns and of held-out strings, and the error of telling
/// columns apart. Of points and automata: the exact negative log-likelihood, next to the least possible. Of characters:
/// bits per pixel. Of scenes: log p(x) by importance sampling. Use data that the model did not learn from.
#[derive(Debug, Group)]
#[command(after_help = "\
Examples:
  helmholtz evaluate runs/strings-1-mws-mix --data held-out.jsonl
  helmholtz evaluate strings --data held-out.jsonl --json")]
pub(crate) struct Evaluate {
    /// A run folder, or a domain's name for the model that comes with the program
    #[arg(value_name = "RUN")]
    pub(crate) run: PathBuf,

    /// The held-out data: .jsonl with train and test strings, or a table to draw them from; points, images or
    /// sequences, of which the part `test` is taken if there is one
    #[arg(long, value_name = "FILE", help_heading = "Data")]
    pub(crate) data: PathBuf,

    #[command(flatten)]
    pub(crate) reading: Reading,

    /// Sequences: also the bound of this many particles. Scenes: the particles of the bound [default: 100]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=10_000), help_heading = "Output")]
    pub(crate) particles: Option<u32>,

    /// Sequences: inference iterations per step [default: as many as were learned with]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=1000), help_heading = "Output")]
    pub(crate) iterations: Option<u32>,

    /// Write JSON: one object
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
}

/// Follow a sequence step by step, as it arrives
///
/// A line per step: what it cost in nats (its free energy, in two parts), how surprising that is (the share of
/// held-out steps of the run that cost less), and what was predicted before it was seen. Memory does not grow with
/// the length of the stream.
#[derive(Debug, Group)]
#[command(after_help = "\
Examples:
  helmholtz filter runs/music-1-avf song.mid
  tail -f gauges.csv | helmholtz filter runs/sequence-1-avf - --json
  helmholtz sample runs/music-1-avf --steps 20 | helmholtz filter runs/music-1-avf -")]
pub(crate) struct Filter {
    /// A run folder
    #[arg(value_name = "RUN")]
    pub(crate) run: PathBuf,

    /// The sequence: a file like those that were learned from, or `-` for lines of standard input, one per step: the
    /// notes that sound (0 to 87), or numbers
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Inference iterations per step [default: as many as were learned with]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=1000), help_heading = "Output")]
    pub(crate) iterations: Option<u32>,

    /// The seed of the samples
    #[arg(long, value_name = "S", default_value_t = 1, help_heading = "Output")]
    #[arg(allow_negative_numbers = true)]
    pub(crate) seed: u64,

    /// Write JSON: an object per line and step
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
}

/// The exact probability of strings under a program
///
/// All ways to read a string are summed. The parameters are the untrained ones: uniform classes, every
/// operator at one half. Put -- before strings that look like an option.
#[derive(Debug, Group)]
#[command(
    after_help = r"Programs: literals, classes . \d \s \w \l \u, operators * + ? | and brackets.

Examples:
  helmholtz score strings '\d\d\d-\d+' 555-1234 5551234
  helmholtz score strings --json '\u\l+( \u\l+)?' Ada 'Ada Lovelace'"
)]
pub(crate) struct Score {
    /// What kind of program it is
    #[arg(value_enum)]
    pub(crate) domain: Scored,

    /// The program
    #[arg(value_name = "REGEX", allow_hyphen_values = true)]
    pub(crate) regex: String,

    /// The strings
    #[arg(value_name = "STRING", required = true, allow_negative_numbers = true)]
    pub(crate) strings: Vec<String>,

    /// Write JSON: an array with an object per string; log_prob is null for probability zero
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
}

/// A number of values to forecast.
fn horizon(text: &str) -> Result<usize, String> {
    let horizon = text.parse().ok().filter(|h| *h > 0);
    horizon.ok_or_else(|| format!("`{text}` is no number of values; choose at least 1"))
}
