//! A kernel as a function of distances and parameters, with its gradient.

mod node;

use node::Node;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::expression::{Kernel, Leaf};
use super::window::{Window, Windows};

/// The continuous coordinates of a base kernel in the paper's layout, where every base kernel has all
/// that any has (HMWS, appendix B.1).
pub(super) const ALL_PARAMETERS: usize = 16;

/// Which raw coordinates a kernel has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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

impl Parameter {
    /// The range of periods that it is a period of, if it is one.
    pub(super) fn range(&self) -> Option<usize> {
        let of = |range: &usize| self.place == period_place(*range);
        (0..Leaf::PERIODS).find(of)
    }
}

/// The place among the paper's sixteen of the period of a range; before it is its kernel's variance, and
/// behind it its roughness.
fn period_place(range: usize) -> usize {
    4 + 3 * range
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

impl Covariance {
    /// Per base kernel, a number that tells its kind; those without a parameter are alike.
    pub(super) fn kinds(&self) -> Vec<usize> {
        let mut kinds = vec![usize::MAX; self.leaves];
        for parameter in &self.parameters {
            kinds[parameter.leaf] = match parameter.place {
                1 | 2 => 1,
                place if (3..3 + 3 * Leaf::PERIODS).contains(&place) => 2 + (place - 3) / 3,
                place => 3 + Leaf::PERIODS + place,
            };
        }
        kinds
    }
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
                let place = period_place(range as usize);
                Node::Periodic {
                    variance: variance(place - 1, w.variance),
                    period: self.parameter(place, w.periods[range as usize]),
                    roughness: self.parameter(place + 1, w.roughness),
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
        self.parameters.iter().filter(|p| p.range().is_some())
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

    /// The gradient by the parameters' values of the sum over distances of `weights` times the covariance,
    /// plus `line` times the variance of the line.
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
        by_value
    }

    /// From a gradient by the parameters' values to that by raw coordinates.
    pub(super) fn by_raw(&self, values: &Values, by_value: &[f64]) -> Vec<f64> {
        let mut gradient = vec![0.0; self.width];
        for ((p, g), slope) in self.parameters.iter().zip(by_value).zip(&values.slopes) {
            gradient[p.coordinate] += g * slope;
        }
        gradient
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::expression::Expression;
    use super::*;
    use helmholtz_math::random::Stream;

    pub(crate) fn compiled(text: &str, windows: &Windows, layout: Layout) -> Covariance {
        let expression: Expression = text.parse().unwrap();
        Covariance::new(&expression.kernel().unwrap(), windows, layout).unwrap()
    }

    /// That a gradient at a point agrees with finite differences over `step` to either side.
    pub(crate) fn assert_slopes(
        function: impl Fn(&[f64]) -> f64,
        at: &[f64],
        gradient: &[f64],
        step: f64,
        what: &str,
    ) {
        assert_eq!(gradient.len(), at.len());
        for i in 0..at.len() {
            let (mut up, mut down) = (at.to_vec(), at.to_vec());
            up[i] += step;
            down[i] -= step;
            let numeric = (function(&up) - function(&down)) / (up[i] - down[i]);
            let (got, error) = (gradient[i], (gradient[i] - numeric).abs());
            assert!(
                error < 1e-4 * (1.0 + numeric.abs()),
                "{what} {i}: {got} {numeric}"
            );
        }
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
                    let by_value = covariance.pull(&values, &distances, &weights, 0.3);
                    let gradient = covariance.by_raw(&values, &by_value);
                    assert_slopes(total, &raw, &gradient, 1e-3, text);
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
