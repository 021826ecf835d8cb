//! Makes the model that ships with the library: trains on the built-in concepts and writes
//! `pretrained.safetensors` and `pretrained.toml` into a folder.
//!
//! `strings_pretrained FOLDER [STEPS]`

use std::error::Error;
use std::path::Path;

use helmholtz::domain::strings::{Config, StringDomain, builtin};

mod ship;
use ship::ship;

/// The seed of the built-in concepts that the shipped model has seen.
const CONCEPTS: u64 = 0;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let folder = Path::new(arguments.get(1).map_or(".", String::as_str));
    let steps = arguments.get(2).map_or(Ok(10_000), |s| s.parse())?;
    let mut config = Config {
        pretraining: steps / 4,
        ..Config::default()
    };
    config.learning.steps = steps;
    let concepts = builtin::concepts(CONCEPTS, 2 * builtin::DEFAULT_COUNT);
    ship::<StringDomain>(folder, &config, &concepts)
}
