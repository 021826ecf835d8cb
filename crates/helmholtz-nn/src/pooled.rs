//! Convolutions whose results are rectified and pooled by maxima, fused.
//!
//! A kernel sees three by three pixels and moves by one. Images lie pixel by pixel, the channels of a pixel side by side,
//! so three pixels of a row are one stretch of memory: a convolution is three matrix products with overlapping windows of
//! the image, and nothing is copied but the image into a frame of zeros. Windows that would reach over the end of a row
//! give numbers that nobody looks at. The gradient by the image is a convolution of that by the result, and is computed in
//! the same way. What is kept for it is the result after pooling, a fourth of that before, and where each maximum was.

use crate::module::{Module, Param};
use burn_tensor::{Device, Tensor};
use rayon::prelude::*;

use super::conv::Grid;
use super::initial::uniform_parameter;
use super::kernel::{Input, Kernel, Vjp, apply};
use helmholtz_math::matmul::{Matrix, matmul, transpose};
use helmholtz_math::random::Stream;
use helmholtz_math::simd::add_assign;

/// Images whose gradients are summed one after the other; images are worked on in parallel by such groups.
const SHARD: usize = 4;
/// Pixels that a kernel sees in either direction.
const SIDE: usize = 3;
/// Channels below which windows are copied out: products with so few inner numbers are slow.
const FEW: usize = 16;

/// How a layer sees images.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Zeros around an image.
    pub padding: usize,
    /// Pixels in either direction of the squares, two apart, of which the maximum is taken; 0 for no pooling.
    pub window: usize,
}

/// A layer: `pool(relu(conv(x) + b))`.
#[derive(Clone, Debug, Module)]
pub struct PooledConv {
    /// `[9 channels, channels after]`.
    weight: Param<2>,
    /// `[1, channels after]`.
    bias: Param<2>,
    #[module(skip)]
    shape: Shape,
}

impl PooledConv {
    /// Weights as He et al. (2015) draw them for rectified layers.
    pub fn new(
        (from, to): (usize, usize),
        shape: Shape,
        rng: &mut Stream,
        device: &Device,
    ) -> Self {
        let seen = SIDE * SIDE * from;
        let scale = (6.0 / seen as f64).sqrt();
        Self {
            weight: uniform_parameter(seen, to, scale, rng, device),
            bias: uniform_parameter(1, to, 0.0, rng, device),
            shape,
        }
    }

    /// `[images pixels, channels]` to `[images pixels after, channels after]`.
    pub fn forward(&self, x: Tensor<2>, grid: Grid) -> Tensor<2> {
        let [seen, to] = self.weight.dims();
        let kernel = PooledKernel {
            grid,
            shape: self.shape,
            from: seen / (SIDE * SIDE),
            to,
        };
        let inputs = [x, self.weight.val(), self.bias.val()];
        apply(kernel, inputs.map(Input::from))
    }
}

impl Shape {
    /// The pixels of an image after the layer.
    pub fn after(&self, grid: Grid) -> Grid {
        let pooled = |pixels: usize| match self.window {
            0 => pixels,
            window => (pixels.saturating_sub(window)) / 2 + 1,
        };
        let convolved = |pixels: usize| (pixels + 2 * self.padding).saturating_sub(SIDE - 1);
        Grid {
            height: pooled(convolved(grid.height)),
            width: pooled(convolved(grid.width)),
            ..grid
        }
    }
}

/// The fused operation. Inputs: images, weights, bias. Output: `[images pixels after, to]`.
#[derive(Debug)]
struct PooledKernel {
    grid: Grid,
    shape: Shape,
    from: usize,
    to: usize,
}

/// An image, or what is to become of one, in a frame.
struct Framed {
    values: Vec<f32>,
    /// Pixels of a row, those of the frame included.
    width: usize,
    /// Windows of `SIDE` pixels in a row of windows.
    windows: usize,
    channels: usize,
}

impl Framed {
    /// The matrices whose products with the parts of the weights add up to a convolution.
    fn parts(&self) -> Vec<Matrix<'_>> {
        let (long, c) = (SIDE * self.channels, self.channels);
        let row = |i: usize| {
            let values = &self.values[i * self.width * c..];
            Matrix::windows(values, self.windows, long, c)
        };
        (0..SIDE).map(row).collect()
    }

    /// All windows copied out, `[windows, 9 channels]`.
    fn copied(&self) -> Vec<f32> {
        let long = SIDE * self.channels;
        let mut rows = Vec::with_capacity(self.windows * SIDE * long);
        for window in 0..self.windows {
            for row in 0..SIDE {
                let first = (window + row * self.width) * self.channels;
                rows.extend_from_slice(&self.values[first..first + long]);
            }
        }
        rows
    }
}

impl PooledKernel {
    /// Height and width of the result before pooling, and the width of the frame, in which it lies.
    fn convolved(&self) -> [usize; 3] {
        let framed = [self.grid.height, self.grid.width].map(|n| n + 2 * self.shape.padding);
        let inner = framed.map(|n| n.saturating_sub(SIDE - 1));
        [inner[0], inner[1], framed[1]]
    }

    fn after(&self) -> Grid {
        self.shape.after(self.grid)
    }

    /// An image in its frame.
    fn framed(&self, image: &[f32]) -> Framed {
        let (padding, c) = (self.shape.padding, self.from);
        let [height, inner, width] = self.convolved();
        let mut values = vec![0.0; (height + SIDE - 1) * width * c];
        for (row, pixels) in image.chunks_exact(self.grid.width * c).enumerate() {
            let first = ((row + padding) * width + padding) * c;
            values[first..first + pixels.len()].copy_from_slice(pixels);
        }
        Framed {
            values,
            width,
            windows: (height - 1) * width + inner,
            channels: c,
        }
    }

    /// `out += image * weights`.
    fn convolve(&self, framed: &Framed, weights: &[f32], out: &mut [f32], to: usize) {
        let long = SIDE * framed.channels;
        if framed.channels < FEW {
            let (copied, long) = (framed.copied(), SIDE * long);
            let rows = Matrix::new(&copied, framed.windows, long);
            return matmul(out, rows, Matrix::new(weights, long, to), true);
        }
        for (part, weights) in framed
            .parts()
            .into_iter()
            .zip(weights.chunks_exact(long * to))
        {
            matmul(out, part, Matrix::new(weights, long, to), true);
        }
    }

    /// One image's part of the output, and which pixel of each square it came from.
    fn forward_one(&self, image: &[f32], weights: &[f32], bias: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let framed = self.framed(image);
        let mut convolved = bias.repeat(framed.windows);
        self.convolve(&framed, weights, &mut convolved, self.to);
        let (after, width) = (self.after(), framed.width);
        let size = after.pixels() * self.to;
        let (mut most, mut from) = (vec![0.0f32; size], vec![0.0f32; size]);
        let places = most
            .chunks_exact_mut(self.to)
            .zip(from.chunks_exact_mut(self.to));
        for (place, (most, from)) in places.enumerate() {
            let (row, column) = (place / after.width, place % after.width);
            for (number, pixel) in self.square(row, column, width).enumerate() {
                let values = &convolved[pixel * self.to..][..self.to];
                larger(most, from, values, number as f32);
            }
        }
        (most, from)
    }

    /// The pixels of a square that is pooled, by their places in a frame of that width.
    fn square(&self, row: usize, column: usize, width: usize) -> impl Iterator<Item = usize> {
        let (step, window) = match self.shape.window {
            0 => (1, 1),
            window => (2, window),
        };
        let first = step * row * width + step * column;
        (0..window * window).map(move |i| first + i / window * width + i % window)
    }

    /// The gradient by the result before pooling of one image, behind so many zeros.
    fn unpooled(&self, by: &[f32], output: &[f32], from: &[f32], front: usize) -> Framed {
        let [height, _, width] = self.convolved();
        let pixels = (height + SIDE - 1) * width;
        let mut values = vec![0.0; (front + pixels) * self.to];
        let (after, c) = (self.after(), self.to);
        for place in 0..after.pixels() {
            let (row, column) = (place / after.width, place % after.width);
            let pixels: Vec<usize> = self.square(row, column, width).collect();
            for i in place * c..(place + 1) * c {
                if output[i] > 0.0 {
                    let pixel = pixels[from[i] as usize];
                    values[(front + pixel) * c + i - place * c] += by[i];
                }
            }
        }
        Framed {
            values,
            width,
            // One that ends at every pixel of the framed image.
            windows: pixels,
            channels: c,
        }
    }

    /// Weights turned round, for the gradient by the image.
    fn turned(&self, weights: &[f32]) -> Vec<f32> {
        let (from, to) = (self.from, self.to);
        let neighbours = weights.chunks_exact(from * to).rev();
        neighbours
            .flat_map(|own| transpose(own, from, to))
            .collect()
    }

    /// Adds the gradients of one image by weights and bias, and gives that by the image where it is wanted.
    fn backward_one(
        &self,
        image: usize,
        vjp: &Vjp<'_>,
        turned: &[f32],
        [by_weights, by_bias]: &mut [Vec<f32>; 2],
    ) -> Vec<f32> {
        let (before, after) = (
            self.grid.pixels() * self.from,
            self.after().pixels() * self.to,
        );
        let own = image * after..(image + 1) * after;
        let framed = self.framed(&vjp.inputs[0][image * before..][..before]);
        let front = (SIDE - 1) * (framed.width + 1);
        let (by, output) = (&vjp.gradient[own.clone()], &vjp.output[own.clone()]);
        let result = self.unpooled(by, output, &vjp.kept[0][own], front);
        let (long, to) = (SIDE * self.from, self.to);
        let by_places = &result.values[front * to..];
        let by_places = Matrix::new(by_places, framed.windows, to);
        if self.from < FEW {
            let copied = framed.copied();
            let rows = Matrix::new(&copied, framed.windows, SIDE * long);
            matmul(by_weights, rows.t(), by_places, true);
        } else {
            let parts = by_weights.chunks_exact_mut(long * to).zip(framed.parts());
            parts.for_each(|(by, part)| matmul(by, part.t(), by_places, true));
        }
        let gradients = by.iter().zip(output);
        let passed: Vec<f32> = gradients
            .map(|(&g, &y)| if y > 0.0 { g } else { 0.0 })
            .collect();
        passed
            .chunks_exact(to)
            .for_each(|row| add_assign(by_bias, row));
        match vjp.wanted[0] {
            true => self.by_image(&result, turned),
            false => vec![],
        }
    }

    /// The gradient by an image: that by its result, convolved with the weights turned round.
    fn by_image(&self, result: &Framed, turned: &[f32]) -> Vec<f32> {
        let (padding, c) = (self.shape.padding, self.from);
        let mut by = vec![0.0; result.windows * c];
        self.convolve(result, turned, &mut by, c);
        let rows = (0..self.grid.height).flat_map(|row| {
            let first = ((row + padding) * result.width + padding) * c;
            &by[first..first + self.grid.width * c]
        });
        rows.copied().collect()
    }
}

/// Where values are larger than the most so far, they replace it, and their number what it came from.
fn larger(most: &mut [f32], from: &mut [f32], values: &[f32], number: f32) {
    for ((most, from), &value) in most.iter_mut().zip(from).zip(values) {
        let more = value > *most;
        *from = if more { number } else { *from };
        *most = if more { value } else { *most };
    }
}

impl Kernel for PooledKernel {
    fn shape(&self) -> Vec<usize> {
        vec![self.grid.images * self.after().pixels(), self.to]
    }

    fn forward(&self, inputs: &[&[f32]], kept: Option<&mut Vec<Vec<f32>>>) -> Vec<f32> {
        let images = inputs[0].par_chunks_exact(self.grid.pixels() * self.from);
        let each: Vec<_> = images
            .map(|image| self.forward_one(image, inputs[1], inputs[2]))
            .collect();
        let (values, from): (Vec<_>, Vec<_>) = each.into_iter().unzip();
        if let Some(kept) = kept {
            kept.push(from.concat());
        }
        values.concat()
    }

    fn backward(&self, vjp: Vjp<'_>) -> Vec<Vec<f32>> {
        let images: Vec<usize> = (0..self.grid.images).collect();
        let turned = self.turned(vjp.inputs[1]);
        let shard = |images: &[usize]| {
            let mut sums = [vec![0.0; vjp.inputs[1].len()], vec![0.0; self.to]];
            let each = images.iter();
            let by: Vec<Vec<f32>> = each
                .map(|&image| self.backward_one(image, &vjp, &turned, &mut sums))
                .collect();
            (by.concat(), sums)
        };
        let pieces: Vec<_> = images.par_chunks(SHARD).map(shard).collect();
        let mut sums = vec![vec![], vec![0.0; vjp.inputs[1].len()], vec![0.0; self.to]];
        for (by_images, [by_weights, by_bias]) in pieces {
            sums[0].extend(by_images);
            add_assign(&mut sums[1], &by_weights);
            add_assign(&mut sums[2], &by_bias);
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::value_and_gradients;
    use super::*;

    fn random(n: usize, seed: u64) -> Vec<f32> {
        let mut rng = Stream::at([seed, 18, 0, 0]);
        (0..n).map(|_| rng.normal() as f32).collect()
    }

    fn kernel(from: usize, padding: usize, window: usize) -> PooledKernel {
        PooledKernel {
            grid: Grid {
                images: SHARD + 1,
                height: 7,
                width: 6,
            },
            shape: Shape { padding, window },
            from,
            to: 2,
        }
    }

    fn inputs(kernel: &PooledKernel) -> [Vec<f32>; 3] {
        let pixels = kernel.grid.images * kernel.grid.pixels();
        let weights = SIDE * SIDE * kernel.from * kernel.to;
        [
            random(pixels * kernel.from, 1),
            random(weights, 2),
            random(2, 3),
        ]
    }

    const CASES: [(usize, usize, usize); 5] =
        [(2, 2, 3), (FEW, 1, 3), (3, 0, 0), (FEW, 0, 2), (1, 1, 1)];

    #[test]
    fn the_value_is_the_greatest_of_a_square_of_sums() {
        for (from, padding, window) in CASES {
            let kernel = kernel(from, padding, window);
            let [x, w, b] = inputs(&kernel);
            let got = kernel.forward(&[&x, &w, &b], None);
            let (grid, after) = (kernel.grid, kernel.after());
            let sum = |image: usize, row: usize, column: usize, channel: usize| -> f32 {
                let mut sum = b[channel];
                for (dy, dx) in (0..9).map(|i| (i / 3, i % 3)) {
                    let (y, x_) = (
                        (row + dy).wrapping_sub(padding),
                        (column + dx).wrapping_sub(padding),
                    );
                    for c in 0..if y < grid.height && x_ < grid.width {
                        from
                    } else {
                        0
                    } {
                        let pixel = image * grid.pixels() + y * grid.width + x_;
                        sum += x[pixel * from + c] * w[((dy * 3 + dx) * from + c) * 2 + channel];
                    }
                }
                sum
            };
            assert_eq!(got.len(), grid.images * after.pixels() * 2);
            for (at, got) in got.iter().enumerate() {
                let (place, channel) = (at / 2 % after.pixels(), at % 2);
                let image = at / 2 / after.pixels();
                let (row, column) = (place / after.width, place % after.width);
                let (step, side) = if window == 0 { (1, 1) } else { (2, window) };
                let each = (0..side * side).map(|i| {
                    sum(
                        image,
                        step * row + i / side,
                        step * column + i % side,
                        channel,
                    )
                });
                let want = each.fold(0.0f32, f32::max);
                assert!(
                    (got - want).abs() < 1e-4,
                    "{from} {padding} {window}: {got} {want}"
                );
            }
        }
    }

    /// A rectified maximum is a function of straight pieces: where both sides of a point have one slope, that is the
    /// gradient, and at a kink it lies between them.
    #[test]
    fn gradients_are_those_of_finite_differences() {
        for (from, padding, window) in CASES {
            let kernel = kernel(from, padding, window);
            let inputs = inputs(&kernel);
            let direction = random(kernel.shape().iter().product(), 9);
            let (_, gradients) = value_and_gradients(&kernel, &inputs, &direction);
            let (mut straight, mut all) = (0, 0);
            for (i, j) in (0..3).flat_map(|i| (0..inputs[i].len()).map(move |j| (i, j))) {
                let moved = |by: f32| -> f64 {
                    let mut inputs = inputs.clone();
                    inputs[i][j] += by;
                    let output = kernel.forward(&inputs.each_ref().map(Vec::as_slice), None);
                    let both = output.iter().zip(&direction);
                    both.map(|(o, d)| f64::from(*o) * f64::from(*d)).sum()
                };
                let (step, here) = (4e-3, moved(0.0));
                let sides = [here - moved(-step), moved(step) - here].map(|s| s / f64::from(step));
                let own = f64::from(gradients[i][j]);
                let close = (sides[0] - sides[1]).abs() < 2e-2 * (1.0 + own.abs());
                all += 1;
                straight += usize::from(close);
                if close {
                    assert!(
                        (sides[0] - own).abs() < 2e-2 * (1.0 + own.abs()),
                        "{i},{j}: {sides:?} {own}"
                    );
                }
            }
            assert!(straight * 10 > all * 8, "{straight} of {all} are no kinks");
        }
    }
}
