//! What is asked of a guide.

use super::{COUNTED, DRAWS, Fantasies, Trial, near};
use crate::guide::Guide;
use crate::model::{Model, ModelExt};
use helmholtz_nn::{host, matrix};

/// Continuous samples of a program.
const SAMPLES: usize = 2;

/// Draws of the guide have the density that it says, and are drawn as often.
pub(super) fn inspect<M: Model, G: Guide<M>>(
    trial: &mut Trial<'_, M>,
    guide: &G,
    fantasies: &Fantasies<M>,
) {
    let encoding = guide.encode(&trial.data);
    let of: Vec<usize> = (0..DRAWS).map(|i| i % trial.data.len()).collect();
    let drawn = guide.sample(&encoding, &of, &mut trial.streams(DRAWS, 6));
    if !trial.as_many("Guide::sample", drawn.len(), DRAWS) {
        return;
    }
    let (programs, said): (Vec<M::Discrete>, Vec<f64>) = drawn.into_iter().unzip();
    programs
        .iter()
        .for_each(|p| trial.program("Guide::sample", p));
    let density = guide.log_prob(&encoding, &of, &programs);
    if !trial.as_many("Guide::log_prob", density.dims()[0], DRAWS) {
        return;
    }
    let density: Vec<f64> = host(&density).into_iter().map(f64::from).collect();
    let wrong = said
        .iter()
        .zip(&density)
        .find(|(s, d)| s.is_nan() || d.is_nan() || !near(**s, **d));
    if let Some((said, density)) = wrong {
        let reason = format!("{density:.4} for a draw that Guide::sample says has {said:.4}");
        trial.fault("Guide::log_prob", reason);
    }
    let many = vec![0; COUNTED];
    let drawn = guide.sample(&encoding, &many, &mut trial.streams(COUNTED, 7));
    let (counted, said): (Vec<M::Discrete>, Vec<f64>) = drawn.into_iter().unzip();
    trial.compare("Guide::sample", &counted, &said);
    continuous(trial, (guide, &encoding), fantasies);
}

/// The continuous part is there where the model has one, of its shape, and with the density that it says.
fn continuous<M: Model, G: Guide<M>>(
    trial: &mut Trial<'_, M>,
    (guide, encoding): (&G, &G::Encoding),
    fantasies: &Fantasies<M>,
) {
    const METHOD: &str = "Guide::continuous";
    let programs = fantasies.programs();
    let widest = programs
        .iter()
        .map(|p| trial.model.width_of(p))
        .max()
        .unwrap_or(0);
    let part = match (guide.continuous(), trial.model.continuous()) {
        (None, None) => return,
        (None, Some(_)) => {
            return trial.fault(METHOD, "missing, though Model::continuous is there");
        }
        (Some(_), None) => {
            return trial.fault(METHOD, "there, though the model has no Model::continuous");
        }
        (Some(part), Some(_)) => part,
    };
    let of: Vec<usize> = (0..programs.len()).map(|i| i % trial.data.len()).collect();
    let rows = programs.len() * SAMPLES;
    if widest == 0 {
        return;
    }
    let mut noise = vec![0.0; rows * widest];
    for (row, rng) in trial.streams(rows, 8).iter_mut().enumerate() {
        // Beyond a program's width it is zero.
        let width = trial.model.width_of(&programs[row / SAMPLES]);
        noise[row * widest..][..width].fill_with(|| rng.normal() as f32);
    }
    let noise = matrix(noise, rows, widest, &guide.device());
    let drawn = part.sample(encoding, &of, &programs, SAMPLES, noise);
    let shape = drawn.values.dims();
    if shape != [rows, widest] {
        let reason = format!("samples of shape {shape:?} where [{rows}, {widest}] was asked for");
        return trial.fault("ContinuousGuide::sample", reason);
    }
    let again = part.log_prob(encoding, &of, &programs, SAMPLES, drawn.values.clone());
    let lengths = [drawn.log_prob.dims()[0], again.dims()[0]];
    let fits = lengths.map(|len| trial.as_many("ContinuousGuide::log_prob", len, rows));
    if fits != [true; 2] {
        return;
    }
    let both = host(&drawn.log_prob).into_iter().zip(host(&again));
    let both = both.map(|(a, b)| (f64::from(a), f64::from(b)));
    if let Some((said, density)) = both.into_iter().find(|(a, b)| !near(*a, *b)) {
        let reason =
            format!("{density:.4} for a draw that ContinuousGuide::sample says has {said:.4}");
        trial.fault("ContinuousGuide::log_prob", reason);
    }
}
