//! Convolutions that halve an image, fused with their rectification.
//!
//! A kernel sees three by three pixels and moves by two: each layer halves height and width, so there is no pooling.
//! Images lie pixel by pixel, the channels of a pixel side by side, and the nine neighbours of every place become a row
//! of one matrix, so that a layer is a matrix product. Images are processed in fixed shards: parallel, and
//! bit-identical at any number of threads.

use std::ops::Range;

use crate::module::{Module, Param};
use burn_tensor::{Device, Tensor};
use rayon::prelude::*;

use super::initial::uniform_parameter;
use super::kernel::{Input, Kernel, Vjp, apply};
use helmholtz_math::matmul::{Matrix, matmul};
use helmholtz_math::random::Stream;
use helmholtz_math::simd::add_assign;

/// Images per shard.
const SHARD: usize = 8;
/// Places that a kernel sees.
const SEEN: usize = 9;

/// Some images of one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// How many.
    pub images: usize,
    /// Rows of pixels of each.
    pub height: usize,
    /// Pixels in a row.
    pub width: usize,
}

impl Grid {
    /// Pixels per image.
    pub fn pixels(&self) -> usize {
        self.height * self.width
    }

    /// After a layer.
    pub fn halved(&self) -> Self {
        Self {
            height: self.height.div_ceil(2),
            width: self.width.div_ceil(2),
            ..*self
        }
    }
}

/// A layer: `relu(conv(x) + b)`.
#[derive(Clone, Debug, Module)]
pub struct Conv {
    /// `[9 channels, channels after]`.
    weight: Param<2>,
    /// `[1, channels after]`.
    bias: Param<2>,
}

impl Conv {
    /// Weights as He et al. (2015) draw them for rectified layers.
    pub fn new(from: usize, to: usize, rng: &mut Stream, device: &Device) -> Self {
        let scale = (6.0 / (SEEN * from) as f64).sqrt();
        Self {
            weight: uniform_parameter(SEEN * from, to, scale, rng, device),
            bias: uniform_parameter(1, to, 0.0, rng, device),
        }
    }

    /// `[images pixels, channels]` to `[images pixels/4, channels after]`.
    pub fn forward(&self, x: Tensor<2>, grid: Grid) -> Tensor<2> {
        let [seen, to] = self.weight.dims();
        let kernel = ConvKernel {
            grid,
            from: seen / SEEN,
            to,
        };
        let inputs = [x, self.weight.val(), self.bias.val()];
        apply(kernel, inputs.map(Input::from))
    }
}

/// The fused operation. Inputs: images, weights, bias. Output: `[images places, to]`.
#[derive(Debug)]
struct ConvKernel {
    grid: Grid,
    from: usize,
    to: usize,
}

impl ConvKernel {
    fn shards(&self) -> Vec<Range<usize>> {
        let images = self.grid.images;
        let shard = |first: usize| first..(first + SHARD).min(images);
        (0..images).step_by(SHARD).map(shard).collect()
    }

    /// Calls `visit` with every place of an image, the number of its neighbour, and the pixel that this is; not with
    /// neighbours beyond the edge.
    fn each_neighbour(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let (grid, after) = (self.grid, self.grid.halved());
        for place in 0..after.pixels() {
            let (row, column) = (place / after.width, place % after.width);
            for neighbour in 0..SEEN {
                let (y, x) = (2 * row + neighbour / 3, 2 * column + neighbour % 3);
                if (1..=grid.height).contains(&y) && (1..=grid.width).contains(&x) {
                    visit(place, neighbour, (y - 1) * grid.width + x - 1);
                }
            }
        }
    }

    /// The neighbours of every place of some images, `[images places, 9 from]`, zeros beyond the edge.
    fn gather(&self, images: &[f32]) -> Vec<f32> {
        let (places, c) = (self.grid.halved().pixels(), self.from);
        let each = images.chunks_exact(self.grid.pixels() * c);
        let mut rows = vec![0.0; each.len() * places * SEEN * c];
        for (image, rows) in each.zip(rows.chunks_exact_mut(places * SEEN * c)) {
            self.each_neighbour(|place, neighbour, pixel| {
                let to = &mut rows[(place * SEEN + neighbour) * c..][..c];
                to.copy_from_slice(&image[pixel * c..][..c]);
            });
        }
        rows
    }

    /// Adds the gradients of neighbours to those of the pixels that they are.
    fn scatter(&self, rows: &[f32], images: &mut [f32]) {
        let (places, c) = (self.grid.halved().pixels(), self.from);
        let each = images.chunks_exact_mut(self.grid.pixels() * c);
        for (image, rows) in each.zip(rows.chunks_exact(places * SEEN * c)) {
            self.each_neighbour(|place, neighbour, pixel| {
                let from = &rows[(place * SEEN + neighbour) * c..][..c];
                add_assign(&mut image[pixel * c..][..c], from);
            });
        }
    }

    /// Numbers of one image before and after.
    fn sizes(&self) -> (usize, usize) {
        let after = self.grid.halved().pixels();
        (self.grid.pixels() * self.from, after * self.to)
    }

    fn forward_shard(&self, shard: &Range<usize>, inputs: &[&[f32]]) -> Vec<f32> {
        let (before, after) = self.sizes();
        let rows = self.gather(&inputs[0][shard.start * before..shard.end * before]);
        let places = shard.len() * after / self.to;
        let mut y = inputs[2].repeat(places);
        let (seen, weights) = (SEEN * self.from, inputs[1]);
        let rows = Matrix::new(&rows, places, seen);
        matmul(&mut y, rows, Matrix::new(weights, seen, self.to), true);
        y.iter_mut().for_each(|y| *y = y.max(0.0));
        y
    }

    /// The gradients of a shard by its images (where they are wanted), the weights and the bias.
    fn backward_shard(&self, shard: &Range<usize>, vjp: &Vjp<'_>) -> [Vec<f32>; 3] {
        let (before, after) = self.sizes();
        let (places, seen) = (shard.len() * after / self.to, SEEN * self.from);
        let outputs = shard.start * after..shard.end * after;
        let both = vjp.gradient[outputs.clone()]
            .iter()
            .zip(&vjp.output[outputs]);
        let by: Vec<f32> = both.map(|(&g, &y)| if y > 0.0 { g } else { 0.0 }).collect();
        let rows = self.gather(&vjp.inputs[0][shard.start * before..shard.end * before]);
        let by_places = Matrix::new(&by, places, self.to);
        let mut by_weights = vec![0.0; seen * self.to];
        let rows = Matrix::new(&rows, places, seen);
        matmul(&mut by_weights, rows.t(), by_places, false);
        let mut by_bias = vec![0.0; self.to];
        by.chunks_exact(self.to)
            .for_each(|row| add_assign(&mut by_bias, row));
        let mut by_images = vec![];
        if vjp.wanted[0] {
            let mut by_rows = vec![0.0; places * seen];
            let weights = Matrix::new(vjp.inputs[1], seen, self.to);
            matmul(&mut by_rows, by_places, weights.t(), false);
            by_images = vec![0.0; shard.len() * before];
            self.scatter(&by_rows, &mut by_images);
        }
        [by_images, by_weights, by_bias]
    }
}

impl Kernel for ConvKernel {
    fn shape(&self) -> Vec<usize> {
        vec![self.grid.images * self.grid.halved().pixels(), self.to]
    }

    fn forward(&self, inputs: &[&[f32]], _: Option<&mut Vec<Vec<f32>>>) -> Vec<f32> {
        let shards = self.shards();
        let pieces: Vec<Vec<f32>> = shards
            .par_iter()
            .map(|s| self.forward_shard(s, inputs))
            .collect();
        pieces.concat()
    }

    fn backward(&self, vjp: Vjp<'_>) -> Vec<Vec<f32>> {
        let shards = self.shards();
        let pieces: Vec<_> = shards
            .par_iter()
            .map(|s| self.backward_shard(s, &vjp))
            .collect();
        let mut sums = vec![vec![], vec![0.0; vjp.inputs[1].len()], vec![0.0; self.to]];
        for [by_images, by_weights, by_bias] in pieces {
            sums[0].extend(by_images);
            add_assign(&mut sums[1], &by_weights);
            add_assign(&mut sums[2], &by_bias);
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check_gradient;
    use super::*;

    fn random(n: usize, seed: u64) -> Vec<f32> {
        let mut rng = Stream::at([seed, 17, 0, 0]);
        (0..n).map(|_| rng.normal() as f32).collect()
    }

    fn kernel(images: usize, height: usize, width: usize) -> ConvKernel {
        let grid = Grid {
            images,
            height,
            width,
        };
        ConvKernel {
            grid,
            from: 2,
            to: 3,
        }
    }

    fn inputs(kernel: &ConvKernel) -> [Vec<f32>; 3] {
        let pixels = kernel.grid.images * kernel.grid.pixels();
        [random(pixels * 2, 1), random(SEEN * 6, 2), random(3, 3)]
    }

    #[test]
    fn the_value_is_the_sum_over_neighbours() {
        let kernel = kernel(SHARD + 1, 5, 4);
        let [x, w, b] = inputs(&kernel);
        let got = kernel.forward(&[&x, &w, &b], None);
        let (after, pixels) = (kernel.grid.halved(), kernel.grid.pixels());
        assert_eq!((after.height, after.width), (3, 2));
        for (at, got) in got.iter().enumerate() {
            let (place, channel) = (at / 3, at % 3);
            let (image, place) = (place / after.pixels(), place % after.pixels());
            let (row, column) = ((place / 2) as isize, (place % 2) as isize);
            let mut sum = b[channel];
            for (dy, dx) in (0..9).map(|i| (i / 3 - 1, i % 3 - 1)) {
                let (y, x_) = (2 * row + dy, 2 * column + dx);
                if (0..5).contains(&y) && (0..4).contains(&x_) {
                    let pixel = image * pixels + (y * 4 + x_) as usize;
                    let neighbour = ((dy + 1) * 3 + dx + 1) as usize;
                    for c in 0..2 {
                        sum += x[pixel * 2 + c] * w[(neighbour * 2 + c) * 3 + channel];
                    }
                }
            }
            assert!((got - sum.max(0.0)).abs() < 1e-4, "{got} {sum}");
        }
    }

    #[test]
    fn gradients_are_those_of_finite_differences() {
        let kernel = kernel(2, 4, 5);
        check_gradient(&kernel, &inputs(&kernel));
    }
}
