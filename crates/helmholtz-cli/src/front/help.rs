//! Commands and their help, from the domains' own words.

use std::path::Path;
use std::sync::OnceLock;

use clap::{Arg, ArgAction, Command};
use helmholtz::product::options::{Field, Kind};
use helmholtz::product::registry::VerbOf;
use helmholtz::product::verb::Takes;
use helmholtz::product::{AnyProduct, Registry};
use serde_json::Value;

use super::arguments::argument;
use super::{everywhere, first};

/// What the program is called: it may be somebody else's, with domains of its own.
pub(crate) fn program() -> &'static str {
    static NAME: OnceLock<String> = OnceLock::new();
    NAME.get_or_init(|| {
        let path = std::env::args_os().next().unwrap_or_default();
        let name = Path::new(&path).file_name().unwrap_or_default();
        let name = name.to_str().unwrap_or_default();
        match name
            .strip_suffix(std::env::consts::EXE_SUFFIX)
            .unwrap_or(name)
        {
            "" => "helmholtz".to_owned(),
            name => name.to_owned(),
        }
    })
}

/// The command of a verb of a domain.
pub(crate) fn of_verb(product: &dyn AnyProduct, verb: &VerbOf) -> Command {
    let (name, domain) = (verb.role.name, product.name());
    let command = bare(&format!("{name} {domain}"), verb.help);
    let command = operands(command, verb.role.takes).args(verb.options.iter().map(argument));
    with_examples(command.args(everywhere::arguments()), verb.examples)
}

/// A command of the program, which is read without its own name.
pub(crate) fn bare(name: &str, about: &str) -> Command {
    let name = format!("{} {name}", program()).trim_end().to_owned();
    Command::new(name.clone())
        .bin_name(name)
        .about(about.to_owned())
        .no_binary_name(true)
        .disable_version_flag(true)
        .disable_help_flag(true)
}

fn operands(command: Command, takes: Takes) -> Command {
    let several = |id: &'static str, name: &'static str| {
        Arg::new(id).value_name(name).action(ArgAction::Append)
    };
    match takes {
        Takes::Nothing => command,
        Takes::Files => command
            .arg(several("files", "FILE").num_args(0..).help(
                "Files or patterns, and folders where the domain reads such; `-` is standard input",
            ))
            // A habit of old.
            .arg(several("data", "FILE").long("data").hide(true)),
        Takes::Words(first, rest) => command
            .arg(
                Arg::new("first")
                    .value_name(first)
                    .required(true)
                    .allow_hyphen_values(true),
            )
            .arg(
                several("rest", rest)
                    .num_args(1..)
                    .required(true)
                    .allow_negative_numbers(true),
            ),
    }
}

/// A command with command lines to learn from.
pub(crate) fn with_examples(command: Command, examples: &[&str]) -> Command {
    match examples.is_empty() {
        true => command,
        false => command.after_help(lines_of(examples)),
    }
}

fn lines_of(examples: &[&str]) -> String {
    let lines = examples.iter().map(|e| format!("\n  {} {e}", program()));
    format!("Examples:{}", lines.collect::<String>())
}

/// A command whose long help lists the settings of a domain, too.
pub(crate) fn with_settings(command: Command, product: &dyn AnyProduct) -> Command {
    let settings: String = product.settings().iter().map(setting).collect();
    let name = product.name();
    command
        .after_help(format!(
            "The settings of {name}: {} train {name} --help",
            program()
        ))
        .after_long_help(format!(
            "Settings for --set KEY=VALUE and for files of --config:{settings}"
        ))
}

/// A setting in two lines: its key, and what it does.
fn setting(field: &Field) -> String {
    let value = match &field.kind {
        Kind::Flag => "true|false",
        Kind::Many(_) | Kind::Each(_) => "LIST",
        _ => &field.value,
    };
    let words = match &field.kind {
        Kind::Word(words) | Kind::Either(words, _) => words.iter().map(|w| w.0.as_str()).collect(),
        _ => vec![],
    };
    let notes = [
        field
            .default
            .as_ref()
            .map(|d| format!(" [default: {}]", typed(d))),
        field.kind.range().map(|range| format!(" [{range}]")),
        (!words.is_empty()).then(|| format!(" [possible values: {}]", words.join(", "))),
    ];
    let notes: String = notes.into_iter().flatten().collect();
    let (name, help) = (&field.name, field.help.trim_end_matches('.'));
    format!("\n  {name} <{value}>\n          {help}{notes}")
}

/// A value as `--set` takes it.
fn typed(value: &Value) -> String {
    match value {
        Value::String(word) => word.clone(),
        other => toml::Value::try_from(other).map_or_else(|_| other.to_string(), |v| v.to_string()),
    }
}

/// The command of a verb, whatever the domain: it says which domains have it.
pub(crate) fn of_role(registry: &Registry, name: &str) -> Command {
    let mut about = "";
    let (mut has, mut examples) = (vec![], vec![]);
    for product in registry.domains() {
        let verbs = product.verbs();
        if let Some(verb) = verbs.iter().find(|v| v.role.name == name) {
            about = verb.role.about;
            has.push((product.name().to_owned(), verb.help));
            let first = verb.examples.first();
            examples.extend(first.filter(|e| !examples.contains(*e)));
        }
    }
    let lines = listed(&has);
    let files = match name == "explain" {
        true => {
            "A file without a domain is looked at, and the domain that it looks like is said; --as DOMAIN says otherwise.\n\n"
        }
        false => "",
    };
    let program = program();
    bare(name, about)
        .arg(everywhere::help())
        .override_usage(format!("{program} {name} DOMAIN|RUN [OPTIONS] [FILE]..."))
        .after_help(format!(
            "{files}Domains, each with options of its own ({program} {name} DOMAIN --help):{lines}\n\n\
             RUN is a run folder, for a model of your own.\n\n{}",
            lines_of(&examples)
        ))
}

/// The program: its verbs and domains.
pub(crate) fn of_program(registry: &Registry) -> Command {
    let verbs = first::verbs(registry).into_iter().map(|name| {
        let mut all = registry.domains().flat_map(|d| d.verbs());
        let about = all.find(|v| v.role.name == name).map(|v| v.role.about);
        (name, about.unwrap_or_default())
    });
    let own = first::OWN
        .iter()
        .map(|(name, about)| ((*name).to_owned(), *about));
    let verbs: Vec<(String, &str)> = verbs.chain(own).collect();
    let domains = registry.domains().map(|d| (d.name().to_owned(), d.about()));
    let domains: Vec<(String, &str)> = domains.collect();
    let program = program();
    bare("", ABOUT)
        .arg(everywhere::help())
        .disable_version_flag(false)
        .version(env!("CARGO_PKG_VERSION"))
        .override_usage(format!(
            "{program} FILE...\n       {program} VERB DOMAIN|RUN [OPTIONS] [FILE]..."
        ))
        .after_help(format!(
            "Verbs:{}\n\nDomains:{}\n\n{}{AFTER}",
            listed(&verbs),
            listed(&domains),
            examples_of(registry)
        ))
}

/// Names with what they are, a line each.
pub(crate) fn listed(names: &[(String, &str)]) -> String {
    let width = names.iter().map(|n| n.0.len()).max().unwrap_or(0);
    let lines = names
        .iter()
        .map(|(name, about)| format!("\n  {name:width$}  {about}"));
    lines.collect()
}

const ABOUT: &str = "\
Finds the short program that probably generated your data. Answers have weights, and say what they leave out and doubt.";

/// Command lines to learn from: the domain that each is about, what is typed, and what that asks.
const EXAMPLES: [(&str, &str, &str); 5] = [
    ("strings", "people.csv", "what is in this table?"),
    (
        "series",
        "--as series people.csv",
        "not what it looks like, but this",
    ),
    (
        "strings",
        "explain strings people.csv --column phone",
        "and in this column?",
    ),
    (
        "strings",
        "train strings --max-time 10m",
        "learn from the built-in columns",
    ),
    (
        "strings",
        "explain runs/strings-1-mws-mix people.csv",
        "the same with your own model",
    ),
];

const AFTER: &str = "\
Answers go to standard output, everything else to standard error.
Exit codes: 0 done, 1 a check found something, 2 wrong usage or input, 130 interrupted and saved.";

/// The examples of the domains that there are.
fn examples_of(registry: &Registry) -> String {
    let known = EXAMPLES.iter().filter(|e| registry.find(e.0).is_some());
    let known = known.map(|e| (format!("{} {}", program(), e.1), e.2));
    match known.collect::<Vec<_>>() {
        none if none.is_empty() => String::new(),
        known => format!("Examples:{}\n\n", listed(&known)),
    }
}
