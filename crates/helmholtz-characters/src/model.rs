//! The generative model of characters: a network writes strokes, and the renderer draws them.

use helmholtz_nn::tensor::{Device, Tensor};
use helmholtz_nn::{Module, Param};
use rayon::prelude::*;

use super::config::Config;
use super::image::{Character, Image};
use super::net::StrokeNet;
use super::program::{Grammar, NotAStroke, Program, Stroke, Strokes};
use super::render::{BLOCK, PER_MAP, PER_STROKE, Renderer};
use helmholtz_core::domain::Settings as _;
use helmholtz_core::model::{Admissible, Defensive, Edits, Latent, LogProb, Model, Rows};
use helmholtz_core::program::Script;
use helmholtz_math::distinct::distinct;
use helmholtz_math::error::SettingError;
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use helmholtz_nn::{host, indices, matrix, zero_parameter};

/// p(z, x): strokes out of a bank end to end, and the pixels that they draw (MWS, section 4.2).
#[derive(Clone, Debug, Module)]
pub struct CharacterModel {
    writer: StrokeNet,
    /// What the writer gets from each label, `[labels, *]`.
    labels: Param<2>,
    /// The renderer's raw parameters, `[1, n]`.
    likelihood: Param<2>,
    #[module(skip)]
    setting: Setting,
}

/// What is no weight of the model.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    pub(super) grammar: Grammar,
    pub(super) size: usize,
    /// At least 1.
    pub(super) labels: usize,
    curved: bool,
}

impl Setting {
    pub(super) fn new(config: &Config) -> Result<Self, SettingError> {
        Ok(Self {
            grammar: config.grammar()?,
            size: config.size,
            labels: config.labels.len().max(1),
            curved: config.curved,
        })
    }

    /// The label of a program of an image: its own, or where that is not known any.
    pub(super) fn label(&self, known: Option<u16>, rng: &mut Stream) -> u16 {
        known.unwrap_or_else(|| rng.below(self.labels) as u16)
    }

    /// log p(label) where it is not known: all are equally probable.
    pub(super) fn log_label(&self, known: Option<u16>, label: u16) -> f64 {
        match known {
            Some(known) if known != label => f64::NEG_INFINITY,
            Some(_) => 0.0,
            None => -(self.labels as f64).ln(),
        }
    }
}

/// Programs that one worker writes or scores together.
const SHARD: usize = 64;
/// How many strokes are alike.
const ALIKE: usize = 6;
/// The share of edits that change the label where that is not known.
const RELABELLED: f64 = 0.1;
impl CharacterModel {
    /// Strokes as text, if they are some of this model.
    ///
    /// # Errors
    /// Says what is wrong with them.
    pub fn parse(&self, text: &str) -> Result<Strokes, String> {
        let strokes: Strokes = text.parse().map_err(|e: NotAStroke| e.to_string())?;
        match self.setting.grammar.accepts(&strokes.0) {
            true => Ok(strokes),
            false => Err(format!(
                "`{text}` are no strokes of the model: too many, others than its bank has, or the last is not drawn"
            )),
        }
    }

    /// A model with random weights drawn by the configuration's seed.
    ///
    /// # Errors
    /// When a setting is out of range.
    pub fn new(config: &Config, device: &Device) -> Result<Self, SettingError> {
        config.check()?;
        let setting = Setting::new(config)?;
        let mut rng = Stream::at([config.learning.seed, 0, 0, Purpose::ModelWeights.tag()]);
        let grammar = setting.grammar;
        let writer = StrokeNet::new(config.writer, config.prior, grammar, &mut rng, device);
        let raw = raw_parameters(config, &mut rng);
        let (labels, wide, width) = (setting.labels, writer.width(), raw.len());
        Ok(Self {
            writer,
            labels: zero_parameter(labels, wide, device),
            likelihood: Param::from_tensor(matrix(raw, 1, width, device)),
            setting,
        })
    }

    /// The renderer with the parameters as they are.
    pub fn renderer(&self) -> Renderer {
        self.disturbed(0.0, &mut Stream::at([0; 4]))
    }

    /// The renderer with normal noise of that standard deviation on the raw parameters of its strokes.
    pub fn disturbed(&self, noise: f32, rng: &mut Stream) -> Renderer {
        let (mut raw, bank) = (host(&self.likelihood.val()), self.setting.grammar.bank());
        if noise > 0.0 {
            let own = raw.iter_mut().take(bank * PER_STROKE);
            own.for_each(|x| *x += noise * rng.normal() as f32);
        }
        Renderer::new(&raw, bank, self.setting.curved, self.setting.size)
    }

    /// Draws programs from the prior, with these labels where they are given.
    pub(super) fn sample_programs(
        &self,
        labels: &[Option<u16>],
        rngs: &mut [Stream],
    ) -> Vec<Program> {
        let both = labels.iter().zip(rngs.iter_mut());
        let labels: Vec<u16> = both
            .map(|(&known, rng)| self.setting.label(known, rng))
            .collect();
        let pen = self.writer.pen(self.labels.val());
        let grammar = self.setting.grammar;
        let shards = labels.par_chunks(SHARD).zip(rngs.par_chunks_mut(SHARD));
        let written = shards.map(|(labels, rngs)| {
            let (of, rows) = distinct(labels.iter().map(|&l| usize::from(l)));
            pen.write(grammar, &of, &rows, rngs)
        });
        let written: Vec<Vec<(Strokes, f64)>> = written.collect();
        let strokes = written.into_iter().flatten().map(|(strokes, _)| strokes);
        let both = labels.into_iter().zip(strokes);
        both.map(|(label, strokes)| Program { label, strokes })
            .collect()
    }

    /// New characters, of a class where one is given: images of programs of the prior, each pixel the more probable of
    /// the two.
    pub fn invent(&self, label: Option<u16>, count: usize, seed: u64) -> Vec<Image> {
        let programs = self.programs(label, count, seed);
        let renderer = self.renderer();
        let image = |program: &Program| renderer.unmapped(&program.strokes.0);
        programs.iter().map(image).collect()
    }

    /// Programs of the prior, of a class where one is given.
    pub fn programs(&self, label: Option<u16>, count: usize, seed: u64) -> Vec<Program> {
        let stream = |i| Stream::at([seed, i, 0, Purpose::Fantasy.tag()]);
        let mut rngs: Vec<Stream> = (0..count as u64).map(stream).collect();
        self.valid().sample_programs(&vec![label; count], &mut rngs)
    }

    /// The strokes of the bank that are most like one, by where they lead and how they bend.
    fn alike(&self, id: u8) -> Vec<u8> {
        let raw = host(&self.likelihood.val());
        let bank = &raw.as_chunks::<PER_STROKE>().0[..self.setting.grammar.bank()];
        let Some([x, y, bend, ..]) = bank.get(usize::from(id)) else {
            return vec![];
        };
        let distance = |other: &[f32; PER_STROKE]| {
            (other[0] - x).powi(2) + (other[1] - y).powi(2) + (other[2] - bend).powi(2)
        };
        let mut others: Vec<(f32, u8)> = bank.iter().map(distance).zip(0..).collect();
        others.sort_by(|a, b| a.0.total_cmp(&b.0));
        others
            .iter()
            .map(|o| o.1)
            .filter(|&o| o != id)
            .take(ALIKE)
            .collect()
    }

    /// The strokes as a program of each label.
    pub(super) fn under_every_label(&self, strokes: Strokes) -> impl Iterator<Item = Program> {
        (0..self.setting.labels as u16).map(move |label| Program {
            label,
            strokes: strokes.clone(),
        })
    }

    /// Programs that share their beginnings when the prior scores them: those of a label, or where there is only one,
    /// some at a time, since work is parallel over groups.
    fn groups(&self, programs: &[&Program]) -> Vec<usize> {
        let each = programs.iter().enumerate();
        each.map(|(i, program)| match self.setting.labels {
            1 => i / SHARD,
            _ => program.label.into(),
        })
        .collect()
    }

    /// What the writer gets in each group, `[groups, *]`.
    fn context(&self, groups: &[usize]) -> Tensor<2> {
        let last = groups.iter().max().map_or(0, |g| g + 1);
        let labels = self.labels.val();
        let row = |group: usize| if self.setting.labels == 1 { 0 } else { group };
        let rows = indices((0..last).map(row), &labels.device());
        labels.select(0, rows)
    }
}

/// The raw parameters of the renderer at the start.
fn raw_parameters(config: &Config, rng: &mut Stream) -> Vec<f32> {
    let ink = &config.ink;
    let mut raw = vec![];
    for _ in 0..config.bank {
        let mut between = |most: f64| (2.0 * rng.uniform() - 1.0) * most;
        let (dx, dy, bend) = (between(ink.reach), between(ink.reach), between(ink.bend));
        raw.extend([dx, dy, bend, ink.width, ink.sharpness]);
    }
    raw.extend([ink.scale, ink.bias]);
    const IDENTITY: [f64; PER_MAP] = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0];
    for _ in 0..config.maps {
        raw.extend(IDENTITY.map(|one| one + ink.maps * rng.normal()));
    }
    raw.into_iter().map(|x| x as f32).collect()
}

impl Model for CharacterModel {
    type Observation = Character;
    type Discrete = Program;

    fn log_prior(&self, rows: &Rows<'_, Self>) -> LogProb {
        let (programs, of) = distinct(rows.programs);
        let strokes: Vec<Strokes> = programs.iter().map(|p| p.strokes.clone()).collect();
        let groups = self.groups(&programs);
        let script = Script::new(&strokes, &groups, &self.setting.grammar);
        let allowed = script.exact();
        let each = of.iter().zip(rows.programs).zip(rows.of);
        let exact = each.map(|((&l, program), &o)| {
            let known = rows.observations[o].label;
            allowed[l] + self.setting.log_label(known, program.label)
        });
        let exact = exact.collect();
        let log_prob = self.writer.log_prob(script, self.context(&groups));
        let rows = indices(of.iter().copied(), &log_prob.device());
        LogProb {
            tensor: log_prob.select(0, rows),
            exact,
        }
    }

    fn log_likelihood(&self, rows: &Rows<'_, Self>) -> LogProb {
        let inputs = self.likelihood.val();
        let (wanted, renderer) = (inputs.is_autodiff(), self.renderer());
        let both = |l: usize| -> (&[Stroke], &Image) {
            let image = &rows.observations[rows.of[l]].image;
            (&rows.programs[l].strokes.0, image)
        };
        let all: Vec<_> = (0..rows.programs.len()).map(both).collect();
        let blocks: Vec<_> = all
            .par_chunks(BLOCK)
            .map(|b| renderer.score(b, wanted))
            .collect();
        let values = blocks.iter().flat_map(|b| b.0.iter().copied()).collect();
        let jacobian = blocks.iter().flat_map(|b| b.1.iter().copied()).collect();
        LogProb::symbolic(values, inputs, jacobian)
    }

    fn sample_latent(&self, rngs: &mut [Stream]) -> Vec<Latent<Program>> {
        let programs = self.sample_programs(&vec![None; rngs.len()], rngs);
        programs.into_iter().map(|z| (z, vec![])).collect()
    }

    fn sample_observation(
        &self,
        latents: &[Latent<Program>],
        rngs: &mut [Stream],
    ) -> Vec<Option<Character>> {
        let renderer = self.renderer();
        let draw = |((program, _), rng): (&Latent<Program>, &mut Stream)| Character {
            image: renderer.sample(&program.strokes.0, rng),
            label: Some(program.label),
        };
        latents.par_iter().zip(rngs).map(draw).map(Some).collect()
    }

    fn defensive(&self) -> Option<&dyn Defensive<Self>> {
        Some(self)
    }

    fn edits(&self) -> Option<&dyn Edits<Self>> {
        Some(self)
    }

    fn admissible(&self) -> Option<&dyn Admissible<Self>> {
        Some(self)
    }
}

impl Defensive<CharacterModel> for CharacterModel {
    fn sample(&self, rngs: &mut [Stream]) -> Vec<Program> {
        self.sample_latent(rngs).into_iter().map(|z| z.0).collect()
    }

    /// Draws of the prior have any label, whatever the image's.
    fn log_prob(&self, rows: &Rows<'_, CharacterModel>) -> Vec<f64> {
        let unknown: Vec<Character> = rows
            .observations
            .iter()
            .map(|x| x.without_label())
            .collect();
        let unknown: Vec<&Character> = unknown.iter().collect();
        self.log_prior(&Rows::new(&unknown, rows.of, rows.programs))
            .values()
    }
}

impl Edits<CharacterModel> for CharacterModel {
    /// A stroke more, less or other; or of an image whose label is not known, sometimes another label.
    fn edit(&self, program: &Program, image: &Character, rng: &mut Stream) -> Option<Program> {
        let relabelled = image.label.is_none() && rng.uniform() < RELABELLED;
        if relabelled && self.setting.labels > 1 {
            let others = 1 + rng.below(self.setting.labels - 1);
            let label = (usize::from(program.label) + others) % self.setting.labels;
            return Some(Program {
                label: label as u16,
                ..program.clone()
            });
        }
        Some(Program {
            label: image.label.unwrap_or(program.label),
            strokes: self
                .setting
                .grammar
                .edit(&program.strokes.0, |id| self.alike(id), rng)?,
        })
    }
}

impl Admissible<CharacterModel> for CharacterModel {
    fn admits(&self, program: &Program) -> bool {
        let known = usize::from(program.label) < self.setting.labels;
        known && self.setting.grammar.accepts(&program.strokes.0)
    }
}

#[cfg(test)]
pub(super) mod tests;
