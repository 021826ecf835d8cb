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
    let each = CONCENTRATIONS.iter().map(|a| polya(values, rows, *a));
    let discounted = DISCOUNTED.iter().map(|urn| pitman_yor(values, rows, *urn));
    let all: Vec<f64> = each.chain(discounted).collect();
    logsumexp(&all) - (all.len() as f64).ln()
}

/// ln of (a)_n = a (a + 1) ... (a + n - 1).
fn log_rising(a: f64, n: u64) -> f64 {
    lgamma(a + n as f64) - lgamma(a)
}

/// An urn without a discount.
fn polya(values: &[Value], rows: u64, a: f64) -> f64 {
    let value = |&(count, log_base): &Value| {
        let log = a.ln() + log_base;
        match log < RARE {
            true => log + lgamma(count as f64),
            false => log_rising(log.exp(), count),
        }
    };
    values.iter().map(value).sum::<f64>() - log_rising(a, rows)
}

/// An urn with a discount, in which each value was new once.
fn pitman_yor(values: &[Value], rows: u64, (a, d): (f64, f64)) -> f64 {
    // prod_(k < t) (a + k d) = d^t (a / d)_t
    let tables = values.len() as f64 * d.ln() + log_rising(a / d, values.len() as u64);
    let value = |&(count, log_base): &Value| log_base + log_rising(1.0 - d, count - 1);
    tables + values.iter().map(value).sum::<f64>() - log_rising(a, rows)
}

#[cfg(test)]
mod tests;
