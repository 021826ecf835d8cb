//! Pictures of towers, explained by the blocks that they are built of (HMWS, section 4.2).
//!
//! A program says which kinds of blocks stand on each other in every cell of a grid on the ground. Where exactly each
//! stands is continuous, and what blocks of a kind are like, how large and of which colour, is learned with everything
//! else: the renderer ([`Renderer`]) tells how a picture changes with every edge, colour and position.

mod area;
pub mod builtin;
mod choices;
pub mod config;
pub mod drawing;
mod encoder;
pub mod evaluate;
pub mod explain;
mod guide;
mod image;
mod model;
mod placement;
mod pretrained;
mod product;
pub mod program;
pub mod read;
mod render;
pub mod scene;
pub mod score;
pub mod search;
pub mod training;
mod trial;
mod words;

pub use area::Area;
pub use builtin::{
    Arrangement, BUILTIN_SCENES, MOST_MANY, generate, generate_of, many_kinds, true_kinds,
};
pub use config::{Config, Reader, Shape};
pub use drawing::{MOST_ROWS, Picture, SIDES};
pub use guide::{Encoding, SceneGuide};
pub use image::Image;
pub use model::SceneModel;
pub use placement::{Ground, Kind, Pulled};
pub use pretrained::pretrained;
pub use program::{MOST_CELLS, MOST_HIGH, MOST_KINDS, NotAScene, Plan, Stacks, letter};
pub use render::{Block, Camera, Renderer, Tower, Vector};
pub use scene::{Scene, Truth};
pub use training::{SceneDomain, SceneLearner, images};

#[cfg(test)]
mod tests;
