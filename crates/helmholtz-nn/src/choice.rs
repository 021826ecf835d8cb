//! Sequences of masked categorical choices: their log-probability, fused, and how one is drawn.
//!
//! Each step chooses a token among those that its mask allows; the softmax runs over the allowed ones
//! only, so that the probabilities of all complete sequences sum to one. Sequences that begin alike share
//! nodes ([`super::forest`]): the softmax runs once per node.

use std::sync::Arc;

use rayon::prelude::*;

use super::kernel::{Kernel, Vjp};
use super::packed::Packed;
use helmholtz_math::random::Stream;
use helmholtz_math::simd::exp;

/// Nodes per shard.
const SHARD: usize = 256;

/// The masks a vocabulary has, as rows of zeros and ones: `[masks, vocabulary]`.
#[derive(Clone, Debug)]
pub struct Masks {
    rows: Arc<[f32]>,
    vocabulary: usize,
}

impl Masks {
    /// From one predicate per mask: `allows(mask, token)`.
    pub fn new(masks: usize, vocabulary: usize, allows: impl Fn(usize, usize) -> bool) -> Self {
        let rows = (0..masks * vocabulary)
            .map(|i| f32::from(u8::from(allows(i / vocabulary, i % vocabulary))))
            .collect();
        Self { rows, vocabulary }
    }

    /// The zeros and ones of a mask, `[vocabulary]`.
    pub fn row(&self, mask: u16) -> &[f32] {
        &self.rows[mask as usize * self.vocabulary..][..self.vocabulary]
    }
}

/// Replaces logits by probabilities among the allowed tokens; returns the log of the normaliser, so that
/// a token's log-probability is its logit minus that.
#[pulp::with_simd(masked_softmax = pulp::Arch::new())]
#[inline(always)]
#[allow(unreachable_pub, reason = "the exported function takes its visibility")]
pub fn masked_softmax_with_simd<'a, S: pulp::Simd>(
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
pub fn draw(probabilities: &[f32], rng: &mut Stream) -> usize {
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

/// The fused operation. Input: logits `[nodes, vocabulary]`. Output: the log-probability of each
/// sequence, `[sequences]`.
#[derive(Debug)]
pub struct ChoiceKernel {
    /// The steps of the sequences.
    pub paths: Packed,
    /// The node of each step.
    pub nodes: Vec<usize>,
    /// The token chosen at each step.
    pub chosen: Vec<u8>,
    /// The mask of each node.
    pub mask: Vec<u16>,
    /// All masks.
    pub masks: Masks,
}

impl ChoiceKernel {
    /// Turns the logits of every node into probabilities, in place; returns their normalisers.
    fn normalise(&self, logits: &mut [f32]) -> Vec<f32> {
        let shards = logits.par_chunks_mut(SHARD * self.masks.vocabulary);
        let totals: Vec<Vec<f32>> = shards
            .zip(self.mask.par_chunks(SHARD))
            .map(|(logits, masks)| {
                let rows = logits.chunks_exact_mut(self.masks.vocabulary).zip(masks);
                rows.map(|(row, &mask)| masked_softmax(row, self.masks.row(mask)))
                    .collect()
            })
            .collect();
        totals.concat()
    }

    /// The nodes of a sequence, each with the token chosen there.
    fn path(&self, sequence: usize) -> impl Iterator<Item = (usize, usize)> {
        let steps = self.paths.range(sequence);
        steps.map(|step| (self.nodes[step], self.chosen[step] as usize))
    }
}

impl Kernel for ChoiceKernel {
    fn shape(&self) -> Vec<usize> {
        vec![self.paths.len()]
    }

    fn forward(&self, inputs: &[&[f32]], kept: Option<&mut Vec<Vec<f32>>>) -> Vec<f32> {
        let (v, logits) = (self.masks.vocabulary, inputs[0]);
        let mut probabilities = logits.to_vec();
        let totals = self.normalise(&mut probabilities);
        let log_prob = |(node, token)| f64::from(logits[node * v + token] - totals[node]);
        let sums = (0..self.paths.len())
            .map(|r| self.path(r).map(log_prob).sum::<f64>() as f32)
            .collect();
        if let Some(kept) = kept {
            kept.push(probabilities);
        }
        sums
    }

    fn backward(&self, vjp: Vjp<'_>) -> Vec<Vec<f32>> {
        let v = self.masks.vocabulary;
        // A node's softmax counts once for every sequence that passes through it.
        let mut through = vec![0.0; self.mask.len()];
        for r in 0..self.paths.len() {
            self.path(r)
                .for_each(|(node, _)| through[node] += vjp.gradient[r]);
        }
        let mut gradient = vec![0.0; vjp.inputs[0].len()];
        let rows = gradient.chunks_exact_mut(v);
        for ((to, probabilities), scale) in rows.zip(vjp.kept[0].chunks_exact(v)).zip(through) {
            scaled(to, probabilities, -scale);
        }
        for r in 0..self.paths.len() {
            self.path(r)
                .for_each(|(node, token)| gradient[node * v + token] += vjp.gradient[r]);
        }
        vec![gradient]
    }
}
