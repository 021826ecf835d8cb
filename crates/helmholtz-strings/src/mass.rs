//! Numbers that carry probability mass through the passes: fast ones and wide ones.
//!
//! Both passes are written once, over [`Mass`]. An `f64` is fast and reaches down to 1e-308, below
//! which it reports that mass was lost. [`Wide`] adds an exponent of its own, so that nothing a
//! string of any length can do to it makes it vanish.

/// A probability, up to a scale.
pub(super) trait Mass: Copy {
    const ZERO: Self;
    const ONE: Self;

    fn plus(self, other: Self) -> Self;
    fn times(self, factor: f64) -> Self;
    fn product(self, other: Self) -> Self;
    /// The ratio of two masses, which must be representable.
    fn over(self, other: Self) -> f64;
    fn ln(self) -> f64;
    fn is_zero(self) -> bool;
    /// Whether this product of positive numbers is too small to be exact.
    fn is_lost(self) -> bool;
    /// Whether a total should be scaled up before it is multiplied any further.
    fn is_small(self) -> bool;
}

impl Mass for f64 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;

    fn plus(self, other: Self) -> Self {
        self + other
    }

    fn times(self, factor: f64) -> Self {
        self * factor
    }

    fn product(self, other: Self) -> Self {
        self * other
    }

    fn over(self, other: Self) -> f64 {
        self / other
    }

    fn ln(self) -> f64 {
        f64::ln(self)
    }

    fn is_zero(self) -> bool {
        self == 0.0
    }

    fn is_lost(self) -> bool {
        self < f64::MIN_POSITIVE
    }

    fn is_small(self) -> bool {
        self < 1e-100
    }
}

/// `digits` times 2 to the power of 512 times `blocks`, with |digits| in [2^-256, 2^256) or zero.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wide {
    digits: f64,
    blocks: i64,
}

/// 2^512 and 2^256, exactly.
const BLOCK: f64 = HALF_BLOCK * HALF_BLOCK;
const HALF_BLOCK: f64 = (1u128 << 127) as f64 * (1u128 << 127) as f64 * 4.0;

impl Wide {
    fn new(digits: f64, blocks: i64) -> Self {
        let size = digits.abs();
        if size >= HALF_BLOCK {
            Self {
                digits: digits / BLOCK,
                blocks: blocks + 1,
            }
        } else if size < 1.0 / HALF_BLOCK && size > 0.0 {
            Self {
                digits: digits * BLOCK,
                blocks: blocks - 1,
            }
        } else {
            Self { digits, blocks }
        }
    }

    /// The digits at another exponent, where what is far smaller vanishes.
    fn digits_at(self, blocks: i64) -> f64 {
        match blocks - self.blocks {
            0 => self.digits,
            1 => self.digits / BLOCK,
            _ => 0.0,
        }
    }
}

impl Default for Wide {
    fn default() -> Self {
        Self::ZERO
    }
}

impl Mass for Wide {
    const ZERO: Self = Self {
        digits: 0.0,
        blocks: i64::MIN / 2,
    };
    const ONE: Self = Self {
        digits: 1.0,
        blocks: 0,
    };

    fn plus(self, other: Self) -> Self {
        let blocks = self.blocks.max(other.blocks);
        Self::new(self.digits_at(blocks) + other.digits_at(blocks), blocks)
    }

    fn times(self, factor: f64) -> Self {
        self.product(Self::new(factor, 0))
    }

    fn product(self, other: Self) -> Self {
        if self.is_zero() || other.is_zero() {
            return Self::ZERO;
        }
        Self::new(self.digits * other.digits, self.blocks + other.blocks)
    }

    fn over(self, other: Self) -> f64 {
        let blocks = (self.blocks - other.blocks).clamp(-2, 2) as i32;
        self.digits / other.digits * BLOCK.powi(blocks)
    }

    fn ln(self) -> f64 {
        self.digits.ln() + self.blocks as f64 * BLOCK.ln()
    }

    fn is_zero(self) -> bool {
        self.digits == 0.0
    }

    fn is_lost(self) -> bool {
        false
    }

    fn is_small(self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wide(x: f64) -> Wide {
        Wide::ONE.times(x)
    }

    proptest! {
        #[test]
        fn wide_numbers_compute_like_narrow_ones(x in 1e-9..1e9f64, y in 1e-9..1e9f64) {
            prop_assert!((wide(x).plus(wide(y)).over(Wide::ONE) / (x + y) - 1.0).abs() < 1e-15);
            prop_assert!((wide(x).product(wide(y)).over(wide(y)) / x - 1.0).abs() < 1e-15);
            prop_assert!((wide(x).times(1e-300).ln() - x.ln() - 1e-300f64.ln()).abs() < 1e-9);
        }
    }

    #[test]
    fn wide_numbers_do_not_vanish() {
        let tiny = (0..10_000).fold(Wide::ONE, |mass, _| mass.times(1e-200));
        assert!((tiny.ln() / (10_000.0 * 1e-200f64.ln()) - 1.0).abs() < 1e-12);
        assert_eq!(tiny.plus(Wide::ONE).over(Wide::ONE), 1.0);
        assert_eq!(tiny.plus(tiny).over(tiny), 2.0);
        assert_eq!(Wide::ZERO.plus(tiny).over(tiny), 1.0);
        assert!(Wide::ONE.times(0.0).is_zero());
    }
}
