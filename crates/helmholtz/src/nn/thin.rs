//! Products of a few rows with a matrix, as they come when a single sequence is followed.
//!
//! Nothing can be kept in registers for so few rows: what counts is that the matrix is read once, from the beginning to
//! the end, where a general product first rearranges it (measured: half the time, and no memory is asked for).

use pulp::Simd;

use super::simd::dot_with_simd;

/// The most rows.
pub(super) const MOST: usize = 9;
/// Rows of the matrix that are read side by side.
const BAND: usize = 4;

/// Adds `x w` to `y`, where x is `[rows, inputs]`, w `[inputs, outputs]` and y `[rows, outputs]`, row by row.
#[pulp::with_simd(add_product = pulp::Arch::new())]
#[inline(always)]
pub(super) fn add_product_with_simd<'a, S: Simd>(
    _: S,
    y: &'a mut [f32],
    x: &'a [f32],
    w: &'a [f32],
    (inputs, outputs): (usize, usize),
) {
    let rows = x.len() / inputs;
    let whole = inputs / BAND * BAND;
    for k in (0..whole).step_by(BAND) {
        let from = &w[k * outputs..][..BAND * outputs];
        let (a, rest) = from.split_at(outputs);
        let (b, rest) = rest.split_at(outputs);
        let (c, d) = rest.split_at(outputs);
        for row in 0..rows {
            let by = &x[row * inputs + k..][..BAND];
            let out = &mut y[row * outputs..][..outputs];
            for j in 0..outputs {
                let sum = by[0].mul_add(a[j], by[1].mul_add(b[j], out[j]));
                out[j] = by[2].mul_add(c[j], by[3].mul_add(d[j], sum));
            }
        }
    }
    for k in whole..inputs {
        let from = &w[k * outputs..][..outputs];
        for row in 0..rows {
            let by = x[row * inputs + k];
            let out = &mut y[row * outputs..][..outputs];
            for j in 0..outputs {
                out[j] = by.mul_add(from[j], out[j]);
            }
        }
    }
}

/// Adds `x wᵀ` to `y`, where x is `[rows, outputs]`, w `[inputs, outputs]` and y `[rows, inputs]`, row by row.
#[pulp::with_simd(add_transposed = pulp::Arch::new())]
#[inline(always)]
pub(super) fn add_transposed_with_simd<'a, S: Simd>(
    simd: S,
    y: &'a mut [f32],
    x: &'a [f32],
    w: &'a [f32],
    (inputs, outputs): (usize, usize),
) {
    let rows = x.len() / outputs;
    for k in 0..inputs {
        let from = &w[k * outputs..][..outputs];
        for row in 0..rows {
            let by = &x[row * outputs..][..outputs];
            y[row * inputs + k] += dot_with_simd(simd, from, by);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    #[test]
    fn products_agree_with_three_loops() {
        for (rows, inputs, outputs) in [(1, 70, 200), (2, 33, 5), (3, 64, 129), (1, 3, 1)] {
            let mut rng = Stream::at([rows as u64, 18, 0, 0]);
            let mut random =
                |n: usize| -> Vec<f32> { (0..n).map(|_| rng.normal() as f32).collect() };
            let (x, w, g) = (
                random(rows * inputs),
                random(inputs * outputs),
                random(rows * outputs),
            );
            let (mut y, mut back) = (vec![1.0; rows * outputs], vec![1.0; rows * inputs]);
            add_product(&mut y, &x, &w, (inputs, outputs));
            add_transposed(&mut back, &g, &w, (inputs, outputs));
            for row in 0..rows {
                for j in 0..outputs {
                    let each = (0..inputs).map(|k| x[row * inputs + k] * w[k * outputs + j]);
                    let off = y[row * outputs + j] - 1.0 - each.sum::<f32>();
                    assert!(off.abs() < 1e-4, "{rows} {inputs} {outputs}: {off}");
                }
                for k in 0..inputs {
                    let each = (0..outputs).map(|j| g[row * outputs + j] * w[k * outputs + j]);
                    let off = back[row * inputs + k] - 1.0 - each.sum::<f32>();
                    assert!(off.abs() < 1e-4, "{rows} {inputs} {outputs}: {off}");
                }
            }
        }
    }
}
