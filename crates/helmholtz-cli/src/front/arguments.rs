//! Arguments from options as data, and options from what was typed.

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, value_parser};
use helmholtz::product::options::{Field, Kind};
use serde_json::{Map, Value};

/// The argument of an option.
pub(crate) fn argument(field: &Field) -> Arg {
    let long = field.name.replace('_', "-");
    let arg = Arg::new(field.name.clone()).long(long).help(help(field));
    let arg = match field.short {
        Some(short) => arg.short(short),
        None => arg,
    };
    let aliases = field.aliases.iter().map(|a| a.replace('_', "-"));
    let arg = arg.aliases(aliases.collect::<Vec<_>>());
    let heading = field.heading.clone().unwrap_or_else(|| "Options".into());
    typed(arg, &field.kind, &field.value).help_heading(heading)
}

/// What an option does, and what it is where nothing is said.
fn help(field: &Field) -> String {
    let help = field.help.trim_end_matches('.');
    let text = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
    match (&field.default, &field.kind) {
        (_, Kind::Flag | Kind::Many(_)) | (None, _) => help.to_owned(),
        (Some(default), _) => format!("{help} [default: {}]", text(default)),
    }
}

fn typed(arg: Arg, kind: &Kind, value: &str) -> Arg {
    let arg = match kind {
        Kind::Flag => return arg.action(ArgAction::SetTrue),
        Kind::Many(one) => return typed(arg, one, value).action(ArgAction::Append),
        Kind::Count { least, most } => arg
            .value_parser(value_parser!(u64).range(*least..=*most))
            .allow_negative_numbers(true),
        Kind::Number { .. } => arg
            .value_parser(value_parser!(f64))
            .allow_negative_numbers(true),
        Kind::Word(words) => {
            let word = |(word, help): &(String, String)| {
                PossibleValue::new(word.clone()).help(help.replace('\n', " "))
            };
            arg.value_parser(PossibleValuesParser::new(words.iter().map(word)))
        }
        _ => arg.value_parser(value_parser!(String)),
    };
    arg.value_name(value.to_owned()).action(ArgAction::Set)
}

/// The options that were given, by name.
pub(crate) fn given(fields: &[Field], matches: &ArgMatches) -> Map<String, Value> {
    let typed = |f: &&Field| matches.value_source(&f.name) == Some(ValueSource::CommandLine);
    let each = fields.iter().filter(typed);
    each.map(|f| (f.name.clone(), value(matches, &f.name, &f.kind)))
        .collect()
}

fn value(matches: &ArgMatches, name: &str, kind: &Kind) -> Value {
    match kind {
        Kind::Flag => matches.get_flag(name).into(),
        Kind::Count { .. } => matches.get_one::<u64>(name).copied().into(),
        Kind::Number { .. } => matches.get_one::<f64>(name).copied().into(),
        Kind::Many(one) => many(matches, name, one),
        _ => matches.get_one::<String>(name).cloned().into(),
    }
}

fn many(matches: &ArgMatches, name: &str, kind: &Kind) -> Value {
    fn all<T: Clone + Send + Sync + 'static + Into<Value>>(
        matches: &ArgMatches,
        name: &str,
    ) -> Value {
        let values = matches.get_many::<T>(name).into_iter().flatten();
        values.cloned().map(Into::into).collect()
    }
    match kind {
        Kind::Count { .. } => all::<u64>(matches, name),
        Kind::Number { .. } => all::<f64>(matches, name),
        _ => all::<String>(matches, name),
    }
}
