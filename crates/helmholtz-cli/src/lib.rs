//! The command line: what was typed -> the options of a domain -> one call of the library -> answers in a form.
//!
//! It knows no domain: those are in a [`Registry`]. A program of your own has everything that `helmholtz` has:
//!
//! ```no_run
//! use helmholtz::product::Registry;
//!
//! let registry = helmholtz::registry(); // .with::<YourDomain>()
//! std::process::exit(helmholtz_cli::main_with(&registry, &helmholtz_reproduce::benchmarks()).into());
//! ```
//!
//! What a command finds out goes to standard output; progress, remarks and errors go to standard error, an error as
//! one line `error: where: what; remedy`. The exit code is 0 for done, 1 for a check that ran and found something, 2
//! for a usage or input error or a check that could not judge, and 130 for training that was interrupted after it had
//! saved a checkpoint. A reader that closes the pipe early, as `head` does, has got what it wanted: that is success.

mod ask;
mod format;
mod front;
mod interrupt;
mod keep;
mod learn;
mod output;
mod pages;
mod progress;
mod reproduce;
mod show;

use std::io::{ErrorKind, Write};

use anyhow::{Context, Result};
use helmholtz::product::Registry;
pub use helmholtz_reproduce::Benchmarks;

use front::everywhere::Everywhere;
use front::first::{self, Typed};
use front::help;
use front::usage::{Usage, parse};

/// Runs the program with these domains, on the arguments of the process, and tells the exit code.
pub fn main_with(registry: &Registry, benchmarks: &Benchmarks) -> u8 {
    match run(registry, benchmarks) {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => 0,
        Err(error) => match error.downcast::<Usage>() {
            Ok(usage) => usage.show(),
            Err(error) => {
                output::error(&error);
                2
            }
        },
    }
}

fn run(registry: &Registry, benchmarks: &Benchmarks) -> Result<u8> {
    let args = std::env::args_os().skip(1).map(|arg| {
        arg.into_string().map_err(|arg| {
            anyhow::anyhow!(
                "{}: not UTF-8; rename the file, or name its folder",
                arg.display()
            )
        })
    });
    let mut args = args.collect::<Result<Vec<String>>>()?;
    if args.is_empty() && !is_piped() {
        args = front::project::Project::here(registry)?.asked();
    }
    match first::read(registry, args, is_piped())? {
        Typed::Verb(asked) => ask::ask(registry, &asked),
        Typed::Train(args) => learn::train(registry, args),
        Typed::Resume(args) => learn::resume(registry, &args),
        Typed::Reproduce(args) => reproduce::reproduce(benchmarks, &args),
        Typed::Completions(args) => pages::completions(registry, &args),
        Typed::Manual(args) => pages::manual(registry, &args),
        Typed::Schema(args) => pages::schema(&args),
        Typed::HelpWith(verb) => shown(help::of_role(registry, &verb)),
        Typed::Program(args) => program(registry, args),
    }
}

/// Help with a command.
fn shown(mut command: clap::Command) -> Result<u8> {
    let mut out = output::stdout();
    write!(out, "{}", command.render_help())?;
    out.flush()?;
    Ok(0)
}

/// The program itself: its help or its version.
fn program(registry: &Registry, args: Vec<String>) -> Result<u8> {
    let command = help::of_program(registry);
    if args.is_empty() {
        return shown(command);
    }
    parse(command, &args)?;
    Ok(0)
}

/// Whether standard input comes from a file or another program.
#[cfg(unix)]
fn is_piped() -> bool {
    use std::os::unix::fs::FileTypeExt;
    let kind = std::fs::metadata("/dev/stdin").map(|m| m.file_type());
    kind.is_ok_and(|k| k.is_file() || k.is_fifo() || k.is_socket())
}

/// Whether standard input comes from a file or another program.
#[cfg(not(unix))]
fn is_piped() -> bool {
    use std::io::IsTerminal;
    !std::io::stdin().is_terminal()
}

/// What has to be done before anything is computed: sizes the pool of worker threads. Results do not depend on it.
fn prepare(everywhere: &Everywhere) -> Result<()> {
    let Some(threads) = everywhere.threads else {
        return Ok(());
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    pool.build_global()
        .context("--threads: the worker threads cannot be started; ask for fewer")
}

/// Errors of the library carry a path or a setting; a bare one of the system is of standard output.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<std::io::Error>();
    io.is_some_and(|e| e.kind() == ErrorKind::BrokenPipe)
}
