//! A target under libFuzzer: `FUZZ_TARGET` names it. `make fuzz` compiles this with what libFuzzer needs.

#![no_main]
#![allow(clippy::expect_used, reason = "a name that is wrong ends the fuzzer")]

use std::sync::LazyLock;

use helmholtz_fuzz::{TARGETS, Target};
use libfuzzer_sys::fuzz_target;

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    let found = TARGETS.iter().find(|t| t.name == name);
    let names: Vec<&str> = TARGETS.iter().map(|t| t.name).collect();
    let choose = format!("FUZZ_TARGET={name}: choose one of {}", names.join(", "));
    found.expect(&choose)
});

fuzz_target!(|bytes: &[u8]| (TARGET.run)(bytes));
