//! Products of a few rows with a large matrix, which is read once.
//!
//! A general product first rearranges a matrix that does not fit the cache, which for few rows costs more than the
//! product. Here it is read where it lies, a band of rows at a time: a tile of the band stays in the first cache while
//! all rows are multiplied by it, as many at a time as there are registers for (measured on 16 rows and 5 to 8 MiB: half
//! again to twice as fast).

use pulp::Simd;

/// Rows of the matrix in a band.
const BAND: usize = 64;
/// Vectors of a tile's width.
const WIDE: usize = 4;
/// Sizes from which on that pays: numbers of the matrix, and rows.
const LARGE: usize = 1 << 20;
const FEW: std::ops::RangeInclusive<usize> = 4..=48;

/// Whether `rows` rows and a matrix of that size are better multiplied here.
pub(super) fn pays(rows: usize, (inputs, outputs): (usize, usize)) -> bool {
    inputs * outputs >= LARGE && FEW.contains(&rows)
}

/// Adds `x w` to `y`, where x is `[rows, inputs]`, w `[inputs, outputs]` and y `[rows, outputs]`, row by row.
#[pulp::with_simd(add_product = pulp::Arch::new())]
#[inline(always)]
pub(super) fn add_product_with_simd<'a, S: Simd>(
    simd: S,
    y: &'a mut [f32],
    x: &'a [f32],
    w: &'a [f32],
    (inputs, outputs): (usize, usize),
) {
    let rows = x.len() / inputs;
    let tile = WIDE * S::F32_LANES;
    let whole = outputs / tile * tile;
    for band in (0..inputs).step_by(BAND) {
        let band = band..inputs.min(band + BAND);
        for column in (0..whole).step_by(tile) {
            let mut row = 0;
            while row + 6 <= rows {
                block::<S, 6>(simd, y, x, w, (row, column), &band, (inputs, outputs));
                row += 6;
            }
            while row + 4 <= rows {
                block::<S, 4>(simd, y, x, w, (row, column), &band, (inputs, outputs));
                row += 4;
            }
            while row < rows {
                block::<S, 1>(simd, y, x, w, (row, column), &band, (inputs, outputs));
                row += 1;
            }
        }
        for row in 0..rows {
            let out = &mut y[row * outputs + whole..(row + 1) * outputs];
            for k in band.clone() {
                let by = x[row * inputs + k];
                let from = &w[k * outputs + whole..(k + 1) * outputs];
                for (o, w) in out.iter_mut().zip(from) {
                    *o = by.mul_add(*w, *o);
                }
            }
        }
    }
}

/// Some rows and one tile.
#[inline(always)]
fn block<S: Simd, const ROWS: usize>(
    simd: S,
    y: &mut [f32],
    x: &[f32],
    w: &[f32],
    (row, column): (usize, usize),
    band: &std::ops::Range<usize>,
    (inputs, outputs): (usize, usize),
) {
    let tile = WIDE * S::F32_LANES;
    let mut sums = [[simd.splat_f32s(0.0); WIDE]; ROWS];
    let x: [&[f32]; ROWS] = std::array::from_fn(|r| &x[(row + r) * inputs..][..inputs]);
    for k in band.clone() {
        let (from, _) = S::as_simd_f32s(&w[k * outputs + column..][..tile]);
        let from: [S::f32s; WIDE] = std::array::from_fn(|v| from[v]);
        for r in 0..ROWS {
            let by = simd.splat_f32s(x[r][k]);
            for v in 0..WIDE {
                sums[r][v] = simd.mul_add_f32s(by, from[v], sums[r][v]);
            }
        }
    }
    for (r, sums) in sums.into_iter().enumerate() {
        let out = &mut y[(row + r) * outputs + column..][..tile];
        let (out, _) = S::as_mut_simd_f32s(out);
        for (out, sum) in out.iter_mut().zip(sums) {
            *out = simd.add_f32s(*out, sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use helmholtz_math::random::Stream;

    #[test]
    fn products_agree_with_three_loops() {
        for (rows, inputs, outputs) in [(16, 70, 200), (1, 33, 5), (7, 64, 64), (13, 1, 130)] {
            let mut rng = Stream::at([rows as u64, 17, 0, 0]);
            let mut random =
                |n: usize| -> Vec<f32> { (0..n).map(|_| rng.normal() as f32).collect() };
            let (x, w) = (random(rows * inputs), random(inputs * outputs));
            let mut y = vec![1.0; rows * outputs];
            add_product(&mut y, &x, &w, (inputs, outputs));
            for (at, got) in y.iter().enumerate() {
                let (i, j) = (at / outputs, at % outputs);
                let sum: f32 = (0..inputs)
                    .map(|k| x[i * inputs + k] * w[k * outputs + j])
                    .sum();
                assert!(
                    (got - 1.0 - sum).abs() < 1e-4,
                    "{rows} {inputs} {outputs}: {got} {sum}"
                );
            }
        }
    }
}
