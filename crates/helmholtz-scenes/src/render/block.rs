//! A block as it stands in the world, and as it is seen.

use super::camera::{Camera, Vector};
use super::cover::{add_edge, edges, pull_edge, twice_area};
use crate::area::Area;

/// A box with sides along the axes of the world; or the gradient of something by its numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Block {
    /// Its lower left near corner.
    pub low: Vector,
    /// Width, height and depth.
    pub extent: Vector,
    /// Red, green and blue, from 0 to 1, in full light.
    pub colour: [f64; 3],
}

/// How much of the light comes from everywhere.
const AMBIENT: f64 = 0.5;
/// Where the rest comes from, seen from the scene: from the left, above and before it.
const LIGHT: Vector = [-0.35, 0.61, -0.71];

/// How bright a face is that looks along an axis, up or down it.
pub(super) fn brightness(axis: usize, up: bool) -> f64 {
    let towards = if up { LIGHT[axis] } else { -LIGHT[axis] };
    AMBIENT + (1.0 - AMBIENT) * towards.max(0.0)
}

/// A face that is seen.
#[derive(Clone, Copy, Debug)]
struct Face {
    /// Which corners, round as the hands of a clock in the picture.
    corners: [usize; 4],
    brightness: f32,
}

/// The silhouette of a block, pixel by pixel.
pub(super) struct Cover {
    pub(super) area: Area,
    /// The share of a pixel that the block covers.
    pub(super) coverage: Vec<f32>,
    /// The same, with each face by its brightness.
    pub(super) light: Vec<f32>,
    faces: Vec<Face>,
    places: [[f64; 2]; 8],
    /// The derivatives of the places by the corners.
    by_corner: [[Vector; 2]; 8],
}

/// A face smaller than this, in pixels, is not seen.
const SMALLEST: f64 = 1e-9;

/// Whether corner i is at the upper end of an axis.
fn upper(corner: usize, axis: usize) -> bool {
    corner >> axis & 1 == 1
}

impl Cover {
    pub(super) fn new(block: &Block, camera: &Camera, size: usize) -> Self {
        let corner = |i: usize| -> Vector {
            let end = |axis| {
                if upper(i, axis) {
                    block.extent[axis]
                } else {
                    0.0
                }
            };
            std::array::from_fn(|axis| block.low[axis] + end(axis))
        };
        let seen: [_; 8] = std::array::from_fn(|i| camera.project(corner(i)));
        let places = seen.map(|s| s.0);
        let faces = faces(block, camera.eye(), &places);
        let area = Area::around(&places, size);
        let mut cover = Self {
            coverage: vec![0.0; area.len()],
            light: vec![0.0; area.len()],
            by_corner: seen.map(|s| s.1),
            area,
            faces,
            places,
        };
        cover.fill();
        cover
    }

    fn fill(&mut self) {
        for face in &self.faces {
            for edge in edges(&face.corners.map(|i| self.places[i])) {
                add_edge(edge, &self.area, |pixel, more| {
                    self.coverage[pixel] += more;
                    self.light[pixel] += face.brightness * more;
                });
            }
        }
        for plane in [&mut self.coverage, &mut self.light] {
            for row in plane.chunks_exact_mut(self.area.width.max(1)) {
                let mut sum = 0.0;
                for pixel in row {
                    sum += *pixel;
                    // Sums of what cancels leave a rest of rounding.
                    *pixel = if sum > ROUNDING { sum.min(1.0) } else { 0.0 };
                }
            }
        }
    }

    /// The gradient by low corner and extent, given those by coverage and light.
    pub(super) fn pull(&self, by_coverage: &[f32], by_light: &[f32]) -> Block {
        let mut by_place = [[0.0; 2]; 8];
        for face in &self.faces {
            let weight = |pixel: usize| by_coverage[pixel] + face.brightness * by_light[pixel];
            for (i, edge) in edges(&face.corners.map(|i| self.places[i]))
                .into_iter()
                .enumerate()
            {
                let ends = pull_edge(edge, &self.area, weight);
                for (end, by) in ends.iter().enumerate() {
                    let to = &mut by_place[face.corners[(i + end) % 4]];
                    to.iter_mut().zip(by).for_each(|(to, by)| *to += by);
                }
            }
        }
        let mut gradient = Block::default();
        for (i, (by, moves)) in by_place.iter().zip(&self.by_corner).enumerate() {
            let along = moves[0].iter().zip(moves[1]).enumerate();
            for (axis, (x, y)) in along {
                let by = by[0] * x + by[1] * y;
                gradient.low[axis] += by;
                gradient.extent[axis] += if upper(i, axis) { by } else { 0.0 };
            }
        }
        gradient
    }
}

/// Less coverage than this is none.
const ROUNDING: f32 = 1e-5;

/// The faces of a block that look at the eye.
fn faces(block: &Block, eye: Vector, places: &[[f64; 2]; 8]) -> Vec<Face> {
    let mut faces = vec![];
    for (axis, up) in (0..6).map(|i| (i / 2, i % 2 == 1)) {
        let (low, high) = (block.low[axis], block.low[axis] + block.extent[axis]);
        let seen = if up {
            eye[axis] > high
        } else {
            eye[axis] < low
        };
        let (a, b) = (1 << ((axis + 1) % 3), 1 << ((axis + 2) % 3));
        let first = if up { 1 << axis } else { 0 };
        let mut corners = [first, first + a, first + a + b, first + b];
        let area = twice_area(&corners.map(|i| places[i]));
        if area < 0.0 {
            corners.reverse();
        }
        if seen && area.abs() > SMALLEST {
            let brightness = brightness(axis, up) as f32;
            faces.push(Face {
                corners,
                brightness,
            });
        }
    }
    faces
}
