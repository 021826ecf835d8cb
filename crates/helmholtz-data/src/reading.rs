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
    /// What separates cells, one character or `tab` [default: , ; or tab, by the header]
    #[schemars(extend("value" = "CHAR", "heading" = "Data"))]
    pub delimiter: Option<String>,
}

/// How a table is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TableFormat {
    /// A table with a header
    Csv,
    /// A table with a header, separated by tabs
    Tsv,
}

impl TableReading {
    /// The same for the readers of tables.
    ///
    /// # Errors
    /// When the delimiter is no character that can separate cells.
    pub fn options(&self) -> Result<ReadOptions, String> {
        let tabs = self.input_format == Some(TableFormat::Tsv);
        Ok(ReadOptions {
            format: Some(Format::Table),
            delimiter: delimiter(self.delimiter.as_deref(), tabs)?,
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
    /// What separates the cells of a table, one character or `tab` [default: , ; or tab, by the header]
    #[schemars(extend("value" = "CHAR", "heading" = "Data"))]
    pub delimiter: Option<String>,
}

/// How columns of text are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ColumnFormat {
    /// A table with a header
    Csv,
    /// A table with a header, separated by tabs
    Tsv,
    /// One JSON object per line: {"name": ..., "train": [...]}
    Jsonl,
    /// One string per line
    Lines,
}

impl ColumnReading {
    /// The same for the readers of columns.
    ///
    /// # Errors
    /// When the delimiter is no character that can separate cells.
    pub fn options(&self, limits: Limits) -> Result<ReadOptions, String> {
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
            limits,
            until: None,
        })
    }
}

/// A character that separates cells: itself, or the word `tab`.
fn delimiter(text: Option<&str>, tabs: bool) -> Result<Option<u8>, String> {
    let Some(text) = text else {
        return Ok(tabs.then_some(b'\t'));
    };
    match text.as_bytes() {
        _ if text == "tab" || text == "\\t" => Ok(Some(b'\t')),
        [byte] if byte.is_ascii() && !b"\"\n\r".contains(byte) => Ok(Some(*byte)),
        _ => Err(format!(
            "`{text}`: choose one ASCII character such as `|`, or the word tab"
        )),
    }
}
