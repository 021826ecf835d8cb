//! Makes the model of time series that ships with the library: prior and guide learn from hand-written
//! kernels, then from built-in series. Writes `pretrained.safetensors` and `pretrained.toml` into a folder.
//!
//! `timeseries_pretrained FOLDER [STEPS]`

use std::error::Error;
use std::path::Path;

use helmholtz::domain::timeseries::training::generate;
use helmholtz::domain::timeseries::{Config, Series, SeriesDomain};

mod ship;
use ship::ship;

/// Built-in series that the shipped model has seen.
const SERIES: usize = 200;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let folder = Path::new(arguments.get(1).map_or(".", String::as_str));
    let steps = arguments.get(2).map_or(Ok(3_000), |s| s.parse())?;
    let mut config = Config {
        pretraining: steps * 9 / 10,
        hidden: 64,
        ..Config::default()
    };
    config.learning.steps = steps;
    config.learning.batch = 20;
    config.learning.particles = 20;
    config.learning.refinement = 1;
    let drawn = generate(&config, SERIES, 0)?;
    let data: Vec<Series> = drawn.into_iter().map(|(_, series)| series).collect();
    ship::<SeriesDomain>(folder, &config, &data)
}
