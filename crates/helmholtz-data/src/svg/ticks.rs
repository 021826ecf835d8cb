//! Where an axis has marks: at numbers that people like to read.

/// Numbers in a range that are 1, 2 or 5 times a power of ten apart, at most `most` steps of them.
///
/// There are none in what is no range, and one in a range of no width.
///
/// ```
/// # use helmholtz_data::svg::ticks;
/// assert_eq!(ticks((0.05, 0.62), 4), [0.2, 0.4, 0.6]);
/// ```
pub fn ticks((low, high): (f64, f64), most: usize) -> Vec<f64> {
    if !(low.is_finite() && high.is_finite() && low <= high) {
        return vec![];
    }
    let most = most.max(1) as f64;
    let Some((mantissa, exponent)) = step(high / most - low / most) else {
        return vec![low];
    };
    let width = decimal(mantissa, exponent);
    // Rounding must not lose a mark at an end.
    let first = (low / width - 1e-9).ceil() as i64;
    let last = (high / width + 1e-9).floor() as i64;
    let each = (first..=last).map(|n| decimal(n * mantissa, exponent));
    let mut each: Vec<f64> = each.collect();
    each.dedup();
    each
}

/// The least of 1, 2 and 5 times a power of ten that is not below a width.
fn step(width: f64) -> Option<(i64, i32)> {
    if !width.is_normal() {
        return None;
    }
    let guess = width.log10().floor() as i32;
    let exponents = guess - 1..=guess + 1;
    let mut steps = exponents.flat_map(|e| [1, 2, 5].map(|m| (m, e)));
    steps.find(|&(m, e)| decimal(m, e) >= width * (1.0 - 1e-9))
}

/// The number nearest to `n` times a power of ten: it is shown with no needless digits.
fn decimal(n: i64, exponent: i32) -> f64 {
    format!("{n}e{exponent}").parse().unwrap_or(f64::NAN)
}

/// Marks for an axis of logarithms: powers of ten, with numbers between them where there is room for at most `most`
/// steps. Where a range holds too few of these, or is not positive, they are those of [`ticks`].
///
/// ```
/// # use helmholtz_data::svg::log_ticks;
/// assert_eq!(log_ticks((0.5, 30.0), 6), [0.5, 1.0, 2.0, 5.0, 10.0, 20.0]);
/// assert_eq!(log_ticks((0.5, 3e4), 6), [1.0, 10.0, 100.0, 1000.0, 10000.0]);
/// ```
pub fn log_ticks((low, high): (f64, f64), most: usize) -> Vec<f64> {
    if !(low > 0.0 && low < high && high.is_finite()) {
        return ticks((low, high), most);
    }
    let most = most.max(1);
    let inside = |x: &f64| (low * (1.0 - 1e-9)..=high * (1.0 + 1e-9)).contains(x);
    let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    let of = |mantissas: &[i64], every: i32| -> Vec<f64> {
        let exponents = (first..=last).filter(|e| e.rem_euclid(every) == 0);
        let each = exponents.flat_map(|e| mantissas.iter().map(move |&m| decimal(m, e)));
        each.filter(inside).collect()
    };
    let every = (last - first).max(1).div_euclid(most as i32) + 1;
    let choices = [
        of(&[1, 2, 5], 1),
        of(&[1, 3], 1),
        of(&[1], 1),
        of(&[1], every),
    ];
    let fits = |ticks: &Vec<f64>| (2..=most + 1).contains(&ticks.len());
    let found = choices.into_iter().find(fits);
    found.unwrap_or_else(|| ticks((low, high), most))
}

/// A number beside a mark, in powers of ten where it is very large or very small.
pub fn tick_label(x: f64) -> String {
    match x.abs() {
        size if size == 0.0 || (1e-4..1e7).contains(&size) => format!("{x}"),
        _ => format!("{x:e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round_and_inside() {
        assert_eq!(ticks((0.0, 10.0), 5), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(
            ticks((-0.3, 0.3), 6),
            [-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3]
        );
        assert_eq!(
            ticks((87.0, 204.0), 6),
            [100.0, 120.0, 140.0, 160.0, 180.0, 200.0]
        );
        assert_eq!(ticks((1e15, 1e15 + 4.0), 4).len(), 5);
    }

    #[test]
    fn labels_have_no_needless_digits() {
        let labels = |range, most| -> Vec<String> {
            ticks(range, most).into_iter().map(tick_label).collect()
        };
        assert_eq!(labels((0.0, 0.35), 4), ["0", "0.1", "0.2", "0.3"]);
        assert_eq!(labels((0.0, 2.5e30), 3), ["0", "1e30", "2e30"]);
        assert_eq!(labels((0.0, 2e-7), 2), ["0", "1e-7", "2e-7"]);
        assert_eq!([1e6, -0.25].map(tick_label), ["1000000", "-0.25"]);
    }

    #[test]
    fn degenerate_ranges_have_few_marks() {
        let (nan, inf) = (f64::NAN, f64::INFINITY);
        for range in [(nan, 1.0), (0.0, nan), (-inf, 0.0), (0.0, inf), (1.0, 0.0)] {
            assert!(ticks(range, 5).is_empty() && log_ticks(range, 5).is_empty());
        }
        assert_eq!(ticks((3.0, 3.0), 5), [3.0]);
        assert_eq!(log_ticks((3.0, 3.0), 5), [3.0]);
        assert_eq!(ticks((0.0, 10.0), 0), [0.0, 10.0]);
        let extremes = [
            (1.0, 1.0 + f64::EPSILON),
            (f64::MIN, f64::MAX),
            (0.0, 5e-324),
            (f64::MIN_POSITIVE, f64::MAX),
        ];
        for range in extremes {
            for ticks in [ticks(range, 5), log_ticks(range, 5)] {
                assert!((1..=7).contains(&ticks.len()), "{range:?}: {ticks:?}");
                assert!(ticks.iter().all(|t| t.is_finite()));
            }
        }
    }

    #[test]
    fn logarithmic_marks_fit_their_range() {
        assert_eq!(
            log_ticks((0.2, 200.0), 6),
            [0.3, 1.0, 3.0, 10.0, 30.0, 100.0]
        );
        assert_eq!(log_ticks((1e-9, 1e9), 6).len(), 5);
        assert_eq!(log_ticks((3.1, 4.6), 4), [3.5, 4.0, 4.5]);
        assert_eq!(log_ticks((-1.0, 1.0), 2), [-1.0, 0.0, 1.0]);
    }
}
