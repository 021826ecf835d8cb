//! A kernel as a function of distances and parameters, with its gradient.

use serde::{Deserialize, Serialize};

use super::elementary::{exp, half_turns};
use super::expression::{Kernel, Leaf};
use super::window::{Window, Windows};

/// The continuous coordinates of a base kernel in the paper's layout, where every base kernel has all
/// that any has (HMWS, appendix B.1).
pub(super) const ALL_PARAMETERS: usize = 16;

/// Which raw coordinates a kernel has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// Those that it uses, from left to right. Of a product's factors only one has a variance, since only
    /// the product of variances matters.
    Used,
    /// Those that it uses, a variance for every base kernel.
    Redundant,
    /// Sixteen for every base kernel, used or not.
    Idle,
}

/// A parameter: the raw coordinate it is made from, its place in the paper's sixteen, and its window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parameter {
    pub(super) coordinate: usize,
    /// Which base kernel it belongs to.
    pub(super) leaf: usize,
    /// Its place among the base kernel's sixteen.
    pub(super) place: usize,
    pub(super) window: Window,
}

/// A kernel with the parameters that it uses; by default none, of a process that is 0.
#[derive(Clone, Debug, Default)]
pub(super) struct Covariance {
    node: Option<Node>,
    /// The parameter that is the variance of a line.
    line: Option<usize>,
    pub(super) parameters: Vec<Parameter>,
    /// The number of raw coordinates.
    pub(super) width: usize,
    leaves: usize,
    idle: bool,
}

#[derive(Clone, Debug)]
enum Node {
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

/// Values of parameters, and their slopes by the raw coordinates.
pub(super) struct Values {
    pub(super) values: Vec<f64>,
    slopes: Vec<f64>,
}

struct Compiler<'a> {
    windows: &'a Windows,
    layout: Layout,
    leaves: usize,
    parameters: Vec<Parameter>,
}

impl Compiler<'_> {
    fn parameter(&mut self, place: usize, window: Window) -> usize {
        let leaf = self.leaves;
        let coordinate = match self.layout {
            Layout::Idle => leaf * ALL_PARAMETERS + place,
            _ => self.parameters.len(),
        };
        self.parameters.push(Parameter {
            coordinate,
            leaf,
            place,
            window,
        });
        self.parameters.len() - 1
    }

    fn node(&mut self, kernel: &Kernel, scaled: bool) -> Option<Node> {
        match kernel {
            Kernel::Leaf(leaf) => self.leaf(*leaf, scaled),
            Kernel::Sum(terms) => {
                let terms = terms.iter().map(|term| self.node(term, true));
                Some(Node::Sum(terms.collect::<Option<_>>()?))
            }
            Kernel::Product(factors) => {
                let bracket = |k: &Kernel| matches!(k, Kernel::Sum(_));
                let first = factors.iter().position(bracket).unwrap_or(0);
                let redundant = self.layout != Layout::Used;
                let factors = factors.iter().enumerate();
                let factors = factors.map(|(i, factor)| self.node(factor, redundant || i == first));
                Some(Node::Product(factors.collect::<Option<_>>()?))
            }
        }
    }

    /// A line is no function of distance.
    fn leaf(&mut self, leaf: Leaf, scaled: bool) -> Option<Node> {
        let w = self.windows;
        let mut variance = |place, window| scaled.then(|| self.parameter(place, window));
        let node = match leaf {
            Leaf::Line => return None,
            Leaf::White => Node::White {
                variance: variance(0, w.white),
            },
            Leaf::Constant => Node::Constant {
                variance: variance(15, w.constant),
            },
            Leaf::Smooth => Node::Smooth {
                variance: variance(1, w.variance),
                length: self.parameter(2, w.length),
            },
            Leaf::Periodic(range) => {
                let place = 3 + 3 * range as usize;
                Node::Periodic {
                    variance: variance(place, w.variance),
                    period: self.parameter(place + 1, w.periods[range as usize]),
                    roughness: self.parameter(place + 2, w.roughness),
                }
            }
        };
        self.leaves += 1;
        Some(node)
    }
}

impl Covariance {
    /// `None` for a line inside of a product or a bracket.
    pub(super) fn new(kernel: &Kernel, windows: &Windows, layout: Layout) -> Option<Self> {
        let mut compiler = Compiler {
            windows,
            layout,
            leaves: 0,
            parameters: vec![],
        };
        let (mut line, mut nodes) = (None, vec![]);
        for term in kernel.terms() {
            if *term == Kernel::Leaf(Leaf::Line) {
                // The paper has no line, hence no place for it among the sixteen; a constant's will do.
                line = Some(compiler.parameter(15, windows.line));
                compiler.leaves += 1;
            } else {
                nodes.push(compiler.node(term, true)?);
            }
        }
        let width = match layout {
            Layout::Idle => compiler.leaves * ALL_PARAMETERS,
            _ => compiler.parameters.len(),
        };
        Some(Self {
            node: (!nodes.is_empty()).then_some(Node::Sum(nodes)),
            line,
            width,
            leaves: compiler.leaves,
            idle: layout == Layout::Idle,
            parameters: compiler.parameters,
        })
    }

    /// The number of base kernels.
    pub(super) fn leaves(&self) -> usize {
        self.leaves
    }

    /// Every raw coordinate, with its base kernel and its place among that one's sixteen.
    pub(super) fn drawn(&self) -> impl Iterator<Item = (usize, usize, usize)> {
        let idle = (0..if self.idle { self.width } else { 0 })
            .map(|i| (i, i / ALL_PARAMETERS, i % ALL_PARAMETERS));
        let used = self.parameters.iter().filter(|_| !self.idle);
        idle.chain(used.map(|p| (p.coordinate, p.leaf, p.place)))
    }

    /// The parameters that are periods.
    pub(super) fn periods(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters
            .iter()
            .filter(|p| [4, 7, 10, 13].contains(&p.place))
    }

    /// The parameters that raw coordinates stand for.
    pub(super) fn values(&self, raw: &[f64]) -> Values {
        let each = self.parameters.iter();
        let both = each.map(|p| p.window.value(raw[p.coordinate]));
        let (values, slopes) = both.unzip();
        Values { values, slopes }
    }

    /// The variance of the line, 0 where there is none.
    pub(super) fn line(&self, values: &Values) -> f64 {
        self.line.map_or(0.0, |i| values.values[i])
    }

    /// The covariance at each distance, without the line.
    pub(super) fn at(&self, values: &Values, distances: &[f64]) -> Vec<f64> {
        match &self.node {
            Some(node) => node.at(&values.values, distances),
            None => vec![0.0; distances.len()],
        }
    }

    /// One covariance per outermost summand, without lines.
    pub(super) fn summands(&self, values: &Values, distances: &[f64]) -> Vec<Vec<f64>> {
        match &self.node {
            Some(Node::Sum(terms)) => {
                let each = terms.iter();
                each.map(|t| t.at(&values.values, distances)).collect()
            }
            _ => vec![],
        }
    }

    /// The gradient by raw coordinates of the sum over distances of `weights` times the covariance, plus
    /// `line` times the variance of the line.
    pub(super) fn pull(
        &self,
        values: &Values,
        distances: &[f64],
        weights: &[f64],
        line: f64,
    ) -> Vec<f64> {
        let mut by_value = vec![0.0; values.values.len()];
        if let Some(node) = &self.node {
            node.pull(&values.values, distances, weights, &mut by_value);
        }
        if let Some(i) = self.line {
            by_value[i] += line;
        }
        let mut gradient = vec![0.0; self.width];
        for ((p, g), slope) in self.parameters.iter().zip(by_value).zip(&values.slopes) {
            gradient[p.coordinate] += g * slope;
        }
        gradient
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

impl Node {
    fn at(&self, v: &[f64], distances: &[f64]) -> Vec<f64> {
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

    fn pull(&self, v: &[f64], distances: &[f64], weights: &[f64], gradient: &mut [f64]) {
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

#[cfg(test)]
pub(super) mod tests {
    use super::super::expression::Expression;
    use super::*;
    use crate::random::Stream;

    pub(in crate::domain::timeseries) fn compiled(
        text: &str,
        windows: &Windows,
        layout: Layout,
    ) -> Covariance {
        let expression: Expression = text.parse().unwrap();
        Covariance::new(&expression.kernel().unwrap(), windows, layout).unwrap()
    }

    #[test]
    fn widths_count_what_is_used() {
        let width = |text, layout| compiled(text, &Windows::wide(), layout).width;
        assert_eq!(width("WN", Layout::Used), 1);
        assert_eq!(width("SE*PER1", Layout::Used), 4);
        assert_eq!(width("SE*PER1", Layout::Redundant), 5);
        assert_eq!(width("(SE+C)*PER1+LIN", Layout::Used), 2 + 1 + 2 + 1);
        assert_eq!(width("SE*PER1", Layout::Idle), 32);
    }

    #[test]
    fn gradients_agree_with_finite_differences() {
        let distances: Vec<f64> = (0..20).map(|k| 0.07 * f64::from(k)).collect();
        let mut rng = Stream::at([4, 0, 0, 0]);
        let weights: Vec<f64> = distances.iter().map(|_| rng.normal()).collect();
        for text in [
            "WN+SE",
            "C*PER2",
            "SE*PER3*PER1+LIN",
            "(SE+C)*(PER4+WN)*PER1+WN",
        ] {
            for layout in [Layout::Used, Layout::Redundant, Layout::Idle] {
                for windows in [Windows::wide(), Windows::narrow(0.2)] {
                    let covariance = compiled(text, &windows, layout);
                    let raw: Vec<f64> = (0..covariance.width).map(|_| rng.normal()).collect();
                    let total = |raw: &[f64]| -> f64 {
                        let values = covariance.values(raw);
                        let at = covariance.at(&values, &distances);
                        let sum: f64 = at.iter().zip(&weights).map(|(a, w)| a * w).sum();
                        sum + 0.3 * covariance.line(&values)
                    };
                    let values = covariance.values(&raw);
                    let gradient = covariance.pull(&values, &distances, &weights, 0.3);
                    for i in 0..covariance.width {
                        let (mut up, mut down) = (raw.clone(), raw.clone());
                        up[i] += 1e-3;
                        down[i] -= 1e-3;
                        let step = up[i] - down[i];
                        let numeric = (total(&up) - total(&down)) / step;
                        let error = (gradient[i] - numeric).abs();
                        assert!(
                            error < 1e-4 * (1.0 + numeric.abs()),
                            "{text} {i}: {} {numeric}",
                            gradient[i]
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_kernel_is_the_sum_of_its_summands() {
        let covariance = compiled("SE*PER1+WN+LIN", &Windows::wide(), Layout::Used);
        let values = covariance.values(&[0.3; 6]);
        let distances = [0.0, 0.5, 1.0];
        let (all, parts) = (
            covariance.at(&values, &distances),
            covariance.summands(&values, &distances),
        );
        assert_eq!(parts.len(), 2);
        for i in 0..3 {
            assert!((all[i] - parts[0][i] - parts[1][i]).abs() < 1e-15);
        }
    }
}
