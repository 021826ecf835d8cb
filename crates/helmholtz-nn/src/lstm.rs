//! A long short-term memory, fused into one operation.
//!
//! What a step reads is a row of a `[*, 4 hidden]` table of projected inputs (the bias is in every row): for
//! a network that reads tokens the table is a weight, one row per token. One that reads numbers multiplies
//! them by weights besides. One step costs a small matrix product and a fused gate update; op by op the
//! same step costs some twenty tensor operations. Sequences are the paths of a [`Forest`], so no step is
//! spent on padding and none twice on a shared beginning. Trees are processed in fixed shards: parallel over
//! shards, bit-identical at any number of threads.

mod backward;
mod cell;

use std::ops::Range;

use rayon::prelude::*;

use super::forest::{Before, Forest};
use super::kernel::{Kernel, Vjp};
use helmholtz_math::matmul::{Matrix, matmul};
use helmholtz_math::simd::{sigmoid, tanh};

pub(crate) use cell::CellKernel;

/// Steps per shard and 128 units: large enough for efficient products, small enough to occupy several cores. The more
/// units, the more a product costs that has few rows.
const SHARD: usize = 1024;
/// Units up to which a shard has no more steps.
const NARROW: usize = 128;

/// The recurrent network's weights, borrowed.
#[derive(Clone, Copy)]
pub(crate) struct LstmWeights<'a> {
    /// `[*, 4 hidden]`, gates in the order input, forget, candidate, output.
    pub(crate) table: &'a [f32],
    /// `[hidden, 4 hidden]`.
    pub(crate) recurrent: &'a [f32],
    /// The width of the state.
    pub(crate) hidden: usize,
}

impl LstmWeights<'_> {
    /// Advances states by one row of the table each. `h` and `c` are `[n, hidden]`, and `read` has n rows.
    pub(crate) fn step(&self, read: &[usize], h: &mut [f32], c: &mut [f32]) {
        let mut gates = Vec::with_capacity(4 * h.len());
        self.look_up(read.iter().copied(), &mut gates);
        self.recur(h, &mut gates);
        self.update(h, c, &mut gates);
    }

    /// Appends the gates of each state before activation, as far as they come from what it reads.
    fn look_up(&self, read: impl Iterator<Item = usize>, gates: &mut Vec<f32>) {
        let wide = 4 * self.hidden;
        for row in read {
            gates.extend_from_slice(&self.table[row * wide..][..wide]);
        }
    }

    /// Adds to the gates what the states before contribute.
    fn recur(&self, h: &[f32], gates: &mut [f32]) {
        let (n, wide) = (h.len() / self.hidden, 4 * self.hidden);
        let weights = Matrix::new(self.recurrent, self.hidden, wide);
        matmul(gates, Matrix::new(h, n, self.hidden), weights, true);
    }

    /// Activates the gates and updates the states in place.
    fn update(&self, h: &mut [f32], c: &mut [f32], gates: &mut [f32]) {
        let states = h
            .chunks_exact_mut(self.hidden)
            .zip(c.chunks_exact_mut(self.hidden));
        for ((h, c), gates) in states.zip(gates.chunks_exact_mut(4 * self.hidden)) {
            update(gates, h, c);
        }
    }
}

/// Activates the gates of one row and updates its state in place.
fn update(gates: &mut [f32], h: &mut [f32], c: &mut [f32]) {
    activate(gates);
    advance(gates, h, c);
}

/// Activates the gates of one row.
#[pulp::with_simd(activate = pulp::Arch::new())]
#[inline(always)]
fn activate_with_simd<S: pulp::Simd>(_: S, gates: &mut [f32]) {
    let n = gates.len() / 4;
    let (input_and_forget, rest) = gates.split_at_mut(2 * n);
    let (candidate, output) = rest.split_at_mut(n);
    input_and_forget.iter_mut().for_each(|g| *g = sigmoid(*g));
    candidate.iter_mut().for_each(|g| *g = tanh(*g));
    output.iter_mut().for_each(|g| *g = sigmoid(*g));
}

/// Updates the state of one row in place, given its activated gates.
#[pulp::with_simd(advance = pulp::Arch::new())]
#[inline(always)]
fn advance_with_simd<'a, S: pulp::Simd>(
    _: S,
    gates: &'a [f32],
    h: &'a mut [f32],
    c: &'a mut [f32],
) {
    let n = h.len();
    let (input, rest) = gates.split_at(n);
    let (forget, rest) = rest.split_at(n);
    let (candidate, output) = rest.split_at(n);
    let (output, c) = (&output[..n], &mut c[..n]);
    for j in 0..n {
        c[j] = forget[j] * c[j] + input[j] * candidate[j];
        h[j] = output[j] * tanh(c[j]);
    }
}

/// The fused operation. Inputs: table, recurrent weights, and those of [`Beside`]. Output: the hidden state
/// after every step, `[steps, hidden]`.
#[derive(Debug)]
pub(crate) struct LstmKernel {
    /// The width of the state.
    pub(crate) hidden: usize,
    /// The steps.
    pub(crate) forest: Forest,
    /// The row of the table that each step reads.
    pub(crate) read: Vec<usize>,
    /// What there is besides.
    pub(crate) beside: Beside,
}

/// Inputs beside the table and the recurrent weights.
#[derive(Clone, Debug)]
pub(crate) enum Beside {
    /// None: trees start from states of zero.
    Nothing,
    /// Initial hidden states `[*, hidden]` and initial cells `[*, hidden]`.
    Starts {
        /// Which row of the initial hidden states each tree starts from.
        hidden: Vec<usize>,
        /// Which row of the initial cells each tree starts from.
        cell: Vec<usize>,
    },
    /// Numbers `[steps, width]` that the steps read, and their weights `[width, 4 hidden]`; trees start from
    /// states of zero.
    Numbers {
        /// Numbers per step.
        width: usize,
    },
}

/// The states after the steps of a shard, `[steps, hidden]` each.
struct After<'a> {
    first: usize,
    hidden: &'a mut [f32],
    cells: &'a mut [f32],
}

/// States by step, some of them, and where trees start.
#[derive(Clone, Copy)]
struct States<'a> {
    /// The states of a shard's steps, from step `first` on.
    states: &'a [f32],
    first: usize,
    /// The initial states, and per tree its row of them; `None` where they are zero.
    starts: Option<(&'a [f32], &'a [usize])>,
    hidden: usize,
}

impl<'a> States<'a> {
    /// The state that a step begins from; `None` for zeros.
    fn get(&self, before: Before) -> Option<&'a [f32]> {
        let (from, row) = match before {
            Before::Start(tree) => self.starts.map(|(initial, rows)| (initial, rows[tree]))?,
            Before::Node(node) => (self.states, node - self.first),
        };
        Some(&from[row * self.hidden..][..self.hidden])
    }
}

impl LstmKernel {
    /// The trees of each shard.
    fn shards(&self) -> Vec<Range<usize>> {
        let steps = SHARD * self.hidden.div_ceil(NARROW);
        self.forest.trees().shards_of_steps(steps)
    }

    /// The hidden states of a shard, given those of its steps.
    fn hidden<'a>(&'a self, states: &'a [f32], first: usize, inputs: &[&'a [f32]]) -> States<'a> {
        let starts = match &self.beside {
            Beside::Starts { hidden, .. } => Some((inputs[2], &hidden[..])),
            _ => None,
        };
        States {
            states,
            first,
            starts,
            hidden: self.hidden,
        }
    }

    /// The cells of a shard, given those of its steps.
    fn cells<'a>(&'a self, states: &'a [f32], first: usize, inputs: &[&'a [f32]]) -> States<'a> {
        let starts = match &self.beside {
            Beside::Starts { cell, .. } => Some((inputs[3], &cell[..])),
            _ => None,
        };
        States {
            starts,
            ..self.hidden(states, first, inputs)
        }
    }

    /// What the steps `nodes` begin from, `[nodes, hidden]`.
    fn before(&self, nodes: &[usize], states: States<'_>) -> Vec<f32> {
        let mut rows = Vec::with_capacity(nodes.len() * self.hidden);
        for &node in nodes {
            match states.get(self.forest.before(node)) {
                Some(state) => rows.extend_from_slice(state),
                None => rows.resize(rows.len() + self.hidden, 0.0),
            }
        }
        rows
    }

    /// Whether the steps of a level all start from zeros.
    fn begins_at_zero(&self, level: &[usize]) -> bool {
        let start = |&node: &usize| matches!(self.forest.before(node), Before::Start(_));
        !matches!(self.beside, Beside::Starts { .. }) && level.iter().all(start)
    }

    /// Adds to the gates of some steps what the numbers that they read contribute.
    fn add_numbers(&self, level: &[usize], inputs: &[&[f32]], gates: &mut [f32]) {
        if let Beside::Numbers { width } = self.beside {
            let numbers = rows(inputs[2], level, width);
            let weights = Matrix::new(inputs[3], width, 4 * self.hidden);
            matmul(
                gates,
                Matrix::new(&numbers, level.len(), width),
                weights,
                true,
            );
        }
    }

    /// The states after the steps of a level, given their activated gates.
    fn advance_level(
        &self,
        level: &[usize],
        gates: &[f32],
        after: &mut After<'_>,
        inputs: &[&[f32]],
    ) {
        let h = self.hidden;
        let before = self.cells(after.cells, after.first, inputs);
        let mut cells = self.before(level, before);
        let rows = gates.chunks_exact(4 * h).zip(cells.chunks_exact_mut(h));
        for ((gates, cell), &node) in rows.zip(level) {
            let own = (node - after.first) * h..(node - after.first + 1) * h;
            advance(gates, &mut after.hidden[own.clone()], cell);
            after.cells[own].copy_from_slice(cell);
        }
    }

    /// Returns the activated gates level by level, or without `keep` those of the last.
    fn forward_shard(
        &self,
        shard: &Range<usize>,
        inputs: &[&[f32]],
        output: &mut [f32],
        keep: bool,
    ) -> Vec<f32> {
        let (h, steps) = (self.hidden, self.forest.trees().steps_of(shard));
        let weights = LstmWeights {
            table: inputs[0],
            recurrent: inputs[1],
            hidden: h,
        };
        let mut after = After {
            first: steps.start,
            cells: &mut vec![0.0; output.len()],
            hidden: output,
        };
        let mut gates = Vec::with_capacity(if keep { steps.len() * 4 * h } else { 0 });
        for level in self.forest.levels(shard) {
            let from = if keep { gates.len() } else { 0 };
            gates.truncate(from);
            weights.look_up(level.iter().map(|&node| self.read[node]), &mut gates);
            let now = &mut gates[from..];
            self.add_numbers(&level, inputs, now);
            if !self.begins_at_zero(&level) {
                let before = self.hidden(after.hidden, after.first, inputs);
                weights.recur(&self.before(&level, before), now);
            }
            now.chunks_exact_mut(4 * h).for_each(activate);
            self.advance_level(&level, now, &mut after, inputs);
        }
        gates
    }
}

/// Some rows, `[rows, width]`.
fn rows(of: &[f32], which: &[usize], width: usize) -> Vec<f32> {
    let mut rows = Vec::with_capacity(which.len() * width);
    for row in which {
        rows.extend_from_slice(&of[row * width..][..width]);
    }
    rows
}

impl Kernel for LstmKernel {
    fn shape(&self) -> Vec<usize> {
        vec![self.forest.trees().steps(), self.hidden]
    }

    fn forward(&self, inputs: &[&[f32]], kept: Option<&mut Vec<Vec<f32>>>) -> Vec<f32> {
        let (h, trees) = (self.hidden, self.forest.trees());
        let shards = self.shards();
        let mut output = vec![0.0; trees.steps() * h];
        let each = shards
            .par_iter()
            .zip(trees.split(&mut output, h, &shards))
            .map(|(s, output)| self.forward_shard(s, inputs, output, kept.is_some()));
        let gates: Vec<Vec<f32>> = each.collect();
        if let Some(kept) = kept {
            *kept = gates;
        }
        output
    }

    fn reads_input(&self, input: usize) -> bool {
        input != 0
    }

    /// States are less work to compute again, from the gates, than they are to keep.
    fn reads_output(&self) -> bool {
        false
    }

    fn backward(&self, vjp: Vjp<'_>) -> Vec<Vec<f32>> {
        self.gradients(vjp)
    }
}
