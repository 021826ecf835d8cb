//! Gradients by large weights, left as the two factors that they are the product of.
//!
//! Where few rows go through a large layer, the gradient by its weights is as long as they are and is written, read for its
//! length and read by the optimiser, which takes longer than to compute it. As factors it never leaves the cache, for the
//! optimiser multiplies them band by band (measured: gradient, norm and update of 3.7 million weights 2.5 ms instead of
//! 3.4, and a quarter of the memory).

use std::cell::RefCell;
use std::collections::BTreeMap;

use helmholtz_math::matmul::{Matrix, matrix_product};
use helmholtz_math::simd::squares;

/// The gradient `xᵀ d` by weights `[inputs, outputs]`.
#[derive(Debug)]
pub struct Factors {
    /// What the layer read, `[rows, inputs]`.
    x: Vec<f32>,
    /// The gradient by what it gave, `[rows, outputs]`.
    d: Vec<f32>,
    rows: usize,
}

/// Weights from which on factors pay.
const LARGE: usize = 1 << 16;
/// How many times smaller than the product they must be.
const SMALLER: usize = 4;
/// Numbers of a band: 1 MiB.
const BAND: usize = 1 << 18;

impl Factors {
    /// Whether factors pay for a layer of `(inputs, outputs)` that so many rows went through.
    pub fn pay(rows: usize, (inputs, outputs): (usize, usize)) -> bool {
        let weights = inputs * outputs;
        weights >= LARGE && SMALLER * rows * (inputs + outputs) <= weights
    }

    /// From what a layer read and the gradient by what it gave, so many rows.
    pub fn new(x: Vec<f32>, d: Vec<f32>, rows: usize) -> Self {
        Self { x, d, rows }
    }

    /// The sum of two gradients.
    fn add(&mut self, other: &Self) {
        self.x.extend(&other.x);
        self.d.extend(&other.d);
        self.rows += other.rows;
    }

    fn inputs(&self) -> usize {
        self.x.len() / self.rows.max(1)
    }

    fn outputs(&self) -> usize {
        self.d.len() / self.rows.max(1)
    }

    fn sides(&self) -> [Matrix<'_>; 2] {
        [
            Matrix::new(&self.x, self.rows, self.inputs()),
            Matrix::new(&self.d, self.rows, self.outputs()),
        ]
    }

    /// The sum of squares of the product; from the inner products of the factors' rows, |xᵀ d|² = <x xᵀ, d dᵀ>, where
    /// that is less work.
    pub(super) fn squares(&self) -> f64 {
        if self.x.len() + self.d.len() > self.inputs() * self.outputs() {
            return squares(&self.product());
        }
        let [x, d] = self.sides().map(|side| matrix_product(side, side.t()));
        let each = x.iter().zip(&d).map(|(x, d)| f64::from(*x) * f64::from(*d));
        match each.sum::<f64>() {
            rounded if rounded < 0.0 => 0.0,
            sum => sum,
        }
    }

    /// The product.
    pub(super) fn product(&self) -> Vec<f32> {
        let [x, d] = self.sides();
        matrix_product(x.t(), d)
    }

    /// The product band by band: where each begins, and its numbers.
    pub(super) fn bands(&self, mut each: impl FnMut(usize, &[f32])) {
        let ([x, d], inputs, outputs) = (self.sides(), self.inputs(), self.outputs());
        let height = (BAND / outputs.max(1)).max(1);
        for first in (0..inputs).step_by(height) {
            let rows = x.columns(first, height.min(inputs - first)).t();
            each(first * outputs, &matrix_product(rows, d));
        }
    }
}

thread_local! {
    /// What the pass that is under way on this thread has left, by the weights' node in the graph.
    static LEFT: RefCell<Option<BTreeMap<u64, Factors>>> = const { RefCell::new(None) };
}

/// Whether factors may be left.
pub(super) fn wanted() -> bool {
    LEFT.with_borrow(Option::is_some)
}

/// Leaves factors of the gradient by a node.
pub(super) fn leave(node: u64, factors: Factors) {
    LEFT.with_borrow_mut(|left| {
        let sum = left.get_or_insert_default().entry(node);
        sum.and_modify(|sum| sum.add(&factors)).or_insert(factors);
    });
}

/// Runs a backward pass, which the tensor library does on the thread that asks for it; returns what was left beside its
/// result.
pub(super) fn left_by<T>(pass: impl FnOnce() -> T) -> (T, BTreeMap<u64, Factors>) {
    /// Nothing is left any more once the pass is over, even by a panic.
    struct Over;
    impl Drop for Over {
        fn drop(&mut self) {
            LEFT.set(None);
        }
    }
    LEFT.set(Some(BTreeMap::new()));
    let _over = Over;
    let result = pass();
    (result, LEFT.take().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use helmholtz_math::random::Stream;

    fn random(n: usize, seed: u64) -> Vec<f32> {
        let mut rng = Stream::at([seed, 19, 0, 0]);
        (0..n).map(|_| rng.normal() as f32).collect()
    }

    fn factors(rows: usize, (inputs, outputs): (usize, usize)) -> Factors {
        let (x, d) = (random(rows * inputs, 1), random(rows * outputs, 2));
        Factors::new(x, d, rows)
    }

    #[test]
    fn bands_make_up_the_product_and_its_length() {
        // One band, several with a rest, and so many rows that the factors are longer than the product.
        for (rows, size) in [(3, (7, 5)), (2, (700, 900)), (9, (4, 6))] {
            let factors = factors(rows, size);
            let product = factors.product();
            let mut joined = vec![f32::NAN; product.len()];
            factors.bands(|at, band| joined[at..at + band.len()].copy_from_slice(band));
            for (a, b) in joined.iter().zip(&product) {
                assert!((a - b).abs() < 1e-5);
            }
            let (want, got) = (squares(&product), factors.squares());
            assert!((got / want - 1.0).abs() < 1e-5, "{got} {want}");
        }
    }

    #[test]
    fn what_is_not_finite_stays_so() {
        for bad in [f32::NAN, f32::INFINITY] {
            let mut factors = factors(2, (300, 400));
            factors.d[3] = bad;
            assert!(!factors.squares().is_finite());
        }
    }

    #[test]
    fn sums_are_those_of_products() {
        let (mut sum, other) = (factors(2, (6, 4)), factors(3, (6, 4)));
        let want: Vec<f32> = sum
            .product()
            .iter()
            .zip(other.product())
            .map(|(a, b)| a + b)
            .collect();
        sum.add(&other);
        for (a, b) in sum.product().iter().zip(want) {
            assert!((a - b).abs() < 1e-5);
        }
    }

    #[test]
    fn nothing_is_left_outside_of_a_pass() {
        let (seen, left) = left_by(|| {
            leave(7, factors(2, (6, 4)));
            leave(7, factors(1, (6, 4)));
            wanted()
        });
        assert!(seen && !wanted());
        assert_eq!(left[&7].rows, 3);
        let panicked = std::panic::catch_unwind(|| left_by(|| panic!("a pass that fails")));
        assert!(panicked.is_err() && !wanted());
    }

    #[test]
    fn only_few_rows_through_large_layers_are_left_as_factors() {
        assert!(Factors::pay(16, (400, 400)));
        assert!(!Factors::pay(16, (100, 400)));
        assert!(!Factors::pay(160, (400, 400)));
    }
}
