//! A model of characters measured on images: bits per pixel.
//!
//! p(x) has no closed form. It is estimated without bias (so that bits are too many in expectation, if anything) as a
//! sum over programs that a search found and an average over draws of the guide of what the search did not find: with A
//! the programs found,
//!
//! p(x) = sum over A of p(z, x) + E over r of [z not in A] p(z, x) / r(z | x),
//!
//! where r is the guide with a tenth of the prior. The search does not look at the draws, so that any A will do.
//!
//! Each image is measured by itself, with streams of random numbers that are addressed by its own ink: no image that is
//! measured beside it, and no order, changes what is found of it.

use std::collections::HashSet;
use std::fmt;

use helmholtz_nn::Module;
use rayon::prelude::*;
use serde::Serialize;

use super::guide::CharacterGuide;
use super::image::Character;
use super::model::CharacterModel;
use super::program::Program;
use super::search::{Budget, Found, budget, search};
use helmholtz_core::guide::{Guide, Proposal};
use helmholtz_core::model::{Model, Rows};
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use helmholtz_math::{logsumexp, softmax};
use helmholtz_nn::host;

/// How well a model explains images.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// The number of images.
    pub images: usize,
    /// The mean of -log p(x), in nats.
    pub marginal_nll: f64,
    /// Its standard error over images.
    pub standard_error: f64,
    /// The same in bits, per pixel.
    pub bits_per_pixel: f64,
    /// The bound of what was found alone, in nats.
    pub bound: f64,
    /// The mean of -log p(x | z) over programs that were found, by their weights, in nats: how far a reconstruction is
    /// off.
    pub reconstruction: f64,
}

/// How images are measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effort {
    /// The search for programs.
    pub search: Budget,
    /// Draws of the guide for what the search did not find.
    pub draws: usize,
}

impl Default for Effort {
    fn default() -> Self {
        Self {
            search: budget(),
            draws: 200,
        }
    }
}

/// The share of draws from the prior.
const PRIOR: f64 = 0.1;
/// Measures a model on images, by the help of a guide.
pub fn evaluate(
    model: &CharacterModel,
    guide: &CharacterGuide,
    images: &[Character],
    effort: &Effort,
) -> Evaluation {
    let (model, guide) = (&model.valid(), &guide.valid());
    let found = search(model, guide, images, &effort.search);
    let each = images.par_iter().zip(&found);
    let each = each.map(|(x, found)| measured((model, guide), x, &found.members, effort));
    let each: Vec<Measured> = each.collect();
    let all = |part: fn(&Measured) -> f64| -> (f64, f64) {
        mean_and_error(&each.iter().map(part).collect::<Vec<f64>>())
    };
    let (mean, standard_error) = all(|m| m.nll);
    let pixels = images.first().map_or(1, |x| x.image.ink().len()) as f64;
    Evaluation {
        images: images.len(),
        marginal_nll: mean,
        standard_error,
        bits_per_pixel: mean / pixels / std::f64::consts::LN_2,
        bound: all(|m| m.bound).0,
        reconstruction: all(|m| m.error).0,
    }
}

/// What was measured of an image.
struct Measured {
    nll: f64,
    bound: f64,
    error: f64,
}

fn measured(
    (model, guide): (&CharacterModel, &CharacterGuide),
    image: &Character,
    found: &[Found],
    effort: &Effort,
) -> Measured {
    let bound = logsumexp(&found.iter().map(|f| f.log_joint).collect::<Vec<f64>>());
    let missed = missed(model, guide, image, found, effort);
    Measured {
        nll: -logsumexp(&[bound, missed]),
        bound,
        error: reconstruction(model, image, found),
    }
}

/// The mean and its standard error.
fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    (mean, (squares / (n - 1.0).max(1.0) / n).sqrt())
}

/// The logarithm of the average over draws of p(z, x) / r(z | x) where the search did not find z.
fn missed(
    model: &CharacterModel,
    guide: &CharacterGuide,
    image: &Character,
    found: &[Found],
    effort: &Effort,
) -> f64 {
    if effort.draws == 0 {
        return f64::NEG_INFINITY;
    }
    let (images, own) = ([image], vec![0; effort.draws]);
    let encoding = guide.encode(&images);
    let proposals = guide.sample(&encoding, &own, &mut streams(image, effort, 0));
    let programs = mixed(model, proposals, image, effort);
    let rows = Rows::<CharacterModel>::new(&images, &own, &programs);
    let prior = model.log_prior(&rows).values();
    let likelihood = model.log_likelihood(&rows).values();
    let proposed = host(&guide.log_prob(&encoding, &own, &programs));
    let known: HashSet<&Program> = found.iter().map(|f| &f.draft.program).collect();
    let each = prior.iter().zip(&likelihood).zip(&proposed).zip(&programs);
    let new = each.filter(|(_, program)| !known.contains(program));
    let weights = new.map(|(((prior, likelihood), &q), _)| {
        let r = logsumexp(&[(1.0 - PRIOR).ln() + f64::from(q), PRIOR.ln() + prior]);
        prior + likelihood - r
    });
    let weights: Vec<f64> = weights.filter(|w| !w.is_nan()).collect();
    logsumexp(&weights) - (effort.draws as f64).ln()
}

/// The streams of an image's draws. Its number is made of its ink, so that the errors of different images are independent.
fn streams(image: &Character, effort: &Effort, part: u64) -> Vec<Stream> {
    let (seed, number) = (effort.search.seed, image.image.number());
    let draw = |i| Stream::at([seed, number, part, Purpose::Draws.with(i)]);
    (0..effort.draws as u64).map(draw).collect()
}

/// The guide's draws, some of them replaced by draws of the prior, with the image's label where it has one.
fn mixed(
    model: &CharacterModel,
    proposals: Vec<Proposal<Program>>,
    image: &Character,
    effort: &Effort,
) -> Vec<Program> {
    let known = vec![image.label; proposals.len()];
    let prior = model.sample_programs(&known, &mut streams(image, effort, 1));
    let both = proposals.into_iter().map(|p| p.0).zip(prior);
    let chosen = both.zip(streams(image, effort, 2));
    chosen
        .map(|((a, b), mut rng)| if rng.uniform() < PRIOR { b } else { a })
        .collect()
}

/// The mean of -log p(x | z) over programs found, by their weights.
fn reconstruction(model: &CharacterModel, image: &Character, found: &[Found]) -> f64 {
    let programs: Vec<Program> = found.iter().map(|f| f.draft.program.clone()).collect();
    let (images, own) = ([image], vec![0; programs.len()]);
    let rows = Rows::<CharacterModel>::new(&images, &own, &programs);
    let errors = model.log_likelihood(&rows).values();
    let weights = softmax(&found.iter().map(|f| f.log_joint).collect::<Vec<f64>>());
    weights.iter().zip(errors).map(|(w, e)| -w * e).sum()
}

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "bits per pixel  {:.4}", self.bits_per_pixel)?;
        let error = match self.images {
            1 => String::new(),
            _ => format!(" +- {:.2}", self.standard_error),
        };
        writeln!(
            f,
            "marginal NLL    {:.2} nats per image{error}; images: {}",
            self.marginal_nll, self.images
        )?;
        writeln!(
            f,
            "bound           {:.2} nats, by the programs found alone",
            self.bound
        )?;
        write!(
            f,
            "reconstruction  {:.2} nats: -log p(x | z), over the programs found",
            self.reconstruction
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tests::{all, config, disturbed, observations};
    use crate::{CharacterDomain, Writer, characters, generate, pretrained};
    use helmholtz_core::domain::Domain;
    use helmholtz_core::model::ModelExt;

    /// However little the search finds, the estimate of p(x) is right in the mean.
    #[test]
    fn the_estimate_is_unbiased() {
        for (labels, known) in [(0, true), (2, true), (2, false)] {
            let config = config(labels, Writer::Lstm);
            let (model, guide) = CharacterDomain::networks(&config).unwrap();
            let model = disturbed(model);
            let mut image = observations(labels).remove(0);
            if !known {
                image.label = None;
            }
            let (seen, programs) = ([&image], all(labels));
            let of = vec![0; programs.len()];
            let rows = Rows::<CharacterModel>::new(&seen, &of, &programs);
            let exact = logsumexp(&model.valid().log_joint(&rows).values());
            let ratio = |seed| {
                let search = Budget {
                    restarts: 1,
                    members: 1,
                    first: 1,
                    rounds: 0,
                    seed,
                    ..Budget::default()
                };
                let effort = Effort { search, draws: 30 };
                let estimate = evaluate(&model, &guide, std::slice::from_ref(&image), &effort);
                (-estimate.marginal_nll - exact).exp()
            };
            let ratios: Vec<f64> = (0..400).map(ratio).collect();
            let (mean, error) = mean_and_error(&ratios);
            assert!(
                (mean - 1.0).abs() < 4.0 * error,
                "{labels} {known}: {mean} +- {error}"
            );
            assert!(error < 0.2, "{error}");
        }
    }

    #[test]
    fn images_are_measured_alike_alone_and_together() {
        let (config, model, guide) = pretrained().unwrap();
        let drawn: Vec<_> = generate(config.size, 100)
            .into_iter()
            .step_by(200)
            .collect();
        let images = characters(&config, &drawn[..3]).unwrap();
        let search = Budget {
            restarts: 2,
            rounds: 6,
            ..budget()
        };
        let effort = Effort { search, draws: 20 };
        let nll = |some: &[Character]| evaluate(&model, &guide, some, &effort).marginal_nll;
        let alone: Vec<f64> = images
            .iter()
            .map(|x| nll(std::slice::from_ref(x)))
            .collect();
        assert_eq!(nll(&images), alone.iter().sum::<f64>() / 3.0);
        let other = [images[2].clone(), images[1].clone()];
        assert_eq!(nll(&other), (alone[2] + alone[1]) / 2.0);
    }
}
