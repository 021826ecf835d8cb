//! Options that every verb has: how the answer is shown, and how much it may cost.

use std::io::IsTerminal;
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, value_parser};

use crate::format::parse_time;
use crate::output::Escapes;

/// How an answer is shown, and how much it may cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Everywhere {
    pub(crate) output: Output,
    pub(crate) quiet: bool,
    pub(crate) color: Color,
    pub(crate) threads: Option<usize>,
    pub(crate) max_time: Option<Duration>,
    /// Whether files that exist are overwritten.
    pub(crate) force: bool,
}

/// The form of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Output {
    /// For people: lines of text
    #[default]
    Table,
    /// For programs: one object with all answers
    Json,
    /// For programs: an object a line, as soon as it is there
    Jsonl,
    /// For spreadsheets: rows with a header
    Csv,
    /// For documents: a table
    Markdown,
}

impl Output {
    /// How hidden characters are shown. Cells for other programs come back as they were, but not on a terminal.
    pub(crate) fn escapes(self) -> Escapes {
        match self {
            Self::Table => Escapes::Styled,
            Self::Markdown => Escapes::Words,
            Self::Json | Self::Jsonl => Escapes::Json,
            Self::Csv if std::io::stdout().is_terminal() => Escapes::Words,
            Self::Csv => Escapes::Nothing,
        }
    }
}

/// When text has colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Starting thousands of threads takes longer than any work they could share.
const MOST_THREADS: u64 = 512;
const HEADING: &str = "Everywhere";

/// The argument that asks for help.
pub(crate) fn help() -> Arg {
    Arg::new("help")
        .long("help")
        .short('h')
        .action(ArgAction::Help)
        .help("Show this")
}

/// The arguments.
pub(crate) fn arguments() -> Vec<Arg> {
    let all = [
        Arg::new("output")
            .long("output")
            .value_name("FORM")
            .value_parser(value_parser!(Output))
            .help("The form of the answer [default: table]"),
        Arg::new("json")
            .long("json")
            .action(ArgAction::SetTrue)
            .conflicts_with("output")
            .help("Short for --output json"),
        Arg::new("quiet")
            .long("quiet")
            .short('q')
            .action(ArgAction::SetTrue)
            .help("Say nothing but answers, what they leave out, and errors"),
        Arg::new("color")
            .long("color")
            .value_name("WHEN")
            .value_parser(value_parser!(Color))
            .help("Whether text stands out by colours [default: auto]"),
        Arg::new("threads")
            .long("threads")
            .value_name("N")
            .value_parser(value_parser!(u64).range(1..=MOST_THREADS))
            .allow_negative_numbers(true)
            .help("Worker threads; results do not depend on it [default: one per core]"),
        Arg::new("max_time")
            .long("max-time")
            .value_name("TIME")
            .value_parser(parse_time)
            .help("Give the answers that there are after this time, such as 90s, 5m or 1h30m"),
        Arg::new("force")
            .long("force")
            .action(ArgAction::SetTrue)
            .help("Overwrite pictures, pages and tables that exist"),
        help(),
    ];
    all.map(|arg| arg.help_heading(HEADING)).into()
}

/// Those of these names: what a command has no use for, it does not take.
pub(crate) fn some<'a>(names: &'a [&'a str]) -> impl Iterator<Item = Arg> + 'a {
    let wanted = move |arg: &Arg| names.contains(&arg.get_id().as_str());
    arguments().into_iter().filter(wanted)
}

impl Everywhere {
    /// What was typed; a command has some of these arguments.
    pub(crate) fn of(matches: &ArgMatches) -> Self {
        fn one<T: Copy + Send + Sync + 'static>(matches: &ArgMatches, name: &str) -> Option<T> {
            matches.try_get_one(name).ok().flatten().copied()
        }
        let flag = |name| one::<bool>(matches, name).unwrap_or_default();
        let json = flag("json").then_some(Output::Json);
        Self {
            output: json.or(one(matches, "output")).unwrap_or_default(),
            quiet: flag("quiet"),
            color: one(matches, "color").unwrap_or_default(),
            threads: one::<u64>(matches, "threads").map(|n| n as usize),
            max_time: one(matches, "max_time"),
            force: flag("force"),
        }
    }
}
