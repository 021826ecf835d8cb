//! Back-propagation through time over the trees of a [`Forest`](super::Forest).

use std::ops::Range;

use rayon::prelude::*;

use super::{After, Before, Beside, LstmKernel, Matrix, States, Vjp, matmul, rows, tanh};
use helmholtz_math::matmul::{matrix_product, transpose};
use helmholtz_math::simd::add_assign;

/// One cell of the backward pass: what it knows, and what it passes on.
pub(super) struct Cell<'a> {
    /// In: the four activated gates; out: the gradient by them before activation.
    pub(super) gates: &'a mut [f32],
    pub(super) cell: &'a [f32],
    pub(super) before: &'a [f32],
    /// In: the gradient by the hidden state.
    pub(super) dh: &'a [f32],
    /// In: the gradient by the cell from the steps after; out: for the step before.
    pub(super) dc: &'a mut [f32],
}

#[pulp::with_simd(pull_cell = pulp::Arch::new())]
#[inline(always)]
pub(super) fn pull_cell_with_simd<'a, S: pulp::Simd>(_: S, cell: Cell<'a>) {
    let h = cell.cell.len();
    let (input, rest) = cell.gates.split_at_mut(h);
    let (forget, rest) = rest.split_at_mut(h);
    let (candidate, output) = rest.split_at_mut(h);
    let (output, dc, dh) = (&mut output[..h], &mut cell.dc[..h], &cell.dh[..h]);
    let before = &cell.before[..h];
    for j in 0..h {
        let (i, f, g, o) = (input[j], forget[j], candidate[j], output[j]);
        let total = dh[j];
        let squashed = tanh(cell.cell[j]);
        let through = dc[j] + total * o * (1.0 - squashed * squashed);
        output[j] = total * squashed * o * (1.0 - o);
        input[j] = through * g * i * (1.0 - i);
        forget[j] = through * before[j] * f * (1.0 - f);
        candidate[j] = through * i * (1.0 - g * g);
        dc[j] = through * f;
    }
}

/// Gradients by hidden states and by cells, a row each.
struct Flow {
    hidden: usize,
    dh: Vec<f32>,
    dc: Vec<f32>,
}

impl Flow {
    /// Adds row `i` of another one to a row.
    fn add(&mut self, row: usize, other: &Self, i: usize) {
        let h = self.hidden;
        add_assign(&mut self.dh[row * h..][..h], &other.dh[i * h..][..h]);
        add_assign(&mut self.dc[row * h..][..h], &other.dc[i * h..][..h]);
    }
}

/// The way back through one shard.
struct Passed {
    /// The first step.
    first: usize,
    /// The hidden states after the steps.
    hidden: Vec<f32>,
    /// The steps, level by level.
    nodes: Vec<usize>,
    /// The gradient by their gates before activation.
    gates: Vec<f32>,
    /// The gradients by the states that its trees start from; `None` where these are zeros.
    starts: Option<Flow>,
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
    Whole(Vec<f32>),
    /// By step: rows of a large table are read by few.
    Steps { nodes: Vec<usize>, gates: Vec<f32> },
}

/// A shard's part of the gradients by the inputs of [`Beside`].
enum BesideGradient {
    Nothing,
    Starts(Flow),
    Numbers {
        nodes: Vec<usize>,
        /// Empty where nobody asks.
        numbers: Vec<f32>,
        weights: Vec<f32>,
    },
}

impl LstmKernel {
    /// The gradients by all inputs. What the forward pass kept is overwritten, and nothing is held for longer than it is
    /// read: of a long clip it is most of the memory.
    pub(super) fn gradients(&self, mut vjp: Vjp<'_>) -> Vec<Vec<f32>> {
        let shards = self.shards();
        let gates = std::mem::take(&mut vjp.kept);
        let passed = self.pass_back(&shards, gates, &vjp);
        let parts: Vec<ShardGradient> = passed
            .into_par_iter()
            .map(|passed| self.shard_gradient(passed, &vjp))
            .collect();
        let mut total = vec![vec![]; vjp.lengths.len()];
        for (part, trees) in parts.into_iter().zip(shards) {
            self.add_shard(&mut total, part, trees, vjp.lengths);
        }
        let wanted = total.iter_mut().zip(vjp.lengths).zip(vjp.wanted);
        for ((total, &length), _) in wanted.filter(|(_, wanted)| **wanted) {
            total.resize(length, 0.0);
        }
        total
    }

    /// The way back through all shards, whose activated gates are given.
    fn pass_back(
        &self,
        shards: &[Range<usize>],
        gates: Vec<Vec<f32>>,
        vjp: &Vjp<'_>,
    ) -> Vec<Passed> {
        // A product with the recurrent weights as they are would rearrange all of them at every step,
        // which for few rows costs as much as the product.
        let transposed = transpose(vjp.inputs[1], self.hidden, 4 * self.hidden);
        let both = shards.par_iter().zip(gates);
        both.map(|(s, gates)| self.pass_shard(s, gates, vjp, &transposed))
            .collect()
    }

    fn add_shard(
        &self,
        total: &mut [Vec<f32>],
        part: ShardGradient,
        trees: Range<usize>,
        lengths: &[usize],
    ) {
        let h = self.hidden;
        match part.table {
            TableGradient::Whole(table) => add(&mut total[0], table),
            TableGradient::Steps { nodes, gates } => {
                total[0].resize(lengths[0], 0.0);
                self.add_rows(&mut total[0], &nodes, &gates);
            }
        }
        add(&mut total[1], part.recurrent);
        match (part.beside, &self.beside) {
            (BesideGradient::Starts(starts), Beside::Starts { hidden, cell }) => {
                total[2].resize(lengths[2], 0.0);
                total[3].resize(lengths[3], 0.0);
                for (i, tree) in trees.enumerate() {
                    let own = i * h..(i + 1) * h;
                    add_assign(
                        &mut total[2][hidden[tree] * h..][..h],
                        &starts.dh[own.clone()],
                    );
                    add_assign(&mut total[3][cell[tree] * h..][..h], &starts.dc[own]);
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
                let rows = nodes.into_iter().zip(numbers.chunks_exact((*width).max(1)));
                for (node, row) in rows {
                    total[2].resize(lengths[2], 0.0);
                    total[2][node * width..][..*width].copy_from_slice(row);
                }
                add(&mut total[3], weights);
            }
            _ => {}
        }
    }

    /// Back-propagation over one shard: `gates` are its activated ones, level by level, and `transposed` holds the
    /// recurrent weights column by column.
    fn pass_shard(
        &self,
        shard: &Range<usize>,
        mut gates: Vec<f32>,
        vjp: &Vjp<'_>,
        transposed: &[f32],
    ) -> Passed {
        let levels = self.forest.levels(shard);
        let first = self.forest.trees().steps_of(shard).start;
        let (hidden, cells) = self.states_again(&levels, first, &gates, vjp.inputs);
        let cells = self.cells(&cells, first, vjp.inputs);
        let mut starts = matches!(self.beside, Beside::Starts { .. })
            .then(|| self.flow(vec![0.0; shard.len() * self.hidden]));
        let by_output = |level: &[usize]| self.flow(rows(vjp.gradient, level, self.hidden));
        let mut flow = by_output(levels.last().map_or(&[], |level| level));
        let mut end = gates.len();
        for (depth, level) in levels.iter().enumerate().rev() {
            let now = end - level.len() * 4 * self.hidden..end;
            end = now.start;
            self.backward_level(level, cells, &mut flow, &mut gates[now.clone()]);
            if self.begins_at_zero(level) {
                continue;
            }
            let by_gates = Matrix::new(&gates[now], level.len(), 4 * self.hidden);
            let weights = Matrix::new(transposed, 4 * self.hidden, self.hidden);
            matmul(&mut flow.dh, by_gates, weights, false);
            let before = depth.checked_sub(1).map_or(&[][..], |d| &levels[d]);
            let after = std::mem::replace(&mut flow, by_output(before));
            for (i, &node) in level.iter().enumerate() {
                let to = match self.forest.before(node) {
                    Before::Node(node) => Some((&mut flow, place(before, node))),
                    Before::Start(tree) => starts.as_mut().map(|s| (s, tree - shard.start)),
                };
                if let Some((to, row)) = to {
                    to.add(row, &after, i);
                }
            }
        }
        Passed {
            first,
            hidden,
            nodes: levels.into_iter().flatten().collect(),
            gates,
            starts,
        }
    }

    /// The hidden states and cells after a shard's steps, `first` being the first, given their activated gates.
    fn states_again(
        &self,
        levels: &[Vec<usize>],
        first: usize,
        gates: &[f32],
        inputs: &[&[f32]],
    ) -> (Vec<f32>, Vec<f32>) {
        let mut hidden = vec![0.0; gates.len() / 4];
        let mut cells = hidden.clone();
        let mut after = After {
            first,
            hidden: &mut hidden,
            cells: &mut cells,
        };
        let mut rest = gates;
        for level in levels {
            let (now, later) = rest.split_at(level.len() * 4 * self.hidden);
            self.advance_level(level, now, &mut after, inputs);
            rest = later;
        }
        (hidden, cells)
    }

    fn shard_gradient(&self, passed: Passed, vjp: &Vjp<'_>) -> ShardGradient {
        let recurrent = self.recurrent_gradient(&passed, vjp);
        let Passed {
            nodes,
            gates,
            starts,
            ..
        } = passed;
        ShardGradient {
            recurrent,
            beside: self.beside_gradient(&nodes, &gates, vjp, starts),
            table: self.table_gradient(nodes, gates, vjp.lengths[0]),
        }
    }

    /// Gradients by hidden states, and of 0 by as many cells.
    fn flow(&self, dh: Vec<f32>) -> Flow {
        Flow {
            hidden: self.hidden,
            dc: vec![0.0; dh.len()],
            dh,
        }
    }

    /// The steps of a level backwards: the gradient by the cells before them takes the place of that by the cells
    /// after, and that by the pre-activations the gates'.
    fn backward_level(
        &self,
        level: &[usize],
        cells: States<'_>,
        flow: &mut Flow,
        gates: &mut [f32],
    ) {
        let (h, zeros) = (self.hidden, vec![0.0; self.hidden]);
        let states = flow.dh.chunks_exact(h).zip(flow.dc.chunks_exact_mut(h));
        let each = gates.chunks_exact_mut(4 * h).zip(states);
        for ((gates, (dh, dc)), &node) in each.zip(level) {
            pull_cell(Cell {
                gates,
                cell: &cells.states[(node - cells.first) * h..][..h],
                before: cells.get(self.forest.before(node)).unwrap_or(&zeros),
                dh,
                dc,
            });
        }
    }

    /// The gradient by the recurrent weights, from those by the pre-activations.
    fn recurrent_gradient(&self, passed: &Passed, vjp: &Vjp<'_>) -> Vec<f32> {
        let (h, n) = (self.hidden, passed.nodes.len());
        let before = self.hidden(&passed.hidden, passed.first, vjp.inputs);
        let before = self.before(&passed.nodes, before);
        let gates = Matrix::new(&passed.gates, n, 4 * h);
        matrix_product(Matrix::new(&before, n, h).t(), gates)
    }

    /// The gradients by the inputs beside table and recurrent weights.
    fn beside_gradient(
        &self,
        nodes: &[usize],
        gates: &[f32],
        vjp: &Vjp<'_>,
        starts: Option<Flow>,
    ) -> BesideGradient {
        if let Some(starts) = starts {
            return BesideGradient::Starts(starts);
        }
        let Beside::Numbers { width } = self.beside else {
            return BesideGradient::Nothing;
        };
        let (n, wide) = (nodes.len(), 4 * self.hidden);
        let gates = Matrix::new(gates, n, wide);
        let read = rows(vjp.inputs[2], nodes, width);
        let mut numbers = vec![];
        if vjp.wanted[2] {
            numbers.resize(n * width, 0.0);
            let back = Matrix::new(vjp.inputs[3], width, wide).t();
            matmul(&mut numbers, gates, back, false);
        }
        BesideGradient::Numbers {
            nodes: nodes.to_vec(),
            numbers,
            weights: matrix_product(Matrix::new(&read, n, width).t(), gates),
        }
    }

    /// The gradient by the table, summed where the table is shorter than the steps.
    fn table_gradient(&self, nodes: Vec<usize>, gates: Vec<f32>, table: usize) -> TableGradient {
        if table > gates.len() {
            return TableGradient::Steps { nodes, gates };
        }
        let in_order = nodes.iter().enumerate().all(|(i, &n)| self.read[n] == i);
        if in_order && table == gates.len() {
            return TableGradient::Whole(gates);
        }
        let mut summed = vec![0.0; table];
        self.add_rows(&mut summed, &nodes, &gates);
        TableGradient::Whole(summed)
    }

    /// Adds a row for each of some steps to what they read.
    fn add_rows(&self, table: &mut [f32], nodes: &[usize], gates: &[f32]) {
        let wide = 4 * self.hidden;
        for (gates, &node) in gates.chunks_exact(wide).zip(nodes) {
            add_assign(&mut table[self.read[node] * wide..][..wide], gates);
        }
    }
}

/// Where a step is in its level, whose steps are in order.
fn place(level: &[usize], node: usize) -> usize {
    level.partition_point(|&other| other < node)
}

/// Adds to a sum, which is empty before its first part.
fn add(sum: &mut Vec<f32>, part: Vec<f32>) {
    match sum.is_empty() {
        true => *sum = part,
        false => add_assign(sum, &part),
    }
}
