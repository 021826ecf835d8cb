//! The few layers that the domains share.

use crate::module::{Module, Param};
use burn_tensor::{Device, Tensor};

use super::forest::Forest;
use super::indices;
use super::initial::{parameter, uniform, uniform_parameter};
use super::kernel::apply;
use super::kernel::{Input, Numbers, numbers};
use super::linear::{affine, affine_pair};
use super::lstm::{Beside, CellKernel, LstmKernel, LstmWeights};
use super::packed::Packed;
use helmholtz_math::random::Stream;

/// Weights of the input side of a long short-term memory, `[rows, 4 hidden]`, whose forget gates start open
/// by a bias of `open`, so that early gradients reach far back (Jozefowicz et al., 2015).
fn gate_parameter(
    rows: usize,
    hidden: usize,
    open: f32,
    rng: &mut Stream,
    device: &Device,
) -> Param<2> {
    let scale = (1.0 / hidden as f64).sqrt();
    let forget = |i: usize| (i / hidden) % 4 == 1;
    parameter(rows, 4 * hidden, device, || {
        let values = uniform(rows * 4 * hidden, scale, rng).into_iter();
        let opened = values
            .enumerate()
            .map(|(i, v)| if forget(i) { v + open } else { v });
        opened.collect()
    })
}

/// A long short-term memory that reads tokens.
#[derive(Clone, Debug, Module)]
pub struct TokenLstm {
    table: Param<2>,
    recurrent: Param<2>,
    hidden: usize,
}

/// What a [`TokenLstm`] reads, and the rows of the initial states it starts from.
pub struct Reading {
    /// The steps.
    pub forest: Forest,
    /// The token read at each step.
    pub tokens: Vec<u8>,
    /// Per tree, a row of the initial hidden states.
    pub start_hidden: Vec<usize>,
    /// Per tree, a row of the initial cells.
    pub start_cell: Vec<usize>,
}

impl TokenLstm {
    /// Uniform weights, scaled to the width of the state.
    pub fn new(vocabulary: usize, hidden: usize, rng: &mut Stream, device: &Device) -> Self {
        let scale = (1.0 / hidden as f64).sqrt();
        let table = gate_parameter(vocabulary, hidden, 1.0, rng, device);
        let recurrent = uniform_parameter(hidden, 4 * hidden, scale, rng, device);
        Self {
            table,
            recurrent,
            hidden,
        }
    }

    /// The hidden state after every step, `[steps, hidden]`, from initial hidden states and cells
    /// `[*, hidden]`.
    pub fn forward(&self, reading: Reading, hidden: Tensor<2>, cell: Tensor<2>) -> Tensor<2> {
        let kernel = LstmKernel {
            hidden: self.hidden,
            forest: reading.forest,
            read: reading.tokens.into_iter().map(usize::from).collect(),
            beside: Beside::Starts {
                hidden: reading.start_hidden,
                cell: reading.start_cell,
            },
        };
        let inputs = [self.table.val(), self.recurrent.val(), hidden, cell];
        apply(kernel, inputs.map(Input::from))
    }

    /// The same from states of zero.
    pub fn forward_from_zeros(&self, forest: Forest, tokens: &[u8]) -> Tensor<2> {
        let read = tokens.iter().map(|&t| usize::from(t)).collect();
        from_zeros(forest, read, self.table.val(), self.recurrent.val())
    }

    /// The same from states of zero, where every tree has a table of its own: `of` tells which of `tables`,
    /// as [`TokenLstm::table_with`] makes them.
    pub fn forward_with(
        &self,
        forest: Forest,
        tokens: &[u8],
        tables: Tensor<2>,
        of: &[usize],
    ) -> Tensor<2> {
        let vocabulary = self.vocabulary();
        let trees = (0..forest.trees().len()).map(|tree| forest.trees().range(tree));
        let read = trees.zip(of).flat_map(|(steps, o)| {
            let tokens = tokens[steps].iter();
            tokens.map(move |&t| o * vocabulary + usize::from(t))
        });
        let read = read.collect();
        from_zeros(forest, read, tables, self.recurrent.val())
    }

    /// Where the weights are.
    pub fn device(&self) -> Device {
        self.table.val().device()
    }

    /// The table of each row of `context`, one below the other, `[rows vocabulary, 4 hidden]`.
    pub fn table_with(&self, context: Tensor<2>) -> Tensor<2> {
        let [rows, wide] = context.dims();
        let vocabulary = self.vocabulary();
        let each = context.reshape([rows, 1, wide]);
        let table = self.table.val().reshape([1, vocabulary, wide]);
        (each + table).reshape([rows * vocabulary, wide])
    }

    fn vocabulary(&self) -> usize {
        self.table.dims()[0]
    }

    /// The width of the state.
    pub fn hidden(&self) -> usize {
        self.hidden
    }

    /// The weights on the host, for sampling.
    pub fn weights(&self) -> OwnedLstm {
        self.weights_with(&self.table.val())
    }

    /// The weights on the host with another table.
    pub fn weights_with(&self, table: &Tensor<2>) -> OwnedLstm {
        OwnedLstm {
            table: numbers(table),
            recurrent: numbers(&self.recurrent.val()),
            hidden: self.hidden,
        }
    }
}

/// Runs the fused network from states of zero.
fn from_zeros(
    forest: Forest,
    read: Vec<usize>,
    table: Tensor<2>,
    recurrent: Tensor<2>,
) -> Tensor<2> {
    let kernel = LstmKernel {
        hidden: recurrent.dims()[0],
        forest,
        read,
        beside: Beside::Nothing,
    };
    apply(kernel, [table, recurrent].map(Input::from))
}

/// A long short-term memory that reads numbers, from states of zero.
#[derive(Clone, Debug, Module)]
pub struct Lstm {
    input: Param<2>,
    bias: Param<2>,
    recurrent: Param<2>,
}

/// Hidden states and cells, `[rows, hidden]` each.
pub type LstmState = (Tensor<2>, Tensor<2>);

impl Lstm {
    /// `hidden` units that read `inputs` numbers.
    pub fn new(inputs: usize, hidden: usize, rng: &mut Stream, device: &Device) -> Self {
        let scale = (1.0 / hidden as f64).sqrt();
        Self {
            input: gate_parameter(inputs, hidden, 0.0, rng, device),
            bias: gate_parameter(1, hidden, 1.0, rng, device),
            recurrent: uniform_parameter(hidden, 4 * hidden, scale, rng, device),
        }
    }

    /// Where the weights are.
    pub fn device(&self) -> Device {
        self.input.val().device()
    }

    /// What the gates get from inputs `[rows, inputs]`.
    pub fn project(&self, inputs: Tensor<2>) -> Tensor<2> {
        affine(inputs, self.input.val(), self.bias.val())
    }

    /// The same for inputs of which one part and the other are apart, `[rows, p]` and `[rows, inputs - p]`.
    pub fn project_pair(&self, parts: [Tensor<2>; 2]) -> Tensor<2> {
        affine_pair(parts, self.input.val(), self.bias.val())
    }

    /// The weights on the host, for sampling, with a table of what the gates get from what is read.
    pub fn weights_with(&self, table: &Tensor<2>) -> OwnedLstm {
        OwnedLstm {
            table: numbers(table),
            recurrent: numbers(&self.recurrent.val()),
            hidden: self.recurrent.dims()[0],
        }
    }

    /// The width of the state.
    pub fn hidden(&self) -> usize {
        self.recurrent.dims()[0]
    }

    /// What the gates get from inputs of zero, `[1, 4 hidden]`.
    pub fn bias(&self) -> Tensor<2> {
        self.bias.val()
    }

    /// The hidden state after every step, `[steps, hidden]`, of which each reads a row of `numbers`.
    pub fn forward(&self, forest: Forest, numbers: Tensor<2>) -> Tensor<2> {
        let read = vec![0; forest.trees().steps()];
        self.fused(forest, read, self.bias.val(), numbers)
    }

    /// The same where the gates of step `i` also get row `of[i]` of `context`, `[*, 4 hidden]`.
    pub fn forward_with(
        &self,
        forest: Forest,
        numbers: Tensor<2>,
        context: Tensor<2>,
        of: Vec<usize>,
    ) -> Tensor<2> {
        self.fused(forest, of, context + self.bias.val(), numbers)
    }

    fn fused(
        &self,
        forest: Forest,
        read: Vec<usize>,
        table: Tensor<2>,
        numbers: Tensor<2>,
    ) -> Tensor<2> {
        let [width, wide] = self.input.dims();
        let kernel = LstmKernel {
            hidden: wide / 4,
            forest,
            read,
            beside: Beside::Numbers { width },
        };
        let inputs = [table, self.recurrent.val(), numbers, self.input.val()];
        apply(kernel, inputs.map(Input::from))
    }

    /// The hidden states after each of several steps from a state of `rows` rows, given what the gates get from the
    /// inputs; the rows of one step are neighbours, `[steps * rows, *]`.
    pub fn unroll(&self, start: LstmState, projected: Tensor<2>) -> Tensor<2> {
        let ([rows, hidden], device) = (start.0.dims(), projected.device());
        let steps = projected.dims()[0] / rows;
        // A forest has a tree per row.
        let by_row = (0..rows).flat_map(|r| (0..steps).map(move |t| t * rows + r));
        let by_step = (0..steps).flat_map(|t| (0..rows).map(move |r| r * steps + t));
        let kernel = LstmKernel {
            hidden,
            forest: Forest::chains(Packed::new(vec![steps; rows])),
            read: by_row.collect(),
            beside: Beside::Starts {
                hidden: (0..rows).collect(),
                cell: (0..rows).collect(),
            },
        };
        let inputs = [projected, self.recurrent.val(), start.0, start.1];
        let states: Tensor<2> = apply(kernel, inputs.map(Input::from));
        states.select(0, indices(by_step, &device))
    }

    /// One step of all rows, from zeros where there is no state.
    pub fn step(&self, projected: Tensor<2>, state: Option<LstmState>) -> LstmState {
        let ([rows, wide], device) = (projected.dims(), projected.device());
        let hidden = wide / 4;
        let (gates, cell) = match state {
            Some((h, cell)) => (affine(h, self.recurrent.val(), projected), cell),
            None => (projected, Tensor::zeros([rows, hidden], &device)),
        };
        let both = apply::<2>(CellKernel { rows, hidden }, [gates, cell].map(Input::from));
        let part = |i: usize| both.clone().narrow(1, i * hidden, hidden);
        (part(0), part(1))
    }
}

/// A [`TokenLstm`]'s weights as numbers.
pub struct OwnedLstm {
    table: Numbers,
    recurrent: Numbers,
    hidden: usize,
}

impl OwnedLstm {
    /// The width of the state.
    pub fn hidden(&self) -> usize {
        self.hidden
    }

    /// Advances states by one row of the table each. `h` and `c` are `[n, hidden]`, and `read` has n rows.
    pub fn step(&self, read: &[usize], h: &mut [f32], c: &mut [f32]) {
        let weights = LstmWeights {
            table: &self.table,
            recurrent: &self.recurrent,
            hidden: self.hidden,
        };
        weights.step(read, h, c);
    }
}
