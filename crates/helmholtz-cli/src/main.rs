//! The command line: raw arguments -> validated settings -> one call of the library -> output.
//!
//! What a command finds out goes to standard output, as text or with `--json`; progress, notes and errors
//! go to standard error, an error as one line `error: what: where: remedy`. The exit code is 0 for
//! done, 2 for a usage or input error, and 130 for training that was interrupted after it had saved a
//! checkpoint; 1 is kept for checks that ran and failed. A reader that closes the pipe early, as `head`
//! does, has got what it wanted: that is success.

mod args;
mod command;
mod domain;
mod format;
mod interrupt;
mod loaded;
mod output;
mod picture;
mod progress;
mod session;
mod settings;

use std::io::{ErrorKind, Write};
use std::num::NonZeroUsize;
use std::process::ExitCode;

use anyhow::{Context, Result};

/// Starting thousands of threads takes longer than any work they could share.
const MOST_THREADS: usize = 512;

fn main() -> ExitCode {
    let outcome = match args::parse() {
        Ok(args) => run(&args),
        Err(stop) => return stop.show(),
    };
    match outcome {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&error);
            ExitCode::from(2)
        }
    }
}

fn run(args: &args::Args) -> Result<ExitCode> {
    set_threads(args.threads)?;
    let mut out = output::stdout();
    let code = command::run(&args.command, &mut out)?;
    out.flush()?;
    Ok(code)
}

/// Sizes the pool of worker threads. Results do not depend on it.
fn set_threads(threads: Option<NonZeroUsize>) -> Result<()> {
    let Some(threads) = threads else {
        return Ok(());
    };
    anyhow::ensure!(
        threads.get() <= MOST_THREADS,
        "--threads: {threads}; choose from 1 to {MOST_THREADS}"
    );
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.get());
    pool.build_global()
        .context("--threads: the worker threads cannot be started; ask for fewer")
}

/// Errors of the library carry a path or a setting; a bare one of the system is of standard output.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<std::io::Error>();
    io.is_some_and(|e| e.kind() == ErrorKind::BrokenPipe)
}
