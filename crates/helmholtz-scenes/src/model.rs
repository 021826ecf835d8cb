//! The generative model of scenes: stacks of blocks of learned kinds, and the renderer (HMWS, section 4.2).

use helmholtz_nn::tensor::{Device, Tensor};
use helmholtz_nn::{Module, Param};
use rayon::prelude::*;

use super::choices::Choices;
use super::config::{Config, Shape};
use super::image::Image;
use super::placement::{Ground, Kind, Pulled};
use super::program::Stacks;
use super::render::Renderer;
use helmholtz_core::domain::Settings as _;
use helmholtz_core::model::{
    Admissible, Continuous, Edits, Latent, LogProb, Model, Refinement, Rows,
};
use helmholtz_math::error::SettingError;
use helmholtz_math::gaussian::Gaussian;
use helmholtz_math::laplace::{Climb, Slope, climb};
use helmholtz_math::normal;
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use helmholtz_nn::{host, parameter, vector, zero_parameter};

/// p(z, x).
#[derive(Clone, Debug, Module)]
pub struct SceneModel {
    /// The logits of the heights of every cell, and of kinds, `[1, cells (height + 1) + kinds]`, where they are learned.
    prior: Option<Param<2>>,
    /// The raw edges and colours of kinds, `[1, kinds *]`.
    likelihood: Param<2>,
    #[module(skip)]
    setting: Setting,
}

/// What is no weight of the model.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    pub(super) ground: Ground,
    pub(super) size: usize,
    colour: bool,
    shape: Shape,
    deviation: f64,
    elevation: f64,
}

/// The shortest edge of a block, and how much longer the longest is.
const EDGES: [f64; 2] = [0.2, 0.8];
/// The colour of blocks where it is not learned.
pub(super) const BLUE: [f64; 3] = [0.0, 0.0, 0.8];
impl Setting {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            ground: config.ground(),
            size: config.size,
            colour: config.colour,
            shape: config.shape,
            deviation: config.deviation,
            elevation: config.elevation,
        }
    }

    /// Raw edges of a kind.
    fn edges(&self) -> usize {
        match self.shape {
            Shape::Cube => 1,
            Shape::Cuboid => 3,
        }
    }

    /// Raw numbers of a kind.
    fn width(&self) -> usize {
        self.edges() + if self.colour { 3 } else { 0 }
    }

    /// What kinds are like by their raw numbers.
    fn kinds(&self, raw: &[f32]) -> Vec<Kind> {
        let each = raw.chunks_exact(self.width());
        each.map(|raw| {
            let raw: Vec<f64> = raw.iter().map(|&r| logistic(r.into())).collect();
            let (edges, colours) = raw.split_at(self.edges());
            let edge = |axis: usize| EDGES[0] + EDGES[1] * edges[axis % edges.len()];
            Kind {
                extent: std::array::from_fn(edge),
                colour: match colours {
                    [r, g, b] => [*r, *g, *b],
                    _ => BLUE,
                },
            }
        })
        .collect()
    }

    /// The gradient by raw numbers, given that by what kinds are like.
    fn by_raw<'a>(&'a self, kinds: &'a [Kind], by: &'a [Kind]) -> impl Iterator<Item = f64> + 'a {
        kinds.iter().zip(by).flat_map(|(kind, by)| {
            let mut raw = vec![0.0; self.edges()];
            for axis in 0..3 {
                let share = (kind.extent[axis] - EDGES[0]) / EDGES[1];
                raw[axis % self.edges()] += by.extent[axis] * EDGES[1] * share * (1.0 - share);
            }
            if self.colour {
                let both = kind.colour.iter().zip(by.colour);
                raw.extend(both.map(|(c, by)| by * c * (1.0 - c)));
            }
            raw
        })
    }

    pub(super) fn renderer(&self) -> Renderer {
        self.ground.renderer([self.elevation, 0.0], self.size)
    }

    /// log p(x | z) of a squared error: the density of a normal distribution for every colour of every pixel.
    fn log_density(&self, error: f64) -> f64 {
        normal::log_density_of_errors(3 * self.size * self.size, self.deviation, error)
    }
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// log p(x | z) of rows, and what is asked for of its gradient.
#[derive(Default)]
struct Scored {
    values: Vec<f64>,
    /// By the raw numbers of kinds.
    by_kinds: Vec<f32>,
    /// By raw positions, padded like these.
    by_positions: Vec<f32>,
}

impl SceneModel {
    /// A model with random kinds of blocks drawn by the configuration's seed: raw numbers from a normal distribution.
    ///
    /// # Errors
    /// When a setting is out of range.
    pub fn new(config: &Config, device: &Device) -> Result<Self, SettingError> {
        config.check()?;
        let (setting, plan) = (Setting::new(config), config.plan());
        let mut rng = Stream::at([config.learning.seed, 0, 0, Purpose::ModelWeights.tag()]);
        let count = config.kinds * setting.width();
        let raw = || (0..count).map(|_| rng.normal() as f32).collect();
        let logits = plan.cells() * (plan.height + 1) + plan.kinds;
        let even = || zero_parameter(1, logits, device);
        Ok(Self {
            prior: config.learned_prior.then(even),
            likelihood: parameter(1, count, device, raw),
            setting,
        })
    }

    /// What blocks of each kind are like.
    pub fn kinds(&self) -> Vec<Kind> {
        self.setting.kinds(&host(&self.likelihood.val()))
    }

    pub(super) fn setting(&self) -> Setting {
        self.setting
    }

    #[cfg(test)]
    pub(super) fn raw_kinds(&self) -> Tensor<2> {
        self.likelihood.val()
    }

    #[cfg(test)]
    pub(super) fn with_raw_kinds(self, raw: Vec<f32>) -> Self {
        let (count, device) = (raw.len(), self.likelihood.val().device());
        Self {
            likelihood: Param::from_tensor(helmholtz_nn::matrix(raw, 1, count, &device)),
            ..self
        }
    }

    fn choices(&self) -> Choices {
        let (plan, device) = (self.setting.ground.plan, self.likelihood.val().device());
        let (heights, kinds) = (plan.cells() * (plan.height + 1), plan.kinds);
        let logits = match &self.prior {
            Some(prior) => prior.val(),
            None => Tensor::zeros([1, heights + kinds], &device),
        };
        let of_heights = logits.clone().narrow(1, 0, heights);
        Choices {
            plan,
            heights: of_heights.reshape([plan.cells(), plan.height + 1]),
            kinds: logits.narrow(1, heights, kinds),
            places: 1,
        }
    }

    /// Draws raw positions of every block.
    pub(super) fn with_positions(stacks: Stacks, rng: &mut Stream) -> Latent<Stacks> {
        let raw = (0..stacks.blocks()).map(|_| rng.normal() as f32).collect();
        (stacks, raw)
    }

    fn score(&self, rows: &Rows<'_, Self>, by_kinds: bool) -> Scored {
        let (setting, kinds) = (self.setting, self.kinds());
        let renderer = setting.renderer();
        let widest = rows.continuous.as_ref().map_or(0, |c| c.dims()[1]);
        let drawn = rows.continuous.as_ref().map(host).unwrap_or_default();
        let score = |row: usize| -> (f64, Vec<f32>, Vec<f32>) {
            let program = &rows.programs[row / rows.samples];
            let image = rows.observations[rows.of[row / rows.samples]];
            let raw = &drawn[row * widest..][..program.blocks()];
            let raw: Vec<f64> = raw.iter().map(|&r| r.into()).collect();
            let towers = setting.ground.towers(program, &kinds, &raw);
            if !by_kinds && !rows.pathwise {
                let error = renderer.error(&towers, image);
                return (setting.log_density(error), vec![], vec![]);
            }
            let (error, by_block) = renderer.error_and_gradient(&towers, image);
            let by = setting.ground.pull(program, &kinds, &raw, &by_block);
            let (by_kinds, by_raw) = self.jacobian(&kinds, by, (by_kinds, rows.pathwise));
            let pad = if rows.pathwise { widest } else { 0 };
            let by_raw = by_raw.into_iter().chain(std::iter::repeat(0.0)).take(pad);
            (setting.log_density(error), by_kinds, by_raw.collect())
        };
        let scored: Vec<_> = (0..rows.len()).into_par_iter().map(score).collect();
        let mut all = Scored::default();
        for (value, by_kinds, by_positions) in scored {
            all.values.push(value);
            all.by_kinds.extend(by_kinds);
            all.by_positions.extend(by_positions);
        }
        all
    }

    /// The gradient of log p(x | z) by raw numbers, given that of the squared error by what they lead to.
    fn jacobian(
        &self,
        kinds: &[Kind],
        by: Pulled,
        (by_kinds, by_positions): (bool, bool),
    ) -> (Vec<f32>, Vec<f32>) {
        let scale = -0.5 / self.setting.deviation.powi(2);
        let scaled = |by: f64| (scale * by) as f32;
        let own = |wanted: bool, of: &mut dyn Iterator<Item = f64>| match wanted {
            true => of.map(scaled).collect(),
            false => vec![],
        };
        let kinds = own(by_kinds, &mut self.setting.by_raw(kinds, &by.kinds));
        (kinds, own(by_positions, &mut by.raw.into_iter()))
    }
}

/// The search for where the blocks of a scene stand.
pub(super) struct Fit {
    setting: Setting,
    kinds: Vec<Kind>,
    renderer: Renderer,
}

impl Fit {
    pub(super) fn new(model: &SceneModel) -> Self {
        Self {
            setting: model.setting,
            kinds: model.kinds(),
            renderer: model.setting.renderer(),
        }
    }

    /// From raw positions uphill to those that are most probable, by the density of positions and the picture's.
    pub(super) fn climb(
        &self,
        program: &Stacks,
        image: &Image,
        start: Vec<f64>,
        steps: usize,
    ) -> Option<Climb> {
        let ground = &self.setting.ground;
        let scale = -0.5 / self.setting.deviation.powi(2);
        let slope = |raw: &[f64]| -> Slope {
            let towers = ground.towers(program, &self.kinds, raw);
            let (error, by_block) = self.renderer.error_and_gradient(&towers, image);
            let by = ground.pull(program, &self.kinds, raw, &by_block);
            let prior = raw.iter().map(|r| normal::log_density(*r));
            let gradient = by.raw.iter().zip(raw).map(|(by, r)| scale * by - r);
            let value = self.setting.log_density(error) + prior.sum::<f64>();
            (value, gradient.collect())
        };
        climb(slope, start, steps)
    }
}

impl Model for SceneModel {
    type Observation = Image;
    type Discrete = Stacks;

    fn log_prior(&self, rows: &Rows<'_, Self>) -> LogProb {
        let of = vec![0; rows.len()];
        let each = rows.programs.iter();
        let each = each.flat_map(|p| std::iter::repeat_n(p.clone(), rows.samples));
        let programs: Vec<Stacks> = each.collect();
        let mut tensor = self.choices().log_prob(&of, &programs);
        if let Some(raw) = &rows.continuous {
            let constant = |p: &Stacks| -normal::HALF_LN_TAU_F32 * p.blocks() as f32;
            let constants = vector(programs.iter().map(constant).collect(), &tensor.device());
            let squares = raw.clone().square().sum_dim(1).reshape([rows.len()]);
            tensor = tensor + squares * -0.5 + constants;
        }
        LogProb::neural(tensor)
    }

    /// Nothing is computed that is not looked at.
    fn log_likelihood(&self, rows: &Rows<'_, Self>) -> LogProb {
        let inputs = self.likelihood.val();
        let positions = rows.continuous.clone().filter(|_| rows.pathwise);
        if !rows.values && positions.is_none() && !inputs.is_autodiff() {
            return LogProb::neural(Tensor::zeros([rows.len()], &inputs.device()));
        }
        let scored = self.score(rows, inputs.is_autodiff());
        let nothing = vec![0.0; scored.values.len()];
        let by_kinds = LogProb::symbolic(scored.values, inputs, scored.by_kinds);
        match positions {
            Some(raw) => by_kinds + LogProb::symbolic_by_row(nothing, raw, scored.by_positions),
            None => by_kinds,
        }
    }

    fn sample_latent(&self, rngs: &mut [Stream]) -> Vec<Latent<Stacks>> {
        let stacks = self.choices().sample(&vec![0; rngs.len()], rngs);
        let both = stacks.into_iter().zip(rngs);
        both.map(|((stacks, _), rng)| Self::with_positions(stacks, rng))
            .collect()
    }

    fn sample_observation(
        &self,
        latents: &[Latent<Stacks>],
        rngs: &mut [Stream],
    ) -> Vec<Option<Image>> {
        let (setting, kinds, renderer) = (self.setting, self.kinds(), self.setting.renderer());
        let draw = |((stacks, raw), rng): (&Latent<Stacks>, &mut Stream)| {
            let raw: Vec<f64> = raw.iter().map(|&r| r.into()).collect();
            let mut planes = renderer.picture(&setting.ground.towers(stacks, &kinds, &raw));
            let pixels = planes.iter_mut().flatten();
            pixels.for_each(|x| *x += (setting.deviation * rng.normal()) as f32);
            Some(Image::of_values(setting.size, planes))
        };
        latents.par_iter().zip(rngs).map(draw).collect()
    }

    fn continuous(&self) -> Option<&dyn Continuous<Self>> {
        Some(self)
    }

    fn edits(&self) -> Option<&dyn Edits<Self>> {
        Some(self)
    }

    fn refinement(&self) -> Option<&dyn Refinement<Self>> {
        Some(self)
    }

    fn admissible(&self) -> Option<&dyn Admissible<Self>> {
        Some(self)
    }
}

impl Continuous<SceneModel> for SceneModel {
    fn width(&self, program: &Stacks) -> usize {
        program.blocks()
    }
}

impl Edits<SceneModel> for SceneModel {
    fn edit(&self, program: &Stacks, _: &Image, rng: &mut Stream) -> Option<Stacks> {
        self.setting.ground.plan.edit(program, rng)
    }
}

impl Refinement<SceneModel> for SceneModel {
    fn refine(
        &self,
        rows: &Rows<'_, SceneModel>,
        known: &[Option<&Gaussian>],
        steps: usize,
    ) -> Vec<Option<(Gaussian, u64)>> {
        let fit = Fit::new(self);
        let each = rows.programs.par_iter().zip(rows.of).zip(known);
        each.map(|((program, &o), known)| {
            let start = match known {
                Some(gaussian) => gaussian.mean().to_vec(),
                None => vec![0.0; program.blocks()],
            };
            let climb = fit.climb(program, rows.observations[o], start, steps)?;
            Some((climb.gaussian, climb.gradients))
        })
        .collect()
    }
}

impl Admissible<SceneModel> for SceneModel {
    fn admits(&self, program: &Stacks) -> bool {
        self.setting.ground.plan.accepts(program)
    }
}
