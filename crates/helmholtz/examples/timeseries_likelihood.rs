//! The CPU time of a Gaussian process's likelihood with its gradient on an even grid, as one line of JSON.
//!
//! `timeseries_likelihood [POINTS=128] [STEPS=2000] [KERNEL=SE+PER2+WN]`

#![allow(clippy::print_stdout, reason = "a program's result")]

use std::error::Error;

use helmholtz::domain::timeseries::evaluate::log_likelihood;
use helmholtz::domain::timeseries::{Config, Expression, Series};
use helmholtz::random::Stream;

mod usage;
use usage::{cpu_seconds, peak_mib};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |i: usize, default: &str| arguments.get(i).map_or(default, |a| a).to_owned();
    let points: usize = argument(0, "128").parse()?;
    let steps: usize = argument(1, "2000").parse()?;
    let kernel: Expression = argument(2, "SE+PER2+WN").parse()?;
    let mut rng = Stream::at([1, 0, 0, 0]);
    let series = Series::even((0..points).map(|_| rng.normal()).collect())?;
    let config = Config::default();
    let start = cpu_seconds()?;
    for _ in 0..steps {
        std::hint::black_box(log_likelihood(&config, &kernel, &series, true));
    }
    let us = 1e6 * (cpu_seconds()? - start) / steps as f64;
    println!(r#"{{"us":{us:.2},"peak_mib":{:.0}}}"#, peak_mib()?);
    Ok(())
}
