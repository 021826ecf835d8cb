//! Local edits of kernels: what is one step away.

use super::expression::{Expression, Kernel, Leaf, Token};
use super::grammar::Grammar;
use helmholtz_math::random::Stream;

/// A neighbour of a kernel, chosen evenly; `None` where there is none.
pub(super) fn edit(
    expression: &Expression,
    grammar: Grammar,
    rng: &mut Stream,
) -> Option<Expression> {
    let mut all = neighbours(expression, grammar);
    let chosen = rng.below(all.len().max(1));
    (chosen < all.len()).then(|| all.swap_remove(chosen))
}

/// The kernels that differ in one place, each once: another base kernel, one more summand or factor, or one
/// part less.
pub(super) fn neighbours(expression: &Expression, grammar: Grammar) -> Vec<Expression> {
    let Ok(kernel) = expression.kernel() else {
        return vec![];
    };
    let edited = edits(&kernel).into_iter().map(Expression::from);
    let mut all: Vec<Expression> = edited
        .filter(|e| e != expression && grammar.accepts(e))
        .collect();
    all.sort_by_cached_key(Expression::to_string);
    all.dedup();
    all
}

fn leaves() -> impl Iterator<Item = Leaf> {
    Token::ALL.into_iter().filter_map(|token| match token {
        Token::Leaf(leaf) => Some(leaf),
        _ => None,
    })
}

fn edits(kernel: &Kernel) -> Vec<Kernel> {
    let mut all = vec![];
    for leaf in leaves().map(Kernel::Leaf) {
        all.push(Kernel::Sum(vec![kernel.clone(), leaf.clone()]));
        all.push(Kernel::Product(vec![kernel.clone(), leaf.clone()]));
        if matches!(kernel, Kernel::Leaf(_)) {
            all.push(leaf);
        }
    }
    match kernel {
        Kernel::Leaf(_) => {}
        Kernel::Sum(parts) => all.extend(edits_within(parts, Kernel::Sum)),
        Kernel::Product(parts) => all.extend(edits_within(parts, Kernel::Product)),
    }
    all
}

/// A part less, or a part edited.
fn edits_within(parts: &[Kernel], whole: fn(Vec<Kernel>) -> Kernel) -> Vec<Kernel> {
    let mut all = vec![];
    for i in 0..parts.len() {
        let with = |replaced: Option<Kernel>| {
            let others = parts.iter().enumerate().filter(|(j, _)| *j != i);
            let others = others.map(|(_, part)| part.clone());
            whole(others.chain(replaced).collect())
        };
        all.push(with(None));
        all.extend(
            edits(&parts[i])
                .into_iter()
                .map(|edited| with(Some(edited))),
        );
    }
    all
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::grammar::Form;
    use super::*;

    fn grammar() -> Grammar {
        Grammar::new(Form::Distinct, 9).unwrap()
    }

    #[test]
    fn neighbours_are_other_kernels_of_the_grammar() {
        let start: Expression = "SE*PER1+WN".parse().unwrap();
        let found = neighbours(&start, grammar());
        assert!(found.iter().all(|e| grammar().accepts(e) && *e != start));
        let texts: BTreeSet<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(texts.len(), found.len());
        for neighbour in [
            "WN+SE",
            "SE*PER1",
            "WN+SE*PER4",
            "LIN+WN+SE*PER1",
            "WN+SE*PER1*PER2",
            "(PER3+SE)*PER1+WN",
        ] {
            let canonical = neighbour.parse::<Expression>().unwrap().to_string();
            assert!(texts.contains(&canonical), "{neighbour} not in {texts:?}");
        }
    }

    #[test]
    fn edits_reach_every_neighbour() {
        let start: Expression = "SE".parse().unwrap();
        let found = neighbours(&start, grammar());
        let draw = |i| edit(&start, grammar(), &mut Stream::at([i, 0, 0, 0]));
        let drawn: BTreeSet<String> = (0..500).filter_map(draw).map(|e| e.to_string()).collect();
        assert_eq!(drawn.len(), found.len());
    }
}
