//! What a process has used, for examples that measure.

use std::error::Error;

/// User and system time of this process in seconds (fields 14 and 15 of its stat line, in ticks of 10 ms).
pub(crate) fn cpu_seconds() -> Result<f64, Box<dyn Error>> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    // The name of the program, in brackets, may hold spaces.
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2);
    let ticks: Vec<f64> = ticks.map(str::parse).collect::<Result<_, _>>()?;
    Ok(ticks.iter().sum::<f64>() / 100.0)
}

/// The most memory that this process has held, in MiB.
#[allow(dead_code, reason = "not every example that measures asks for both")]
pub(crate) fn peak_mib() -> Result<f64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kib = peak.and_then(|l| l.trim().strip_suffix(" kB"));
    Ok(kib
        .ok_or("no VmHWM in /proc/self/status")?
        .trim()
        .parse::<f64>()?
        / 1024.0)
}
