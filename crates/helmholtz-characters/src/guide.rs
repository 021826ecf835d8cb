//! The recognition network of characters: convolutions read the image, and the network that writes strokes
//! is told of it at every step (MWS, section 4.2, and the authors' program).

use helmholtz_nn::tensor::{Device, Tensor};
use helmholtz_nn::{Module, Param};
use rayon::prelude::*;

use super::config::Config;
use super::image::Character;
use super::model::{CharacterModel, Setting};
use super::net::StrokeNet;
use super::program::{Program, Strokes};
use helmholtz_core::domain::Settings as _;
use helmholtz_core::guide::{Guide, Proposal};
use helmholtz_core::program::Script;
use helmholtz_math::distinct::distinct;
use helmholtz_math::error::SettingError;
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use helmholtz_nn::{Conv, Grid, Linear, indices, matrix, vector, zero_parameter};

/// q(z | x).
#[derive(Clone, Debug, Module)]
pub struct CharacterGuide {
    reader: Vec<Conv>,
    embedding: Linear,
    /// The image's part of what the writer gets.
    context: Linear,
    /// That of each label, `[labels, *]`.
    labels: Param<2>,
    writer: StrokeNet,
    #[module(skip)]
    setting: Setting,
}

/// Images as they were read.
pub struct Encoding {
    /// What the writer gets from each image, `[images, *]`.
    context: Tensor<2>,
    labels: Vec<Option<u16>>,
}

/// Programs that one worker writes together.
const SHARD: usize = 64;
/// Convolutions go on until an image has at most so many pixels in either direction.
const SMALL: usize = 4;
impl CharacterGuide {
    /// A guide with random weights drawn by the configuration's seed.
    ///
    /// # Errors
    /// When a setting is out of range.
    pub fn new(config: &Config, device: &Device) -> Result<Self, SettingError> {
        config.check()?;
        let (setting, hidden) = (Setting::new(config)?, config.guide);
        let mut rng = Stream::at([config.learning.seed, 0, 0, Purpose::GuideWeights.tag()]);
        let rng = &mut rng;
        let (mut reader, mut channels, mut grid) = (vec![], 1, grid(1, config.size));
        while grid.width > SMALL {
            let next = config.channels * if reader.is_empty() { 1 } else { 2 };
            reader.push(Conv::new(channels, next, rng, device));
            (channels, grid) = (next, grid.halved());
        }
        let embedding = Linear::new(grid.pixels() * channels, hidden, rng, device);
        let writer = StrokeNet::new(config.writer, hidden, setting.grammar, rng, device);
        let (labels, wide) = (setting.labels, writer.width());
        Ok(Self {
            reader,
            embedding,
            context: Linear::new(hidden, wide, rng, device),
            labels: zero_parameter(labels, wide, device),
            writer,
            setting,
        })
    }

    /// What the writer gets for pairs of an image and a label.
    fn contexts(&self, encoding: &Encoding, pairs: &[(usize, u16)]) -> Tensor<2> {
        let device = encoding.context.device();
        let images = indices(pairs.iter().map(|p| p.0), &device);
        let labels = indices(pairs.iter().map(|p| p.1.into()), &device);
        encoding.context.clone().select(0, images) + self.labels.val().select(0, labels)
    }
}

fn grid(images: usize, size: usize) -> Grid {
    Grid {
        images,
        height: size,
        width: size,
    }
}

impl Guide<CharacterModel> for CharacterGuide {
    type Encoding = Encoding;

    fn encode(&self, observations: &[&Character]) -> Encoding {
        let ink = observations.iter().flat_map(|x| x.image.ink());
        let ink: Vec<f32> = ink.map(|&i| i.into()).collect();
        let (device, count) = (self.labels.val().device(), observations.len());
        let pixels = ink.len();
        let (mut x, mut grid) = (
            matrix(ink, pixels, 1, &device),
            grid(count, self.setting.size),
        );
        for layer in &self.reader {
            x = layer.forward(x, grid);
            grid = grid.halved();
        }
        let [places, channels] = x.dims();
        let flat = x.reshape([count, places * channels / count.max(1)]);
        let embedding = self.embedding.forward(flat).tanh();
        Encoding {
            context: self.context.forward(embedding),
            labels: observations.iter().map(|x| x.label).collect(),
        }
    }

    fn detach(encoding: &Encoding) -> Encoding {
        Encoding {
            context: encoding.context.clone().inner(),
            labels: encoding.labels.clone(),
        }
    }

    fn sample(
        &self,
        encoding: &Encoding,
        of: &[usize],
        rngs: &mut [Stream],
    ) -> Vec<Proposal<Program>> {
        let both = of.iter().zip(rngs.iter_mut());
        let pairs = both.map(|(&o, rng)| (o, self.setting.label(encoding.labels[o], rng)));
        let (pairs, rows) = distinct(pairs);
        let shards = rows.par_chunks(SHARD).zip(rngs.par_chunks_mut(SHARD));
        let written = shards.map(|(rows, rngs)| {
            let (own, places) = distinct(rows.iter().copied());
            let contexts: Vec<(usize, u16)> = own.iter().map(|&row| pairs[row]).collect();
            let pen = self.writer.pen(self.contexts(encoding, &contexts));
            let all: Vec<usize> = (0..own.len()).collect();
            pen.write(self.setting.grammar, &all, &places, rngs)
        });
        let written: Vec<Vec<(Strokes, f64)>> = written.collect();
        let each = written.into_iter().flatten().zip(rows);
        each.map(|((strokes, log_prob), row)| {
            let (o, label) = pairs[row];
            let more = self.setting.log_label(encoding.labels[o], label);
            (Program { label, strokes }, log_prob + more)
        })
        .collect()
    }

    fn log_prob(&self, encoding: &Encoding, of: &[usize], programs: &[Program]) -> Tensor<1> {
        let (pairs, groups) = distinct(of.iter().zip(programs).map(|(&o, p)| (o, p.label)));
        let strokes: Vec<Strokes> = programs.iter().map(|p| p.strokes.clone()).collect();
        let script = Script::new(&strokes, &groups, &self.setting.grammar);
        let contexts = self.contexts(encoding, &pairs);
        let device = contexts.device();
        let more = of.iter().zip(programs).map(|(&o, p)| {
            let known = encoding.labels[o];
            // Of a label that the image does not have it is -inf: the guide does not propose it.
            self.setting.log_label(known, p.label) as f32
        });
        self.writer.log_prob(script, contexts) + vector(more.collect(), &device)
    }
}
