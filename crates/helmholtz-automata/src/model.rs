//! The generative model: a rule, a first column of fair coins, and noise.

use std::f64::consts::LN_2;

use helmholtz_nn::tensor::Device;
use helmholtz_nn::{Module, Param};

use super::counts::{CELLS, Counts};
use super::image::{Image, SIZE, coins};
use super::rule::{Neighbours, Rule};
use helmholtz_core::model::{Edits, Joint, Latent, LogProb, Model, Rows};
use helmholtz_math::random::Stream;
use helmholtz_nn::{host, matrix};

/// p(z, x): the bits of the rule z and the first column of the image x are fair coins, and each further
/// cell is what the rule says, flipped with probability phi (MWS, section 4.4).
#[derive(Clone, Debug, Module)]
pub struct AutomataModel {
    /// `[1, 1]`: log(phi / (1 - phi)).
    likelihood: Param<2>,
    #[module(skip)]
    neighbours: Neighbours,
}

/// The noise, as the likelihood needs it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Noise {
    /// phi.
    pub(super) phi: f64,
    log_miss: f64,
    log_hit: f64,
}

impl Noise {
    /// Of a probability between 0 and 1, both excluded.
    pub(super) fn new(phi: f64) -> Self {
        Self {
            phi,
            log_miss: phi.ln(),
            log_hit: (-phi).ln_1p(),
        }
    }

    /// Of log(phi / (1 - phi)), without a cancellation at either end.
    fn of_logit(logit: f64) -> Self {
        let log_miss = -softplus(-logit);
        Self {
            phi: log_miss.exp(),
            log_miss,
            log_hit: -softplus(logit),
        }
    }

    /// log p of outcomes of which some are misses, as counts that need not be whole.
    pub(super) fn log_prob(&self, hits: f64, misses: f64) -> f64 {
        hits * self.log_hit + misses * self.log_miss
    }

    /// log p(x | z) of an image with that many misses.
    fn log_image(&self, misses: u32) -> f64 {
        let misses = f64::from(misses);
        LOG_FIRST + self.log_prob(CELLS as f64 - misses, misses)
    }
}

/// log p of the first column.
pub(super) const LOG_FIRST: f64 = -(SIZE as f64) * LN_2;

/// log(1 + e^x), for x of any size.
pub(super) fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// log p(z), the same for every rule.
fn log_prior(rule: Rule) -> f64 {
    -(rule.neighbours().bits() as f64) * LN_2
}

impl AutomataModel {
    /// A model whose noise starts at `noise`, between 0 and 1/2, for rules of that many neighbours.
    pub fn new(noise: f64, neighbours: Neighbours, device: &Device) -> Self {
        let logit = (noise / (1.0 - noise)).ln() as f32;
        Self {
            likelihood: Param::from_tensor(matrix(vec![logit], 1, 1, device)),
            neighbours,
        }
    }

    /// phi, the probability that a cell is not what the rule says.
    pub fn noise(&self) -> f64 {
        self.parameter().phi
    }

    /// How many cells the rules look at.
    pub fn neighbours(&self) -> Neighbours {
        self.neighbours
    }

    fn parameter(&self) -> Noise {
        let logit = host(&self.likelihood.val());
        Noise::of_logit(logit.iter().copied().map(f64::from).sum())
    }

    /// log p(x | z) + `more(z)` of every row, with the gradient by the logit where there is a graph.
    fn symbolic(&self, rows: &Rows<'_, Self>, more: impl Fn(Rule) -> f64) -> LogProb {
        let (inputs, noise) = (self.likelihood.val(), self.parameter());
        let each = rows.programs.iter().zip(rows.of);
        let misses: Vec<u32> = each
            .map(|(&z, &o)| rows.observations[o].misses(z))
            .collect();
        let both = misses.iter().zip(rows.programs);
        let exact = both.map(|(&m, &z)| noise.log_image(m) + more(z)).collect();
        // d log p(x | z) / d logit = misses (1 - phi) - hits phi.
        let expected = CELLS as f64 * noise.phi;
        let jacobian = match inputs.is_autodiff() {
            false => vec![],
            true => misses
                .iter()
                .map(|&m| (f64::from(m) - expected) as f32)
                .collect(),
        };
        LogProb::symbolic(exact, inputs, jacobian)
    }
}

/// A rule drawn from the prior.
pub fn sample_rule(neighbours: Neighbours, rng: &mut Stream) -> Rule {
    Rule::truncated(neighbours, coins(rng) as u32)
}

/// An image drawn by a rule, each cell after the first column flipped with probability `noise`.
pub fn sample_image(rule: Rule, noise: f64, rng: &mut Stream) -> Image {
    let first = coins(rng);
    Image::run(rule, first, noise, rng)
}

impl Model for AutomataModel {
    type Observation = Counts;
    type Discrete = Rule;

    fn log_prior(&self, rows: &Rows<'_, Self>) -> LogProb {
        let exact = rows.programs.iter().map(|&z| log_prior(z)).collect();
        LogProb::symbolic(exact, self.likelihood.val(), vec![])
    }

    fn log_likelihood(&self, rows: &Rows<'_, Self>) -> LogProb {
        self.symbolic(rows, |_| 0.0)
    }

    fn sample_latent(&self, rngs: &mut [Stream]) -> Vec<Latent<Rule>> {
        let each = rngs.iter_mut();
        each.map(|rng| (sample_rule(self.neighbours, rng), vec![]))
            .collect()
    }

    fn sample_observation(
        &self,
        latents: &[Latent<Rule>],
        rngs: &mut [Stream],
    ) -> Vec<Option<Counts>> {
        let noise = self.noise();
        let draw = |((z, _), rng): (&Latent<Rule>, &mut Stream)| {
            Counts::of(&sample_image(*z, noise, rng), self.neighbours)
        };
        latents.iter().zip(rngs).map(draw).map(Some).collect()
    }

    fn joint(&self) -> Option<&dyn Joint<Self>> {
        Some(self)
    }

    fn edits(&self) -> Option<&dyn Edits<Self>> {
        Some(self)
    }
}

impl Joint<AutomataModel> for AutomataModel {
    fn at_once(&self, rows: &Rows<'_, AutomataModel>) -> LogProb {
        self.symbolic(rows, log_prior)
    }
}

impl Edits<AutomataModel> for AutomataModel {
    /// Flips one bit.
    fn edit(&self, rule: &Rule, _: &Counts, rng: &mut Stream) -> Option<Rule> {
        Some(rule.flipped(rng.below(rule.neighbours().bits())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use helmholtz_core::model::ModelExt;
    use helmholtz_nn::training_device;

    fn model(noise: f64) -> AutomataModel {
        AutomataModel::new(noise, Neighbours::Three, &training_device())
    }

    fn image(seed: u64) -> (Rule, Counts) {
        let mut rng = Stream::at([13, seed, 0, 0]);
        let rule = sample_rule(Neighbours::Three, &mut rng);
        let image = sample_image(rule, 0.1, &mut rng);
        (rule, Counts::of(&image, Neighbours::Three))
    }

    #[test]
    fn the_joint_is_prior_plus_likelihood_cell_by_cell() {
        let (model, (rule, x)) = (model(0.1), image(1));
        let programs = [rule, rule.flipped(3)];
        let observations = [&x];
        let rows = Rows::new(&observations, &[0, 0], &programs);
        let parts = model.log_prior(&rows) + model.log_likelihood(&rows);
        let (joint, parts) = (model.log_joint(&rows).values(), parts.values());
        for (i, z) in programs.into_iter().enumerate() {
            let misses = f64::from(x.misses(z));
            let by_hand = (64.0 + 8.0) * 0.5f64.ln()
                + misses * model.noise().ln()
                + (4032.0 - misses) * (1.0 - model.noise()).ln();
            assert!((joint[i] - by_hand).abs() < 1e-9 && (parts[i] - by_hand).abs() < 1e-9);
        }
    }

    #[test]
    fn the_gradient_agrees_with_finite_differences() {
        let (model, (rule, x)) = (model(0.1), image(2));
        let (observations, programs) = ([&x], [rule]);
        let rows = Rows::new(&observations, &[0], &programs);
        let gradients = model.log_joint(&rows).tensor.sum().backward();
        let exact = f64::from(host(&model.likelihood.val().grad(&gradients).unwrap())[0]);
        let logit = (model.noise() / (1.0 - model.noise())).ln();
        let value = |h: f64| Noise::of_logit(logit + h).log_image(x.misses(rule));
        let numeric = (value(1e-5) - value(-1e-5)) / 2e-5;
        assert!(
            (numeric - exact).abs() < 1e-3 * (1.0 + exact.abs()),
            "{numeric} {exact}"
        );
    }

    #[test]
    fn noise_keeps_its_digits_at_both_ends() {
        for (logit, phi) in [(-40.0, (-40.0f64).exp()), (40.0, 1.0), (0.0, 0.5)] {
            let noise = Noise::of_logit(logit);
            assert!((noise.phi / phi - 1.0).abs() < 1e-12);
            assert!((noise.log_hit + softplus(logit)).abs() < 1e-15);
            assert!(noise.log_prob(1.0, 1.0).is_finite());
        }
    }

    #[test]
    fn fantasies_have_the_noise_of_the_model() {
        let (model, n) = (model(0.1), 50);
        let streams = |purpose| (0..n).map(|i| Stream::at([14, i, 0, purpose])).collect();
        let (mut rngs, mut more): (Vec<_>, Vec<_>) = (streams(0), streams(1));
        let latents = model.sample_latent(&mut rngs);
        let images = model.sample_observation(&latents, &mut more);
        let both = latents.iter().zip(images);
        let misses: u32 = both.map(|(z, x)| x.unwrap().misses(z.0)).sum();
        let cells = n as f64 * CELLS as f64;
        let standard_error = (0.1 * 0.9 / cells).sqrt();
        assert!((f64::from(misses) / cells - 0.1).abs() < 4.0 * standard_error);
    }

    #[test]
    fn an_edit_flips_one_bit() {
        let (model, (rule, x)) = (model(0.1), image(3));
        let mut rng = Stream::at([15, 0, 0, 0]);
        let near: std::collections::HashSet<Rule> = (0..200)
            .filter_map(|_| model.edited(&rule, &x, &mut rng))
            .collect();
        let expected = (0..8).map(|i| rule.flipped(i)).collect();
        assert_eq!(near, expected);
    }
}
