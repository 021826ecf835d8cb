//! From defaults, a file, `--set` and flags to one checked configuration, each winning over the former.
//!
//! The layers meet as TOML tables, so a file or a `--set` may give a part of a table, and a key that
//! does not exist is refused by the configuration's own deserialiser, which knows the names.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use helmholtz::data::closest;
use helmholtz::domain::{Domain, Settings as _};
use helmholtz_reproduce::{nest, overlay};
use toml::{Table, Value};

use crate::args::Settings;

/// The configuration that the arguments ask for.
pub(crate) fn resolve<D: Domain>(settings: &Settings) -> Result<D::Config> {
    let mut table = Table::try_from(D::defaults()).context("the default settings")?;
    if let Some(path) = &settings.config {
        overlay(&mut table, read(path, D::NAME)?);
        checked::<D>(&table).with_context(|| path.display().to_string())?;
    }
    for setting in &settings.set {
        overlay(&mut table, parse_set(setting)?);
        checked::<D>(&table).with_context(|| format!("--set {setting}"))?;
    }
    for (flag, key, value) in flags(settings) {
        set::<D>(&mut table, key, value).with_context(|| flag)?;
    }
    let config = checked::<D>(&table)?;
    config.check()?;
    Ok(config)
}

/// The flags that stand for settings, with the settings and the values that were given.
fn flags(settings: &Settings) -> Vec<(&'static str, &'static str, Value)> {
    let Settings {
        algorithm,
        particles,
        steps,
        seed,
        model,
        inference,
        iterations,
        no_color,
        config: _,
        set: _,
    } = settings;
    let word = |word: &Option<String>| word.clone().map(Value::from);
    // The parsers of arguments keep counts within what TOML can hold.
    let count = |count: Option<u64>| count.map(|c| Value::from(c as i64));
    let algorithm = algorithm.map(|a| Value::from(a.name()));
    let given = [
        ("--algorithm", "algorithm", algorithm),
        ("--particles", "particles", count(*particles)),
        ("--steps", "steps", count(*steps)),
        ("--seed", "seed", count(*seed)),
        ("--model", "model", word(model)),
        ("--inference", "inference", word(inference)),
        ("--iterations", "filtering.iterations", count(*iterations)),
        ("--no-color", "colour", no_color.then_some(false.into())),
    ];
    let given = given.into_iter();
    given
        .filter_map(|(flag, key, value)| Some((flag, key, value?)))
        .collect()
}

/// Sets one setting, which the domain has to have.
fn set<D: Domain>(table: &mut Table, key: &str, value: Value) -> Result<()> {
    let mut parts = key.split('.');
    let first = parts.next().and_then(|part| table.get(part));
    if parts
        .try_fold(first, |at, part| at.map(|v| v.get(part)))
        .flatten()
        .is_none()
    {
        bail!("it is not for the domain `{}`", D::NAME);
    }
    overlay(table, nest(key, value));
    checked::<D>(table).map(drop)
}

/// A configuration with one setting changed.
pub(crate) fn with<D: Domain>(config: &D::Config, key: &str, value: u64) -> Result<D::Config> {
    let mut table = Table::try_from(config).context("the settings of the run")?;
    // The parsers of arguments keep counts within what TOML can hold.
    overlay(&mut table, nest(key, Value::from(value as i64)));
    checked::<D>(&table)
}

fn checked<D: Domain>(table: &Table) -> Result<D::Config> {
    let read = table.clone().try_into();
    read.map_err(|e: toml::de::Error| {
        let mut complaint = one_line(&e.to_string());
        let unknown = complaint.strip_prefix("unknown field `");
        let wanted = unknown.and_then(|rest| rest.split('`').next());
        let known = Table::try_from(D::defaults()).unwrap_or_default();
        let meant = wanted.and_then(|wanted| closest(&keys(&known), wanted));
        if let Some(meant) = meant {
            complaint.push_str(&format!(" (did you mean `{meant}`?)"));
        }
        anyhow!("{complaint}")
    })
}

/// The keys of a table and of those in it.
fn keys(table: &Table) -> Vec<String> {
    let each = table.iter().flat_map(|(key, value)| {
        let inner = value.as_table().map(keys).unwrap_or_default();
        std::iter::once(key.clone()).chain(inner)
    });
    each.collect()
}

/// A file of settings, or the `config.toml` of a run, where they are a table named after the domain.
fn read(path: &Path, name: &str) -> Result<Table> {
    let file = || path.display().to_string();
    let text = fs::read_to_string(path)
        .with_context(|| format!("{}: cannot be read; check the path", file()))?;
    let mut table: Table = toml::from_str(&text).map_err(|e: toml::de::Error| {
        let line = e
            .span()
            .and_then(|s| text.get(..s.start))
            .map_or(1, |t| t.matches('\n').count() + 1);
        anyhow!(
            "{}, line {line}: {}; write `key = value`",
            file(),
            one_line(e.message())
        )
    })?;
    let Some(domain) = table.get("domain") else {
        return Ok(table);
    };
    if domain.as_str() != Some(name) {
        bail!(
            "{}: settings of the domain {domain}; name a file for `{name}`",
            file()
        );
    }
    match table.remove(name) {
        Some(Value::Table(settings)) => Ok(settings),
        _ => bail!("{}: there is no table [{name}]; restore it", file()),
    }
}

/// `rates.guide=0.002` as a table; the value in TOML, or a bare word for a string.
fn parse_set(setting: &str) -> Result<Table> {
    let Some((key, value)) = setting.split_once('=') else {
        bail!("--set {setting}: there is no `=`; write it like rates.guide=0.002");
    };
    let (key, value) = (key.trim(), value.trim());
    let read = toml::from_str::<Table>(&format!("value = {value}"));
    let read = read
        .ok()
        .filter(|table| table.len() == 1)
        .and_then(|mut t| t.remove("value"));
    let bare = value
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    let value = match read {
        Some(value) => value,
        None if bare && !value.is_empty() => Value::String(value.to_owned()),
        None => {
            bail!("--set {setting}: `{value}` is no TOML value; write a number, true or a word")
        }
    };
    let parts: Vec<&str> = key.split('.').map(str::trim).collect();
    if parts.iter().any(|part| part.is_empty()) {
        bail!("--set {setting}: `{key}` is no key; write it like rates.guide=0.002");
    }
    Ok(nest(&parts.join("."), value))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use helmholtz::algorithm::Algorithm;
    use helmholtz::domain::strings::{Config, StringDomain};

    fn resolve(settings: &Settings) -> Result<Config> {
        super::resolve::<StringDomain>(settings)
    }

    fn asked(set: &[&str]) -> Settings {
        let set = set.iter().map(ToString::to_string).collect();
        Settings {
            set,
            ..Settings::default()
        }
    }

    #[test]
    fn set_takes_numbers_words_arrays_and_parts_of_tables() {
        let set = [
            "rates.guide=0.002",
            "algorithm=rws-sleep",
            "operators=[0.4, 0.5, 0.6]",
            "clip=5",
        ];
        let Config {
            rates,
            learning,
            operators,
            clip,
            ..
        } = resolve(&asked(&set[..3])).unwrap_or_default();
        assert_eq!(
            (rates.guide, rates.model),
            (0.002, Config::default().rates.model)
        );
        assert_eq!(
            (learning.algorithm, operators),
            (Algorithm::RwsSleep, [0.4, 0.5, 0.6])
        );
        assert_eq!(clip, Config::default().clip);
        assert_eq!(resolve(&asked(&set[3..])).unwrap().clip, 5.0);
    }

    #[test]
    fn flags_win_over_set_and_set_over_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("c.toml");
        fs::write(
            &file,
            "steps = 1\nparticles = 4\nseed = 9\n[sizes]\nprior = 7\n",
        )
        .unwrap();
        let set = ["steps=2".to_owned(), "particles=6".to_owned()].to_vec();
        let settings = Settings {
            config: Some(file),
            steps: Some(3),
            set,
            ..asked(&[])
        };
        let config = resolve(&settings).unwrap();
        let learning = &config.learning;
        assert_eq!(
            (learning.steps, learning.particles, learning.seed),
            (3, 6, 9)
        );
        assert_eq!(
            (config.sizes.prior, config.sizes.guide),
            (7, Config::default().sizes.guide)
        );
    }

    #[test]
    fn what_cannot_be_set_is_named() {
        for (set, part) in [
            ("steps", "no `=`"),
            ("=3", "no key"),
            ("rates.=3", "no key"),
            ("steps=", "no TOML value"),
            ("steps=1 2", "no TOML value"),
            ("stepz=3", "unknown field `stepz` (did you mean `steps`?)"),
            ("rates.gude=3", "did you mean `guide`?"),
            ("steps=many", "steps"),
            ("steps=-1", "steps"),
        ] {
            let error = format!("{:#}", resolve(&asked(&[set])).unwrap_err());
            assert!(
                error.contains(part) && error.contains("--set"),
                "{set}: {error}"
            );
        }
    }
}
