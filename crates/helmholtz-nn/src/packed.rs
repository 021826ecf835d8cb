//! Sequences of different lengths, laid end to end.
//!
//! A batch of ragged sequences is stored without padding: sequence `r` occupies the steps
//! `offsets[r]..offsets[r + 1]` of a `[steps, width]` array. No work is done on padding, and a layer that
//! treats steps alike (a linear layer, a softmax) is one plain matrix product over all of them.

use std::ops::Range;

/// Where each sequence of a packed batch begins and ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    offsets: Vec<usize>,
}

impl Packed {
    /// From the lengths of the sequences, in order.
    pub fn new(lengths: impl IntoIterator<Item = usize>) -> Self {
        let mut offsets = vec![0];
        let mut end = 0;
        for length in lengths {
            end += length;
            offsets.push(end);
        }
        Self { offsets }
    }

    /// The number of sequences.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Whether there is no sequence.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of steps of all sequences together.
    pub fn steps(&self) -> usize {
        self.offsets[self.len()]
    }

    /// The steps of sequence `r`.
    pub fn range(&self, r: usize) -> Range<usize> {
        self.offsets[r]..self.offsets[r + 1]
    }

    /// The number of steps of sequence `r`.
    pub fn length(&self, r: usize) -> usize {
        self.range(r).len()
    }

    /// The sequences in shards of `size`: the unit of parallel work, fixed so that sums over shards have
    /// one order.
    pub(crate) fn shards(&self, size: usize) -> Vec<Range<usize>> {
        (0..self.len())
            .step_by(size)
            .map(|r| r..(r + size).min(self.len()))
            .collect()
    }

    /// The sequences in shards of about equally many steps, at most about `size` each: fixed, like
    /// [`Packed::shards`], where the lengths differ widely.
    pub(crate) fn shards_of_steps(&self, size: usize) -> Vec<Range<usize>> {
        let shards = self.steps().div_ceil(size);
        let ends = (1..=shards)
            .map(|s| self.offsets[1..].partition_point(|&end| end * shards <= s * self.steps()));
        let starts = [0].into_iter().chain(ends.clone());
        starts.zip(ends).map(|(start, end)| start..end).collect()
    }

    /// The steps of a shard of sequences.
    pub(crate) fn steps_of(&self, shard: &Range<usize>) -> Range<usize> {
        self.offsets[shard.start]..self.offsets[shard.end]
    }

    /// Cuts a `[steps, width]` buffer into one mutable piece per shard.
    pub(crate) fn split<'a>(
        &self,
        mut buffer: &'a mut [f32],
        width: usize,
        shards: &[Range<usize>],
    ) -> Vec<&'a mut [f32]> {
        let mut pieces = Vec::with_capacity(shards.len());
        for shard in shards {
            let (piece, rest) = buffer.split_at_mut(self.steps_of(shard).len() * width);
            pieces.push(piece);
            buffer = rest;
        }
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_tile_the_steps() {
        let p = Packed::new([2, 0, 3]);
        assert_eq!(
            (p.len(), p.steps(), p.range(2), p.length(1)),
            (3, 5, 2..5, 0)
        );
        let shards = p.shards(2);
        assert_eq!(shards, vec![0..2, 2..3]);
        let mut buffer = vec![0.0; 10];
        let sizes: Vec<usize> = p
            .split(&mut buffer, 2, &shards)
            .iter()
            .map(|s| s.len())
            .collect();
        assert_eq!(sizes, vec![4, 6]);
    }

    #[test]
    fn shards_of_steps_hold_every_sequence_once() {
        let p = Packed::new([5, 0, 1, 1, 9, 0]);
        for size in 1..20 {
            let shards = p.shards_of_steps(size);
            assert_eq!(shards.len(), 16_usize.div_ceil(size));
            let all: Vec<usize> = shards.into_iter().flatten().collect();
            assert_eq!(all, (0..6).collect::<Vec<_>>());
        }
        assert!(Packed::new([]).shards_of_steps(4).is_empty());
    }
}
