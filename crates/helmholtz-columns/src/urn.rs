//! Rows drawn with repetition: an urn that gives values it gave before, or a new one of a base law.
//!
//! Each row of an urn of concentration a and discount d is a new value with the chance (a + d t) / (n + a) after n rows and t new
//! values, drawn from the base G; otherwise an old one, in proportion to its number of rows less d. So a value that stands a
//! thousand times costs its characters once, and not a thousand times: shapes are judged by distinct values, and shares by rows
//! (adaptor grammars; Johnson, Griffiths and Goldwater 2007). Where a is large rows are independent draws of G.
//!
//! New draws may repeat a value. Without a discount the sum over which rows were new has a closed form, Polya's urn:
//!
//! p(rows) = prod_v (a G(v))_(c_v) / (a)_n, with rising factorials. With a discount each value is taken to have been new once, a
//! lower bound that is tight where G is small. How an urn is set is integrated over a grid.

use helmholtz_math::logsumexp;
use libm::lgamma;

/// Concentrations of urns without a discount, up to where rows are all but independent.
const CONCENTRATIONS: [f64; 9] = [0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 1e3, 1e4, 1e7];
/// Urns with a discount: concentration, and discount.
const DISCOUNTED: [(f64, f64); 3] = [(1.0, 0.5), (10.0, 0.5), (10.0, 0.8)];

/// Of ln(a G) below which a value was new once, for all that an f64 can tell.
const RARE: f64 = -25.0;

/// A value: its number of rows, and ln G of it.
pub(crate) type Value = (u64, f64);

/// log p(rows), in nats, in their order; 0 of no rows, and -inf where the base does not generate a value.
pub(crate) fn log_prob(values: &[Value]) -> f64 {
    let rows: u64 = values.iter().map(|v| v.0).sum();
    if rows == 0 {
        return 0.0;
    }
    let all = Values::of(values).by_urn();
    logsumexp(&all) - (all.len() as f64).ln()
}

/// What rows say of the next one.
#[derive(Clone, Debug)]
pub(crate) struct Urn {
    rows: f64,
    distinct: f64,
    /// How probable the base is to give a value that there was.
    known: f64,
    /// How probable each urn is after the rows.
    weights: Vec<f64>,
}

impl Urn {
    /// After some rows.
    pub(crate) fn after(values: &[Value]) -> Self {
        let mut weights = Values::of(values).by_urn();
        if !weights.iter().any(|w| w.is_finite()) {
            weights = vec![0.0; weights.len()];
        }
        let all = logsumexp(&weights);
        Self {
            rows: values.iter().map(|v| v.0).sum::<u64>() as f64,
            distinct: values.len() as f64,
            known: values.iter().map(|v| v.1.exp()).sum::<f64>().min(1.0),
            weights: weights.iter().map(|w| (w - all).exp()).collect(),
        }
    }

    /// The chance that the next row is a value that there was not.
    pub(crate) fn new_chance(&self) -> f64 {
        self.drawn_anew() * (1.0 - self.known)
    }

    /// The chance that it is drawn from the base.
    fn drawn_anew(&self) -> f64 {
        self.over_urns(|a, d| (a + d * self.distinct) / (self.rows + a))
    }

    /// ln of the chance that the next row is a value of which there were so many.
    pub(crate) fn log_next(&self, count: u64, log_base: f64) -> f64 {
        let chance = |a: f64, d: f64| {
            let old = if count > 0 { count as f64 - d } else { 0.0 };
            (old + (a + d * self.distinct) * log_base.exp()) / (self.rows + a)
        };
        match count {
            // Of a new value the base may be too small for its exponential.
            0 => self.drawn_anew().ln() + log_base,
            _ => self.over_urns(chance).ln(),
        }
    }

    fn over_urns(&self, of: impl Fn(f64, f64) -> f64) -> f64 {
        let each = urns().zip(&self.weights);
        each.map(|((a, d), weight)| weight * of(a, d)).sum()
    }
}

/// All urns: concentration and discount.
fn urns() -> impl Iterator<Item = (f64, f64)> {
    let plain = CONCENTRATIONS.into_iter().map(|a| (a, 0.0));
    plain.chain(DISCOUNTED)
}

/// ln of (a)_n = a (a + 1) ... (a + n - 1).
fn log_rising(a: f64, n: u64) -> f64 {
    lgamma(a + n as f64) - lgamma(a)
}

/// Values of which most stand once: such a one is new in every urn, so all of them are told by a sum.
struct Values {
    rows: u64,
    distinct: u64,
    /// Of all values.
    log_base: f64,
    /// Those that stand more than once.
    repeated: Vec<Value>,
}

impl Values {
    fn of(values: &[Value]) -> Self {
        Self {
            rows: values.iter().map(|v| v.0).sum(),
            distinct: values.len() as u64,
            log_base: values.iter().map(|v| v.1).sum(),
            repeated: values.iter().copied().filter(|v| v.0 > 1).collect(),
        }
    }

    /// log p(rows) by each urn.
    fn by_urn(&self) -> Vec<f64> {
        let each = urns().map(|(a, d)| match d > 0.0 {
            true => self.pitman_yor((a, d)),
            false => self.polya(a),
        });
        each.collect()
    }

    /// An urn without a discount.
    fn polya(&self, a: f64) -> f64 {
        let new = self.distinct as f64 * a.ln() + self.log_base;
        let again = |&(count, log_base): &Value| {
            let log = a.ln() + log_base;
            match log < RARE {
                true => lgamma(count as f64),
                false => log_rising(log.exp(), count) - log,
            }
        };
        new + self.repeated.iter().map(again).sum::<f64>() - log_rising(a, self.rows)
    }

    /// An urn with a discount, in which each value was new once.
    fn pitman_yor(&self, (a, d): (f64, f64)) -> f64 {
        // prod_(k < t) (a + k d) = d^t (a / d)_t
        let tables = self.distinct as f64 * d.ln() + log_rising(a / d, self.distinct);
        let again = |value: &Value| log_rising(1.0 - d, value.0 - 1);
        let again = self.repeated.iter().map(again).sum::<f64>();
        tables + self.log_base + again - log_rising(a, self.rows)
    }
}

#[cfg(test)]
mod tests;
