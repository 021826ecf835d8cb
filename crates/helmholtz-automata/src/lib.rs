//! Images that a one-dimensional automaton drew, explained by its rule (MWS, section 4.4).
//!
//! A column of cells decides the next one, each cell by itself and its neighbours, by a rule that is the
//! program; some cells are flipped by noise, and how many is what the model has to learn. It can only as
//! far as rules are found: with the wrong rule for an image, half its cells look like noise.
//!
//! Given the noise, everything about an image is known in closed form ([`exact`]), so what an algorithm
//! learns stands next to the best that there is. [`explain`] is the same for one picture.

pub mod config;
pub mod counts;
pub mod evaluate;
pub mod exact;
pub mod explain;
mod guide;
pub mod image;
mod model;
pub mod picture;
mod product;
pub mod rule;
pub mod training;

pub use config::Config;
pub use counts::{CELLS, Counts, NotCounts};
pub use guide::{AutomataGuide, Encoding};
pub use image::{Image, SIZE};
pub use model::{AutomataModel, sample_image, sample_rule};
pub use picture::{PictureError, read_png, read_png_file, write_png};
pub use rule::{Neighbours, NotARule, Rule};
pub use training::AutomataDomain;
