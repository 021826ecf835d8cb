//! The few layers that the domains share.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};

use super::forest::Forest;
use super::kernel::apply4;
use super::lstm::{LstmKernel, LstmWeights};
use super::{host, matrix};
use crate::random::Stream;

/// A parameter `[rows, columns]` drawn uniformly from [-scale, scale] by our own stream: the tensor
/// library's generator is global to the process.
pub(crate) fn uniform_parameter(
    rows: usize,
    columns: usize,
    scale: f64,
    rng: &mut Stream,
    device: &Device,
) -> Param<Tensor<2>> {
    let values = (0..rows * columns)
        .map(|_| ((2.0 * rng.uniform() - 1.0) * scale) as f32)
        .collect();
    Param::from_tensor(matrix(values, rows, columns, device))
}

/// `x W + b`.
#[derive(Module, Debug)]
pub(crate) struct Linear {
    /// `[inputs, outputs]`.
    pub(crate) weight: Param<Tensor<2>>,
    /// `[1, outputs]`.
    pub(crate) bias: Param<Tensor<2>>,
}

impl Linear {
    pub(crate) fn new(inputs: usize, outputs: usize, rng: &mut Stream, device: &Device) -> Self {
        let scale = (1.0 / inputs as f64).sqrt();
        Self {
            weight: uniform_parameter(inputs, outputs, scale, rng, device),
            bias: uniform_parameter(1, outputs, 0.0, rng, device),
        }
    }

    /// `[n, inputs]` to `[n, outputs]`.
    pub(crate) fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        x.matmul(self.weight.val()) + self.bias.val()
    }
}

/// A long short-term memory that reads tokens.
#[derive(Module, Debug)]
pub(crate) struct TokenLstm {
    table: Param<Tensor<2>>,
    recurrent: Param<Tensor<2>>,
    hidden: usize,
}

/// What a [`TokenLstm`] reads, and the rows of the initial states it starts from.
pub(crate) struct Reading {
    /// The steps.
    pub(crate) forest: Forest,
    /// The token read at each step.
    pub(crate) tokens: Vec<u8>,
    /// Per tree, a row of the initial hidden states.
    pub(crate) start_hidden: Vec<usize>,
    /// Per tree, a row of the initial cells.
    pub(crate) start_cell: Vec<usize>,
}

impl TokenLstm {
    pub(crate) fn new(vocabulary: usize, hidden: usize, rng: &mut Stream, device: &Device) -> Self {
        let scale = (1.0 / hidden as f64).sqrt();
        let table = uniform_parameter(vocabulary, 4 * hidden, scale, rng, device);
        // The forget gates start open, so that early gradients reach far back (Jozefowicz et al., 2015).
        let table = table.map(|t| {
            let values = host(&t)
                .into_iter()
                .enumerate()
                .map(|(i, v)| if (i / hidden) % 4 == 1 { v + 1.0 } else { v })
                .collect();
            super::parameters::replaced(&t, values)
        });
        let recurrent = uniform_parameter(hidden, 4 * hidden, scale, rng, device);
        Self {
            table,
            recurrent,
            hidden,
        }
    }

    /// The hidden state after every step, `[steps, hidden]`, from initial hidden states and cells
    /// `[*, hidden]`.
    pub(crate) fn forward(
        &self,
        reading: Reading,
        hidden: Tensor<2>,
        cell: Tensor<2>,
    ) -> Tensor<2> {
        let kernel = LstmKernel {
            hidden: self.hidden,
            forest: reading.forest,
            tokens: reading.tokens,
            start_hidden: reading.start_hidden,
            start_cell: reading.start_cell,
        };
        let inputs = [self.table.val(), self.recurrent.val(), hidden, cell];
        apply4(kernel, inputs.map(Tensor::into_dispatch))
    }

    /// The width of the state.
    pub(crate) fn hidden(&self) -> usize {
        self.hidden
    }

    /// The weights on the host, for sampling.
    pub(crate) fn weights(&self) -> OwnedLstm {
        let (table, recurrent) = (host(&self.table.val()), host(&self.recurrent.val()));
        OwnedLstm {
            table,
            recurrent,
            hidden: self.hidden,
        }
    }
}

/// A [`TokenLstm`]'s weights, copied to the host.
pub(crate) struct OwnedLstm {
    table: Vec<f32>,
    recurrent: Vec<f32>,
    hidden: usize,
}

impl OwnedLstm {
    /// The width of the state.
    pub(crate) fn hidden(&self) -> usize {
        self.hidden
    }

    /// The weights, borrowed.
    pub(crate) fn borrow(&self) -> LstmWeights<'_> {
        LstmWeights {
            table: &self.table,
            recurrent: &self.recurrent,
            hidden: self.hidden,
        }
    }
}
