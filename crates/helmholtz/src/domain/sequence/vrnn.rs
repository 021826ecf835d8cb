//! A variational recurrent network (Chung et al., 2015).

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
pub struct VrnnSizes {
    /// Units of the recurrent network.
    pub recurrent: usize,
    /// Coordinates of the latent.
    pub latent: usize,
    /// Units per layer and layers of the networks of observations and of the decoder.
    pub observed: (usize, usize),
    /// Units per layer and layers of the networks of latents and of the prior.
    pub hidden: (usize, usize),
}

impl Default for VrnnSizes {
    /// Those of the paper's experiments on speech.
    fn default() -> Self {
        Self {
            recurrent: 2000,
            latent: 200,
            observed: (600, 4),
            hidden: (500, 4),
        }
    }
}

/// p(z_t | h_t), p(x_t | h_t, z_t), h_{t+1} = LSTM(x_t, z_t), where every part is behind a network of its own.
#[derive(Module, Debug)]
pub struct Vrnn {
    reader: Mlp,
    latent_reader: Mlp,
    recurrent: Lstm,
    /// `[1, recurrent]` each.
    start_hidden: Param<Tensor<2>>,
    start_cell: Param<Tensor<2>>,
    prior: Mlp,
    prior_head: GaussianHead,
    decoder: Mlp,
    output: Linear,
    #[module(skip)]
    form: Output,
}

/// The state of the recurrent network; a row per sequence.
#[derive(Clone, Debug)]
pub struct VrnnState {
    /// h_t.
    pub(super) hidden: Tensor<2>,
    /// `None` where it is not known, and not needed any more.
    cell: Option<Tensor<2>>,
}

impl Carry for VrnnState {
    fn map(&self, each: &dyn Fn(Tensor<2>) -> Tensor<2>) -> Self {
        Self {
            hidden: each(self.hidden.clone()),
            cell: self.cell.clone().map(each),
        }
    }

    fn cat(parts: &[Self]) -> Self {
        let cells: Option<Vec<_>> = parts.iter().map(|p| p.cell.clone()).collect();
        Self {
            hidden: Tensor::cat(parts.iter().map(|p| p.hidden.clone()).collect(), 0),
            cell: cells.map(|c| Tensor::cat(c, 0)),
        }
    }
}

impl Vrnn {
    /// A model of steps of `width` numbers, with random weights.
    pub fn new(
        width: usize,
        sizes: &VrnnSizes,
        output: Output,
        rng: &mut Stream,
        device: &Device,
    ) -> Self {
        let (h, z) = (sizes.recurrent, sizes.latent);
        let (seen, thought) = (sizes.observed.0, sizes.hidden.0);
        let start = || Param::from_tensor(matrix(vec![0.0; h], 1, h, device));
        let act = Activation::Relu;
        Self {
            reader: Mlp::new(width, sizes.observed, act, rng, device),
            latent_reader: Mlp::new(z, sizes.hidden, act, rng, device),
            recurrent: Lstm::new(seen + thought, h, rng, device),
            start_hidden: start(),
            start_cell: start(),
            prior: Mlp::new(h, sizes.hidden, act, rng, device),
            prior_head: GaussianHead::new(thought, z, rng, device),
            decoder: Mlp::new(thought + h, sizes.observed, act, rng, device),
            output: Linear::glorot(seen, (width, output.parameters()), 1.0, rng, device),
            form: output,
        }
    }

    /// What the network of observations makes of x, which a direct guide looks at as well.
    pub(super) fn read(&self, x: Tensor<2>) -> Tensor<2> {
        self.reader.forward(x)
    }

    /// What the recurrent network's gates get from steps.
    fn project(&self, z: Tensor<2>, x: Tensor<2>) -> Tensor<2> {
        let both = vec![self.read(x), self.latent_reader.forward(z)];
        self.recurrent.project(Tensor::cat(both, 1))
    }
}

impl Observable for Vrnn {
    fn expect(&self, state: &VrnnState, z: Tensor<2>) -> Expectation {
        let both = vec![self.latent_reader.forward(z), state.hidden.clone()];
        let last = self
            .output
            .forward(self.decoder.forward(Tensor::cat(both, 1)));
        self.form.expectation(last)
    }
}

impl StateSpace for Vrnn {
    type State = VrnnState;

    fn start(&self, rows: usize) -> VrnnState {
        VrnnState {
            hidden: self.start_hidden.val().repeat_dim(0, rows),
            cell: Some(self.start_cell.val().repeat_dim(0, rows)),
        }
    }

    fn prior(&self, state: &VrnnState) -> Normal {
        self.prior_head
            .forward(self.prior.forward(state.hidden.clone()))
    }

    fn log_likelihood(&self, state: &VrnnState, z: Tensor<2>, x: &Tensor<2>) -> Tensor<1> {
        self.form.log_prob(self.expect(state, z), x)
    }

    fn advance(&self, state: VrnnState, z: Tensor<2>, x: &Tensor<2>) -> VrnnState {
        let cell = state.cell.unwrap_or_else(|| state.hidden.zeros_like());
        let projected = self.project(z, x.clone());
        let (hidden, cell) = self.recurrent.step(projected, Some((state.hidden, cell)));
        VrnnState {
            hidden,
            cell: Some(cell),
        }
    }

    /// Given the latents, the recurrent network is one operation.
    fn unroll(&self, first: VrnnState, latents: &[Tensor<2>], xs: &[Tensor<2>]) -> VrnnState {
        let (Some(cell), [latents @ .., _], [xs @ .., _]) = (&first.cell, latents, xs) else {
            return first;
        };
        if xs.is_empty() {
            return first;
        }
        let [z, x] = [latents, xs].map(|all| Tensor::cat(all.to_vec(), 0));
        let start = (first.hidden.clone(), cell.clone());
        let hidden = self.recurrent.unroll(start, self.project(z, x));
        VrnnState {
            hidden: Tensor::cat(vec![first.hidden, hidden], 0),
            cell: None,
        }
    }

    fn errors(&self, state: &VrnnState, z: Tensor<2>, x: &Tensor<2>) -> Option<Tensor<2>> {
        Some(Output::errors(&self.expect(state, z), x))
    }
}
