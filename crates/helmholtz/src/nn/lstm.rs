//! A long short-term memory over token sequences, fused into one operation.
//!
//! The first layer of every network here reads tokens, so its input projection is a table look-up: row
//! `token` of a `[vocabulary, 4 hidden]` table (the bias is in every row). One step then costs one small
//! matrix product and a fused gate update; op by op the same step costs some twenty tensor operations.
//! Sequences are packed, so no step is spent on padding, and they are processed in shards of fixed size:
//! parallel over shards, bit-identical at any number of threads.

use std::ops::Range;

use rayon::prelude::*;

use super::kernel::{Kernel, Pull};
use super::matmul::{Matrix, matmul};
use super::packed::Packed;
use super::simd::{add_assign, sigmoid, tanh};

/// Sequences per shard: large enough for efficient products, small enough to occupy several cores.
const SHARD: usize = 256;

/// The recurrent network's weights, borrowed.
#[derive(Clone, Copy)]
pub(crate) struct LstmWeights<'a> {
    /// `[vocabulary, 4 hidden]`, gates in the order input, forget, candidate, output.
    pub(crate) table: &'a [f32],
    /// `[hidden, 4 hidden]`.
    pub(crate) recurrent: &'a [f32],
    /// The width of the state.
    pub(crate) hidden: usize,
}

impl LstmWeights<'_> {
    /// Advances `tokens.len()` states by one token each. `h` and `c` are `[n, hidden]`; `gates` is room
    /// for `[n, 4 hidden]` and holds the activated gates afterwards.
    pub(crate) fn step(&self, tokens: &[u8], h: &mut [f32], c: &mut [f32], gates: &mut [f32]) {
        let (n, wide) = (tokens.len(), 4 * self.hidden);
        for (row, &token) in gates.chunks_exact_mut(wide).zip(tokens) {
            row.copy_from_slice(&self.table[token as usize * wide..][..wide]);
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
    /// The gradient by the step's own output.
    own: &'a [f32],
    /// In: the gradient by the hidden state from the step after.
    dh: &'a [f32],
    /// In: the gradient by the cell from the step after; out: for the step before.
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
    let (before, own) = (&cell.before[..h], &cell.own[..h]);
    for j in 0..h {
        let total = dh[j] + own[j];
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
    /// The sequences.
    pub(crate) packed: Packed,
    /// The token read at each step.
    pub(crate) tokens: Vec<u8>,
    /// Which row of the initial hidden states each sequence starts from.
    pub(crate) start_hidden: Vec<usize>,
    /// Which row of the initial cells each sequence starts from.
    pub(crate) start_cell: Vec<usize>,
}

/// A shard's part of the output and of what is kept for the backward pass.
struct Pieces<'a> {
    output: &'a mut [f32],
    gates: Option<&'a mut [f32]>,
    cells: Option<&'a mut [f32]>,
}

impl LstmKernel {
    /// The sequences of a shard, longest first: the active ones are then always a prefix.
    fn order(&self, shard: &Range<usize>) -> Vec<usize> {
        let mut order: Vec<usize> = shard.clone().collect();
        order.sort_by_key(|&r| std::cmp::Reverse(self.packed.length(r)));
        order
    }

    fn active<'o>(&self, order: &'o [usize], t: usize) -> &'o [usize] {
        &order[..order.partition_point(|&r| self.packed.length(r) > t)]
    }

    /// The initial states of the sequences in `order`, `[n, hidden]`.
    fn initial(&self, order: &[usize], starts: &[usize], states: &[f32]) -> Vec<f32> {
        let h = self.hidden;
        order
            .iter()
            .flat_map(|&r| &states[starts[r] * h..][..h])
            .copied()
            .collect()
    }

    fn forward_shard(&self, shard: &Range<usize>, inputs: &[&[f32]], mut pieces: Pieces<'_>) {
        let (h, first) = (self.hidden, self.packed.steps_of(shard).start);
        let weights = LstmWeights {
            table: inputs[0],
            recurrent: inputs[1],
            hidden: h,
        };
        let order = self.order(shard);
        let mut state = self.initial(&order, &self.start_hidden, inputs[2]);
        let mut cell = self.initial(&order, &self.start_cell, inputs[3]);
        let mut gates = vec![0.0; order.len() * 4 * h];
        for t in 0.. {
            let active = self.active(&order, t);
            if active.is_empty() {
                break;
            }
            let steps: Vec<usize> = active
                .iter()
                .map(|&r| self.packed.range(r).start + t)
                .collect();
            let tokens: Vec<u8> = steps.iter().map(|&s| self.tokens[s]).collect();
            weights.step(&tokens, &mut state, &mut cell, &mut gates);
            for (i, step) in steps.iter().map(|s| s - first).enumerate() {
                put(pieces.output, step, &state, i, h);
                if let Some(kept) = &mut pieces.gates {
                    put(kept, step, &gates, i, 4 * h);
                }
                if let Some(kept) = &mut pieces.cells {
                    put(kept, step, &cell, i, h);
                }
            }
        }
    }

    /// Back-propagation through time over one shard.
    fn backward_shard(&self, shard: &Range<usize>, pull: &Pull<'_>) -> ShardGradient {
        let h = self.hidden;
        let steps = self.packed.steps_of(shard);
        let order = self.order(shard);
        let (mut dh, mut dc) = (vec![0.0; order.len() * h], vec![0.0; order.len() * h]);
        let mut gates = vec![0.0; steps.len() * 4 * h];
        let mut now = vec![0.0; order.len() * 4 * h];
        let longest = order.first().map_or(0, |&r| self.packed.length(r));
        for t in (0..longest).rev() {
            let active = self.active(&order, t);
            for (i, &r) in active.iter().enumerate() {
                let row = &mut now[i * 4 * h..][..4 * h];
                self.backward_cell(r, t, pull, &dh[i * h..][..h], &mut dc[i * h..][..h], row);
                put(
                    &mut gates,
                    self.packed.range(r).start + t - steps.start,
                    row,
                    0,
                    4 * h,
                );
            }
            let recurrent = Matrix::new(pull.inputs[1], h, 4 * h).t();
            matmul(
                &mut dh,
                Matrix::new(&now, active.len(), 4 * h),
                recurrent,
                false,
            );
        }
        let previous = self.previous(shard, pull);
        let mut recurrent = vec![0.0; pull.inputs[1].len()];
        let (n, wide) = (steps.len(), Matrix::new(&gates, steps.len(), 4 * h));
        matmul(
            &mut recurrent,
            Matrix::new(&previous, n, h).t(),
            wide,
            false,
        );
        let mut table = vec![0.0; pull.inputs[0].len()];
        for (row, &token) in gates.chunks_exact(4 * h).zip(&self.tokens[steps]) {
            add_assign(&mut table[token as usize * 4 * h..][..4 * h], row);
        }
        ShardGradient {
            table,
            recurrent,
            order,
            dh,
            dc,
        }
    }

    /// One cell backwards: `dc` moves to the step before, `out` receives the gradient by the four
    /// pre-activations.
    fn backward_cell(
        &self,
        r: usize,
        t: usize,
        pull: &Pull<'_>,
        dh: &[f32],
        dc: &mut [f32],
        out: &mut [f32],
    ) {
        let (h, step) = (self.hidden, self.packed.range(r).start + t);
        let cells = &pull.kept[1];
        let before = match t {
            0 => &pull.inputs[3][self.start_cell[r] * h..][..h],
            _ => &cells[(step - 1) * h..][..h],
        };
        pull_cell(Cell {
            gates: &pull.kept[0][step * 4 * h..][..4 * h],
            cell: &cells[step * h..][..h],
            before,
            own: &pull.gradient[step * h..][..h],
            dh,
            dc,
            out,
        });
    }

    /// The hidden state before each step of a shard, `[steps, hidden]`.
    fn previous(&self, shard: &Range<usize>, pull: &Pull<'_>) -> Vec<f32> {
        let h = self.hidden;
        let mut previous = Vec::with_capacity(self.packed.steps_of(shard).len() * h);
        for r in shard.clone().filter(|&r| self.packed.length(r) > 0) {
            let steps = self.packed.range(r);
            previous.extend_from_slice(&pull.inputs[2][self.start_hidden[r] * h..][..h]);
            previous.extend_from_slice(&pull.output[steps.start * h..(steps.end - 1) * h]);
        }
        previous
    }
}

/// The gradients of one shard; the states' gradients are in the order of `order`.
struct ShardGradient {
    table: Vec<f32>,
    recurrent: Vec<f32>,
    order: Vec<usize>,
    dh: Vec<f32>,
    dc: Vec<f32>,
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

/// Copies row `i` of `from` to row `step` of `to`; rows are `width` wide.
fn put(to: &mut [f32], step: usize, from: &[f32], i: usize, width: usize) {
    to[step * width..][..width].copy_from_slice(&from[i * width..][..width]);
}

impl Kernel for LstmKernel {
    fn shape(&self) -> Vec<usize> {
        vec![self.packed.steps(), self.hidden]
    }

    fn forward(&self, inputs: &[&[f32]], kept: Option<&mut Vec<Vec<f32>>>) -> Vec<f32> {
        let (h, steps) = (self.hidden, self.packed.steps());
        let shards = self.packed.shards(SHARD);
        let keep = kept.is_some();
        let mut output = vec![0.0; steps * h];
        let mut gates = vec![0.0; if keep { steps * 4 * h } else { 0 }];
        let mut cells = vec![0.0; if keep { steps * h } else { 0 }];
        let split = |buffer| self.packed.split(buffer, h, &shards).into_iter();
        let mut kept_pieces: Vec<_> = if keep {
            let wide = self.packed.split(&mut gates, 4 * h, &shards);
            wide.into_iter()
                .zip(split(&mut cells))
                .map(|(g, c)| (Some(g), Some(c)))
                .collect()
        } else {
            shards.iter().map(|_| (None, None)).collect()
        };
        let pieces: Vec<Pieces<'_>> = split(&mut output)
            .zip(kept_pieces.drain(..))
            .map(|(output, (gates, cells))| Pieces {
                output,
                gates,
                cells,
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
        let shards = self.packed.shards(SHARD);
        let parts: Vec<ShardGradient> = shards
            .par_iter()
            .map(|s| self.backward_shard(s, &pull))
            .collect();
        let mut total: Vec<Vec<f32>> = pull.inputs.iter().map(|i| vec![0.0; i.len()]).collect();
        for part in parts {
            add_assign(&mut total[0], &part.table);
            add_assign(&mut total[1], &part.recurrent);
            for (i, &r) in part.order.iter().enumerate() {
                add_assign(
                    &mut total[2][self.start_hidden[r] * h..][..h],
                    &part.dh[i * h..][..h],
                );
                add_assign(
                    &mut total[3][self.start_cell[r] * h..][..h],
                    &part.dc[i * h..][..h],
                );
            }
        }
        total
    }
}
