//! The iterative inference network: one for every model and every kind of data (AVF, eq. 13 and appendix B).

use helmholtz_nn::Module;
use helmholtz_nn::tensor::{Device, Tensor};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::state_space::{Carry, Infer, InferenceInput, StateSpace};
use crate::algorithm::learning::in_range;
use helmholtz_math::error::SettingError;
use helmholtz_math::random::Stream;
use helmholtz_nn::dist::{LOG_VARIANCE, Normal};
use helmholtz_nn::{Highway, Kernel, Linear, Numbers, Vjp, apply, host, matrix};
use helmholtz_nn::{normalised, numbers, unnormalised};

/// How an output becomes an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Update {
    /// A gated mean of the estimate so far and a new one.
    Highway,
    /// A gradient step of learned sizes, and a correction besides.
    LearnedStep,
}

/// How inputs are scaled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scaling {
    /// Each kind of input is normalised over the latent's coordinates, in each row (Ba et al., 2016). It leaves
    /// nothing of one coordinate, and of two only which is greater.
    LayerNorm,
    /// Gradients as the logarithm of their size, and their sign (Andrychowicz et al., 2016); means and log-variances as
    /// they are, and relative to the prior's.
    LogSize,
}

/// The most units per layer.
const WIDEST: usize = 65_536;
/// The most layers.
const DEEPEST: usize = 64;

/// The network's settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct IterativeConfig {
    /// Units per layer.
    #[schemars(range(min = 1, max = WIDEST))]
    pub width: usize,
    /// Layers.
    #[schemars(range(min = 1, max = DEEPEST))]
    pub layers: usize,
    /// How an output becomes an update.
    pub update: Update,
    /// How inputs are scaled; by layer normalisation from eight coordinates on, if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scaling: Option<Scaling>,
    /// Whether the new mean is normalised over the latent's coordinates.
    pub normalise_mean: bool,
    /// What gradients are multiplied by in learned steps.
    ///
    /// The authors' program divides by the number of sequences that it is trained on at a time.
    pub step: f64,
    /// Whether the network also sees the observation.
    pub observe: bool,
    /// Whether it also sees precision-weighted errors, of what is observed and of the latent.
    pub errors: bool,
}

impl Default for IterativeConfig {
    fn default() -> Self {
        Self {
            width: 1024,
            layers: 2,
            update: Update::Highway,
            scaling: None,
            normalise_mean: false,
            step: 1.0,
            observe: false,
            errors: false,
        }
    }
}

impl IterativeConfig {
    /// Refuses what cannot work.
    ///
    /// # Errors
    /// Names the first setting that is out of range and says what is in it.
    pub fn check(&self) -> Result<(), SettingError> {
        in_range("width", self.width, WIDEST)?;
        in_range("layers", self.layers, DEEPEST)
    }
}

/// The network.
#[derive(Clone, Debug, Module)]
pub struct IterativeNet {
    layers: Highway,
    /// New mean, new log-variance, and their gates.
    heads: Linear,
    #[module(skip)]
    form: Form,
}

/// What is no weight.
#[derive(Clone, Copy, Debug)]
struct Form {
    latent: usize,
    update: Update,
    scaling: Scaling,
    normalise_mean: bool,
    step: f32,
    observe: bool,
    errors: bool,
}

/// Coordinates from which on layer normalisation leaves enough of them.
const MANY: usize = 8;

impl IterativeNet {
    /// A network for latents of `latent` coordinates and observations of `observed` numbers, with random weights.
    ///
    /// # Errors
    /// When a setting is out of range.
    pub fn new(
        config: &IterativeConfig,
        (latent, observed): (usize, usize),
        rng: &mut Stream,
        device: &Device,
    ) -> Result<Self, SettingError> {
        config.check()?;
        let scaling = match latent {
            MANY.. => Scaling::LayerNorm,
            _ => Scaling::LogSize,
        };
        let form = Form {
            latent,
            update: config.update,
            scaling: config.scaling.unwrap_or(scaling),
            normalise_mean: config.normalise_mean,
            step: config.step as f32,
            observe: config.observe,
            errors: config.errors,
        };
        let size = (config.width, config.layers);
        Ok(Self {
            layers: Highway::new(form.inputs(observed), size, rng, device),
            heads: Linear::glorot(config.width, (latent, 4), 1.0, rng, device),
            form,
        })
    }
}

impl<S: StateSpace> Infer<S> for IterativeNet {
    fn sees_errors(&self) -> bool {
        self.form.errors
    }

    fn update(&self, _: &S, sight: &InferenceInput<S::State>) -> Normal {
        let rows = sight.posterior.mean.dims()[0];
        let features = self.form.features(sight, rows);
        let width = features.len() / rows.max(1);
        let device = sight.posterior.mean.device();
        let heads = self
            .heads
            .forward(self.layers.forward(matrix(features, rows, width, &device)));
        let gradient = sight.gradient.as_ref().unwrap_or(&sight.posterior);
        let (form, latent) = (self.form, self.form.latent);
        let kernel = UpdateKernel {
            form,
            rows,
            mean: host(&sight.posterior.mean),
            log_variance: host(&sight.posterior.log_variance),
            by_mean: host(&gradient.mean),
            by_log_variance: host(&gradient.log_variance),
        };
        let both: Tensor<2> = apply(kernel, [heads.into()]);
        Normal {
            mean: both.clone().narrow(1, 0, latent),
            log_variance: both.narrow(1, latent, latent),
        }
    }
}

impl Form {
    /// The width of what the network sees.
    fn inputs(&self, observed: usize) -> usize {
        let per_coordinate = match self.scaling {
            Scaling::LayerNorm => 4,
            Scaling::LogSize => 8,
        };
        let seen = |what: bool, width: usize| if what { width } else { 0 };
        per_coordinate * self.latent
            + seen(self.observe, observed)
            + seen(self.errors, observed + self.latent)
    }

    /// The inputs of every row: the gradients, the estimates, and what is seen besides.
    fn features<C: Carry>(&self, sight: &InferenceInput<C>, rows: usize) -> Vec<f32> {
        let (q, p) = (&sight.posterior, &sight.prior);
        let held = |n: &Normal| [numbers(&n.mean), numbers(&n.log_variance)];
        let (own, prior) = (held(q), held(p));
        let gradient = sight.gradient.as_ref().map(held);
        let observation = self.observe.then(|| numbers(&sight.observation));
        let errors = sight.errors.as_ref().filter(|_| self.errors).map(numbers);
        let mut features = Vec::new();
        for r in 0..rows {
            let row = |n: &Numbers| -> Vec<f32> {
                let width = n.len() / rows.max(1);
                n[r * width..(r + 1) * width].to_vec()
            };
            let gradients = gradient.as_ref().map(|g| [row(&g[0]), row(&g[1])]);
            let gradients = gradients.unwrap_or_else(|| [(); 2].map(|()| vec![0.0; self.latent]));
            let (own, prior) = (
                [row(&own[0]), row(&own[1])],
                [row(&prior[0]), row(&prior[1])],
            );
            self.push(&mut features, gradients, &own, &prior);
            features.extend(observation.iter().flat_map(row));
            if let Some(errors) = &errors {
                features.extend(normalised(row(errors)));
                let off = own[0].iter().zip(&prior[0]).zip(&prior[1]);
                features.extend(normalised(
                    off.map(|((q, p), v)| (q - p) / v.exp()).collect(),
                ));
            }
        }
        features
    }

    /// The inputs about the latent of one row.
    fn push(
        &self,
        features: &mut Vec<f32>,
        gradients: [Vec<f32>; 2],
        own: &[Vec<f32>; 2],
        prior: &[Vec<f32>; 2],
    ) {
        match self.scaling {
            Scaling::LayerNorm => {
                let each = gradients.into_iter().chain(own.iter().cloned());
                each.for_each(|part| features.extend(normalised(part)));
            }
            Scaling::LogSize => {
                features.extend(gradients.iter().flatten().flat_map(|&g| log_size(g)));
                features.extend(own.iter().flatten());
                let both = own.iter().flatten().zip(prior.iter().flatten());
                features.extend(both.map(|(q, p)| q - p));
            }
        }
    }
}

/// Numbers below e^-10 are shown as they are, times e^10.
const SMALL: f32 = 10.0;

/// The logarithm of a number's size over 10, and its sign (Andrychowicz et al., 2016, appendix A).
fn log_size(g: f32) -> [f32; 2] {
    match g.abs().ln() >= -SMALL {
        true => [g.abs().ln() / SMALL, g.signum()],
        false => [-1.0, g * SMALL.exp()],
    }
}

/// From the heads of a network, `[rows, 4 latent]`, to mean and log-variance, `[rows, 2 latent]`. The estimates so far
/// and their gradients are constants.
#[derive(Debug)]
struct UpdateKernel {
    form: Form,
    rows: usize,
    mean: Vec<f32>,
    log_variance: Vec<f32>,
    by_mean: Vec<f32>,
    by_log_variance: Vec<f32>,
}

impl UpdateKernel {
    /// The new value of one number, with its slopes by what the network says of it and by the gate before
    /// activation.
    fn one(&self, said: f32, gate: f32, before: f32, gradient: f32) -> [f32; 3] {
        let g = 1.0 / (1.0 + (-gate).exp());
        let slope = g * (1.0 - g);
        match self.form.update {
            Update::Highway => [
                g * before + (1.0 - g) * said,
                1.0 - g,
                slope * (before - said),
            ],
            Update::LearnedStep => {
                let step = self.form.step * gradient;
                [before - g * step + said, 1.0, -slope * step]
            }
        }
    }

    /// Mean and log-variance of coordinate `j` of row `r`, before normalisation and clamping.
    fn coordinate(&self, heads: &[f32], r: usize, j: usize) -> [[f32; 3]; 2] {
        let z = self.form.latent;
        let (head, i) = (|part: usize| heads[(4 * r + part) * z + j], r * z + j);
        [
            self.one(head(0), head(2), self.mean[i], self.by_mean[i]),
            self.one(
                head(1),
                head(3),
                self.log_variance[i],
                self.by_log_variance[i],
            ),
        ]
    }
}

impl Kernel for UpdateKernel {
    fn shape(&self) -> Vec<usize> {
        vec![self.rows, 2 * self.form.latent]
    }

    fn forward(&self, inputs: &[&[f32]], _: Option<&mut Vec<Vec<f32>>>) -> Vec<f32> {
        let z = self.form.latent;
        let mut output = Vec::with_capacity(self.rows * 2 * z);
        for r in 0..self.rows {
            let each: Vec<_> = (0..z).map(|j| self.coordinate(inputs[0], r, j)).collect();
            let means: Vec<f32> = each.iter().map(|c| c[0][0]).collect();
            output.extend(match self.form.normalise_mean {
                true => normalised(means),
                false => means,
            });
            let clamp = |c: &[[f32; 3]; 2]| c[1][0].clamp(LOG_VARIANCE.0, LOG_VARIANCE.1);
            output.extend(each.iter().map(clamp));
        }
        output
    }

    fn backward(&self, vjp: Vjp<'_>) -> Vec<Vec<f32>> {
        let z = self.form.latent;
        let mut gradient = vec![0.0; self.rows * 4 * z];
        for r in 0..self.rows {
            let each: Vec<_> = (0..z)
                .map(|j| self.coordinate(vjp.inputs[0], r, j))
                .collect();
            let (by_mean, by_log) = vjp.gradient[r * 2 * z..][..2 * z].split_at(z);
            let means: Vec<f32> = each.iter().map(|c| c[0][0]).collect();
            let by_mean = match self.form.normalise_mean {
                true => unnormalised(&means, by_mean),
                false => by_mean.to_vec(),
            };
            let out = &mut gradient[r * 4 * z..][..4 * z];
            for (j, [mean, log]) in each.into_iter().enumerate() {
                let inside = (LOG_VARIANCE.0..=LOG_VARIANCE.1).contains(&log[0]);
                let by_log = if inside { by_log[j] } else { 0.0 };
                (out[j], out[2 * z + j]) = (by_mean[j] * mean[1], by_mean[j] * mean[2]);
                (out[z + j], out[3 * z + j]) = (by_log * log[1], by_log * log[2]);
            }
        }
        vec![gradient]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use helmholtz_nn::testing::check_gradient;

    fn random(n: usize, seed: u64) -> Vec<f32> {
        let mut rng = Stream::at([seed, 13, 0, 0]);
        (0..n).map(|_| rng.normal() as f32).collect()
    }

    #[test]
    fn the_gradient_of_every_update_is_that_of_finite_differences() {
        for update in [Update::Highway, Update::LearnedStep] {
            for normalise_mean in [false, true] {
                let form = Form {
                    latent: 5,
                    update,
                    scaling: Scaling::LayerNorm,
                    normalise_mean,
                    step: 0.5,
                    observe: false,
                    errors: false,
                };
                let kernel = UpdateKernel {
                    form,
                    rows: 2,
                    mean: random(10, 1),
                    log_variance: random(10, 2),
                    by_mean: random(10, 3),
                    by_log_variance: random(10, 4),
                };
                check_gradient(&kernel, &[random(40, 5)]);
            }
        }
    }

    #[test]
    fn sizes_and_signs_of_gradients_survive() {
        assert_eq!(log_size(1.0), [0.0, 1.0]);
        assert_eq!(log_size(-1.0), [0.0, -1.0]);
        assert_eq!(log_size(0.0), [-1.0, 0.0]);
        let (below, above) = (log_size(4.5e-5), log_size(4.6e-5));
        assert!((below[0] - above[0]).abs() < 0.01 && (below[1] - above[1]).abs() < 0.05);
    }
}
