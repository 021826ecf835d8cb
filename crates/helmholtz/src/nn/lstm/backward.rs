//! Back-propagation through time over the trees of a [`Forest`](super::Forest).

use std::ops::Range;

use rayon::prelude::*;

use super::super::simd::add_assign;
use super::{Before, Beside, LstmKernel, Matrix, Pull, matmul, put, tanh};

/// One cell of the backward pass: what it knows, and what it passes on.
pub(super) struct Cell<'a> {
    /// The four activated gates.
    pub(super) gates: &'a [f32],
    pub(super) cell: &'a [f32],
    pub(super) before: &'a [f32],
    /// In: the gradient by the hidden state.
    pub(super) dh: &'a [f32],
    /// In: the gradient by the cell from the steps after; out: for the step before.
    pub(super) dc: &'a mut [f32],
    /// Out: the gradient by the four pre-activations.
    pub(super) out: &'a mut [f32],
}

#[pulp::with_simd(pull_cell = pulp::Arch::new())]
#[inline(always)]
pub(super) fn pull_cell_with_simd<'a, S: pulp::Simd>(_: S, cell: Cell<'a>) {
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

/// The gradients of a shard on their way back, by the states of its steps and of its trees' starts.
struct Flow {
    hidden: usize,
    /// The first tree of the shard.
    tree: usize,
    /// The first step of the shard.
    first: usize,
    dh: Vec<f32>,
    dc: Vec<f32>,
    /// `None` where trees start from zeros.
    starts: Option<Starts>,
    /// A cell of zeros.
    zeros: Vec<f32>,
}

/// Gradients by the states that trees start from, a row per tree of a shard.
struct Starts {
    hidden: Vec<f32>,
    cell: Vec<f32>,
}

impl Flow {
    /// Passes gradients on to what a step continues.
    fn add(&mut self, before: Before, dh: &[f32], dc: &[f32]) {
        let (to_hidden, to_cell, row) = match (before, &mut self.starts) {
            (Before::Node(node), _) => (&mut self.dh, &mut self.dc, node - self.first),
            (Before::Start(tree), Some(starts)) => {
                (&mut starts.hidden, &mut starts.cell, tree - self.tree)
            }
            (Before::Start(_), None) => return,
        };
        let rows = row * self.hidden..(row + 1) * self.hidden;
        add_assign(&mut to_hidden[rows.clone()], dh);
        add_assign(&mut to_cell[rows], dc);
    }
}

/// The gradients of one shard.
struct ShardGradient {
    table: TableGradient,
    recurrent: Vec<f32>,
    beside: BesideGradient,
}

/// A shard's part of the gradient by the table.
enum TableGradient {
    /// Of the whole table.
    Summed(Vec<f32>),
    /// By step: rows of a large table are read by few.
    Steps { nodes: Vec<usize>, gates: Vec<f32> },
}

/// A shard's part of the gradients by the inputs of [`Beside`].
enum BesideGradient {
    Nothing,
    Starts(Starts),
    Numbers {
        nodes: Vec<usize>,
        numbers: Vec<f32>,
        weights: Vec<f32>,
    },
}

impl LstmKernel {
    /// The gradients by all inputs.
    pub(super) fn pull_back(&self, pull: &Pull<'_>) -> Vec<Vec<f32>> {
        let shards = self.shards();
        // A product with the recurrent weights as they are would rearrange all of them at every step,
        // which for few rows costs as much as the product.
        let transposed = transpose(pull.inputs[1], self.hidden, 4 * self.hidden);
        let parts: Vec<ShardGradient> = shards
            .par_iter()
            .zip(&pull.kept[1..])
            .map(|(s, gates)| self.backward_shard(s, gates, pull, &transposed))
            .collect();
        let mut total: Vec<Vec<f32>> = pull.inputs.iter().map(|i| vec![0.0; i.len()]).collect();
        for (part, trees) in parts.into_iter().zip(shards) {
            self.add_shard(&mut total, part, trees);
        }
        total
    }

    fn add_shard(&self, total: &mut [Vec<f32>], part: ShardGradient, trees: Range<usize>) {
        let h = self.hidden;
        match &part.table {
            TableGradient::Summed(table) => add_assign(&mut total[0], table),
            TableGradient::Steps { nodes, gates } => self.add_rows(&mut total[0], nodes, gates),
        }
        add_assign(&mut total[1], &part.recurrent);
        match (part.beside, &self.beside) {
            (BesideGradient::Starts(starts), Beside::Starts { hidden, cell }) => {
                for (i, tree) in trees.enumerate() {
                    let own = i * h..(i + 1) * h;
                    add_assign(
                        &mut total[2][hidden[tree] * h..][..h],
                        &starts.hidden[own.clone()],
                    );
                    add_assign(&mut total[3][cell[tree] * h..][..h], &starts.cell[own]);
                }
            }
            (
                BesideGradient::Numbers {
                    nodes,
                    numbers,
                    weights,
                },
                Beside::Numbers { width },
            ) => {
                for (i, node) in nodes.into_iter().enumerate() {
                    put(&mut total[2], node, &numbers, i, *width);
                }
                add_assign(&mut total[3], &weights);
            }
            _ => {}
        }
    }

    /// Back-propagation over one shard: `kept` are its gates, level by level, and `transposed` holds the
    /// recurrent weights column by column.
    fn backward_shard(
        &self,
        shard: &Range<usize>,
        kept: &[f32],
        pull: &Pull<'_>,
        transposed: &[f32],
    ) -> ShardGradient {
        let h = self.hidden;
        let mut flow = self.flow(shard, pull);
        let levels = self.forest.levels(shard);
        let mut gates = vec![0.0; kept.len()];
        let mut end = kept.len();
        for level in levels.iter().rev() {
            let part = end - level.len() * 4 * h..end;
            end = part.start;
            let (now, kept) = (&mut gates[part.clone()], &kept[part]);
            let mut dc = vec![0.0; level.len() * h];
            let rows = now.chunks_exact_mut(4 * h).zip(dc.chunks_exact_mut(h));
            for (((row, dc), kept), &node) in rows.zip(kept.chunks_exact(4 * h)).zip(level) {
                self.backward_cell(node, kept, pull, &flow, (dc, row));
            }
            if self.begins_at_zero(level) {
                continue;
            }
            let mut dh = vec![0.0; level.len() * h];
            let now = Matrix::new(now, level.len(), 4 * h);
            matmul(&mut dh, now, Matrix::new(transposed, 4 * h, h), false);
            for (i, &node) in level.iter().enumerate() {
                let own = i * h..(i + 1) * h;
                flow.add(self.forest.before(node), &dh[own.clone()], &dc[own]);
            }
        }
        let nodes: Vec<usize> = levels.into_iter().flatten().collect();
        ShardGradient {
            recurrent: self.recurrent_gradient(&nodes, &gates, pull),
            beside: self.beside_gradient(&nodes, &gates, pull, flow.starts),
            table: self.table_gradient(nodes, gates, pull.inputs[0].len()),
        }
    }

    /// The gradients of a shard at its end: those by the steps' own output.
    fn flow(&self, shard: &Range<usize>, pull: &Pull<'_>) -> Flow {
        let (h, steps) = (self.hidden, self.forest.trees().steps_of(shard));
        let own = &pull.gradient[steps.start * h..steps.end * h];
        let starts = matches!(self.beside, Beside::Starts { .. }).then(|| Starts {
            hidden: vec![0.0; shard.len() * h],
            cell: vec![0.0; shard.len() * h],
        });
        Flow {
            hidden: h,
            tree: shard.start,
            first: steps.start,
            dh: own.to_vec(),
            dc: vec![0.0; own.len()],
            starts,
            zeros: vec![0.0; h],
        }
    }

    /// One cell backwards: `dc` receives the gradient by the cell of the step before, `out` that by the four
    /// pre-activations.
    fn backward_cell(
        &self,
        node: usize,
        gates: &[f32],
        pull: &Pull<'_>,
        flow: &Flow,
        (dc, out): (&mut [f32], &mut [f32]),
    ) {
        let (h, row) = (self.hidden, node - flow.first);
        let cells = self.cells(&pull.kept[0], 0, pull.inputs);
        dc.copy_from_slice(&flow.dc[row * h..][..h]);
        pull_cell(Cell {
            gates,
            cell: &cells.states[node * h..][..h],
            before: cells.get(self.forest.before(node)).unwrap_or(&flow.zeros),
            dh: &flow.dh[row * h..][..h],
            dc,
            out,
        });
    }

    /// The gradient by the recurrent weights, from those by the pre-activations of some steps.
    fn recurrent_gradient(&self, nodes: &[usize], gates: &[f32], pull: &Pull<'_>) -> Vec<f32> {
        let (h, n) = (self.hidden, nodes.len());
        let before = self.hidden(pull.output, 0, pull.inputs);
        let before = self.before(nodes.iter().copied(), before);
        let mut recurrent = vec![0.0; pull.inputs[1].len()];
        let gates = Matrix::new(gates, n, 4 * h);
        matmul(&mut recurrent, Matrix::new(&before, n, h).t(), gates, false);
        recurrent
    }

    /// The gradients by the inputs beside table and recurrent weights.
    fn beside_gradient(
        &self,
        nodes: &[usize],
        gates: &[f32],
        pull: &Pull<'_>,
        starts: Option<Starts>,
    ) -> BesideGradient {
        if let Some(starts) = starts {
            return BesideGradient::Starts(starts);
        }
        let Beside::Numbers { width } = self.beside else {
            return BesideGradient::Nothing;
        };
        let (n, wide) = (nodes.len(), 4 * self.hidden);
        let gates = Matrix::new(gates, n, wide);
        let read = self.numbers(nodes, width, pull.inputs);
        let (mut numbers, mut weights) = (vec![0.0; n * width], vec![0.0; width * wide]);
        matmul(&mut weights, Matrix::new(&read, n, width).t(), gates, false);
        let back = Matrix::new(pull.inputs[3], width, wide).t();
        matmul(&mut numbers, gates, back, false);
        BesideGradient::Numbers {
            nodes: nodes.to_vec(),
            numbers,
            weights,
        }
    }

    /// The gradient by the table, summed where the table is shorter than the steps.
    fn table_gradient(&self, nodes: Vec<usize>, gates: Vec<f32>, table: usize) -> TableGradient {
        if table > gates.len() {
            return TableGradient::Steps { nodes, gates };
        }
        let mut summed = vec![0.0; table];
        self.add_rows(&mut summed, &nodes, &gates);
        TableGradient::Summed(summed)
    }

    /// Adds a row for each of some steps to what they read.
    fn add_rows(&self, table: &mut [f32], nodes: &[usize], gates: &[f32]) {
        let wide = 4 * self.hidden;
        for (gates, &node) in gates.chunks_exact(wide).zip(nodes) {
            add_assign(&mut table[self.read[node] * wide..][..wide], gates);
        }
    }
}

/// Rows that are transposed together, so that what is written is whole lines of the cache.
const BAND: usize = 16;

/// The transpose of a `rows x columns` matrix.
fn transpose(matrix: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    let mut transposed = vec![0.0; matrix.len()];
    for (b, band) in matrix.chunks(BAND * columns).enumerate() {
        let lines: Vec<&[f32]> = band.chunks_exact(columns).collect();
        for (j, column) in transposed.chunks_exact_mut(rows).enumerate() {
            let to = column[b * BAND..].iter_mut();
            to.zip(&lines).for_each(|(to, line)| *to = line[j]);
        }
    }
    transposed
}
