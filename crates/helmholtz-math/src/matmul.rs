//! Dense matrix products over slices, the one place that calls the `gemm` crate's raw-pointer interface.
//!
//! Every product runs on the calling thread: parallelism in this crate is over fixed shards of rows, so
//! that the order of summation, and with it every bit of the result, is the same at any number of threads.

use super::thin;

/// A borrowed matrix: `rows x columns` elements of `data`, `stride` apart from row to row.
#[derive(Clone, Copy)]
pub struct Matrix<'a> {
    data: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> Matrix<'a> {
    /// Row-major `rows x columns`. Panics when `data` is shorter than that.
    pub fn new(data: &'a [f32], rows: usize, columns: usize) -> Self {
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

    /// Rows that begin `stride` after each other and overlap where they are longer: windows of a signal. Panics when
    /// `data` is too short.
    pub fn windows(data: &'a [f32], rows: usize, columns: usize, stride: usize) -> Self {
        let last = rows.saturating_sub(1) * stride;
        assert!(
            data.len() >= last + columns,
            "{rows} windows of {columns} in {} numbers",
            data.len()
        );
        Self {
            data,
            rows,
            columns,
            row_stride: stride,
            column_stride: 1,
        }
    }

    /// Some columns of a row-major matrix.
    pub fn columns(self, first: usize, columns: usize) -> Self {
        assert!(self.column_stride == 1 && first + columns <= self.columns);
        Self {
            data: &self.data[first.min(self.data.len())..],
            columns,
            ..self
        }
    }

    /// The transpose, without moving a number.
    pub fn t(self) -> Self {
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
pub fn matmul(out: &mut [f32], a: Matrix<'_>, b: Matrix<'_>, accumulate: bool) {
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
    if thin(out, a, b, accumulate) {
        return;
    }
    if b.row_stride == 1 && n > 1 && FEW.contains(&m) {
        return by_columns(out, a, b, accumulate);
    }
    // SAFETY: what is read and written is a slice of initialised numbers.
    #[allow(unsafe_code)]
    unsafe {
        product((out.as_mut_ptr(), out.len(), n, 1), a, b, accumulate);
    }
}

/// The same for as few rows as [`super::thin`] is for, with a matrix that lies as it was made or is its transpose; says
/// whether it was done.
fn thin(out: &mut [f32], a: Matrix<'_>, b: Matrix<'_>, accumulate: bool) -> bool {
    let (m, k, n) = (a.rows, a.columns, b.columns);
    let lies = (b.row_stride, b.column_stride);
    let straight = lies == (n, 1);
    let fits = straight || lies == (1, k);
    if m > thin::MOST || k * n < THIN || !fits || (a.row_stride, a.column_stride) != (k, 1) {
        return false;
    }
    let (out, x) = (&mut out[..m * n], &a.data[..m * k]);
    if !accumulate {
        out.fill(0.0);
    }
    match straight {
        true => thin::add_product(out, x, b.data, (k, n)),
        false => thin::add_transposed(out, x, b.data, (n, k)),
    }
    true
}

/// Numbers of a matrix from which on that pays.
const THIN: usize = 1 << 12;

/// `a b` in memory of its own.
pub fn matrix_product(a: Matrix<'_>, b: Matrix<'_>) -> Vec<f32> {
    let mut out = Vec::new();
    append_product(&mut out, a, b);
    out
}

/// Appends `a b`. The memory is not filled with zeros first, which for few inner numbers costs as much as the product.
#[allow(unsafe_code)]
pub fn append_product(out: &mut Vec<f32>, a: Matrix<'_>, b: Matrix<'_>) {
    let (m, k, n) = (a.rows, a.columns, b.columns);
    assert_eq!(k, b.rows, "inner dimensions of a matrix product");
    let before = out.len();
    if m == 0 || n == 0 || k == 0 {
        out.resize(before + m * n, 0.0);
        return;
    }
    out.reserve_exact(m * n);
    let room = out.spare_capacity_mut().as_mut_ptr().cast::<f32>();
    // SAFETY: there is room for m n numbers. The product reads none of them and writes them all, so that they are
    // initialised when the length says so.
    unsafe {
        product((room, m * n, n, 1), a, b, false);
        out.set_len(before + m * n);
    }
}

/// Rows of a product with a transposed matrix for which it is faster to write the result column by column: the
/// transposed matrix then need not be rearranged first, which for few rows costs more than the product (measured:
/// up to five times).
const FEW: std::ops::RangeInclusive<usize> = 8..=128;

/// The product, written by columns first.
fn by_columns(out: &mut [f32], a: Matrix<'_>, b: Matrix<'_>, accumulate: bool) {
    let (m, n) = (a.rows, b.columns);
    let mut turned = vec![0.0; m * n];
    // SAFETY: what is read and written is a slice of initialised numbers.
    #[allow(unsafe_code)]
    unsafe {
        product((turned.as_mut_ptr(), turned.len(), 1, m), a, b, false);
    }
    for (i, row) in out[..m * n].chunks_exact_mut(n).enumerate() {
        for (to, column) in row.iter_mut().zip(turned.chunks_exact(m)) {
            *to = if accumulate {
                *to + column[i]
            } else {
                column[i]
            };
        }
    }
}

/// `out = a b`, or `out += a b`, where `out` comes with its room and its strides by row and by column. No dimension
/// is 0.
///
/// # Safety
/// `out` must point to as many numbers as it says, which nobody else holds; they may be uninitialised unless they are
/// added to.
#[allow(unsafe_code)]
unsafe fn product(
    (out, room, row_stride, column_stride): (*mut f32, usize, usize, usize),
    a: Matrix<'_>,
    b: Matrix<'_>,
    accumulate: bool,
) {
    let (m, k, n) = (a.rows, a.columns, b.columns);
    assert!(room > (m - 1) * row_stride + (n - 1) * column_stride);
    // SAFETY: `Matrix::new` and `Matrix::windows` checked that all elements lie in `data`, and `t` only swaps the strides, so
    // every address that gemm forms for `a` and `b` is inside its slice; the last place of `out` is inside, too
    // (asserted above), and it is the caller's alone, so that it overlaps neither input.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out,
            column_stride as isize,
            row_stride as isize,
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

/// Rows that are transposed together, so that what is written is whole lines of the cache.
const BAND: usize = 16;

/// The transpose of a `rows x columns` matrix.
pub fn transpose(matrix: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    let mut transposed = vec![0.0; matrix.len()];
    for (b, band) in matrix.chunks(BAND * columns).enumerate() {
        let lines: Vec<&[f32]> = band.chunks_exact(columns).collect();
        for (j, column) in transposed.chunks_exact_mut(rows).enumerate() {
            let to = column[b * BAND..].iter_mut();
            to.zip(&lines).for_each(|(to, line)| *to = line[j]);
        }
    }
    transposed
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
        for m in [5, 20] {
            let (k, n) = (7, 3);
            let (a, b) = (random(m * k, 1), random(n * k, 2));
            for accumulate in [false, true] {
                let mut out = vec![1.0; m * n];
                let (left, right) = (Matrix::new(&a, m, k), Matrix::new(&b, n, k).t());
                matmul(&mut out, left, right, accumulate);
                for (at, got) in out.iter().enumerate() {
                    let (i, j) = (at / n, at % n);
                    let sum: f32 = (0..k).map(|l| a[i * k + l] * b[j * k + l]).sum();
                    let want = sum + if accumulate { 1.0 } else { 0.0 };
                    assert!((got - want).abs() < 1e-5, "{m}: {got} {want}");
                }
            }
        }
    }

    #[test]
    fn windows_overlap() {
        let (a, b) = (random(11, 3), random(4 * 3, 4));
        let mut out = vec![0.0; 5 * 3];
        let windows = Matrix::windows(&a, 5, 3, 2);
        matmul(&mut out, windows, Matrix::new(&b, 3, 3), false);
        for (at, got) in out.iter().enumerate() {
            let (i, j) = (at / 3, at % 3);
            let want: f32 = (0..3).map(|l| a[2 * i + l] * b[l * 3 + j]).sum();
            assert!((got - want).abs() < 1e-5);
        }
    }

    #[test]
    fn products_of_few_rows_are_the_same() {
        let (k, n) = (70, 90);
        for m in 1..=10 {
            let (a, b) = (random(m * k, 5), random(k * n, 6));
            for (right, at) in [
                (Matrix::new(&b, k, n), (n, 1)),
                (Matrix::new(&b, n, k).t(), (1, k)),
            ] {
                let mut out = vec![2.0; m * n];
                matmul(&mut out, Matrix::new(&a, m, k), right, false);
                for (place, got) in out.iter().enumerate() {
                    let (i, j) = (place / n, place % n);
                    let each = (0..k).map(|l| a[i * k + l] * b[l * at.0 + j * at.1]);
                    assert!((got - each.sum::<f32>()).abs() < 1e-4);
                }
            }
        }
    }

    #[test]
    fn a_product_in_fresh_memory_is_the_same() {
        let (a, b) = (random(6 * 4, 3), random(4 * 5, 4));
        let (left, right) = (Matrix::new(&a, 6, 4), Matrix::new(&b, 4, 5));
        let mut filled = vec![0.0; 30];
        matmul(&mut filled, left, right, false);
        assert_eq!(matrix_product(left, right), filled);
        let mut both = vec![1.0];
        append_product(&mut both, left, right);
        assert_eq!((both[0], &both[1..]), (1.0, &filled[..]));
        let nothing = matrix_product(Matrix::new(&[], 2, 0), Matrix::new(&[], 0, 3));
        assert_eq!(nothing, [0.0; 6]);
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
