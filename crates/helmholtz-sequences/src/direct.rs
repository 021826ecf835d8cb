//! The filtering networks that the models were published with: posteriors in one go.

use helmholtz_nn::Module;
use helmholtz_nn::tensor::{Device, Tensor};

use super::srnn::{Srnn, SrnnSizes};
use super::vrnn::{Vrnn, VrnnSizes};
use helmholtz_core::filter::{Infer, InferenceInput, StateSpace};
use helmholtz_math::random::Stream;
use helmholtz_nn::dist::{GaussianHead, Normal};
use helmholtz_nn::{Activation, Mlp};

/// q(z_t | x_t, h_t) from the observation and the state of the recurrent network.
#[derive(Clone, Debug, Module)]
pub struct Direct {
    layers: Mlp,
    head: GaussianHead,
}

impl Direct {
    fn new(
        inputs: usize,
        size: (usize, usize),
        (latent, activation): (usize, Activation),
        rng: &mut Stream,
        device: &Device,
    ) -> Self {
        Self {
            layers: Mlp::new(inputs, size, activation, rng, device),
            head: GaussianHead::new(size.0, latent, rng, device),
        }
    }

    /// That of an [`Srnn`]: as large as its prior's network, with the observation in the place of the last
    /// latent. (Fraccaro et al. look at that, too.)
    pub fn of_srnn(width: usize, sizes: &SrnnSizes, rng: &mut Stream, device: &Device) -> Self {
        let form = (sizes.latent, Activation::ClippedLeakyRelu);
        Self::new(width + sizes.recurrent, sizes.prior, form, rng, device)
    }

    /// That of a [`Vrnn`]: it sees what the model's own network makes of the observation.
    pub fn of_vrnn(sizes: &VrnnSizes, rng: &mut Stream, device: &Device) -> Self {
        let form = (sizes.latent, Activation::Relu);
        Self::new(
            sizes.observed.0 + sizes.recurrent,
            sizes.hidden,
            form,
            rng,
            device,
        )
    }

    fn infer(&self, seen: Tensor<2>, hidden: &Tensor<2>) -> Normal {
        let both = [seen, hidden.clone()];
        self.head.forward(self.layers.forward_pair(both))
    }
}

impl Infer<Srnn> for Direct {
    fn update(&self, _: &Srnn, sight: &InferenceInput<<Srnn as StateSpace>::State>) -> Normal {
        self.infer(sight.observation.clone(), &sight.state.recurrent.hidden)
    }

    fn is_iterative(&self) -> bool {
        false
    }
}

impl Infer<Vrnn> for Direct {
    fn update(&self, model: &Vrnn, sight: &InferenceInput<<Vrnn as StateSpace>::State>) -> Normal {
        self.infer(model.read(sight.observation.clone()), &sight.state.hidden)
    }

    fn is_iterative(&self) -> bool {
        false
    }
}
