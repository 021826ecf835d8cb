//! Following a sequence step by step, and going on with it.

use burn::tensor::Tensor;

use super::output::{Expectation, Observable};
use crate::filter::{Amortised, Carry as _, First, Infer, Progress, StepEnergy};
use crate::nn::{host, matrix};
use crate::random::Stream;

/// What is expected of the numbers of a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// Means; of zeros and ones, the probabilities of ones.
    pub mean: Vec<f32>,
    /// Standard deviations.
    pub deviation: Vec<f32>,
}

/// What became of a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Followed {
    /// What it cost.
    pub energy: StepEnergy,
    /// What was expected before it was seen, at the mean of the prior.
    pub prediction: Expected,
    /// What the model would have expected at the mean of the posterior.
    pub reconstruction: Expected,
}

/// A sequence under way. What it needs does not grow with the number of steps.
pub trait Follow {
    /// A step is seen. `None` of one that is not scored: it only begins the sequence.
    fn see(&mut self, x: &[f32]) -> Option<Followed>;

    /// A step is invented.
    fn invent(&mut self, rng: &mut Stream) -> Vec<f32>;
}

/// A filter with how far it is.
pub(super) struct Following<'a, S: Observable, I> {
    filter: &'a Amortised<S, I>,
    /// Always there between calls.
    progress: Option<Progress<S::State>>,
    first: First,
    seen: usize,
}

impl Expected {
    fn of(expectation: &Expectation) -> Self {
        let mean = host(&expectation.mean());
        let deviation = match expectation {
            Expectation::Bernoulli(_) => mean.iter().map(|p| (p * (1.0 - p)).sqrt()).collect(),
            Expectation::Gaussian(normal) => {
                let log_variance = host(&normal.log_variance).into_iter();
                log_variance.map(|v| (0.5 * v).exp()).collect()
            }
        };
        Self { mean, deviation }
    }

    /// Of two rows each by itself.
    fn halves(mut self) -> (Self, Self) {
        let half = self.mean.len() / 2;
        let second = Self {
            mean: self.mean.split_off(half),
            deviation: self.deviation.split_off(half),
        };
        (self, second)
    }
}

impl<'a, S: Observable, I: Infer<S>> Following<'a, S, I> {
    pub(super) fn new(filter: &'a Amortised<S, I>, first: First) -> Self {
        Self {
            progress: Some(filter.start_rows(1)),
            filter,
            first,
            seen: 0,
        }
    }

    fn row(&self, x: &[f32]) -> Tensor<2> {
        let device = &self.filter.model().devices()[0];
        matrix(x.to_vec(), 1, x.len(), device)
    }
}

impl<S: Observable, I: Infer<S>> Follow for Following<'_, S, I> {
    fn see(&mut self, x: &[f32]) -> Option<Followed> {
        let progress = self.progress.take()?;
        let (x, filter) = (self.row(x), self.filter);
        self.seen += 1;
        if self.seen <= self.first.unscored() {
            self.progress = Some(filter.begun(progress, &x, self.first));
            return None;
        }
        let (model, state) = (filter.model(), progress.state());
        let prior = model.prior(state);
        let (posterior, energies) = filter.infer(&progress, &[0], &prior, &x);
        // Both at once, since reading the weights is what takes time.
        let means = Tensor::cat(vec![prior.mean, posterior.mean.clone()], 0);
        let both = Expected::of(&model.expect(&state.select(&[0, 0]), means));
        let (prediction, reconstruction) = both.halves();
        let followed = Followed {
            energy: *energies.last()?.first()?,
            prediction,
            reconstruction,
        };
        let z = filter.carried(&progress, &[0], &posterior);
        self.progress = Some(filter.moved(progress, z, &x));
        Some(followed)
    }

    fn invent(&mut self, rng: &mut Stream) -> Vec<f32> {
        let Some(progress) = self.progress.take() else {
            return vec![];
        };
        let (model, state) = (self.filter.model(), progress.state());
        let prior = model.prior(state);
        let normals = (0..prior.mean.dims()[1]).map(|_| rng.normal() as f32);
        let device = &model.devices()[0];
        let noise = matrix(normals.collect(), 1, prior.mean.dims()[1], device);
        let z = prior.sample(noise);
        let expectation = model.expect(state, z.clone());
        let x = draw(&expectation, rng);
        self.seen += 1;
        let row = self.row(&x);
        self.progress = Some(self.filter.moved(progress, z, &row));
        x
    }
}

/// A draw of the numbers of a step.
fn draw(expectation: &Expectation, rng: &mut Stream) -> Vec<f32> {
    let Expected { mean, deviation } = Expected::of(expectation);
    let each = mean.into_iter().zip(deviation);
    match expectation {
        Expectation::Bernoulli(_) => each
            .map(|(p, _)| f32::from(u8::from(rng.uniform() < f64::from(p))))
            .collect(),
        Expectation::Gaussian(_) => each.map(|(m, d)| m + d * rng.normal() as f32).collect(),
    }
}
