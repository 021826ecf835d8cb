//! A model of characters measured on images: bits per pixel.
//!
//! p(x) has no closed form. It is estimated without bias (so that bits are too many in expectation, if anything) as a
//! sum over programs that a search found and an average over draws of the guide of what the search did not find: with A
//! the programs found,
//!
//! p(x) = sum over A of p(z, x) + E over r of [z not in A] p(z, x) / r(z | x),
//!
//! where r is the guide with a tenth of the prior. The search does not look at the draws, so that any A will do.

use std::collections::HashSet;
use std::fmt;

use helmholtz_nn::tensor::Module;
use serde::Serialize;

use super::guide::CharacterGuide;
use super::image::Character;
use super::model::CharacterModel;
use super::program::Program;
use super::search::{Found, Search, TOGETHER};
use helmholtz_core::guide::Guide;
use helmholtz_core::model::{Model, Rows};
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// The search for programs.
    pub search: Search,
    /// Draws of the guide for what the search did not find.
    pub draws: usize,
}

impl Default for Effort {
    fn default() -> Self {
        Self {
            search: Search::default(),
            draws: 200,
        }
    }
}

/// The share of draws from the prior.
const PRIOR: f64 = 0.1;
/// The purpose of the streams that draw.
const DRAWS: u64 = 0x8a6;

/// Measures a model on images, by the help of a guide.
pub fn evaluate(
    model: &CharacterModel,
    guide: &CharacterGuide,
    images: &[Character],
    effort: &Effort,
) -> Evaluation {
    let (model, guide) = (&model.valid(), &guide.valid());
    let mut all = Parts::default();
    for some in images.chunks(TOGETHER) {
        let seen: Vec<&Character> = some.iter().collect();
        let found = effort.search.run(model, guide, &seen);
        let missed = missed(model, guide, &seen, &found, effort);
        let joints = |f: &Vec<Found>| f.iter().map(|f| f.1).collect::<Vec<f64>>();
        let bounds: Vec<f64> = found.iter().map(|f| logsumexp(&joints(f))).collect();
        let nll = bounds
            .iter()
            .zip(&missed)
            .map(|(&a, &b)| -logsumexp(&[a, b]));
        all.nll.extend(nll);
        all.bounds.extend(bounds);
        all.errors.extend(reconstruction(model, &seen, &found));
    }
    let (mean, standard_error) = mean_and_error(&all.nll);
    let pixels = images.first().map_or(1, |x| x.image.ink().len()) as f64;
    Evaluation {
        images: images.len(),
        marginal_nll: mean,
        standard_error,
        bits_per_pixel: mean / pixels / std::f64::consts::LN_2,
        bound: mean_and_error(&all.bounds).0,
        reconstruction: mean_and_error(&all.errors).0,
    }
}

/// What was measured of each image.
#[derive(Default)]
struct Parts {
    nll: Vec<f64>,
    bounds: Vec<f64>,
    errors: Vec<f64>,
}

/// The mean and its standard error.
fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    (mean, (squares / (n - 1.0).max(1.0) / n).sqrt())
}

/// Per image, the logarithm of the average over draws of p(z, x) / r(z | x) where the search did not find z.
fn missed(
    model: &CharacterModel,
    guide: &CharacterGuide,
    images: &[&Character],
    found: &[Vec<Found>],
    effort: &Effort,
) -> Vec<f64> {
    if effort.draws == 0 {
        return vec![f64::NEG_INFINITY; images.len()];
    }
    let encoding = guide.encode(images);
    let of: Vec<usize> = (0..images.len())
        .flat_map(|i| vec![i; effort.draws])
        .collect();
    let programs = drawn(model, guide, &encoding, (&of, images), effort.search.seed);
    let rows = Rows::<CharacterModel>::new(images, &of, &programs);
    let prior = model.log_prior(&rows).values();
    let likelihood = model.log_likelihood(&rows).values();
    let proposed = host(&guide.log_prob(&encoding, &of, &programs));
    let each = prior.iter().zip(&likelihood).zip(&proposed);
    let weights: Vec<f64> = each
        .map(|((prior, likelihood), &q)| {
            let r = logsumexp(&[(1.0 - PRIOR).ln() + f64::from(q), PRIOR.ln() + prior]);
            prior + likelihood - r
        })
        .collect();
    let known: Vec<HashSet<&Program>> = found
        .iter()
        .map(|f| f.iter().map(|f| &f.0).collect())
        .collect();
    let mut new = vec![vec![]; images.len()];
    for ((&i, program), weight) in of.iter().zip(&programs).zip(weights) {
        if !known[i].contains(program) && !weight.is_nan() {
            new[i].push(weight);
        }
    }
    new.iter()
        .map(|w| logsumexp(w) - (effort.draws as f64).ln())
        .collect()
}

/// A draw for each of `of`: of the guide, or of the prior, with the image's label where it has one.
fn drawn(
    model: &CharacterModel,
    guide: &CharacterGuide,
    encoding: &super::guide::Encoding,
    (of, images): (&[usize], &[&Character]),
    seed: u64,
) -> Vec<Program> {
    let stream = |i: usize, part: u64| Stream::at([seed, i as u64, part, DRAWS]);
    let mut rngs: Vec<Stream> = (0..of.len()).map(|i| stream(i, 0)).collect();
    let proposed = guide
        .sample(encoding, of, &mut rngs)
        .into_iter()
        .map(|p| p.0);
    let known: Vec<Option<u16>> = of.iter().map(|&i| images[i].label).collect();
    let prior = model.sample_programs(&known, &mut rngs);
    let both = proposed.zip(prior).enumerate();
    both.map(|(i, (a, b))| if stream(i, 1).uniform() < PRIOR { b } else { a })
        .collect()
}

/// Per image, the mean of -log p(x | z) over programs found, by their weights.
fn reconstruction(model: &CharacterModel, images: &[&Character], found: &[Vec<Found>]) -> Vec<f64> {
    let each = found.iter().enumerate();
    let each = each.flat_map(|(i, f)| f.iter().map(move |f| (i, f.0.clone())));
    let (of, programs): (Vec<usize>, Vec<Program>) = each.unzip();
    let rows = Rows::<CharacterModel>::new(images, &of, &programs);
    let mut errors = model.log_likelihood(&rows).values().into_iter();
    let mean = |f: &Vec<Found>| {
        let weights = softmax(&f.iter().map(|f| f.1).collect::<Vec<f64>>());
        weights
            .iter()
            .zip(errors.by_ref())
            .map(|(w, e)| -w * e)
            .sum()
    };
    found.iter().map(mean).collect()
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
    use crate::{CharacterDomain, Writer};
    use helmholtz_core::domain::Domain;

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
                let search = Search {
                    members: 1,
                    starts: 1,
                    rounds: 1,
                    proposals: 1,
                    seed,
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
}
