//! A kernel as a tree: its values at distances, and the gradient by what it is made of.

use super::super::elementary::{exp, half_turns};

/// A base kernel, a sum or a product. Numbers stand for parameters by their place among a kernel's.
#[derive(Clone, Debug)]
pub(super) enum Node {
    /// `variance` is `None` where it is 1.
    White {
        variance: Option<usize>,
    },
    Constant {
        variance: Option<usize>,
    },
    Smooth {
        variance: Option<usize>,
        length: usize,
    },
    Periodic {
        variance: Option<usize>,
        period: usize,
        roughness: usize,
    },
    Sum(Vec<Node>),
    Product(Vec<Node>),
}

impl Node {
    /// The covariance at each distance; `v` are the parameters.
    pub(super) fn at(&self, v: &[f64], distances: &[f64]) -> Vec<f64> {
        let scale = |variance: &Option<usize>| variance.map_or(1.0, |i| v[i]);
        match self {
            Self::White { variance } => {
                let s = scale(variance);
                let white = |&d: &f64| if d == 0.0 { s } else { 0.0 };
                distances.iter().map(white).collect()
            }
            Self::Constant { variance } => vec![scale(variance); distances.len()],
            Self::Smooth { variance, length } => {
                bells(distances, scale(variance), -0.5 / v[*length])
            }
            Self::Periodic {
                variance,
                period,
                roughness,
            } => {
                let wave = Wave {
                    frequency: 1.0 / v[*period],
                    by: -2.0 / v[*roughness],
                };
                waves(distances, scale(variance), wave)
            }
            Self::Sum(parts) => {
                let mut sum = vec![0.0; distances.len()];
                for part in parts {
                    let values = part.at(v, distances);
                    sum.iter_mut().zip(values).for_each(|(s, x)| *s += x);
                }
                sum
            }
            Self::Product(parts) => {
                let mut product = vec![1.0; distances.len()];
                parts
                    .iter()
                    .for_each(|part| multiply(&mut product, &part.at(v, distances)));
                product
            }
        }
    }

    /// Adds the gradient by the parameters of the sum of `weights` times the covariance.
    pub(super) fn pull(&self, v: &[f64], distances: &[f64], weights: &[f64], gradient: &mut [f64]) {
        match self {
            Self::Sum(parts) => parts
                .iter()
                .for_each(|part| part.pull(v, distances, weights, gradient)),
            Self::Product(parts) => {
                let values: Vec<Vec<f64>> = parts.iter().map(|p| p.at(v, distances)).collect();
                for (i, part) in parts.iter().enumerate() {
                    let own = product_without(&values, i, weights);
                    part.pull(v, distances, &own, gradient);
                }
            }
            leaf => leaf.pull_leaf(v, distances, weights, gradient),
        }
    }

    fn pull_leaf(&self, v: &[f64], distances: &[f64], weights: &[f64], gradient: &mut [f64]) {
        let mut values = self.at(v, distances);
        multiply(&mut values, weights);
        let (variance, all) = match self {
            Self::White { variance } | Self::Constant { variance } => {
                (variance, values.iter().sum())
            }
            Self::Smooth { variance, length } => {
                let weighted = values.iter().zip(distances);
                let squares: f64 = weighted.map(|(w, d)| w * d * d).sum();
                gradient[*length] += 0.5 * squares / (v[*length] * v[*length]);
                (variance, values.iter().sum::<f64>())
            }
            Self::Periodic {
                variance,
                period,
                roughness,
            } => {
                let (p, l) = (v[*period], v[*roughness]);
                let slopes = slopes(distances, &values, 1.0 / p);
                gradient[*roughness] += 2.0 * slopes.squares / (l * l);
                gradient[*period] += 2.0 * std::f64::consts::TAU * slopes.products / (p * p * l);
                (variance, values.iter().sum())
            }
            Self::Sum(_) | Self::Product(_) => return,
        };
        if let Some(i) = variance {
            gradient[*i] += all / v[*i];
        }
    }
}

/// `scale exp(by d^2)` of each distance.
#[pulp::with_simd(bells = pulp::Arch::new())]
#[inline(always)]
fn bells_with_simd<S: pulp::Simd>(_: S, distances: &[f64], scale: f64, by: f64) -> Vec<f64> {
    let mut values = vec![0.0; distances.len()];
    for (value, d) in values.iter_mut().zip(distances) {
        *value = scale * exp(by * d * d);
    }
    values
}

/// What a periodic kernel is made of.
#[derive(Clone, Copy)]
struct Wave {
    frequency: f64,
    by: f64,
}

/// `scale exp(by sin^2(pi f d))` of each distance.
#[pulp::with_simd(waves = pulp::Arch::new())]
#[inline(always)]
fn waves_with_simd<S: pulp::Simd>(_: S, distances: &[f64], scale: f64, wave: Wave) -> Vec<f64> {
    let mut values = vec![0.0; distances.len()];
    for (value, d) in values.iter_mut().zip(distances) {
        let sin = half_turns(wave.frequency * d).0;
        *value = scale * exp(wave.by * sin * sin);
    }
    values
}

/// Weighted sums over distances d of s^2, and of s c d, where s and c are sin(pi f d) and cos(pi f d).
struct WaveSlopes {
    squares: f64,
    products: f64,
}

/// Sums that are made side by side.
const LANES: usize = 8;

#[pulp::with_simd(slopes = pulp::Arch::new())]
#[inline(always)]
fn slopes_with_simd<'a, S: pulp::Simd>(
    _: S,
    distances: &'a [f64],
    weights: &'a [f64],
    frequency: f64,
) -> WaveSlopes {
    let (mut squares, mut products) = ([0.0; LANES], [0.0; LANES]);
    for (d, w) in distances.chunks(LANES).zip(weights.chunks(LANES)) {
        for (i, (d, w)) in d.iter().zip(w).enumerate() {
            let (sin, cos) = half_turns(frequency * d);
            squares[i] += w * sin * sin;
            products[i] += w * sin * cos * d;
        }
    }
    WaveSlopes {
        squares: squares.iter().sum(),
        products: products.iter().sum(),
    }
}

/// The element-wise product of all but one.
fn product_without(parts: &[Vec<f64>], left_out: usize, start: &[f64]) -> Vec<f64> {
    let mut product = start.to_vec();
    let others = parts.iter().enumerate().filter(|(i, _)| *i != left_out);
    others.for_each(|(_, part)| multiply(&mut product, part));
    product
}

fn multiply(product: &mut [f64], by: &[f64]) {
    product.iter_mut().zip(by).for_each(|(p, b)| *p *= b);
}
