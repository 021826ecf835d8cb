//! The first pass: which verb, of which domain, by which model. The rest is for the options of that domain.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};
use clap::Arg;
use helmholtz::product::options::Field;
use helmholtz::product::words::closest;
use helmholtz::product::{AnyProduct, Glimpse, Registry, Source};
use helmholtz::run::RunFolder;

use super::files::expand;
use super::help;
use crate::learn;

/// Verbs that are the program's own.
pub(crate) const OWN: [(&str, &str); 6] = [
    ("train", "Learn a model and write it to a run folder"),
    (
        "resume",
        "Go on with a run, exactly as if it had never stopped",
    ),
    ("reproduce", "Measure a table or figure of a paper again"),
    ("completions", "Write completions for a shell"),
    ("man", "Write manual pages"),
    ("schema", "Write the JSON schema of answers"),
];
/// The verb of files that are named without one.
const BARE: &str = "explain";
/// What makes a folder a run.
const CONFIG: &str = "config.toml";

/// What was typed, as far as the first pass reads it.
pub(crate) enum Typed<'r> {
    /// A verb of a domain, and what is left of the arguments.
    Verb(Asked<'r>),
    /// A model is to be learned, with the rest of the arguments.
    Train(Vec<String>),
    /// A run is to go on.
    Resume(Vec<String>),
    /// A table or figure is to be measured again.
    Reproduce(Vec<String>),
    /// Completions for a shell are to be written.
    Completions(Vec<String>),
    /// Manual pages are to be written.
    Manual(Vec<String>),
    /// The schema of answers is to be written.
    Schema(Vec<String>),
    /// Help with a verb, whatever the domain.
    HelpWith(String),
    /// Help, the version, or nothing at all: the arguments as they are.
    Program(Vec<String>),
}

/// A verb of a domain.
pub(crate) struct Asked<'r> {
    pub(crate) product: &'r dyn AnyProduct,
    pub(crate) verb: String,
    pub(crate) source: Source,
    /// Whether the domain was not named but found by the file.
    pub(crate) guessed: bool,
    pub(crate) rest: Vec<String>,
}

/// Reads arguments without the program's name. `piped` says whether standard input is no terminal.
pub(crate) fn read<'r>(
    registry: &'r Registry,
    args: Vec<String>,
    piped: bool,
) -> Result<Typed<'r>> {
    let values = Values::of(registry);
    let words = values.words(&args);
    let Some(&first) = words.first() else {
        let asks = wants_help(&args) || args.iter().any(|a| a == "--version" || a == "-V");
        return Ok(match piped && !asks {
            true => {
                let args = args.into_iter().chain(["-".to_owned()]);
                Typed::Verb(explained(registry, args.collect(), &values)?)
            }
            false => Typed::Program(args),
        });
    };
    let name = args[first].clone();
    match name.as_str() {
        "train" => return Ok(Typed::Train(without(args, first))),
        "resume" => return Ok(Typed::Resume(without(args, first))),
        "reproduce" => return Ok(Typed::Reproduce(without(args, first))),
        "completions" => return Ok(Typed::Completions(without(args, first))),
        "man" => return Ok(Typed::Manual(without(args, first))),
        "schema" => return Ok(Typed::Schema(without(args, first))),
        "help" => {
            let rest = without(args, first).into_iter();
            return read(registry, rest.chain(["--help".to_owned()]).collect(), false);
        }
        _ => {}
    }
    if !verbs(registry).contains(&name) {
        return match is_there(&name) {
            true => Ok(Typed::Verb(explained(registry, args, &values)?)),
            false => Err(neither(registry, &name)),
        };
    }
    let rest = without(args, first);
    if values.words(&rest).is_empty() && wants_help(&rest) {
        return Ok(Typed::HelpWith(name));
    }
    asked(registry, name, rest, &values).map(Typed::Verb)
}

/// Files without a verb.
fn explained<'r>(registry: &'r Registry, args: Vec<String>, values: &Values) -> Result<Asked<'r>> {
    asked(registry, BARE.into(), args, values)
}

/// The domain and the model: a domain's name, a run folder, or by the file.
fn asked<'r>(
    registry: &'r Registry,
    verb: String,
    mut args: Vec<String>,
    values: &Values,
) -> Result<Asked<'r>> {
    let forced = taken(&mut args, "--as")?;
    let words = values.words(&args);
    let target = words.first().map(|i| (*i, args[*i].clone()));
    let (product, source, guessed, rest) = match (forced, target) {
        (Some(name), _) => (named(registry, &name)?, Source::Shipped, false, args),
        (None, Some((i, name))) if registry.find(&name).is_some() => (
            named(registry, &name)?,
            Source::Shipped,
            false,
            without(args, i),
        ),
        (None, Some((i, path))) if Path::new(&path).join(CONFIG).is_file() => {
            let run = RunFolder::open(Path::new(&path))?;
            let source = Source::Run(PathBuf::from(path));
            (registry.of_run(&run)?, source, false, without(args, i))
        }
        (None, Some((_, path))) if verb == BARE && is_there(&path) => {
            let files: Vec<String> = words.iter().map(|i| args[*i].clone()).collect();
            let files = looked_at(&files)?;
            alike(registry, files.iter().map(String::as_str))?;
            let first = files.first().unwrap_or(&path);
            (guess(registry, first)?, Source::Shipped, true, args)
        }
        (None, Some((_, name))) => return Err(no_model(registry, &verb, &name)),
        (None, None) => {
            bail!(
                "{verb}: name a domain or a run folder; see `{} {verb} --help`",
                help::program()
            )
        }
    };
    Ok(Asked {
        product,
        verb,
        source,
        guessed,
        rest,
    })
}

/// The files of names and patterns, as far as they are there.
fn looked_at(names: &[String]) -> Result<Vec<String>> {
    let here = names.iter().filter(|name| *name == "-" || is_there(name));
    let files = expand(&here.cloned().collect::<Vec<_>>())?;
    Ok(files
        .into_iter()
        .map(|f| f.to_string_lossy().into_owned())
        .collect())
}

/// Refuses files that look like several domains: each is to be named with its own.
fn alike<'a>(registry: &Registry, files: impl Iterator<Item = &'a str>) -> Result<()> {
    let seen = files.filter(|file| Path::new(file).exists());
    let seen = seen.map(|file| Ok((file, guess(registry, file)?.name())));
    let seen: Vec<(&str, &str)> = seen.collect::<Result<_>>()?;
    let Some((first, domain)) = seen.first() else {
        return Ok(());
    };
    match seen.iter().find(|(_, other)| other != domain) {
        None => Ok(()),
        Some((file, other)) => bail!(
            "{first} looks like {domain}, and {file} like {other}; explain them one by one, or say by --as what all are"
        ),
    }
}

/// The domain that a file looks like. Standard input cannot be looked at before it is read: it is taken for plain lines.
fn guess<'r>(registry: &'r Registry, path: &str) -> Result<&'r dyn AnyProduct> {
    Ok(match path {
        "-" => registry.likeliest(path, &Glimpse::default())?,
        _ => registry.guess(Path::new(path))?,
    })
}

fn named<'r>(registry: &'r Registry, name: &str) -> Result<&'r dyn AnyProduct> {
    registry
        .find(name)
        .ok_or_else(|| no_domain(registry, "--as", name))
}

/// Why a verb cannot be done with what stands where a domain or a run folder should.
fn no_model(registry: &Registry, verb: &str, name: &str) -> anyhow::Error {
    let (meant, names) = known(registry, name);
    let what = match Path::new(name).exists() {
        true => "not a run folder, there is no config.toml in it",
        false if verb == BARE => "there is no domain, run folder or file of this name",
        false => "there is no domain or run folder of this name",
    };
    anyhow!("{verb}: {name}: {what}{meant}; name a run folder or one of {names}")
}

/// Why a verb cannot be done with what stands where a domain should.
pub(crate) fn no_domain(registry: &Registry, verb: &str, name: &str) -> anyhow::Error {
    let (meant, names) = known(registry, name);
    anyhow!("{verb}: there is no domain `{name}`{meant}; there are {names}")
}

/// Which domain was probably meant, and all that there are.
fn known(registry: &Registry, name: &str) -> (String, String) {
    let names: Vec<&str> = registry.domains().map(|d| d.name()).collect();
    let meant = closest(names.iter().copied(), name);
    let meant = meant.map(|m| format!(" (did you mean `{m}`?)"));
    (meant.unwrap_or_default(), names.join(", "))
}

/// Why what was typed first is nothing.
fn neither(registry: &Registry, name: &str) -> anyhow::Error {
    let verbs = verbs(registry);
    let all = verbs
        .iter()
        .map(String::as_str)
        .chain(OWN.iter().map(|own| own.0));
    let meant = closest(all, name).map(|m| format!(" (did you mean `{m}`?)"));
    let meant = meant.unwrap_or_default();
    anyhow!(
        "{name}: there is no such command or file{meant}; see `{} --help`",
        help::program()
    )
}

/// The verbs of all domains, in the order in which they are met first.
pub(crate) fn verbs(registry: &Registry) -> Vec<String> {
    let mut names: Vec<String> = vec![];
    for verb in registry.domains().flat_map(|d| d.verbs()) {
        if !names.iter().any(|n| n == verb.role.name) {
            names.push(verb.role.name.into());
        }
    }
    names
}

fn is_there(name: &str) -> bool {
    name == "-" || Path::new(name).exists() || super::files::is_pattern(name)
}

fn wants_help(args: &[String]) -> bool {
    args.iter().any(|a| a == "--help" || a == "-h")
}

pub(crate) fn without(mut args: Vec<String>, index: usize) -> Vec<String> {
    args.remove(index);
    args
}

/// Takes an option with its value out of the arguments.
fn taken(args: &mut Vec<String>, name: &str) -> Result<Option<String>> {
    let joined = format!("{name}=");
    let end = args.iter().position(|a| a == "--").unwrap_or(args.len());
    let found = args[..end]
        .iter()
        .position(|a| a == name || a.starts_with(&joined));
    let Some(i) = found else {
        return Ok(None);
    };
    let option = args.remove(i);
    if let Some(value) = option.strip_prefix(&joined) {
        return Ok(Some(value.to_owned()));
    }
    match i < args.len() {
        true => Ok(Some(args.remove(i))),
        false => bail!("{name}: a value is missing"),
    }
}

/// Says of an option that a verb has in other domains only, which those are.
pub(crate) fn elsewhere(registry: &Registry, asked: &Asked<'_>, option: &str) -> Option<String> {
    let has = |d: &&dyn AnyProduct| {
        let mut verbs = d.verbs().into_iter().filter(|v| v.role.name == asked.verb);
        verbs.any(|v| {
            v.options
                .iter()
                .any(|f| names(f).any(|name| name == option))
        })
    };
    let others: Vec<&str> = registry.domains().filter(has).map(|d| d.name()).collect();
    let (verb, domain, others) = (&asked.verb, asked.product.name(), others.join(", "));
    let said = format!("{option} is not for `{verb} {domain}`; it is for `{verb}` of {others}");
    (!others.is_empty()).then_some(said)
}

/// Which options take a value, whatever the domain: so words that are values are told from others.
pub(crate) struct Values(HashMap<String, bool>);

impl Values {
    pub(crate) fn of(registry: &Registry) -> Self {
        let mut values = HashMap::new();
        for domain in registry.domains() {
            let verbs = domain.verbs();
            let commands = verbs.iter().map(|verb| help::of_verb(domain, verb));
            for command in commands.chain([learn::of_domain(domain)]) {
                values.extend(command.get_arguments().flat_map(takes));
            }
        }
        values.insert("--as".into(), true);
        Self(values)
    }

    /// The places of words that are neither options nor their values.
    pub(crate) fn words(&self, args: &[String]) -> Vec<usize> {
        let (mut words, mut i) = (vec![], 0);
        while i < args.len() {
            let arg = &args[i];
            if arg == "--" {
                words.extend(i + 1..args.len());
                break;
            }
            match arg.starts_with('-') && arg != "-" {
                true => i += usize::from(self.0.get(arg) == Some(&true)),
                false => words.push(i),
            }
            i += 1;
        }
        words
    }
}

/// An argument as it may be typed, with whether it takes a value.
fn takes(arg: &Arg) -> Vec<(String, bool)> {
    let takes = arg.get_action().takes_values();
    let long = arg.get_long_and_visible_aliases().into_iter().flatten();
    let hidden = arg.get_all_aliases().into_iter().flatten();
    let long = long.chain(hidden).map(|name| format!("--{name}"));
    let short = arg.get_short().map(|name| format!("-{name}"));
    long.chain(short).map(|name| (name, takes)).collect()
}

/// An option as it may be typed.
fn names(field: &Field) -> impl Iterator<Item = String> {
    let long = std::iter::once(&field.name).chain(&field.aliases);
    let long = long.map(|n| format!("--{}", n.replace('_', "-")));
    long.chain(field.short.map(|c| format!("-{c}")))
}
