//! How files are read, as options: plain data with a schema.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Format, Limits, ReadOptions};

/// How a table is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TableReading {
    /// How the table is laid out [default: what the file's extension says]
    #[schemars(extend("value" = "FORMAT", "aliases" = ["format"], "heading" = "Data"))]
    pub input_format: Option<TableFormat>,
    /// What separates cells, one character or `tab` [default: , ; | or tab, by the first lines]
    #[schemars(extend("value" = "CHAR", "heading" = "Data"))]
    pub delimiter: Option<String>,
    /// The first row names the columns [default: unless it is all numbers]
    #[schemars(extend("heading" = "Data"))]
    pub header: bool,
    /// The first row is data
    #[schemars(extend("heading" = "Data"))]
    pub no_header: bool,
    /// The encoding, such as latin1, utf-16 or shift_jis [default: UTF-8, or what the bytes tell]
    #[schemars(extend("value" = "NAME", "heading" = "Data"))]
    pub encoding: Option<String>,
}

/// How a table is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TableFormat {
    /// A table
    Csv,
    /// A table, separated by tabs
    Tsv,
}

impl TableReading {
    /// The same for the readers of tables.
    ///
    /// # Errors
    /// When the delimiter is no character that can separate cells, or a header is both there and not.
    pub fn options(&self) -> Result<ReadOptions, BadOption> {
        let tabs = self.input_format == Some(TableFormat::Tsv);
        Ok(ReadOptions {
            format: Some(Format::Table),
            delimiter: delimiter(self.delimiter.as_deref(), tabs)?,
            header: header(self.header, self.no_header)?,
            encoding: self.encoding.clone(),
            ..ReadOptions::default()
        })
    }
}

/// How columns of text are read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ColumnReading {
    /// Use only this column or concept, by its name or as #3; may be repeated [default: all]
    #[schemars(extend("value" = "NAME", "heading" = "Data"))]
    pub column: Vec<String>,
    /// How the text is laid out [default: what the file's extension says; standard input: lines]
    #[schemars(extend("value" = "FORMAT", "aliases" = ["format"], "heading" = "Data"))]
    pub input_format: Option<ColumnFormat>,
    /// What separates the cells of a table, one character or `tab` [default: , ; | or tab, by the first lines]
    #[schemars(extend("value" = "CHAR", "heading" = "Data"))]
    pub delimiter: Option<String>,
    /// The first row of a table names the columns [default: unless it looks like the others]
    #[schemars(extend("heading" = "Data"))]
    pub header: bool,
    /// The first row of a table is data
    #[schemars(extend("heading" = "Data"))]
    pub no_header: bool,
    /// The encoding, such as latin1, utf-16 or shift_jis [default: UTF-8, or what the bytes tell]
    #[schemars(extend("value" = "NAME", "heading" = "Data"))]
    pub encoding: Option<String>,
}

/// How columns of text are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ColumnFormat {
    /// A table
    Csv,
    /// A table, separated by tabs
    Tsv,
    /// One JSON object per row, a line each or in an array; or one per column: {"name": ..., "train": [...]}
    Jsonl,
    /// One string per line
    Lines,
}

impl ColumnReading {
    /// The same for the readers of columns.
    ///
    /// # Errors
    /// When the delimiter is no character that can separate cells, or a header is both there and not.
    pub fn options(&self, limits: Limits) -> Result<ReadOptions, BadOption> {
        let tabs = self.input_format == Some(ColumnFormat::Tsv);
        let format = self.input_format.map(|format| match format {
            ColumnFormat::Csv | ColumnFormat::Tsv => Format::Table,
            ColumnFormat::Jsonl => Format::JsonLines,
            ColumnFormat::Lines => Format::Lines,
        });
        Ok(ReadOptions {
            columns: self.column.clone(),
            format,
            delimiter: delimiter(self.delimiter.as_deref(), tabs)?,
            header: header(self.header, self.no_header)?,
            encoding: self.encoding.clone(),
            limits,
            rows: false,
            until: None,
        })
    }
}

/// An option that says nothing that can be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{option}: {reason}")]
pub struct BadOption {
    /// Its name, as a field.
    pub option: &'static str,
    /// What is wrong, and what to do.
    pub reason: String,
}

impl From<BadOption> for String {
    fn from(bad: BadOption) -> Self {
        bad.reason
    }
}

/// Whether there is a header, if someone said so.
fn header(there: bool, not: bool) -> Result<Option<bool>, BadOption> {
    match (there, not) {
        (true, true) => Err(BadOption {
            option: "header",
            reason: "choose one of --header and --no-header".into(),
        }),
        (false, false) => Ok(None),
        _ => Ok(Some(there)),
    }
}

/// A character that separates cells: itself, or the word `tab`.
fn delimiter(text: Option<&str>, tabs: bool) -> Result<Option<u8>, BadOption> {
    let Some(text) = text else {
        return Ok(tabs.then_some(b'\t'));
    };
    match text.as_bytes() {
        _ if text == "tab" || text == "\\t" => Ok(Some(b'\t')),
        [byte] if byte.is_ascii() && !b"\"\n\r".contains(byte) => Ok(Some(*byte)),
        _ => Err(BadOption {
            option: "delimiter",
            reason: format!("`{text}`: choose one ASCII character such as `|`, or the word tab"),
        }),
    }
}
