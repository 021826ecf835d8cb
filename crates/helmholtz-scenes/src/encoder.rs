//! The network that reads pictures of scenes.

use helmholtz_nn::Module;
use helmholtz_nn::tensor::{Device, Tensor};

use super::config::{Config, Reader};
use super::image::Image;
use helmholtz_math::random::Stream;
use helmholtz_nn::{Conv, Grid, Linear, PooledConv, Shape, matrix};

/// Convolutions.
#[derive(Clone, Debug, Module)]
pub(super) struct PictureNet {
    /// As in the paper; none in the other network.
    pooled: Vec<PooledConv>,
    /// Those of the other network.
    strided: Vec<Conv>,
    embedding: Option<Linear>,
    #[module(skip)]
    size: usize,
}

/// The layers of the paper: channels after them as multiples of those of the first (0 for four channels), zeros around the
/// picture, and squares that are pooled (HMWS, appendix B.2, which says 1 for the padding of the second and 0 of the last).
const LAYERS: [(usize, usize, usize); 4] = [(1, 2, 3), (2, 1, 3), (2, 0, 0), (0, 0, 2)];
/// Channels of the last layer.
const LAST: usize = 4;
/// The other network halves a picture until it has at most so many pixels in either direction.
const SMALL: usize = 4;
/// Its channels are at most so many times those of the first layer.
const WIDEST: usize = 4;
/// The width of its embedding.
const EMBEDDING: usize = 256;

fn shape((_, padding, window): (usize, usize, usize)) -> Shape {
    Shape { padding, window }
}

fn grid(images: usize, size: usize) -> Grid {
    Grid {
        images,
        height: size,
        width: size,
    }
}

impl PictureNet {
    pub(super) fn new(config: &Config, rng: &mut Stream, device: &Device) -> Self {
        match config.reader {
            Reader::Paper => Self::paper(config, rng, device),
            Reader::Strided => Self::strided(config, rng, device),
        }
    }

    fn paper(config: &Config, rng: &mut Stream, device: &Device) -> Self {
        let mut from = 3;
        let layer = |layer: (usize, usize, usize)| {
            let to = match layer.0 {
                0 => LAST,
                times => times * config.channels,
            };
            let conv = PooledConv::new((from, to), shape(layer), rng, device);
            from = to;
            conv
        };
        Self {
            pooled: LAYERS.map(layer).into(),
            strided: vec![],
            embedding: None,
            size: config.size,
        }
    }

    fn strided(config: &Config, rng: &mut Stream, device: &Device) -> Self {
        let (mut layers, mut from, mut now) = (vec![], 3, grid(1, config.size));
        while now.width > SMALL {
            let to = config.channels * (1 << layers.len()).min(WIDEST);
            layers.push(Conv::new(from, to, rng, device));
            (from, now) = (to, now.halved());
        }
        Self {
            pooled: vec![],
            strided: layers,
            embedding: Some(Linear::new(now.pixels() * from, EMBEDDING, rng, device)),
            size: config.size,
        }
    }

    /// The width of what it gives.
    pub(super) fn width(&self) -> usize {
        let after = LAYERS
            .iter()
            .fold(grid(1, self.size), |grid, &layer| shape(layer).after(grid));
        match self.embedding {
            Some(_) => EMBEDDING,
            None => after.pixels() * LAST,
        }
    }

    /// `[pictures, width]`.
    pub(super) fn forward(&self, pictures: &[&Image]) -> Tensor<2> {
        let device = self.device();
        // Most of a picture is white: that is what the network is told nothing of.
        let values = pictures.iter().flat_map(|p| p.values());
        let values: Vec<f32> = values.map(|x| super::image::GROUND - x).collect();
        let (count, pixels) = (pictures.len(), self.size * self.size);
        let mut x = matrix(values, count * pixels, 3, &device);
        let mut now = grid(count, self.size);
        for (layer, &has) in self.pooled.iter().zip(&LAYERS) {
            x = layer.forward(x, now);
            now = shape(has).after(now);
        }
        for layer in &self.strided {
            x = layer.forward(x, now);
            now = now.halved();
        }
        let [places, channels] = x.dims();
        let flat = x.reshape([count, places * channels / count.max(1)]);
        match &self.embedding {
            Some(embedding) => embedding.forward(flat).tanh(),
            None => flat,
        }
    }
}
