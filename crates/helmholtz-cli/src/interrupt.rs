//! Ctrl-C: once to stop in good order, twice to stop at once.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};

use crate::output::note;

static ASKED: AtomicBool = AtomicBool::new(false);

/// The exit code of a process that was interrupted (128 + SIGINT).
pub(crate) const CODE: u8 = 130;

/// From now on an interrupt, or a polite request to terminate, sets the flag that is returned.
pub(crate) fn flag() -> Result<&'static AtomicBool> {
    ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::Relaxed) {
            std::process::exit(i32::from(CODE));
        }
        note("stopping after this step; a checkpoint will be saved (again: stop at once)");
    })
    .context("interrupts cannot be caught; run again")?;
    Ok(&ASKED)
}
