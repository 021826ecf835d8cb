//! Options as data: one struct says their names, help, ranges and defaults, for a command line, for Python, for a page.
//!
//! A struct of options derives `Serialize`, `Deserialize` and [`JsonSchema`], and has a `Default`. The first paragraph of
//! its documentation is the help, `#[schemars(range(...))]` the range, and the schema's extensions say the rest:
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

mod kind;
mod schema;

pub use kind::Kind;

use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::ProductError;
use super::words::closest;
use schema::Root;

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

impl Field {
    /// It, and behind it what stands in it, under dotted names.
    pub fn flat(self) -> Vec<Self> {
        let within = self.kind.fields().to_vec();
        let within = within.into_iter().flat_map(Self::flat).map(|f| Self {
            name: format!("{}.{}", self.name, f.name),
            ..f
        });
        let within: Vec<Self> = within.collect();
        std::iter::once(self).chain(within).collect()
    }
}

/// The options of a struct, in the order in which they stand there.
pub fn fields<O: JsonSchema>() -> Vec<Field> {
    let schema = SchemaGenerator::default().into_root_schema_for::<O>();
    of_schema(schema.as_value())
}

/// The options that a JSON schema describes.
pub fn of_schema(schema: &Value) -> Vec<Field> {
    Root(schema).fields(schema)
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
