//! Kernels weighed by draws of their parameters.

use super::model::SeriesModel;
use super::search::Found;
use super::series::Series;
use helmholtz_core::model::{ModelExt, Rows};
use helmholtz_math::logsumexp;
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use helmholtz_nn::{Module, padded};

/// A kernel's parameters, drawn from its Gaussian, with the log of what importance sampling weighs them by.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Draw {
    pub(super) raw: Vec<f64>,
    pub(super) log_weight: f64,
}

/// Draws every kernel's parameters, whose mean weight then is the evidence: exact on average where Laplace's is not.
/// Kernels under which no draw is possible are left out.
pub(super) fn weighed(
    model: &SeriesModel,
    series: &Series,
    (draws, seed): (usize, u64),
    mut kernels: Vec<Found>,
) -> Vec<Found> {
    let (mut rows, mut densities) = (vec![], vec![]);
    for (place, kernel) in kernels.iter_mut().enumerate() {
        let address = |k| [seed, place as u64, k as u64, Purpose::Parameters.tag()];
        let drawn = (0..draws).map(|k| drawn(kernel, &mut Stream::at(address(k))));
        let drawn: Vec<Vec<f32>> = drawn.collect();
        kernel.note.draws = drawn.iter().map(|raw| unweighed(raw)).collect();
        let gaussian = &kernel.note.gaussian;
        let each = kernel.note.draws.iter();
        densities.extend(each.map(|d| gaussian.log_density(&d.raw)));
        rows.extend(drawn);
    }
    let programs: Vec<_> = kernels.iter().map(|f| f.draft.program.clone()).collect();
    let (observations, of) = ([series], vec![0; programs.len()]);
    let continuous = padded(&rows, &model.device());
    let rows = Rows::new(&observations, &of, &programs).with_samples(draws, continuous);
    let joints = model.log_joint(&rows).values();
    let all = kernels.iter_mut().flat_map(|kernel| &mut kernel.note.draws);
    for ((draw, joint), density) in all.zip(joints).zip(densities) {
        let weight = joint - density;
        draw.log_weight = if weight.is_nan() {
            f64::NEG_INFINITY
        } else {
            weight
        };
    }
    for kernel in &mut kernels {
        let weights: Vec<f64> = kernel.note.draws.iter().map(|d| d.log_weight).collect();
        kernel.log_joint = logsumexp(&weights) - (draws as f64).ln();
    }
    kernels.retain(|kernel| kernel.log_joint.is_finite());
    kernels
}

/// In single precision, as models take it.
fn drawn(kernel: &Found, rng: &mut Stream) -> Vec<f32> {
    let noise: Vec<f64> = (0..kernel.note.covariance.width)
        .map(|_| rng.normal())
        .collect();
    let raw = kernel.note.gaussian.draw(&noise);
    raw.iter().map(|&c| c as f32).collect()
}

fn unweighed(raw: &[f32]) -> Draw {
    Draw {
        raw: raw.iter().map(|&c| f64::from(c)).collect(),
        log_weight: 0.0,
    }
}
