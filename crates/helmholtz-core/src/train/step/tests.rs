//! Gradients along the path, on a model of one coordinate: c ~ N(0, 1), x ~ N(c, V), and a guide N(m, s^2). All is
//! normal, so that the gradient of the evidence lower bound is known.

use super::*;
use crate::algorithm::{Scale, Source};
use crate::estimator::{ELBO, RLOO, Rule};
use crate::guide::{ContinuousGuide, Drawn, Proposal};
use crate::model::{Continuous, Latent, LogProb};
use helmholtz_math::random::Stream;
use helmholtz_nn::{Param, training_device, vector};

/// The variance of the noise, and what was seen.
const V: f32 = 0.25;
const X: f32 = 0.7;

#[derive(Clone, Debug, Module)]
struct Bell {}

/// log N(residual; 0, variance).
fn log_normal(residual: Tensor<2>, variance: f32) -> LogProb {
    let rows = residual.dims()[0];
    let log = residual.square() / (-2.0 * variance) - 0.5 * (std::f32::consts::TAU * variance).ln();
    LogProb::neural(log.reshape([rows]))
}

fn drawn(rows: &Rows<'_, Bell>) -> Tensor<2> {
    let none = || matrix(vec![0.0; rows.len()], rows.len(), 1, &training_device());
    rows.continuous.clone().unwrap_or_else(none)
}

impl Model for Bell {
    type Observation = f32;
    type Discrete = ();

    fn log_prior(&self, rows: &Rows<'_, Self>) -> LogProb {
        log_normal(drawn(rows), 1.0)
    }

    fn log_likelihood(&self, rows: &Rows<'_, Self>) -> LogProb {
        log_normal(drawn(rows) - X, V)
    }

    fn sample_latent(&self, rngs: &mut [Stream]) -> Vec<Latent<()>> {
        let one = |rng: &mut Stream| ((), vec![rng.normal() as f32]);
        rngs.iter_mut().map(one).collect()
    }

    fn sample_observation(&self, latents: &[Latent<()>], _: &mut [Stream]) -> Vec<Option<f32>> {
        latents.iter().map(|z| Some(z.1[0])).collect()
    }

    fn continuous(&self) -> Option<&dyn Continuous<Self>> {
        Some(self)
    }
}

impl Continuous<Bell> for Bell {
    fn width(&self, (): &()) -> usize {
        1
    }
}

/// m and log s.
#[derive(Clone, Debug, Module)]
struct Line {
    line: Param<1>,
}

impl Line {
    fn new(mean: f32, log_sd: f32) -> Self {
        let values = vector(vec![mean, log_sd], &training_device());
        Self {
            line: Param::from_tensor(values),
        }
    }

    fn parts(&self) -> [Tensor<2>; 2] {
        [0, 1].map(|i| self.line.val().narrow(0, i, 1).reshape([1, 1]))
    }
}

impl Guide<Bell> for Line {
    type Encoding = ();

    fn encode(&self, _: &[&f32]) {}

    fn detach((): &()) {}

    fn sample(&self, (): &(), of: &[usize], _: &mut [Stream]) -> Vec<Proposal<()>> {
        vec![((), 0.0); of.len()]
    }

    fn log_prob(&self, (): &(), of: &[usize], _: &[()]) -> Tensor<1> {
        Tensor::zeros([of.len()], &self.device())
    }

    fn continuous(&self) -> Option<&dyn ContinuousGuide<Bell, ()>> {
        Some(self)
    }
}

impl ContinuousGuide<Bell, ()> for Line {
    fn sample(&self, e: &(), of: &[usize], z: &[()], samples: usize, noise: Tensor<2>) -> Drawn {
        let [mean, log_sd] = self.parts();
        let values = noise * log_sd.exp() + mean;
        Drawn {
            log_prob: ContinuousGuide::log_prob(self, e, of, z, samples, values.clone()),
            values,
        }
    }

    fn log_prob(&self, (): &(), _: &[usize], _: &[()], _: usize, c: Tensor<2>) -> Tensor<1> {
        let ([mean, log_sd], rows) = (self.parts(), c.dims()[0]);
        let z = (c - mean) / log_sd.clone().exp();
        let log = z.square() * -0.5 - log_sd - 0.5 * std::f32::consts::TAU.ln();
        log.reshape([rows])
    }
}

/// The gradient estimate by m and log s in step `step`, from four particles.
fn gradient(guide: &Line, (pathwise, rule): (Pathwise, Rule), step: u64) -> [f64; 2] {
    let source = Source::Guide {
        programs: 4,
        defensive: 0.0,
    };
    let term = Term {
        pathwise,
        ..Term::new(source, rule, Scale::new(1.0, 1.0))
    };
    let batch = Step {
        model: &Bell {},
        guide,
        plain_model: Bell {},
        plain_guide: guide.valid(),
        items: &[0],
        observations: &[&X],
        encoding: Some((&(), ())),
        floor: 0.0,
    };
    let address = Address {
        seed: 5,
        step,
        term: 0,
    };
    let outcome = batch.fresh(&term, (4, 0.0), &mut [], &address).unwrap();
    let gradients = outcome.surrogate.unwrap().backward();
    let by = host(&guide.line.val().grad(&gradients).unwrap());
    [by[0].into(), by[1].into()]
}

/// Mean and standard error of each coordinate over many steps.
fn moments(guide: &Line, how: (Pathwise, Rule)) -> [(f64, f64); 2] {
    let count = 500;
    let all: Vec<[f64; 2]> = (0..count).map(|step| gradient(guide, how, step)).collect();
    [0, 1].map(|i| {
        let mean = all.iter().map(|g| g[i]).sum::<f64>() / count as f64;
        let squares: f64 = all.iter().map(|g| (g[i] - mean).powi(2)).sum();
        (mean, squares.sqrt() / count as f64)
    })
}

/// L = log s - (m^2 + s^2) / 2 - ((x - m)^2 + s^2) / (2 V) and constants.
#[test]
fn along_the_path_only_the_gradient_has_the_same_mean() {
    let (mean, log_sd) = (0.1f32, -0.3f32);
    let (m, s2, x, v) = (
        f64::from(mean),
        f64::from(2.0 * log_sd).exp(),
        f64::from(X),
        f64::from(V),
    );
    let exact = [(x - m) / v - m, 1.0 - s2 - s2 / v];
    let guide = Line::new(mean, log_sd);
    for rule in [ELBO, RLOO] {
        for pathwise in [Pathwise::Total, Pathwise::Path] {
            let found = moments(&guide, (pathwise, rule));
            for ((mean, error), exact) in found.into_iter().zip(exact) {
                // One in 16,000 means is four standard errors off.
                assert!(
                    (mean - exact).abs() < 4.0 * error,
                    "{pathwise:?}: {mean} +- {error}, {exact}"
                );
            }
        }
    }
}

/// The posterior has precision 1 + 1 / V and mean x / (1 + V).
#[test]
fn where_the_guide_is_the_posterior_the_path_has_no_variance() {
    let guide = Line::new(X / (1.0 + V), -0.5 * (1.0 + 1.0 / V).ln());
    let errors = |pathwise| moments(&guide, (pathwise, ELBO)).map(|(_, error)| error);
    // What is left is of numbers that have 24 bits.
    assert!(errors(Pathwise::Path).iter().all(|e| *e < 1e-6));
    assert!(errors(Pathwise::Total).iter().all(|e| *e > 1e-2));
    for step in 0..50 {
        let path = gradient(&guide, (Pathwise::Path, ELBO), step);
        assert!(path.iter().all(|g| g.abs() < 1e-4), "{path:?}");
    }
}
