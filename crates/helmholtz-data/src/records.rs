//! Rows that are JSON objects.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::collect::Collector;
use super::error::quote;
use super::{Column, ReadOptions, Skipped};

/// An object: its keys with the values as they are written, in the order of the file.
pub(super) struct Record<'a>(Vec<(String, &'a RawValue)>);

impl Record<'_> {
    /// Whether it is a column of its own and not a row.
    pub(super) fn is_concept(&self) -> bool {
        let train =
            |(key, value): &(String, &RawValue)| key == "train" && value.get().starts_with('[');
        self.0.iter().any(train)
    }
}

impl<'de> Deserialize<'de> for Record<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Record<'de>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, "an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut pairs = vec![];
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Record(pairs))
            }
        }
        from.deserialize_map(Pairs)
    }
}

/// What JSON values are, by what they begin with; null is none.
const TYPES: [(&str, &str); 4] = [
    ("string", "\""),
    ("number", "-0123456789"),
    ("boolean", "tf"),
    ("nested value", "{["),
];

/// How many values of a column are of each type, and the line of the first.
type Types = [(u64, u64); TYPES.len()];

/// Columns while rows are being read.
pub(super) struct Records<'n> {
    options: &'n ReadOptions,
    source: &'n str,
    columns: Vec<Collector>,
    types: Vec<Types>,
    places: HashMap<String, usize>,
    rows: u64,
    /// The line of the first row.
    first: u64,
    /// The first row that has a key twice, with the key, and how many rows do.
    twice: Option<(u64, String)>,
    doubled: u64,
}

impl<'n> Records<'n> {
    pub(super) fn new(source: &'n str, options: &'n ReadOptions) -> Self {
        let (columns, types, places, rows) = Default::default();
        let (first, twice, doubled) = Default::default();
        Self {
            options,
            source,
            columns,
            types,
            places,
            rows,
            first,
            twice,
            doubled,
        }
    }

    /// The number of columns so far.
    pub(super) fn width(&self) -> usize {
        self.columns.len()
    }

    /// The number of rows so far.
    pub(super) fn count(&self) -> u64 {
        self.rows
    }

    /// Adds a row: what it lacks is empty, and of a key that it repeats the last value counts. An error comes with the
    /// value that is none.
    pub(super) fn push<'a>(
        &mut self,
        line: u64,
        record: Record<'a>,
    ) -> Result<(), (&'a str, serde_json::Error)> {
        if self.rows == 0 {
            self.first = line;
        }
        let (mut row, mut doubled) = (vec![None; self.columns.len()], false);
        for (key, value) in record.0 {
            let place = self.place(key);
            row.resize(self.columns.len(), None);
            if row[place].replace(value.get()).is_some() {
                doubled = true;
                let twice = || (line, self.columns[place].name().to_owned());
                self.twice.get_or_insert_with(twice);
            }
        }
        self.doubled += u64::from(doubled);
        let text = |value: &Option<&'a str>| {
            let value = value.unwrap_or("null");
            written(value).map_err(|fault| (value, fault))
        };
        // A row is taken whole or not at all.
        let texts: Vec<Cow<'_, str>> = row.iter().map(text).collect::<Result<_, _>>()?;
        for (column, text) in self.columns.iter_mut().zip(texts) {
            column.push(line, &text);
        }
        for (types, value) in self.types.iter_mut().zip(row) {
            let first = value.and_then(|value| value.chars().next());
            let of = TYPES
                .iter()
                .position(|(_, begin)| first.is_some_and(|c| begin.contains(c)));
            if let Some((count, seen)) = of.map(|k| &mut types[k]) {
                *count += 1;
                *seen = if *count == 1 { line } else { *seen };
            }
        }
        self.rows += 1;
        Ok(())
    }

    /// Where a column stands, which is made if it is new: it was missing in all rows before.
    fn place(&mut self, key: String) -> usize {
        if let Some(&place) = self.places.get(&key) {
            return place;
        }
        let mut column = Collector::new(key.clone(), self.source.into(), self.options);
        column.miss(self.first, self.rows);
        self.columns.push(column);
        self.types.push(Types::default());
        self.places.insert(key, self.columns.len() - 1);
        self.columns.len() - 1
    }

    /// What there is to say of keys that rows repeat, and of values whose types were given up.
    pub(super) fn remarks(&self) -> Vec<String> {
        let twice = self.twice.as_ref().map(|(line, key)| {
            let rows = match self.doubled {
                1 => "1 row has".to_owned(),
                many => format!("{many} rows have"),
            };
            format!(
                "{rows} a key twice, of which the last value counts: {} on line {line}",
                quote(key)
            )
        });
        let columns = self.columns.iter().zip(&self.types);
        let types = columns.filter_map(|(column, types)| typed(column.name(), types));
        twice.into_iter().chain(types).collect()
    }

    pub(super) fn finish(self) -> Vec<(Column, Skipped)> {
        self.columns.into_iter().map(Collector::finish).collect()
    }
}

/// What there is to say of a column of values of several types, or of some that are more than a cell holds.
fn typed(name: &str, types: &Types) -> Option<String> {
    let all = types.iter().zip(TYPES).filter(|((count, _), _)| *count > 0);
    let told = |((count, line), (what, _)): (&(u64, u64), (&str, &str))| match count {
        1 => format!("1 {what} (line {line})"),
        many => format!("{many} {what}s (first on line {line})"),
    };
    let each: Vec<String> = all.map(told).collect();
    let name = quote(name);
    match each.len() {
        0 => None,
        1 if types[TYPES.len() - 1].0 == 0 => None,
        1 => Some(format!(
            "column {name}: {}, read as text; take objects apart for columns of their own",
            each[0]
        )),
        _ => Some(format!(
            "column {name} has values of several types, all read as text: {}",
            each.join(", ")
        )),
    }
}

/// A value as a cell: what a string says, nothing for null, and anything else as it is written.
fn written(value: &str) -> Result<Cow<'_, str>, serde_json::Error> {
    match value.as_bytes().first() {
        Some(b'"') => serde_json::from_str(value).map(Cow::Owned),
        Some(b'n') => Ok("".into()),
        _ if value.contains('\n') => Ok(on_one_line(value).into()),
        _ => Ok(value.into()),
    }
}

/// JSON without the blanks between its parts.
fn on_one_line(value: &str) -> String {
    let (mut quoted, mut escaped) = (false, false);
    let kept = value.chars().filter(|&c| {
        let blank = !quoted && c.is_ascii_whitespace();
        quoted ^= c == '"' && !escaped;
        escaped = quoted && c == '\\' && !escaped;
        !blank
    });
    kept.collect()
}
