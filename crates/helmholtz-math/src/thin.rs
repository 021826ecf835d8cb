//! Products of a few rows with a matrix, as they come when a single sequence is followed.
//!
//! The matrix is read once, from the beginning to the end, where a general product first rearranges it (measured: half the
//! time, and no memory is asked for); several rows share what is read (two thirds of the time of one after the other).

use pulp::Simd;

/// The most rows.
pub(super) const MOST: usize = 9;
/// Rows of the matrix that are read side by side.
const BAND: usize = 4;

/// Adds `x w` to `y`, where x is `[rows, inputs]`, w `[inputs, outputs]` and y `[rows, outputs]`.
#[pulp::with_simd(add_product = pulp::Arch::new())]
#[inline(always)]
pub(super) fn add_product_with_simd<'a, S: Simd>(
    simd: S,
    y: &'a mut [f32],
    x: &'a [f32],
    w: &'a [f32],
    (inputs, outputs): (usize, usize),
) {
    let blocks = x.chunks(BLOCK * inputs).zip(y.chunks_mut(BLOCK * outputs));
    for (x, y) in blocks {
        let size = (inputs, outputs);
        match x.len() / inputs {
            1 => add_block::<S, 1>(simd, y, x, w, size),
            2 => add_block::<S, 2>(simd, y, x, w, size),
            3 => add_block::<S, 3>(simd, y, x, w, size),
            4 => add_block::<S, 4>(simd, y, x, w, size),
            _ => add_block::<S, BLOCK>(simd, y, x, w, size),
        }
    }
}

/// Rows that share what is read of the matrix: as many as registers can hold the numbers of.
const BLOCK: usize = 5;

/// The product of `R` rows.
#[inline(always)]
fn add_block<S: Simd, const R: usize>(
    simd: S,
    y: &mut [f32],
    x: &[f32],
    w: &[f32],
    (inputs, outputs): (usize, usize),
) {
    let whole = inputs / BAND * BAND;
    for k in (0..whole).step_by(BAND) {
        let from = &w[k * outputs..][..BAND * outputs];
        let (a, rest) = from.split_at(outputs);
        let (b, rest) = rest.split_at(outputs);
        let (c, d) = rest.split_at(outputs);
        let (va, ta) = S::as_simd_f32s(a);
        let (vb, tb) = S::as_simd_f32s(b);
        let (vc, tc) = S::as_simd_f32s(c);
        let (vd, td) = S::as_simd_f32s(d);
        let mut by = [[simd.splat_f32s(0.0); BAND]; R];
        for r in 0..R {
            for i in 0..BAND {
                by[r][i] = simd.splat_f32s(x[r * inputs + k + i]);
            }
        }
        let (head, vectors) = (outputs - ta.len(), va.len());
        let mut rows: [&mut [S::f32s]; R] = std::array::from_fn(|_| Default::default());
        let mut left = &mut *y;
        for row in &mut rows {
            let (own, after) = left.split_at_mut(outputs);
            *row = &mut S::as_mut_simd_f32s(own).0[..vectors];
            left = after;
        }
        for v in 0..vectors {
            let (a, b, c, d) = (va[v], vb[v], vc[v], vd[v]);
            for r in 0..R {
                let out = &mut rows[r][v];
                let sum = simd.mul_add_f32s(by[r][1], b, *out);
                let sum = simd.mul_add_f32s(by[r][0], a, sum);
                let sum = simd.mul_add_f32s(by[r][3], d, sum);
                *out = simd.mul_add_f32s(by[r][2], c, sum);
            }
        }
        for r in 0..R {
            let by = &x[r * inputs + k..][..BAND];
            let out = &mut y[r * outputs + head..][..ta.len()];
            for j in 0..ta.len() {
                let sum = by[0].mul_add(ta[j], by[1].mul_add(tb[j], out[j]));
                out[j] = by[2].mul_add(tc[j], by[3].mul_add(td[j], sum));
            }
        }
    }
    for k in whole..inputs {
        let from = &w[k * outputs..][..outputs];
        for r in 0..R {
            let by = x[r * inputs + k];
            let out = &mut y[r * outputs..][..outputs];
            for j in 0..outputs {
                out[j] = by.mul_add(from[j], out[j]);
            }
        }
    }
}

/// Adds `x wᵀ` to `y`, where x is `[rows, outputs]`, w `[inputs, outputs]` and y `[rows, inputs]`.
#[pulp::with_simd(add_transposed = pulp::Arch::new())]
#[inline(always)]
pub(super) fn add_transposed_with_simd<'a, S: Simd>(
    simd: S,
    y: &'a mut [f32],
    x: &'a [f32],
    w: &'a [f32],
    (inputs, outputs): (usize, usize),
) {
    let blocks = x.chunks(BLOCK * outputs).zip(y.chunks_mut(BLOCK * inputs));
    for (x, y) in blocks {
        let size = (inputs, outputs);
        match x.len() / outputs {
            1 => add_dots::<S, 1>(simd, y, x, w, size),
            2 => add_dots::<S, 2>(simd, y, x, w, size),
            3 => add_dots::<S, 3>(simd, y, x, w, size),
            4 => add_dots::<S, 4>(simd, y, x, w, size),
            _ => add_dots::<S, BLOCK>(simd, y, x, w, size),
        }
    }
}

/// The inner products of `R` rows with the rows of the matrix, each by two sums so that none waits for the one before.
#[inline(always)]
fn add_dots<S: Simd, const R: usize>(
    simd: S,
    y: &mut [f32],
    x: &[f32],
    w: &[f32],
    (inputs, outputs): (usize, usize),
) {
    let mut rows: [(&[S::f32s], &[f32]); R] = [(&[], &[]); R];
    for r in 0..R {
        rows[r] = S::as_simd_f32s(&x[r * outputs..][..outputs]);
    }
    for k in 0..inputs {
        let (from, tail) = S::as_simd_f32s(&w[k * outputs..][..outputs]);
        let mut sums = [[simd.splat_f32s(0.0); 2]; R];
        let even = from.len() / 2 * 2;
        for v in (0..even).step_by(2) {
            let (a, b) = (from[v], from[v + 1]);
            for r in 0..R {
                sums[r][0] = simd.mul_add_f32s(a, rows[r].0[v], sums[r][0]);
                sums[r][1] = simd.mul_add_f32s(b, rows[r].0[v + 1], sums[r][1]);
            }
        }
        for r in 0..R {
            if even < from.len() {
                sums[r][0] = simd.mul_add_f32s(from[even], rows[r].0[even], sums[r][0]);
            }
            let mut sum = simd.reduce_sum_f32s(simd.add_f32s(sums[r][0], sums[r][1]));
            for (j, from) in tail.iter().enumerate() {
                sum = from.mul_add(rows[r].1[j], sum);
            }
            y[r * inputs + k] += sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    #[test]
    fn products_agree_with_three_loops() {
        for (rows, inputs, outputs) in [
            (1, 70, 200),
            (2, 33, 5),
            (3, 64, 129),
            (4, 8, 48),
            (5, 9, 33),
            (9, 21, 70),
            (1, 3, 1),
        ] {
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
