//! Kernels of more inputs than one node of the graph takes.
//!
//! Inputs are laid end to end, some at a time, until there are few enough; the kernel sees them apart again. That costs
//! one copy of what is joined, and another of its gradient.

use std::sync::Arc;

use burn_tensor::Tensor;

use super::graph::{self, Input, MOST_INPUTS};
use super::{Kernel, Vjp};
use crate::factors::Factors;

/// Applies a kernel of any number of inputs.
pub(super) fn apply<const D: usize>(kernel: impl Kernel, inputs: Vec<Input>) -> Tensor<D> {
    // As many groups as a node has inputs at most, so groups of groups where there are very many.
    let size = inputs.len().div_ceil(MOST_INPUTS);
    let groups: Vec<Vec<usize>> = inputs
        .chunks(size)
        .map(|group| group.iter().map(Input::len).collect())
        .collect();
    let joined = inputs.chunks(size).map(|group| join(group.to_vec()));
    let joined: Vec<Input> = joined.collect();
    graph::apply(Arc::new(Apart { kernel, groups }), joined)
}

/// Inputs end to end.
fn join(inputs: Vec<Input>) -> Input {
    if inputs.len() == 1 {
        return inputs[0].clone();
    }
    let lengths = inputs.iter().map(Input::len).collect();
    let joined: Tensor<1> = super::apply(EndToEnd { lengths }, inputs);
    joined.into()
}

/// Lays its inputs end to end.
#[derive(Debug)]
struct EndToEnd {
    lengths: Vec<usize>,
}

impl Kernel for EndToEnd {
    fn shape(&self) -> Vec<usize> {
        vec![self.lengths.iter().sum()]
    }

    fn forward(&self, inputs: &[&[f32]], _: Option<&mut Vec<Vec<f32>>>) -> Vec<f32> {
        inputs.concat()
    }

    fn backward(&self, vjp: Vjp<'_>) -> Vec<Vec<f32>> {
        split(vjp.gradient, &self.lengths)
            .map(<[f32]>::to_vec)
            .collect()
    }

    fn reads_input(&self, _: usize) -> bool {
        false
    }

    fn reads_output(&self) -> bool {
        false
    }
}

/// A kernel whose inputs come in groups, end to end.
#[derive(Debug)]
struct Apart<K> {
    kernel: K,
    /// The lengths of the inputs of each group.
    groups: Vec<Vec<usize>>,
}

impl<K: Kernel> Apart<K> {
    /// Something of every input, from what is joined; empty where that is.
    fn apart<'a>(&'a self, joined: &'a [&'a [f32]]) -> Vec<&'a [f32]> {
        let each = joined.iter().zip(&self.groups);
        each.flat_map(|(numbers, lengths)| -> Vec<&[f32]> {
            match numbers.is_empty() {
                true => vec![&[]; lengths.len()],
                false => split(numbers, lengths).collect(),
            }
        })
        .collect()
    }

    /// The inputs of a group.
    fn members(&self, group: usize) -> std::ops::Range<usize> {
        let first = self.groups[..group].iter().map(Vec::len).sum();
        first..first + self.groups[group].len()
    }
}

impl<K: Kernel> Kernel for Apart<K> {
    fn shape(&self) -> Vec<usize> {
        self.kernel.shape()
    }

    fn forward(&self, inputs: &[&[f32]], kept: Option<&mut Vec<Vec<f32>>>) -> Vec<f32> {
        self.kernel.forward(&self.apart(inputs), kept)
    }

    fn backward(&self, vjp: Vjp<'_>) -> Vec<Vec<f32>> {
        let lengths = self.groups.concat();
        let wanted = self.groups.iter().zip(vjp.wanted);
        let wanted = wanted.flat_map(|(group, &wanted)| vec![wanted; group.len()]);
        let gradients = self.kernel.backward(Vjp {
            inputs: &self.apart(vjp.inputs),
            lengths: &lengths,
            wanted: &wanted.collect::<Vec<_>>(),
            ..vjp
        });
        let group = |g: usize| gradients[self.members(g)].concat();
        (0..self.groups.len()).map(group).collect()
    }

    fn reads_input(&self, group: usize) -> bool {
        self.members(group).any(|i| self.kernel.reads_input(i))
    }

    fn reads_output(&self) -> bool {
        self.kernel.reads_output()
    }

    fn factors(&self, _: usize, _: &Vjp<'_>) -> Option<Factors> {
        None
    }
}

/// Cuts numbers into pieces of the given lengths.
fn split<'a>(numbers: &'a [f32], lengths: &'a [usize]) -> impl Iterator<Item = &'a [f32]> {
    let mut rest = numbers;
    lengths.iter().map(move |&length| {
        let (piece, after) = rest.split_at(length);
        rest = after;
        piece
    })
}
