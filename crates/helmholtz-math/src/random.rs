//! Addressed randomness: every random number has an address, nothing is carried from one draw to the next.
//!
//! A [`Stream`] is opened at (seed, observation, step, purpose) and the address *is* the cipher's 256-bit
//! key. So there is no generator state to save in a checkpoint, the number of threads cannot change what
//! is drawn, and a resumed run draws what an uninterrupted one would have drawn.

use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};

/// A reproducible stream of random numbers, the same on every platform.
#[derive(Debug)]
pub struct Stream(ChaCha8Rng);

impl Stream {
    /// Opens the stream at an address: (seed, observation, step, [purpose](crate::purpose::Purpose)).
    ///
    /// Two different addresses give independent streams; the same address gives the same numbers.
    pub fn at(address: [u64; 4]) -> Self {
        let mut key = [0; 32];
        for (bytes, part) in key.chunks_exact_mut(8).zip(address) {
            bytes.copy_from_slice(&part.to_le_bytes());
        }
        Self(ChaCha8Rng::from_seed(key))
    }

    /// A stream of its own, whose address is drawn from this one.
    pub fn fork(&mut self) -> Self {
        Self::at(std::array::from_fn(|_| self.0.next_u64()))
    }

    /// A uniform number in [0, 1), with 53 random bits.
    pub fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A standard normal number (Box-Muller; one of the pair is dropped so that no state is kept).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// Standard normal numbers in every place, two for the work of one.
    pub fn normals(&mut self, places: &mut [f32]) {
        for pair in places.chunks_mut(2) {
            let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
            let (sin, cos) = (std::f64::consts::TAU * self.uniform()).sin_cos();
            for (place, part) in pair.iter_mut().zip([cos, sin]) {
                *place = (radius * part) as f32;
            }
        }
    }

    /// A uniform index below `n`. `n` must not be zero.
    pub fn below(&mut self, n: usize) -> usize {
        debug_assert!(n > 0, "no index is below zero");
        ((self.uniform() * n as f64) as usize).min(n.saturating_sub(1))
    }

    /// An index drawn with probability proportional to `weights`, which need not be normalised.
    ///
    /// Returns `None` when no weight is positive.
    pub fn categorical(&mut self, weights: &[f64]) -> Option<usize> {
        let total: f64 = weights.iter().filter(|w| **w > 0.0).sum();
        let mut left = self.uniform() * total;
        let mut last = None;
        for (i, &w) in weights.iter().enumerate().filter(|(_, w)| **w > 0.0) {
            last = Some(i);
            left -= w;
            if left < 0.0 {
                break;
            }
        }
        last
    }

    /// Shuffles `items` in place (Fisher-Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_decides_the_numbers() {
        let draw = |a| Stream::at(a).uniform();
        assert_eq!(draw([1, 2, 3, 4]), draw([1, 2, 3, 4]));
        assert_ne!(draw([1, 2, 3, 4]), draw([1, 2, 4, 3]));
    }

    #[test]
    fn categorical_follows_its_weights() {
        let n = 20_000;
        let mut rng = Stream::at([7, 0, 0, 0]);
        let hits = (0..n)
            .filter(|_| rng.categorical(&[1.0, 0.0, 3.0]) == Some(2))
            .count() as f64;
        let standard_error = (0.75 * 0.25 / n as f64).sqrt();
        assert!((hits / n as f64 - 0.75).abs() < 4.0 * standard_error);
        assert_eq!(rng.categorical(&[0.0, f64::NAN]), None);
    }

    #[test]
    fn normals_have_unit_variance() {
        let n = 20_000;
        let mut rng = Stream::at([8, 0, 0, 0]);
        let second: f64 = (0..n).map(|_| rng.normal().powi(2)).sum::<f64>() / n as f64;
        assert!((second - 1.0).abs() < 4.0 * (2.0 / n as f64).sqrt());
    }

    #[test]
    fn normals_that_come_in_pairs_are_independent() {
        let n = 20_001;
        let mut all = vec![f32::NAN; n];
        Stream::at([9, 0, 0, 0]).normals(&mut all);
        let mean = |f: &dyn Fn(f64, f64) -> f64| {
            let pairs = all.windows(2).map(|w| f(f64::from(w[0]), f64::from(w[1])));
            pairs.sum::<f64>() / (n - 1) as f64
        };
        let error = (1.0 / n as f64).sqrt();
        assert!(mean(&|x, _| x).abs() < 4.0 * error);
        assert!((mean(&|x, _| x * x) - 1.0).abs() < 4.0 * 2f64.sqrt() * error);
        assert!(mean(&|x, y| x * y).abs() < 4.0 * error);
        // Cov(x², y²) is 0 where they are independent, and its estimate then has variance 4 / n.
        let squares = mean(&|x, y| (x * x - 1.0) * (y * y - 1.0));
        assert!(squares.abs() < 4.0 * 2.0 * error);
        let mut first = [0.0];
        Stream::at([9, 0, 0, 0]).normals(&mut first);
        assert_eq!(first[0], all[0]);
    }
}
