//! Drawn characters, explained by the strokes that drew them (MWS, section 4.2).
//!
//! A program is a list of strokes out of a bank, placed end to end, each with the pen on the page or above it. What
//! strokes look like is learned with everything else: where they lead, how they bend, how wide and how sharp they are.
//! An image is what the strokes draw ([`Renderer`]), moved and stretched a little, with noise in every pixel. Where
//! images have a class, such as an alphabet, programs depend on it.

pub mod builtin;
pub mod config;
pub mod evaluate;
pub mod explain;
pub mod guide;
pub mod image;
pub mod model;
mod net;
mod pretrained;
mod product;
pub mod program;
pub mod read;
mod render;
pub mod search;
pub mod training;
mod trial;

pub use builtin::{BUILTIN_IMAGES, generate};
pub use config::{Config, Ink};
pub use guide::{CharacterGuide, Encoding};
pub use image::{Character, Drawn, Image, NotAnImage};
pub use model::CharacterModel;
pub use net::Writer;
pub use pretrained::pretrained;
pub use program::{Begun, Grammar, MOST_BANK, MOST_STROKES, NotAStroke, Program, Stroke, Strokes};
pub use render::{Line, Renderer};
pub use training::{CharacterDomain, CharacterLearner, characters};
