//! The raw arguments, and the help that goes with them.
//!
//! Nothing is decided here: a field says what was typed. Defaults that belong to a configuration are
//! shown in the help but applied where the configuration is resolved ([`crate::settings`]), since a file
//! may come between.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args as Group, Parser, Subcommand, ValueEnum, value_parser};
use helmholtz::algorithm::{Algorithm, Learning};

use crate::{format, output};

/// The largest count that every file format of a run can hold.
const LARGEST: u64 = i64::MAX as u64;

/// Learns and explains: strings as regexes, time series as kernels, points as clusters, images as automata; follows
/// music, speech and other streams.
///
/// helmholtz finds the short program that probably generated your data. Given a column of a spreadsheet
/// it answers with a regular expression that has probabilities, with strings that would fit in, and with
/// the cells that do not. The models it uses are learned by memoised wake-sleep and its relatives, and
/// you can train your own.
#[derive(Debug, Parser)]
#[command(
    name = "helmholtz",
    version,
    subcommand_required = true,
    arg_required_else_help = true
)]
#[command(after_help = "\
Examples:
  helmholtz explain strings people.csv --column phone    what is in this column?
  helmholtz train strings --time 10m                     learn from the built-in columns
  helmholtz explain runs/strings-1-mws-mix people.csv    the same with your own model

Results go to standard output, everything else to standard error.
Exit codes: 0 done, 1 a check failed, 2 wrong usage or input, 130 interrupted and saved.")]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Worker threads; results do not depend on it [default: one per core]
    #[arg(long, global = true, value_name = "N", help_heading = "Everywhere")]
    pub(crate) threads: Option<NonZeroUsize>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Learn a model and write it to a run folder
    Train(Train),
    /// Go on with a run, exactly as if it had never stopped
    Resume(Resume),
    /// Explain a file by programs
    Explain(Explain),
    /// Draw programs from the prior, with strings from each
    Sample(Sample),
    /// Measure a model on held-out data
    Evaluate(Evaluate),
    /// Follow a sequence step by step, as it arrives
    Filter(Filter),
    /// The exact probability of strings under a program
    Score(Score),
    /// Measure a table or figure of a paper again
    Reproduce(Reproduce),
}

/// What is learned: a kind of data and its programs.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Domain {
    /// Columns of strings, explained by probabilistic regexes
    Strings,
    /// Sets of points of the plane, explained by partitions into clusters
    Mixture,
    /// Images that an automaton drew, explained by its rule
    Automata,
    /// Time series, explained by kernels of Gaussian processes
    Timeseries,
    /// Piano rolls, followed step by step
    Music,
    /// Sound, followed step by step
    Speech,
    /// Streams of numbers, followed step by step
    Sequence,
}

/// What can be scored by hand.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Scored {
    /// A regex
    Strings,
}

/// Learn a model and write it to a run folder
///
/// Without --data the model learns from built-in data: 750 typical spreadsheet columns, 100 sets of seven
/// points, 500 images, 200 songs, spoken vowels or random walks. Ctrl-C saves a checkpoint first; `helmholtz resume` then goes on as if nothing had happened. The path of the run
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
  helmholtz train music --data songs.json.gz --model srnn --inference avf --iterations 2
  helmholtz train sequence --data gauges.csv")]
pub(crate) struct Train {
    /// What to learn
    #[arg(value_enum)]
    pub(crate) domain: Domain,

    #[command(flatten)]
    pub(crate) settings: Settings,

    /// Learn from this file. Strings: .csv, .tsv, .jsonl, or one per line; points: a table of x, y and set;
    /// automata: a PNG file; music: .json, .mid or .mat; speech: .wav or NIST SPHERE; sequences: .csv; or a folder of
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

/// What to read of a file, and how.
#[derive(Debug, Group)]
pub(crate) struct Reading {
    /// Use only this column or concept, by its name or as #3; may be repeated [default: all]
    #[arg(long = "column", value_name = "NAME", help_heading = "Data")]
    pub(crate) columns: Vec<String>,

    /// How the strings are laid out [default: what the file's extension says; standard input: lines]
    #[arg(long, value_enum, value_name = "FORMAT", help_heading = "Data")]
    pub(crate) format: Option<Layout>,

    /// What separates the cells of a table, one character or `tab` [default: , ; or tab, by the header]
    #[arg(long, value_name = "CHAR", value_parser = format::parse_delimiter, help_heading = "Data")]
    pub(crate) delimiter: Option<u8>,

    /// Time series: the column of times, numbers or dates [default: one of that name, or a first column of dates]
    #[arg(long, value_name = "NAME", help_heading = "Data")]
    pub(crate) times: Option<String>,

    /// Time series: every row is a series
    #[arg(long, help_heading = "Data")]
    pub(crate) rows: bool,

    /// Time series: keep every Nth value
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Data")]
    pub(crate) thin: Option<u32>,
}

impl Reading {
    /// Whether nothing was said.
    pub(crate) fn is_default(&self) -> bool {
        self.columns.is_empty()
            && self.format.is_none()
            && self.delimiter.is_none()
            && self.is_of_no_series()
    }

    /// Whether nothing was said that only time series have.
    pub(crate) fn is_of_no_series(&self) -> bool {
        self.times.is_none() && !self.rows && self.thin.is_none()
    }
}

/// How strings are laid out in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Layout {
    /// A table with a header
    Csv,
    /// A table with a header, separated by tabs
    Tsv,
    /// One JSON object per line: {"name": ..., "train": [...]}
    Jsonl,
    /// One string per line
    Lines,
}

/// How a configuration is put together: defaults, then the file, then --set, then flags.
#[derive(Debug, Default, Group)]
pub(crate) struct Settings {
    /// How to learn
    #[arg(long, value_name = "NAME", value_parser = algorithm(), help_heading = "Training")]
    #[arg(help = with_default("How to learn", "mws-mix for strings, hmws for time series, mws elsewhere"))]
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

/// Explain a file by programs
#[derive(Debug, Group)]
#[command(after_help = "\
Examples:
  helmholtz explain strings people.csv
  helmholtz explain strings people.csv --column phone --json
  helmholtz explain mixture points.csv
  helmholtz explain automata picture.png
  helmholtz explain timeseries sales.csv --horizon 12 --html sales.html
  cut -f3 samples.tsv | helmholtz explain runs/strings-1-mws-mix -")]
pub(crate) struct Explain {
    /// A run folder, or a domain's name for the model that comes with the program
    #[arg(value_name = "RUN")]
    pub(crate) run: PathBuf,

    /// The file. Strings: .csv, .tsv, .jsonl, or one per line; points: a table with columns x, y and perhaps
    /// set; automata: a PNG of 64 x 64 pixels, or a folder of them; time series: a table with a column or a row
    /// each. `-` is standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    #[command(flatten)]
    pub(crate) reading: Reading,

    /// Programs to show per column or set of points
    #[arg(long, value_name = "N", help_heading = "Output")]
    pub(crate) programs: Option<usize>,

    /// Fitting strings to show per column; futures to draw of an image
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

    /// Sequences: write a file, .mid, .wav or .csv, whichever it is that they are
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) out: Option<PathBuf>,

    /// Sequences: go on with the first one of this file
    #[arg(long, value_name = "FILE", help_heading = "Data")]
    pub(crate) after: Option<PathBuf>,

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
/// columns apart. Of points and images: the exact negative log-likelihood, next to the least possible. Use
/// data that the model did not learn from.
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

    /// Sequences: also the bound of this many particles
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
  helmholtz reproduce hmws-figure-6 --data series.csv")]
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

/// A number of values to forecast.
fn horizon(text: &str) -> Result<usize, String> {
    let horizon = text.parse().ok().filter(|h| *h > 0);
    horizon.ok_or_else(|| format!("`{text}` is no number of values; choose at least 1"))
}

fn with_default(text: &str, value: impl std::fmt::Display) -> String {
    format!("{text} [default: {value}]")
}

/// Why there are no arguments: help or the version was asked for, or something is wrong.
pub(crate) struct Stop(clap::Error);

/// The arguments of this process.
pub(crate) fn parse() -> Result<Args, Stop> {
    Args::try_parse().map_err(Stop)
}

impl Stop {
    /// Shows what was asked for, or the error in one line.
    pub(crate) fn show(self) -> ExitCode {
        use clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand as Bare;
        if !self.0.use_stderr() || self.0.kind() == Bare {
            // A pipe that was closed early has nobody to complain to.
            let _ = self.0.print();
            return ExitCode::from(self.0.exit_code() as u8);
        }
        output::error_line(&self.line());
        ExitCode::from(2)
    }

    /// The parts of the parser's message that say what is wrong and what was meant.
    fn line(&self) -> String {
        let text = self.0.render().to_string();
        let parts = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let said = parts.take_while(|line| {
            !line.starts_with("Usage:") && !line.starts_with("For more information")
        });
        let join = |line: String, part: &str| {
            let goes_on = line.is_empty() || line.ends_with(':') || part.starts_with('[');
            line + if goes_on { " " } else { "; " } + part
        };
        let line = said.fold(String::new(), join);
        let line = line.trim_start();
        let line = line.strip_prefix("error: ").unwrap_or(line);
        format!("{line}; see `helmholtz --help`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_of_the_arguments_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn a_program_may_begin_with_a_hyphen_and_a_string_be_a_negative_number() {
        let args = [
            "helmholtz",
            "score",
            "strings",
            r"-?\d+",
            "-5",
            "7",
            "--json",
        ];
        let Command::Score(score) = Args::try_parse_from(args).unwrap().command else {
            panic!("not the command that was typed");
        };
        assert_eq!(
            (score.regex.as_str(), score.strings.len(), score.json),
            (r"-?\d+", 2, true)
        );
    }

    #[test]
    fn a_usage_error_is_one_line_with_the_likely_meaning() {
        let error = Args::try_parse_from(["helmholtz", "train", "strings", "--partcles", "3"]);
        let line = Stop(error.unwrap_err()).line();
        assert!(
            line.contains("--particles") && !line.contains('\n'),
            "{line}"
        );
    }
}
