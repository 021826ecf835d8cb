//! Pictures of explanations: what was seen, and parses of it from several sides (HMWS, Fig. 8).

use super::config::Config;
use super::image::Image;
use super::model::SceneModel;
use super::program::Stacks;
use super::render::Tower;
use helmholtz_data::picture::{PictureError, write_colours};

/// From where parses are shown besides the front, in degrees above the horizon and to the left.
pub const SIDES: [[f64; 2]; 2] = [[15.0, 40.0], [15.0, -40.0]];

/// How much smaller blocks are shown from the sides, so that one sees where one ends and the next begins.
const APART: f64 = 0.12;

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

/// The most rows of a picture: its memory is bounded.
pub const MOST_ROWS: usize = 500;
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
            let drawn = |angles: [f64; 2], towers: &[Tower]| {
                let renderer = config.ground().renderer(angles, config.size);
                Image::rounded(config.size, &renderer.picture(towers)).levels()
            };
            let front = drawn([config.elevation, 0.0], &towers);
            let apart = apart(&towers);
            let sides = SIDES.map(|angles| drawn(angles, &apart));
            [front].into_iter().chain(sides).collect::<Vec<_>>()
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
    /// When there is nothing.
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
