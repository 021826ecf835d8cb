//! Pictures of scenes: colours on a white ground.

use super::area::Area;
use helmholtz_data::picture::{PictureError, write_colours};

/// The red, green and blue of the ground.
pub(super) const GROUND: f32 = 1.0;

/// A square picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    size: usize,
    /// Where it is not just ground.
    area: Area,
    pixels: Pixels,
    /// The squared differences from the ground, summed.
    error: f64,
}

/// Red, green and blue of the pixels of the area, one after the other.
#[derive(Clone, Debug, PartialEq)]
enum Pixels {
    /// As files have them, from 0 to 255.
    Levels([Vec<u8>; 3]),
    /// As the model draws them.
    Values([Vec<f32>; 3]),
}

/// A level as a number.
fn value(level: u8) -> f32 {
    f32::from(level) / 255.0
}

/// A number as a level.
fn level(value: f32) -> u8 {
    (value * 255.0).round() as u8
}

impl Image {
    /// From the levels of red, green and blue of every pixel, row by row from the upper left; `None` where there are not
    /// `3 size size` of them.
    pub fn new(size: usize, levels: &[u8]) -> Option<Self> {
        let pixels = size.checked_mul(size)?;
        (pixels.checked_mul(3) == Some(levels.len())).then(|| Self::of_levels(size, levels))
    }

    fn of_levels(size: usize, levels: &[u8]) -> Self {
        let area = inked(size, levels);
        let plane = |colour: usize| -> Vec<u8> {
            let rows = area.rows_within(Area::square(size));
            rows.flat_map(|row| row.map(|i| levels[3 * i + colour]))
                .collect()
        };
        let planes = [0, 1, 2].map(plane);
        let error = planes.iter().flatten().map(|&l| off(value(l))).sum();
        Self {
            size,
            area,
            pixels: Pixels::Levels(planes),
            error,
        }
    }

    /// A picture as it was drawn, rounded to what a file holds.
    pub fn rounded(size: usize, planes: &[Vec<f32>; 3]) -> Self {
        let pixel = |i: usize| planes.each_ref().map(|plane| level(plane[i]));
        let levels: Vec<u8> = (0..size * size).flat_map(pixel).collect();
        Self::of_levels(size, &levels)
    }

    /// From red, green and blue of every pixel, which need not be between 0 and 1. There must be `size * size` of each.
    pub(super) fn of_values(size: usize, planes: [Vec<f32>; 3]) -> Self {
        debug_assert!(planes.iter().all(|plane| plane.len() == size * size));
        Self {
            size,
            area: Area::square(size),
            error: planes.iter().flatten().map(|&x| off(x)).sum(),
            pixels: Pixels::Values(planes),
        }
    }

    /// Pixels in either direction.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The squared differences from an empty scene, summed over pixels and colours.
    pub fn error(&self) -> f64 {
        self.error
    }

    /// Red, green and blue of some pixels.
    pub(super) fn within(&self, area: Area) -> [Vec<f32>; 3] {
        match &self.pixels {
            Pixels::Levels(planes) => planes.each_ref().map(|p| self.part(area, p, |&l| value(l))),
            Pixels::Values(planes) => planes.each_ref().map(|p| self.part(area, p, |&x| x)),
        }
    }

    /// One colour of some pixels, which is the ground's where there is nothing else.
    fn part<T>(&self, area: Area, plane: &[T], value: impl Fn(&T) -> f32) -> Vec<f32> {
        let mut part = vec![GROUND; area.len()];
        let own = self.area;
        let shared = |from: usize, long: usize, other: usize, longer: usize| {
            let first = from.max(other);
            first..(from + long).min(other + longer).max(first)
        };
        let columns = shared(area.left, area.width, own.left, own.width);
        let rows = shared(area.top, area.height, own.top, own.height);
        for row in if columns.is_empty() { 0..0 } else { rows } {
            let to = (row - area.top) * area.width + columns.start - area.left;
            let from = (row - own.top) * own.width + columns.start - own.left;
            let pixels = part[to..][..columns.len()].iter_mut();
            let pixels = pixels.zip(&plane[from..][..columns.len()]);
            pixels.for_each(|(to, from)| *to = value(from));
        }
        part
    }

    /// Red, green and blue of every pixel, pixel by pixel.
    pub fn values(&self) -> Vec<f32> {
        let [r, g, b] = self.within(Area::square(self.size));
        let both = r.into_iter().zip(g).zip(b);
        both.flat_map(|((r, g), b)| [r, g, b]).collect()
    }

    /// The same as a file has them, from 0 to 255.
    pub fn levels(&self) -> Vec<u8> {
        self.values().into_iter().map(level).collect()
    }

    /// The same as PNG.
    ///
    /// # Errors
    /// When there are no pixels.
    pub fn png(&self) -> Result<Vec<u8>, PictureError> {
        write_colours((self.size, self.size), &self.levels(), 1)
    }
}

/// The squared difference from the ground.
fn off(value: f32) -> f64 {
    f64::from(value - GROUND).powi(2)
}

/// The smallest rectangle outside of which everything is white.
fn inked(size: usize, levels: &[u8]) -> Area {
    let inked = |i: &usize| levels[3 * i..3 * i + 3].iter().any(|&l| l < u8::MAX);
    let all = || (0..size * size).filter(inked);
    let columns = || all().map(|i| i % size);
    let (first, last) = (columns().min(), columns().max());
    let (top, bottom) = (
        all().next().map(|i| i / size),
        all().next_back().map(|i| i / size),
    );
    match (first.zip(last), top.zip(bottom)) {
        (Some((left, right)), Some((top, bottom))) => Area {
            left,
            top,
            width: right + 1 - left,
            height: bottom + 1 - top,
        },
        _ => Area::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_given_back() {
        let mut levels = vec![255; 5 * 5 * 3];
        levels[3 * 7] = 10;
        levels[3 * 18 + 2] = 128;
        let image = Image::new(5, &levels).unwrap();
        assert_eq!((image.area.left, image.area.top), (2, 1));
        assert_eq!((image.area.width, image.area.height), (2, 3));
        assert_eq!(image.levels(), levels);
        let error = (245.0f64 / 255.0).powi(2) + (127.0f64 / 255.0).powi(2);
        assert!((image.error() - error).abs() < 1e-6);
        assert_eq!(Image::new(5, &levels[3..]), None);
        let empty = Image::new(2, &[255; 12]).unwrap();
        assert_eq!((empty.error(), empty.levels()), (0.0, vec![255; 12]));
    }

    #[test]
    fn every_part_is_that_of_the_whole() {
        let levels: Vec<u8> = (0..4 * 4 * 3)
            .map(|i| if i % 7 == 3 { i as u8 } else { 255 })
            .collect();
        let image = Image::new(4, &levels).unwrap();
        let all = image.within(Area::square(4));
        let real = Image::of_values(4, all.clone());
        for (left, top, width, height) in [(0, 0, 2, 3), (1, 2, 3, 1), (3, 3, 1, 1), (0, 0, 0, 0)] {
            let area = Area {
                left,
                top,
                width,
                height,
            };
            let want = all.each_ref().map(|plane| {
                let rows = area.rows_within(Area::square(4));
                rows.flat_map(|row| plane[row].to_vec())
                    .collect::<Vec<f32>>()
            });
            assert_eq!(image.within(area), want);
            assert_eq!(real.within(area), want);
        }
        assert!((real.error() - image.error()).abs() < 1e-9);
        // Where the picture has nothing.
        let mut levels = vec![255; 8 * 8 * 3];
        levels[0] = 0;
        let corner = Image::new(8, &levels).unwrap();
        let far = Area {
            left: 5,
            top: 6,
            width: 3,
            height: 2,
        };
        assert_eq!(corner.within(far), [(); 3].map(|()| vec![GROUND; 6]));
    }
}
