//! The renderer: strokes of a bank, drawn end to end, as probabilities of ink, and what an image pulls at them.
//!
//! A stroke's ink at distance d is exp(min(0, u^2 (w^2 - d^2))), full up to the width w and fading beyond it the
//! faster the sharper u; a pixel takes the most ink of any stroke. Its logit is scale * ink + bias, and at least
//! log 1e-6, which is all that a page without strokes has. Arcs are those of MWS, supplement F; ink is that of the authors'
//! program.
//!
//! Plain functions of `f32` parameters, no tensors: the value and, where it is wanted, the gradient by every
//! parameter in reverse. A pixel pulls at its nearest stroke only, which makes the way back cheaper than the way
//! forth.

mod arc;
mod maps;
mod sample;

use arc::{Arc, Pulls, Shape, draw, exponentials, slope};
use maps::{Map, PAGES, Pages, marginal, row};

pub use sample::Line;

use super::image::Image;
use super::program::Stroke;
use helmholtz_math::simd::ln;

/// The odds of ink on a page without strokes.
const BLANK: f32 = 1e-6;
/// The most odds of ink: the probability of none is at least what the one of ink is on a blank page.
const FULL: f32 = 1.0 / BLANK;
/// The probability of ink on such a page.
fn blank() -> f32 {
    BLANK / (1.0 + BLANK)
}

/// The farthest that a stroke leads in either direction; the canvas is 1 wide.
const FARTHEST: f32 = 0.66;
/// The greatest width.
const WIDEST: f32 = 0.1;
/// Where the pen is at first.
const CENTRE: [f32; 2] = [0.5, 0.5];

/// Raw parameters of a stroke: displacement, angle, width, sharpness.
pub(super) const PER_STROKE: usize = 5;
/// Raw parameters of all strokes together: scale and bias.
pub(super) const COMMON: usize = 2;
/// Raw parameters of a map.
pub(super) const PER_MAP: usize = maps::PARAMETERS;

/// Rows that are scored together.
pub(super) const BLOCK: usize = PAGES;

/// Strokes as their raw parameters say, ready to draw on a canvas.
#[derive(Clone, Debug)]
pub struct Renderer {
    size: usize,
    /// Of every pixel, row by row from the upper left.
    xs: Vec<f32>,
    ys: Vec<f32>,
    shapes: Vec<Shape>,
    /// The derivative of every number of a shape by its raw parameter.
    slopes: Vec<[f32; PER_STROKE]>,
    scale: f32,
    scale_slope: f32,
    bias: f32,
    maps: Vec<Map>,
}

/// The exponent of every pixel's ink, and the stroke that it comes from.
struct Drawing {
    arcs: Vec<Arc>,
    exponents: Vec<f32>,
    nearest: Vec<i32>,
    /// The odds of ink.
    odds: Vec<f32>,
    ink: Vec<f32>,
}

impl Renderer {
    /// From raw parameters: [`PER_STROKE`] for each of `strokes`, [`COMMON`], and [`PER_MAP`] for each of any number of
    /// maps. Images have `size` pixels in either direction. Without `curved` all strokes are straight.
    pub(super) fn new(raw: &[f32], strokes: usize, curved: bool, size: usize) -> Self {
        let (own, rest) = raw.split_at(strokes * PER_STROKE);
        let (common, maps) = rest.split_at(COMMON);
        let each = own.as_chunks::<PER_STROKE>().0;
        let decoded: Vec<_> = each.iter().map(|raw| decode(raw, curved)).collect();
        let last = (size - 1).max(1) as f32;
        Self {
            size,
            xs: (0..size * size).map(|i| (i % size) as f32 / last).collect(),
            ys: (0..size * size)
                .map(|i| 1.0 - (i / size) as f32 / last)
                .collect(),
            shapes: decoded.iter().map(|d| d.0).collect(),
            slopes: decoded.iter().map(|d| d.1).collect(),
            scale: softplus(common[0]),
            scale_slope: sigmoid(common[0]),
            bias: common[1],
            maps: maps
                .as_chunks::<PER_MAP>()
                .0
                .iter()
                .map(|m| Map::new(m, size))
                .collect(),
        }
    }

    /// The arcs of a program, drawn or not, end to end.
    fn arcs(&self, program: &[Stroke]) -> Vec<Arc> {
        let mut at = CENTRE;
        let place = |stroke: &Stroke| {
            let shape = &self.shapes[usize::from(stroke.id)];
            let arc = Arc::new(at, shape);
            at = [0, 1].map(|i| at[i] + shape.displacement[i]);
            arc
        };
        program.iter().map(place).collect()
    }

    fn draw(&self, program: &[Stroke]) -> Drawing {
        let (arcs, n) = (self.arcs(program), self.xs.len());
        let (mut exponents, mut nearest) = (vec![f32::MIN; n], vec![-1; n]);
        for (number, (arc, _)) in arcs.iter().zip(program).enumerate().filter(|a| a.1.1.down) {
            let pixels = (&self.xs[..], &self.ys[..]);
            draw(arc, number as i32, pixels, &mut exponents, &mut nearest);
        }
        let mut ink = vec![0.0; n];
        exponentials(&mut ink, &exponents);
        let mut odds = vec![BLANK; n];
        if program.iter().any(|stroke| stroke.down) {
            let logits: Vec<f32> = ink.iter().map(|i| self.scale * i + self.bias).collect();
            exponentials(&mut odds, &logits);
            odds.iter_mut().for_each(|o| *o = o.min(FULL) + BLANK);
        }
        Drawing {
            arcs,
            exponents,
            nearest,
            odds,
            ink,
        }
    }

    /// The probability of ink of every pixel, row by row from the upper left.
    pub fn probabilities(&self, program: &[Stroke]) -> Vec<f32> {
        let odds = self.draw(program).odds;
        odds.into_iter().map(|o| o / (1.0 + o)).collect()
    }

    /// log p(x | z) of at most [`BLOCK`] programs, each with its image, and where it is wanted the gradient of each by all
    /// raw parameters, one row per program.
    pub(super) fn score(&self, rows: &[(&[Stroke], &Image)], wanted: bool) -> (Vec<f64>, Vec<f32>) {
        match self.maps.is_empty() {
            true => self.score_as_drawn(rows, wanted),
            false => self.score_mapped(rows, wanted),
        }
    }

    fn score_as_drawn(&self, rows: &[(&[Stroke], &Image)], wanted: bool) -> (Vec<f64>, Vec<f32>) {
        let (mut values, mut gradients) = (vec![], vec![]);
        for (program, image) in rows {
            let drawing = self.draw(program);
            let mut by_ink = vec![0.0; drawing.odds.len()];
            values.push(bernoulli(&mut by_ink, &drawing.odds, image.ink()).into());
            if wanted {
                let at = gradients.len();
                gradients.resize(at + self.parameters(), 0.0);
                self.pull(&mut gradients[at..], program, &drawing, &by_ink);
            }
        }
        (values, gradients)
    }

    fn score_mapped(&self, rows: &[(&[Stroke], &Image)], wanted: bool) -> (Vec<f64>, Vec<f32>) {
        let drawings: Vec<Drawing> = rows.iter().map(|r| self.draw(r.0)).collect();
        let pages = self.pages(rows, &drawings);
        let marginal = marginal(&self.maps, &pages);
        let values = marginal.values[..rows.len()].to_vec();
        if !wanted {
            return (values, vec![]);
        }
        let (by_maps, by_ink) = marginal.pull(&self.maps, &pages);
        let mut gradients = vec![0.0; rows.len() * self.parameters()];
        let each = gradients.chunks_exact_mut(self.parameters());
        for (l, ((gradient, drawing), row)) in each.zip(&drawings).zip(rows).enumerate() {
            let own: Vec<f32> = (0..self.size)
                .flat_map(|r| by_ink[maps::row(self.size, r)].iter().map(|by| by[l]))
                .collect();
            self.pull(gradient, row.0, drawing, &own);
            let first = self.shapes.len() * PER_STROKE + COMMON;
            let by_maps = by_maps.iter().flatten();
            let to = gradient[first..].iter_mut();
            to.zip(by_maps).for_each(|(to, by)| *to = by[l]);
        }
        (values, gradients)
    }

    /// Drawings side by side.
    fn pages(&self, rows: &[(&[Stroke], &Image)], drawings: &[Drawing]) -> Pages {
        let mut pages = Pages::new(self.size, blank());
        for (l, (drawing, (_, image))) in drawings.iter().zip(rows).enumerate() {
            for (r, odds) in drawing.odds.chunks_exact(self.size).enumerate() {
                for (pixel, odds) in pages.pixels[row(self.size, r)].iter_mut().zip(odds) {
                    pixel.none[l] = 1.0 / (1.0 + odds);
                    pixel.ink[l] = odds * pixel.none[l];
                }
            }
            for (seen, &ink) in pages.seen.iter_mut().zip(image.ink()) {
                seen[l] = f32::from(ink);
            }
        }
        pages
    }

    /// Raw parameters in all.
    fn parameters(&self) -> usize {
        self.shapes.len() * PER_STROKE + COMMON + self.maps.len() * PER_MAP
    }

    /// Adds to the gradient by raw parameters what the probabilities of ink pull at.
    fn pull(&self, gradient: &mut [f32], program: &[Stroke], drawing: &Drawing, by_ink: &[f32]) {
        let mut pulls: Vec<Pulls> = program.iter().map(|_| Pulls::default()).collect();
        let (mut by_scale, mut by_bias) = (0.0, 0.0);
        for (i, (&by, &odds)) in by_ink.iter().zip(&drawing.odds).enumerate() {
            // d p / d logit of scale * ink + bias, whose odds are those of the pixel without the blank page's.
            let none = 1.0 / (1.0 + odds);
            let by_logit = if odds < FULL {
                by * (odds - BLANK) * none * none
            } else {
                0.0
            };
            let by_exponent = by_logit * drawing.ink[i];
            by_scale += by_exponent;
            by_bias += by_logit;
            if drawing.exponents[i] < 0.0 && by_exponent != 0.0 {
                let nearest = &mut pulls[drawing.nearest[i] as usize];
                nearest.push(self.xs[i], self.ys[i], by_exponent * self.scale);
            }
        }
        let common = self.shapes.len() * PER_STROKE;
        gradient[common] += by_scale * self.scale_slope;
        gradient[common + 1] += by_bias;
        self.pull_strokes(gradient, program, &drawing.arcs, &mut pulls);
    }

    /// From the last stroke to the first: a displacement moves all strokes that follow.
    fn pull_strokes(
        &self,
        gradient: &mut [f32],
        program: &[Stroke],
        arcs: &[Arc],
        pulls: &mut [Pulls],
    ) {
        let mut following = [0.0; 2];
        let each = program.iter().zip(arcs).zip(pulls).rev();
        for ((stroke, arc), pulls) in each {
            let slope = slope(arc, pulls);
            let (shape, id) = (slope.shape, usize::from(stroke.id));
            let by = [
                shape.displacement[0] + following[0],
                shape.displacement[1] + following[1],
                shape.angle,
                shape.width,
                shape.sharpness,
            ];
            let to = gradient[id * PER_STROKE..][..PER_STROKE].iter_mut();
            to.zip(by.iter().zip(&self.slopes[id]))
                .for_each(|(to, (by, slope))| *to += by * slope);
            following = [0, 1].map(|i| following[i] + slope.start[i]);
        }
    }
}

/// The log-likelihood of an image; what it pulls at the probabilities of ink goes to `by_ink`.
#[pulp::with_simd(bernoulli = pulp::Arch::new())]
#[inline(always)]
fn bernoulli_with_simd<'a, S: pulp::Simd>(
    _: S,
    by_ink: &'a mut [f32],
    odds: &'a [f32],
    seen: &'a [u8],
) -> f32 {
    let n = by_ink.len();
    let (odds, seen) = (&odds[..n], &seen[..n]);
    let mut sums = [0.0; PAGES];
    for i in 0..n {
        let ink = f32::from(seen[i]);
        // Of the probability of what is seen: odds / (1 + odds) or 1 / (1 + odds).
        let over = (1.0 + odds[i]) / (1.0 + ink * (odds[i] - 1.0));
        by_ink[i] = over * (2.0 * ink - 1.0);
        sums[i % PAGES] -= ln(over);
    }
    sums.iter().sum()
}

/// The numbers of a shape and their derivatives by the raw parameters.
fn decode(raw: &[f32; PER_STROKE], curved: bool) -> (Shape, [f32; PER_STROKE]) {
    use std::f32::consts::PI;
    let [dx, dy, angle, width, sharpness] = *raw;
    let bend = if curved { PI } else { 0.0 };
    let (tx, ty, part) = (dx.tanh(), dy.tanh(), sigmoid(width));
    let shape = Shape {
        displacement: [FARTHEST * tx, FARTHEST * ty],
        angle: bend * angle,
        width: WIDEST * part,
        sharpness,
    };
    let slopes = [
        FARTHEST * (1.0 - tx * tx),
        FARTHEST * (1.0 - ty * ty),
        bend,
        shape.width * (1.0 - part),
        1.0,
    ];
    (shape, slopes)
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

fn softplus(x: f32) -> f32 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

#[cfg(test)]
mod tests;
