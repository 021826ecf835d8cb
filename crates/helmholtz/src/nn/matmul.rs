//! Dense matrix products over slices, the one place that calls the `gemm` crate's raw-pointer interface.
//!
//! Every product runs on the calling thread: parallelism in this crate is over fixed shards of rows, so
//! that the order of summation, and with it every bit of the result, is the same at any number of threads.

/// A borrowed matrix: `rows x columns` elements of `data`, `stride` apart from row to row.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a> {
    data: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> Matrix<'a> {
    /// Row-major `rows x columns`. Panics when `data` is shorter than that.
    pub(crate) fn new(data: &'a [f32], rows: usize, columns: usize) -> Self {
        assert!(
            data.len() >= rows * columns,
            "matrix {rows}x{columns} of {} numbers",
            data.len()
        );
        Self {
            data,
            rows,
            columns,
            row_stride: columns,
            column_stride: 1,
        }
    }

    /// The transpose, without moving a number.
    pub(crate) fn t(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }
}

/// `out = a b` (row-major), or `out += a b` when `accumulate`.
#[allow(unsafe_code)]
pub(crate) fn matmul(out: &mut [f32], a: Matrix<'_>, b: Matrix<'_>, accumulate: bool) {
    let (m, k, n) = (a.rows, a.columns, b.columns);
    assert_eq!(k, b.rows, "inner dimensions of a matrix product");
    assert!(
        out.len() >= m * n,
        "product {m}x{n} into {} numbers",
        out.len()
    );
    if m == 0 || n == 0 || k == 0 {
        if !accumulate {
            out[..m * n].fill(0.0);
        }
        return;
    }
    // SAFETY: `Matrix::new` checked that rows * columns elements lie in `data`, and `t` only swaps the
    // strides, so every address that gemm forms for `a` and `b` is inside its slice; `out` holds m * n
    // elements (asserted above), is exclusively borrowed, and therefore overlaps neither input.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out.as_mut_ptr(),
            1,
            n as isize,
            accumulate,
            a.data.as_ptr(),
            a.column_stride as isize,
            a.row_stride as isize,
            b.data.as_ptr(),
            b.column_stride as isize,
            b.row_stride as isize,
            1.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    fn random(n: usize, seed: u64) -> Vec<f32> {
        let mut rng = Stream::at([seed, 0, 0, 0]);
        (0..n).map(|_| rng.normal() as f32).collect()
    }

    #[test]
    fn products_and_transposes_agree_with_three_loops() {
        let (m, k, n) = (5, 7, 3);
        let (a, b) = (random(m * k, 1), random(n * k, 2));
        let mut out = vec![1.0; m * n];
        matmul(
            &mut out,
            Matrix::new(&a, m, k),
            Matrix::new(&b, n, k).t(),
            true,
        );
        for i in 0..m {
            for j in 0..n {
                let want: f32 = 1.0 + (0..k).map(|l| a[i * k + l] * b[j * k + l]).sum::<f32>();
                assert!((out[i * n + j] - want).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn an_empty_inner_dimension_gives_zeros() {
        let mut out = vec![3.0; 4];
        matmul(
            &mut out,
            Matrix::new(&[], 2, 0),
            Matrix::new(&[], 0, 2),
            false,
        );
        assert_eq!(out, vec![0.0; 4]);
    }
}
