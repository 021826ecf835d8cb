//! What to read of a file.

use clap::{Args as Group, ValueEnum};

use crate::format;

/// What to read of a file, and how.
#[derive(Debug, Group)]
pub(crate) struct Reading {
    /// Use only this column or concept, by its name or as #3; may be repeated [default: all]
    #[arg(long = "column", value_name = "NAME", help_heading = "Data")]
    pub(crate) columns: Vec<String>,

    /// How the strings are laid out [default: what the file's extension says; standard input: lines]
    #[arg(long, value_enum, value_name = "FORMAT", help_heading = "Data")]
    pub(crate) format: Option<Layout>,

    /// What separates the cells of a table, one character or `tab` [default: , ; or tab, by the header]
    #[arg(long, value_name = "CHAR", value_parser = format::parse_delimiter, help_heading = "Data")]
    pub(crate) delimiter: Option<u8>,

    /// Time series: the column of times, numbers or dates [default: one of that name, or a first column of dates]
    #[arg(long, value_name = "NAME", help_heading = "Data")]
    pub(crate) times: Option<String>,

    /// Time series: every row is a series
    #[arg(long, help_heading = "Data")]
    pub(crate) rows: bool,

    /// Time series: keep every Nth value
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Data")]
    pub(crate) thin: Option<u32>,
}

impl Reading {
    /// Whether nothing was said.
    pub(crate) fn is_default(&self) -> bool {
        self.columns.is_empty()
            && self.format.is_none()
            && self.delimiter.is_none()
            && self.is_of_no_series()
    }

    /// Whether nothing was said that only time series have.
    pub(crate) fn is_of_no_series(&self) -> bool {
        self.times.is_none() && !self.rows && self.thin.is_none()
    }
}

/// How strings are laid out in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Layout {
    /// A table with a header
    Csv,
    /// A table with a header, separated by tabs
    Tsv,
    /// One JSON object per line: {"name": ..., "train": [...]}
    Jsonl,
    /// One string per line
    Lines,
}
