//! The exponential function and waves in f64, written so that a loop over them becomes vector instructions:
//! most of a short likelihood would otherwise go into the standard library's, one number at a time.

/// 1.5 * 2^52: adding it rounds to the nearest integer, and leaves that in the low bits.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// `exp(x)`, relative error below 1e-15; saturates outside [-708, 709].
#[inline(always)]
pub(super) fn exp(x: f64) -> f64 {
    let x = x.clamp(-708.0, 709.0);
    let shifted = x.mul_add(std::f64::consts::LOG2_E, ROUND);
    let n = shifted - ROUND;
    // ln 2 in two parts, so that the reduction loses no digits (Cody and Waite).
    let r = n.mul_add(-6.931_471_803_691_238e-1, x);
    let r = n.mul_add(-1.908_214_929_270_587_7e-10, r);
    let p = polynomial(r, &EXP);
    p * f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52)
}

/// `(sin(pi t), cos(pi t))`, absolute error below 1e-15 for |t| below 2^20 and more beyond.
#[inline(always)]
pub(super) fn half_turns(t: f64) -> (f64, f64) {
    let shifted = t + ROUND;
    let r = (t - (shifted - ROUND)) * std::f64::consts::PI;
    // Both change sign from one integer to the next.
    let sign = 1.0f64.to_bits() ^ (shifted.to_bits() << 63);
    let (sign, square) = (f64::from_bits(sign), r * r);
    let sin = r * polynomial(square, &SIN);
    (sign * sin, sign * polynomial(square, &COS))
}

/// c_0 + x (c_1 + x (...)).
#[inline(always)]
fn polynomial<const N: usize>(x: f64, coefficients: &[f64; N]) -> f64 {
    let mut sum = 0.0;
    for c in coefficients.iter().rev() {
        sum = x.mul_add(sum, *c);
    }
    sum
}

/// Taylor's coefficients: on the reduced ranges what is left out is below half a unit in the last place.
const EXP: [f64; 14] = taylor(0, 1, 1.0);
const SIN: [f64; 11] = taylor(1, 2, -1.0);
const COS: [f64; 12] = taylor(0, 2, -1.0);

/// 1 / (first + i step)!, signs alternating by `sign`.
const fn taylor<const N: usize>(first: u32, step: u32, sign: f64) -> [f64; N] {
    let mut coefficients = [0.0; N];
    let (mut i, mut factorial, mut at, mut s) = (0, 1.0, 0, 1.0);
    let mut power = first;
    while i < N {
        while at < power {
            at += 1;
            factorial *= at as f64;
        }
        coefficients[i] = s / factorial;
        (s, power, i) = (s * sign, power + step, i + 1);
    }
    coefficients
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponentials_agree_with_the_standard_library() {
        for i in -70_000..=70_000 {
            let x = f64::from(i) / 100.0;
            assert!((exp(x) - x.exp()).abs() <= 1e-15 * x.exp(), "{x}");
        }
        assert_eq!(exp(0.0), 1.0);
        assert!(exp(f64::NEG_INFINITY) < 1e-300 && exp(1e300).is_finite());
        assert!(exp(f64::NAN).is_nan());
    }

    #[test]
    fn waves_agree_with_the_standard_library() {
        for i in -20_000..=20_000 {
            let t = f64::from(i) / 64.0;
            let (sin, cos) = half_turns(t);
            // In 64ths of a half turn nothing is lost in the library's argument but its own rounding.
            let (s, c) = (std::f64::consts::PI * (t % 2.0)).sin_cos();
            assert!((sin - s).abs() < 2e-15 && (cos - c).abs() < 2e-15, "{t}");
        }
        assert_eq!(half_turns(3.0), (-0.0, -1.0));
        assert!(half_turns(f64::NAN).0.is_nan());
    }
}
