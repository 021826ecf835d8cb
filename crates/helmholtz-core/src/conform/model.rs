//! What is asked of a model.

use super::{COUNTED, DRAWS, Fantasies, Trial, near};
use crate::model::{Latent, LogProb, Model, ModelExt, Rows};
use helmholtz_nn::padded;

impl<M: Model> Trial<'_, M> {
    /// Latents of the prior. `None` where there are too few to go on.
    pub(super) fn latents(&mut self) -> Option<Vec<Latent<M::Discrete>>> {
        let latents = self.model.sample_latent(&mut self.streams(DRAWS, 0));
        let enough = self.as_many("Model::sample_latent", latents.len(), DRAWS);
        self.wide("Model::sample_latent", &latents);
        for (program, _) in &latents {
            self.program("Model::sample_latent", program);
        }
        enough.then_some(latents)
    }

    /// Latents have as many coordinates as the model says.
    fn wide(&mut self, method: &'static str, latents: &[Latent<M::Discrete>]) {
        for (program, raw) in latents {
            let width = self.model.width_of(program);
            if raw.len() != width {
                let reason = format!(
                    "{program:?} comes with {} coordinates, and Continuous::width says {width}",
                    raw.len()
                );
                self.fault(method, reason);
            }
        }
    }

    /// What latents generate, without those that failed. `None` where too few did not.
    pub(super) fn fantasies(&mut self, latents: Vec<Latent<M::Discrete>>) -> Option<Fantasies<M>> {
        const METHOD: &str = "Model::sample_observation";
        let drawn = self
            .model
            .sample_observation(&latents, &mut self.streams(DRAWS, 1));
        if !self.as_many(METHOD, drawn.len(), latents.len()) {
            return None;
        }
        let kept = latents.into_iter().zip(drawn);
        let kept = kept.filter_map(|(latent, x)| Some((latent, x?)));
        let (latents, observations): (Vec<_>, Vec<_>) = kept.unzip();
        if latents.is_empty() {
            let reason = format!("all of {DRAWS} fantasies fail: sleep could learn nothing");
            self.fault(METHOD, reason);
            return None;
        }
        Some(Fantasies {
            latents,
            observations,
        })
    }

    /// Prior, likelihood and joint of what was drawn from them.
    pub(super) fn densities(&mut self, fantasies: &Fantasies<M>) {
        let raw: Vec<&[f32]> = fantasies.latents.iter().map(|z| z.1.as_slice()).collect();
        let continuous = padded(&raw, &helmholtz_nn::Module::device(self.model));
        let observations: Vec<&M::Observation> = fantasies.observations.iter().collect();
        let of: Vec<usize> = (0..observations.len()).collect();
        let programs = fantasies.programs();
        let rows = Rows::new(&observations, &of, &programs).with_samples(1, continuous);
        let Some(prior) = self.values("Model::log_prior", &self.model.log_prior(&rows), rows.len())
        else {
            return;
        };
        if prior.contains(&f64::NEG_INFINITY) {
            self.fault("Model::log_prior", "a draw of the prior has probability 0");
        }
        let likelihood = self.model.log_likelihood(&rows);
        let Some(likelihood) = self.values("Model::log_likelihood", &likelihood, rows.len()) else {
            return;
        };
        if likelihood.iter().all(|l| *l == f64::NEG_INFINITY) {
            let reason = "it is minus infinity for every fantasy under its own program";
            self.fault("Model::log_likelihood", reason);
        }
        let Some(joint) = self.values("Model::joint", &self.model.log_joint(&rows), rows.len())
        else {
            return;
        };
        let sums = prior.iter().zip(&likelihood).map(|(p, l)| p + l);
        if let Some((sum, joint)) = sums.zip(&joint).find(|(sum, joint)| !near(*sum, **joint)) {
            let reason = format!("{joint:.4} where prior and likelihood add up to {sum:.4}");
            self.fault("Model::joint", reason);
        }
    }

    /// The values of log-probabilities, as many as there are rows. `None` where they cannot be used.
    pub(super) fn values(
        &mut self,
        method: &'static str,
        log_prob: &LogProb,
        rows: usize,
    ) -> Option<Vec<f64>> {
        let tensor = self.as_many(method, log_prob.tensor.dims()[0], rows);
        if !(tensor && self.as_many(method, log_prob.exact.len(), rows)) {
            return None;
        }
        let values = log_prob.values();
        if values.iter().any(|v| v.is_nan()) {
            self.fault(
                method,
                "not a number; minus infinity says that something is impossible",
            );
        }
        if values.contains(&f64::INFINITY) {
            self.fault(
                method,
                "infinite; a density has to be finite where something was drawn",
            );
        }
        Some(values)
    }

    /// Whether the prior draws programs as often as it says; of discrete models, whose densities are probabilities.
    pub(super) fn frequencies(&mut self) {
        if self.model.continuous().is_some() || self.data.is_empty() {
            return;
        }
        let drawn = self.model.sample_latent(&mut self.streams(COUNTED, 2));
        let programs: Vec<M::Discrete> = drawn.into_iter().map(|z| z.0).collect();
        // A prior that depends on the observation, as of an image whose class is known, is not that of these draws.
        let of = vec![0; programs.len()];
        let rows = Rows::new(&self.data, &of, &programs);
        let values = self.model.log_prior(&rows).values();
        self.compare("Model::log_prior", &programs, &values);
    }

    /// Edits, support, defensive and hand-written draws, and refinement, as far as there are any.
    pub(super) fn capabilities(&mut self, fantasies: &Fantasies<M>) {
        self.edits(fantasies);
        self.support();
        self.defensive();
        if let Some(prior) = self.model.hand_written() {
            let drawn = prior.sample(&mut self.streams(DRAWS, 3));
            self.as_many("HandWritten::sample", drawn.len(), DRAWS);
            self.wide("HandWritten::sample", &drawn);
            drawn
                .iter()
                .for_each(|z| self.program("HandWritten::sample", &z.0));
        }
        self.refinement(fantasies);
    }

    fn edits(&mut self, fantasies: &Fantasies<M>) {
        let Some(edits) = self.model.edits() else {
            return;
        };
        let mut rngs = self.streams(fantasies.latents.len(), 4);
        let each = fantasies.latents.iter().zip(&fantasies.observations);
        for (((program, _), x), rng) in each.zip(&mut rngs) {
            let Some(edited) = edits.edit(program, x, rng) else {
                continue;
            };
            if edited == *program {
                self.fault(
                    "Edits::edit",
                    "the same program; `None` says that there is no other",
                );
            }
            self.program("Edits::edit", &edited);
        }
    }

    /// The program of support explains every observation.
    fn support(&mut self) {
        let Some(support) = self.model.support() else {
            return;
        };
        self.program("Model::support", &support);
        let of: Vec<usize> = (0..self.data.len()).collect();
        let programs = vec![support; self.data.len()];
        let rows = Rows::new(&self.data, &of, &programs);
        let joint = self.model.log_joint(&rows).values();
        if joint.iter().any(|j| !j.is_finite()) {
            let reason = "an observation is impossible under it, or it is itself";
            self.fault("Model::support", reason);
        }
    }

    fn defensive(&mut self) {
        let Some(defensive) = self.model.defensive() else {
            return;
        };
        let drawn = defensive.sample(&mut self.streams(DRAWS, 5));
        if !self.as_many("Defensive::sample", drawn.len(), DRAWS) || self.data.is_empty() {
            return;
        }
        let of: Vec<usize> = (0..DRAWS).map(|i| i % self.data.len()).collect();
        let density = defensive.log_prob(&Rows::new(&self.data, &of, &drawn));
        self.as_many("Defensive::log_prob", density.len(), DRAWS);
        if density.iter().any(|d| !d.is_finite()) {
            self.fault(
                "Defensive::log_prob",
                "a draw of its own has no finite density",
            );
        }
    }

    fn refinement(&mut self, fantasies: &Fantasies<M>) {
        let Some(refinement) = self.model.refinement() else {
            return;
        };
        let observations: Vec<&M::Observation> = fantasies.observations.iter().collect();
        let of: Vec<usize> = (0..observations.len()).collect();
        let programs = fantasies.programs();
        let rows = Rows::new(&observations, &of, &programs);
        let refined = refinement.refine(&rows, &vec![None; programs.len()], 1);
        self.as_many("Refinement::refine", refined.len(), programs.len());
        for (program, found) in programs.iter().zip(refined) {
            let (width, found) = (self.model.width_of(program), found.map(|f| f.0.width()));
            if let Some(found) = found.filter(|f| *f != width) {
                let reason =
                    format!("a Gaussian of {found} coordinates for {program:?}, which has {width}");
                self.fault("Refinement::refine", reason);
            }
        }
    }
}
