//! Local edits of kernels, as proposals to a memory.

use super::expression::{Expression, Kernel, Leaf, Token};
use super::grammar::Grammar;
use crate::random::Stream;

/// A change of one place of a kernel: another base kernel, one more summand or factor, or one part less.
/// `None` when the attempt gave no other kernel of the grammar.
pub(super) fn edit(
    expression: &Expression,
    grammar: Grammar,
    rng: &mut Stream,
) -> Option<Expression> {
    let kernel = expression.kernel().ok()?;
    let place = rng.below(size(&kernel));
    let edited = edit_at(kernel, place, rng)?;
    let edited = Expression::from(edited);
    (edited != *expression && grammar.accepts(&edited)).then_some(edited)
}

/// The number of nodes.
fn size(kernel: &Kernel) -> usize {
    match kernel {
        Kernel::Leaf(_) => 1,
        Kernel::Sum(parts) | Kernel::Product(parts) => 1 + parts.iter().map(size).sum::<usize>(),
    }
}

fn edit_at(kernel: Kernel, place: usize, rng: &mut Stream) -> Option<Kernel> {
    if place == 0 {
        return change(kernel, rng);
    }
    let (sum, mut parts) = match kernel {
        Kernel::Leaf(_) => return None,
        Kernel::Sum(parts) => (true, parts),
        Kernel::Product(parts) => (false, parts),
    };
    let mut left = place - 1;
    for part in &mut parts {
        let own = size(part);
        if left < own {
            let before = std::mem::replace(part, Kernel::Leaf(Leaf::White));
            *part = edit_at(before, left, rng)?;
            break;
        }
        left -= own;
    }
    Some(match sum {
        true => Kernel::Sum(parts),
        false => Kernel::Product(parts),
    })
}

/// Any base kernel.
fn any_leaf(rng: &mut Stream) -> Kernel {
    let leaves: Vec<Leaf> = Token::ALL
        .into_iter()
        .filter_map(|token| match token {
            Token::Leaf(leaf) => Some(leaf),
            _ => None,
        })
        .collect();
    Kernel::Leaf(leaves[rng.below(leaves.len())])
}

fn change(kernel: Kernel, rng: &mut Stream) -> Option<Kernel> {
    match (rng.below(3), kernel) {
        (0, kernel) => Some(Kernel::Sum(vec![kernel, any_leaf(rng)])),
        (1, kernel) => Some(Kernel::Product(vec![kernel, any_leaf(rng)])),
        (_, Kernel::Leaf(_)) => Some(any_leaf(rng)),
        (_, Kernel::Sum(parts)) => Some(Kernel::Sum(without_one(parts, rng)?)),
        (_, Kernel::Product(parts)) => Some(Kernel::Product(without_one(parts, rng)?)),
    }
}

fn without_one(mut parts: Vec<Kernel>, rng: &mut Stream) -> Option<Vec<Kernel>> {
    if parts.len() < 2 {
        return None;
    }
    parts.remove(rng.below(parts.len()));
    Some(parts)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::grammar::Form;
    use super::*;

    #[test]
    fn edits_are_other_kernels_of_the_grammar_and_reach_their_neighbours() {
        let grammar = Grammar::new(Form::Distinct, 9).unwrap();
        let start: Expression = "SE*PER1+WN".parse().unwrap();
        let mut seen = BTreeSet::new();
        for i in 0..4_000 {
            if let Some(edited) = edit(&start, grammar, &mut Stream::at([i, 0, 0, 0])) {
                assert!(grammar.accepts(&edited) && edited != start);
                seen.insert(edited.to_string());
            }
        }
        for neighbour in [
            "WN+SE",
            "SE*PER1",
            "WN+SE*PER4",
            "LIN+WN+SE*PER1",
            "WN+SE*PER1*PER2",
            "(PER3+SE)*PER1+WN",
        ] {
            let canonical = neighbour.parse::<Expression>().unwrap().to_string();
            assert!(seen.contains(&canonical), "{neighbour} not in {seen:?}");
        }
    }
}
