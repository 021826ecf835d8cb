//! Attention over a set of strings and a maximum over their copies, fused into one operation.
//!
//! The recognition network of RobustFill keeps one decoder per string; at every step each copy attends
//! over its own string and the copies are combined by an element-wise maximum, which makes the network
//! invariant to the order of the strings and open to any number of them. Keys and values are projected
//! once per string and serve every program that is scored for it. The programs of an observation share
//! what they share: one tree of steps per observation ([`super::forest`]), and a copy of it per string.
//!
//! For tree p with copies r (one per string s) and step t:
//! `a = softmax(hidden[r,t] . keys[s]^T)`, `out[p,t] = tanh(max_r(base[r,t] + a values[s]))`.

use std::ops::Range;

use rayon::prelude::*;

use super::kernel::{Kernel, Vjp};
use super::packed::Packed;
use helmholtz_math::matmul::{Matrix, matmul};
use helmholtz_math::simd::{add_assign, exp, tanh_in_place};

/// Trees per shard.
const SHARD: usize = 4;

/// The fused operation. Inputs: base `[copy steps, width]`, hidden `[copy steps, hidden]`, keys
/// `[characters, hidden]`, values `[characters, width]`. Output: `[tree steps, width]`.
#[derive(Debug)]
pub struct AttendKernel {
    /// The width of keys and hidden states.
    pub hidden: usize,
    /// The width of values and output.
    pub width: usize,
    /// The steps of the trees.
    pub trees: Packed,
    /// The steps of the copies; the copies of a tree are neighbours and as large as the tree.
    pub copies: Packed,
    /// The copies of each tree.
    pub copies_of: Packed,
    /// The characters that each copy attends over.
    pub characters: Vec<Range<usize>>,
}

/// The attention weights of `steps` hidden states over one string's keys, `[steps, length]`.
pub fn attention(hidden: &[f32], keys: &[f32], width: usize) -> Vec<f32> {
    let (steps, length) = (hidden.len() / width, keys.len() / width);
    let mut weights = vec![0.0; steps * length];
    let keys = Matrix::new(keys, length, width);
    matmul(
        &mut weights,
        Matrix::new(hidden, steps, width),
        keys.t(),
        false,
    );
    softmax_rows(&mut weights, length);
    weights
}

/// The softmax of every row of `length` scores, in place.
#[pulp::with_simd(softmax_rows = pulp::Arch::new())]
#[inline(always)]
fn softmax_rows_with_simd<S: pulp::Simd>(_: S, scores: &mut [f32], length: usize) {
    for row in scores.chunks_exact_mut(length) {
        let most = row.iter().fold(f32::NEG_INFINITY, |m, &x| m.max(x));
        let mut total = 0.0;
        for x in row.iter_mut() {
            *x = exp(*x - most);
            total += *x;
        }
        row.iter_mut().for_each(|x| *x /= total);
    }
}

/// `pooled = max(pooled, candidate)`; `winner` notes which copy supplied each maximum.
#[pulp::with_simd(pool = pulp::Arch::new())]
#[inline(always)]
#[allow(unreachable_pub, reason = "the exported function takes its visibility")]
pub fn pool_with_simd<'a, S: pulp::Simd>(
    _: S,
    pooled: &'a mut [f32],
    winner: &'a mut [f32],
    candidate: &'a [f32],
    copy: usize,
) {
    let copy = copy as f32;
    for ((p, w), &c) in pooled.iter_mut().zip(winner).zip(candidate) {
        let better = c > *p;
        *p = if better { c } else { *p };
        *w = if better { copy } else { *w };
    }
}

/// The gradients of one copy.
struct CopyGradient {
    base: Vec<f32>,
    hidden: Vec<f32>,
    keys: Vec<f32>,
    values: Vec<f32>,
}

impl AttendKernel {
    fn keys<'a>(&self, r: usize, keys: &'a [f32]) -> &'a [f32] {
        let c = &self.characters[r];
        &keys[c.start * self.hidden..c.end * self.hidden]
    }

    fn values<'a>(&self, r: usize, values: &'a [f32]) -> Matrix<'a> {
        let c = &self.characters[r];
        Matrix::new(
            &values[c.start * self.width..c.end * self.width],
            c.len(),
            self.width,
        )
    }

    /// One shard: writes its piece of the output and of the winners, returns its attention weights.
    fn forward_shard(
        &self,
        shard: &Range<usize>,
        inputs: &[&[f32]],
        output: &mut [f32],
        winner: &mut [f32],
    ) -> Vec<f32> {
        let (h, w) = (self.hidden, self.width);
        let first = self.trees.steps_of(shard).start;
        let mut weights = Vec::new();
        for p in shard.clone() {
            let steps = self.trees.range(p);
            let rows = (steps.start - first) * w..(steps.end - first) * w;
            output[rows.clone()].fill(f32::NEG_INFINITY);
            for (copy, r) in self.copies_of.range(p).enumerate() {
                let own = self.copies.range(r);
                let a = attention(
                    &inputs[1][own.start * h..own.end * h],
                    self.keys(r, inputs[2]),
                    h,
                );
                let mut candidate = inputs[0][own.start * w..own.end * w].to_vec();
                let from = Matrix::new(&a, own.len(), self.characters[r].len());
                matmul(&mut candidate, from, self.values(r, inputs[3]), true);
                pool(
                    &mut output[rows.clone()],
                    &mut winner[rows.clone()],
                    &candidate,
                    copy,
                );
                weights.extend(a);
            }
        }
        tanh_in_place(output);
        weights
    }

    /// Where each copy's attention weights begin in what the forward pass kept.
    fn weight_offsets(&self) -> Packed {
        Packed::new(
            (0..self.copies.len()).map(|r| self.copies.length(r) * self.characters[r].len()),
        )
    }

    fn backward_copy(&self, p: usize, copy: usize, vjp: &Vjp<'_>, a: &[f32]) -> CopyGradient {
        let (h, w, r) = (
            self.hidden,
            self.width,
            self.copies_of.range(p).start + copy,
        );
        let (own, length) = (self.copies.range(r), self.characters[r].len());
        let base = self.routed(p, copy, vjp);
        let (routed, n) = (Matrix::new(&base, own.len(), w), own.len());
        let mut values = vec![0.0; length * w];
        matmul(&mut values, Matrix::new(a, n, length).t(), routed, false);
        let mut scores = vec![0.0; n * length];
        matmul(
            &mut scores,
            routed,
            self.values(r, vjp.inputs[3]).t(),
            false,
        );
        softmax_backward(&mut scores, a, length);
        let scores = Matrix::new(&scores, n, length);
        let mut hidden = vec![0.0; n * h];
        matmul(
            &mut hidden,
            scores,
            Matrix::new(self.keys(r, vjp.inputs[2]), length, h),
            false,
        );
        let mut keys = vec![0.0; length * h];
        let states = Matrix::new(&vjp.inputs[1][own.start * h..own.end * h], n, h);
        matmul(&mut keys, scores.t(), states, false);
        CopyGradient {
            base,
            hidden,
            keys,
            values,
        }
    }

    /// The gradient before tanh, where this copy supplied the maximum, else 0. `[steps, width]`.
    fn routed(&self, p: usize, copy: usize, vjp: &Vjp<'_>) -> Vec<f32> {
        let steps = self.trees.range(p);
        let rows = steps.start * self.width..steps.end * self.width;
        let (out, dout) = (&vjp.output[rows.clone()], &vjp.gradient[rows.clone()]);
        let winner = &vjp.kept[1][rows];
        route(out, dout, winner, copy as f32)
    }
}

#[pulp::with_simd(route = pulp::Arch::new())]
#[inline(always)]
fn route_with_simd<'a, S: pulp::Simd>(
    _: S,
    out: &'a [f32],
    dout: &'a [f32],
    winner: &'a [f32],
    copy: f32,
) -> Vec<f32> {
    let mut routed = vec![0.0; out.len()];
    for (((to, &y), &dy), &w) in routed.iter_mut().zip(out).zip(dout).zip(winner) {
        *to = if w == copy { dy * (1.0 - y * y) } else { 0.0 };
    }
    routed
}

/// From the gradient by the weights of a softmax to that by its scores, in place.
fn softmax_backward(gradient: &mut [f32], weights: &[f32], length: usize) {
    for (g, a) in gradient
        .chunks_exact_mut(length)
        .zip(weights.chunks_exact(length))
    {
        let mean: f32 = g.iter().zip(a).map(|(g, a)| g * a).sum();
        g.iter_mut().zip(a).for_each(|(g, a)| *g = a * (*g - mean));
    }
}

impl Kernel for AttendKernel {
    fn shape(&self) -> Vec<usize> {
        vec![self.trees.steps(), self.width]
    }

    fn forward(&self, inputs: &[&[f32]], kept: Option<&mut Vec<Vec<f32>>>) -> Vec<f32> {
        let size = self.trees.steps() * self.width;
        let (mut output, mut winner) = (vec![0.0; size], vec![0.0; size]);
        let shards = self.trees.shards(SHARD);
        let pieces = self.trees.split(&mut output, self.width, &shards);
        let winners = self.trees.split(&mut winner, self.width, &shards);
        let weights: Vec<Vec<f32>> = shards
            .par_iter()
            .zip(pieces)
            .zip(winners)
            .map(|((s, o), w)| self.forward_shard(s, inputs, o, w))
            .collect();
        if let Some(kept) = kept {
            kept.extend([weights.concat(), winner]);
        }
        output
    }

    fn backward(&self, vjp: Vjp<'_>) -> Vec<Vec<f32>> {
        let (h, w) = (self.hidden, self.width);
        let weights = self.weight_offsets();
        let trees: Vec<Vec<CopyGradient>> = (0..self.trees.len())
            .into_par_iter()
            .map(|p| {
                let copies = self.copies_of.range(p).enumerate();
                let kept = &vjp.kept[0];
                copies
                    .map(|(copy, r)| self.backward_copy(p, copy, &vjp, &kept[weights.range(r)]))
                    .collect()
            })
            .collect();
        let mut total: Vec<Vec<f32>> = vjp.inputs.iter().map(|i| vec![0.0; i.len()]).collect();
        for (r, copy) in trees.into_iter().flatten().enumerate() {
            let (own, c) = (self.copies.range(r), self.characters[r].clone());
            total[0][own.start * w..own.end * w].copy_from_slice(&copy.base);
            total[1][own.start * h..own.end * h].copy_from_slice(&copy.hidden);
            // Several trees may read the same string: their gradients add up, in a fixed order.
            add_assign(&mut total[2][c.start * h..c.end * h], &copy.keys);
            add_assign(&mut total[3][c.start * w..c.end * w], &copy.values);
        }
        total
    }
}
