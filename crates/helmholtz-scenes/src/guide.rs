//! The recognition network of scenes: convolutions read the picture once, and linear layers give the distributions of
//! stacks, kinds and positions (HMWS, appendix B.2).

use helmholtz_nn::Module;
use helmholtz_nn::tensor::{Device, Tensor};

use super::choices::Choices;
use super::config::Config;
use super::encoder::PictureNet;
use super::image::Image;
use super::model::{SceneModel, Setting};
use super::program::{Plan, Stacks};
use helmholtz_core::domain::Settings as _;
use helmholtz_core::guide::{ContinuousGuide, Drawn, Guide, Proposal};
use helmholtz_math::error::SettingError;
use helmholtz_math::normal::HALF_LN_TAU_F32;
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use helmholtz_nn::{
    Coordinate, Input, LOG_SD, Linear, NormalKernel, apply, gather, matrix, vector,
};

/// q(z | x).
#[derive(Clone, Debug, Module)]
pub struct SceneGuide {
    reader: PictureNet,
    heights: Linear,
    kinds: Linear,
    /// Means and logarithms of standard deviations.
    positions: Linear,
    #[module(skip)]
    setting: Setting,
}

/// What the network makes of pictures.
pub struct Encoding {
    /// `[pictures cells, height + 1]`.
    heights: Tensor<2>,
    /// `[pictures places, kinds]`.
    kinds: Tensor<2>,
    /// Of each place the mean, then of each the logarithm of the standard deviation, `[pictures, 2 places]`.
    positions: Tensor<2>,
}

/// Places for blocks.
fn places(plan: &Plan) -> usize {
    plan.cells() * plan.height
}

impl SceneGuide {
    /// A guide with random weights drawn by the configuration's seed. Positions begin with means of 0 and standard
    /// deviations of 1.
    ///
    /// # Errors
    /// When a setting is out of range.
    pub fn new(config: &Config, device: &Device) -> Result<Self, SettingError> {
        config.check()?;
        let (plan, setting) = (config.plan(), Setting::new(config));
        let rng = &mut Stream::at([config.learning.seed, 0, 0, Purpose::GuideWeights.tag()]);
        let reader = PictureNet::new(config, rng, device);
        let wide = reader.width();
        Ok(Self {
            reader,
            heights: Linear::new(wide, plan.cells() * (plan.height + 1), rng, device),
            kinds: Linear::new(wide, places(&plan) * plan.kinds, rng, device),
            positions: Linear::zeros(wide, 2 * places(&plan), device),
            setting,
        })
    }

    fn plan(&self) -> Plan {
        self.setting.ground.plan
    }

    fn choices(&self, encoding: &Encoding) -> Choices {
        let plan = self.plan();
        Choices {
            plan,
            heights: encoding.heights.clone(),
            kinds: encoding.kinds.clone(),
            places: places(&plan),
        }
    }

    /// Per block of a program of a picture, where the mean of its position is among those of all pictures.
    fn means(&self, of: usize, program: &Stacks) -> impl Iterator<Item = usize> {
        let plan = self.plan();
        let first = 2 * of * places(&plan);
        let each = program.each();
        each.map(move |(cell, place, _)| first + cell * plan.height + place)
    }
}

impl Guide<SceneModel> for SceneGuide {
    type Encoding = Encoding;

    fn encode(&self, observations: &[&Image]) -> Encoding {
        let (plan, count) = (self.plan(), observations.len());
        let embedding = self.reader.forward(observations);
        let heights = self.heights.forward(embedding.clone());
        let kinds = self.kinds.forward(embedding.clone());
        Encoding {
            heights: heights.reshape([count * plan.cells(), plan.height + 1]),
            kinds: kinds.reshape([count * places(&plan), plan.kinds]),
            positions: self.positions.forward(embedding),
        }
    }

    fn detach(encoding: &Encoding) -> Encoding {
        Encoding {
            heights: encoding.heights.clone().inner(),
            kinds: encoding.kinds.clone().inner(),
            positions: encoding.positions.clone().inner(),
        }
    }

    fn sample(
        &self,
        encoding: &Encoding,
        of: &[usize],
        rngs: &mut [Stream],
    ) -> Vec<Proposal<Stacks>> {
        self.choices(encoding).sample(of, rngs)
    }

    fn log_prob(&self, encoding: &Encoding, of: &[usize], programs: &[Stacks]) -> Tensor<1> {
        self.choices(encoding).log_prob(of, programs)
    }

    fn continuous(&self) -> Option<&dyn ContinuousGuide<SceneModel, Encoding>> {
        Some(self)
    }
}

impl ContinuousGuide<SceneModel, Encoding> for SceneGuide {
    fn sample(
        &self,
        encoding: &Encoding,
        of: &[usize],
        programs: &[Stacks],
        samples: usize,
        noise: Tensor<2>,
    ) -> Drawn {
        let ([rows, widest], device) = (noise.dims(), noise.device());
        let outputs = &encoding.positions;
        let nothing = outputs.shape().num_elements();
        let (mut means, mut log_sds) = (vec![nothing; rows * widest], vec![nothing; rows * widest]);
        let mut used = vec![0.0; rows * widest];
        for row in 0..rows {
            let l = row / samples;
            for (i, mean) in self.means(of[l], &programs[l]).enumerate() {
                means[row * widest + i] = mean;
                log_sds[row * widest + i] = mean + places(&self.plan());
                used[row * widest + i] = 1.0;
            }
        }
        let shape = [rows, widest];
        let mean = gather(outputs.clone(), means, shape);
        let log_sd = gather(outputs.clone(), log_sds, shape).clamp(LOG_SD.0, LOG_SD.1);
        let noise = noise * matrix(used, rows, widest, &device);
        let constant = |row: usize| -HALF_LN_TAU_F32 * programs[row / samples].blocks() as f32;
        let constants = vector((0..rows).map(constant).collect(), &device);
        // log N(c; m, s^2) with c = m + s e is -e^2 / 2 - log s - log(2 pi) / 2.
        let terms = (noise.clone().square() * -0.5 - log_sd.clone()).sum_dim(1);
        Drawn {
            values: mean + log_sd.exp() * noise,
            log_prob: terms.reshape([rows]) + constants,
        }
    }

    fn log_prob(
        &self,
        encoding: &Encoding,
        of: &[usize],
        programs: &[Stacks],
        samples: usize,
        continuous: Tensor<2>,
    ) -> Tensor<1> {
        let [rows, widest] = continuous.dims();
        let coordinates = (0..rows).flat_map(|row| {
            let l = row / samples;
            let means = self.means(of[l], &programs[l]).enumerate();
            means.map(move |(i, mean)| Coordinate {
                row,
                value: row * widest + i,
                mean,
                log_sd: mean + places(&self.plan()),
            })
        });
        let kernel = NormalKernel {
            rows,
            coordinates: coordinates.collect(),
        };
        let outputs = encoding.positions.clone();
        apply(kernel, [outputs, continuous].map(Input::from))
    }
}
