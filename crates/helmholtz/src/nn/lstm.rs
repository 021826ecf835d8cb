//! A long short-term memory, fused into one operation.
//!
//! What a step reads is a row of a `[*, 4 hidden]` table of projected inputs (the bias is in every row).
//! For a network that reads tokens the table is a weight, one row per token; for one that reads numbers
//! it is a matrix product made before, one row per step. One step then costs one small
//! matrix product and a fused gate update; op by op the same step costs some twenty tensor operations.
//! Sequences are the paths of a [`Forest`], so no step is spent on padding and none twice on a shared
//! beginning. Trees are processed in fixed shards: parallel over shards, bit-identical at any number of
//! threads.

use std::ops::Range;

use rayon::prelude::*;

use super::forest::{Before, Forest};
use super::kernel::{Kernel, Pull};
use super::matmul::{Matrix, matmul};
use super::simd::{add_assign, sigmoid, tanh};

/// Steps per shard: large enough for efficient products, small enough to occupy several cores.
const SHARD: usize = 1024;

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
    /// Advances `read.len()` states by one row of the table each. `h` and `c` are `[n, hidden]`; `gates` is
    /// room for `[n, 4 hidden]` and holds the activated gates afterwards.
    pub(crate) fn step(&self, read: &[usize], h: &mut [f32], c: &mut [f32], gates: &mut [f32]) {
        let (n, wide) = (read.len(), 4 * self.hidden);
        for (gates, &row) in gates.chunks_exact_mut(wide).zip(read) {
            gates.copy_from_slice(&self.table[row * wide..][..wide]);
        }
        let state = Matrix::new(h, n, self.hidden);
        matmul(
            gates,
            state,
            Matrix::new(self.recurrent, self.hidden, wide),
            true,
        );
        for i in 0..n {
            let (h, c) = (&mut h[i * self.hidden..], &mut c[i * self.hidden..]);
            update(
                &mut gates[i * wide..][..wide],
                &mut h[..self.hidden],
                &mut c[..self.hidden],
            );
        }
    }
}

/// Activates the gates of one row and updates its state in place.
#[pulp::with_simd(update = pulp::Arch::new())]
#[inline(always)]
fn update_with_simd<'a, S: pulp::Simd>(
    _: S,
    gates: &'a mut [f32],
    h: &'a mut [f32],
    c: &'a mut [f32],
) {
    let n = h.len();
    let (input, rest) = gates.split_at_mut(n);
    let (forget, rest) = rest.split_at_mut(n);
    let (candidate, output) = rest.split_at_mut(n);
    let (output, c) = (&mut output[..n], &mut c[..n]);
    for j in 0..n {
        input[j] = sigmoid(input[j]);
        forget[j] = sigmoid(forget[j]);
        candidate[j] = tanh(candidate[j]);
        output[j] = sigmoid(output[j]);
        c[j] = forget[j] * c[j] + input[j] * candidate[j];
        h[j] = output[j] * tanh(c[j]);
    }
}

/// One cell of the backward pass: what it knows, and what it passes on.
struct Cell<'a> {
    /// The four activated gates.
    gates: &'a [f32],
    cell: &'a [f32],
    before: &'a [f32],
    /// In: the gradient by the hidden state.
    dh: &'a [f32],
    /// In: the gradient by the cell from the steps after; out: for the step before.
    dc: &'a mut [f32],
    /// Out: the gradient by the four pre-activations.
    out: &'a mut [f32],
}

#[pulp::with_simd(pull_cell = pulp::Arch::new())]
#[inline(always)]
fn pull_cell_with_simd<'a, S: pulp::Simd>(_: S, cell: Cell<'a>) {
    let h = cell.cell.len();
    let (i, f, g, o) = quarters(cell.gates);
    let (gi, rest) = cell.out.split_at_mut(h);
    let (gf, rest) = rest.split_at_mut(h);
    let (gg, go) = rest.split_at_mut(h);
    let (go, dc, dh) = (&mut go[..h], &mut cell.dc[..h], &cell.dh[..h]);
    let before = &cell.before[..h];
    for j in 0..h {
        let total = dh[j];
        let squashed = tanh(cell.cell[j]);
        let through = dc[j] + total * o[j] * (1.0 - squashed * squashed);
        go[j] = total * squashed * o[j] * (1.0 - o[j]);
        gi[j] = through * g[j] * i[j] * (1.0 - i[j]);
        gf[j] = through * before[j] * f[j] * (1.0 - f[j]);
        gg[j] = through * i[j] * (1.0 - g[j] * g[j]);
        dc[j] = through * f[j];
    }
}

/// The fused operation. Inputs: table, recurrent weights, initial hidden states `[*, hidden]`, initial
/// cells `[*, hidden]`. Output: the hidden state after every step, `[steps, hidden]`.
#[derive(Debug)]
pub(crate) struct LstmKernel {
    /// The width of the state.
    pub(crate) hidden: usize,
    /// The steps.
    pub(crate) forest: Forest,
    /// The row of the table that each step reads.
    pub(crate) read: Vec<usize>,
    /// Which row of the initial hidden states each tree starts from.
    pub(crate) start_hidden: Vec<usize>,
    /// Which row of the initial cells each tree starts from.
    pub(crate) start_cell: Vec<usize>,
}

/// A shard's part of the output and of what is kept for the backward pass.
struct Pieces<'a> {
    output: &'a mut [f32],
    cells: &'a mut [f32],
    gates: Option<&'a mut [f32]>,
}

/// States by step, some of them, and where trees start.
#[derive(Clone, Copy)]
struct States<'a> {
    /// The states of a shard's steps, from step `first` on.
    states: &'a [f32],
    first: usize,
    initial: &'a [f32],
    /// Per tree, a row of `initial`.
    starts: &'a [usize],
    hidden: usize,
}

impl<'a> States<'a> {
    /// The state that a step begins from.
    fn get(&self, before: Before) -> &'a [f32] {
        let (from, row) = match before {
            Before::Start(tree) => (self.initial, self.starts[tree]),
            Before::Node(node) => (self.states, node - self.first),
        };
        &from[row * self.hidden..][..self.hidden]
    }
}

impl LstmKernel {
    /// The hidden states of a shard, given those of its steps.
    fn hidden<'a>(&'a self, states: &'a [f32], first: usize, inputs: &[&'a [f32]]) -> States<'a> {
        States {
            states,
            first,
            initial: inputs[2],
            starts: &self.start_hidden,
            hidden: self.hidden,
        }
    }

    /// The cells of a shard, given those of its steps.
    fn cells<'a>(&'a self, states: &'a [f32], first: usize, inputs: &[&'a [f32]]) -> States<'a> {
        States {
            initial: inputs[3],
            starts: &self.start_cell,
            ..self.hidden(states, first, inputs)
        }
    }

    /// What the steps `nodes` begin from, `[nodes, hidden]`.
    fn before(&self, nodes: &[usize], states: States<'_>) -> Vec<f32> {
        let mut rows = Vec::with_capacity(nodes.len() * self.hidden);
        for &node in nodes {
            rows.extend_from_slice(states.get(self.forest.before(node)));
        }
        rows
    }

    fn forward_shard(&self, shard: &Range<usize>, inputs: &[&[f32]], mut pieces: Pieces<'_>) {
        let (h, first) = (self.hidden, self.forest.trees().steps_of(shard).start);
        let weights = LstmWeights {
            table: inputs[0],
            recurrent: inputs[1],
            hidden: h,
        };
        let levels = self.forest.levels(shard);
        let widest = levels.iter().map(Vec::len).max().unwrap_or(0);
        let mut gates = vec![0.0; widest * 4 * h];
        for level in levels {
            let read: Vec<usize> = level.iter().map(|&node| self.read[node]).collect();
            let mut state = self.before(&level, self.hidden(pieces.output, first, inputs));
            let mut cell = self.before(&level, self.cells(pieces.cells, first, inputs));
            let gates = &mut gates[..level.len() * 4 * h];
            weights.step(&read, &mut state, &mut cell, gates);
            for (i, step) in level.iter().map(|node| node - first).enumerate() {
                put(pieces.output, step, &state, i, h);
                put(pieces.cells, step, &cell, i, h);
                if let Some(kept) = &mut pieces.gates {
                    put(kept, step, gates, i, 4 * h);
                }
            }
        }
    }

    /// Back-propagation through time over one shard.
    ///
    /// `transposed` holds the recurrent weights column by column: a product with them as they are would
    /// rearrange all of them at every step, which for few rows costs as much as the product.
    fn backward_shard(
        &self,
        shard: &Range<usize>,
        pull: &Pull<'_>,
        transposed: &[f32],
    ) -> ShardGradient {
        let (h, steps) = (self.hidden, self.forest.trees().steps_of(shard));
        let mut flow = Flow::new(shard, h, &pull.gradient[steps.start * h..steps.end * h]);
        let mut gates = vec![0.0; steps.len() * 4 * h];
        for level in self.forest.levels(shard).iter().rev() {
            let (mut now, mut dc) = (vec![0.0; level.len() * 4 * h], vec![]);
            for (row, &node) in now.chunks_exact_mut(4 * h).zip(level) {
                dc.extend(self.backward_cell(node, pull, &flow, node - steps.start, row));
                put(&mut gates, node - steps.start, row, 0, 4 * h);
            }
            let mut dh = vec![0.0; level.len() * h];
            matmul(
                &mut dh,
                Matrix::new(&now, level.len(), 4 * h),
                Matrix::new(transposed, 4 * h, h),
                false,
            );
            for (i, &node) in level.iter().enumerate() {
                let own = i * h..(i + 1) * h;
                flow.add(
                    self.forest.before(node),
                    steps.start,
                    &dh[own.clone()],
                    &dc[own],
                );
            }
        }
        ShardGradient {
            recurrent: self.recurrent_gradient(&steps, &gates, pull),
            table: self.table_gradient(&steps, gates, pull.inputs[0].len()),
            start_hidden: flow.start_hidden,
            start_cell: flow.start_cell,
        }
    }

    /// One cell backwards: returns the gradient by the cell of the step before; `out` receives that by the
    /// four pre-activations.
    fn backward_cell(
        &self,
        node: usize,
        pull: &Pull<'_>,
        flow: &Flow,
        row: usize,
        out: &mut [f32],
    ) -> Vec<f32> {
        let h = self.hidden;
        let cells = self.cells(&pull.kept[1], 0, pull.inputs);
        let mut dc = flow.dc[row * h..][..h].to_vec();
        pull_cell(Cell {
            gates: &pull.kept[0][node * 4 * h..][..4 * h],
            cell: &cells.states[node * h..][..h],
            before: cells.get(self.forest.before(node)),
            dh: &flow.dh[row * h..][..h],
            dc: &mut dc,
            out,
        });
        dc
    }

    /// The gradient by the recurrent weights, from those by the pre-activations of some steps.
    fn recurrent_gradient(&self, steps: &Range<usize>, gates: &[f32], pull: &Pull<'_>) -> Vec<f32> {
        let (h, n) = (self.hidden, steps.len());
        let nodes: Vec<usize> = steps.clone().collect();
        let before = self.before(&nodes, self.hidden(pull.output, 0, pull.inputs));
        let mut recurrent = vec![0.0; pull.inputs[1].len()];
        matmul(
            &mut recurrent,
            Matrix::new(&before, n, h).t(),
            Matrix::new(gates, n, 4 * h),
            false,
        );
        recurrent
    }

    /// The gradient by the table, summed where the table is shorter than the steps.
    fn table_gradient(&self, steps: &Range<usize>, gates: Vec<f32>, table: usize) -> TableGradient {
        if table > gates.len() {
            return TableGradient::Steps(gates);
        }
        let mut summed = vec![0.0; table];
        self.add_rows(&mut summed, steps, &gates);
        TableGradient::Summed(summed)
    }

    /// Adds a row for each of some steps to what they read.
    fn add_rows(&self, table: &mut [f32], steps: &Range<usize>, gates: &[f32]) {
        let wide = 4 * self.hidden;
        for (gates, &row) in gates.chunks_exact(wide).zip(&self.read[steps.clone()]) {
            add_assign(&mut table[row * wide..][..wide], gates);
        }
    }
}

/// The gradients of a shard on their way back, by the states of its steps and of its trees' starts.
struct Flow {
    hidden: usize,
    /// The first tree of the shard.
    first: usize,
    dh: Vec<f32>,
    dc: Vec<f32>,
    start_hidden: Vec<f32>,
    start_cell: Vec<f32>,
}

impl Flow {
    /// Begins with the gradient by the steps' own output.
    fn new(shard: &Range<usize>, hidden: usize, own: &[f32]) -> Self {
        Self {
            hidden,
            first: shard.start,
            dh: own.to_vec(),
            dc: vec![0.0; own.len()],
            start_hidden: vec![0.0; shard.len() * hidden],
            start_cell: vec![0.0; shard.len() * hidden],
        }
    }

    /// Passes gradients on to what a step continues; `first` is the shard's first step.
    fn add(&mut self, before: Before, first: usize, dh: &[f32], dc: &[f32]) {
        let (to_hidden, to_cell, row) = match before {
            Before::Node(node) => (&mut self.dh, &mut self.dc, node - first),
            Before::Start(tree) => {
                let row = tree - self.first;
                (&mut self.start_hidden, &mut self.start_cell, row)
            }
        };
        let rows = row * self.hidden..(row + 1) * self.hidden;
        add_assign(&mut to_hidden[rows.clone()], dh);
        add_assign(&mut to_cell[rows], dc);
    }
}

/// The gradients of one shard; those by the starts are per tree.
struct ShardGradient {
    table: TableGradient,
    recurrent: Vec<f32>,
    start_hidden: Vec<f32>,
    start_cell: Vec<f32>,
}

/// A shard's part of the gradient by the table.
enum TableGradient {
    /// Of the whole table.
    Summed(Vec<f32>),
    /// By step: rows of a large table are read by few.
    Steps(Vec<f32>),
}

#[inline(always)]
fn quarters(gates: &[f32]) -> (&[f32], &[f32], &[f32], &[f32]) {
    let h = gates.len() / 4;
    (
        &gates[..h],
        &gates[h..2 * h],
        &gates[2 * h..3 * h],
        &gates[3 * h..],
    )
}

/// The transpose of a `rows x columns` matrix.
fn transpose(matrix: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    let mut transposed = Vec::with_capacity(matrix.len());
    for j in 0..columns {
        transposed.extend((0..rows).map(|i| matrix[i * columns + j]));
    }
    transposed
}

/// Copies row `i` of `from` to row `step` of `to`; rows are `width` wide.
fn put(to: &mut [f32], step: usize, from: &[f32], i: usize, width: usize) {
    to[step * width..][..width].copy_from_slice(&from[i * width..][..width]);
}

impl Kernel for LstmKernel {
    fn shape(&self) -> Vec<usize> {
        vec![self.forest.trees().steps(), self.hidden]
    }

    fn forward(&self, inputs: &[&[f32]], kept: Option<&mut Vec<Vec<f32>>>) -> Vec<f32> {
        let (h, trees) = (self.hidden, self.forest.trees());
        let shards = trees.shards_of_steps(SHARD);
        let mut output = vec![0.0; trees.steps() * h];
        let mut cells = vec![0.0; trees.steps() * h];
        let mut gates = vec![0.0; if kept.is_some() { 4 * output.len() } else { 0 }];
        let gates_of: Vec<Option<&mut [f32]>> = match kept.is_some() {
            true => trees
                .split(&mut gates, 4 * h, &shards)
                .into_iter()
                .map(Some)
                .collect(),
            false => shards.iter().map(|_| None).collect(),
        };
        let states = trees.split(&mut output, h, &shards).into_iter();
        let pieces: Vec<Pieces<'_>> = states
            .zip(trees.split(&mut cells, h, &shards))
            .zip(gates_of)
            .map(|((output, cells), gates)| Pieces {
                output,
                cells,
                gates,
            })
            .collect();
        shards
            .par_iter()
            .zip(pieces)
            .for_each(|(s, p)| self.forward_shard(s, inputs, p));
        if let Some(kept) = kept {
            kept.extend([gates, cells]);
        }
        output
    }

    fn backward(&self, pull: Pull<'_>) -> Vec<Vec<f32>> {
        let h = self.hidden;
        let shards = self.forest.trees().shards_of_steps(SHARD);
        let transposed = transpose(pull.inputs[1], h, 4 * h);
        let parts: Vec<ShardGradient> = shards
            .par_iter()
            .map(|s| self.backward_shard(s, &pull, &transposed))
            .collect();
        let mut total: Vec<Vec<f32>> = pull.inputs.iter().map(|i| vec![0.0; i.len()]).collect();
        for (part, trees) in parts.iter().zip(shards) {
            match &part.table {
                TableGradient::Summed(table) => add_assign(&mut total[0], table),
                TableGradient::Steps(gates) => {
                    let steps = self.forest.trees().steps_of(&trees);
                    self.add_rows(&mut total[0], &steps, gates);
                }
            }
            add_assign(&mut total[1], &part.recurrent);
            for (i, tree) in trees.enumerate() {
                let to = &mut total[2][self.start_hidden[tree] * h..][..h];
                add_assign(to, &part.start_hidden[i * h..][..h]);
                let to = &mut total[3][self.start_cell[tree] * h..][..h];
                add_assign(to, &part.start_cell[i * h..][..h]);
            }
        }
        total
    }
}
