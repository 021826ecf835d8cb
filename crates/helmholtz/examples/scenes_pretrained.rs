//! Makes the model of scenes that ships with the library: it learns from a thousand built-in ones. Writes
//! `pretrained.safetensors` and `pretrained.toml` into a folder.
//!
//! `scenes_pretrained FOLDER [STEPS]`

use std::error::Error;
use std::path::Path;

use helmholtz::domain::scenes::{Arrangement, Config, SceneDomain, generate};

mod ship;
use ship::ship;

/// Scenes that the shipped model has seen.
const SCENES: usize = 1_000;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let folder = Path::new(arguments.get(1).map_or(".", String::as_str));
    let mut config = Config {
        learned_prior: true,
        ..Config::default()
    };
    config.learning.steps = 6_000;
    if let Some(steps) = arguments.get(2) {
        config.learning.steps = steps.parse()?;
    }
    let data = generate(&config, Arrangement::Paper, SCENES, 0);
    ship::<SceneDomain>(folder, &config, &data)
}
