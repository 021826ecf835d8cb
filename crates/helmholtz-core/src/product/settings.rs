//! From defaults, a file, `KEY=VALUE` and flags to one checked configuration, each winning over the former.
//!
//! The layers meet as TOML tables, so a file or a `KEY=VALUE` may give a part of a table, and a key that does not exist
//! is refused by the configuration's own deserialiser. Its schema has the names, so that the one that was meant is told.

use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::error::ProductError;
use super::options::{self, Field};
use super::words::closest;
use crate::domain::{Domain, Settings as _};

/// What is asked of a configuration, beyond the defaults.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// A TOML file, such as the `config.toml` of a run.
    pub config: Option<PathBuf>,
    /// Settings as `KEY=VALUE`.
    pub set: Vec<String>,
    /// Flags that stand for settings: the flag's name, the key, and the value.
    pub flags: Vec<(String, String, Value)>,
}

/// The settings of a domain, each by its dotted key and with the value that holds where nothing is said. A table stands
/// before what is in it.
pub fn fields<D: Domain>() -> Vec<Field> {
    let defaults = serde_json::to_value(D::defaults()).unwrap_or_default();
    let with_default = |field: Field| {
        let mut parts = field.name.split('.');
        let found = parts.try_fold(&defaults, |at, part| at.get(part));
        let said = found.filter(|v| !v.is_null() && !v.is_object());
        Field {
            default: said.cloned(),
            ..field
        }
    };
    let all = options::fields::<D::Config>().into_iter();
    all.flat_map(Field::flat).map(with_default).collect()
}

/// The configuration that is asked for.
///
/// # Errors
/// When a key does not exist, a value does not fit, or a setting is out of range.
pub fn resolve<D: Domain>(asked: &Asked) -> Result<D::Config, ProductError> {
    let mut table = Table::try_from(D::defaults())
        .map_err(|e| ProductError::unfit("the default settings", e))?;
    if let Some(path) = &asked.config {
        overlay(&mut table, read_file::<D>(path)?);
        checked::<D>(&table).map_err(|reason| ProductError::unfit(path.display(), reason))?;
    }
    for setting in &asked.set {
        let place = || format!("--set {setting}");
        let over = parse_set(setting).map_err(|reason| ProductError::unfit(place(), reason))?;
        overlay(&mut table, over);
        checked::<D>(&table).map_err(|reason| ProductError::unfit(place(), reason))?;
    }
    for (flag, key, value) in &asked.flags {
        set::<D>(&mut table, key, value.clone())
            .map_err(|reason| ProductError::option(flag, reason))?;
    }
    let config = checked::<D>(&table).map_err(|reason| ProductError::unfit("settings", reason))?;
    config.check()?;
    Ok(config)
}

/// Puts one table over another, table by table.
pub fn overlay(under: &mut Table, over: Table) {
    for (key, value) in over {
        match (under.get_mut(&key), value) {
            (Some(Value::Table(under)), Value::Table(over)) => overlay(under, over),
            (_, value) => drop(under.insert(key, value)),
        }
    }
}

/// `a.b.c` and a value as a table in a table in a table.
pub fn nest(key: &str, value: Value) -> Table {
    let mut parts = key.rsplit('.');
    let last = parts.next().unwrap_or_default().to_owned();
    let inner = Table::from_iter([(last, value)]);
    parts.fold(inner, |inner, part| {
        Table::from_iter([(part.to_owned(), Value::Table(inner))])
    })
}

/// Sets one setting, which the domain has to have.
fn set<D: Domain>(table: &mut Table, key: &str, value: Value) -> Result<(), String> {
    if !fields::<D>().iter().any(|field| field.name == key) {
        return Err(format!("it is not for the domain `{}`", D::NAME));
    }
    overlay(table, nest(key, value));
    checked::<D>(table).map(drop)
}

/// A configuration with one setting changed.
///
/// # Errors
/// When the setting does not exist, or the value does not fit.
pub fn with<D: Domain>(
    config: &D::Config,
    key: &str,
    value: u64,
) -> Result<D::Config, ProductError> {
    let unfit = |e: &dyn std::fmt::Display| ProductError::unfit("the settings of the run", e);
    let mut table = Table::try_from(config).map_err(|e| unfit(&e))?;
    let value = i64::try_from(value).map_err(|e| unfit(&e))?;
    overlay(&mut table, nest(key, Value::from(value)));
    checked::<D>(&table).map_err(|e| unfit(&e))
}

fn checked<D: Domain>(table: &Table) -> Result<D::Config, String> {
    let read = table.clone().try_into();
    read.map_err(|e: toml::de::Error| {
        let complaint = one_line(&e.to_string());
        let unknown = complaint.strip_prefix("unknown field `");
        let wanted = unknown.and_then(|rest| rest.split('`').next());
        match wanted {
            Some(wanted) => complaint.clone() + &meant::<D>(table, wanted),
            None => complaint,
        }
    })
}

/// What was probably meant by a key that does not exist: one of the table in which it stands, or the path of one that
/// stands elsewhere.
fn meant<D: Domain>(table: &Table, wanted: &str) -> String {
    let known: Vec<String> = fields::<D>().into_iter().map(|f| f.name).collect();
    let is_wanted = |path: &&String| path.rsplit('.').next() == Some(wanted);
    let given = paths(table, "");
    let Some(unknown) = given.iter().find(|p| is_wanted(p) && !known.contains(p)) else {
        return String::new();
    };
    let inside = unknown.strip_suffix(wanted).unwrap_or_default();
    let beside = known.iter().filter_map(|path| path.strip_prefix(inside));
    let beside = beside.filter(|name| !name.contains('.'));
    let said = closest(beside, wanted).or_else(|| known.iter().find(is_wanted).cloned());
    said.map(|meant| format!(" (did you mean `{meant}`?)"))
        .unwrap_or_default()
}

/// The keys of a table and of those in it, as paths.
fn paths(table: &Table, before: &str) -> Vec<String> {
    let each = table.iter().flat_map(|(key, value)| {
        let path = format!("{before}{key}");
        let inner = value.as_table().map(|t| paths(t, &format!("{path}.")));
        std::iter::once(path).chain(inner.unwrap_or_default())
    });
    each.collect()
}

/// A file of settings, or the `config.toml` of a run, where they are a table named after the domain.
fn read_file<D: Domain>(path: &Path) -> Result<Table, ProductError> {
    let text = fs::read_to_string(path).map_err(ProductError::io(path))?;
    let mut table: Table = toml::from_str(&text).map_err(|e: toml::de::Error| {
        let before = e.span().and_then(|s| text.get(..s.start));
        let line = before.map_or(1, |t| t.matches('\n').count() + 1);
        let place = format!("{}, line {line}", path.display());
        ProductError::unfit(
            place,
            format!("{}; write `key = value`", one_line(e.message())),
        )
    })?;
    let Some(domain) = table.get("domain").cloned() else {
        return Ok(table);
    };
    let name = domain.as_str().unwrap_or_default();
    if name != D::NAME && !D::ALIASES.contains(&name) {
        let reason = format!(
            "settings of the domain {domain}; name a file for `{}`",
            D::NAME
        );
        return Err(ProductError::unfit(path.display(), reason));
    }
    match table.remove(name) {
        Some(Value::Table(settings)) => Ok(settings),
        _ => {
            let reason = format!("there is no table [{name}]; restore it");
            Err(ProductError::unfit(path.display(), reason))
        }
    }
}

/// `rates.guide=0.002` as a table; the value in TOML, or a bare word for a string.
fn parse_set(setting: &str) -> Result<Table, String> {
    let Some((key, value)) = setting.split_once('=') else {
        return Err("there is no `=`; write it like rates.guide=0.002".into());
    };
    let (key, value) = (key.trim(), value.trim());
    let read = toml::from_str::<Table>(&format!("value = {value}")).ok();
    let read = read.filter(|table| table.len() == 1);
    let bare = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    let value = match read.and_then(|mut t| t.remove("value")) {
        Some(value) => value,
        None if value.chars().all(bare) && !value.is_empty() => Value::String(value.to_owned()),
        None => {
            return Err(format!(
                "`{value}` is no TOML value; write a number, true or a word"
            ));
        }
    };
    let parts: Vec<&str> = key.split('.').map(str::trim).collect();
    if parts.iter().any(|part| part.is_empty()) {
        return Err(format!(
            "`{key}` is no key; write it like rates.guide=0.002"
        ));
    }
    Ok(nest(&parts.join("."), value))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
