//! Continuous samples from what a memory's members remember (beyond HMWS, which samples the guide alone).
//!
//! With wide priors a guide is seldom within a posterior's width of it, and importance sampling fails by
//! hundreds of nats. So a program's posterior is also approximated by a Gaussian, improved a little at every
//! visit. Samples come from a mixture of that and the guide and are weighted by the mixture's density:
//! HMWS eq. 5 stays unbiased, eq. 6 to 8 consistent, and eq. 10 teaches the guide what was found.

use helmholtz_nn::tensor::Tensor;

use super::draw::{Address, Population};
use crate::algorithm::Recall;
use crate::memory::Memory;
use crate::model::{Model, ModelExt, Rows};
use helmholtz_math::gaussian::Gaussian;
use helmholtz_math::logsumexp;
use helmholtz_math::purpose::Purpose;
use helmholtz_nn::{host, matrix};

/// The Gaussians of a population, and what they cost.
pub(super) struct Remembered {
    /// One per program; `None` where nothing is remembered.
    pub(super) posteriors: Vec<Option<Gaussian>>,
    pub(super) gradients: u64,
    guided: f64,
}

impl Remembered {
    /// Improves what memories know about the members among their candidates, and begins with the others.
    pub(super) fn refined<M: Model>(
        model: &M,
        population: &Population<M::Discrete>,
        observations: &[&M::Observation],
        memories: &[&Memory<M::Discrete>],
        recall: &Recall,
    ) -> Self {
        if recall.refinement == 0 {
            return Self {
                posteriors: vec![None; population.programs.len()],
                gradients: 0,
                guided: 1.0,
            };
        }
        let parts = population.parts(observations.len());
        let known = population.of.iter().enumerate().map(|(l, &o)| {
            // A memory's candidates begin with its members.
            let record = memories[o].record(l - parts[o].start);
            record.and_then(|r| r.posterior.as_ref())
        });
        let known: Vec<Option<&Gaussian>> = known.collect();
        let rows = Rows::new(observations, &population.of, &population.programs);
        let found = model.refined(&rows, &known, recall.refinement);
        let gradients = found.iter().flatten().map(|(_, count)| count).sum();
        Self {
            posteriors: found.into_iter().map(|f| Some(f?.0)).collect(),
            gradients,
            guided: recall.guided,
        }
    }

    /// Whether no program has a Gaussian.
    pub(super) fn is_empty(&self) -> bool {
        self.posteriors.iter().all(Option::is_none)
    }

    /// Replaces samples of the guide by samples of the Gaussians, but for the guide's share.
    pub(super) fn redraw<D>(
        &self,
        population: &Population<D>,
        continuous: Tensor<2>,
        samples: usize,
        items: &[usize],
        address: &Address,
    ) -> Tensor<2> {
        if self.is_empty() {
            return continuous;
        }
        let ([rows, widest], device) = (continuous.dims(), continuous.device());
        let mut values = host(&continuous);
        let mut particle = vec![0; items.len()];
        for (l, posterior) in self.posteriors.iter().enumerate() {
            let o = population.of[l];
            let mut rng = address.stream(items[o], Purpose::Recall, particle[o]);
            particle[o] += 1;
            let Some(gaussian) = posterior else { continue };
            for k in 0..samples {
                if rng.uniform() < self.guided {
                    continue;
                }
                let noise: Vec<f64> = (0..gaussian.width()).map(|_| rng.normal()).collect();
                let row = &mut values[(l * samples + k) * widest..][..gaussian.width()];
                let drawn = gaussian.draw(&noise);
                row.iter_mut().zip(drawn).for_each(|(to, c)| *to = c as f32);
            }
        }
        matrix(values, rows, widest, &device)
    }

    /// The log-density that the samples of each row were drawn from, given that of the guide.
    pub(super) fn log_density(
        &self,
        continuous: &Tensor<2>,
        guide: &[f64],
        samples: usize,
    ) -> Vec<f64> {
        if self.is_empty() {
            return guide.to_vec();
        }
        let (widest, values) = (continuous.dims()[1], host(continuous));
        let density = |(row, &log_q): (usize, &f64)| {
            let Some(gaussian) = &self.posteriors[row / samples] else {
                return log_q;
            };
            let own = &values[row * widest..][..gaussian.width()];
            let own: Vec<f64> = own.iter().map(|&c| f64::from(c)).collect();
            logsumexp(&[
                self.guided.ln() + log_q,
                (1.0 - self.guided).ln() + gaussian.log_density(&own),
            ])
        };
        guide.iter().enumerate().map(density).collect()
    }

    /// The Gaussian of a program.
    pub(super) fn posterior(&self, l: usize) -> Option<&Gaussian> {
        self.posteriors.get(l)?.as_ref()
    }
}
