//! Makes the model of characters that ships with the library: it learns from invented alphabets. Writes
//! `pretrained.safetensors` and `pretrained.toml` into a folder.
//!
//! `characters_pretrained FOLDER [STEPS]`

use std::error::Error;
use std::path::Path;

use helmholtz::domain::characters::{CharacterDomain, Config, Drawn, generate};

mod ship;
use ship::ship;

/// Sets of five alphabets that the shipped model has seen.
const SETS: u64 = 4;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let folder = Path::new(arguments.get(1).map_or(".", String::as_str));
    let mut config = Config {
        conditional: false,
        ..Config::default()
    };
    if let Some(steps) = arguments.get(2) {
        config.learning.steps = steps.parse()?;
    }
    let data: Vec<Drawn> = (0..SETS)
        .flat_map(|seed| generate(config.size, seed))
        .collect();
    ship::<CharacterDomain>(folder, &config, &data)
}
