//! Element-wise mathematics that the compiler can vectorise for the processor at hand.
//!
//! Binaries are built for the oldest processor of their architecture. A loop under
//! `#[pulp::with_simd(name = ...)]` is compiled once per instruction set, and the best is called at run
//! time. Functions used inside must be `inline(always)`: what stays behind in the baseline has no fused
//! multiply-add and would call a library function for each (measured: eight times slower).

/// `exp(x)` with relative error below 2e-7; saturates outside [-87, 88].
///
/// Splits x = n ln 2 + r, |r| <= ln 2 / 2. Adding 1.5 * 2^23 rounds to the nearest integer and leaves it
/// in the low bits of the sum, from where a shift puts it into the exponent: no float-to-int conversion.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 88.0);
    let shifted = x.mul_add(std::f32::consts::LOG2_E, ROUND);
    let n = shifted - ROUND;
    // ln 2 in two parts, so that the reduction loses no digits (Cody and Waite).
    let r = n.mul_add(-0.693_145_75, x);
    let r = n.mul_add(-1.428_606_8e-6, r);
    let mut p = 1.0 / 5040.0;
    for c in [
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ] {
        p = r.mul_add(p, c);
    }
    p * f32::from_bits(shifted.to_bits().wrapping_add(127) << 23)
}

/// `ln(x)` of a positive normal number with relative error below 3e-7, and as little absolute error near 1.
///
/// Splits x = m 2^n with m within a factor of sqrt(2) of 1, and takes ln m = 2 artanh((m - 1) / (m + 1)) from its series.
#[inline(always)]
pub fn ln(x: f32) -> f32 {
    const HALF_ROOT: u32 = 0x3f35_04f3;
    let n = (x.to_bits().wrapping_sub(HALF_ROOT) as i32) >> 23;
    let m = f32::from_bits(x.to_bits().wrapping_sub((n as u32) << 23));
    let s = (m - 1.0) / (m + 1.0);
    let z = s * s;
    let mut p = 1.0 / 9.0;
    for c in [1.0 / 7.0, 1.0 / 5.0, 1.0 / 3.0, 1.0] {
        p = z.mul_add(p, c);
    }
    let n = n as f32;
    n.mul_add(0.693_145_75, n.mul_add(1.428_606_8e-6, 2.0 * s * p))
}

/// The logistic function.
#[inline(always)]
pub fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// The hyperbolic tangent, absolute error below 2e-7.
#[inline(always)]
pub fn tanh(x: f32) -> f32 {
    2.0 / (1.0 + exp(-2.0 * x)) - 1.0
}

/// `y += x`, element by element.
#[pulp::with_simd(add_assign = pulp::Arch::new())]
#[inline(always)]
pub fn add_assign_with_simd<'a, S: pulp::Simd>(_: S, y: &'a mut [f32], x: &'a [f32]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += x;
    }
}

/// `y += a x`, element by element.
#[pulp::with_simd(add_scaled = pulp::Arch::new())]
#[inline(always)]
pub fn add_scaled_with_simd<'a, S: pulp::Simd>(_: S, y: &'a mut [f32], a: f32, x: &'a [f32]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y = a.mul_add(*x, *y);
    }
}

/// The inner product of two slices of the same length.
#[pulp::with_simd(dot = pulp::Arch::new())]
#[inline(always)]
pub fn dot_with_simd<'a, S: pulp::Simd>(simd: S, a: &'a [f32], b: &'a [f32]) -> f32 {
    /// As many sums at a time, so that none waits for the one before.
    const LANES: usize = 4;
    let ((a, a_rest), (b, b_rest)) = (S::as_simd_f32s(a), S::as_simd_f32s(b));
    let mut sums = [simd.splat_f32s(0.0); LANES];
    let whole = a.len() / LANES * LANES;
    for i in (0..whole).step_by(LANES) {
        for v in 0..LANES {
            sums[v] = simd.mul_add_f32s(a[i + v], b[i + v], sums[v]);
        }
    }
    for i in whole..a.len() {
        sums[0] = simd.mul_add_f32s(a[i], b[i], sums[0]);
    }
    let pairs = [
        simd.add_f32s(sums[0], sums[1]),
        simd.add_f32s(sums[2], sums[3]),
    ];
    let mut sum = simd.reduce_sum_f32s(simd.add_f32s(pairs[0], pairs[1]));
    for i in 0..a_rest.len() {
        sum = a_rest[i].mul_add(b_rest[i], sum);
    }
    sum
}

/// The sum of squares, in a fixed order.
#[pulp::with_simd(squares = pulp::Arch::new())]
#[inline(always)]
pub fn squares_with_simd<S: pulp::Simd>(_: S, numbers: &[f32]) -> f64 {
    /// Numbers that are summed side by side.
    const LANES: usize = 16;
    let mut sums = [0.0f64; LANES];
    let mut chunks = numbers.chunks_exact(LANES);
    for chunk in chunks.by_ref() {
        for (sum, &x) in sums.iter_mut().zip(chunk) {
            *sum += f64::from(x) * f64::from(x);
        }
    }
    let rest = chunks.remainder().iter().map(|&x| f64::from(x).powi(2));
    sums.iter().sum::<f64>() + rest.sum::<f64>()
}

/// The logistic function of every element of `x`, in `y`.
#[pulp::with_simd(sigmoids = pulp::Arch::new())]
#[inline(always)]
pub fn sigmoids_with_simd<'a, S: pulp::Simd>(_: S, y: &'a mut [f32], x: &'a [f32]) {
    for (y, &x) in y.iter_mut().zip(x) {
        *y = sigmoid(x);
    }
}

/// `tanh` of every element, in place.
#[pulp::with_simd(tanh_in_place = pulp::Arch::new())]
#[inline(always)]
pub fn tanh_in_place_with_simd<S: pulp::Simd>(_: S, x: &mut [f32]) {
    for x in x {
        *x = tanh(*x);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn approximations_agree_with_the_standard_library() {
        for i in -40_000..=40_000 {
            let x = i as f32 / 1000.0;
            let e = (x as f64).exp();
            assert!((exp(x) as f64 - e).abs() <= 3e-7 * e, "exp({x})");
            assert!(
                (tanh(x) as f64 - (x as f64).tanh()).abs() < 3e-7,
                "tanh({x})"
            );
            let s = 1.0 / (1.0 + (-x as f64).exp());
            assert!((sigmoid(x) as f64 - s).abs() < 3e-7, "sigmoid({x})");
        }
    }

    #[test]
    fn logarithms_agree_with_the_standard_library() {
        for i in -3_600..=3_600 {
            let x = (f64::from(i) / 100.0).exp() as f32;
            let exact = f64::from(x).ln();
            assert!(
                (f64::from(ln(x)) - exact).abs() <= 3e-7 * exact.abs(),
                "ln({x})"
            );
        }
    }

    #[test]
    fn squares_are_summed_whatever_their_number() {
        let numbers: Vec<f32> = (0..37).map(|i| i as f32 / 8.0 - 2.0).collect();
        let want: f64 = numbers.iter().map(|&x| f64::from(x * x)).sum();
        assert!((squares(&numbers) - want).abs() < 1e-9);
    }

    #[test]
    fn extremes_saturate_instead_of_overflowing() {
        assert!(exp(f32::NEG_INFINITY) < 1e-37 && exp(1e9).is_finite());
        assert_eq!((tanh(1e9), tanh(-1e9)), (1.0, -1.0));
    }
}
