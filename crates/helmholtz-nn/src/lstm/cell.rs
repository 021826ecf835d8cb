//! One step of a long short-term memory as an operation of its own, for networks that draw what they read.

use super::backward::{Cell, pull_cell};
use super::{Kernel, Vjp, update};

/// The fused operation. Inputs: the gates before activation, `[n, 4 hidden]`, and the cells, `[n, hidden]`.
/// Output: the hidden states and the cells after the step, side by side, `[n, 2 hidden]`.
#[derive(Debug)]
pub(crate) struct CellKernel {
    pub(crate) rows: usize,
    pub(crate) hidden: usize,
}

impl Kernel for CellKernel {
    fn shape(&self) -> Vec<usize> {
        vec![self.rows, 2 * self.hidden]
    }

    fn forward(&self, inputs: &[&[f32]], kept: Option<&mut Vec<Vec<f32>>>) -> Vec<f32> {
        let (h, mut gates) = (self.hidden, inputs[0].to_vec());
        let mut output = vec![0.0; self.rows * 2 * h];
        let rows = output
            .chunks_exact_mut(2 * h)
            .zip(inputs[1].chunks_exact(h));
        for ((row, before), gates) in rows.zip(gates.chunks_exact_mut(4 * h)) {
            let (hidden, cell) = row.split_at_mut(h);
            cell.copy_from_slice(before);
            update(gates, hidden, cell);
        }
        if let Some(kept) = kept {
            kept.push(gates);
        }
        output
    }

    fn reads_input(&self, input: usize) -> bool {
        input == 1
    }

    fn backward(&self, mut vjp: Vjp<'_>) -> Vec<Vec<f32>> {
        let h = self.hidden;
        let mut gates = vjp.kept.pop().unwrap_or_default();
        let mut by_cell = vec![0.0; self.rows * h];
        let rows = gates
            .chunks_exact_mut(4 * h)
            .zip(by_cell.chunks_exact_mut(h));
        for (row, (gates, dc)) in rows.enumerate() {
            let (dh, after) = vjp.gradient[row * 2 * h..][..2 * h].split_at(h);
            dc.copy_from_slice(after);
            pull_cell(Cell {
                gates,
                cell: &vjp.output[(2 * row + 1) * h..][..h],
                before: &vjp.inputs[1][row * h..][..h],
                dh,
                dc,
            });
        }
        vec![gates, by_cell]
    }
}
