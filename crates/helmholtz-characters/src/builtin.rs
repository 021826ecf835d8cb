//! Characters of invented alphabets, so that everything runs without downloads.
//!
//! An alphabet has a style: a few shapes of strokes that its characters are made of. A character is two to five of
//! them, and a drawing of it is the same with an unsteady hand, a little turned and stretched.

use super::image::{Drawn, Image};
use super::program::{Stroke, Strokes};
use super::render::{PER_STROKE, Renderer};
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;

/// Alphabets, characters of each, and drawings of each of these.
const SHAPE: [usize; 3] = [5, 10, 10];
/// Images in the built-in data.
pub const BUILTIN_IMAGES: usize = SHAPE[0] * SHAPE[1] * SHAPE[2];
/// Shapes of strokes in an alphabet.
const STYLE: usize = 8;
/// How far a stroke leads, where the canvas is 1 wide.
const LENGTHS: [f64; 3] = [0.2, 0.3, 0.45];
/// How far it bends, in half turns.
const BENDS: [f64; 6] = [0.0, 0.0, 0.2, -0.2, 0.45, -0.45];
/// The raw width and sharpness of a pen, and the raw scale and bias of its ink.
const PEN: [f64; 4] = [-1.2, 90.0, 8.0, -4.0];
/// How far from the edge lines stay.
const MARGIN: f32 = 0.1;

/// Raw displacement and angle of a stroke.
type Shape = [f64; 3];

/// Drawings of characters of invented alphabets, `size` pixels in either direction: [`BUILTIN_IMAGES`], with the
/// alphabet as their class.
pub fn generate(size: usize, seed: u64) -> Vec<Drawn> {
    let [alphabets, characters, drawings] = SHAPE;
    let mut images = Vec::with_capacity(BUILTIN_IMAGES);
    for a in 0..alphabets {
        let mut rng = Stream::at([seed, a as u64, 0, Purpose::Data.tag()]);
        let style: Vec<Shape> = (0..STYLE).map(|_| shape(&mut rng)).collect();
        for c in 0..characters {
            let character = invent(&style, &mut rng);
            for _ in 0..drawings {
                images.push(Drawn {
                    image: draw(&character, size, &mut rng),
                    label: Some(format!("alphabet-{}", a + 1)),
                    name: format!("character {}", c + 1),
                });
            }
        }
    }
    images
}

/// A shape in one of eight directions.
fn shape(rng: &mut Stream) -> Shape {
    let (sine, cosine) = (rng.below(8) as f64 * std::f64::consts::FRAC_PI_4).sin_cos();
    let length = LENGTHS[rng.below(LENGTHS.len())];
    let bend = BENDS[rng.below(BENDS.len())];
    [raw(length * cosine), raw(length * sine), bend]
}

/// The raw parameter of a displacement.
fn raw(displacement: f64) -> f64 {
    (displacement / 0.66).atanh()
}

/// Strokes of a style, of which all that are drawn stay on the page; the first only moves the pen.
fn invent(style: &[Shape], rng: &mut Stream) -> Vec<(Shape, bool)> {
    loop {
        let to = [0, 1].map(|_| raw(0.8 * (rng.uniform() - 0.5)));
        let mut character = vec![([to[0], to[1], 0.0], false)];
        let drawn = 2 + rng.below(4);
        for i in 0..drawn {
            if i > 0 && rng.uniform() < 0.25 {
                let [dx, dy, _] = style[rng.below(style.len())];
                character.push(([dx, dy, 0.0], false));
            }
            character.push((style[rng.below(style.len())], true));
        }
        let (renderer, strokes) = hand(&character, &[], 8);
        let inside = |x: &f32| (MARGIN..1.0 - MARGIN).contains(x);
        let lines = renderer.lines(&strokes.0, None);
        let mut points = lines.iter().filter(|l| l.down).flat_map(|l| &l.points);
        if points.all(|p| p.iter().all(inside)) {
            return character;
        }
    }
}

/// A renderer whose bank is the strokes of one character, and the program that draws them in order.
fn hand(character: &[(Shape, bool)], map: &[f64], size: usize) -> (Renderer, Strokes) {
    let [width, sharpness, scale, bias] = PEN;
    let own = character
        .iter()
        .flat_map(|([dx, dy, bend], _)| [*dx, *dy, *bend, width, sharpness]);
    let all = own.chain([scale, bias]).chain(map.iter().copied());
    let raw: Vec<f32> = all.map(|x| x as f32).collect();
    let strokes = character.iter().enumerate();
    let strokes = strokes.map(|(i, (_, down))| Stroke {
        id: i as u8,
        down: *down,
    });
    debug_assert!(raw.len() >= character.len() * PER_STROKE);
    let renderer = Renderer::new(&raw, character.len(), true, size);
    (renderer, Strokes(strokes.collect()))
}

fn draw(character: &[(Shape, bool)], size: usize, rng: &mut Stream) -> Image {
    let unsteady: Vec<(Shape, bool)> = character
        .iter()
        .map(|(shape, down)| (shape.map(|x| x + 0.04 * rng.normal()), *down))
        .collect();
    let map = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0].map(|one| one + 0.05 * rng.normal());
    let (renderer, strokes) = hand(&unsteady, &map, size);
    renderer.mapped(&strokes.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_have_ink_and_differ() {
        let images = generate(28, 0);
        assert_eq!(images.len(), BUILTIN_IMAGES);
        for drawn in &images {
            let ink = drawn.image.ink().iter().filter(|&&i| i > 0).count();
            assert!((8..400).contains(&ink), "{ink} pixels of {}", drawn.name);
        }
        let distinct: std::collections::HashSet<_> = images.iter().map(|d| d.image.ink()).collect();
        assert!(distinct.len() > BUILTIN_IMAGES * 9 / 10);
        assert_eq!(generate(28, 0), images);
    }
}
