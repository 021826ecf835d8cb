//! The generative model of time series: a network writes a kernel, another its parameters, and a Gaussian
//! process of that kernel the series.

use helmholtz_nn::Module;
use helmholtz_nn::tensor::{Device, Tensor};
use rayon::prelude::*;

use super::config::Config;
use super::covariance::{Covariance, Layout};
use super::edit::edit;
use super::expression::{Expression, Leaf, Token};
use super::fit::Fit;
use super::grammar::Grammar;
use super::handcrafted::sample_kernel;
use super::likelihood::{Diagonal, Likelihood};
use super::parameters::{Kernels, ParameterNet};
use super::ranges::PeriodRanges;
use super::series::Series;
use super::window::Windows;
use helmholtz_core::domain::Settings as _;
use helmholtz_core::model::{
    Continuous, Edits, HandWritten, Latent, LogProb, Model, Refinement, Rows,
};
use helmholtz_core::program::{Pen, Script};
use helmholtz_math::distinct::distinct;
use helmholtz_math::error::SettingError;
use helmholtz_math::gaussian::Gaussian;
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use helmholtz_nn::{Linear, Shared, TokenLstm, host, indices, padded};

/// What is no weight of the model.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    pub(super) grammar: Grammar,
    windows: Windows,
    layout: Layout,
    pub(super) diagonal: Diagonal,
    length_penalty: f64,
    pub(super) points: usize,
}

impl Setting {
    pub(super) fn new(config: &Config) -> Result<Self, SettingError> {
        Ok(Self {
            grammar: config.grammar()?,
            windows: config.parameter_windows(),
            layout: config.layout,
            diagonal: Diagonal {
                noise: config.noise,
                jitter: config.jitter,
            },
            length_penalty: config.length_penalty,
            points: config.points,
        })
    }

    /// The kernel as a function; `None` for symbols that are none.
    pub(super) fn covariance(&self, program: &Expression) -> Option<Covariance> {
        Covariance::new(&program.kernel().ok()?, &self.windows, self.layout)
    }

    /// The kernels of programs, of which row `i` has number `rows[i]`, each with `samples` samples; programs
    /// that are no kernels have no parameters.
    pub(super) fn kernels<'a>(
        &self,
        programs: impl Iterator<Item = &'a Expression>,
        rows: &[usize],
        samples: usize,
    ) -> Kernels {
        let covariances = programs.map(|p| self.covariance(p).unwrap_or_default());
        Kernels::new(covariances.collect(), rows, samples)
    }

    /// The likelihood of kernels for a series.
    pub(super) fn likelihood<'a>(&self, series: &'a Series) -> Likelihood<'a> {
        Likelihood {
            series,
            diagonal: self.diagonal,
        }
    }

    /// The search for a kernel's parameters.
    pub(super) fn fit<'a>(&self, covariance: &'a Covariance, series: &'a Series) -> Fit<'a> {
        Fit {
            covariance,
            likelihood: self.likelihood(series),
            peaks: None,
        }
    }

    /// A series of the kernel; `None` where its covariance is not positive definite.
    pub(super) fn draw(
        &self,
        program: &Expression,
        raw: &[f32],
        rng: &mut Stream,
    ) -> Option<Series> {
        let grid = Series::even(vec![0.0; self.points]).ok()?;
        let noise: Vec<f64> = (0..self.points + 2).map(|_| rng.normal()).collect();
        let raw: Vec<f64> = raw.iter().map(|&c| f64::from(c)).collect();
        let covariance = self.covariance(program)?;
        let values = self.likelihood(&grid).draw(&covariance, &raw, &noise)?;
        Some(grid.with_values(values))
    }
}

/// p(z) and p(x | z).
#[derive(Clone, Debug, Module)]
pub struct SeriesModel {
    writer: TokenLstm,
    output: Linear,
    parameters: ParameterNet,
    /// Where the likelihood has parameters of its own.
    pub(super) likelihood: Option<PeriodRanges>,
    #[module(skip)]
    base: Setting,
}

/// What becomes of log p(x | z) for many rows.
struct Scored {
    values: Vec<f64>,
    /// By z_c, padded like that; empty when not asked for.
    by_raw: Vec<f32>,
    /// By the widths of the ranges of periods; empty when not asked for.
    by_ranges: Vec<f32>,
}

/// Programs that one worker writes or scores together.
const SHARD: usize = 64;
impl SeriesModel {
    /// A kernel as text, if it is one of this model.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(&self, text: &str) -> Result<Expression, String> {
        let kernel: Expression = text.parse().map_err(|e| format!("{e}"))?;
        match self.setting().grammar.accepts(&kernel) {
            true => Ok(kernel),
            false => Err(format!(
                "`{text}` is no kernel of the model: it has other parts, or too many"
            )),
        }
    }

    /// A model with random weights drawn by the configuration's seed.
    ///
    /// # Errors
    /// When a setting is out of range.
    pub fn new(config: &Config, device: &Device) -> Result<Self, SettingError> {
        config.check()?;
        let mut rng = Stream::at([config.learning.seed, 0, 0, Purpose::ModelWeights.tag()]);
        let (hidden, rng) = (config.hidden, &mut rng);
        Ok(Self {
            writer: TokenLstm::new(Token::COUNT, hidden, rng, device),
            output: Linear::new(hidden, Token::COUNT, rng, device),
            parameters: ParameterNet::new(hidden, hidden, rng, device),
            likelihood: config
                .learned_periods
                .then(|| PeriodRanges::new(&config.windows.periods, device)),
            base: Setting::new(config)?,
        })
    }

    /// What is no weight of the model, with the windows as they have been learned.
    pub(super) fn setting(&self) -> Setting {
        let learned = self.likelihood.as_ref();
        let windows = learned.map_or(self.base.windows, |ranges| {
            ranges.windows(self.base.windows)
        });
        Setting {
            windows,
            ..self.base
        }
    }

    /// The states of the writing network after reading each step of a script.
    fn read(&self, script: &Script) -> Tensor<2> {
        self.writer
            .forward_from_zeros(script.forest.clone(), &script.read)
    }

    /// log p(x | z_d, z_c) of each row, with the gradients that are asked for: by z_c, and by the ranges.
    fn score(&self, rows: &Rows<'_, Self>, raw: bool, ranges: Option<&PeriodRanges>) -> Scored {
        let setting = self.setting();
        let widest = rows.continuous.as_ref().map_or(0, |c| c.dims()[1]);
        let drawn = rows.continuous.as_ref().map(host).unwrap_or_default();
        let drawn: Vec<f64> = drawn.into_iter().map(f64::from).collect();
        let each = rows.programs.par_iter();
        let covariances: Vec<Option<Covariance>> = each.map(|p| setting.covariance(p)).collect();
        let score = |row: usize| -> (f64, Vec<f32>, Vec<f32>) {
            let l = row / rows.samples;
            let nothing = |asked: bool, width: usize| vec![0.0; if asked { width } else { 0 }];
            let Some(covariance) = &covariances[l] else {
                let none = (
                    nothing(raw, widest),
                    nothing(ranges.is_some(), Leaf::PERIODS),
                );
                return (f64::NEG_INFINITY, none.0, none.1);
            };
            let likelihood = setting.likelihood(rows.observations[rows.of[l]]);
            let at = &drawn[row * widest..][..covariance.width];
            let penalty = setting.length_penalty * rows.programs[l].tokens().len() as f64;
            if !raw && ranges.is_none() {
                return (likelihood.value(covariance, at) - penalty, vec![], vec![]);
            }
            let values = covariance.values(at);
            let (value, by_value) = likelihood.gradient_by_value(covariance, &values);
            let mut by_raw = nothing(raw, widest);
            let own = covariance.by_raw(&values, &by_value);
            by_raw
                .iter_mut()
                .zip(own)
                .for_each(|(to, g)| *to = g as f32);
            let by_ranges = ranges.map(|r| r.pull(covariance, &values, &by_value));
            (value - penalty, by_raw, by_ranges.unwrap_or_default())
        };
        let scored: Vec<_> = (0..rows.len()).into_par_iter().map(score).collect();
        Scored {
            values: scored.iter().map(|s| s.0).collect(),
            by_raw: scored.iter().flat_map(|s| s.1.iter().copied()).collect(),
            by_ranges: scored.into_iter().flat_map(|s| s.2).collect(),
        }
    }
}

/// The state of a network after reading each program (HMWS, appendix B.1).
pub(super) fn embed<'a>(
    lstm: &TokenLstm,
    programs: impl Iterator<Item = &'a Expression>,
) -> Tensor<2> {
    let end = Token::End.index() as u8;
    let read = |p: &Expression| -> Vec<u8> {
        let tokens = p.tokens().iter().map(|t| t.index() as u8);
        [end].into_iter().chain(tokens).collect()
    };
    let read: Vec<Vec<u8>> = programs.map(read).collect();
    let shared = Shared::new(&shards(read.len()), &read);
    let states = lstm.forward_from_zeros(shared.forest, &shared.tokens);
    let last = |i| shared.nodes[shared.paths.range(i).end - 1];
    let ends = indices((0..read.len()).map(last), &states.device());
    states.select(0, ends)
}

/// Programs that share their beginnings when the prior scores them: all could, but work is parallel over
/// groups.
fn shards(programs: usize) -> Vec<usize> {
    (0..programs).map(|i| i / SHARD).collect()
}

impl Model for SeriesModel {
    type Observation = Series;
    type Discrete = Expression;

    fn log_prior(&self, rows: &Rows<'_, Self>) -> LogProb {
        let (programs, of) = distinct(rows.programs);
        let programs: Vec<Expression> = programs.into_iter().cloned().collect();
        let script = Script::new(&programs, &shards(programs.len()), &self.base.grammar);
        let allowed = script.exact();
        let each = || {
            of.iter()
                .flat_map(|&l| std::iter::repeat_n(l, rows.samples))
        };
        let exact = each().map(|l| allowed[l]).collect();
        let states = self.read(&script);
        let ends = indices(script.ends(), &states.device());
        let embedded = states.clone().select(0, ends);
        let discrete = script.log_prob(self.output.forward(states));
        let each = indices(each(), &discrete.device());
        let mut tensor = discrete.select(0, each);
        if let Some(continuous) = &rows.continuous {
            let kernels = self.base.kernels(programs.iter(), &of, rows.samples);
            tensor = tensor
                + self
                    .parameters
                    .log_prob(&kernels, embedded, continuous.clone());
        }
        LogProb { tensor, exact }
    }

    /// Nothing is computed that is not looked at: without attached samples and learned ranges there are values
    /// only, and where those are not wanted either there is nothing to do.
    fn log_likelihood(&self, rows: &Rows<'_, Self>) -> LogProb {
        let inputs = rows.continuous.clone().filter(|_| rows.pathwise);
        let learned = self.likelihood.as_ref();
        let ranges = learned.filter(|ranges| ranges.widths().is_autodiff());
        if !rows.values && inputs.is_none() && ranges.is_none() {
            return LogProb::neural(Tensor::zeros([rows.len()], &self.writer.device()));
        }
        let scored = self.score(rows, inputs.is_some(), ranges);
        let none = || Tensor::zeros([rows.len(), 1], &self.writer.device());
        let by_raw =
            LogProb::symbolic_by_row(scored.values, inputs.unwrap_or_else(none), scored.by_raw);
        match ranges {
            Some(ranges) => {
                let nothing = vec![0.0; rows.len()];
                by_raw + LogProb::symbolic(nothing, ranges.widths(), scored.by_ranges)
            }
            None => by_raw,
        }
    }

    fn sample_latent(&self, rngs: &mut [Stream]) -> Vec<Latent<Expression>> {
        let pen = Pen::new(self.writer.weights(), &self.output);
        let written = pen.write(&self.base.grammar, &vec![0; rngs.len()], rngs);
        let programs = written.into_iter().map(|(program, _)| program);
        self.with_parameters(programs.collect(), rngs)
    }

    fn sample_observation(
        &self,
        latents: &[Latent<Expression>],
        rngs: &mut [Stream],
    ) -> Vec<Option<Series>> {
        let setting = self.setting();
        let both = latents.par_iter().zip(rngs);
        both.map(|((program, raw), rng)| setting.draw(program, raw, rng))
            .collect()
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

    fn hand_written(&self) -> Option<&dyn HandWritten<Self>> {
        Some(self)
    }
}

impl Continuous<SeriesModel> for SeriesModel {
    fn width(&self, program: &Expression) -> usize {
        self.base.covariance(program).map_or(0, |c| c.width)
    }
}

impl Edits<SeriesModel> for SeriesModel {
    fn edit(&self, program: &Expression, _: &Series, rng: &mut Stream) -> Option<Expression> {
        edit(program, self.base.grammar, rng)
    }
}

impl Refinement<SeriesModel> for SeriesModel {
    fn refine(
        &self,
        rows: &Rows<'_, SeriesModel>,
        known: &[Option<&Gaussian>],
        steps: usize,
    ) -> Vec<Option<(Gaussian, u64)>> {
        let setting = self.setting();
        let each = rows.programs.par_iter().zip(rows.of).zip(known);
        each.map(|((program, &o), known)| {
            let covariance = setting.covariance(program)?;
            setting
                .fit(&covariance, rows.observations[o])
                .refine(*known, steps)
        })
        .collect()
    }
}

impl HandWritten<SeriesModel> for SeriesModel {
    /// A hand-written kernel with parameters of the model's own.
    fn sample(&self, rngs: &mut [Stream]) -> Vec<Latent<Expression>> {
        let grammar = self.base.grammar;
        let programs = rngs.iter_mut().map(|rng| sample_kernel(grammar, rng));
        let programs = programs.collect();
        self.with_parameters(programs, rngs)
    }
}

impl SeriesModel {
    /// Programs with parameters from p(z_c | z_d).
    pub(super) fn with_parameters(
        &self,
        programs: Vec<Expression>,
        rngs: &mut [Stream],
    ) -> Vec<Latent<Expression>> {
        let (each, rows) = distinct(&programs);
        let kernels = self.base.kernels(each.iter().copied(), &rows, 1);
        let draw = |(c, rng): (&Covariance, &mut Stream)| -> Vec<f32> {
            (0..c.width).map(|_| rng.normal() as f32).collect()
        };
        let noise: Vec<Vec<f32>> = kernels.each().zip(rngs).map(draw).collect();
        let Some(noise) = padded(&noise, &self.writer.device()) else {
            return programs.into_iter().map(|p| (p, vec![])).collect();
        };
        let widest = noise.dims()[1];
        let embedded = embed(&self.writer, each.into_iter());
        let drawn = host(&self.parameters.sample(&kernels, embedded, noise).values);
        let rows = drawn.chunks(widest).zip(kernels.each());
        let raw: Vec<Vec<f32>> = rows.map(|(row, c)| row[..c.width].to_vec()).collect();
        programs.into_iter().zip(raw).collect()
    }
}
