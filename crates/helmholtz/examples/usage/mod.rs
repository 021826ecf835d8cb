//! What a process has used, for examples that measure.

use std::error::Error;

use helmholtz_reproduce::cost;

/// User and system time of this process in seconds, to a hundredth.
pub(crate) fn cpu_seconds() -> Result<f64, Box<dyn Error>> {
    cost::cpu_seconds().ok_or_else(|| "this needs /proc/self/stat".into())
}

/// The most memory that this process has held, in MiB.
#[allow(dead_code, reason = "not every example that measures asks for both")]
pub(crate) fn peak_mib() -> Result<f64, Box<dyn Error>> {
    cost::peak_mib().ok_or_else(|| "this needs /proc/self/status".into())
}
