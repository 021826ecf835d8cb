//! A variational recurrent network (Chung et al., 2015).

use helmholtz_nn::Module;
use helmholtz_nn::tensor::{Device, Tensor};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::config::{WIDEST, layers};
use super::output::{Emission, Expectation, Observable, Output};
use super::recurrent::{Recurrent, RecurrentState};
use helmholtz_core::filter::StateSpace;
use helmholtz_math::random::Stream;
use helmholtz_nn::dist::{GaussianHead, Normal};
use helmholtz_nn::{Activation, Mlp};

/// The sizes of a network.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct VrnnSizes {
    /// Units of the recurrent network.
    #[schemars(range(min = 1, max = WIDEST))]
    pub recurrent: usize,
    /// Coordinates of the latent.
    #[schemars(range(min = 1, max = WIDEST))]
    pub latent: usize,
    /// Units per layer and layers of the networks of observations and of the decoder.
    #[schemars(schema_with = "layers")]
    pub observed: (usize, usize),
    /// Units per layer and layers of the networks of latents and of the prior.
    #[schemars(schema_with = "layers")]
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
#[derive(Clone, Debug, Module)]
pub struct Vrnn {
    reader: Mlp,
    latent_reader: Mlp,
    recurrent: Recurrent,
    prior: Mlp,
    prior_head: GaussianHead,
    decoder: Mlp,
    output: Emission,
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
        let act = Activation::Relu;
        Self {
            reader: Mlp::new(width, sizes.observed, act, rng, device),
            latent_reader: Mlp::new(z, sizes.hidden, act, rng, device),
            recurrent: Recurrent::new(seen + thought, h, rng, device),
            prior: Mlp::new(h, sizes.hidden, act, rng, device),
            prior_head: GaussianHead::new(thought, z, rng, device),
            decoder: Mlp::new(thought + h, sizes.observed, act, rng, device),
            output: Emission::new((seen, width), output, rng, device),
        }
    }

    /// What the network of observations makes of x, which a direct guide looks at as well.
    pub(super) fn read(&self, x: Tensor<2>) -> Tensor<2> {
        self.reader.forward(x)
    }

    /// What the recurrent network's gates get from steps.
    fn project(&self, z: Tensor<2>, x: Tensor<2>) -> Tensor<2> {
        let read = [self.read(x), self.latent_reader.forward(z)];
        self.recurrent.project_pair(read)
    }
}

impl Observable for Vrnn {
    fn expect(&self, state: &RecurrentState, z: Tensor<2>) -> Expectation {
        let both = [self.latent_reader.forward(z), state.hidden.clone()];
        self.output.expect(self.decoder.forward_pair(both))
    }
}

impl StateSpace for Vrnn {
    type State = RecurrentState;

    fn start(&self, rows: usize) -> RecurrentState {
        self.recurrent.start(rows)
    }

    fn prior(&self, state: &RecurrentState) -> Normal {
        self.prior_head
            .forward(self.prior.forward(state.hidden.clone()))
    }

    fn log_likelihood(&self, state: &RecurrentState, z: Tensor<2>, x: &Tensor<2>) -> Tensor<1> {
        self.expect(state, z).log_prob(x)
    }

    fn advance(&self, state: RecurrentState, z: Tensor<2>, x: &Tensor<2>) -> RecurrentState {
        self.recurrent.advance(state, self.project(z, x.clone()))
    }

    /// Given the latents, the recurrent network is one operation.
    fn unroll(
        &self,
        first: RecurrentState,
        latents: &[Tensor<2>],
        xs: &[Tensor<2>],
    ) -> RecurrentState {
        let ([latents @ .., _], [xs @ .., _]) = (latents, xs) else {
            return first;
        };
        if xs.is_empty() {
            return first;
        }
        let [z, x] = [latents, xs].map(|all| Tensor::cat(all.to_vec(), 0));
        self.recurrent.unroll(first, self.project(z, x))
    }

    fn errors(&self, state: &RecurrentState, z: Tensor<2>, x: &Tensor<2>) -> Option<Tensor<2>> {
        Some(self.expect(state, z).errors(x))
    }
}
