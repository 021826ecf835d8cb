//! A stochastic recurrent network (Fraccaro et al., 2016), in its filtering form.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use super::output::{Expectation, Observable, Output};
use crate::dist::{GaussianHead, Normal};
use crate::filter::{Carry, StateSpace};
use crate::nn::{Activation, Linear, Lstm, Mlp, matrix};
use crate::random::Stream;

/// The sizes of a network.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SrnnSizes {
    /// Units of the recurrent network.
    pub recurrent: usize,
    /// Coordinates of the latent.
    pub latent: usize,
    /// Units per layer of the prior's network, and its layers.
    pub prior: (usize, usize),
    /// Units per layer of the decoder, and its layers.
    pub decoder: (usize, usize),
}

impl Default for SrnnSizes {
    /// Those of the paper's experiments on music.
    fn default() -> Self {
        Self {
            recurrent: 300,
            latent: 100,
            prior: (500, 1),
            decoder: (500, 2),
        }
    }
}

impl SrnnSizes {
    /// Those of the paper's experiments on speech.
    pub fn speech() -> Self {
        Self {
            recurrent: 1024,
            latent: 256,
            prior: (512, 2),
            decoder: (512, 2),
        }
    }
}

/// h_t = LSTM(x_{t-1}); p(z_t | h_t, z_{t-1}); p(x_t | h_t, z_t).
#[derive(Module, Debug)]
pub struct Srnn {
    recurrent: Lstm,
    /// `[1, recurrent]` each.
    start_hidden: Param<Tensor<2>>,
    start_cell: Param<Tensor<2>>,
    prior: Mlp,
    prior_head: GaussianHead,
    decoder: Mlp,
    output: Linear,
    #[module(skip)]
    form: Form,
}

#[derive(Clone, Copy, Debug)]
struct Form {
    latent: usize,
    output: Output,
}

/// What the deterministic part has read, and the last sample; a row per sequence.
#[derive(Clone, Debug)]
pub struct SrnnState {
    /// h_t.
    pub(super) hidden: Tensor<2>,
    /// `None` where it is not known, and not needed any more.
    cell: Option<Tensor<2>>,
    /// z_{t-1}.
    z: Tensor<2>,
}

impl Carry for SrnnState {
    fn map(&self, each: &dyn Fn(Tensor<2>) -> Tensor<2>) -> Self {
        Self {
            hidden: each(self.hidden.clone()),
            cell: self.cell.clone().map(each),
            z: each(self.z.clone()),
        }
    }

    fn cat(parts: &[Self]) -> Self {
        let cells: Option<Vec<_>> = parts.iter().map(|p| p.cell.clone()).collect();
        Self {
            hidden: Tensor::cat(parts.iter().map(|p| p.hidden.clone()).collect(), 0),
            cell: cells.map(|c| Tensor::cat(c, 0)),
            z: Tensor::cat(parts.iter().map(|p| p.z.clone()).collect(), 0),
        }
    }
}

impl Srnn {
    /// A model of steps of `width` numbers, with random weights.
    pub fn new(
        width: usize,
        sizes: &SrnnSizes,
        output: Output,
        rng: &mut Stream,
        device: &Device,
    ) -> Self {
        let act = Activation::ClippedLeakyRelu;
        let (h, z) = (sizes.recurrent, sizes.latent);
        let start = || Param::from_tensor(matrix(vec![0.0; h], 1, h, device));
        Self {
            recurrent: Lstm::new(width, h, rng, device),
            start_hidden: start(),
            start_cell: start(),
            prior: Mlp::new(h + z, sizes.prior, act, rng, device),
            prior_head: GaussianHead::new(sizes.prior.0, z, rng, device),
            decoder: Mlp::new(h + z, sizes.decoder, act, rng, device),
            output: Linear::glorot(
                sizes.decoder.0,
                (width, output.parameters()),
                1.0,
                rng,
                device,
            ),
            form: Form { latent: z, output },
        }
    }
}

impl Observable for Srnn {
    fn expect(&self, state: &SrnnState, z: Tensor<2>) -> Expectation {
        let both = Tensor::cat(vec![state.hidden.clone(), z], 1);
        let last = self.output.forward(self.decoder.forward(both));
        self.form.output.expectation(last)
    }
}

impl StateSpace for Srnn {
    type State = SrnnState;

    fn start(&self, rows: usize) -> SrnnState {
        let (hidden, cell) = (self.start_hidden.val(), self.start_cell.val());
        SrnnState {
            z: Tensor::zeros([rows, self.form.latent], &hidden.device()),
            hidden: hidden.repeat_dim(0, rows),
            cell: Some(cell.repeat_dim(0, rows)),
        }
    }

    fn prior(&self, state: &SrnnState) -> Normal {
        let both = Tensor::cat(vec![state.hidden.clone(), state.z.clone()], 1);
        self.prior_head.forward(self.prior.forward(both))
    }

    fn log_likelihood(&self, state: &SrnnState, z: Tensor<2>, x: &Tensor<2>) -> Tensor<1> {
        self.form.output.log_prob(self.expect(state, z), x)
    }

    fn advance(&self, state: SrnnState, z: Tensor<2>, x: &Tensor<2>) -> SrnnState {
        let cell = state.cell.unwrap_or_else(|| state.hidden.zeros_like());
        let projected = self.recurrent.project(x.clone());
        let (hidden, cell) = self.recurrent.step(projected, Some((state.hidden, cell)));
        SrnnState {
            hidden,
            cell: Some(cell),
            z,
        }
    }

    /// The deterministic part does not depend on the latents, and is one operation.
    fn unroll(&self, first: SrnnState, latents: &[Tensor<2>], xs: &[Tensor<2>]) -> SrnnState {
        let (Some(cell), [latents @ .., _], [xs @ .., _]) = (&first.cell, latents, xs) else {
            return first;
        };
        if xs.is_empty() {
            return first;
        }
        let projected = self.recurrent.project(Tensor::cat(xs.to_vec(), 0));
        let start = (first.hidden.clone(), cell.clone());
        let hidden = self.recurrent.unroll(start, projected);
        let z = std::iter::once(first.z).chain(latents.iter().cloned());
        SrnnState {
            hidden: Tensor::cat(vec![first.hidden, hidden], 0),
            cell: None,
            z: Tensor::cat(z.collect(), 0),
        }
    }

    fn errors(&self, state: &SrnnState, z: Tensor<2>, x: &Tensor<2>) -> Option<Tensor<2>> {
        Some(Output::errors(&self.expect(state, z), x))
    }
}
