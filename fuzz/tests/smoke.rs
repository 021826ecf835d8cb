//! Every target on its seeds, on what once failed, and on mutations of both: the same ones in every run.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use helmholtz_fuzz::{TARGETS, Target, mutated};

/// How many times as many mutations as a test has.
fn times() -> u64 {
    let asked = std::env::var("HELMHOLTZ_FUZZ_TIMES").ok();
    asked.and_then(|t| t.parse().ok()).unwrap_or(1)
}

/// What is to be told of an input that made a target panic.
fn failed(target: &Target, bytes: &[u8], what: &str) -> Option<String> {
    let done = catch_unwind(AssertUnwindSafe(|| (target.run)(bytes)));
    let told = || format!("{}, {what}: {}", target.name, bytes.escape_ascii());
    done.is_err().then(told)
}

/// Inputs of the corpus, in the order of their names.
fn corpus(target: &Target) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target.name);
    let Ok(entries) = std::fs::read_dir(folder) else {
        return vec![];
    };
    let mut paths: Vec<_> = entries.flatten().map(|e| e.path()).collect();
    paths.sort();
    paths.iter().flat_map(std::fs::read).collect()
}

#[test]
fn what_strangers_write_is_no_reason_to_panic() {
    let mut all = vec![];
    for target in TARGETS {
        let mut begin = (target.seeds)();
        begin.extend(corpus(target));
        all.extend(begin.iter().filter_map(|b| failed(target, b, "a seed")));
        let tries = (0..target.tries * times()).filter_map(|number| {
            let bytes = mutated(&begin, number);
            failed(target, &bytes, &format!("mutation {number}"))
        });
        all.extend(tries);
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}
