//! Arguments that are read, and usage errors in one line.

use anyhow::Result;
use clap::error::{ContextKind, ErrorKind};
use clap::{ArgMatches, Command};

use super::help;
use crate::output;

/// Help that was asked for, or what is wrong with the arguments of a command.
#[derive(Debug)]
pub(crate) struct Usage {
    error: clap::Error,
    command: String,
    /// What is to be said instead of the parser's tip.
    hint: Option<String>,
}

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for Usage {}

/// Reads the arguments of a command.
pub(crate) fn parse(command: Command, args: &[String]) -> Result<ArgMatches> {
    let name = command.get_bin_name().unwrap_or(help::program()).to_owned();
    let usage = |error| Usage {
        error,
        command: name,
        hint: None,
    };
    Ok(command.try_get_matches_from(args).map_err(usage)?)
}

impl Usage {
    /// The option that there is not, if that is what is wrong.
    pub(crate) fn unknown(&self) -> Option<String> {
        let unknown = self.error.kind() == ErrorKind::UnknownArgument;
        let option = self
            .error
            .get(ContextKind::InvalidArg)
            .filter(|_| unknown)?;
        Some(option.to_string())
    }

    /// The same with something to be said instead of the parser's tip.
    pub(crate) fn with_hint(self, hint: String) -> Self {
        Self {
            hint: Some(hint),
            ..self
        }
    }

    /// What is wrong, in a line.
    pub(crate) fn said(&self) -> String {
        self.hint.clone().unwrap_or_else(|| line(&self.error))
    }

    /// Shows help that was asked for, or the error in one line; tells the exit code.
    pub(crate) fn show(&self) -> u8 {
        if !self.error.use_stderr() {
            // A pipe that was closed early has nobody to complain to.
            let _ = self.error.print();
            return self.error.exit_code() as u8;
        }
        let command = &self.command;
        let line = self.said();
        output::error_line(&format!("{line}; see `{command} --help`"));
        2
    }
}

/// The parts of the parser's message that say what is wrong and what was meant.
fn line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let parts = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let said = parts.take_while(|line| {
        !line.starts_with("Usage:") && !line.starts_with("For more information")
    });
    let join = |line: String, part: &str| {
        let goes_on = line.is_empty() || line.ends_with(':') || part.starts_with('[');
        line + if goes_on { " " } else { "; " } + part
    };
    let line = said.fold(String::new(), join);
    let line = line.trim_start();
    let line = line.strip_prefix("error: ").unwrap_or(line);
    line.to_owned()
}
