//! The same texts by fewer parts that share characters: what a backtracking engine could divide in several ways becomes one.

use super::ranges::Ranges;
use super::{Atom, Part, is_exact, named};
use crate::format::Count;

/// Parts that generate the same as others, with less to try.
pub(super) fn simplified(parts: &[Part]) -> Vec<Part> {
    let mut done = vec![];
    for part in parts {
        match &part.atom {
            Atom::Group(inside) => grouped(&mut done, simplified(inside), part.count),
            Atom::Named(name) if let Some(inside) = named::parts(*name) => {
                grouped(&mut done, simplified(&inside), part.count);
            }
            _ => push(&mut done, part.clone()),
        }
    }
    done
}

/// Adds a group, without brackets where these hold nothing together.
fn grouped(done: &mut Vec<Part>, mut inside: Vec<Part>, count: Count) {
    if count == Count::ONCE {
        inside.into_iter().for_each(|part| push(done, part));
        return;
    }
    let one = match &mut inside[..] {
        [] => return,
        [one] => multiplied(one.count, count).map(|count| Part {
            atom: one.atom.clone(),
            count,
        }),
        _ => None,
    };
    let atom = Atom::Group(inside);
    push(done, one.unwrap_or(Part { atom, count }));
}

/// So often so often, if every number between the smallest and the largest can be.
fn multiplied(inner: Count, outer: Count) -> Option<Count> {
    let no_gaps = inner.least <= 1 && inner.most != Some(0);
    let exact = outer.most == Some(outer.least);
    let most = match (inner.most, outer.most) {
        (Some(inner), Some(outer)) => Some(inner.checked_mul(outer)?),
        // Of no time there are none, however often each could be.
        (None, Some(0)) => Some(0),
        _ => None,
    };
    (no_gaps || exact).then_some(Count {
        usual: None,
        least: inner.least.checked_mul(outer.least)?,
        most,
    })
}

/// Adds a part to parts that cannot be simpler; what never stands is left out.
fn push(done: &mut Vec<Part>, part: Part) {
    if part.count.most == Some(0) {
        return;
    }
    let Some(last) = done.pop() else {
        return done.push(part);
    };
    match joined(&last, &part) {
        // There are fewer parts now, or fewer that vary, so this ends.
        Some(simpler) => simpler.into_iter().for_each(|part| push(done, part)),
        None => done.extend([last, part]),
    }
}

/// Two parts of characters in simpler words.
fn joined(a: &Part, b: &Part) -> Option<Vec<Part>> {
    if is_exact(a) && is_exact(b) {
        return None;
    }
    let (of_a, of_b) = (Ranges::of(&a.atom)?, Ranges::of(&b.atom)?);
    let exactly = |part: &Part| Part {
        atom: part.atom.clone(),
        count: Count::exactly(part.count.least),
    };
    if of_a == of_b {
        return both(a.count, b.count).map(|count| {
            let atom = a.atom.clone();
            vec![Part { atom, count }]
        });
    }
    // What the narrower part has beyond its least number the wider one takes as well.
    if b.count.most.is_none() && !is_exact(a) && of_b.holds(&of_a) {
        return Some(vec![exactly(a), b.clone()]);
    }
    if a.count.most.is_none() && !is_exact(b) && of_a.holds(&of_b) {
        return Some(vec![a.clone(), exactly(b)]);
    }
    None
}

/// One number and another.
fn both(a: Count, b: Count) -> Option<Count> {
    let most = match (a.most, b.most) {
        (Some(a), Some(b)) => Some(a.checked_add(b)?),
        _ => None,
    };
    Some(Count {
        usual: None,
        least: a.least.checked_add(b.least)?,
        most,
    })
}
