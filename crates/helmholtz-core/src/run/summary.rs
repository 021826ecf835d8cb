//! What there is to say about a run as a whole.

use std::io::ErrorKind;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::error::RunError;
use super::folder::RunFolder;
use crate::files::{read, stream_whole};
use crate::train::StopReason;

/// The content of `run.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The version of the library that wrote it last.
    pub program: String,
    /// When the run was started first, in UTC.
    pub started: String,
    /// When it stopped last; `None` while it goes on, or after a crash.
    pub finished: Option<String>,
    /// Why it stopped.
    pub stopped: Option<StopReason>,
    /// The number of steps done when this was written.
    pub step: u64,
    /// Seconds of training, resumptions included.
    pub seconds: f64,
}

impl Summary {
    /// Of a run that goes on now.
    pub(super) fn begin(before: Option<Self>, step: u64, seconds: f64) -> Self {
        Self {
            program: format!("helmholtz {}", env!("CARGO_PKG_VERSION")),
            started: before.map_or_else(now, |summary| summary.started),
            finished: None,
            stopped: None,
            step,
            seconds,
        }
    }

    /// Notes that the run has stopped.
    pub(super) fn end(&mut self, reason: StopReason) {
        self.finished = Some(now());
        self.stopped = Some(reason);
    }

    pub(super) fn read(path: &Path) -> Result<Option<Self>, RunError> {
        let bytes = match read(path) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            read => read.map_err(RunError::io(path))?,
        };
        let broken = |e| RunError::malformed(path, None, format!("{e}; remove the file"));
        serde_json::from_slice(&bytes).map(Some).map_err(broken)
    }

    pub(super) fn write(&self, run: &RunFolder) -> Result<(), RunError> {
        let path = &run.summary_path();
        let text = serde_json::to_string_pretty(self);
        let text = text.map_err(|e| RunError::io(path)(e.into()))?;
        let done = stream_whole(&**run.disk(), path, |to| writeln!(to, "{text}"));
        done.map_err(RunError::io(path))
    }
}

fn now() -> String {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    timestamp(since.as_secs())
}

/// Seconds since 1970 in the form of RFC 3339, such as `2001-09-09T01:46:40Z`.
fn timestamp(seconds: u64) -> String {
    let (days, time) = (seconds / 86_400, seconds % 86_400);
    // Years that begin in March have their leap day at the end, so months have fixed offsets. Day 0 is
    // 1 March of year 0, 719,468 days before 1970; the calendar repeats every 146,097 days.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    let year = 400 * era + year + carry;
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::timestamp;

    #[test]
    fn timestamps_know_the_calendar() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_000_000_000, "2001-09-09T01:46:40Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(timestamp(seconds), expected);
        }
    }
}
