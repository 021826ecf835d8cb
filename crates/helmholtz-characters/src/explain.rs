//! Explaining one image: the strokes that probably drew it, and pictures of them.

use serde::Serialize;

use super::config::Config;
use super::guide::CharacterGuide;
use super::image::{Character, Image};
use super::model::CharacterModel;
use super::program::{Program, Stroke, Strokes};
use super::render::Renderer;
use super::search::{Budget, search, search_with};
use super::training::CharacterDomain;
use helmholtz_core::search::{Confidence, Posterior, Same, Tried, Trust};
use helmholtz_data::picture::{PictureError, write_png};
use helmholtz_data::svg;
use helmholtz_math::logsumexp;
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;

/// What there is to say about an image.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// Programs that explain it, the most probable first.
    pub programs: Vec<Explained>,
    /// How probable each class is by the strokes that were found, most probable first; empty where the model knows none, or the image's was given.
    pub labels: Vec<(String, f64)>,
    /// The logarithm of the sum of p(z, x) over the programs found: log p(x) is at least that.
    pub bound: f64,
    /// How far the strokes are to be trusted.
    #[serde(flatten)]
    pub trust: Trust,
}

/// A program that explains an image.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explained {
    /// The strokes.
    pub strokes: Strokes,
    /// Its posterior probability; what may not have been found has the rest.
    pub weight: f64,
    /// log p(z, x); summed over classes where that of the image is not known.
    pub log_joint: f64,
    /// The class that it belongs to, where there are classes; the most probable where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// Explains images by a search among programs. The answer of each does not depend on the others.
pub fn explain(
    config: &Config,
    (model, guide): (&CharacterModel, &CharacterGuide),
    images: &[Character],
    budget: &Budget,
) -> Vec<Explanation> {
    let found = search(model, guide, images, budget);
    let each = found.into_iter().zip(images);
    each.map(|(found, image)| explanation(config, image, &found, CharacterDomain::confidence()))
        .collect()
}

/// The same of one image, where somebody else proposes strokes, too; with how far the search is trusted.
pub fn explain_with(
    config: &Config,
    networks: (&CharacterModel, &CharacterGuide),
    image: &Character,
    budget: &Budget,
    (offered, confidence): (&[Strokes], &Confidence),
) -> Explanation {
    let found = search_with(networks, image, budget, offered);
    explanation(config, image, &found, confidence)
}

fn explanation(
    config: &Config,
    image: &Character,
    posterior: &Posterior<Program>,
    confidence: &Confidence,
) -> Explanation {
    let found = &posterior.members;
    let joints: Vec<f64> = found.iter().map(|f| f.log_joint).collect();
    let weights = posterior.weights();
    let name = |program: &Program| config.labels.get(usize::from(program.label)).cloned();
    let of = |label: usize| -> f64 {
        let both = found.iter().zip(&weights);
        both.filter(|(f, _)| usize::from(f.draft.program.label) == label)
            .map(|(_, w)| w)
            .sum()
    };
    let all = config.labels.iter().cloned().enumerate();
    let mut labels: Vec<(String, f64)> = match image.label {
        Some(_) => vec![],
        None => all
            .map(|(i, label)| (label, of(i)))
            .filter(|l| l.1 > 0.0)
            .collect(),
    };
    labels.sort_by(|a, b| b.1.total_cmp(&a.1));
    let trust = posterior.trust(confidence);
    // Programs of the same strokes are one, with the label that is most probable of them.
    let explained = |same: &Same| {
        let joints: Vec<f64> = same.members.iter().map(|&i| joints[i]).collect();
        let program = &found[same.members[0]].draft.program;
        Explained {
            strokes: program.strokes.clone(),
            weight: trust.found() * same.weight,
            log_joint: logsumexp(&joints),
            label: name(program),
        }
    };
    Explanation {
        programs: posterior.answers.iter().map(explained).collect(),
        labels,
        bound: logsumexp(&joints),
        trust,
    }
}

/// Side by side: an image, and what its program has drawn after each stroke (MWS, Fig. 5 B), under the map that fits
/// best. Rows of a picture have one
/// width; see [`stack`].
#[derive(Clone, Debug, PartialEq)]
pub struct Strip {
    size: usize,
    /// Gray levels of square panels.
    panels: Vec<Vec<u8>>,
}

impl Strip {
    /// Of an image and its program.
    pub fn of(renderer: &Renderer, image: &Image, program: &[Stroke]) -> Self {
        let map = renderer.best_map(program, image);
        let seen = image.ink().iter().map(|&i| 255 * (1 - i)).collect();
        let drawn = (1..=program.len()).filter(|&n| program[n - 1].down);
        let steps = drawn.map(|n| gray(&renderer.page(&program[..n], map)));
        Self {
            size: image.size(),
            panels: [seen].into_iter().chain(steps).collect(),
        }
    }

    /// Of images.
    pub fn of_images<'a>(images: impl Iterator<Item = &'a Image>) -> Self {
        let images: Vec<&Image> = images.collect();
        let levels = |x: &&Image| x.ink().iter().map(|&i| 255 * (1 - i)).collect();
        Self {
            size: images.first().map_or(1, |x| x.size()),
            panels: images.iter().map(levels).collect(),
        }
    }
}

/// How dark pages are.
fn gray(probabilities: &[f32]) -> Vec<u8> {
    let level = |p: &f32| (255.0 * (1.0 - p)).round() as u8;
    probabilities.iter().map(level).collect()
}

/// Between one panel and the next.
const LINE: u8 = 200;
/// Pixels of a picture per pixel of an image of 28.
const ENLARGED: usize = 4;

/// Strips below each other, as PNG. One panel alone has no lines around it.
///
/// # Errors
/// When there are none.
pub fn stack(strips: &[Strip]) -> Result<Vec<u8>, PictureError> {
    let size = strips.first().map_or(0, |s| s.size);
    if strips.iter().all(|s| s.panels.is_empty()) {
        return write_png(0, 0, &[], 1);
    }
    let scale = (ENLARGED * 28 / size.max(1)).max(1);
    if let [strip] = strips
        && let [panel] = &strip.panels[..]
    {
        return write_png(size, size, panel, scale);
    }
    let widest = strips.iter().map(|s| s.panels.len()).max().unwrap_or(0);
    let width = widest * (size + 1) + 1;
    let mut levels = vec![LINE; width];
    for strip in strips {
        for row in 0..size {
            levels.push(LINE);
            for panel in 0..widest {
                match strip.panels.get(panel) {
                    Some(panel) => levels.extend(&panel[row * size..(row + 1) * size]),
                    None => levels.extend(vec![255; size]),
                }
                levels.push(LINE);
            }
        }
        levels.extend(vec![LINE; width]);
    }
    write_png(width, levels.len() / width.max(1), &levels, scale)
}

/// Characters like one that was seen: the same program, each time with noise on the parameters of its strokes
/// (first submission of MWS, Fig. 7).
pub fn variations(
    model: &CharacterModel,
    program: &[Stroke],
    count: usize,
    noise: f32,
    seed: u64,
) -> Vec<Image> {
    let vary = |i| {
        let mut rng = Stream::at([seed, i, 0, Purpose::Sample.tag()]);
        model.disturbed(noise, &mut rng).unmapped(program)
    };
    (0..count as u64).map(vary).collect()
}

/// The noise of variations, on raw parameters.
pub const NOISE: f32 = 0.05;
/// The side of a drawing.
const SIDE: f64 = 280.0;

/// The strokes of a program as an SVG: what is drawn in black, from dark to light in the order of drawing, and how the
/// pen moves in between dashed; where they lie in the image.
pub fn drawing(renderer: &Renderer, image: &Image, program: &[Stroke]) -> String {
    let lines = renderer.lines(program, renderer.best_map(program, image));
    let drawn = lines.iter().filter(|l| l.down).count().max(1);
    let mut met = 0;
    let mut body = String::new();
    for line in &lines {
        let points = line
            .points
            .iter()
            .map(|[x, y]| (f64::from(*x), f64::from(*y)));
        let points = points.map(|(x, y)| (SIDE * x, SIDE * (1.0 - y)));
        let style = match line.down {
            true => {
                let shade = 140 * met / drawn;
                met += 1;
                let colour = format!("rgb({shade},{shade},{shade})");
                let width = SIDE * f64::from(line.width);
                svg::stroke(&colour, width, 1.0) + " stroke-linecap=\"round\""
            }
            false => svg::stroke(svg::FORECAST, 1.0, 0.7) + " stroke-dasharray=\"4 4\"",
        };
        body += &svg::polyline(points, &style);
    }
    svg::document((SIDE, SIDE), &body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{characters, generate, pretrained};

    #[test]
    fn an_answer_does_not_depend_on_its_neighbours() {
        let (config, model, guide) = pretrained().unwrap();
        let drawn: Vec<_> = generate(config.size, 100)
            .into_iter()
            .step_by(150)
            .collect();
        let images = characters(&config, &drawn[..4]).unwrap();
        let budget = Budget {
            restarts: 3,
            rounds: 9,
            ..crate::search::budget()
        };
        let answers = |some: &[Character]| explain(&config, (&model, &guide), some, &budget);
        let alone: Vec<Explanation> = images
            .iter()
            .flat_map(|x| answers(std::slice::from_ref(x)))
            .collect();
        assert_eq!(answers(&images), alone);
        let (mut images, mut alone) = (images, alone);
        images.reverse();
        alone.reverse();
        assert_eq!(answers(&images), alone);
        assert_eq!(answers(&images[1..3]), alone[1..3]);
    }
}
