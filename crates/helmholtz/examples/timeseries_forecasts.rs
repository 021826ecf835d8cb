//! Forecasts of the last values of many series, and how good they were, as JSON lines.
//!
//! `timeseries_forecasts FILE.csv [SEEN=96] [AHEAD=32]`: every row of the file is a series; the first SEEN values
//! are seen, the next AHEAD forecast by the model that ships.

#![allow(clippy::print_stdout, reason = "a program's result")]

use std::error::Error;
use std::path::Path;

use helmholtz::domain::timeseries::explain::ExplainOptions;
use helmholtz::domain::timeseries::pretrained;
use helmholtz::domain::timeseries::read::read_rows;
use helmholtz::domain::timeseries::score::score_forecast;

mod usage;
use usage::cpu_seconds;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let path = arguments.get(1).ok_or("name a file")?;
    let number = |i: usize, default: usize| arguments.get(i).map_or(Ok(default), |a| a.parse());
    let (seen, ahead) = (number(2, 96)?, number(3, 32)?);
    let (_, model, guide) = pretrained()?;
    for mut named in read_rows(Path::new(path))? {
        let actual: Vec<f64> = named
            .values
            .iter()
            .skip(seen)
            .take(ahead)
            .copied()
            .collect();
        named.values.truncate(seen);
        named.times.truncate(seen);
        let start = cpu_seconds()?;
        let scores = score_forecast(&model, &guide, &named, &actual, &ExplainOptions::default())?;
        let mut line = serde_json::to_value(&scores)?;
        line["name"] = named.name.into();
        line["cpu_s"] = (cpu_seconds()? - start).into();
        println!("{line}");
    }
    Ok(())
}
