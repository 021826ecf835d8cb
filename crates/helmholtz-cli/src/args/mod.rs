//! The raw arguments, and the help that goes with them.
//!
//! Nothing is decided here: a field says what was typed. Defaults that belong to a configuration are
//! shown in the help but applied where the configuration is resolved ([`crate::settings`]), since a file
//! may come between.

mod answers;
mod reading;
mod training;

use std::num::NonZeroUsize;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

pub(crate) use answers::{Evaluate, Explain, Filter, Sample, Scale, Score};
pub(crate) use reading::{Layout, Reading};
pub(crate) use training::{Reproduce, Resume, Settings, Train};

use crate::output;

/// Learns and explains: strings as regexes, time series as kernels, points as clusters, images as automata, drawn characters
/// as strokes, scenes as blocks; follows music, speech and other streams.
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
    /// Drawn characters, explained by strokes
    Characters,
    /// Pictures of towers, explained by the blocks that they are built of
    Scenes,
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
