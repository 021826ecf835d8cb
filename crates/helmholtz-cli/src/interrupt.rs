//! Ctrl-C, and what else asks a process to end: once to stop in good order, twice to stop at once.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};

use crate::output::note;

static ASKED: AtomicBool = AtomicBool::new(false);
/// Whether one asked who can ask again; signals that wait together come in no order of time.
static ASKED_BY_SOMEONE: AtomicBool = AtomicBool::new(false);

/// The exit code of a process that was interrupted (128 + SIGINT).
pub(crate) const CODE: u8 = 130;

/// From now on an interrupt, a polite request to terminate, or a terminal that is gone, sets the flag that is returned.
pub(crate) fn flag() -> Result<&'static AtomicBool> {
    watch().context("interrupts cannot be caught; run again")?;
    Ok(&ASKED)
}

/// It was asked to end.
fn asked() {
    if ASKED_BY_SOMEONE.swap(true, Ordering::Relaxed) {
        std::process::exit(i32::from(CODE));
    }
    ended();
}

/// It ends, whoever asked first.
fn ended() {
    if !ASKED.swap(true, Ordering::Relaxed) {
        told();
    }
}

fn told() {
    note("stopping after this step; a checkpoint will be saved (again: stop at once)");
}

#[cfg(unix)]
fn watch() -> Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

    // Whoever was started to outlive its terminal, as by `nohup`, does.
    let caught = [SIGINT, SIGTERM, SIGHUP]
        .into_iter()
        .filter(|s| *s != SIGHUP || !ignores(SIGHUP));
    let mut signals = signal_hook::iterator::Signals::new(caught)?;
    let heed = move || signals.forever().for_each(heed);
    std::thread::Builder::new().spawn(heed)?;
    Ok(())
}

/// A terminal that goes says so more than once, and never in a hurry.
#[cfg(unix)]
fn heed(signal: i32) {
    match signal == signal_hook::consts::SIGHUP {
        true => ended(),
        false => asked(),
    }
}

/// Whether a signal was ignored when the process began; what the system does not tell is not.
#[cfg(unix)]
fn ignores(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

#[cfg(not(unix))]
fn watch() -> Result<()> {
    Ok(ctrlc::set_handler(asked)?)
}
