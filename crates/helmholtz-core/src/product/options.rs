//! Options as data: one struct says their names, help, ranges and defaults, for a command line, for Python, for a page.
//!
//! A struct of options derives `Serialize`, `Deserialize` and [`JsonSchema`], and has a `Default`. Its documentation is
//! the help, `#[schemars(range(...))]` the range, and the schema's extensions say the rest:
//!
//! ```
//! use helmholtz_core::product::options::{Field, Kind, fields, read};
//! use helmholtz_core::product::schemars::{self, JsonSchema};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Default, Serialize, Deserialize, JsonSchema)]
//! #[serde(default)]
//! struct Sums {
//!     /// How many sums to tell
//!     #[schemars(range(min = 1, max = 100))]
//!     programs: Option<u32>,
//!     /// Write a page with pictures
//!     #[schemars(extend("value" = "FILE"))]
//!     html: Option<std::path::PathBuf>,
//! }
//!
//! let known = fields::<Sums>();
//! assert_eq!(known[0].kind, Kind::Count { least: 1, most: 100 });
//! assert_eq!(known[1].value, "FILE");
//! let given = serde_json::json!({"programs": 3});
//! assert_eq!(read::<Sums>(given.as_object().unwrap().clone())?.programs, Some(3));
//! let wrong = serde_json::json!({"progams": 3});
//! let refused = read::<Sums>(wrong.as_object().unwrap().clone()).err().unwrap();
//! assert!(refused.to_string().contains("did you mean `programs`?"));
//! # Ok::<(), helmholtz_core::product::ProductError>(())
//! ```

use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::ProductError;
use super::words::closest;

/// Options of a verb: plain data with a schema.
pub trait Options: Default + Serialize + DeserializeOwned + JsonSchema {}

impl<T: Default + Serialize + DeserializeOwned + JsonSchema> Options for T {}

/// No options.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, serde::Deserialize, JsonSchema)]
#[serde(default)]
pub struct Nothing {}

/// Options of sampling, in domains whose programs generate data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize, JsonSchema)]
#[serde(default)]
pub struct Draws {
    /// How many programs
    #[schemars(range(min = 1, max = 1_000_000), extend("short" = "n"))]
    pub programs: usize,
    /// How much data from each
    #[schemars(range(min = 0, max = 10_000))]
    pub samples: usize,
    /// The seed of the draws
    pub seed: u64,
}

impl Default for Draws {
    fn default() -> Self {
        Self {
            programs: 10,
            samples: 5,
            seed: 1,
        }
    }
}

/// One option.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name, with underscores.
    pub name: String,
    /// A sentence on what it does.
    pub help: String,
    /// What it holds.
    pub kind: Kind,
    /// What a value of it is called, such as `FILE`.
    pub value: String,
    /// The value it has where none is given, where that is a value.
    pub default: Option<Value>,
    /// Under which heading it is shown, if it says.
    pub heading: Option<String>,
    /// Other names of it.
    pub aliases: Vec<String>,
    /// A letter for it.
    pub short: Option<char>,
}

/// What an option holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Yes or no.
    Flag,
    /// A whole number within bounds.
    Count {
        /// The least.
        least: u64,
        /// The most.
        most: u64,
    },
    /// A number within bounds.
    Number {
        /// The least.
        least: f64,
        /// The most.
        most: f64,
    },
    /// Text.
    Text,
    /// One of some words, with what each means.
    Word(Vec<(String, String)>),
    /// Any number of them.
    Many(Box<Kind>),
    /// A table of its own.
    Table(Vec<Field>),
}

/// The options of a struct, in the order in which they stand there.
pub fn fields<O: JsonSchema>() -> Vec<Field> {
    let schema = SchemaGenerator::default().into_root_schema_for::<O>();
    of_schema(schema.as_value())
}

/// The options that a JSON schema describes.
pub fn of_schema(schema: &Value) -> Vec<Field> {
    let root = Root(schema);
    root.fields(schema)
}

/// Options from values by name.
///
/// # Errors
/// For a name that there is not, with the one that was probably meant, and for a value that does not fit.
pub fn read<O: Options>(given: Map<String, Value>) -> Result<O, ProductError> {
    let known = fields::<O>();
    for (name, value) in &given {
        let Some(field) = known.iter().find(|f| f.name == *name) else {
            let names = known.iter().map(|f| f.name.as_str());
            let meant = closest(names, name).map(|n| format!(" (did you mean `{n}`?)"));
            let reason = format!("there is no such option{}", meant.unwrap_or_default());
            return Err(ProductError::option(name, reason));
        };
        field
            .kind
            .check(value)
            .map_err(|reason| ProductError::option(name, reason))?;
    }
    serde_json::from_value(Value::Object(given))
        .map_err(|e| ProductError::option("options", e.to_string()))
}

impl Kind {
    /// Refuses a value that does not fit, and says which would.
    fn check(&self, value: &Value) -> Result<(), String> {
        let fits = match self {
            Self::Flag => value.is_boolean(),
            Self::Count { least, most } => value
                .as_u64()
                .is_some_and(|n| (*least..=*most).contains(&n)),
            Self::Number { least, most } => value
                .as_f64()
                .is_some_and(|x| (*least..=*most).contains(&x)),
            Self::Text => value.is_string(),
            Self::Word(words) => words.iter().any(|w| Some(w.0.as_str()) == value.as_str()),
            Self::Many(kind) => {
                let all = value.as_array().ok_or_else(|| self.wanted())?;
                return all.iter().try_for_each(|one| kind.check(one));
            }
            Self::Table(_) => value.is_object(),
        };
        match fits || value.is_null() {
            true => Ok(()),
            false => Err(format!(
                "`{}` does not fit; {}",
                shown(value),
                self.wanted()
            )),
        }
    }

    /// What fits.
    pub fn wanted(&self) -> String {
        match self {
            Self::Flag => "say true or false".into(),
            Self::Count { least, most } if *most >= i64::MAX as u64 => {
                format!("choose a whole number from {least}")
            }
            Self::Count { least, most } => format!("choose from {least} to {most}"),
            Self::Number { least, most } if least.is_finite() && most.is_finite() => {
                format!("choose from {least} to {most}")
            }
            Self::Number { .. } => "write a number".into(),
            Self::Text => "write text".into(),
            Self::Word(words) => {
                let words: Vec<&str> = words.iter().map(|w| w.0.as_str()).collect();
                format!("choose from {}", words.join(", "))
            }
            Self::Many(_) => "write a list".into(),
            Self::Table(_) => "write a table".into(),
        }
    }
}

/// A value as it would be typed.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A schema, by which references are looked up.
struct Root<'a>(&'a Value);

impl<'a> Root<'a> {
    fn fields(&self, schema: &'a Value) -> Vec<Field> {
        let schema = self.resolved(schema);
        let properties = schema.get("properties").and_then(Value::as_object);
        let properties = properties.into_iter().flatten();
        properties.map(|(name, of)| self.field(name, of)).collect()
    }

    fn field(&self, name: &str, of: &'a Value) -> Field {
        let text = |key: &str| of.get(key).and_then(Value::as_str).map(str::to_owned);
        let kind = self.kind(of);
        let aliases = of
            .get("aliases")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        Field {
            name: name.to_owned(),
            help: text("description").unwrap_or_default().replace('\n', " "),
            value: text("value").unwrap_or_else(|| kind.value().to_owned()),
            default: of.get("default").filter(|v| !v.is_null()).cloned(),
            heading: text("heading"),
            short: text("short").and_then(|s| s.chars().next()),
            aliases: aliases
                .filter_map(|a| Some(a.as_str()?.to_owned()))
                .collect(),
            kind,
        }
    }

    /// What a reference points to; the schema itself where it is none.
    fn resolved(&self, schema: &'a Value) -> &'a Value {
        let target = schema.get("$ref").and_then(Value::as_str);
        let found = target.and_then(|t| self.0.pointer(t.strip_prefix('#')?));
        found.unwrap_or(schema)
    }

    fn kind(&self, schema: &'a Value) -> Kind {
        let schema = self.resolved(schema);
        // An option that may be missing is one of two: the thing, or null.
        let choices = schema.get("anyOf").and_then(Value::as_array);
        let thing = choices.and_then(|c| c.iter().find(|s| !is_null(s)));
        if let Some(thing) = thing {
            return self.kind(thing);
        }
        if let Some(words) = self.words(schema) {
            return Kind::Word(words);
        }
        match type_of(schema) {
            Some("boolean") => Kind::Flag,
            Some("integer") => count(schema),
            Some("number") => number(schema),
            Some("array") => {
                let items = schema.get("items").map(|items| self.kind(items));
                Kind::Many(Box::new(items.unwrap_or(Kind::Text)))
            }
            Some("object") => Kind::Table(self.fields(schema)),
            _ => Kind::Text,
        }
    }

    /// The words of an enumeration.
    fn words(&self, schema: &'a Value) -> Option<Vec<(String, String)>> {
        let word = |of: &'a Value, help: Option<&Value>| {
            let help = help.and_then(Value::as_str).unwrap_or_default();
            Some((of.as_str()?.to_owned(), help.to_owned()))
        };
        if let Some(plain) = schema.get("enum").and_then(Value::as_array) {
            return Some(plain.iter().filter_map(|w| word(w, None)).collect());
        }
        let each = schema.get("oneOf")?.as_array()?.iter();
        let each = each.flat_map(|one| match (one.get("const"), self.words(one)) {
            (Some(of), _) => word(of, one.get("description")).into_iter().collect(),
            (None, words) => words.unwrap_or_default(),
        });
        Some(each.collect())
    }
}

impl Kind {
    /// What a value of it is called.
    fn value(&self) -> &'static str {
        match self {
            Self::Flag => "",
            Self::Count { .. } => "N",
            Self::Number { .. } => "X",
            Self::Text => "TEXT",
            Self::Word(_) => "WORD",
            Self::Many(kind) => kind.value(),
            Self::Table(_) => "TABLE",
        }
    }
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("null")
}

/// The type that is not null.
fn type_of(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::String(one) => Some(one),
        Value::Array(several) => several
            .iter()
            .filter_map(Value::as_str)
            .find(|t| *t != "null"),
        _ => None,
    }
}

fn count(schema: &Value) -> Kind {
    let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
    let least = bound("minimum").unwrap_or(0.0).max(0.0);
    let most = bound("maximum").filter(|m| *m < i64::MAX as f64);
    Kind::Count {
        least: least as u64,
        most: most.map_or(i64::MAX as u64, |m| m as u64),
    }
}

fn number(schema: &Value) -> Kind {
    let bound = |key: &str, otherwise| schema.get(key).and_then(Value::as_f64).unwrap_or(otherwise);
    Kind::Number {
        least: bound("minimum", f64::NEG_INFINITY),
        most: bound("maximum", f64::INFINITY),
    }
}
