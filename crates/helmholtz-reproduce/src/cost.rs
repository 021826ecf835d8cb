//! What a run costs: processor time and memory of this process, where the system tells them.

use super::Metric;

/// What every domain can measure, in experiments whose runs are made one at a time.
pub(super) const COSTS: [Metric; 2] = [
    Metric {
        name: "step_ms",
        title: "CPU time of a step on one thread, ms",
        short: "ms a step",
    },
    Metric {
        name: "peak_mib",
        title: "Peak resident memory of the process, MiB",
        short: "peak memory",
    },
];

/// User and system time of this process in seconds, to a hundredth; `None` where there is no `/proc`.
pub fn cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program, in brackets, may hold spaces; then come fields 3, 4 and so on.
    let after_name = stat.rsplit(')').next()?;
    let ticks = after_name.split_whitespace().skip(11).take(2);
    let ticks: Vec<f64> = ticks.map(str::parse).collect::<Result<_, _>>().ok()?;
    Some(ticks.iter().sum::<f64>() / 100.0)
}

/// The most memory that this process has held since [`forget_peak`], in MiB; `None` where there is no `/proc`.
pub fn peak_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    let kib: f64 = peak.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}

/// Begins to watch for the most memory anew, where the system lets us.
pub fn forget_peak() {
    // Elsewhere the peak is that of the whole process, which is still an upper bound.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_goes_on_and_memory_is_held() {
        let (Some(before), Some(_)) = (cpu_seconds(), peak_mib()) else {
            eprintln!("skipped: there is no /proc here");
            return;
        };
        let mut sum = 0.0f64;
        while cpu_seconds().is_some_and(|now| now < before + 0.02) {
            sum += (0..100_000).map(f64::from).map(f64::sqrt).sum::<f64>();
        }
        assert!(sum > 0.0);
        forget_peak();
        let held = std::hint::black_box(vec![1u8; 64 << 20]);
        assert!(peak_mib().is_some_and(|peak| peak >= 64.0));
        drop(held);
    }
}
