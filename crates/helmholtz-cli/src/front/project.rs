//! `helmholtz.toml`: the files and options of a project, so that nobody has to type them again.
//!
//! ```toml
//! # What is explained where no file is named.
//! files = ["orders/*.csv"]
//!
//! # Options of every verb.
//! [options]
//! color = "never"
//!
//! # Options of a verb of a domain.
//! [explain.strings]
//! programs = 3
//! ```

use std::collections::BTreeMap;
use std::path::{Component, Path};

use anyhow::{Context, Result, bail};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};
use helmholtz::product::Registry;
use helmholtz::product::words::closest;
use toml::Value;

use super::first;

/// The file, in the current folder.
const FILE: &str = "helmholtz.toml";
/// The table of options that every verb has.
const EVERYWHERE: &str = "options";
/// Larger ones are no settings.
const MOST_BYTES: u64 = 1 << 20;

/// What a project says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Project {
    /// Files and patterns.
    pub(crate) files: Vec<String>,
    /// Options by their table, as in `explain.strings`, and their name.
    options: BTreeMap<String, toml::Table>,
}

/// Options of a project that were not typed.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Added {
    /// As they would be typed.
    pub(crate) arguments: Vec<String>,
    /// Their names with their tables, to be told.
    pub(crate) names: Vec<String>,
}

impl Project {
    /// That of the current folder; an empty one where there is none.
    pub(crate) fn here(registry: &Registry) -> Result<Self> {
        let path = Path::new(FILE);
        if !path.is_file() {
            return Ok(Self::default());
        }
        let bytes = helmholtz::data::files::read_whole(path, MOST_BYTES).context(FILE)?;
        let text = std::str::from_utf8(&bytes).with_context(|| format!("{FILE}: not UTF-8"))?;
        let read = Self::read(text).and_then(|project| project.named(registry));
        read.map_err(|error| anyhow::anyhow!("{FILE}: {error}"))
    }

    /// The same with the names of domains that are used now; refused where a table is of no verb or no domain.
    fn named(mut self, registry: &Registry) -> Result<Self> {
        let verbs = first::verbs(registry);
        for (table, options) in std::mem::take(&mut self.options) {
            let Some((verb, domain)) = table.split_once('.') else {
                self.options.insert(table, options);
                continue;
            };
            if !verbs.iter().any(|known| known == verb) {
                let known = verbs.iter().map(String::as_str);
                let meant = closest(known, verb).map(|v| format!(" (did you mean `{v}`?)"));
                bail!(
                    "{table}: no verb `{verb}` takes options from here{}",
                    meant.unwrap_or_default()
                );
            }
            let product = registry.find(domain);
            let product = product.ok_or_else(|| first::no_domain(registry, &table, domain))?;
            self.options
                .insert(format!("{verb}.{}", product.name()), options);
        }
        Ok(self)
    }

    /// What is asked where nothing is typed: nothing, or to explain the files.
    pub(crate) fn asked(self) -> Vec<String> {
        match self.files.is_empty() {
            true => vec![],
            false => std::iter::once("explain".to_owned())
                .chain(self.files)
                .collect(),
        }
    }

    fn read(text: &str) -> Result<Self> {
        let mut project = Self::default();
        for (key, value) in text.parse::<toml::Table>()? {
            match (key.as_str(), value) {
                ("files", Value::Array(files)) => {
                    let name = |file: &Value| file.as_str().map(str::to_owned);
                    let files: Option<Vec<String>> = files.iter().map(name).collect();
                    project.files = files.context("files: write a list of names and patterns")?;
                }
                ("files", _) => bail!("files: write a list of names and patterns"),
                (EVERYWHERE, Value::Table(options)) => {
                    project.options.insert(EVERYWHERE.into(), options);
                }
                (verb, Value::Table(domains)) => project.verb(verb, domains)?,
                (key, _) => bail!("{key}: write `files`, or a table such as [explain.strings]"),
            }
        }
        Ok(project)
    }

    /// The options of a verb, a table a domain.
    fn verb(&mut self, verb: &str, domains: toml::Table) -> Result<()> {
        for (domain, options) in domains {
            let table = format!("{verb}.{domain}");
            let Value::Table(options) = options else {
                bail!(
                    "{table}: options stand in a table of a verb and a domain, such as [explain.strings]"
                );
            };
            self.options.insert(table, options);
        }
        Ok(())
    }

    /// The options that were not typed. `typed` was read by `command`.
    pub(crate) fn added(
        &self,
        (verb, domain): (&str, &str),
        command: &Command,
        typed: &ArgMatches,
    ) -> Result<Added> {
        let own = format!("{verb}.{domain}");
        // The form of an answer has two options, of which one is said.
        let slot = |id: &str| {
            if id == "json" {
                "output".to_owned()
            } else {
                id.to_owned()
            }
        };
        let mut all: BTreeMap<String, (String, String, &Value)> = BTreeMap::new();
        for table in [EVERYWHERE, &own] {
            for (name, value) in self.options.get(table).into_iter().flatten() {
                let id = name.replace('-', "_");
                let said = || format!("{FILE}: {table}.{name}");
                let argument = known(command, &id).with_context(said)?;
                is_harmless(argument, value).with_context(said)?;
                // What is said of the verb wins over what is said of all.
                all.insert(slot(&id), (id, format!("{table}.{name}"), value));
            }
        }
        let mut added = Added::default();
        for (id, name, value) in all.into_values() {
            if typed.value_source(&id) != Some(ValueSource::CommandLine) && !beside(typed, &id) {
                let flag = format!("--{}", id.replace('_', "-"));
                added.arguments.extend(as_typed(&flag, value));
                added.names.push(name);
            }
        }
        Ok(added)
    }
}

/// The option of a command; refused where it has none of that name.
fn known<'a>(command: &'a Command, id: &str) -> Result<&'a Arg> {
    let known = || command.get_arguments().filter(|a| a.get_long().is_some());
    if let Some(argument) = known().find(|argument| argument.get_id() == id) {
        return Ok(argument);
    }
    let names = known().map(|a| a.get_id().as_str());
    let meant = closest(names, id).map(|n| format!(" (did you mean `{n}`?)"));
    bail!("there is no such option{}", meant.unwrap_or_default())
}

/// Refuses what nobody should do by entering a folder, which may be somebody else's: to run a command, to overwrite files, or
/// to write outside of the folder.
fn is_harmless(argument: &Arg, value: &Value) -> Result<()> {
    let takes = |name: &str| {
        let names = argument.get_value_names().unwrap_or_default();
        names.iter().any(|n| n.as_str() == name)
    };
    if takes("CMD") || argument.get_id() == "force" {
        bail!("this option has to be typed, since the folder may be somebody else's");
    }
    let written = takes("FILE") && argument.get_help_heading() == Some("Output");
    if written && !value.as_str().is_some_and(|path| is_below(Path::new(path))) {
        bail!("name a file in this folder or below it; another one has to be typed");
    }
    Ok(())
}

/// Whether a file would lie in the current folder or below it, links followed.
fn is_below(path: &Path) -> bool {
    let down = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    let path = Path::new(".").join(path);
    let there = path.ancestors().find_map(|p| p.canonicalize().ok());
    let here = Path::new(".").canonicalize();
    let within = here.is_ok_and(|here| there.is_some_and(|there| there.starts_with(here)));
    path.components().all(down) && within
}

/// Whether the form of the answer was typed in its other way.
fn beside(typed: &ArgMatches, id: &str) -> bool {
    let is_typed = |id: &str| typed.value_source(id) == Some(ValueSource::CommandLine);
    match id {
        "output" => is_typed("json"),
        "json" => is_typed("output"),
        _ => false,
    }
}

/// An option as it would be typed: a list several times, and a flag where it is true.
fn as_typed(flag: &str, value: &Value) -> Vec<String> {
    match value {
        Value::Boolean(true) => vec![flag.to_owned()],
        Value::Boolean(false) => vec![],
        Value::Array(all) => all.iter().flat_map(|one| as_typed(flag, one)).collect(),
        Value::String(text) => vec![format!("{flag}={text}")],
        other => vec![format!("{flag}={other}")],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ArgAction;

    fn command() -> Command {
        Command::new("test").no_binary_name(true).args([
            Arg::new("programs").long("programs"),
            Arg::new("column").long("column").action(ArgAction::Append),
            Arg::new("json").long("json").action(ArgAction::SetTrue),
            Arg::new("output").long("output"),
            Arg::new("proposer").long("proposer").value_name("CMD"),
            Arg::new("html")
                .long("html")
                .value_name("FILE")
                .help_heading("Output"),
            Arg::new("force").long("force").action(ArgAction::SetTrue),
        ])
    }

    fn added(text: &str, typed: &[&str]) -> Result<Added> {
        let typed = command().get_matches_from(typed);
        Project::read(text)?.added(("explain", "strings"), &command(), &typed)
    }

    #[test]
    fn a_folder_runs_no_command_and_writes_below_itself() {
        for line in [
            "proposer = 'sh evil.sh'",
            "force = true",
            "html = '/elsewhere/x.html'",
            "html = '../x.html'",
            "html = 'a/../../x.html'",
            "html = ['a', '/b']",
        ] {
            for table in ["options", "explain.strings"] {
                let refused = added(&format!("[{table}]\n{line}"), &[]);
                assert!(refused.is_err(), "{table}: {line}");
            }
        }
        let below = added("[options]\nhtml = './pages/x.html'", &[]).unwrap();
        assert_eq!(below.arguments, ["--html=./pages/x.html"]);
    }

    #[test]
    fn what_is_typed_wins() {
        let text = "[options]\noutput = 'csv'\n[explain.strings]\nprograms = 3\ncolumn = ['a', 'b c']\n[explain.series]\nx = 1";
        let all = added(text, &[]).unwrap();
        let expected = ["--column=a", "--column=b c", "--output=csv", "--programs=3"];
        assert_eq!(all.arguments, expected);
        let own = added(
            "[options]\noutput = 'csv'\n[explain.strings]\njson = true",
            &[],
        )
        .unwrap();
        assert_eq!(own.arguments, ["--json"]);
        let rest = added(text, &["--programs", "7", "--json"]).unwrap();
        assert_eq!(rest.names, ["explain.strings.column"]);
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let refused = |text| format!("{:#}", added(text, &[]).unwrap_err());
        let wrong = refused("[explain.strings]\nprogams = 3");
        assert!(
            wrong.contains(
                "explain.strings.progams: there is no such option (did you mean `programs`?)"
            ),
            "{wrong}"
        );
        assert!(refused("files = 'a.csv'").contains("write a list"));
        assert!(refused("threads = 2").contains("write `files`, or a table"));
        assert!(
            refused("[explain]\nprograms = 3")
                .contains("explain.programs: options stand in a table")
        );
    }
}
