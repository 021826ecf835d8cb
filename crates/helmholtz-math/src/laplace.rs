//! Climbing to a mode, the Gaussian of its curvature, and the evidence by Laplace's approximation.
//!
//! Newton's method for functions of a few variables, with second derivatives from differences of gradients:
//! cheap where a gradient costs microseconds, and it needs no step size. Where the curvature has the wrong
//! sign it is damped until it has not (Levenberg and Marquardt). A climb says whether that was so at its end,
//! and whether it has arrived: where not, an evidence that rests on it is in [`Doubt`].

mod doubt;

pub use doubt::{Doubt, Weighted, doubtful};

use crate::gaussian::Gaussian;

/// Where a climb has come to.
#[derive(Clone, Debug)]
pub struct Climb {
    /// A Gaussian around the highest point found, of the curvature there.
    pub gaussian: Gaussian,
    /// The function's value there.
    pub value: f64,
    /// Gradients evaluated.
    pub gradients: u64,
    /// Whether that point is a mode as far as can be told: a further step promises too little to matter.
    pub converged: bool,
    /// What the curvature there lacked to be that of a Gaussian, and was added to it; 0 where nothing was.
    pub damping: f64,
}

impl Climb {
    /// Why an evidence that rests on this climb may be wrong.
    pub fn doubt(&self) -> Doubt {
        Doubt {
            unfinished: !self.converged,
            damped: self.damping > 0.0,
        }
    }

    /// Laplace's approximation of the log evidence, the logarithm of the integral of a joint density:
    ///
    /// ```text
    /// log p(x) ~ log p(x, z) + n/2 log(2 pi) - 1/2 log det H
    /// ```
    ///
    /// where z is the mode, n its width and H the curvature, minus the second derivatives of the log joint at z.
    /// The last two terms are the log-volume of the Gaussian: minus its log-density at its mean. `missing` is the
    /// part of the log joint that the function climbed does not have, since it does not depend on z. The formula is
    /// exact for Gaussians only, and says little where there is a [`Climb::doubt`].
    pub fn log_evidence(&self, missing: f64) -> f64 {
        missing + self.value - self.gaussian.log_density(self.gaussian.mean())
    }
}

/// The distance over which gradients are compared.
const DIFFERENCE: f64 = 1e-4;
/// The longest step.
const LONGEST: f64 = 1.5;
/// A gain below which a climb is over.
const GAIN: f64 = 1e-4;
/// Times that a step is halved before it is given up.
const HALVINGS: usize = 6;

/// A function's value and gradient at a point.
pub type Slope = (f64, Vec<f64>);

/// At most `steps` steps uphill from `start`; `None` where the function is not finite there.
pub fn climb(function: impl Fn(&[f64]) -> Slope, start: Vec<f64>, steps: usize) -> Option<Climb> {
    let mut climber = Climber {
        function,
        gradients: 0,
    };
    let mut here = (start.clone(), climber.at(&start));
    if !here.1.0.is_finite() {
        return None;
    }
    let mut shape = climber.curvature(&here)?;
    // Whether the shape is that of where the climb is.
    let mut own = true;
    for _ in 0..steps {
        let Some(next) = climber.step(&here, &shape) else {
            break;
        };
        let slow = next.1.0 - here.1.0 < GAIN;
        here = next;
        let better = climber.curvature(&here);
        own = better.is_some();
        shape = better.unwrap_or(shape);
        if slow {
            break;
        }
    }
    // A short step, or none that climbs, is no proof of a mode: the gradient has to agree.
    let converged = own && shape.promise(&here.1.1) < GAIN;
    Some(Climb {
        gaussian: shape.gaussian.around(here.0),
        value: here.1.0,
        gradients: climber.gradients,
        converged,
        damping: shape.damping,
    })
}

/// The curvature at a point as a Gaussian, and what was added to it.
struct Shape {
    gaussian: Gaussian,
    damping: f64,
}

impl Shape {
    /// How much higher a Newton step leads, were the function the quadratic of this curvature: g' H^-1 g / 2.
    fn promise(&self, gradient: &[f64]) -> f64 {
        let step = self.gaussian.covariance_times(gradient);
        0.5 * step.iter().zip(gradient).map(|(s, g)| s * g).sum::<f64>()
    }
}

struct Climber<F> {
    function: F,
    gradients: u64,
}

impl<F: Fn(&[f64]) -> Slope> Climber<F> {
    fn at(&mut self, x: &[f64]) -> Slope {
        self.gradients += 1;
        (self.function)(x)
    }

    /// A Gaussian of the curvature at a point, damped until it is one.
    fn curvature(&mut self, here: &(Vec<f64>, Slope)) -> Option<Shape> {
        let (x, (_, gradient)) = here;
        let n = x.len();
        let mut rows = vec![];
        for i in 0..n {
            let mut beside = x.clone();
            beside[i] += DIFFERENCE;
            let (_, other) = self.at(&beside);
            let row = other
                .iter()
                .zip(gradient)
                .map(|(b, a)| (a - b) / DIFFERENCE);
            rows.push(row.collect::<Vec<f64>>());
        }
        let element = |i: usize, j: usize| 0.5 * (rows[i][j] + rows[j][i]);
        let size = (0..n).map(|i| element(i, i).abs()).fold(1.0, f64::max);
        // From no damping to so much that only the gradient's direction is left.
        let dampings = std::iter::once(0.0).chain((-3..3).map(|e| size * 10f64.powi(e)));
        dampings
            .filter_map(|damping| {
                let damped =
                    |i: usize, j: usize| element(i, j) + if i == j { damping } else { 0.0 };
                let gaussian = Gaussian::new(x.clone(), damped)?;
                Some(Shape { gaussian, damping })
            })
            .next()
    }

    /// A step that climbs, if there is one.
    fn step(&mut self, here: &(Vec<f64>, Slope), shape: &Shape) -> Option<(Vec<f64>, Slope)> {
        let (x, (value, gradient)) = here;
        let step = shape.gaussian.covariance_times(gradient);
        let length = step.iter().map(|s| s * s).sum::<f64>().sqrt();
        let mut scale = (LONGEST / length).min(1.0);
        for _ in 0..HALVINGS {
            let there: Vec<f64> = x.iter().zip(&step).map(|(x, s)| x + scale * s).collect();
            let slope = self.at(&there);
            if slope.0 > *value {
                return Some((there, slope));
            }
            scale *= 0.5;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A normal density in log(x0) and a quartic in x1.
    fn hill(x: &[f64]) -> Slope {
        let (a, b) = (x[0].exp() - 2.0, x[1] - 1.0);
        let value = -0.5 * a * a - b * b - b.powi(4);
        (value, vec![-a * x[0].exp(), -2.0 * b - 4.0 * b.powi(3)])
    }

    #[test]
    fn the_mode_and_its_curvature_are_found() {
        let found = climb(hill, vec![-1.0, -2.0], 50).unwrap();
        assert!(found.converged && found.value > -1e-8);
        let mean = found.gaussian.mean();
        assert!((mean[0] - 2f64.ln()).abs() < 1e-4 && (mean[1] - 1.0).abs() < 1e-4);
        // Curvatures 4 and 2 at the mode.
        let step = found.gaussian.covariance_times(&[4.0, 2.0]);
        assert!((step[0] - 1.0).abs() < 1e-2 && (step[1] - 1.0).abs() < 1e-2);
    }

    /// A quadratic of curvature [[4, 1], [1, 2]] and top 0.7 at (0.5, -1).
    fn bell(x: &[f64]) -> Slope {
        let (a, b) = (x[0] - 0.5, x[1] + 1.0);
        let (by_a, by_b) = (4.0 * a + b, a + 2.0 * b);
        (0.7 - 0.5 * (a * by_a + b * by_b), vec![-by_a, -by_b])
    }

    /// The integral of a Gaussian is known: exp(0.7) 2 pi / sqrt(7).
    #[test]
    fn the_evidence_of_a_gaussian_is_its_integral() {
        let found = climb(bell, vec![2.0, 1.0], 50).unwrap();
        let integral = 0.7f64.exp() * std::f64::consts::TAU / 7f64.sqrt();
        assert!((found.log_evidence(0.0) - integral.ln()).abs() < 1e-6);
        assert!((found.log_evidence(-3.0) - integral.ln() + 3.0).abs() < 1e-6);
        assert_eq!((found.doubt(), found.damping), (Doubt::default(), 0.0));
    }

    /// What another step promises says how far a climb is from its end, not how many steps it has made.
    #[test]
    fn a_climb_that_stops_early_says_so() {
        let unfinished = |steps| climb(bell, vec![2.0, 1.0], steps).unwrap().doubt();
        assert!(unfinished(0).unfinished && !unfinished(0).damped);
        assert!(!unfinished(4).unfinished);
        // A ridge on which no step climbs, since the gradient is not of this function.
        let ridge = climb(|x| (-x[0].abs(), vec![1.0 - x[0]]), vec![0.0], 9).unwrap();
        assert!(ridge.doubt().unfinished);
        // Beside this point there is no gradient, so that the curvature is not known where the climb ends.
        let edge = |x: &[f64]| {
            (
                -0.5 * x[0] * x[0],
                vec![if x[0] > 0.0 { f64::NAN } else { -x[0] }],
            )
        };
        assert!(climb(edge, vec![-1.0], 9).unwrap().doubt().unfinished);
    }

    #[test]
    fn a_damped_curvature_says_so() {
        // Far out a Cauchy density is curved the wrong way; at its mode it is not.
        let cauchy = |x: &[f64]| {
            let square = 1.0 + x[0] * x[0];
            (-square.ln(), vec![-2.0 * x[0] / square])
        };
        let far = climb(cauchy, vec![3.0], 0).unwrap();
        assert!(far.doubt().damped && far.doubt().unfinished && far.damping > 0.0);
        assert_eq!(
            climb(cauchy, vec![3.0], 50).unwrap().doubt(),
            Doubt::default()
        );
        // In a direction that nothing is known of the climb has nowhere to go, and the volume is made up.
        let flat = |x: &[f64]| (-x[0] * x[0], vec![-2.0 * x[0], 0.0]);
        let flat = climb(flat, vec![1.0, 1.0], 50).unwrap();
        assert!(flat.doubt().damped && !flat.doubt().unfinished);
    }

    #[test]
    fn no_step_goes_downhill() {
        let mut last = hill(&[-1.0, -2.0]).0;
        for steps in 0..8 {
            let value = climb(hill, vec![-1.0, -2.0], steps).unwrap().value;
            assert!(value >= last);
            last = value;
        }
    }

    #[test]
    fn a_start_without_value_is_refused() {
        assert!(climb(|_| (f64::NEG_INFINITY, vec![0.0]), vec![0.0], 3).is_none());
        assert!(climb(|_| (0.0, vec![f64::NAN]), vec![0.0], 3).is_none());
        let nothing = climb(|_| (1.5, vec![]), vec![], 3).unwrap();
        assert_eq!((nothing.value, nothing.gaussian.width()), (1.5, 0));
    }
}
