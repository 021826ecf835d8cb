//! The deterministic part that the models have in common: a recurrent network with a learned beginning.

use helmholtz_nn::tensor::{Device, Tensor};
use helmholtz_nn::{Module, Param};

use helmholtz_core::filter::Carry;
use helmholtz_math::random::Stream;
use helmholtz_nn::{Lstm, zero_parameter};

/// A long short-term memory.
#[derive(Clone, Debug, Module)]
pub(super) struct Recurrent {
    lstm: Lstm,
    /// `[1, hidden]` each.
    start_hidden: Param<2>,
    start_cell: Param<2>,
}

/// Its state; a row per sequence.
#[derive(Clone, Debug)]
pub struct RecurrentState {
    /// h_t.
    pub(super) hidden: Tensor<2>,
    /// `None` where it is not known, and not needed any more.
    cell: Option<Tensor<2>>,
}

impl Carry for RecurrentState {
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

impl Recurrent {
    pub(super) fn new(inputs: usize, hidden: usize, rng: &mut Stream, device: &Device) -> Self {
        let start = || zero_parameter(1, hidden, device);
        Self {
            lstm: Lstm::new(inputs, hidden, rng, device),
            start_hidden: start(),
            start_cell: start(),
        }
    }

    /// Before anything is read.
    pub(super) fn start(&self, rows: usize) -> RecurrentState {
        RecurrentState {
            hidden: self.start_hidden.val().repeat_dim(0, rows),
            cell: Some(self.start_cell.val().repeat_dim(0, rows)),
        }
    }

    /// What the gates get from what is read.
    pub(super) fn project(&self, read: Tensor<2>) -> Tensor<2> {
        self.lstm.project(read)
    }

    /// The same for what comes in two parts.
    pub(super) fn project_pair(&self, read: [Tensor<2>; 2]) -> Tensor<2> {
        self.lstm.project_pair(read)
    }

    /// After a step, given what its gates get from a row for each sequence.
    pub(super) fn advance(&self, state: RecurrentState, projected: Tensor<2>) -> RecurrentState {
        let cell = state.cell.unwrap_or_else(|| state.hidden.zeros_like());
        let (hidden, cell) = self.lstm.step(projected, Some((state.hidden, cell)));
        RecurrentState {
            hidden,
            cell: Some(cell),
        }
    }

    /// The given state, and those after each of several steps, in one operation; the rows of a step are neighbours.
    pub(super) fn unroll(&self, first: RecurrentState, projected: Tensor<2>) -> RecurrentState {
        let cell = first.cell.unwrap_or_else(|| first.hidden.zeros_like());
        let start = (first.hidden.clone(), cell);
        let hidden = self.lstm.unroll(start, projected);
        RecurrentState {
            hidden: Tensor::cat(vec![first.hidden, hidden], 0),
            cell: None,
        }
    }
}
