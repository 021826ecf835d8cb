use super::*;
use proptest::prelude::*;

/// p(rows) by trying, for each row, whether it was drawn anew.
fn by_hand(rows: &[usize], base: &[f64], (a, d): (f64, f64)) -> f64 {
    // Tables that serve each value, and rows at each table.
    fn go(rows: &[usize], base: &[f64], (a, d): (f64, f64), tables: &mut Vec<(usize, f64)>) -> f64 {
        let Some((&value, rest)) = rows.split_first() else {
            return 1.0;
        };
        let n: f64 = tables.iter().map(|t| t.1).sum();
        let mut sum = 0.0;
        for i in 0..tables.len() {
            if tables[i].0 == value {
                let chance = (tables[i].1 - d) / (n + a);
                tables[i].1 += 1.0;
                sum += chance * go(rest, base, (a, d), tables);
                tables[i].1 -= 1.0;
            }
        }
        let chance = (a + d * tables.len() as f64) / (n + a) * base[value];
        tables.push((value, 1.0));
        sum += chance * go(rest, base, (a, d), tables);
        tables.pop();
        sum
    }
    go(rows, base, (a, d), &mut vec![])
}

/// The values of some rows.
fn values(rows: &[usize], base: &[f64]) -> Vec<Value> {
    let count = |v: usize| rows.iter().filter(|r| **r == v).count() as u64;
    let all = (0..base.len()).map(|v| (count(v), base[v].ln()));
    all.filter(|v| v.0 > 0).collect()
}

proptest! {
    #[test]
    fn all_ways_to_be_new_are_summed(rows in prop::collection::vec(0usize..3, 1..7), a in 0.1..20.0f64) {
        let base = [0.5, 0.3, 0.2];
        let found = Values::of(&values(&rows, &base)).polya(a);
        prop_assert!((found - by_hand(&rows, &base, (a, 0.0)).ln()).abs() < 1e-9);
    }

    #[test]
    fn an_urn_with_a_discount_is_bounded_from_below_and_tight_for_rare_values(
        rows in prop::collection::vec(0usize..3, 1..7), a in 0.1..20.0f64, d in 0.1..0.9f64
    ) {
        for (base, slack) in [([0.5, 0.3, 0.2], f64::INFINITY), ([5e-9, 3e-9, 2e-9], 1e-5)] {
            let found = Values::of(&values(&rows, &base)).pitman_yor((a, d));
            let exact = by_hand(&rows, &base, (a, d)).ln();
            prop_assert!(found <= exact + 1e-9 && exact - found < slack, "{} {}", found, exact);
        }
    }
}

/// Over all rows of three values the probabilities sum to at most 1, and nearly that: only urns with a discount are bounded.
#[test]
fn probabilities_of_all_rows_sum_to_one() {
    let base = [0.5, 0.3, 0.2];
    let rows = |mut i: usize| {
        let mut rows = [0; 4];
        for row in &mut rows {
            (*row, i) = (i % 3, i / 3);
        }
        rows
    };
    let sum: f64 = (0..81)
        .map(|i| log_prob(&values(&rows(i), &base)).exp())
        .sum();
    let urns = (CONCENTRATIONS.len() + DISCOUNTED.len()) as f64;
    let exact = CONCENTRATIONS.len() as f64 / urns;
    assert!(sum < 1.0 && sum > exact, "{sum}");
}

#[test]
fn rare_values_are_no_other_case() {
    let one = Values::of(&[(5, -24.9), (2, -24.9)]).polya(1.0);
    let other = Values::of(&[(5, -25.1), (2, -25.1)]).polya(1.0);
    assert!((one - other - 0.4).abs() < 1e-6);
}

#[test]
fn what_stands_often_costs_its_characters_once() {
    let log_base = -20.0;
    let once = log_prob(&[(1, log_base)]);
    let often = log_prob(&[(1000, log_base)]);
    assert!(once - often < 10.0, "{once} {often}");
    // Independent draws cost them every time.
    let ten: Vec<Value> = (0..10).map(|_| (100, 0.1f64.ln())).collect();
    assert!(log_prob(&ten) > 1000.0 * 0.1f64.ln() - 30.0);
    assert_eq!(log_prob(&[]), 0.0);
    assert_eq!(log_prob(&[(2, f64::NEG_INFINITY)]), f64::NEG_INFINITY);
}

/// The next row's chances are what the rows' probabilities say, and sum to one.
#[test]
fn the_next_row_is_what_rows_make_probable() {
    let base = [0.5f64, 0.3, 0.2];
    let rows = [0usize, 0, 1, 0];
    let urn = Urn::after(&values(&rows, &base));
    let counts = [3, 1, 0];
    let next = |v: usize| urn.log_next(counts[v], base[v].ln()).exp();
    assert!(((0..3).map(next).sum::<f64>() - 1.0).abs() < 1e-9);
    // A value that stands often and one that is new, by urns without a discount alone.
    let urn = Urn::after(&[(1000, -7.0), (1, -9.0)]);
    assert!(urn.new_chance() < 0.02 && urn.log_next(1000, -7.0) > -0.02);
}
