//! Drawing: images from the renderer, and strokes as lines.

use super::Renderer;
use super::maps::Map;
use crate::image::Image;
use crate::program::Stroke;
use helmholtz_math::random::Stream;

/// A line of a program.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Points of it from its start to its end; the canvas reaches from 0 to 1, upwards.
    pub points: Vec<[f32; 2]>,
    /// Whether the pen is on the page.
    pub down: bool,
    /// How wide it is drawn.
    pub width: f32,
}

/// Points of a line.
const POINTS: usize = 25;

impl Renderer {
    /// Draws an image of a program: one of the maps, each as probably as the others, then every pixel.
    pub fn sample(&self, program: &[Stroke], rng: &mut Stream) -> Image {
        let map = match self.maps.len() {
            0 => None,
            n => Some(rng.below(n)),
        };
        let page = self.page(program, map);
        let ink = page.iter().map(|&p| u8::from(rng.uniform() < p.into()));
        Image::of(self.size, ink.collect())
    }

    /// The image of which every pixel is the more probable of the two, before any map.
    pub fn unmapped(&self, program: &[Stroke]) -> Image {
        self.image(&self.probabilities(program))
    }

    /// The same after the map under which the program explains an image best.
    pub fn aligned(&self, program: &[Stroke], image: &Image) -> Image {
        self.image(&self.page(program, self.best_map(program, image)))
    }

    /// The same after the first map.
    pub(crate) fn mapped(&self, program: &[Stroke]) -> Image {
        self.image(&self.page(program, (!self.maps.is_empty()).then_some(0)))
    }

    /// The probability of ink of every pixel after one of the maps, or none.
    pub fn page(&self, program: &[Stroke], map: Option<usize>) -> Vec<f32> {
        let page = self.probabilities(program);
        match map.and_then(|m| self.maps.get(m)) {
            None => page,
            Some(map) => map.apply(&page, super::blank()),
        }
    }

    /// The map under which a program explains an image best; `None` where there are no maps.
    pub fn best_map(&self, program: &[Stroke], image: &Image) -> Option<usize> {
        let drawn = self.probabilities(program);
        let score = |map: &Map| -> f64 {
            let page = map.apply(&drawn, super::blank());
            let each = page.iter().zip(image.ink());
            each.map(|(&p, &ink)| f64::from(if ink > 0 { p } else { 1.0 - p }).ln())
                .sum()
        };
        let best = self.maps.iter().map(score).enumerate();
        best.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(map, _)| map)
    }

    fn image(&self, page: &[f32]) -> Image {
        Image::of(self.size, page.iter().map(|&p| u8::from(p > 0.5)).collect())
    }

    /// The strokes of a program as lines, after one of the maps, or none.
    pub fn lines(&self, program: &[Stroke], map: Option<usize>) -> Vec<Line> {
        let (arcs, map) = (self.arcs(program), map.and_then(|m| self.maps.get(m)));
        let place = |[x, y]: [f32; 2]| match map {
            None => [x, y],
            Some(map) => {
                let [x, y] = map.place([2.0 * x - 1.0, 1.0 - 2.0 * y]);
                [(x + 1.0) / 2.0, (1.0 - y) / 2.0]
            }
        };
        let both = arcs.iter().zip(program);
        both.map(|(arc, stroke)| Line {
            points: arc.points(POINTS).into_iter().map(place).collect(),
            down: stroke.down,
            width: 2.0 * arc.visible_width(),
        })
        .collect()
    }
}
