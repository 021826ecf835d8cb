//! The commands, one file each.

mod evaluate;
mod explain;
mod filter;
mod reproduce;
mod resume;
mod sample;
mod score;
mod train;

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;

use crate::args::Command;

/// Runs a command; its results go to `out`.
pub(crate) fn run(command: &Command, out: &mut dyn Write) -> Result<ExitCode> {
    match command {
        Command::Train(args) => return train::run(args, out),
        Command::Resume(args) => return resume::run(args, out),
        Command::Reproduce(args) => return reproduce::run_command(args, out),
        Command::Explain(args) => explain::run(args, out)?,
        Command::Sample(args) => sample::run(args, out)?,
        Command::Evaluate(args) => evaluate::run(args, out)?,
        Command::Filter(args) => filter::run(args, out)?,
        Command::Score(args) => score::run(args, out)?,
    }
    Ok(ExitCode::SUCCESS)
}
