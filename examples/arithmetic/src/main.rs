//! The whole program for the one domain.

use std::process::ExitCode;

use helmholtz::product::Registry;
use helmholtz_cli::{Benchmarks, main_with};

fn main() -> ExitCode {
    let registry = Registry::new().with::<arithmetic::Sequences>();
    ExitCode::from(main_with(&registry, &Benchmarks::default()))
}
