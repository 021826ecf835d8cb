//! Sequences of masked categorical choices: their log-probability, fused, and how one is drawn.
//!
//! Each step chooses a token among those that its mask allows; the softmax runs over the allowed ones
//! only, so that the probabilities of all complete sequences sum to one.

use std::sync::Arc;

use rayon::prelude::*;

use super::kernel::{Kernel, Pull};
use super::packed::Packed;
use super::simd::exp;
use crate::random::Stream;

/// Sequences per shard.
const SHARD: usize = 64;

/// The masks a vocabulary has, as rows of zeros and ones: `[masks, vocabulary]`.
#[derive(Clone, Debug)]
pub(crate) struct Masks {
    rows: Arc<[f32]>,
    vocabulary: usize,
}

impl Masks {
    /// From one predicate per mask: `allows(mask, token)`.
    pub(crate) fn new(
        masks: usize,
        vocabulary: usize,
        allows: impl Fn(usize, usize) -> bool,
    ) -> Self {
        let rows = (0..masks * vocabulary)
            .map(|i| f32::from(u8::from(allows(i / vocabulary, i % vocabulary))))
            .collect();
        Self { rows, vocabulary }
    }

    pub(crate) fn row(&self, mask: u8) -> &[f32] {
        &self.rows[mask as usize * self.vocabulary..][..self.vocabulary]
    }
}

/// Replaces logits by probabilities among the allowed tokens; returns the log of the normaliser, so that
/// a token's log-probability is its logit minus that.
#[pulp::with_simd(masked_softmax = pulp::Arch::new())]
#[inline(always)]
pub(crate) fn masked_softmax_with_simd<'a, S: pulp::Simd>(
    _: S,
    logits: &'a mut [f32],
    mask: &'a [f32],
) -> f32 {
    let mut most = f32::MIN;
    for (&x, &m) in logits.iter().zip(mask) {
        most = most.max(if m > 0.0 { x } else { f32::MIN });
    }
    for (x, &m) in logits.iter_mut().zip(mask) {
        *x = m * exp(*x - most);
    }
    let total: f32 = logits.iter().sum();
    logits.iter_mut().for_each(|x| *x /= total);
    most + total.ln()
}

/// `to = scale * from`, element by element.
#[pulp::with_simd(scaled = pulp::Arch::new())]
#[inline(always)]
fn scaled_with_simd<'a, S: pulp::Simd>(_: S, to: &'a mut [f32], from: &'a [f32], scale: f32) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = scale * from;
    }
}

/// Draws an index from normalised probabilities.
pub(crate) fn draw(probabilities: &[f32], rng: &mut Stream) -> usize {
    let mut left = rng.uniform() as f32;
    let mut last = 0;
    for (i, &p) in probabilities.iter().enumerate().filter(|(_, p)| **p > 0.0) {
        last = i;
        left -= p;
        if left < 0.0 {
            break;
        }
    }
    last
}

/// The fused operation. Input: logits `[steps, vocabulary]`. Output: the log-probability of each
/// sequence, `[sequences]`.
#[derive(Debug)]
pub(crate) struct ChoiceKernel {
    /// The steps of the sequences.
    pub(crate) packed: Packed,
    /// The token chosen at each step.
    pub(crate) chosen: Vec<u8>,
    /// The mask of each step.
    pub(crate) mask: Vec<u8>,
    /// All masks.
    pub(crate) masks: Masks,
}

impl ChoiceKernel {
    /// Turns a shard's logits into probabilities and returns the shard's log-probabilities.
    fn forward_shard(&self, shard: std::ops::Range<usize>, probabilities: &mut [f32]) -> Vec<f32> {
        let v = self.masks.vocabulary;
        let mut rows = probabilities.chunks_exact_mut(v);
        let log_prob = |step: usize, row: &mut [f32]| {
            let logit = row[self.chosen[step] as usize];
            f64::from(logit - masked_softmax(row, self.masks.row(self.mask[step])))
        };
        shard
            .map(|r| {
                let steps = self.packed.range(r).zip(rows.by_ref());
                steps.map(|(step, row)| log_prob(step, row)).sum::<f64>() as f32
            })
            .collect()
    }
}

impl Kernel for ChoiceKernel {
    fn shape(&self) -> Vec<usize> {
        vec![self.packed.len()]
    }

    fn forward(&self, inputs: &[&[f32]], kept: Option<&mut Vec<Vec<f32>>>) -> Vec<f32> {
        let mut probabilities = inputs[0].to_vec();
        let shards = self.packed.shards(SHARD);
        let pieces = self
            .packed
            .split(&mut probabilities, self.masks.vocabulary, &shards);
        let sums: Vec<Vec<f32>> = shards
            .into_par_iter()
            .zip(pieces)
            .map(|(s, p)| self.forward_shard(s, p))
            .collect();
        if let Some(kept) = kept {
            kept.push(probabilities);
        }
        sums.concat()
    }

    fn backward(&self, pull: Pull<'_>) -> Vec<Vec<f32>> {
        let v = self.masks.vocabulary;
        let mut gradient = vec![0.0; pull.inputs[0].len()];
        for r in 0..self.packed.len() {
            let scale = pull.gradient[r];
            for step in self.packed.range(r) {
                let to = &mut gradient[step * v..][..v];
                let probabilities = &pull.kept[0][step * v..][..v];
                scaled(to, probabilities, -scale);
                to[self.chosen[step] as usize] += scale;
            }
        }
        vec![gradient]
    }
}
