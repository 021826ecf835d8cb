//! What the machine has.

use std::fs;
use std::path::Path;

/// The share of the memory that is taken unless more is allowed.
const SHARE: f64 = 0.8;

/// Bytes that a run may take where nobody says otherwise: 80 % of what the machine has, or of what the control groups of this
/// process allow it; no bound where neither can be found out, which is so outside of Linux.
pub fn allowed() -> u64 {
    let bounds = [physical(), grouped()].into_iter().flatten();
    bounds
        .min()
        .map_or(u64::MAX, |bytes| (SHARE * bytes as f64) as u64)
}

/// The most that this process has held at once so far, in bytes; `None` outside of Linux.
pub fn peak() -> Option<u64> {
    kilobytes("/proc/self/status", "VmHWM:")
}

fn physical() -> Option<u64> {
    kilobytes("/proc/meminfo", "MemTotal:")
}

/// A line of a file of the kernel, such as `MemTotal:  1024 kB`, in bytes.
fn kilobytes(file: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let number: u64 = line.split_whitespace().next()?.parse().ok()?;
    number.checked_mul(1024)
}

/// The least bound of the control groups in which this process is.
fn grouped() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let each = groups.lines().flat_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        let (kind, path) = (
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
        );
        let (root, file) = match kind {
            "" => ("/sys/fs/cgroup", "memory.max"),
            _ => ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
        };
        bounds(Path::new(root), path.trim_start_matches('/'), file)
    });
    each.min()
}

/// The bounds of a group and of all groups in which it is. Inside of a container its own is the root.
fn bounds(root: &Path, path: &str, file: &str) -> Vec<u64> {
    let below = Path::new(path).ancestors();
    let bound = |group: &Path| -> Option<u64> {
        let text = fs::read_to_string(root.join(group).join(file)).ok()?;
        text.trim().parse().ok()
    };
    below.filter_map(bound).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_of_a_group_are_those_of_all_around_it() {
        let root = tempfile::tempdir().unwrap();
        let inner = root.path().join("a/b");
        fs::create_dir_all(&inner).unwrap();
        fs::write(inner.join("memory.max"), "5000\n").unwrap();
        fs::write(root.path().join("a/memory.max"), "max\n").unwrap();
        fs::write(root.path().join("memory.max"), "4000\n").unwrap();
        assert_eq!(bounds(root.path(), "a/b", "memory.max"), [5000, 4000]);
        assert_eq!(bounds(root.path(), "c", "memory.max"), [4000]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_holds_less_than_its_machine_has() {
        let (peak, physical) = (peak().unwrap(), physical().unwrap());
        assert!(peak > 100_000 && peak < physical);
        assert!(allowed() <= physical);
    }
}
