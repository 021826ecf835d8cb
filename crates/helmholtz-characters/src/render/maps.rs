//! The likelihood of pixels under a page that may have been moved, turned, or stretched.
//!
//! A page of probabilities is sampled at the places that an affine map says, between pixels bilinearly, and the
//! maps are marginalised: log p(x | page) = log mean over maps of p(x | map of the page) (MWS, section 4.2). What
//! lies outside of the canvas is as blank as a page without strokes.
//!
//! Where a map looks is the same for every page. So sixteen pages lie side by side, a pixel of all of them in
//! neighbouring numbers: a place and its four weights are looked up once, and nothing has to be gathered.

use std::ops::Range;

use helmholtz_math::logsumexp;
use helmholtz_math::simd::ln;

/// Pages side by side.
pub(super) const PAGES: usize = 16;
/// One number of each page.
pub(super) type Each = [f32; PAGES];
/// Parameters of a map.
pub(super) const PARAMETERS: usize = 6;
/// Factors that are multiplied before a logarithm is taken. None is less than about [`super::BLANK`], 1e-6, so that
/// their product is a normal number.
const FACTORS: usize = 6;
/// Weights of maps below this are not pulled at: f32 could not tell.
const NEGLIGIBLE: f32 = 1e-9;

/// A pixel of sixteen pages: the probabilities of ink and of none. Both, because one minus the other has lost its digits
/// where the other is near one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pixel {
    pub(super) ink: Each,
    pub(super) none: Each,
}

/// Sixteen pages with a border of one blank pixel, and the images that they are to explain.
#[derive(Debug)]
pub(super) struct Pages {
    /// `[(size + 2)^2]`.
    pub(super) pixels: Vec<Pixel>,
    /// `[size^2]`: 1 for ink.
    pub(super) seen: Vec<Each>,
}

impl Pages {
    /// Blank pages.
    pub(super) fn new(size: usize, blank: f32) -> Self {
        let pixel = Pixel {
            ink: [blank; PAGES],
            none: [1.0 - blank; PAGES],
        };
        Self {
            pixels: vec![pixel; stride(size) * stride(size)],
            seen: vec![[0.0; PAGES]; size * size],
        }
    }
}

/// Pixels from one row of a page with its border to the next.
fn stride(size: usize) -> usize {
    size + 2
}

/// Where the row of an image lies in a page with its border.
pub(super) fn row(size: usize, row: usize) -> Range<usize> {
    let first = (row + 1) * stride(size) + 1;
    first..first + size
}

/// Where a pixel of the mapped page comes from.
#[derive(Clone, Copy, Debug)]
struct Tap {
    /// The upper left one of four neighbours.
    at: u32,
    /// The weight of the right ones, and of the lower ones.
    right: f32,
    down: f32,
}

impl Tap {
    /// The corner of the border.
    const OUTSIDE: Self = Self {
        at: 0,
        right: 0.0,
        down: 0.0,
    };

    /// Column and row of a page, from 0 for the first pixel.
    fn new(column: f32, row: f32, size: usize) -> Self {
        let inside = |at: f32| at >= -1.0 && at < size as f32;
        if !inside(column) || !inside(row) {
            return Self::OUTSIDE;
        }
        let (left, upper) = (column.floor(), row.floor());
        let place = |at: f32| (at + 1.0) as usize;
        Self {
            at: (place(upper) * stride(size) + place(left)) as u32,
            right: column - left,
            down: row - upper,
        }
    }

    /// Its four neighbours in reading order.
    #[inline(always)]
    fn places(&self, stride: usize) -> [usize; 4] {
        let at = self.at as usize;
        [at, at + 1, at + stride, at + stride + 1]
    }

    #[inline(always)]
    fn weights(&self) -> [f32; 4] {
        let (r, d) = (self.right, self.down);
        [(1.0 - r) * (1.0 - d), r * (1.0 - d), (1.0 - r) * d, r * d]
    }
}

/// An affine map of the canvas.
#[derive(Clone, Debug)]
pub(super) struct Map {
    size: usize,
    parameters: [f32; PARAMETERS],
    /// `[size^2]`.
    taps: Vec<Tap>,
}

/// The coordinate of a column or row: from -1 to 1.
fn coordinate(i: usize, size: usize) -> f32 {
    2.0 * i as f32 / (size - 1).max(1) as f32 - 1.0
}

impl Map {
    /// The map (X, Y) to (a X + b Y + c, d X + e Y + f) of coordinates from -1 to 1, rightwards and downwards, from the
    /// mapped page to the page.
    pub(super) fn new(parameters: &[f32], size: usize) -> Self {
        let parameters: [f32; PARAMETERS] = std::array::from_fn(|i| parameters[i]);
        let [a, b, c, d, e, f] = parameters;
        let pixels = |at: f32| (at + 1.0) / 2.0 * (size as f32 - 1.0);
        let tap = |i: usize| {
            let (x, y) = (coordinate(i % size, size), coordinate(i / size, size));
            Tap::new(pixels(a * x + b * y + c), pixels(d * x + e * y + f), size)
        };
        Self {
            size,
            parameters,
            taps: (0..size * size).map(tap).collect(),
        }
    }
}

impl Map {
    /// Where a point of the page comes to lie, both in coordinates from -1 to 1, rightwards and downwards.
    pub(super) fn place(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        let [a, b, c, d, e, f] = self.parameters;
        let (x, y, determinant) = (x - c, y - f, a * e - b * d);
        [(e * x - b * y) / determinant, (a * y - d * x) / determinant]
    }

    /// A page as it is after the map, row by row.
    pub(super) fn apply(&self, page: &[f32], blank: f32) -> Vec<f32> {
        let mut framed = vec![blank; stride(self.size) * stride(self.size)];
        for (r, pixels) in page.chunks_exact(self.size).enumerate() {
            framed[row(self.size, r)].copy_from_slice(pixels);
        }
        let sampled = |tap: &Tap| {
            let both = tap.places(stride(self.size)).into_iter().zip(tap.weights());
            both.map(|(place, weight)| weight * framed[place]).sum()
        };
        self.taps.iter().map(sampled).collect()
    }
}

/// log p(x | map of the page) of sixteen pages.
#[pulp::with_simd(score = pulp::Arch::new())]
#[inline(always)]
fn score_with_simd<'a, S: pulp::Simd>(_: S, map: &'a Map, pages: &'a Pages) -> Each {
    let stride = stride(map.size);
    let (mut sum, mut product) = ([0.0; PAGES], [1.0; PAGES]);
    for (i, (tap, seen)) in map.taps.iter().zip(&pages.seen).enumerate() {
        let (places, weights) = (tap.places(stride), tap.weights());
        let [a, b, c, d] = [0, 1, 2, 3].map(|k| &pages.pixels[places[k]]);
        for l in 0..PAGES {
            let ink = weights[0] * a.ink[l]
                + weights[1] * b.ink[l]
                + weights[2] * c.ink[l]
                + weights[3] * d.ink[l];
            let none = weights[0] * a.none[l]
                + weights[1] * b.none[l]
                + weights[2] * c.none[l]
                + weights[3] * d.none[l];
            product[l] *= seen[l] * ink + (1.0 - seen[l]) * none;
        }
        if i % FACTORS == FACTORS - 1 {
            for l in 0..PAGES {
                sum[l] += ln(product[l]);
                product[l] = 1.0;
            }
        }
    }
    for l in 0..PAGES {
        sum[l] += ln(product[l]);
    }
    sum
}

/// What the pixels pull at the parameters of a map, `[6]` of each page, when the logarithm of a page's likelihood counts
/// `share` times; what they pull at the probabilities of ink is added to `by_ink`, laid out like the pages.
#[pulp::with_simd(pull = pulp::Arch::new())]
#[inline(always)]
fn pull_with_simd<'a, S: pulp::Simd>(
    _: S,
    map: &'a Map,
    pages: &'a Pages,
    share: &'a Each,
    by_ink: &'a mut [Each],
) -> [Each; PARAMETERS] {
    let (size, stride) = (map.size, stride(map.size));
    let mut sums = [[0.0; PAGES]; PARAMETERS];
    for (i, (tap, seen)) in map.taps.iter().zip(&pages.seen).enumerate() {
        let (x, y) = (coordinate(i % size, size), coordinate(i / size, size));
        let (places, weights) = (tap.places(stride), tap.weights());
        let [a, b, c, d] = [0, 1, 2, 3].map(|k| &pages.pixels[places[k]]);
        let mut pulled = [0.0; PAGES];
        for l in 0..PAGES {
            let none = 1.0 - seen[l];
            let upper_left = seen[l] * a.ink[l] + none * a.none[l];
            let upper_right = seen[l] * b.ink[l] + none * b.none[l];
            let lower_left = seen[l] * c.ink[l] + none * c.none[l];
            let lower_right = seen[l] * d.ink[l] + none * d.none[l];
            let factor = weights[0] * upper_left
                + weights[1] * upper_right
                + weights[2] * lower_left
                + weights[3] * lower_right;
            let by_factor = share[l] / factor;
            pulled[l] = by_factor * (2.0 * seen[l] - 1.0);
            let by_column = by_factor
                * ((1.0 - tap.down) * (upper_right - upper_left)
                    + tap.down * (lower_right - lower_left));
            let by_row = by_factor
                * ((1.0 - tap.right) * (lower_left - upper_left)
                    + tap.right * (lower_right - upper_right));
            sums[0][l] += by_column * x;
            sums[1][l] += by_column * y;
            sums[2][l] += by_column;
            sums[3][l] += by_row * x;
            sums[4][l] += by_row * y;
            sums[5][l] += by_row;
        }
        for k in 0..4 {
            let by = &mut by_ink[places[k]];
            for l in 0..PAGES {
                by[l] += weights[k] * pulled[l];
            }
        }
    }
    let per_pixel = (size as f32 - 1.0) / 2.0;
    for sum in &mut sums {
        for by in sum {
            *by *= per_pixel;
        }
    }
    sums
}

/// Sixteen log-likelihoods, marginalised over maps, and each map's part in them.
pub(super) struct Marginal {
    pub(super) values: [f64; PAGES],
    /// Per map, its share in the likelihood of each page.
    shares: Vec<Each>,
}

/// log of the mean over maps of p(x | map of the page).
pub(super) fn marginal(maps: &[Map], pages: &Pages) -> Marginal {
    let scores: Vec<Each> = maps.iter().map(|map| score(map, pages)).collect();
    let of = |l: usize| -> Vec<f64> { scores.iter().map(|s| f64::from(s[l])).collect() };
    let totals: [f64; PAGES] = std::array::from_fn(|l| logsumexp(&of(l)));
    let share = |s: &Each| std::array::from_fn(|l| (f64::from(s[l]) - totals[l]).exp() as f32);
    Marginal {
        values: totals.map(|t| t - (maps.len() as f64).ln()),
        shares: scores.iter().map(share).collect(),
    }
}

impl Marginal {
    /// What the likelihoods pull at the maps, `[maps]` of `[6]` of each page, and at the probabilities of ink of the
    /// pages with their border.
    pub(super) fn pull(&self, maps: &[Map], pages: &Pages) -> (Vec<[Each; PARAMETERS]>, Vec<Each>) {
        let mut by_ink = vec![[0.0; PAGES]; pages.pixels.len()];
        let by_maps = maps.iter().zip(&self.shares).map(|(map, share)| {
            match share.iter().any(|&s| s > NEGLIGIBLE) {
                true => pull(map, pages, share, &mut by_ink),
                false => [[0.0; PAGES]; PARAMETERS],
            }
        });
        (by_maps.collect(), by_ink)
    }
}
