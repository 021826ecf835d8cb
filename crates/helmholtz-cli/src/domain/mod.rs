//! What the commands need of a domain beyond the library's [`Domain`]: its files, and how it is shown.

mod automata;
mod characters;
mod mixture;
mod scenes;
mod sequence;
mod strings;
mod timeseries;

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use helmholtz::domain::{Domain, pretrained};
use helmholtz::run::RunFolder;

use crate::args::{self, Evaluate, Explain, Filter, Reading, Sample};
use crate::loaded::Loaded;
use crate::output::note;

/// The seed of built-in data: they stay the same when the seed of training changes.
const BUILTIN_SEED: u64 = 0;
/// The room for what stands before an indented line, in characters.
const MARGIN: usize = 12;

/// A domain of the command line.
pub(crate) trait Verbs: Domain + Sized {
    /// What an observation is called, in the plural.
    const OBSERVATIONS: &'static str;
    /// The options that it takes of those that not every domain does, by their names without hyphens.
    const TAKES: &[&str] = &[];

    /// The observations of a file.
    fn read(path: &Path, reading: &Reading, config: &Self::Config) -> Result<Vec<Self::Datum>>;

    /// The observations that come with the library.
    fn builtin(config: &Self::Config) -> Vec<Self::Datum>;

    /// The model that is used where the domain's name stands for a run.
    fn shipped() -> Result<Loaded<Self>> {
        let name = Self::NAME;
        if Self::SHIPPED.is_none() {
            bail!(
                "no model of `{name}` comes with the program; make one with `helmholtz train {name}` and name its folder"
            );
        }
        let (config, networks) = pretrained::<Self>()?;
        Ok(Loaded::shipped(config, networks))
    }

    /// Explains a file.
    fn explain(loaded: &Loaded<Self>, args: &Explain, out: &mut dyn Write) -> Result<()>;

    /// Shows what the model believes before it sees data.
    fn sample(loaded: &Loaded<Self>, args: &Sample, out: &mut dyn Write) -> Result<()>;

    /// Measures the model on a file.
    fn evaluate(loaded: &Loaded<Self>, args: &Evaluate, out: &mut dyn Write) -> Result<()>;

    /// Follows a stream.
    fn filter(_: &Loaded<Self>, _: &Filter, _: &mut dyn Write) -> Result<()> {
        let name = Self::NAME;
        bail!("filter: there is nothing to follow in the domain `{name}`; it is for sequences")
    }
}

/// Refuses options that were given and that the domain does not take.
pub(crate) fn refuse_others<D: Verbs>(given: &[(&str, bool)]) -> Result<()> {
    let other = given
        .iter()
        .find(|(name, given)| *given && !D::TAKES.contains(name));
    match other {
        Some((name, _)) => bail!("--{name} is not for the domain `{}`", D::NAME),
        None => Ok(()),
    }
}

/// Evaluates an expression with `$domain` as the type that a name stands for.
macro_rules! with_domain {
    ($name:expr, $domain:ident => $body:expr) => {
        match $name {
            $crate::args::Domain::Strings => {
                type $domain = helmholtz::domain::strings::StringDomain;
                $body
            }
            $crate::args::Domain::Mixture => {
                type $domain = helmholtz::domain::mixture::MixtureDomain;
                $body
            }
            $crate::args::Domain::Automata => {
                type $domain = helmholtz::domain::automata::AutomataDomain;
                $body
            }
            $crate::args::Domain::Characters => {
                type $domain = helmholtz::domain::characters::CharacterDomain;
                $body
            }
            $crate::args::Domain::Scenes => {
                type $domain = helmholtz::domain::scenes::SceneDomain;
                $body
            }
            $crate::args::Domain::Timeseries => {
                type $domain = helmholtz::domain::timeseries::SeriesDomain;
                $body
            }
            $crate::args::Domain::Music => {
                type $domain = helmholtz::domain::sequence::MusicDomain;
                $body
            }
            $crate::args::Domain::Speech => {
                type $domain = helmholtz::domain::sequence::SpeechDomain;
                $body
            }
            $crate::args::Domain::Sequence => {
                type $domain = helmholtz::domain::sequence::StreamDomain;
                $body
            }
        }
    };
}
pub(crate) use with_domain;

/// The domain of a run: by its own name, or as its folder says.
pub(crate) fn of_run(run: &Path) -> Result<args::Domain> {
    match run.to_str().and_then(known) {
        Some(domain) => Ok(domain),
        None => of_folder(&RunFolder::open(run)?),
    }
}

/// The domain that a run folder says it is of.
pub(crate) fn of_folder(run: &RunFolder) -> Result<args::Domain> {
    let name = run.domain()?;
    known(&name).with_context(|| {
        let path = run.path().display();
        format!("{path}: a run of `{name}`, which this program does not know; update the program")
    })
}

fn known(name: &str) -> Option<args::Domain> {
    args::Domain::from_str(name, false).ok()
}

/// The pictures of several files, and names by which they can be told apart. Those whose names end in one of `ours` were
/// drawn by this program and are left out, as they are of a folder, unless nothing else is named.
fn pictures<T>(
    files: &[PathBuf],
    ours: &[&str],
    read: impl Fn(&Path) -> Result<(Vec<String>, Vec<T>)>,
) -> Result<(Vec<String>, Vec<T>)> {
    let own = |file: &&PathBuf| ours.iter().any(|end| file.to_string_lossy().ends_with(end));
    let others = files.iter().filter(|file| !own(file)).count();
    let (mut names, mut pictures) = (vec![], vec![]);
    for file in files.iter().filter(|file| others == 0 || !own(file)) {
        let (called, found) = read(file)?;
        names.extend(called);
        pictures.extend(found);
    }
    if others > 0 && others < files.len() {
        let count = files.len() - others;
        note(&format!(
            "left out {count} of the files: pictures that this program drew"
        ));
    }
    distinguish(&mut names);
    Ok((names, pictures))
}

/// Numbers names that came before.
fn distinguish(names: &mut [String]) {
    let mut seen = HashSet::new();
    for name in names {
        let mut numbered = name.clone();
        for number in 2.. {
            if seen.insert(numbered.clone()) {
                break;
            }
            numbered = format!("{name} {number}");
        }
        *name = numbered;
    }
}

/// Says in the first lines about an observation why its answer may be wrong, where it may.
fn show_doubt(out: &mut dyn Write, why: Option<&str>) -> io::Result<()> {
    match why {
        Some(why) => writeln!(out, "{:>MARGIN$}  {why}", "approximate"),
        None => Ok(()),
    }
}

/// What stands behind a program whose weight may be wrong.
fn mark(why: Option<&str>) -> &'static str {
    match why {
        Some(_) => "  (approximate)",
        None => "",
    }
}

/// Refuses what only time series have.
fn refuse_series(reading: &Reading, domain: &str) -> Result<()> {
    match reading.is_of_no_series() {
        true => Ok(()),
        false => {
            bail!("--times, --rows and --thin are for time series, not for the domain `{domain}`")
        }
    }
}

/// Refuses what only tables of strings have.
fn refuse_reading(reading: &Reading, domain: &str) -> Result<()> {
    match reading.is_default() {
        true => Ok(()),
        false => bail!("options of tables, such as --column, are not for the domain `{domain}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_came_before_are_numbered() {
        let mut names = ["a", "b", "a", "a", "a 2"].map(str::to_owned);
        distinguish(&mut names);
        assert_eq!(names, ["a", "b", "a 2", "a 3", "a 2 2"]);
    }

    #[test]
    fn pictures_of_several_files_are_joined_without_our_own() {
        let of = |files: &[&str]| {
            let files: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
            let one = |path: &Path| Ok((vec![path.display().to_string()], vec![()]));
            pictures(&files, &["-ours.png"], one).map(|(names, _)| names)
        };
        assert_eq!(
            of(&["a.png", "a-ours.png", "b.png"]).unwrap(),
            ["a.png", "b.png"]
        );
        assert_eq!(of(&["a-ours.png"]).unwrap(), ["a-ours.png"]);
    }
}
