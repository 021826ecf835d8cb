//! The program: the domains that come with the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    let (registry, benchmarks) = (helmholtz::registry(), helmholtz_reproduce::benchmarks());
    ExitCode::from(helmholtz_cli::main_with(&registry, &benchmarks))
}
