//! Where the parameters of a kernel begin that is one edit away from a fitted one.

use super::covariance::{Covariance, Parameter};

/// Per raw coordinate of the child, the parent's value where both have the base kernel: those before the edit and those
/// behind it. NaN where the parent says nothing.
pub(super) fn inherited(child: &Covariance, parent: &Covariance, raw: &[f64]) -> Vec<f64> {
    let (own, known) = (child.kinds(), parent.kinds());
    let same = |(a, b): &(&usize, &usize)| a == b;
    let before = own.iter().zip(&known).take_while(same).count();
    let most = own.len().min(known.len()) - before;
    let both = own.iter().rev().zip(known.iter().rev());
    let behind = both.take_while(same).take(most).count();
    let origin = |leaf: usize| match leaf {
        leaf if leaf < before => Some(leaf),
        leaf if leaf + behind >= own.len() => Some(leaf + known.len() - own.len()),
        _ => None,
    };
    let mut start = vec![f64::NAN; child.width];
    for parameter in &child.parameters {
        let leaf = origin(parameter.leaf);
        let same = |p: &&Parameter| Some(p.leaf) == leaf && p.place == parameter.place;
        let found = parent.parameters.iter().find(same);
        if let Some(value) = found.and_then(|p| raw.get(p.coordinate)) {
            start[parameter.coordinate] = *value;
        }
    }
    start
}

/// Starts with what is known instead of what they say; neighbours that are then the same, once.
pub(super) fn with_known(mut starts: Vec<Vec<f64>>, known: &[f64]) -> Vec<Vec<f64>> {
    for start in &mut starts {
        let both = start.iter_mut().zip(known);
        let told = both.filter(|(_, k)| !k.is_nan());
        told.for_each(|(to, from)| *to = *from);
    }
    starts.dedup();
    starts
}

#[cfg(test)]
mod tests {
    use super::super::covariance::Layout;
    use super::super::covariance::tests::compiled;
    use super::super::window::Windows;
    use super::*;

    #[test]
    fn what_both_have_is_inherited_and_the_rest_begins_anew() {
        let of = |text| compiled(text, &Windows::wide(), Layout::Redundant);
        // Noise comes first, and the smooth part between the two others.
        let (parent, child) = (of("WN+PER2"), of("WN+SE+PER2"));
        assert_eq!((parent.width, child.width), (4, 6));
        let start = inherited(&child, &parent, &[0.1, 0.2, 0.3, 0.4]);
        let new: Vec<usize> = (0..6).filter(|&i| start[i].is_nan()).collect();
        assert_eq!(new.len(), 2, "{start:?}");
        let known: Vec<f64> = start.into_iter().filter(|x| !x.is_nan()).collect();
        assert_eq!(known, [0.1, 0.2, 0.3, 0.4]);
        // The other way round a part is forgotten.
        let all = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let back = inherited(&parent, &child, &all);
        let left: Vec<f64> = (0..6)
            .filter(|i| !new.contains(i))
            .map(|i| all[i])
            .collect();
        assert_eq!(back, left);
        let starts = vec![vec![9.0; 3], vec![8.0; 3]];
        assert_eq!(
            with_known(starts, &[f64::NAN, 1.0, 1.0]),
            [[9.0, 1.0, 1.0], [8.0, 1.0, 1.0]]
        );
        assert_eq!(with_known(vec![vec![9.0], vec![8.0]], &[0.5]), [[0.5]]);
    }
}
