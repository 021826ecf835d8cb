//! Whether a model and its guide are what they say: lengths, densities, gradients, edits, serialisation.
//!
//! [`conform`] asks a model and a guide everything that training will ask, on a few observations, and says by method
//! what does not fit. A mistake that would end as a panic in the tensor library, or as training that learns the wrong
//! thing, ends here as a sentence.

mod gradients;
mod guide;
mod model;

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::guide::Guide;
use crate::model::{Latent, Model, ModelExt};
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;

/// Something that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The method, as in `Model::log_prior`.
    pub method: &'static str,
    /// What is wrong with it.
    pub reason: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.method, self.reason)
    }
}

/// Draws of every kind.
const DRAWS: usize = 64;
/// Observations that are looked at.
const OBSERVED: usize = 8;
/// Draws whose frequencies are compared with densities.
const COUNTED: usize = 4096;
/// Programs drawn less often say nothing about their density.
const OFTEN: usize = 40;
/// Standard errors by which a frequency may differ from a density: once in a billion by chance.
const ERRORS: f64 = 6.0;

/// What does not fit of a model, its guide and some observations; nothing where all is well.
///
/// Random numbers come from `seed`. The tests of frequencies are wrong once in a billion.
pub fn conform<M: Model, G: Guide<M>>(
    model: &M,
    guide: &G,
    data: &[M::Observation],
    seed: u64,
) -> Vec<Fault> {
    let mut trial = Trial {
        model: &model.valid(),
        data: data.iter().take(OBSERVED).collect(),
        seed,
        faults: vec![],
    };
    let Some(fantasies) = trial.latents().and_then(|latents| trial.fantasies(latents)) else {
        return trial.faults;
    };
    trial.densities(&fantasies);
    if !trial.faults.is_empty() {
        // Whatever asks for these densities would fail, too.
        return trial.faults;
    }
    trial.frequencies();
    trial.capabilities(&fantasies);
    if trial.data.is_empty() {
        trial.fault("data", "there is no observation to try the guide on");
    } else {
        guide::inspect(&mut trial, &guide.valid(), &fantasies);
    }
    // Gradients of what has no values would say nothing new.
    if trial.faults.is_empty() {
        gradients::inspect(&mut trial, model, guide, &fantasies);
    }
    trial.faults
}

/// Draws of the model: latents, and what each generates.
struct Fantasies<M: Model> {
    latents: Vec<Latent<M::Discrete>>,
    observations: Vec<M::Observation>,
}

impl<M: Model> Fantasies<M> {
    fn programs(&self) -> Vec<M::Discrete> {
        self.latents.iter().map(|z| z.0.clone()).collect()
    }
}

/// A model under trial.
struct Trial<'a, M: Model> {
    /// Outside the graph.
    model: &'a M,
    data: Vec<&'a M::Observation>,
    seed: u64,
    faults: Vec<Fault>,
}

impl<M: Model> Trial<'_, M> {
    /// Notes a fault, once a method and reason.
    fn fault(&mut self, method: &'static str, reason: impl Into<String>) {
        let fault = Fault {
            method,
            reason: reason.into(),
        };
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    /// Whether there are as many as there should be; a fault where not.
    fn as_many(&mut self, method: &'static str, found: usize, wanted: usize) -> bool {
        if found != wanted {
            self.fault(
                method,
                format!("{found} values where {wanted} were asked for"),
            );
        }
        found == wanted
    }

    fn streams(&self, count: usize, round: u64) -> Vec<Stream> {
        let tag = Purpose::Draws.tag();
        (0..count as u64)
            .map(|i| Stream::at([self.seed, i, round, tag]))
            .collect()
    }

    /// A program is one of the model's, survives serialisation, and has as many coordinates as it should.
    fn program(&mut self, method: &'static str, program: &M::Discrete) {
        if !self.model.is_admissible(program) {
            self.fault(
                method,
                format!("{program:?} is no program that the model admits"),
            );
        }
        if !survives(program) {
            let reason = format!(
                "{program:?} does not survive serialisation: it comes back as another, or not at all"
            );
            self.fault("Model::Discrete", reason);
        }
    }

    /// Compares how often programs were drawn with the density that they are said to have.
    fn compare(&mut self, method: &'static str, drawn: &[M::Discrete], log_probs: &[f64]) {
        let counts = counted(drawn);
        let all = drawn.len() as f64;
        let mut seen = HashMap::new();
        for (program, log_prob) in drawn.iter().zip(log_probs) {
            let count = counts[program];
            if count >= OFTEN {
                seen.insert(program, (count as f64, log_prob.exp()));
            }
        }
        let wrong = seen.into_iter().find(|(_, (count, p))| {
            let p = p.min(1.0);
            (count - all * p).abs() > ERRORS * (all * p * (1.0 - p)).sqrt() + 1e-3 * all
        });
        if let Some((program, (count, p))) = wrong {
            let share = count / all;
            let reason = format!(
                "{program:?} is drawn in a share of {share:.4} and said to have probability {p:.4}: draws and density disagree"
            );
            self.fault(method, reason);
        }
    }
}

/// How often each program was drawn.
fn counted<D: Eq + Hash>(drawn: &[D]) -> HashMap<&D, usize> {
    let mut counts = HashMap::new();
    drawn
        .iter()
        .for_each(|d| *counts.entry(d).or_insert(0) += 1);
    counts
}

/// Whether a program comes back from JSON as itself.
fn survives<D: Serialize + DeserializeOwned + PartialEq>(program: &D) -> bool {
    let text = serde_json::to_string(program);
    let back = text.and_then(|text| serde_json::from_str::<D>(&text));
    back.is_ok_and(|back| back == *program)
}

/// Whether two numbers are the same but for what single precision loses.
fn near(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() <= 1e-2 + 1e-3 * a.abs().max(b.abs())
}

#[cfg(test)]
mod tests;
