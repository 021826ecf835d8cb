//! Pictures of explanations: what was seen, and parses of it from several sides (HMWS, Fig. 8).

use super::config::Config;
use super::image::Image;
use super::model::SceneModel;
use super::program::Stacks;
use super::render::Tower;
use crate::picture::{PictureError, write_colours};

/// From where parses are shown, in degrees above the horizon and to the left: from the front the camera stands where the
/// model's does.
pub const VIEWS: [[f64; 2]; 3] = [[0.1, 0.0], [15.0, 40.0], [15.0, -40.0]];

/// How much smaller blocks are shown from the sides, so that one sees where one ends and the next begins.
const APART: f64 = 0.05;

/// The same towers with gaps between blocks.
fn apart(towers: &[Tower]) -> Vec<Tower> {
    let mut towers = towers.to_vec();
    for block in towers.iter_mut().flat_map(|tower| &mut tower.blocks) {
        for (low, extent) in block.low.iter_mut().zip(&mut block.extent) {
            *low += 0.5 * APART * *extent;
            *extent *= 1.0 - APART;
        }
    }
    towers
}

/// Rows of square panels.
#[derive(Clone, Debug, Default)]
pub struct Picture {
    size: usize,
    /// Red, green and blue of each pixel of each panel.
    rows: Vec<Vec<Vec<u8>>>,
}

/// Between one panel and the next.
const LINE: u8 = 190;
/// A panel has at least so many pixels in either direction.
const PANEL: usize = 128;

impl Picture {
    /// With panels of so many pixels in either direction.
    pub fn new(size: usize) -> Self {
        Self { size, rows: vec![] }
    }

    /// Adds a row: an image where there is one, and what it may show.
    pub fn add(
        &mut self,
        config: &Config,
        model: &SceneModel,
        image: Option<&Image>,
        shown: &[(&Stacks, &[f64])],
    ) {
        let mut row: Vec<Vec<u8>> = image.iter().map(|image| image.levels()).collect();
        let views = |(stacks, positions): &(&Stacks, &[f64])| {
            let towers = config.ground().towers(stacks, &model.kinds(), positions);
            let view = move |[elevation, azimuth]: [f64; 2]| {
                let elevation = if azimuth == 0.0 {
                    config.elevation
                } else {
                    elevation
                };
                let renderer = config.ground().renderer([elevation, azimuth], config.size);
                Image::rounded(config.size, &renderer.picture(&towers)).levels()
            };
            VIEWS.map(view)
        };
        row.extend(shown.iter().flat_map(views));
        self.rows.push(row);
    }

    /// Adds images side by side.
    pub fn add_images<'a>(&mut self, images: impl Iterator<Item = &'a Image>) {
        self.rows.push(images.map(Image::levels).collect());
    }

    /// As PNG.
    ///
    /// # Errors
    /// When there is nothing, or too much.
    pub fn png(&self) -> Result<Vec<u8>, PictureError> {
        let size = self.size;
        let widest = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = widest * (size + 1) + 1;
        let line = vec![LINE; 3 * width];
        let mut levels = line.clone();
        for panels in &self.rows {
            for row in 0..size {
                levels.extend([LINE; 3]);
                for panel in 0..widest {
                    match panels.get(panel) {
                        Some(panel) => levels.extend(&panel[3 * row * size..3 * (row + 1) * size]),
                        None => levels.extend(vec![u8::MAX; 3 * size]),
                    }
                    levels.extend([LINE; 3]);
                }
            }
            levels.extend(&line);
        }
        let scale = PANEL.div_ceil(size.max(1));
        write_colours((width, levels.len() / (3 * width)), &levels, scale)
    }
}
