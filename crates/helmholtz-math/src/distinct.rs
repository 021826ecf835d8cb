//! What is equal is computed once.

use std::hash::Hash;

use rustc_hash::FxHashMap;

/// The distinct values in the order in which they first appear, and for each element the index of its
/// value.
pub fn distinct<T: Clone + Eq + Hash>(
    elements: impl IntoIterator<Item = T>,
) -> (Vec<T>, Vec<usize>) {
    let mut seen: FxHashMap<T, usize> = FxHashMap::default();
    let mut values = vec![];
    let index = |element: T| {
        *seen.entry(element.clone()).or_insert_with(|| {
            values.push(element);
            values.len() - 1
        })
    };
    let of = elements.into_iter().map(index).collect();
    (values, of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_once_and_in_order() {
        assert_eq!(
            distinct([7, 3, 7, 7, 1, 3]),
            (vec![7, 3, 1], vec![0, 1, 0, 0, 2, 1])
        );
        assert_eq!(distinct::<u8>([]), (vec![], vec![]));
    }
}
