//! The distance of pixels to an arc, and what pixels pull at its shape.
//!
//! An arc leads from a point to another in a curve of constant bend: half of the angle that it subtends is
//! theta, from -pi to pi, so that it may be nearly a whole circle in either direction, and a straight line at
//! theta = 0. A circle's centre and radius are useless near a straight line, where both are infinite. So
//! everything is said of the circle's curvature kappa = 2 sin(theta) / L, with L the length of the chord, in the
//! frame of the chord: x along it and y across, from its middle. With
//!
//! X = kappa x,  C = cos(theta) - kappa y,  P = sqrt(X^2 + C^2),
//! N = kappa (x^2 + y^2 - L^2 / 4) - 2 y cos(theta),
//!
//! P is the distance to the centre, as a multiple of the radius, and P^2 - 1 = kappa N, so that the distance to the
//! circle is |P - 1| / |kappa| = |N| / (P + 1), and nothing is divided by what may be zero. The nearest point of the
//! circle belongs to the arc when the direction from the centre is less than theta away from the arc's middle:
//! where cos(theta) >= 0 that is C >= 0 and 2 |x| <= L P, elsewhere C >= 0 or 2 |x| >= L P. If it does not, an end
//! is nearest.

use helmholtz_math::simd::exp;

/// How many pixels are computed side by side.
pub(super) const LANES: usize = 16;

/// Chords shorter than this are dots.
const DOT: f32 = 1e-6;

/// An arc on the canvas, and how the pen draws it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Arc {
    /// The middle of the chord.
    middle: [f32; 2],
    /// The direction of the chord.
    along: [f32; 2],
    length: f32,
    sine: f32,
    cosine: f32,
    curvature: f32,
    /// Half of the width that is drawn in full.
    width: f32,
    sharpness: f32,
}

/// An arc without its place.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Shape {
    /// From the start to the end.
    pub(super) displacement: [f32; 2],
    /// Half of the subtended angle.
    pub(super) angle: f32,
    /// Half of the width that is drawn in full.
    pub(super) width: f32,
    /// How fast ink fades beyond it.
    pub(super) sharpness: f32,
}

/// The derivatives by an arc's place and shape.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Slope {
    /// By the place of the start.
    pub(super) start: [f32; 2],
    /// By the shape.
    pub(super) shape: Shape,
}

impl Arc {
    /// The arc of a shape that starts at a point.
    pub(super) fn new(start: [f32; 2], shape: &Shape) -> Self {
        let [dx, dy] = shape.displacement;
        let length = dx.hypot(dy);
        let (sine, cosine) = shape.angle.sin_cos();
        let common = Self {
            middle: [start[0] + dx / 2.0, start[1] + dy / 2.0],
            width: shape.width,
            sharpness: shape.sharpness,
            ..Self::default()
        };
        match length > DOT {
            true => Self {
                along: [dx / length, dy / length],
                length,
                sine,
                cosine,
                curvature: 2.0 * sine / length,
                ..common
            },
            false => Self {
                along: [1.0, 0.0],
                cosine: 1.0,
                ..common
            },
        }
    }

    /// Points at equal distances from its start to its end, at least two.
    pub(super) fn points(&self, count: usize) -> Vec<[f32; 2]> {
        let angle = self.sine.atan2(self.cosine);
        let point = |i: usize| {
            // From -1 to 1.
            let part = 2.0 * i as f32 / (count - 1) as f32 - 1.0;
            let turned = part * angle;
            // At r sin(turned), and r (cos(angle) - cos(turned)) from the chord, without r where it is infinite.
            let (x, y) = match self.sine.abs() > 1e-4 {
                true => (
                    turned.sin() / self.curvature,
                    (self.cosine - turned.cos()) / self.curvature,
                ),
                false => (part * self.length / 2.0, 0.0),
            };
            let ([mx, my], [ex, ey]) = (self.middle, self.along);
            [mx + x * ex + y * ey, my + x * ey - y * ex]
        };
        (0..count).map(point).collect()
    }

    /// How far from the line half of the ink is left.
    pub(super) fn visible_width(&self) -> f32 {
        let fading = std::f32::consts::LN_2 / (self.sharpness * self.sharpness);
        (self.width * self.width + fading).sqrt()
    }

    /// The frame's coordinates of a point.
    #[inline(always)]
    fn frame(&self, x: f32, y: f32) -> (f32, f32) {
        let (x, y) = (x - self.middle[0], y - self.middle[1]);
        let [ex, ey] = self.along;
        (x * ex + y * ey, x * ey - y * ex)
    }

    /// The squared distance of a point in the frame.
    #[inline(always)]
    fn squared_distance(&self, x: f32, y: f32) -> f32 {
        let parts = self.parts(x, y);
        let circle = parts.n / (parts.p + 1.0);
        let beyond = x.abs() - self.length / 2.0;
        let end = beyond * beyond + y * y;
        if self.faces(x, &parts) {
            circle * circle
        } else {
            end
        }
    }

    #[inline(always)]
    fn parts(&self, x: f32, y: f32) -> Parts {
        let k = self.curvature;
        let (across, towards) = (k * x, self.cosine - k * y);
        let power = x * x + y * y - self.length * self.length / 4.0;
        Parts {
            across,
            towards,
            p: (across * across + towards * towards).sqrt(),
            n: k * power - 2.0 * y * self.cosine,
            power,
        }
    }

    /// Whether the nearest point of the circle is on the arc.
    #[inline(always)]
    fn faces(&self, x: f32, parts: &Parts) -> bool {
        let (reach, width) = (2.0 * x.abs(), self.length * parts.p);
        let front = parts.towards >= 0.0;
        if self.cosine >= 0.0 {
            front & (reach <= width)
        } else {
            front | (reach >= width)
        }
    }
}

/// What the distance of a point to a circle consists of; see the head of this file.
struct Parts {
    across: f32,
    towards: f32,
    p: f32,
    n: f32,
    power: f32,
}

/// For every pixel the largest exponent u^2 (w^2 - d^2) of an arc so far, at most 0, and the number of that arc
/// (MWS, supplement F, with the square of the distance d as in the authors' program). All slices are of one length.
#[pulp::with_simd(draw = pulp::Arch::new())]
#[inline(always)]
pub(super) fn draw_with_simd<'a, S: pulp::Simd>(
    _: S,
    arc: &'a Arc,
    number: i32,
    pixels: (&'a [f32], &'a [f32]),
    exponents: &'a mut [f32],
    nearest: &'a mut [i32],
) {
    let n = exponents.len();
    let (xs, ys, nearest) = (&pixels.0[..n], &pixels.1[..n], &mut nearest[..n]);
    let arc = *arc;
    let (fading, full) = (arc.sharpness * arc.sharpness, arc.width * arc.width);
    for i in 0..n {
        let (x, y) = arc.frame(xs[i], ys[i]);
        let exponent = (fading * (full - arc.squared_distance(x, y))).min(0.0);
        let more = exponent > exponents[i];
        exponents[i] = if more { exponent } else { exponents[i] };
        nearest[i] = if more { number } else { nearest[i] };
    }
}

/// `exp` of every element.
#[pulp::with_simd(exponentials = pulp::Arch::new())]
#[inline(always)]
pub(super) fn exponentials_with_simd<'a, S: pulp::Simd>(_: S, to: &'a mut [f32], from: &'a [f32]) {
    for (to, &from) in to.iter_mut().zip(from) {
        *to = exp(from);
    }
}

/// Pixels and the derivatives by their exponents.
#[derive(Clone, Debug, Default)]
pub(super) struct Pulls {
    xs: Vec<f32>,
    ys: Vec<f32>,
    by_exponent: Vec<f32>,
}

impl Pulls {
    /// One more pixel.
    pub(super) fn push(&mut self, x: f32, y: f32, by_exponent: f32) {
        self.xs.push(x);
        self.ys.push(y);
        self.by_exponent.push(by_exponent);
    }

    /// The same with as many pixels that pull at nothing as fill the last lanes.
    fn fill(&mut self) {
        while !self.xs.len().is_multiple_of(LANES) {
            self.push(0.0, 0.0, 0.0);
        }
    }
}

/// Sums over pixels of what they pull at the quantities of an arc.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    x: f32,
    y: f32,
    turn: f32,
    curvature: f32,
    cosine: f32,
    length: f32,
    width: f32,
    sharpness: f32,
}

const SUMS: usize = 8;

/// The sums of [`Sums`], lane by lane.
#[pulp::with_simd(pull = pulp::Arch::new())]
#[inline(always)]
fn pull_with_simd<'a, S: pulp::Simd>(_: S, arc: &'a Arc, pulls: &'a Pulls) -> [[f32; LANES]; SUMS] {
    let arc = *arc;
    let mut sums = [[0.0; LANES]; SUMS];
    let rows = pulls.xs.as_chunks::<LANES>().0.iter();
    let rows = rows.zip(pulls.ys.as_chunks::<LANES>().0);
    for ((xs, ys), by) in rows.zip(pulls.by_exponent.as_chunks::<LANES>().0) {
        for l in 0..LANES {
            let (x, y) = arc.frame(xs[l], ys[l]);
            let parts = arc.parts(x, y);
            let (u, w) = (arc.sharpness, arc.width);
            let square = arc.squared_distance(x, y);
            let by_square = -by[l] * u * u;

            // On the circle: the square of N / (P + 1).
            let whole = parts.p + 1.0;
            let circle = parts.n / whole;
            let by_n = by_square * 2.0 * circle / whole;
            let by_p = -by_n * circle;
            let per_p = by_p / parts.p.max(1e-12);
            let (by_across, by_towards) = (per_p * parts.across, per_p * parts.towards);
            let (k, c) = (arc.curvature, arc.cosine);
            let circle_x = by_n * 2.0 * k * x + by_across * k;
            let circle_y = by_n * 2.0 * (k * y - c) - by_towards * k;
            let by_k = by_n * parts.power + by_across * x - by_towards * y;
            let by_c = by_towards - by_n * 2.0 * y;

            // At an end.
            let beyond = x.abs() - arc.length / 2.0;
            let end_x = by_square * 2.0 * beyond * x.signum();
            let end_y = by_square * 2.0 * y;

            let on = if arc.faces(x, &parts) { 1.0 } else { 0.0 };
            let off = 1.0 - on;
            let (by_x, by_y) = (on * circle_x + off * end_x, on * circle_y + off * end_y);
            sums[0][l] += by_x;
            sums[1][l] += by_y;
            sums[2][l] += by_y * x - by_x * y;
            sums[3][l] += on * by_k;
            sums[4][l] += on * by_c;
            sums[5][l] -= on * by_n * k * arc.length / 2.0 + off * by_square * beyond;
            sums[6][l] += by[l] * u * u * 2.0 * w;
            sums[7][l] += by[l] * 2.0 * u * (w * w - square);
        }
    }
    sums
}

/// What pixels pull at an arc.
pub(super) fn slope(arc: &Arc, pulls: &mut Pulls) -> Slope {
    pulls.fill();
    let [x, y, turn, curvature, cosine, length, width, sharpness] =
        pull(arc, pulls).map(|lanes| lanes.iter().sum());
    let sums = Sums {
        x,
        y,
        turn,
        curvature,
        cosine,
        length,
        width,
        sharpness,
    };
    sums.chain(arc)
}

impl Sums {
    /// From the quantities of the frame to place and shape.
    fn chain(&self, arc: &Arc) -> Slope {
        let [ex, ey] = arc.along;
        // The middle moves against the pixels; y is measured along (ey, -ex).
        let middle = [-(self.x * ex + self.y * ey), -(self.x * ey - self.y * ex)];
        let dot = arc.length <= DOT;
        let per_length = if dot { 0.0 } else { 1.0 / arc.length };
        let by_length = self.length - self.curvature * arc.curvature * per_length;
        let by_sine = self.curvature * 2.0 * per_length;
        // A turn moves the direction of x towards (-ey, ex).
        let by_turn = self.turn * per_length;
        let chord = match dot {
            true => [0.0, 0.0],
            false => [by_length * ex - by_turn * ey, by_length * ey + by_turn * ex],
        };
        Slope {
            start: middle,
            shape: Shape {
                displacement: [middle[0] / 2.0 + chord[0], middle[1] / 2.0 + chord[1]],
                angle: if dot {
                    0.0
                } else {
                    by_sine * arc.cosine - self.cosine * arc.sine
                },
                width: self.width,
                sharpness: self.sharpness,
            },
        }
    }
}
