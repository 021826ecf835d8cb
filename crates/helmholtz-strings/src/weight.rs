//! Numbers that an automaton's arcs can carry: plain weights, or weights with their slopes.
//!
//! An arc weight is a rational function of the three operator probabilities. A [`Dual`] carries its
//! value together with its derivative by each operator logit, so that one compiler gives both the
//! automaton that evaluates and the automaton that differentiates (forward-mode differentiation,
//! which is cheap because there are only three directions).

use std::ops::{Add, Div, Mul};

/// A weight of an arc.
pub trait Weight: Copy + Add<Output = Self> + Mul<Output = Self> + Div<Output = Self> {
    /// A weight that depends on no operator.
    fn constant(value: f64) -> Self;

    /// A weight whose derivative by logit `direction` is `slope`.
    fn variable(value: f64, direction: usize, slope: f64) -> Self;

    /// The weight itself.
    fn value(self) -> f64;
}

impl Weight for f64 {
    fn constant(value: f64) -> Self {
        value
    }

    fn variable(value: f64, _direction: usize, _slope: f64) -> Self {
        value
    }

    fn value(self) -> f64 {
        self
    }
}

/// A value and its derivatives by the three operator logits, in this order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dual(pub [f64; 4]);

impl Dual {
    /// The chain rule: a result of two numbers from its value and its two partial derivatives.
    fn chain(self, other: Self, value: f64, by_self: f64, by_other: f64) -> Self {
        let mut result = Self(std::array::from_fn(|i| {
            by_self * self.0[i] + by_other * other.0[i]
        }));
        result.0[0] = value;
        result
    }
}

impl Weight for Dual {
    fn constant(value: f64) -> Self {
        Self([value, 0.0, 0.0, 0.0])
    }

    fn variable(value: f64, direction: usize, slope: f64) -> Self {
        let mut dual = Self::constant(value);
        dual.0[1 + direction] = slope;
        dual
    }

    fn value(self) -> f64 {
        self.0[0]
    }
}

impl Add for Dual {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.chain(other, self.value() + other.value(), 1.0, 1.0)
    }
}

impl Mul for Dual {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let (a, b) = (self.value(), other.value());
        self.chain(other, a * b, b, a)
    }
}

impl Div for Dual {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        let (quotient, reciprocal) = (self.value() / other.value(), 1.0 / other.value());
        self.chain(other, quotient, reciprocal, -quotient * reciprocal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn expression<W: Weight>(x: W, y: W) -> W {
        (x * y + W::constant(2.0)) / (x + y * y)
    }

    proptest! {
        #[test]
        fn slopes_are_finite_differences(x in 0.5..2.0f64, y in 0.5..2.0f64) {
            let dual = expression(Dual::variable(x, 0, 1.0), Dual::variable(y, 2, 1.0));
            let h = 1e-5;
            let by_x = (expression(x + h, y) - expression(x - h, y)) / (2.0 * h);
            let by_y = (expression(x, y + h) - expression(x, y - h)) / (2.0 * h);
            prop_assert_eq!(dual.value(), expression(x, y));
            prop_assert!((dual.0[1] - by_x).abs() < 1e-7);
            prop_assert_eq!(dual.0[2], 0.0);
            prop_assert!((dual.0[3] - by_y).abs() < 1e-7);
        }
    }
}
