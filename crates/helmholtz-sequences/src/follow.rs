//! Following a sequence step by step, and going on with it.

use helmholtz_nn::tensor::Tensor;

use super::output::{Expectation, Observable};
use helmholtz_core::filter::{Amortised, Carry as _, First, Infer, Progress, StepEnergy};
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use helmholtz_nn::dist::Normal;
use helmholtz_nn::{host, matrix};

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
    /// What was expected before it was seen, averaged over latents drawn from the prior.
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

/// Pairs of latents by which a step is predicted.
const PAIRS: usize = 4;
/// A filter with how far it is.
pub(super) struct Following<'a, S: Observable, I> {
    filter: &'a Amortised<S, I>,
    /// Always there between calls.
    progress: Option<Progress<S::State>>,
    first: First,
    seen: usize,
}

impl Expected {
    /// Of every row.
    fn rows(expectation: &Expectation) -> Vec<Self> {
        let means = expectation.mean();
        let width = means.dims()[1].max(1);
        let mean = host(&means);
        let deviation = expectation.deviation(&mean);
        let rows = mean.chunks(width).zip(deviation.chunks(width));
        rows.map(|(mean, deviation)| Self {
            mean: mean.to_vec(),
            deviation: deviation.to_vec(),
        })
        .collect()
    }

    /// When each of several is as likely as the others.
    fn mixture(parts: &[Self]) -> Self {
        let (count, width) = (
            parts.len() as f32,
            parts.first().map_or(0, |p| p.mean.len()),
        );
        let average = |of: &dyn Fn(&Self) -> f32| parts.iter().map(of).sum::<f32>() / count;
        let mean: Vec<f32> = (0..width).map(|i| average(&|p| p.mean[i])).collect();
        let variance = |i: usize| {
            let off = |p: &Self| p.deviation[i].powi(2) + (p.mean[i] - mean[i]).powi(2);
            average(&off)
        };
        Self {
            deviation: (0..width).map(|i| variance(i).sqrt()).collect(),
            mean,
        }
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

    /// Latents by which a step is predicted: pairs on either side of the prior's mean.
    fn drawn(&self, prior: &Normal) -> Vec<Tensor<2>> {
        let address = [
            self.filter.inference().seed,
            0,
            self.seen as u64,
            Purpose::Predict.tag(),
        ];
        let mut rng = Stream::at(address);
        let pair = |_| {
            let noise = normals(prior, &mut rng);
            [prior.sample(noise.clone()), prior.sample(noise.neg())]
        };
        (0..PAIRS).flat_map(pair).collect()
    }

    fn row(&self, x: &[f32]) -> Tensor<2> {
        let device = &self.filter.model().device();
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
        // All at once, since reading the weights is what takes time.
        let mut z = self.drawn(&prior);
        z.push(posterior.mean.clone());
        let rows = vec![0; z.len()];
        let mut expected = Expected::rows(&model.expect(&state.select(&rows), Tensor::cat(z, 0)));
        let reconstruction = expected.pop()?;
        let followed = Followed {
            energy: *energies.last()?.first()?,
            prediction: Expected::mixture(&expected),
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
        let z = prior.sample(normals(&prior, rng));
        let expectation = model.expect(state, z.clone());
        let x = expectation.draw(rng);
        self.seen += 1;
        let row = self.row(&x);
        self.progress = Some(self.filter.moved(progress, z, &row));
        x
    }
}

/// Standard normal numbers, as many as a row of `like` has.
fn normals(like: &Normal, rng: &mut Stream) -> Tensor<2> {
    let width = like.mean.dims()[1];
    let values = (0..width).map(|_| rng.normal() as f32);
    matrix(values.collect(), 1, width, &like.mean.device())
}
