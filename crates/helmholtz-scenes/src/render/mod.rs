//! What a camera sees of towers of blocks, and how a squared error changes with every number of every block.
//!
//! A block's silhouette is antialiased exactly ([`cover`]); so a picture is a smooth function of sizes and positions, and
//! its gradient needs no softened edges. What hides what is known beforehand: towers stand in the cells of a grid, so that
//! planes between cells, and between the blocks of a tower, separate them, and of two things the one on the side of the
//! eye is in front. (With the freest positions, tall towers may reach over such a plane; then the one whose cell is nearer hides the
//! other as a whole.) In a pixel that several blocks touch, those of one tower lie side by side, as a block and the one that
//! stands on it do; what is behind a tower shows through what it leaves free of the pixel.

mod block;
mod camera;
mod cover;

use crate::area::Area;
pub use block::Block;
pub use camera::{Camera, Vector};

use super::image::{GROUND, Image};
use block::Cover;

/// Blocks on top of each other, the lowest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tower {
    /// Where the middle of its cell is, to the right and away.
    pub cell: [f64; 2],
    /// Its blocks.
    pub blocks: Vec<Block>,
}

/// Makes pictures of towers.
#[derive(Clone, Copy, Debug)]
pub struct Renderer {
    camera: Camera,
    size: usize,
}

/// A block with what it was drawn on.
struct Layer {
    /// Its tower, and its number there.
    at: [usize; 2],
    cover: Cover,
    colour: [f32; 3],
    /// What the blocks of its tower before it have left of each pixel.
    room: Vec<f32>,
}

/// A tower as it was drawn: its blocks, the nearest first.
struct Drawn {
    area: Area,
    layers: Vec<Layer>,
    /// What the towers before it have left of each pixel.
    through: Vec<f32>,
    /// How much of it the tower covers.
    filled: Vec<f32>,
}

/// What has been drawn, within the rectangle that anything is drawn in.
struct Canvas {
    area: Area,
    towers: Vec<Drawn>,
    colours: [Vec<f32>; 3],
}

impl Renderer {
    /// Pictures by a camera, of so many pixels in either direction.
    pub fn new(camera: Camera, size: usize) -> Self {
        Self { camera, size }
    }

    /// A picture: red, green and blue of every pixel, row by row from the upper left.
    pub fn picture(&self, towers: &[Tower]) -> [Vec<f32>; 3] {
        let canvas = self.draw(towers);
        let whole = Area::square(self.size);
        canvas.colours.map(|plane| {
            let mut all = vec![GROUND; whole.len()];
            let rows = plane.chunks_exact(canvas.area.width.max(1));
            for (to, row) in canvas.area.rows_within(whole).zip(rows) {
                all[to].copy_from_slice(row);
            }
            all
        })
    }

    /// The squared differences from an image, summed over pixels and colours.
    pub fn error(&self, towers: &[Tower], image: &Image) -> f64 {
        let canvas = self.draw(towers);
        canvas.error(image, &image.within(canvas.area))
    }

    /// The same with its gradient by every number of every block.
    pub fn error_and_gradient(&self, towers: &[Tower], image: &Image) -> (f64, Vec<Vec<Block>>) {
        let canvas = self.draw(towers);
        let seen = image.within(canvas.area);
        let error = canvas.error(image, &seen);
        let by_colours = canvas.by_colours(seen);
        let mut gradient: Vec<Vec<Block>> = towers
            .iter()
            .map(|tower| vec![Block::default(); tower.blocks.len()])
            .collect();
        canvas.pull(&by_colours, |[tower, block], by| {
            gradient[tower][block] = by
        });
        (error, gradient)
    }

    /// Of every block, the share of what it covers that no other hides.
    pub fn visible(&self, towers: &[Tower]) -> Vec<Vec<f64>> {
        let mut shares: Vec<Vec<f64>> = towers.iter().map(|t| vec![0.0; t.blocks.len()]).collect();
        for tower in &self.draw(towers).towers {
            for layer in &tower.layers {
                let [t, block] = layer.at;
                shares[t][block] = layer.seen(tower);
            }
        }
        shares
    }

    fn draw(&self, towers: &[Tower]) -> Canvas {
        let eye = self.camera.eye();
        let mut order: Vec<usize> = (0..towers.len()).collect();
        let away = |t: usize| {
            let [x, z] = towers[t].cell;
            ((z - eye[2]).abs(), (x - eye[0]).abs())
        };
        order.sort_by(|&a, &b| {
            let (a, b) = (away(a), away(b));
            a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
        });
        let layers: Vec<Vec<Layer>> = order
            .into_iter()
            .map(|t| self.layers(t, &towers[t]))
            .collect();
        Canvas::new(layers)
    }

    /// The blocks of a tower, those nearest to the height of the eye first.
    fn layers(&self, number: usize, tower: &Tower) -> Vec<Layer> {
        let eye = self.camera.eye()[1];
        let away = |block: &Block| {
            let (low, high) = (block.low[1], block.low[1] + block.extent[1]);
            (low - eye).max(eye - high).max(0.0)
        };
        let mut order: Vec<usize> = (0..tower.blocks.len()).collect();
        order.sort_by(|&a, &b| away(&tower.blocks[a]).total_cmp(&away(&tower.blocks[b])));
        let layer = |b: usize| Layer {
            at: [number, b],
            cover: Cover::new(&tower.blocks[b], &self.camera, self.size),
            colour: tower.blocks[b].colour.map(|c| c as f32),
            room: vec![],
        };
        order.into_iter().map(layer).collect()
    }
}

impl Layer {
    /// The share of what it covers that is seen.
    fn seen(&self, tower: &Drawn) -> f64 {
        let (mut all, mut seen) = (0.0, 0.0);
        let rows = self.cover.area.rows_within(tower.area);
        let places = rows.flatten().enumerate();
        for (i, place) in places {
            let coverage = self.cover.coverage[i];
            let free = shown(coverage, self.room[i]) * tower.through[place];
            all += f64::from(coverage);
            seen += f64::from(coverage * free);
        }
        if all > 0.0 { seen / all } else { 0.0 }
    }
}

impl Canvas {
    /// Draws towers, the nearest first.
    fn new(towers: Vec<Vec<Layer>>) -> Self {
        let within = |layers: &[Layer]| {
            let areas = layers.iter().map(|layer| layer.cover.area);
            areas.fold(Area::default(), Area::union)
        };
        let areas: Vec<Area> = towers.iter().map(|layers| within(layers)).collect();
        let area = areas.iter().copied().fold(Area::default(), Area::union);
        let mut canvas = Self {
            area,
            towers: vec![],
            colours: std::array::from_fn(|_| vec![0.0; area.len()]),
        };
        let mut through = vec![1.0; area.len()];
        for (own, layers) in areas.into_iter().zip(towers).filter(|t| !t.0.is_empty()) {
            let drawn = canvas.add(own, layers, &through);
            for (row, to) in own.rows_within(area).enumerate() {
                let filled = &drawn.filled[row * own.width..][..own.width];
                let left = through[to].iter_mut().zip(filled);
                left.for_each(|(t, f)| *t *= 1.0 - f);
            }
            canvas.towers.push(drawn);
        }
        for plane in &mut canvas.colours {
            let pixels = plane.iter_mut().zip(&through);
            pixels.for_each(|(c, t)| *c += t * GROUND);
        }
        canvas
    }

    fn add(&mut self, area: Area, mut layers: Vec<Layer>, through: &[f32]) -> Drawn {
        let left = area.rows_within(self.area).map(|row| &through[row]);
        let through = left.collect::<Vec<_>>().concat();
        let mut filled = vec![0.0; area.len()];
        for layer in &mut layers {
            let own = layer.cover.area;
            layer.room = Vec::with_capacity(own.len());
            let rows = own.rows_within(area).zip(own.rows_within(self.area));
            for (row, (tower, canvas)) in rows.enumerate() {
                let own = row * own.width..(row + 1) * own.width;
                let coverage = &layer.cover.coverage[own.clone()];
                let filled = &mut filled[tower.clone()];
                let first = layer.room.len();
                layer.room.extend(filled.iter().map(|f| 1.0 - f));
                let room = &layer.room[first..];
                for (f, (c, r)) in filled.iter_mut().zip(coverage.iter().zip(room)) {
                    *f += c.min(*r);
                }
                let light = &layer.cover.light[own];
                let seen: Vec<f32> = (0..room.len())
                    .map(|i| through[tower.start + i] * shown(coverage[i], room[i]) * light[i])
                    .collect();
                for (plane, colour) in self.colours.iter_mut().zip(layer.colour) {
                    let pixels = plane[canvas.clone()].iter_mut().zip(&seen);
                    pixels.for_each(|(p, s)| *p += colour * s);
                }
            }
        }
        Drawn {
            area,
            layers,
            through,
            filled,
        }
    }

    /// The squared differences from an image, of which `seen` is what lies within the rectangle.
    fn error(&self, image: &Image, seen: &[Vec<f32>; 3]) -> f64 {
        let planes = self.colours.iter().zip(seen);
        let rows = planes.flat_map(|(plane, seen)| plane.chunks(ROW).zip(seen.chunks(ROW)));
        image.error() + rows.map(|(c, x)| f64::from(gain(c, x))).sum::<f64>()
    }

    /// The gradient of the same by the colours of every pixel.
    fn by_colours(&self, mut seen: [Vec<f32>; 3]) -> [Vec<f32>; 3] {
        for (plane, seen) in self.colours.iter().zip(&mut seen) {
            let pixels = plane.iter().zip(seen);
            pixels.for_each(|(c, x)| *x = 2.0 * (c - *x));
        }
        seen
    }

    /// Hands the gradient by every block to `take`, given that by the colours of every pixel.
    fn pull(&self, by_colours: &[Vec<f32>; 3], mut take: impl FnMut([usize; 2], Block)) {
        let [r, g, b] = by_colours;
        let mut by_through: Vec<f32> = (0..r.len())
            .map(|i| GROUND * (r[i] + g[i] + b[i]))
            .collect();
        for tower in self.towers.iter().rev() {
            let mut by_filled = Vec::with_capacity(tower.area.len());
            for row in tower.area.rows_within(self.area) {
                for by in &mut by_through[row] {
                    let i = by_filled.len();
                    by_filled.push(-*by * tower.through[i]);
                    *by *= 1.0 - tower.filled[i];
                }
            }
            for layer in tower.layers.iter().rev() {
                let by =
                    self.pull_layer((tower, layer), by_colours, &mut by_filled, &mut by_through);
                take(layer.at, by);
            }
        }
    }

    fn pull_layer(
        &self,
        (tower, layer): (&Drawn, &Layer),
        by_colours: &[Vec<f32>; 3],
        by_filled: &mut [f32],
        by_through: &mut [f32],
    ) -> Block {
        let (cover, colour) = (&layer.cover, layer.colour);
        let own = cover.area;
        let mut by_coverage = vec![0.0; own.len()];
        let mut by_light = vec![0.0; own.len()];
        let mut by_colour = [0.0; 3];
        let rows = own.rows_within(tower.area).zip(own.rows_within(self.area));
        for (row, (in_tower, in_canvas)) in rows.enumerate() {
            for x in 0..own.width {
                let (i, t, c) = (row * own.width + x, in_tower.start + x, in_canvas.start + x);
                let (coverage, room, light) = (cover.coverage[i], layer.room[i], cover.light[i]);
                let by = by_colours.each_ref().map(|plane| plane[c]);
                let (share, through) = (shown(coverage, room), tower.through[t]);
                let by_seen = by[0] * colour[0] + by[1] * colour[1] + by[2] * colour[2];
                by_light[i] = through * share * by_seen;
                by_through[c] += share * light * by_seen;
                let seen = f64::from(through * share * light);
                for (to, by) in by_colour.iter_mut().zip(by) {
                    *to += seen * f64::from(by);
                }
                if coverage <= room {
                    by_coverage[i] = by_filled[t];
                } else {
                    let by_share = through * light * by_seen;
                    by_coverage[i] = -by_share * room / (coverage * coverage);
                    by_filled[t] = -by_share / coverage;
                }
            }
        }
        Block {
            colour: by_colour,
            ..cover.pull(&by_coverage, &by_light)
        }
    }
}

/// The share of a block's part of a pixel that is seen, where the blocks before it have left some room.
fn shown(coverage: f32, room: f32) -> f32 {
    if coverage > room {
        room / coverage
    } else {
        1.0
    }
}

/// Pixels that are summed before their sum goes into a longer number.
const ROW: usize = 256;
/// Sums at a time, so that none waits for the one before.
const LANES: usize = 16;

/// By how much the squared error of some pixels is more than that of an empty scene.
fn gain(colours: &[f32], seen: &[f32]) -> f32 {
    let one = |c: f32, x: f32| (c - x) * (c - x) - (GROUND - x) * (GROUND - x);
    let (colours, rest) = colours.as_chunks::<LANES>();
    let (seen, others) = seen.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for (colours, seen) in colours.iter().zip(seen) {
        let lanes = sums.iter_mut().zip(colours.iter().zip(seen));
        lanes.for_each(|(sum, (&c, &x))| *sum += one(c, x));
    }
    let rest = rest.iter().zip(others).map(|(&c, &x)| one(c, x));
    sums.iter().sum::<f32>() + rest.sum::<f32>()
}

#[cfg(test)]
mod tests;
