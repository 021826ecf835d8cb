//! Climbing to a mode, and the Gaussian of its curvature.
//!
//! Newton's method for functions of a few variables, with second derivatives from differences of gradients:
//! cheap where a gradient costs microseconds, and it needs no step size. Where the curvature has the wrong
//! sign it is damped until it has not (Levenberg and Marquardt).

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
    /// Whether the last step was too small to matter.
    pub converged: bool,
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
    let mut converged = false;
    for _ in 0..steps {
        let Some(next) = climber.step(&here, &shape) else {
            converged = true;
            break;
        };
        converged = next.1.0 - here.1.0 < GAIN;
        here = next;
        if let Some(better) = climber.curvature(&here) {
            shape = better;
        }
        if converged {
            break;
        }
    }
    Some(Climb {
        gaussian: shape.around(here.0),
        value: here.1.0,
        gradients: climber.gradients,
        converged,
    })
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
    fn curvature(&mut self, here: &(Vec<f64>, Slope)) -> Option<Gaussian> {
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
                Gaussian::new(x.clone(), damped)
            })
            .next()
    }

    /// A step that climbs, if there is one.
    fn step(&mut self, here: &(Vec<f64>, Slope), shape: &Gaussian) -> Option<(Vec<f64>, Slope)> {
        let (x, (value, gradient)) = here;
        let step = shape.covariance_times(gradient);
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
