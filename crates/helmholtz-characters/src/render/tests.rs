//! The renderer against one in f64 that is written in another way, with centres, radii and angles.

use super::super::image::Image;
use super::super::program::Stroke;
use super::*;
use helmholtz_math::random::Stream;

/// A bank of raw parameters and maps.
struct Raw {
    strokes: usize,
    curved: bool,
    numbers: Vec<f64>,
}

fn up(id: u8) -> Stroke {
    Stroke { id, down: false }
}

fn down(id: u8) -> Stroke {
    Stroke { id, down: true }
}

impl Raw {
    fn random(strokes: usize, maps: usize, curved: bool, seed: u64) -> Self {
        let mut rng = Stream::at([seed, 0, 0, 61]);
        let mut numbers = vec![];
        for _ in 0..strokes {
            numbers.extend([0.6 * rng.normal(), 0.6 * rng.normal()]);
            // Of both signs, beyond a half circle, and nearly straight.
            numbers.push([0.3, 0.9, 1e-4][rng.below(3)] * rng.normal());
            numbers.extend([rng.normal() - 1.0, 10.0 + 3.0 * rng.normal()]);
        }
        numbers.extend([1.5, -2.0]);
        for _ in 0..maps {
            let near = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0].map(|one| one + 0.1 * rng.normal());
            numbers.extend(near);
        }
        Self {
            strokes,
            curved,
            numbers,
        }
    }

    fn renderer(&self, size: usize) -> Renderer {
        let raw: Vec<f32> = self.numbers.iter().map(|&x| x as f32).collect();
        Renderer::new(&raw, self.strokes, self.curved, size)
    }

    /// log p(x | z).
    fn value(&self, program: &[Stroke], image: &Image) -> f64 {
        let size = image.size();
        let page = self.page(program, size);
        let maps = &self.numbers[self.strokes * PER_STROKE + COMMON..];
        let log_prob = |page: &[f64]| -> f64 {
            let each = page.iter().zip(image.ink());
            each.map(|(p, &ink)| if ink > 0 { p.ln() } else { (1.0 - p).ln() })
                .sum()
        };
        if maps.is_empty() {
            return log_prob(&page);
        }
        let scores: Vec<f64> = maps
            .chunks(6)
            .map(|map| log_prob(&mapped(&page, map, size)))
            .collect();
        helmholtz_math::logsumexp(&scores) - (scores.len() as f64).ln()
    }

    fn page(&self, program: &[Stroke], size: usize) -> Vec<f64> {
        let last = (size - 1) as f64;
        let pixel = |i: usize| {
            let at = [(i % size) as f64 / last, 1.0 - (i / size) as f64 / last];
            let common = &self.numbers[self.strokes * PER_STROKE..];
            let scale = common[0].exp().ln_1p();
            let odds = match self.exponent(program, at) {
                Some(exponent) => (scale * exponent.exp() + common[1]).exp(),
                None => 0.0,
            };
            let odds = odds.min(1e6) + 1e-6;
            odds / (1.0 + odds)
        };
        (0..size * size).map(pixel).collect()
    }

    fn exponent(&self, program: &[Stroke], at: [f64; 2]) -> Option<f64> {
        let mut start = [0.5, 0.5];
        let mut most: Option<f64> = None;
        for stroke in program {
            let raw = &self.numbers[usize::from(stroke.id) * PER_STROKE..][..PER_STROKE];
            let step = [0.66 * raw[0].tanh(), 0.66 * raw[1].tanh()];
            let end = [start[0] + step[0], start[1] + step[1]];
            if stroke.down {
                // Half turns; a whole turn more is the same.
                let turns = if self.curved { raw[2] } else { 0.0 };
                let theta = std::f64::consts::PI * (turns - 2.0 * (turns / 2.0).round());
                let (width, sharp) = (0.1 / (1.0 + (-raw[3]).exp()), raw[4]);
                let distance = distance(start, end, theta, at);
                let exponent = (sharp * sharp * (width * width - distance * distance)).min(0.0);
                most = Some(most.map_or(exponent, |m| m.max(exponent)));
            }
            start = end;
        }
        most
    }
}

/// The distance of a point to the arc, by its centre and radius.
fn distance(a: [f64; 2], b: [f64; 2], theta: f64, p: [f64; 2]) -> f64 {
    let to = |q: [f64; 2]| (p[0] - q[0]).hypot(p[1] - q[1]);
    let ends = to(a).min(to(b));
    let d = [b[0] - a[0], b[1] - a[1]];
    let square = d[0] * d[0] + d[1] * d[1];
    if theta.sin().abs() < 1e-9 {
        let part = ((p[0] - a[0]) * d[0] + (p[1] - a[1]) * d[1]) / square;
        let foot = [a[0] + part * d[0], a[1] + part * d[1]];
        return if (0.0..=1.0).contains(&part) {
            to(foot)
        } else {
            ends
        };
    }
    let up = [d[1], -d[0]].map(|x| x / (2.0 * theta.tan()));
    let centre = [a[0] + d[0] / 2.0 + up[0], a[1] + d[1] / 2.0 + up[1]];
    let radius = square.sqrt() / (2.0 * theta.sin().abs());
    // The arc's middle is on that side of the chord to which it bends.
    let side = if theta > 0.0 { 1.0 } else { -1.0 };
    let towards = [-d[1] * side, d[0] * side];
    let from = [p[0] - centre[0], p[1] - centre[1]];
    let cosine = (from[0] * towards[0] + from[1] * towards[1])
        / (from[0].hypot(from[1]) * square.sqrt()).max(1e-300);
    match cosine.clamp(-1.0, 1.0).acos() <= theta.abs() {
        true => (to(centre) - radius).abs(),
        false => ends,
    }
}

/// A page sampled bilinearly through a map, blank outside.
fn mapped(page: &[f64], map: &[f64], size: usize) -> Vec<f64> {
    let blank = 1e-6 / (1.0 + 1e-6);
    let get = |row: f64, column: f64| {
        let inside = |at: f64| (0.0..size as f64).contains(&at);
        match inside(row) && inside(column) {
            true => page[row as usize * size + column as usize],
            false => blank,
        }
    };
    let coordinate = |i: usize| 2.0 * i as f64 / (size - 1) as f64 - 1.0;
    let pixel = |i: usize| {
        let (x, y) = (coordinate(i % size), coordinate(i / size));
        let at = |m: &[f64]| (m[0] * x + m[1] * y + m[2] + 1.0) / 2.0 * (size - 1) as f64;
        let (column, row) = (at(&map[..3]), at(&map[3..]));
        let (left, upper) = (column.floor(), row.floor());
        let (r, d) = (column - left, row - upper);
        (1.0 - r) * (1.0 - d) * get(upper, left)
            + r * (1.0 - d) * get(upper, left + 1.0)
            + (1.0 - r) * d * get(upper + 1.0, left)
            + r * d * get(upper + 1.0, left + 1.0)
    };
    (0..size * size).map(pixel).collect()
}

/// An image with some ink, most of it where the program draws.
fn image(raw: &Raw, program: &[Stroke], size: usize, seed: u64) -> Image {
    let mut rng = Stream::at([seed, 1, 0, 61]);
    let page = raw.page(program, size);
    let ink = page
        .iter()
        .map(|&p| u8::from(rng.uniform() < 0.8 * p + 0.05));
    Image::new(size, ink.collect()).unwrap()
}

fn program(length: usize, strokes: usize, seed: u64) -> Vec<Stroke> {
    let mut rng = Stream::at([seed, 2, 0, 61]);
    let stroke = |i: usize| Stroke {
        id: rng.below(strokes) as u8,
        down: i + 1 == length || i > 0 && rng.uniform() < 0.7,
    };
    (0..length).map(stroke).collect()
}

#[test]
fn the_value_is_that_of_the_formula() {
    for seed in 0..30 {
        let (curved, maps) = (seed % 3 > 0, [0, 1, 7][seed as usize % 3]);
        let raw = Raw::random(6, maps, curved, seed);
        let size = [9, 28][seed as usize % 2];
        let renderer = raw.renderer(size);
        let programs: Vec<_> = (0..BLOCK)
            .map(|i| program(2 + i % 9, 6, seed + i as u64))
            .collect();
        let images: Vec<_> = programs
            .iter()
            .map(|p| image(&raw, p, size, seed))
            .collect();
        let rows: Vec<_> = programs.iter().map(|p| &p[..]).zip(&images).collect();
        for ((program, image), value) in rows.iter().zip(renderer.score(&rows, false).0) {
            let exact = raw.value(program, image);
            assert!(
                (value - exact).abs() < 2e-4 * exact.abs(),
                "{seed}: {value} {exact}"
            );
        }
    }
}

#[test]
fn the_gradient_is_that_of_finite_differences() {
    for seed in 0..12 {
        let (curved, maps) = (seed % 3 > 0, [0, 2][seed as usize % 2]);
        let mut raw = Raw::random(5, maps, curved, seed + 100);
        let size = 12;
        let programs = [program(3, 5, seed), program(7, 5, seed + 50)];
        let images = [0, 1].map(|i| image(&raw, &programs[i], size, seed));
        let rows: Vec<_> = programs.iter().map(|p| &p[..]).zip(&images).collect();
        let (_, gradients) = raw.renderer(size).score(&rows, true);
        let width = raw.numbers.len();
        for k in 0..width {
            let before = raw.numbers[k];
            let mut value = |x: f64| {
                raw.numbers[k] = x;
                let each = programs.iter().zip(&images);
                each.map(|(p, i)| raw.value(p, i)).collect::<Vec<f64>>()
            };
            let h = 1e-6;
            let (above, below) = (value(before + h), value(before - h));
            raw.numbers[k] = before;
            for i in 0..2 {
                let difference = (above[i] - below[i]) / (2.0 * h);
                let got = f64::from(gradients[i * width + k]);
                assert!(
                    (got - difference).abs() < 2e-2 + 2e-3 * difference.abs(),
                    "seed {seed} parameter {k} row {i}: {got} {difference}"
                );
            }
        }
    }
}

#[test]
fn straight_strokes_are_arcs_without_an_angle() {
    let mut raw = Raw::random(4, 3, true, 7);
    (0..4).for_each(|j| raw.numbers[j * PER_STROKE + 2] = 0.0);
    let (program, size) = (program(6, 4, 3), 20);
    let image = image(&raw, &program, size, 4);
    let rows = [(&program[..], &image)];
    let arcs = raw.renderer(size).score(&rows, true);
    raw.curved = false;
    let straight = raw.renderer(size).score(&rows, true);
    assert_eq!(arcs.0, straight.0);
    for (j, (a, s)) in arcs.1.iter().zip(&straight.1).enumerate() {
        let angle = j < 4 * PER_STROKE && j % PER_STROKE == 2;
        assert!(if angle { *s == 0.0 } else { a == s });
    }
}

#[test]
fn nothing_is_undefined_at_the_edges() {
    let size = 28;
    let shapes = [
        [0.0, 0.0, 0.0, -2.0, 20.0],
        [0.0, 0.0, 0.5, -2.0, 20.0],
        [1e-9, 0.0, 1.0, -2.0, 20.0],
        [0.3, 0.1, 0.0, -2.0, 20.0],
        [0.3, 0.1, 1.0, -2.0, 20.0],
        [0.3, 0.1, -1.0, -2.0, 20.0],
        [0.3, 0.1, 0.5, -2.0, 20.0],
        [50.0, 50.0, 0.2, -2.0, 20.0],
        [0.3, -0.1, 2.7, 40.0, 0.0],
        [-0.3, -0.1, 0.1, -40.0, 8e3],
    ];
    for common in [[3.0, -3.0], [30.0, -30.0], [-30.0, 30.0]] {
        for maps in [
            vec![],
            vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 5.0, 0.0, 0.0, -9.0],
        ] {
            let numbers = shapes.iter().flatten().chain(&common).chain(&maps);
            let raw = Raw {
                strokes: shapes.len(),
                curved: true,
                numbers: numbers.copied().collect(),
            };
            let renderer = raw.renderer(size);
            let blank = Image::new(size, vec![0; size * size]).unwrap();
            let black = Image::new(size, vec![1; size * size]).unwrap();
            for id in 0..shapes.len() as u8 {
                // From the centre, and from far outside of the canvas.
                for program in [
                    vec![down(id)],
                    vec![up(7), up(7), up(7), down(id)],
                    vec![up(id)],
                ] {
                    let rows = [(&program[..], &blank), (&program[..], &black)];
                    let (values, gradients) = renderer.score(&rows, true);
                    assert!(
                        values.iter().all(|v| v.is_finite()),
                        "{id} {common:?} {values:?}"
                    );
                    // Where the formula with a centre and a radius has a value.
                    if [3, 6, 7, 9].contains(&id) {
                        for (value, image) in values.iter().zip([&blank, &black]) {
                            let exact = raw.value(&program, image);
                            let error = (value - exact).abs();
                            assert!(
                                error < 1e-3 * exact.abs() + 1e-2,
                                "{id} {common:?} {value} {exact}"
                            );
                        }
                    }
                    assert!(gradients.iter().all(|g| g.is_finite()), "{id} {common:?}");
                }
            }
        }
    }
}

#[test]
fn lines_lie_where_the_ink_is() {
    for seed in 0..20 {
        let mut raw = Raw::random(4, 1, true, seed + 300);
        // A thin pen, so that ink is near the line, and little that a turn of the whole page would confuse.
        (0..4).for_each(|j| raw.numbers[j * PER_STROKE + 4] = 60.0);
        let (program, size) = (program(3, 4, seed), 60);
        let renderer = raw.renderer(size);
        for map in [None, Some(0)] {
            let page = renderer.page(&program, map);
            let blank = 1.0 / (1.0 + 2f32.exp());
            let both = renderer
                .lines(&program, map)
                .into_iter()
                .zip(renderer.lines(&program, None));
            for (line, own) in both.filter(|l| l.0.down) {
                for (at, own) in line.points.iter().zip(&own.points) {
                    // What is beside the page is lost, wherever a map puts it.
                    if [at, own]
                        .into_iter()
                        .flatten()
                        .all(|x| (0.04..0.96).contains(x))
                    {
                        let [row, column] =
                            [1.0 - at[1], at[0]].map(|x| (x * 59.0).round() as usize);
                        let p = page[row * size + column];
                        assert!(p > 1.2 * blank, "{seed} {map:?}: {p} at {at:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_page_after_a_map_is_what_the_likelihood_sums() {
    let (raw, size) = (Raw::random(4, 3, true, 11), 14);
    let (renderer, program) = (raw.renderer(size), program(4, 4, 12));
    let image = image(&raw, &program, size, 13);
    let score = |map| -> f64 {
        let page = renderer.page(&program, Some(map));
        let each = page.iter().zip(image.ink());
        each.map(|(&p, &ink)| f64::from(if ink > 0 { p } else { 1.0 - p }).ln())
            .sum()
    };
    let scores: Vec<f64> = (0..3).map(score).collect();
    let mean = helmholtz_math::logsumexp(&scores) - 3f64.ln();
    let value = renderer.score(&[(&program, &image)], false).0[0];
    assert!((value - mean).abs() < 1e-3 * mean.abs(), "{value} {mean}");
    let best = renderer.best_map(&program, &image).unwrap();
    assert!(scores.iter().all(|&s| s <= scores[best]));
}

#[test]
fn a_page_without_strokes_is_blank() {
    let raw = Raw::random(3, 0, true, 5);
    let probabilities = raw.renderer(10).probabilities(&[up(0), up(1)]);
    assert!(probabilities.iter().all(|p| (p - 1e-6).abs() < 1e-8));
}
