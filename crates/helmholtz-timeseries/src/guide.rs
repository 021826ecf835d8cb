//! The recognition network of time series (HMWS, appendix B.1): one network reads the series, one writes
//! the kernel, and one gives its parameters.

use helmholtz_nn::Module;
use helmholtz_nn::tensor::{Device, Tensor};

use super::config::Config;
use super::expression::{Expression, Token};
use super::grammar::Grammar;
use super::model::{SeriesModel, Setting, embed};
use super::parameters::{Kernels, ParameterNet};
use super::series::Series;
use helmholtz_core::domain::Settings as _;
use helmholtz_core::guide::{ContinuousGuide, Drawn, Guide, Proposal};
use helmholtz_core::program::Conditional;
use helmholtz_math::distinct::distinct;
use helmholtz_math::error::SettingError;
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use helmholtz_nn::{Forest, Lstm, Packed, TokenLstm, indices, matrix};

/// q(z | x).
#[derive(Clone, Debug, Module)]
pub struct SeriesGuide {
    reader: Lstm,
    #[module(flatten)]
    writer: Conditional<Grammar>,
    embedder: TokenLstm,
    parameters: ParameterNet,
    #[module(skip)]
    setting: Setting,
}

/// Series as the reader read them.
pub struct Encoding {
    /// `[observations, hidden]`.
    signal: Tensor<2>,
    /// The writer's tables, `[observations * symbols, 4 hidden]`.
    tables: Tensor<2>,
}

impl SeriesGuide {
    /// A guide with random weights drawn by the configuration's seed.
    ///
    /// # Errors
    /// When a setting is out of range.
    pub fn new(config: &Config, device: &Device) -> Result<Self, SettingError> {
        config.check()?;
        let mut rng = Stream::at([config.learning.seed, 0, 0, Purpose::GuideWeights.tag()]);
        let (hidden, rng) = (config.hidden, &mut rng);
        Ok(Self {
            reader: Lstm::new(1, hidden, rng, device),
            writer: Conditional::new(config.grammar()?, hidden, hidden, rng, device),
            embedder: TokenLstm::new(Token::COUNT, hidden, rng, device),
            parameters: ParameterNet::new(2 * hidden, hidden, rng, device),
            setting: Setting::new(config)?,
        })
    }

    /// Each kernel of a series once, with its rows, and what its parameters depend on: the series and the
    /// program, `[kernels, 2 hidden]`.
    fn conditions(
        &self,
        encoding: &Encoding,
        of: &[usize],
        programs: &[Expression],
        samples: usize,
    ) -> (Kernels, Tensor<2>) {
        let (each, rows) = distinct(of.iter().copied().zip(programs));
        let kernels = self
            .setting
            .kernels(each.iter().map(|e| e.1), &rows, samples);
        let signal = encoding.signal.clone();
        let of = indices(each.iter().map(|e| e.0), &signal.device());
        let embedded = embed(&self.embedder, each.iter().map(|e| e.1));
        let about = Tensor::cat(vec![signal.select(0, of), embedded], 1);
        (kernels, about)
    }
}

impl Guide<SeriesModel> for SeriesGuide {
    type Encoding = Encoding;

    fn encode(&self, observations: &[&Series]) -> Encoding {
        let points = self.setting.points;
        let values: Vec<f32> = observations
            .iter()
            .flat_map(|series| series.on_grid(points))
            .map(|x| x as f32)
            .collect();
        let (device, count) = (self.reader.device(), observations.len());
        let values = matrix(values, count * points, 1, &device);
        let forest = Forest::chains(Packed::new(vec![points; count]));
        let states = self.reader.forward(forest, values);
        let last = (1..=count).map(|i| i * points - 1);
        let signal = states.select(0, indices(last, &device));
        Encoding {
            tables: self.writer.tables(signal.clone()),
            signal,
        }
    }

    fn detach(encoding: &Encoding) -> Encoding {
        Encoding {
            signal: encoding.signal.clone().inner(),
            tables: encoding.tables.clone().inner(),
        }
    }

    fn sample(
        &self,
        encoding: &Encoding,
        of: &[usize],
        rngs: &mut [Stream],
    ) -> Vec<Proposal<Expression>> {
        self.writer.sample(&encoding.tables, of, rngs)
    }

    fn log_prob(&self, encoding: &Encoding, of: &[usize], programs: &[Expression]) -> Tensor<1> {
        self.writer.log_prob(&encoding.tables, of, programs)
    }

    fn continuous(&self) -> Option<&dyn ContinuousGuide<SeriesModel, Encoding>> {
        Some(self)
    }
}

impl ContinuousGuide<SeriesModel, Encoding> for SeriesGuide {
    fn sample(
        &self,
        encoding: &Encoding,
        of: &[usize],
        programs: &[Expression],
        samples: usize,
        noise: Tensor<2>,
    ) -> Drawn {
        let (kernels, about) = self.conditions(encoding, of, programs, samples);
        self.parameters.sample(&kernels, about, noise)
    }

    fn log_prob(
        &self,
        encoding: &Encoding,
        of: &[usize],
        programs: &[Expression],
        samples: usize,
        continuous: Tensor<2>,
    ) -> Tensor<1> {
        let (kernels, about) = self.conditions(encoding, of, programs, samples);
        self.parameters.log_prob(&kernels, about, continuous)
    }
}
