//! Digests of short runs of every domain: what was trained, measured and answered yesterday is so today, byte for byte.
//!
//! Floating-point results differ between processors, so there is a file of digests for each kind of them; on another
//! one the test says that it is skipped. `HELMHOLTZ_GOLDEN=write` writes the file anew.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests are no tests to the lint"
)]

mod processor;
mod world;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::PathBuf;

use world::WORLDS;

/// Where the digests of this kind of processor are kept.
fn kept() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/digests");
    folder.join(format!("{}.txt", processor::kind()))
}

fn parse(text: &str) -> BTreeMap<&str, &str> {
    let lines = text.lines();
    lines.filter_map(|line| line.rsplit_once(' ')).collect()
}

#[test]
fn short_runs_of_every_domain_leave_the_bytes_that_they_left_before() {
    let path = kept();
    let writing = std::env::var("HELMHOLTZ_GOLDEN").is_ok_and(|v| v == "write");
    if !writing && !path.exists() {
        // Past the capture of the test harness: a skipped test has to be seen.
        let note = format!("skipped: no digests for {}\n", processor::kind());
        std::io::stderr().write_all(note.as_bytes()).unwrap();
        return;
    }
    let found: String = WORLDS.iter().map(|world| world.run()).collect();
    if writing {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        return fs::write(&path, found).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap();
    let (kept, found) = (parse(&kept), parse(&found));
    let changed: Vec<&str> = kept
        .keys()
        .chain(found.keys())
        .filter(|what| kept.get(*what) != found.get(*what))
        .copied()
        .collect();
    assert!(changed.is_empty(), "not as it was: {changed:#?}");
}
