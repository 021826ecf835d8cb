//! A stochastic recurrent network (Fraccaro et al., 2016), in its filtering form.

use helmholtz_nn::Module;
use helmholtz_nn::tensor::{Device, Tensor};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::config::{WIDEST, layers};
use super::output::{Emission, Expectation, Observable, Output};
use super::recurrent::{Recurrent, RecurrentState};
use helmholtz_core::filter::{Carry, StateSpace};
use helmholtz_math::random::Stream;
use helmholtz_nn::dist::{GaussianHead, Normal};
use helmholtz_nn::{Activation, Mlp};

/// The sizes of a network.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SrnnSizes {
    /// Units of the recurrent network.
    #[schemars(range(min = 1, max = WIDEST))]
    pub recurrent: usize,
    /// Coordinates of the latent.
    #[schemars(range(min = 1, max = WIDEST))]
    pub latent: usize,
    /// Units per layer of the prior's network, and its layers.
    #[schemars(schema_with = "layers")]
    pub prior: (usize, usize),
    /// Units per layer of the decoder, and its layers.
    #[schemars(schema_with = "layers")]
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
#[derive(Clone, Debug, Module)]
pub struct Srnn {
    recurrent: Recurrent,
    prior: Mlp,
    prior_head: GaussianHead,
    decoder: Mlp,
    output: Emission,
    #[module(skip)]
    latent: usize,
}

/// What the deterministic part has read, and the last sample; a row per sequence.
#[derive(Clone, Debug)]
pub struct SrnnState {
    /// h_t.
    pub(super) recurrent: RecurrentState,
    /// z_{t-1}.
    z: Tensor<2>,
}

impl Carry for SrnnState {
    fn map(&self, each: &dyn Fn(Tensor<2>) -> Tensor<2>) -> Self {
        Self {
            recurrent: self.recurrent.map(each),
            z: each(self.z.clone()),
        }
    }

    fn cat(parts: &[Self]) -> Self {
        let recurrent: Vec<_> = parts.iter().map(|p| p.recurrent.clone()).collect();
        Self {
            recurrent: RecurrentState::cat(&recurrent),
            z: Tensor::cat(parts.iter().map(|p| p.z.clone()).collect(), 0),
        }
    }
}

impl SrnnState {
    /// h_t beside a latent.
    fn with(&self, z: Tensor<2>) -> [Tensor<2>; 2] {
        [self.recurrent.hidden.clone(), z]
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
        Self {
            recurrent: Recurrent::new(width, h, rng, device),
            prior: Mlp::new(h + z, sizes.prior, act, rng, device),
            prior_head: GaussianHead::new(sizes.prior.0, z, rng, device),
            decoder: Mlp::new(h + z, sizes.decoder, act, rng, device),
            output: Emission::new((sizes.decoder.0, width), output, rng, device),
            latent: z,
        }
    }
}

impl Observable for Srnn {
    fn expect(&self, state: &SrnnState, z: Tensor<2>) -> Expectation {
        self.output.expect(self.decoder.forward_pair(state.with(z)))
    }
}

impl StateSpace for Srnn {
    type State = SrnnState;

    fn start(&self, rows: usize) -> SrnnState {
        let recurrent = self.recurrent.start(rows);
        SrnnState {
            z: Tensor::zeros([rows, self.latent], &recurrent.hidden.device()),
            recurrent,
        }
    }

    fn prior(&self, state: &SrnnState) -> Normal {
        let both = state.with(state.z.clone());
        self.prior_head.forward(self.prior.forward_pair(both))
    }

    fn log_likelihood(&self, state: &SrnnState, z: Tensor<2>, x: &Tensor<2>) -> Tensor<1> {
        self.expect(state, z).log_prob(x)
    }

    fn advance(&self, state: SrnnState, z: Tensor<2>, x: &Tensor<2>) -> SrnnState {
        let projected = self.recurrent.project(x.clone());
        let recurrent = self.recurrent.advance(state.recurrent, projected);
        SrnnState { recurrent, z }
    }

    /// The deterministic part does not depend on the latents, and is one operation.
    fn unroll(&self, first: SrnnState, latents: &[Tensor<2>], xs: &[Tensor<2>]) -> SrnnState {
        let ([latents @ .., _], [xs @ .., _]) = (latents, xs) else {
            return first;
        };
        if xs.is_empty() {
            return first;
        }
        let z = std::iter::once(first.z).chain(latents.iter().cloned());
        let projected = self.recurrent.project(Tensor::cat(xs.to_vec(), 0));
        SrnnState {
            recurrent: self.recurrent.unroll(first.recurrent, projected),
            z: Tensor::cat(z.collect(), 0),
        }
    }

    fn errors(&self, state: &SrnnState, z: Tensor<2>, x: &Tensor<2>) -> Option<Tensor<2>> {
        Some(self.expect(state, z).errors(x))
    }
}
