//! What learns: runs and experiments.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args as Group, value_parser};
use helmholtz::algorithm::{Algorithm, Learning};

use super::{Domain, Reading};
use crate::format;

/// The largest count that every file format of a run can hold.
const LARGEST: u64 = i64::MAX as u64;

/// Learn a model and write it to a run folder
///
/// Without --data the model learns from built-in data: 750 typical spreadsheet columns, 100 sets of seven
/// points, 500 images of automata, 500 drawings of characters, 100 scenes, 200 songs, spoken vowels or random walks. Ctrl-C saves a checkpoint first; `helmholtz resume` then goes on as if nothing had happened. The path of the run
/// folder is printed on standard output.
#[derive(Debug, Group)]
#[command(after_help = "\
Examples:
  helmholtz train strings
  helmholtz train strings --data people.csv --column phone --column zip --time 5m
  helmholtz train strings --algorithm vimco --particles 20 --seed 3 --out runs/vimco-3
  helmholtz train strings --config small.toml --set rates.guide=0.002 --set sizes.prior=64
  helmholtz train mixture --data points.csv --set points=7
  helmholtz train automata --data folder-of-png-files --set neighbours=5
  helmholtz train characters --data images_background.zip
  helmholtz train scenes --no-color
  helmholtz train music --data songs.json.gz --model srnn --inference avf --iterations 2
  helmholtz train sequence --data gauges.csv")]
pub(crate) struct Train {
    /// What to learn
    #[arg(value_enum)]
    pub(crate) domain: Domain,

    #[command(flatten)]
    pub(crate) settings: Settings,

    /// Learn from this file. Strings: .csv, .tsv, .jsonl, or one per line; points: a table of x, y and set;
    /// automata: a PNG file; characters: .png, .zip or IDX; scenes: .png or .jsonl; music: .json, .mid or .mat; speech: .wav or NIST SPHERE; sequences: .csv; or a folder of
    /// such files. `-` is standard input
    #[arg(long, value_name = "FILE", help_heading = "Data")]
    pub(crate) data: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) reading: Reading,

    /// The run folder, new or empty [default: runs/DOMAIN-SEED-ALGORITHM]
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub(crate) out: Option<PathBuf>,

    /// Stop after this time, such as 90s, 5m or 1h30m
    #[arg(long, value_name = "TIME", value_parser = format::parse_time, help_heading = "Training")]
    pub(crate) time: Option<Duration>,
}

/// How a configuration is put together: defaults, then the file, then --set, then flags.
#[derive(Debug, Default, Group)]
pub(crate) struct Settings {
    /// How to learn
    #[arg(long, value_name = "NAME", value_parser = algorithm(), help_heading = "Training")]
    #[arg(help = with_default("How to learn", "mws-mix for strings and characters, hmws for time series and scenes, mws elsewhere"))]
    pub(crate) algorithm: Option<Algorithm>,

    /// Evaluations per column and step
    #[arg(long, value_name = "K", value_parser = count(), help_heading = "Training")]
    #[arg(allow_negative_numbers = true)]
    #[arg(help = with_default("Programs scored per column and step", Learning::default().particles))]
    pub(crate) particles: Option<u64>,

    /// The step to stop at
    #[arg(long, value_name = "N", value_parser = count(), help_heading = "Training")]
    #[arg(allow_negative_numbers = true)]
    #[arg(help = with_default(
        "The step to stop at, counted from the start, pre-training included",
        "the domain's own"
    ))]
    pub(crate) steps: Option<u64>,

    /// The seed
    #[arg(long, value_name = "S", value_parser = count(), help_heading = "Training")]
    #[arg(allow_negative_numbers = true)]
    #[arg(help = with_default(
        "The seed of everything random; the same seed gives the same bytes",
        Learning::default().seed
    ))]
    pub(crate) seed: Option<u64>,

    /// Sequences: the model
    #[arg(long, value_name = "MODEL", value_parser = ["srnn", "vrnn"], help_heading = "Training")]
    #[arg(help = with_default("Sequences: the generative model", "srnn"))]
    pub(crate) model: Option<String>,

    /// Sequences: how posteriors are inferred
    #[arg(long, value_name = "HOW", value_parser = ["avf", "direct"], help_heading = "Training")]
    #[arg(help = with_default("Sequences: by which network posteriors are inferred", "avf"))]
    pub(crate) inference: Option<String>,

    /// Sequences: inference iterations per step
    #[arg(long, value_name = "N", value_parser = count(), help_heading = "Training")]
    #[arg(allow_negative_numbers = true)]
    #[arg(help = with_default("Sequences: inference iterations per step", 1))]
    pub(crate) iterations: Option<u64>,

    /// Scenes: blocks differ in size alone
    #[arg(long, visible_alias = "no-colour", help_heading = "Training")]
    #[arg(help = "Scenes: all blocks have one colour, and differ in size alone")]
    pub(crate) no_color: bool,

    /// Read settings from a TOML file, such as the config.toml of a run
    #[arg(long, value_name = "FILE", help_heading = "Settings")]
    pub(crate) config: Option<PathBuf>,

    /// Set one setting, such as rates.guide=0.002; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE", help_heading = "Settings")]
    pub(crate) set: Vec<String>,
}

/// Go on with a run, exactly as if it had never stopped
///
/// Training continues from the newest usable checkpoint, and ends in the same bytes as an uninterrupted
/// run. Lines of metrics.jsonl beyond that checkpoint are cut off first.
#[derive(Debug, Group)]
#[command(after_help = "\
Examples:
  helmholtz resume runs/strings-1-mws-mix
  helmholtz resume runs/strings-1-mws-mix --steps 10000
  helmholtz resume runs/strings-1-mws-mix --time 1h")]
pub(crate) struct Resume {
    /// The run folder
    #[arg(value_name = "DIR")]
    pub(crate) run: PathBuf,

    /// The step to stop at, counted from the start of the run [default: the run's setting]
    #[arg(long, value_name = "N", value_parser = count(), help_heading = "Training")]
    #[arg(allow_negative_numbers = true)]
    pub(crate) steps: Option<u64>,

    /// Stop after this time, such as 90s, 5m or 1h30m
    #[arg(long, value_name = "TIME", value_parser = format::parse_time, help_heading = "Training")]
    pub(crate) time: Option<Duration>,
}

/// Measure a table or figure of a paper again
///
/// Runs every algorithm, budget and seed of the experiment over all cores and prints ours beside the
/// paper's: medians, with quartiles. Ctrl-C stops; the same command goes on where it stopped. The folder
/// holds the rows as JSON, the table as Markdown and the learning curves as SVG.
#[derive(Debug, Group)]
#[command(after_help = "\
Examples:
  helmholtz reproduce --list
  helmholtz reproduce mws-figure-4 --quick
  helmholtz reproduce mws-table-5 --out results/table-5 --json
  helmholtz reproduce hmws-figure-6 --data series.csv
  helmholtz reproduce avf-table-3 --data music --only JSB --seeds 1")]
pub(crate) struct Reproduce {
    /// The experiment: a name of the list, or a file like those in `experiments/` that ends with .toml
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,

    /// List the experiments
    #[arg(long, conflicts_with = "name", help_heading = "Output")]
    pub(crate) list: bool,

    /// What to learn from in experiments on recorded data: a table of series, one a row; or sequences
    #[arg(long, value_name = "FILE", help_heading = "Data")]
    pub(crate) data: Option<PathBuf>,

    /// Fewer seeds and steps: a minute or two
    #[arg(long, help_heading = "Training")]
    pub(crate) quick: bool,

    /// Only so many seeds; with more, later, the same folder goes on
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(1..), help_heading = "Training")]
    pub(crate) seeds: Option<u64>,

    /// Only the lines of the table whose names hold this; with others, later, the same folder goes on
    #[arg(long, value_name = "TEXT", help_heading = "Training")]
    pub(crate) only: Option<String>,

    /// The folder for the results, new or of the same experiment [default: runs/NAME]
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub(crate) out: Option<PathBuf>,

    /// Write JSON: an array with an object per number
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
}

fn algorithm() -> impl TypedValueParser<Value = Algorithm> {
    let names = PossibleValuesParser::new(Algorithm::ALL.map(Algorithm::name));
    names.try_map(|name| name.parse::<Algorithm>())
}

fn count() -> impl TypedValueParser<Value = u64> {
    value_parser!(u64).range(0..=LARGEST)
}

fn with_default(text: &str, value: impl std::fmt::Display) -> String {
    format!("{text} [default: {value}]")
}
