//! Learning with gradients through the samples of the past: one graph for inference and learning. With several
//! particles a clip the objective is the particle bound (Maddison et al., 2017), without the gradient of the choice of
//! those that go on, which is what those authors do as well.

use helmholtz_math::purpose::Purpose;
use helmholtz_nn::tensor::Tensor;

use super::clips::Clips;
use super::tally::StepSums;
use super::{Filtering, Lesson, lessons, objective};
use crate::filter::{
    Carry as _, Infer, InferenceInput, Moment, StateSpace, StepEnergy, effective, systematic,
};
use crate::train::learner::Report;
use helmholtz_nn::dist::Normal;
use helmholtz_nn::{Rates, host, matrix};

/// Particles are drawn anew when fewer than this share of them count.
const THRESHOLD: f64 = 0.5;

/// A step of a clip, seen by every particle.
struct Seen<'a, S: StateSpace> {
    t: usize,
    state: &'a S::State,
    prior: &'a Normal,
    observation: &'a Tensor<2>,
}

impl<S: StateSpace, I: Infer<S>> Filtering<S, I> {
    /// One graph through the clip.
    pub(super) fn attached(&mut self, clips: &Clips, rates: &Rates) -> Report {
        let still = self.model.valid();
        let mut state = self.start(&self.model, clips);
        let (mut tally, mut own, mut total) = (StepSums::default(), vec![], None::<Tensor<1>>);
        let mut cloud = None;
        for (t, observation) in clips.observations.iter().enumerate() {
            let prior = self.model.prior(&state);
            let seen = Seen {
                t,
                state: &state,
                prior: &prior,
                observation,
            };
            let posterior = self.infer_attached(clips, &still, &seen, (&mut tally, &mut own));
            let z = posterior.sample(self.noise(clips, t, (Purpose::Carry, 0), &posterior));
            let reconstruction = self
                .model
                .log_likelihood(&state, z.clone(), observation)
                .neg();
            let kl = posterior.kl(&prior);
            tally.last.extend(StepEnergy::rows(&reconstruction, &kl));
            state = self.model.advance(state.clone(), z.clone(), observation);
            let energy = match self.settings.particles {
                1 => reconstruction + kl * clips.weight,
                _ => {
                    let ratio = posterior.log_prob(z.clone()) - prior.log_prob(z);
                    let weights = (reconstruction + ratio * clips.weight).neg();
                    let (bound, weights) = self.weigh(cloud, weights);
                    let (weights, ancestors) = self.resample(clips, t, weights);
                    if let Some(ancestors) = ancestors {
                        state = state.select(&ancestors);
                    }
                    cloud = Some(weights);
                    bound.neg()
                }
            };
            let energy = energy.mean() / clips.observations.len() as f32;
            total = Some(total.map_or(energy.clone(), |sum| sum + energy));
        }
        let bound = total.as_ref().map(|total| -f64::from(host(total)[0]));
        // What shares the weights goes first, so that they can change in place.
        drop((still, state, cloud));
        let both = [total, objective(own)].into_iter().flatten();
        let norms = self.descend(both.reduce(|a, b| a + b), rates);
        let mut report = tally.report(f64::from(clips.weight), norms);
        if let (Some(bound), 2..) = (bound, self.settings.particles) {
            report.bound = bound;
        }
        report
    }

    /// The posterior of a step, in the graph; what its network is to learn goes into `own`.
    fn infer_attached(
        &self,
        clips: &Clips,
        still: &S,
        seen: &Seen<'_, S>,
        (tally, own): (&mut StepSums, &mut Vec<Lesson<S::State>>),
    ) -> Normal {
        let &Seen {
            t,
            state,
            prior,
            observation,
        } = seen;
        let moment = Moment {
            model: still,
            state: &state.constant(),
            prior: &prior.constant(),
            observation,
            weight: clips.weight,
        };
        if !self.guide.is_iterative() {
            let sight = InferenceInput {
                state: state.clone(),
                prior: prior.clone(),
                ..moment.sight(prior, None)
            };
            return self.guide.update(&self.model, &sight);
        }
        let noise = |k| self.judging(clips, t, k, moment.prior);
        let inferred = moment.infer(&*self.guide, self.settings.iterations, noise);
        tally.prediction.extend(&inferred.rounds[0].energies);
        let posterior = inferred.posterior.clone();
        own.extend(lessons(inferred, None));
        posterior
    }

    /// The logarithm of the mean weight of every sequence, and the normalised weights, `[sequences, particles]`.
    fn weigh(&self, before: Option<Tensor<2>>, new: Tensor<1>) -> (Tensor<1>, Tensor<2>) {
        let particles = self.settings.particles;
        let sequences = new.dims()[0] / particles;
        let new = new.reshape([sequences, particles]);
        let both = match before {
            Some(before) => before + new,
            None => new - (particles as f32).ln(),
        };
        let most = both.clone().detach().max_dim(1);
        let total = (both.clone() - most.clone()).exp().sum_dim(1).log() + most;
        (total.clone().reshape([sequences]), both - total)
    }

    /// Where too few particles count, they are drawn anew: whose place each row takes, and the weights then.
    fn resample(
        &self,
        clips: &Clips,
        t: usize,
        weights: Tensor<2>,
    ) -> (Tensor<2>, Option<Vec<usize>>) {
        let particles = self.settings.particles;
        let log_weights: Vec<f64> = host(&weights).into_iter().map(f64::from).collect();
        let (mut kept, mut ancestors) = (vec![], vec![]);
        for (i, own) in log_weights.chunks(particles).enumerate() {
            let first = i * particles;
            let keeps = effective(own) >= THRESHOLD * particles as f64;
            kept.push(f32::from(u8::from(keeps)));
            if keeps {
                ancestors.extend(first..first + particles);
            } else {
                let address = (clips.step, t);
                let mut rng = self.stream(clips.rows[first], address, (Purpose::CarryOn, 0));
                ancestors.extend(systematic(own, rng.uniform()).iter().map(|a| first + a));
            }
        }
        if kept.iter().all(|&k| k == 1.0) {
            return (weights, None);
        }
        let sequences = kept.len();
        let kept = matrix(kept, sequences, 1, &weights.device());
        let equal = (kept.clone() - 1.0) * (particles as f32).ln();
        (weights * kept + equal, Some(ancestors))
    }
}
